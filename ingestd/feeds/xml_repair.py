"""Repair malformed XML text: only what XML does not allow is changed; within CDATA only control characters are."""

import re
from collections.abc import Mapping
from html.entities import html5

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#([0-9]{1,10}|[xX][0-9a-fA-F]{1,8});|([A-Za-z][A-Za-z0-9_.-]{0,31});)?")
_STRAY_BRACKET = re.compile(r"<(?![A-Za-z_/!?])|</(?![A-Za-z_])|<!(?!--|\[CDATA\[|DOCTYPE)")
# A start tag that may hold an attribute without quotation marks, and each of its attributes.
_TAG_WITH_BARE_VALUE = re.compile(r"""<[A-Za-z_][\w:.-]{0,60}\s[^<>]{0,4000}?=\s{0,5}[^\s"'<>][^<>]{0,4000}>""")
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s{0,5}=\s{0,5}(?:("[^"<>]*"|'[^'<>]*')|([^\s"'<>]+?)(?=\s|/?>))""")
_SURROGATE_PAIR = re.compile(
    r"&#(?:(\d{5})|[xX]([dD][89abAB][0-9a-fA-F]{2}));&#(?:(\d{5})|[xX]([dD][c-fC-F][0-9a-fA-F]{2}));"
)
_XML_NAMES = frozenset(("amp", "lt", "gt", "quot", "apos"))
# References to C1 controls stand for characters of windows-1252 (HTML, section 13.2.5.80).
_WINDOWS_1252 = {
    number: ord(character) for number in range(0x80, 0xA0) if (character := bytes([number]).decode("cp1252", "ignore"))
}
# C1 controls but NEL, in UTF-8: an expression that begins with one byte skips to it, several times as fast as a class.
_C1 = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")
_C1_REFERENCE = re.compile(r"&#(?:1[2-5]\d|[xX][89][0-9a-fA-F]);")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"


def repair(text: str, entities: Mapping[str, str]) -> str:
    """`text` with control characters, character references, entities, ampersands and stray angle brackets repaired.

    `entities` are those of the document's DTD, in addition to those of HTML. Linear in the length.
    """
    text = _CONTROLS.sub("", text)
    parts, position = [], 0
    while True:
        opening = text.find(_CDATA, position)
        if opening < 0:
            parts.append(_repair_outside_cdata(text[position:], entities))
            return "".join(parts)
        parts.append(_repair_outside_cdata(text[position:opening], entities))
        closing = text.find(_CDATA_END, opening)
        if closing < 0:
            # Without end: where the section should end is unknown, so the rest is repaired as ordinary text.
            parts.append(_repair_outside_cdata(text[opening + len(_CDATA) :], entities))
            return "".join(parts)
        position = closing + len(_CDATA_END)
        parts.append(text[opening:position])


def without_c1(text: str) -> str:
    """`text` with C1 controls, and references to them, replaced by the windows-1252 characters of the same number."""
    if "&#" in text:
        text = _C1_REFERENCE.sub(lambda found: _reference(_REFERENCE.match(found[0]) or found, {}), text)
    if text.isascii() or not _C1.search(text.encode("utf-8", "surrogatepass")):
        return text
    return text.translate(_WINDOWS_1252)


def _repair_outside_cdata(text: str, entities: Mapping[str, str]) -> str:
    if "&" in text:
        if "&#" in text:
            text = _SURROGATE_PAIR.sub(_join_surrogates, text)
        text = _REFERENCE.sub(lambda found: _reference(found, entities), text)
    text = _STRAY_BRACKET.sub(lambda found: "&lt;" + found[0][1:], text.replace(_CDATA_END, "]]&gt;"))
    return _TAG_WITH_BARE_VALUE.sub(lambda found: _ATTRIBUTE.sub(_quoted, found[0]), text)


def _quoted(found: re.Match[str]) -> str:
    return f"{found[1]}={found[2]}" if found[2] else f'{found[1]}="{found[3]}"'


def _join_surrogates(found: re.Match[str]) -> str:
    """The character of two references to its UTF-16 surrogates; the text as it is where they are no pair."""
    high = int(found[1]) if found[1] else int(found[2], 16)
    low = int(found[3]) if found[3] else int(found[4], 16)
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return found[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _reference(found: re.Match[str], entities: Mapping[str, str]) -> str:
    number, word = found[1], found[2]
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        return _escape(chr(_WINDOWS_1252.get(code, code))) if _is_xml_character(code) else ""
    if word is None:
        return "&amp;"
    if word in _XML_NAMES:
        return found[0]
    value = entities.get(word) or html5.get(word + ";")
    return _escape(value) if value else f"&amp;{word};"


def _is_xml_character(code: int) -> bool:
    """Whether XML allows this code point (XML 1.0, production 2)."""
    return code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000


def _escape(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;")
