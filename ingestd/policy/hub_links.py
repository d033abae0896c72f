"""Where a feed's hub is, and what the hub knows the feed by (WebSub, section 4). Pure.

The answer's own headers come first, then the feed: sites that serve files as they are name their hub in the server's
configuration, and the two must not be mixed.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

#: Characters of all Link headers together that are read, and links in them.
MAX_LINKS = 16_000
MOST_LINKS = 100

# RFC 8288, 3: addresses in brackets, parameters behind them, commas between links. Whatever else stands there is passed
# over, so one odd link costs no other.
_PART = re.compile(
    r"<(?P<address>[^<>]*)>"
    r"|;\s*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>[^\s;,\"]*)))?"
    r"|(?P<comma>,)"
)


def named_hubs(
    headers: Sequence[tuple[str, str]], url: str, feed_hubs: Sequence[str] | None, feed_self: str | None
) -> tuple[tuple[str, ...] | None, str]:
    """The hubs of a feed, and its topic: the address that goes to the hub.

    `headers` and `url` are the answer's, with lower-case names; `feed_hubs` and `feed_self` what the feed names, None
    for both where none was read. The hubs are None where that leaves them unknown: a 304 need not repeat what
    the feed said.
    """
    hubs: list[str] = []
    topic = None
    for relations, address in links(headers, url):
        if "hub" in relations:
            hubs.append(address)
        elif topic is None and "self" in relations:
            topic = address
    if hubs and (topic is not None or feed_hubs is not None):
        return tuple(hubs), topic or feed_self or url
    return (None if feed_hubs is None else tuple(feed_hubs)), feed_self or url


def links(headers: Sequence[tuple[str, str]], url: str) -> Iterator[tuple[frozenset[str], str]]:
    """The links that an answer's Link headers name: relations in lower case, and the absolute address (RFC 8288).

    One with an anchor speaks of another document, and is left out.
    """
    text = ",".join(value for name, value in headers if name == "link")[:MAX_LINKS]
    for count, (address, parameters) in enumerate(_parts(text)):
        if count >= MOST_LINKS:
            return
        if "anchor" in parameters or "rel" not in parameters:
            continue
        try:
            yield frozenset(parameters["rel"].lower().split()), urljoin(url, address.strip())
        except ValueError:
            continue


def _parts(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    address: str | None = None
    parameters: dict[str, str] = {}
    for found in _PART.finditer(text):
        if found["name"] is not None:
            # The first of a name counts (RFC 8288, 3.3).
            value = found["quoted"] if found["quoted"] is not None else found["plain"] or ""
            parameters.setdefault(found["name"].lower(), value)
            continue
        if address is not None:
            yield address, parameters
        address, parameters = found["address"], {}
    if address is not None:
        yield address, parameters
