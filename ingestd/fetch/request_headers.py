"""What a request says: who we are, what we take, and what the source's owner has added. Pure."""

import re
from collections.abc import Iterable, Mapping

from ingestd import __version__
from ingestd.model.http import Request

ACCEPT = {
    "feed": "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1",
    "page": "text/html, application/xhtml+xml, */*;q=0.1",
    # What every program shows; what is newer comes only where a site has nothing else.
    "image": "image/jpeg, image/png, image/gif, image/*;q=0.5, */*;q=0.1",
    "any": "*/*",
}
#: What can be read within bounds (`decode`); Zstandard with the window that RFC 9659 sets.
ACCEPT_ENCODING = "gzip, deflate, br, zstd"

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_LINE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]{0,8000}")
#: What frames a message is not the user's to set.
_FRAMING = frozenset({"host", "content-length", "transfer-encoding", "connection", "te", "upgrade"})


def outgoing(request: Request, agent: str, own: Mapping[str, str], cookie: str | None) -> dict[str, str]:
    """The headers of one hop. `own` are the source's, which win over ours; `cookie` what this chain has collected.

    Validators go out exactly as the site gave them, unless they cannot stand in a header at all.
    """
    headers = dict(own)
    ours = {
        "User-Agent": agent,
        "Accept": ACCEPT.get(request.accept, "*/*"),
        "Accept-Encoding": ACCEPT_ENCODING,
        "If-None-Match": request.etag,
        "If-Modified-Since": request.last_modified,
    }
    given = {name.lower(): name for name in own}
    headers |= {name: value for name, value in ours.items() if value and name.lower() not in given and _plain(value)}
    if cookie:
        name = given.get("cookie", "Cookie")
        headers[name] = f"{headers[name]}; {cookie}" if name in headers else cookie
    return headers


def sendable(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The configured headers that may go out: no line breaks in them, and nothing that frames a message."""
    return {
        name: value
        for name, value in pairs
        if _TOKEN.fullmatch(name) and name.lower() not in _FRAMING and _LINE.fullmatch(value)
    }


def is_conditional(request: Request) -> bool:
    """Whether a 304 can be an answer to this request."""
    own = {name.lower() for name, _ in request.headers}
    return bool(request.etag or request.last_modified or own & {"if-none-match", "if-modified-since"})


def user_agent(configured: str, contact: str) -> str:
    """Who we say we are: the configured text, with a contact where it names none."""
    text = configured or f"ingestd/{__version__}"
    return f"{text} (+{contact})" if contact and contact not in text else text


def product_name(agent: str) -> str:
    """The name that robots.txt may address: the first word of the User-Agent, without its version."""
    return agent.partition("/")[0].partition(" ")[0].lower() or "ingestd"


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
