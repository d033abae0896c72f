"""The value of a text element: as HTML, as one plain line, or as raw text."""

import base64
import binascii
import html
import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from ingestd.feeds.namespaces import is_atom_03, namespace_of
from ingestd.text.plain_text import clean_line, plain_text, strip_closed_tags

_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
_VOID_ELEMENTS = frozenset(_VOID_NAMES.split())
_MAX_MARKUP_CHARS: Final = 5_000_000
# lxml serialises attribute values without angle brackets, so these expressions match whole tags only.
_NAMESPACE = re.compile(r"""\sxmlns(?::[\w.-]{1,100})?="[^"<>]*"(?=[^<>]*>)""")
_PREFIX = re.compile(r"(</?)[\w.-]{1,100}:(?=[\w.-]+[\s/>])")
_VOID_END = re.compile(r"</(?:br|img|hr|input|wbr|source|embed)>")
_EMPTY_ELEMENT = re.compile(r"<([\w.-]+)([^<>]*)/>")
_MAX_LINE_CHARS: Final = 20_000
_CDATA_SECTION = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.S)
_EMPTY_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_ATOM_TYPES = {"text": "text", "html": "html", "xhtml": "xhtml", "escaped": "html"}


def stripped_text(element: etree._Element) -> str:
    """All text in the element without tags, stripped."""
    if not len(element):
        return (element.text or "").strip()
    return "".join(map(str, element.itertext())).strip()


def html_of(element: etree._Element, *, atom: bool) -> str:
    """The element's value as HTML, by the rules of Atom (RFC 4287, section 3.1) or of RSS, where all text is HTML."""
    if not atom and not len(element):
        text = (element.text or "").strip()
        return _with_line_breaks(_without_cdata_marks(text)) if "\n" in text or text.startswith("<!") else text
    text_type = _text_type(element) if atom else "html"
    if text_type == "base64":
        return _base64(element)
    if text_type == "html" and atom and _is_bare_div_alone(element) and not len(element[0]):
        # `type="html"` with an unescaped div around the escaped HTML.
        return (element[0].text or "").strip()
    if text_type == "xhtml" or len(element):
        return _inner_html(element)
    text = _without_cdata_marks((element.text or "").strip())
    return text_as_html(text) if text_type == "text" else text


def text_as_html(text: str) -> str:
    """Plain text as HTML: an empty line separates paragraphs, a single line break becomes `<br>`."""
    return _with_line_breaks(html.escape(text.strip(), quote=False))


def _with_line_breaks(text: str) -> str:
    """HTML without any tag, whose lines a browser would join, with its lines and paragraphs; other HTML as it is."""
    if "\n" not in text or "<" in text:
        return text
    paragraphs = [part for part in _EMPTY_LINES.split(text.replace("\r\n", "\n")) if part.strip()]
    broken = ["<br>\n".join(line.strip() for line in part.strip().split("\n")) for part in paragraphs]
    return broken[0] if len(broken) == 1 else "".join(f"<p>{part}</p>" for part in broken)


def _without_cdata_marks(text: str) -> str:
    """The text inside an escaped CDATA section; any other text as it is."""
    return _CDATA_SECTION.sub(r"\1", text).strip() if text.startswith("<![CDATA[") else text


def line_of(element: etree._Element, *, atom: bool) -> str:
    """A title or a name as one line of plain text: markup removed, several layers of escaping resolved."""
    text_type = _text_type(element) if atom else "html"
    if text_type == "base64" and (element.get("mode") or "").lower() == "base64":
        text = _base64(element)[:_MAX_LINE_CHARS]
        return clean_line(plain_text(text)) if "html" in (element.get("type") or "") else clean_line(text)
    if len(element):
        return clean_line(plain_text(_inner_html(element)[:_MAX_LINE_CHARS]))
    text = (element.text or "")[:_MAX_LINE_CHARS]
    if text_type == "text" and element.get("type"):
        return clean_line(_unescape_once_more(text))
    if text_type == "html" and atom and element.get("type"):
        return clean_line(_unescape_once_more(strip_closed_tags(_without_cdata_marks(text.strip()), unescape=True)))
    return as_line(text)


def as_line(text: str) -> str:
    """HTML, or text that may be HTML, as one plain line.

    Tags are removed from one layer of escaping; up to three layers are resolved. Angle brackets around other names than
    those of HTML stay, and tags without their other half.
    """
    text = text[:_MAX_LINE_CHARS].strip()
    if "<" not in text and "&" not in text:
        return clean_line(text)
    text = _without_cdata_marks(text)
    stripped = False
    for _ in range(3):
        if "<" not in text and "&" not in text:
            break
        unescaped = html.unescape(text)
        plain = unescaped if stripped or "<" not in text else strip_closed_tags(text, unescape=True)
        stripped = stripped or plain != unescaped
        if plain == text:
            break
        text = plain
    return clean_line(text)


def _unescape_once_more(text: str) -> str:
    """Plain text with the five most common references resolved once more, as escaped twice by the feed's software."""
    if "&" not in text:
        return text
    for name, character in (("&amp;", "&"), ("&quot;", '"'), ("&#39;", "'"), ("&apos;", "'"), ("&nbsp;", " ")):
        text = text.replace(name, character)
    return text


def _text_type(element: etree._Element) -> str:
    """`text`, `html`, `xhtml` or `base64`, from the `type` and `mode` of an Atom 1.0 or 0.3 text construct."""
    mode = (element.get("mode") or "").lower()
    if mode == "base64":
        return "base64"
    text_type = (element.get("type") or "").strip().lower().partition(";")[0]
    if mode == "escaped":
        return "text" if text_type in ("text/plain", "text") else "html"
    if text_type in _ATOM_TYPES:
        return _ATOM_TYPES[text_type]
    if text_type.endswith(("+xml", "/xml")):
        return "xhtml"
    if text_type.startswith("text/html") or not text_type:
        return "html" if text_type or _looks_like_html(element) else "text"
    if text_type.startswith("text/"):
        return "text"
    return "text" if is_atom_03(namespace_of(element)) else "base64"


def _looks_like_html(element: etree._Element) -> bool:
    """Whether a text without `type` (plain, by RFC 4287) has an end tag or `<br`: undeclared HTML."""
    text = element.text or ""
    return "</" in text or "/>" in text or "<br" in text


def _base64(element: etree._Element) -> str:
    raw = "".join((element.text or "").split())
    try:
        return base64.b64decode(raw, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return (element.text or "").strip()


def _inner_html(element: etree._Element) -> str:
    """The HTML inside an element, without a single div around all of it (RFC 4287, section 3.1.1.3)."""
    if _is_bare_div_alone(element):
        element = element[0]
    written = etree.tostring(element, encoding="unicode", with_tail=False)
    start, end = written.find(">") + 1, written.rfind("</")
    if end < start:
        return ""
    return _xml_as_html(written[start : min(end, start + _MAX_MARKUP_CHARS)], element.nsmap)


def _xml_as_html(inner: str, namespaces: Mapping[str | None, str]) -> str:
    """Serialised XML as HTML: without namespaces and prefixes, and `<p/>` as `<p></p>`, which HTML needs."""
    if "xmlns" in inner or any(f"<{prefix}:" in inner for prefix in namespaces):
        inner = _PREFIX.sub(r"\1", _NAMESPACE.sub("", inner))
    inner = _EMPTY_ELEMENT.sub(_with_end_tag, inner) if "/>" in inner else inner
    return _VOID_END.sub("", inner).strip()


def _is_bare_div_alone(element: etree._Element) -> bool:
    """Whether a single div without attributes is all that an element holds."""
    if len(element) != 1 or (element.text or "").strip() or (element[0].tail or "").strip():
        return False
    tag = element[0].tag
    return isinstance(tag, str) and tag.rpartition("}")[2].lower() == "div" and not element[0].attrib


def _with_end_tag(found: re.Match[str]) -> str:
    """An empty XML element as HTML: void elements without end tag, others with one."""
    name = found[1]
    return f"<{name}{found[2]}>" if name.lower() in _VOID_ELEMENTS else f"<{name}{found[2]}></{name}>"
