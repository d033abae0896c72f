"""What a body is that is no feed, in one sentence for the person who configured its address."""

import html
import re
from urllib.parse import urljoin

from ingestd.text.plain_text import HTML_NAMES, clean_line, parse_attributes, plain_text

_FEED_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "text/xml",
)
_LINK = re.compile(r"<link\b([^<>]{1,2000})>", re.I)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})", re.I)
_PASSWORD = re.compile(r"""<input\b[^<>]{0,500}\btype\s{0,5}=\s{0,5}["']?password""", re.I)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body|title|div|p|script)\b", re.I)
_OF_PAGES = (HTML_NAMES | {"html"}) - {"svg", "math"}
_LOOKED_AT = 200_000


def describe(text: str, url: str) -> str:
    """What `text`, fetched from `url`, is: nothing, a login page, a web page (with its feed), other XML, other text."""
    head = text[:_LOOKED_AT]
    if not head.strip():
        return "the answer is empty"
    root = re.match(r"<([\w:.-]{1,60})", head)
    if root and root[1].lower() not in _OF_PAGES:
        return f"the answer is XML but no feed: its root element is <{root[1]}>"
    if _PAGE.search(head[:20_000]):
        return _page(head, url)
    return f"the answer is no feed; it begins with: {clean_line(head[:300])[:80]!r}"


def _page(head: str, url: str) -> str:
    titled = _TITLE.search(head)
    title = clean_line(plain_text(titled[1]))[:80] if titled else ""
    named = f" (“{title}”)" if title else ""
    if _PASSWORD.search(head):
        return f"the address now serves a login page{named}"
    feed = feed_of_page(head, url)
    if feed:
        return f"the address now serves a web page{named}; its feed seems to be {feed}"
    return f"the address now serves a web page{named}, not a feed"


def feed_of_page(head: str, url: str) -> str | None:
    """The first feed that a page names in `<link rel="alternate">`, absolute; None where it names none."""
    for found in _LINK.finditer(head):
        attributes = parse_attributes(found[1])
        if "alternate" not in attributes.get("rel", "").lower().split() or not attributes.get("href"):
            continue
        if attributes.get("type", "").lower().strip() in _FEED_TYPES:
            try:
                return urljoin(url, html.unescape(attributes["href"].strip()))
            except ValueError:
                continue
    return None
