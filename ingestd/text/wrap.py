"""Texts broken into lines for a terminal: between words and between Chinese characters, never inside of an address."""

import re
from functools import cache

from ingestd.text.display_width import display_width

_WIDE = "\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff"
#: Punctuation before which no line ends, and punctuation behind which none does (JIS X 4051, GB/T 15834).
_CLOSING = "、。，．：；！？）」』】》〉〕”’…—"
_OPENING = "（「『【《〈〔“‘"


@cache  # it takes some milliseconds to compile, and most commands break no lines
def _piece() -> re.Pattern[str]:
    """What stays together, with the blanks behind it: an address, a wide character with its punctuation, a word."""
    return re.compile(
        rf"(?:https?://[!-~]+|[{_OPENING}]*[{_WIDE}][{_CLOSING}]*|[^\s{_WIDE}]+?(?=\s|[{_WIDE}]|https?://|$))(\s*)"
    )


def wrap(text: str, width: int | None, *, first: str = "", rest: str = "") -> list[str]:
    """`text` as lines of at most `width` columns, the first one behind `first`, the others behind `rest`.

    A word or an address that is wider than a line has a line of its own. Newlines stay; without a width no others are
    made.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        before = rest if lines else first
        lines += [before + line] if width is None else _wrapped(line, width, before, rest)
    return lines


def _wrapped(line: str, width: int, first: str, rest: str) -> list[str]:
    lines, current, blanks = [], "", ""
    left = width - display_width(first)
    before = first
    for piece in _piece().finditer(line):
        word = piece[0].removesuffix(piece[1])
        needed = len(blanks) + display_width(word)
        if current and needed > left:
            lines.append(before + current)
            before, current, blanks, needed = rest, "", "", display_width(word)
            left = width - display_width(rest)
        current += blanks + word
        left -= needed
        blanks = " " if piece[1] else ""
    return [*lines, before + current if current else before.rstrip()]
