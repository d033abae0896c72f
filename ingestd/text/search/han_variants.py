"""Traditional and simplified forms of Han characters, where the optional library opencc is installed.

A search asks for every form of each character, so that the index holds texts as they are written and does not depend on
the library. The forms are those of single characters: 后 equals 後, whatever the word.
"""

from functools import cache

from ingestd.text.search.characters import equal_characters

_FIRST_HAN, _LAST_HAN = 0x3400, 0x9FFF


@cache
def _groups() -> dict[str, str]:
    """The group of each character that has several forms, the simplified one first; empty without opencc."""
    try:
        from opencc import OpenCC
    except ImportError:
        return {}
    characters = [chr(code) for code in range(_FIRST_HAN, _LAST_HAN + 1)]
    simplified = str(OpenCC("t2s").convert("\n".join(characters))).split("\n")
    found: dict[str, str] = {}
    for char, simple in zip(characters, simplified, strict=True):
        if char != simple and len(simple) == 1:
            found[simple] = found.get(simple, simple) + char
    return {char: group for group in found.values() for char in group}


def equal_letters(char: str) -> str:
    """All characters that search takes for equal to one: case, accents, width, and the forms of a Han character."""
    return _groups().get(char) or equal_characters(char)


def has_variants() -> bool:
    """Whether traditional and simplified forms are equal here."""
    return bool(_groups())
