"""The text of bytes, in the charset that the bytes are in.

The order of precedence is: byte order mark, the pattern of zero bytes of UTF-16 and UTF-32, UTF-8 where the bytes are
valid UTF-8, the document's declaration, the Content-Type header, and last the statistics of the text. A declaration
that the bytes contradict is overruled. In UTF-8 with a few other bytes, each of these is decoded by itself.
"""

import codecs
import re
from functools import lru_cache

from ingestd.text.charset.detection import ALPHABETS, detect, is_mostly_utf8, is_nearly_utf8, is_plausible
from ingestd.text.charset.extra_characters import ENCODING_STANDARD
from ingestd.text.charset.labels import PUBLIC_NAMES, codec_of_label

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# `<?xm` in EBCDIC.
_EBCDIC_START = b"\x4c\x6f\xa7\x94"
_WIDE_CODECS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';,]+)""", re.I)


def decode(body: bytes, *, header: str | None = None, declared: str | None = None) -> tuple[str, str]:
    """The text of `body` and the public name of its charset. Never raises.

    `header` is the value of the Content-Type header or a charset alone, `declared` the charset in the XML declaration
    or the meta element. Invalid bytes become U+FFFD; a byte order mark is dropped.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _decode_as(body[len(mark) :], codec)
    wide = _wide_by_zero_bytes(body)
    if wide is not None:
        return _decode_as(body, wide)
    if body.startswith(_EBCDIC_START):
        return _decode_as(body, _ebcdic_codec(body))
    stated = [
        codec for codec in (_codec_of(declared), _codec_of(_charset_of(header))) if codec and codec not in _WIDE_CODECS
    ]
    return _decode_narrow(body, stated)


def _decode_narrow(body: bytes, stated: list[str]) -> tuple[str, str]:
    if body.isascii():
        return _decode_seven_bit(body, stated)
    try:
        return _undo_double_encoding(body.decode("utf-8"), body), "utf-8"
    except UnicodeDecodeError:
        pass
    if is_nearly_utf8(body) or (set(stated) == {"utf-8"} and is_mostly_utf8(body)):
        return body.decode("utf-8", _WINDOWS_1252_LETTERS), "utf-8"
    if len(stated) > 1 and stated[0] == "cp1252" and stated[1] not in ALPHABETS:
        # "Latin" is the default of many programs: of two labels the other one was set on purpose.
        stated = stated[::-1]
    for codec in stated:
        if codec != "utf-8" and is_plausible(body, codec):
            return _decode_as(body, codec)
    detected = detect(body, stated)
    return _decode_as(body, detected)


def _decode_seven_bit(body: bytes, stated: list[str]) -> tuple[str, str]:
    """ISO-2022-JP and HZ consist of ASCII bytes with escape sequences; everything else is ASCII."""
    if b"\x1b$" in body or b"\x1b(" in body:
        return _decode_as(body, "iso2022_jp_2")
    if "hz" in stated and b"~{" in body:
        return _decode_as(body, "hz")
    return body.decode("ascii"), "utf-8"


def _windows_1252_letter(error: UnicodeError) -> tuple[str, int]:
    """What replaces bytes that are not UTF-8: a windows-1252 letter for one byte between letters, else U+FFFD."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    data, start = error.object, error.start
    letters = data[max(0, start - 1) : start + 2].decode("cp1252", "replace")
    if 0 < start < len(data) - 1 and letters.isalpha() and letters.upper() != letters:
        return letters[1], start + 1
    return "\ufffd", error.end


_WINDOWS_1252_LETTERS = "ingestd.windows-1252-letters"
codecs.register_error(_WINDOWS_1252_LETTERS, _windows_1252_letter)


def _decode_as(body: bytes, codec: str) -> tuple[str, str]:
    if codec.startswith("cp125"):
        return codecs.charmap_decode(body, "strict", _windows_table(codec))[0], PUBLIC_NAMES[codec]
    return body.decode(codec, ENCODING_STANDARD), PUBLIC_NAMES.get(codec, codec)


@lru_cache(maxsize=16)
def _windows_table(codec: str) -> str:
    """The characters of a Windows charset; an undefined byte is the C1 control of the same number (WHATWG Encoding)."""
    known = bytes(range(256)).decode(codec, "replace")
    return "".join(character if character != "�" else chr(number) for number, character in enumerate(known))


def _charset_of(header: str | None) -> str | None:
    if header is None:
        return None
    found = _HEADER_CHARSET.search(header[:1000])
    if found:
        return found[1]
    return None if "/" in header or ";" in header else header


@lru_cache(maxsize=256)
def _codec_of(name: str | None) -> str | None:
    return codec_of_label(name) if name else None


def _wide_by_zero_bytes(body: bytes) -> str | None:
    """The codec of UTF-16 or UTF-32 without byte order mark: markup begins with ASCII, whose other bytes are zero."""
    head = body[:4]
    if len(head) < 4 or b"\x00" not in head:
        return None
    zeros = (head[0] == 0, head[1] == 0, head[2] == 0, head[3] == 0)
    return {
        (False, True, True, True): "utf-32-le",
        (True, True, True, False): "utf-32-be",
        (False, True, False, True): "utf-16-le",
        (True, False, True, False): "utf-16-be",
        (False, True, False, False): "utf-16-le",
        (True, False, False, False): "utf-16-be",
    }.get(zeros)


def _ebcdic_codec(body: bytes) -> str:
    """The code page of EBCDIC bytes, from their XML declaration: all code pages share the letters that it needs."""
    found = re.search(r"""encoding=["']([\w.:-]{1,40})""", body[:300].decode("cp037", "replace"))
    return (codec_of_label(found[1]) if found else None) or "cp037"


_DOUBLE_ENCODED = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
_NON_ASCII = re.compile("[^\x00-\x7f]")
#: Different letters of an alphabet, from U+0180 to U+07FF, that a text has which was really encoded twice.
_MIN_LETTERS_OF_ALPHABET = 4


def _undo_double_encoding(text: str, body: bytes) -> str:
    """The text of UTF-8 that was decoded as windows-1252 and encoded as UTF-8 again; any other text as it is.

    Every non-ASCII character must be part of such a sequence: a single É before a closing quotation mark looks alike.
    """
    # U+00C2 to U+00F4, which begin every misread character, are all written with the byte C3.
    if b"\xc3" not in body or not _DOUBLE_ENCODED.search(text):
        return text
    try:
        once = text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        try:
            once = codecs.charmap_encode(text, "strict", _TO_WINDOWS_1252)[0].decode("utf-8")
        except UnicodeError:
            return text
    return once if _is_likely_text(once) else text


def _is_likely_text(once: str) -> bool:
    """Whether decoding twice gave text: a few letters of phonetics, Greek or Armenian alone are `CAFÉ’S` misread."""
    found = set(_NON_ASCII.findall(once))
    return len(found) >= _MIN_LETTERS_OF_ALPHABET or any(not "\u0180" <= char < "\u0800" for char in found)


_TO_WINDOWS_1252 = codecs.charmap_build(_windows_table("cp1252"))
