"""URLs: what the same address is, however it is written.

`serialise` and `resolve` give a URL as the WHATWG URL standard (https://url.spec.whatwg.org) serialises it: what a
post's `from` holds. `normalise` goes on to the key by which an article is known: RFC 3986 section 6.2 (case and
percent-encoding), and then what experience adds (tracking parameters, mobile and AMP hosts). Every rule is pure;
`steps` names the ones that changed a URL.
"""

from ingestd.identity.urls.host_key import host_and_port_key, host_key
from ingestd.identity.urls.normalise import Step, normalise, steps
from ingestd.identity.urls.site import (
    is_home,
    is_home_or_section,
    leads_to_list,
    registrable_domain,
    same_site,
)
from ingestd.identity.urls.url_rules import (
    DEFAULT_RULES,
    HOST_ALIASES,
    HOST_RULES,
    TRACKING_PARAMETERS,
    HostRule,
    UrlRules,
)
from ingestd.identity.urls.whatwg import (
    MAX_URL_CHARS,
    absolute_url,
    has_http_scheme,
    host_of,
    is_http_url,
    is_serialised,
    redact,
    redact_text,
    resolve,
    serialise,
    shown_url,
)

__all__ = [
    "DEFAULT_RULES",
    "HOST_ALIASES",
    "HOST_RULES",
    "MAX_URL_CHARS",
    "TRACKING_PARAMETERS",
    "HostRule",
    "Step",
    "UrlRules",
    "absolute_url",
    "has_http_scheme",
    "host_and_port_key",
    "host_key",
    "host_of",
    "is_home",
    "is_home_or_section",
    "is_http_url",
    "is_serialised",
    "leads_to_list",
    "normalise",
    "redact",
    "redact_text",
    "registrable_domain",
    "resolve",
    "same_site",
    "serialise",
    "shown_url",
    "steps",
]
