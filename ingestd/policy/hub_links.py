"""The hubs and the topic URL of a feed, from Link headers or the feed itself (WebSub, section 4). Pure.

Link headers take precedence; hub and topic come from the same place, headers or feed: section 4 does not mix them.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

#: Bounds of what is read: characters of all Link headers together, and links in them.
MAX_LINK_HEADER_CHARS = 16_000
MAX_LINKS = 100

# RFC 8288, 3: addresses in brackets, parameters behind them, commas between links. Whatever else stands there is passed
# over, so an invalid link does not affect others.
_PART = re.compile(
    r"<(?P<address>[^<>]*)>"
    r"|;\s*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>[^\s;,\"]*)))?"
    r"|(?P<comma>,)"
)


def named_hubs(
    headers: Sequence[tuple[str, str]], url: str, feed_hubs: Sequence[str] | None, feed_self: str | None
) -> tuple[tuple[str, ...] | None, str]:
    """The hubs of a feed, and its topic URL.

    `headers` (lower-case names) and `url` are those of the response; `feed_hubs` and `feed_self` what the feed names,
    None for both where no feed was read. The hubs are None where they stay unknown: a 304 need not repeat them.
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
    """The links of a response's Link headers: relations in lower case, and the absolute URL (RFC 8288).

    Links with an anchor belong to another document (RFC 8288, 3.2) and are left out.
    """
    text = ",".join(value for name, value in headers if name == "link")[:MAX_LINK_HEADER_CHARS]
    for count, (address, parameters) in enumerate(_parts(text)):
        if count >= MAX_LINKS:
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
