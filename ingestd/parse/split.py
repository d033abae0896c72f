"""A feed's text into head and raw items, without understanding them: what is known needs no parser.

One pass with one expression; CDATA sections and comments are jumped over. Items that are never closed end where the
next one begins or the list ends; one that the end of the text cuts off is no item.
"""

import re
from dataclasses import dataclass

_MARK = re.compile(r"<(?:!--|!\[CDATA\[|(/?)(?:[a-z][\w.-]{0,20}:)?(item|entry|channel|feed|rss|rdf)(?=[\s/>]))", re.I)
_SKIP = {"<!--": "-->", "<![CDATA[": "]]>"}
# No start tag of an item is longer; the bound keeps a text without any ">" from being searched to its end each time.
_MAX_TAG = 2_000
_ITEMS = frozenset(("item", "entry"))


@dataclass(frozen=True, slots=True)
class Split:
    """`head` is the document without its items, `items` their raw texts, `cut` whether the end of the text is missing."""

    head: str
    items: tuple[str, ...]
    cut: bool = False


def split(text: str) -> Split:
    """Head and raw items of a feed in XML; the text itself is the head where there are none."""
    spans, cut_at = _spans(text)
    head, position, items = [], 0, []
    for start, end in spans:
        head.append(text[position:start])
        items.append(text[start:end])
        position = end
    head.append(text[position:cut_at] if cut_at >= 0 else text[position:])
    return Split("".join(head), tuple(items), cut_at >= 0)


def _spans(text: str) -> tuple[list[tuple[int, int]], int]:
    """Where each item begins and ends, and where the one begins that the end of the text cuts off, else -1."""
    spans: list[tuple[int, int]] = []
    opened, position = -1, 0
    unclosed: set[str] = set()
    while found := _MARK.search(text, position):
        position = found.end()
        word = found[2]
        if word is None:
            position = _jump(text, found, unclosed)
        elif word.lower() not in _ITEMS:
            if found[1] and opened >= 0:
                spans.append((opened, found.start()))
                opened = -1
        elif not found[1]:
            if opened >= 0:
                spans.append((opened, found.start()))
            opened = found.start()
            if (closing := text.find(">", position, position + _MAX_TAG)) >= 0 and text[closing - 1] == "/":
                spans.append((opened, closing + 1))
                opened = -1
        elif opened >= 0:
            closing = text.find(">", position, position + _MAX_TAG)
            end = closing + 1 if closing >= 0 else position
            spans.append((opened, end))
            opened, position = -1, end
    return spans, opened


def _jump(text: str, found: re.Match[str], unclosed: set[str]) -> int:
    """Behind a comment or a CDATA section; one that is never closed is no such thing, and looked for only once."""
    mark = found[0]
    if mark in unclosed:
        return found.end()
    closing = text.find(_SKIP[mark], found.end())
    if closing < 0:
        unclosed.add(mark)
        return found.end()
    return closing + 3
