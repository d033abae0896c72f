"""URLs as the WHATWG URL parser reads and writes them (https://url.spec.whatwg.org)."""

import re
from urllib.parse import urljoin, urlsplit

import ada_url

from ingestd.text.characters import printable, replace_surrogates

#: The longest URL that is kept, in characters of its serialisation; longer ones are no articles.
MAX_URL_CHARS = 4096

# A URL that is its own serialisation: most are, and this check is cheaper than a parser's work. The last label of the
# host begins with a letter, since hosts that end in a number are IPv4 addresses in any of their spellings; of those
# only the usual one is taken here. A port that may be the scheme's own is left to the parser, as is one above 64999.
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PLAIN = re.compile(
    rf"https?://(?P<host>(?:[a-z0-9-]+\.)+[a-z][a-z0-9]*|(?:{_OCTET}\.){{3}}{_OCTET})"
    r"(?::(?!80/|443/)(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?"
    r"/[A-Za-z0-9\-_~!$&'()*+,;=:@/%.]*(?:\?[A-Za-z0-9\-._~!$&()*+,;=:@/?%]*)?(?:#[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*)?"
)
# What the parser may still have to change in a URL that looks plain: dot segments (%2e is a dot) and punycode.
_HINT = re.compile(r"/\.|xn--|%2[eE]")
_SECRET_NAME = re.compile(r"token|secret|passw|auth|api_?key|signature|session|^(?:key|sig|pwd|code)$", re.I)
# User name and password of a URL that is part of another one, also percent-encoded.
_INNER_USERINFO = re.compile(r"(?:(?<=://)[^/?#@\s&]{1,200}@|(?<=%3a%2f%2f)[^/?#\s&]{1,200}?%40)", re.I)
# An address without user name, parameters and fragment: most are such, and this check is cheap.
_NOTHING_TO_HIDE = re.compile(r"https?://[^@?#;%\\]*")
_PATH_PARAMETER = re.compile(r";([^=;/]{1,200}=[^;/]*)")
_URL_IN_TEXT = re.compile(r"""\b[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s"'<>]*[^\s"'<>.,:;)\]]""")


def has_http_scheme(text: str) -> bool:
    """Whether a text begins with `http://` or `https://` in any case: the cheap test; the rest may be anything."""
    return text[:8].lower().startswith(("http://", "https://"))


def is_http_url(text: str, *, allow_spaces: bool = False) -> bool:
    """Whether a text is one absolute http(s) URL: it has that scheme, a host, and no white space.

    `allow_spaces` is for addresses that were stored as they were written: browsers quote the white space in a path.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    return allow_spaces or not any(character.isspace() for character in text)


def is_serialised(url: str) -> bool:
    """Whether `url` is an absolute http(s) URL that is its own serialisation beyond doubt, as most are."""
    return len(url) <= MAX_URL_CHARS and _PLAIN.fullmatch(url) is not None and not _HINT.search(url)


def serialise(url: str) -> str | None:
    """An absolute http(s) URL as the WHATWG URL parser serialises it; None for other text, and above MAX_URL_CHARS."""
    return url if is_serialised(url) else _parse(url, None)


def resolve(base: str | None, link: str) -> str | None:
    """A link as its page means it: absolute http(s), serialised; None where it is something else or too long.

    A base that cannot be parsed is no reason to lose an absolute link.
    """
    if not base:
        return serialise(link)
    return _parse(link, base) or serialise(link)


def absolute_url(base: str | None, link: str) -> str | None:
    """The absolute http(s) URL that a link means at `base` (RFC 3986, section 5), its characters as they are written.

    For addresses of files and images, which are requested as the site wrote them: `resolve` writes percent-encoding,
    hosts and dot segments in one form. None where it is no http(s) URL with a host.
    """
    try:
        url = urljoin(base or "", link)
    except ValueError:
        return None
    return url if is_http_url(url, allow_spaces=True) else None


def _parse(url: str, base: str | None) -> str | None:
    # What is much longer than its serialisation may be is white space, or an attack on the parser's time.
    if len(url) > 4 * MAX_URL_CHARS or (base is not None and len(base) > 4 * MAX_URL_CHARS):
        return None
    try:
        # A lone surrogate is read as U+FFFD, as the standard's conversion to scalar values does.
        href = ada_url.URL(replace_surrogates(url), base and replace_surrogates(base)).href
    except ValueError:
        return None
    return href if href.startswith(("http://", "https://")) and len(href) <= MAX_URL_CHARS else None


def host_of(url: str) -> str:
    """The host of a URL in lower case without its port; empty where it has none."""
    if len(url) <= MAX_URL_CHARS and (plain := _PLAIN.fullmatch(url)) is not None and not _HINT.search(url):
        return plain["host"]
    href = serialise(url)
    return (urlsplit(href).hostname or "") if href else ""


def redact(url: str) -> str:
    """A URL that may stand in a log: no user name and password, `***` for the values of secret parameters.

    Also in a URL within the URL, in parameters of the path (`;name=value`) and in the fragment.
    """
    if len(url) <= MAX_URL_CHARS and _NOTHING_TO_HIDE.fullmatch(url):
        return url
    scheme, separator, rest = url[:MAX_URL_CHARS].partition("://")
    if not separator:
        scheme, separator, rest = ("", "//", scheme[2:]) if scheme.startswith("//") else ("", "", scheme)
    end = next((i for i, char in enumerate(rest) if char in "/?#\\"), len(rest)) if separator else 0
    rest = rest[:end].rpartition("@")[2] + _INNER_USERINFO.sub("", rest[end:])
    before, mark, query = rest.partition("?")
    if not mark:
        before, hash_mark, fragment = rest.partition("#")
    else:
        query, hash_mark, fragment = query.partition("#")
    path = _PATH_PARAMETER.sub(lambda found: f";{_hide(found[1])}", before)
    return scheme + separator + path + mark + _hide_pairs(query) + hash_mark + _hide_pairs(fragment)


def redact_text(text: str) -> str:
    """A text that may stand in a log: each URL in it as `redact` gives it."""
    return _URL_IN_TEXT.sub(lambda found: redact(found[0]), text) if "://" in text else text


def shown_url(text: str) -> str:
    """A URL for a message: without user name, password, secret parameters and fragment; 300 printable characters."""
    try:
        text = urlsplit(text)._replace(fragment="").geturl()
    except ValueError:
        text = re.sub(r"//[^/@]*@", "//", text)
    return printable(redact(text), 300)


def _hide_pairs(query: str) -> str:
    return "&".join(map(_hide, query.split("&")))


def _hide(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if equals and value and _SECRET_NAME.search(name):
        return f"{name}=***"
    return ";".join(map(_hide, pair.split(";"))) if ";" in pair else pair
