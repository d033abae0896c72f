"""Texts of Latin letters as bytes of Latin-1, which tables translate many times as fast as expressions read them."""

#: Punctuation of Latin texts that is not in Latin-1.
_TYPOGRAPHIC = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2022\u201e\u200b"
#: Letters from here on are those of CJK texts, and of symbols and emoji.
_FIRST_CJK = "\u3000"
#: The characters of Latin-1, in the order of their codes: a table has a byte for each.
LATIN_1 = tuple(map(chr, range(256)))


def latin_1(text: str) -> bytes | None:
    """The text in Latin-1, with spaces for typographic quotation marks, dashes and dots; None where it has others."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        if text[error.start] >= _FIRST_CJK:
            return None
    for mark in _TYPOGRAPHIC:
        text = text.replace(mark, " ")
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None
