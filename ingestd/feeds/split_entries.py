"""Split a feed's text into head and raw items before parsing, so that known items need no parser.

One pass with one regular expression; CDATA sections and comments are skipped. An item without end tag ends where the
next item begins or the list ends. An item that the end of the text truncates is dropped.

A list of items has ended where the end tag of the root follows the last item. For RSS 2.0 that of `<channel>` is
enough: many feeds have no `</rss>`, and nothing can stand between the two. In RDF the items follow `</channel>`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ingestd.text.dates import parse_date

# Of the hundreds of tags of a feed most are of other names: they are told by their first letter, without backtracking.
_TAG_OR_SECTION = re.compile(
    r"<(?:!(?:--|\[CDATA\[)|(?P<end>/?+)(?:[a-z][\w.-]{0,20}+:)?(?=[iecfr])"
    r"(?P<word>item|entry|channel|feed|rss|rdf)(?=[\s/>]))",
    re.I,
)
# The same without comments and CDATA sections, for the rest of a text after one that has no end.
_TAG = re.compile(r"<(?P<end>/?)(?:[a-z][\w.-]{0,20}:)?(?P<word>item|entry|channel|feed|rss|rdf)(?=[\s/>])", re.I)
_SECTION_ENDS = {"<!--": "-->", "<![CDATA[": "]]>"}
# The longest start tag of an item. Without a bound, a text without ">" would take quadratic time.
_MAX_TAG_CHARS = 2_000
#: Further items are ignored. The largest known feeds have some ten thousand.
MAX_ITEMS = 60_000
_ITEMS = frozenset(("item", "entry"))
# The end of a text whose last comment or CDATA section has no end: what looks like a tag within it may be its content.
_FINAL_END_TAG = re.compile(r"</(?:[a-z][\w.-]{0,20}:)?(?:channel|feed|rss|rdf)\s*>\Z", re.I)
_MAX_END_TAG_CHARS = 100


@dataclass(frozen=True, slots=True)
class Split:
    """`head` is the document without its items, `items` their raw texts, `cut` whether a truncated item was dropped.

    `ended`: the list of items has its end; without it the text breaks off, also where no item was cut.
    """

    head: str
    items: tuple[str, ...]
    cut: bool = False
    ended: bool = True


def split(text: str) -> Split:
    """Head and raw items of an XML feed; without items the head is the whole text."""
    spans, cut_at, ended = _spans(text)
    head, position, items = [], 0, []
    for start, end in spans:
        head.append(text[position:start])
        items.append(text[start:end])
        position = end
    head.append(text[position:cut_at] if cut_at >= 0 else text[position:])
    return Split("".join(head), tuple(items), cut_at >= 0, ended)


def _spans(text: str) -> tuple[list[tuple[int, int]], int, bool]:
    """Start and end offset of each item, the offset of the truncated or surplus rest (-1 without one), and `ended`."""
    spans: list[tuple[int, int]] = []
    opened = -1
    root, last_end = "", ""
    for word, is_end, start, end in _tags(text):
        is_item = word in _ITEMS
        root = root or word
        last_end = word if is_end and not is_item else "" if is_item else last_end
        if opened >= 0 and (is_item or is_end):
            # The end tag of an item is part of it; the next item and the end of the list are not.
            spans.append((opened, end if is_item and is_end else start))
            opened = -1
        if is_item and not is_end:
            if text[end - 2 : end] == "/>":
                spans.append((start, end))
            else:
                opened = start
        if len(spans) >= MAX_ITEMS:
            return spans, spans[-1][1], True
    # No item can follow such an end tag.
    return spans, opened, bool(root) and (last_end == root or (last_end == "channel" and root == "rss"))


def _tags(text: str) -> Iterator[tuple[str, bool, int, int]]:
    """The tags outside of comments and sections: lower-case name, whether it is an end tag, start and end offset."""
    pattern, position = _TAG_OR_SECTION, 0
    while found := pattern.search(text, position):
        position = found.end()
        if found["word"] is not None:
            word, is_end = found["word"].lower(), found["end"] == "/"
            closing = text.find(">", position, position + _MAX_TAG_CHARS) if word in _ITEMS else -1
            end = max(position, closing + 1)
            position = end if is_end else position
            yield word, is_end, found.start(), end
            continue
        closing = text.find(_SECTION_ENDS[found[0]], position)
        if closing >= 0:
            position = closing + 3
        elif _FINAL_END_TAG.search(text.rstrip()[-_MAX_END_TAG_CHARS:]):
            # Without an end it is no section or comment, and neither is any after it.
            pattern = _TAG
        else:
            return  # the text was cut within it


_DATE = re.compile(
    r"<(?:[\w.-]{1,20}:)?(?:pubdate|published|updated|issued|modified|date)\b[^<>]{0,100}>\s{0,40}([^<]{4,80})", re.I
)
_NO_DATE = datetime.min.replace(tzinfo=UTC)
# With more items only the dates of the first and the last one are compared.
_MAX_SORTED_ITEMS = 12_000


def newest_items(items: Sequence[str], limit: int) -> list[str]:
    """The `limit` newest raw items, in document order; items without a date count as the oldest."""
    if len(items) <= limit:
        return list(items)
    if len(items) > _MAX_SORTED_ITEMS:
        return list(items[-limit:] if _item_date(items[-1]) > _item_date(items[0]) else items[:limit])
    dates = [_item_date(item) for item in items]
    kept = sorted(range(len(items)), key=lambda index: (dates[index], -index), reverse=True)[:limit]
    return [items[index] for index in sorted(kept)]


def _item_date(item: str) -> datetime:
    found = _DATE.search(item)
    stamp = parse_date(found[1]) if found else None
    return stamp.utc if stamp else _NO_DATE
