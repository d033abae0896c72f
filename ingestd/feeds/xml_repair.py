"""Text that is nearly XML becomes XML: only what cannot be XML is touched, and nothing within CDATA but controls."""

import re
from collections.abc import Mapping
from html.entities import html5

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#([0-9]{1,10}|[xX][0-9a-fA-F]{1,8});|([A-Za-z][A-Za-z0-9]{1,31});)?")
_STRAY = re.compile(r"<(?![A-Za-z_/!?])|</(?![A-Za-z_])|<!(?!--|\[CDATA\[|DOCTYPE)")
_PAIR = re.compile(r"&#(?:(\d{5})|[xX]([dD][89abAB][0-9a-fA-F]{2}));&#(?:(\d{5})|[xX]([dD][c-fC-F][0-9a-fA-F]{2}));")
_XML_NAMES = frozenset(("amp", "lt", "gt", "quot", "apos"))
# Numbers of C1 controls mean characters of windows-1252 wherever they are used (HTML, section 13.2.5.80).
_WINDOWS = {
    number: ord(character) for number in range(0x80, 0xA0) if (character := bytes([number]).decode("cp1252", "ignore"))
}
_C1 = re.compile("[\x80-\x84\x86-\x9f]")
_C1_REFERENCE = re.compile(r"&#(?:1[2-5]\d|[xX][89][0-9a-fA-F]);")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"


def repair(text: str, entities: Mapping[str, str]) -> str:
    """`text` with its controls, character references, entities, bare ampersands and stray angle brackets put right.

    `entities` are those that the document itself defined; the names of HTML are known. Linear in the length.
    """
    text = _CONTROLS.sub("", text)
    parts, position = [], 0
    while True:
        opening = text.find(_CDATA, position)
        if opening < 0:
            parts.append(_outside(text[position:], entities))
            return "".join(parts)
        parts.append(_outside(text[position:opening], entities))
        closing = text.find(_CDATA_END, opening)
        if closing < 0:
            # Never closed: the text up to the next tag that is surely the feed's would be a guess; escape the rest.
            parts.append(_outside(text[opening + len(_CDATA) :], entities))
            return "".join(parts)
        position = closing + len(_CDATA_END)
        parts.append(text[opening:position])


def without_c1(text: str) -> str:
    """`text` with windows-1252 punctuation that was taken for control characters put right."""
    if "&#" in text:
        text = _C1_REFERENCE.sub(lambda found: _reference(_REFERENCE.match(found[0]) or found, {}), text)
    return text.translate(_WINDOWS) if not text.isascii() and _C1.search(text) else text


def _outside(text: str, entities: Mapping[str, str]) -> str:
    if "&" in text:
        if "&#" in text:
            text = _PAIR.sub(_join_surrogates, text)
        text = _REFERENCE.sub(lambda found: _reference(found, entities), text)
    return _STRAY.sub(lambda found: "&lt;" + found[0][1:], text.replace(_CDATA_END, "]]&gt;"))


def _join_surrogates(found: re.Match[str]) -> str:
    """Two halves of one character, as programs that think in UTF-16 write them."""
    high = int(found[1]) if found[1] else int(found[2], 16)
    low = int(found[3]) if found[3] else int(found[4], 16)
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return found[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _reference(found: re.Match[str], entities: Mapping[str, str]) -> str:
    number, word = found[1], found[2]
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        return _escape(chr(_WINDOWS.get(code, code))) if _is_xml_character(code) else ""
    if word is None:
        return "&amp;"
    if word in _XML_NAMES:
        return found[0]
    value = entities.get(word) or html5.get(word + ";")
    return _escape(value) if value else f"&amp;{word};"


def _is_xml_character(code: int) -> bool:
    """XML 1.0, production 2."""
    return code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000


def _escape(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;")
