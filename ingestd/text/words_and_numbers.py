"""The words and the numbers of a text, as its fingerprint takes them; by tables where all its letters are Latin."""

import re

from ingestd.text.latin_1 import LATIN_1, latin_1

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_DIGIT = re.compile(r"[\d.,:]")
#: Each letter and digit of Latin-1 in lower case, and a space for anything else.
_LOWER_WORDS = "".join(char.lower() if _WORD.match(char) else " " for char in LATIN_1).encode("latin-1")
#: Each digit of Latin-1, and what may stand between digits; a space for anything else.
_DIGITS = "".join(char if _DIGIT.match(char) else " " for char in LATIN_1).encode("latin-1")


def words_and_numbers(text: str) -> tuple[list[str], list[str]]:
    """The words of a text in lower case (letters, digits and `_`), and its numbers (`1`, `1,000.5`, `12:30`)."""
    latin = latin_1(text)
    if latin is None:
        return _WORD.findall(text.lower()), _NUMBER.findall(text)
    digits = b" ".join(latin.translate(_DIGITS).split())
    return latin.translate(_LOWER_WORDS).decode("latin-1").split(), _NUMBER.findall(digits.decode("latin-1"))
