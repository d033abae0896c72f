"""Error messages for a body that is no feed: what it is instead."""

import re

from ingestd.feeds.autodiscovery import linked_feeds
from ingestd.text.plain_text import HTML_NAMES, clean_line, plain_text

_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})", re.I)
_PASSWORD_INPUT = re.compile(r"""<input\b[^<>]{0,500}\btype\s{0,5}=\s{0,5}["']?password""", re.I)
_HTML_TAG = re.compile(r"<(?:!doctype\s+html|html|head|body|title|div|p|script)\b", re.I)
_HTML_ROOTS = (HTML_NAMES | {"html"}) - {"svg", "math"}
_SAMPLE_CHARS = 200_000


def describe(text: str, url: str) -> str:
    """What a text from `url` is, in words: empty, a login page, a web page and its feed, other XML or text."""
    start = text[:_SAMPLE_CHARS]
    if not start.strip():
        return "the answer is empty"
    root = re.match(r"<([\w:.-]{1,60})", start)
    if root and root[1].lower() not in _HTML_ROOTS:
        return f"the answer is XML but no feed: its root element is <{root[1]}>"
    if _HTML_TAG.search(start[:20_000]):
        return _describe_page(start, url)
    return f"the answer is no feed; it begins with: {clean_line(start[:300])[:80]!r}"


def _describe_page(start: str, url: str) -> str:
    titled = _TITLE.search(start)
    title = clean_line(plain_text(titled[1]))[:80] if titled else ""
    named = f" (“{title}”)" if title else ""
    if _PASSWORD_INPUT.search(start):
        return f"the address now serves a login page{named}"
    feeds, _ = linked_feeds(start, url)
    if feeds:
        return f"the address now serves a web page{named}; its feed seems to be {feeds[0].url}"
    return f"the address now serves a web page{named}, not a feed"
