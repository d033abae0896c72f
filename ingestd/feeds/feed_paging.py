"""What a feed says of its other documents: RFC 5005, JSON Feed's `next_url`, OpenSearch counts, and its generator."""

import json

from lxml import etree

from ingestd.feeds import xml_tree
from ingestd.feeds.decode import decode_feed
from ingestd.feeds.fields import absolute, relation
from ingestd.feeds.namespaces import XML_BASE, name, namespace_of
from ingestd.feeds.split_entries import split
from ingestd.feeds.text_constructs import stripped_text
from ingestd.model.history import FeedPaging

#: RFC 5005, section 2.
FEED_HISTORY_NAMESPACE = "http://purl.org/syndication/history/1.0"
_OPENSEARCH_NAMESPACES = ("http://a9.com/-/spec/opensearch/", "http://a9.com/-/spec/opensearchrss/")
_MAX_LINKS = 50
_MAX_GENERATOR_CHARS = 500
#: A head with links has some kilobytes.
_MAX_HEAD_CHARS = 2_000_000
_MAX_DIGITS = 12


def read_feed_paging(body: bytes, *, url: str, content_type: str | None = None) -> FeedPaging:
    """The paging of a feed in `body`, fetched from `url`; empty where the body is no feed. Pure, never raises."""
    decoded = decode_feed(body, content_type)
    if decoded.text.startswith("{"):
        return _json_paging(decoded.text, url)
    if not decoded.is_feed:
        return FeedPaging()
    head = split(decoded.text).head[:_MAX_HEAD_CHARS]
    root, _ = xml_tree.parse_leniently(head, decoded.entities)
    return FeedPaging() if root is None else _xml_paging(root, url)


def _json_paging(text: str, url: str) -> FeedPaging:
    """JSON Feed 1.1: `next_url` is the URL of a feed with the next items."""
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return FeedPaging()
    found = document.get("next_url") if isinstance(document, dict) else None
    address = absolute(found, url) if isinstance(found, str) else None
    return FeedPaging((("next", address),) if address else ())


def _xml_paging(root: etree._Element, url: str) -> FeedPaging:
    containers = [root, *(child for child in root if name(child).rpartition(":")[2] in ("channel", "feed"))]
    links: list[tuple[str, str]] = []
    complete, generator = False, ""
    counts: dict[str, int] = {}
    base = url
    for container in containers:
        base = absolute(container.get(XML_BASE) or "", base) or base
        for child in container:
            local = name(child).rpartition(":")[2]
            if local == "link" and (href := child.get("href")) and (address := absolute(href, base)):
                links.append((relation(child), address))
            elif local == "complete" and namespace_of(child) == FEED_HISTORY_NAMESPACE:
                complete = True
            elif local == "generator":
                generator = generator or _generator(child)
            elif namespace_of(child).startswith(_OPENSEARCH_NAMESPACES) and (count := _count(child)) is not None:
                counts.setdefault(local, count)
    return FeedPaging(
        tuple(links[:_MAX_LINKS]), complete, generator, counts.get("totalresults"), counts.get("startindex")
    )


def _generator(element: etree._Element) -> str:
    """The name of the program and its address: Atom has the address in an attribute, RSS often in place of a name."""
    parts = (stripped_text(element), element.get("uri") or element.get("url") or "")
    return " ".join(part.strip() for part in parts if part.strip())[:_MAX_GENERATOR_CHARS]


def _count(element: etree._Element) -> int | None:
    text = stripped_text(element)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else None
