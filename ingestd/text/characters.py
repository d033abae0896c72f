"""Classes of characters: Han, kana, hangul, those that nobody sees, lone surrogates, and what can be printed.

The ranges are for use within the brackets of a regular expression: `re.compile(f"[{HAN}]+")`.
"""

import re
from string import ascii_lowercase, ascii_uppercase

#: Han ideographs: radicals, 々〆〇, Unified Ideographs with their extensions, Compatibility Ideographs.
HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3040-\u30ff"
HANGUL = "\uac00-\ud7af"
#: Scripts that are written without spaces, or whose characters are read one by one: Han, kana, hangul, bopomofo.
CJK = f"{HAN}{KANA}{HANGUL}\u3100-\u312f\u31a0-\u31bf"
#: Controls, soft hyphens, bidi embeddings, overrides and isolates, zero-width spaces, the byte order mark: no stored
#: text has them. The joiners U+200C and U+200D are letters of words and of emoji.
UNSEEN = "\xad\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"

_ASCII_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_SURROGATE = re.compile("[\ud800-\udfff]")


def has_surrogates(text: str) -> bool:
    """Whether a text holds lone surrogates (U+D800 to U+DFFF), which UTF-8 cannot encode."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def replace_surrogates(text: str) -> str:
    """The text with U+FFFD for each lone surrogate: text that can be encoded in UTF-8."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def database_text(text: str) -> str:
    """The text as every database can hold it: without NUL, which PostgreSQL refuses, and with `?` for each surrogate.

    Stored rows and keys were written with `?`, files with U+FFFD (`replace_surrogates`): the two are not one.
    """
    if "\0" in text:
        text = text.replace("\0", "")
    return text.encode("utf-8", "replace").decode() if has_surrogates(text) else text


def ascii_small(text: str) -> str:
    """The text with small ASCII letters, as the function `lower` of SQLite gives it."""
    return text.translate(_ASCII_SMALL)


def printable(text: str, limit: int = 200) -> str:
    """Untrusted text for one line of a log or terminal: no control or formatting characters, `limit` characters."""
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[: limit + 1])
    return shown if len(shown) <= limit else shown[:limit] + "…"
