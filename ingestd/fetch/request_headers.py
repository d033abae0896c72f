"""The headers of a request: User-Agent, Accept, validators, the source's own headers and cookies. Pure."""

import re
from collections.abc import Iterable, Mapping

from ingestd import __version__
from ingestd.model.http import Request

ACCEPT = {
    "feed": "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1",
    "history": "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1",
    "page": "text/html, application/xhtml+xml, */*;q=0.1",
    # Formats that every program shows; newer ones only where a site has nothing else.
    "image": "image/jpeg, image/png, image/gif, image/*;q=0.5, */*;q=0.1",
    "any": "*/*",
}
#: The content codings that `decompress` reads within bounds; Zstandard with the window size of RFC 9659.
ACCEPT_ENCODING = "gzip, deflate, br, zstd"

# A field name (RFC 9110, section 5.1) and a field value without line breaks or control characters (section 5.5).
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_FIELD_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]{0,8000}")
#: Headers that frame the message or route it: never taken from the configuration.
_FRAMING_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "te", "upgrade"})


def build_headers(
    request: Request, agent: str, source_headers: Mapping[str, str], cookie: str | None
) -> dict[str, str]:
    """The headers of one hop.

    `source_headers` are the source's own and win over the client's; `cookie` is the Cookie header that the redirects
    so far have led to, appended to the source's own. Validators go out exactly as the site gave them, except those
    that no header can hold.
    """
    headers = dict(source_headers)
    ours = {
        "User-Agent": agent,
        "Accept": ACCEPT.get(request.accept, "*/*"),
        "Accept-Encoding": ACCEPT_ENCODING,
        "If-None-Match": request.etag,
        "If-Modified-Since": request.last_modified,
    }
    given = {name.lower(): name for name in source_headers}
    headers |= {
        name: value for name, value in ours.items() if value and name.lower() not in given and fits_header(value)
    }
    if cookie:
        name = given.get("cookie", "Cookie")
        headers[name] = f"{headers[name]}; {cookie}" if name in headers else cookie
    return headers


def sendable_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The configured headers that may be sent: valid names, values without line breaks, and no framing headers."""
    return {
        name: value
        for name, value in pairs
        if _TOKEN.fullmatch(name) and name.lower() not in _FRAMING_HEADERS and _FIELD_VALUE.fullmatch(value)
    }


def fits_header(text: str) -> bool:
    """Whether a text can be a header's value without being encoded: printable ASCII."""
    return text.isascii() and text.isprintable()


def is_conditional(request: Request) -> bool:
    """Whether 304 is a valid response to this request (RFC 9110, section 15.4.5)."""
    own = {name.lower() for name, _ in request.headers}
    return bool(request.etag or request.last_modified or own & {"if-none-match", "if-modified-since"})


def user_agent(configured: str, contact: str) -> str:
    """The User-Agent: the configured text, or program and version, with `contact` appended where it is not in there."""
    text = configured or f"ingestd/{__version__}"
    return f"{text} (+{contact})" if contact and contact not in text else text


def robots_product(agent: str) -> str:
    """The product token that robots.txt may address (RFC 9309, section 2.2.1): the User-Agent's first word."""
    return agent.partition("/")[0].partition(" ")[0].lower() or "ingestd"
