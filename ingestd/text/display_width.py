"""Columns that a terminal gives a text: two for a Chinese character, none for a combining one; texts cut and padded."""

import unicodedata

ELLIPSIS = "…"
# Marks that stand on the letter before them, and characters without a shape (joiners, variation selectors).
_ZERO_WIDTH_CATEGORIES = frozenset({"Mn", "Me", "Cf"})


def display_width(text: str) -> int:
    """Columns of `text` on a terminal."""
    if text.isascii():
        return len(text)
    return sum(map(character_width, text))


def character_width(character: str) -> int:
    """Columns of one character: 0, 1 or 2 (Unicode Standard Annex 11; ambiguous ones have 1)."""
    if character < "\u0300":
        return 1
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.category(character) in _ZERO_WIDTH_CATEGORIES else 1


def cut_to_width(text: str, width: int) -> str:
    """`text`, or its beginning and an ellipsis where it is wider than `width` columns."""
    if display_width(text) <= width:
        return text
    shown, left = [], width - 1
    for character in text:
        left -= character_width(character)
        if left < 0:
            break
        shown.append(character)
    return "".join(shown) + ELLIPSIS if width > 0 else ""


def pad_to_width(text: str, width: int) -> str:
    """`text` with blanks behind it, up to `width` columns."""
    return text + " " * (width - display_width(text))
