"""What a body is that is no feed, in one sentence: the message of the failed poll."""

import re

from ingestd.feeds.autodiscovery import linked_feeds
from ingestd.text.plain_text import HTML_NAMES, clean_line, plain_text

_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})", re.I)
_PASSWORD = re.compile(r"""<input\b[^<>]{0,500}\btype\s{0,5}=\s{0,5}["']?password""", re.I)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body|title|div|p|script)\b", re.I)
_HTML_ROOTS = (HTML_NAMES | {"html"}) - {"svg", "math"}
_SAMPLE_CHARS = 200_000


def describe(text: str, url: str) -> str:
    """What `text`, fetched from `url`, is: nothing, a login page, a web page (with its feed), other XML, other text."""
    head = text[:_SAMPLE_CHARS]
    if not head.strip():
        return "the answer is empty"
    root = re.match(r"<([\w:.-]{1,60})", head)
    if root and root[1].lower() not in _HTML_ROOTS:
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
    feeds, _ = linked_feeds(head, url)
    if feeds:
        return f"the address now serves a web page{named}; its feed seems to be {feeds[0].url}"
    return f"the address now serves a web page{named}, not a feed"
