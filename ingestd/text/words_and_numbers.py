"""The words and the numbers of a text, as its fingerprint takes them; by tables where all its letters are Latin."""

import re

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_DIGIT = re.compile(r"[\d.,:]")
#: Punctuation of Latin texts that is not in Latin-1.
_TYPOGRAPHIC = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2022\u201e\u200b"
#: Letters from here on are those of CJK texts, and of symbols and emoji.
_FIRST_CJK = "\u3000"
_LATIN = [chr(code) for code in range(256)]
#: Each letter and digit of Latin-1 in lower case, and a space for anything else.
_LOWER_WORDS = "".join(char.lower() if _WORD.match(char) else " " for char in _LATIN).encode("latin-1")
#: Each digit of Latin-1, and what may stand between digits; a space for anything else.
_DIGITS = "".join(char if _DIGIT.match(char) else " " for char in _LATIN).encode("latin-1")


def words_and_numbers(text: str) -> tuple[list[str], list[str]]:
    """The words of a text in lower case (letters, digits and `_`), and its numbers (`1`, `1,000.5`, `12:30`)."""
    latin = _latin(text)
    if latin is None:
        return _WORD.findall(text.lower()), _NUMBER.findall(text)
    digits = b" ".join(latin.translate(_DIGITS).split())
    return latin.translate(_LOWER_WORDS).decode("latin-1").split(), _NUMBER.findall(digits.decode("latin-1"))


def _latin(text: str) -> bytes | None:
    """The text in Latin-1, with spaces for other punctuation; None where it has other letters."""
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
