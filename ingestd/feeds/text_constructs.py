"""What an element says: as HTML, as one plain line, as raw text."""

import base64
import binascii
import html
import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from ingestd.feeds.namespaces import is_atom_03, namespace_of
from ingestd.text.plain_text import clean_line, plain_text, strip_tags

_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_NAMES.split())
_MAX_INNER: Final = 5_000_000
# In what lxml serialises, attribute values have no angle brackets: these expressions see tags and nothing else.
_NAMESPACE = re.compile(r"""\sxmlns(?::[\w.-]{1,100})?="[^"<>]*"(?=[^<>]*>)""")
_PREFIX = re.compile(r"(</?)[\w.-]{1,100}:(?=[\w.-]+[\s/>])")
_VOID_END = re.compile(r"</(?:br|img|hr|input|wbr|source|embed)>")
_EMPTY = re.compile(r"<([\w.-]+)([^<>]*)/>")
_MAX_LINE: Final = 20_000
_ATOM_TYPES = {"text": "text", "html": "html", "xhtml": "xhtml", "escaped": "html"}


def text_of(element: etree._Element) -> str:
    """All text in the element, tags left out, stripped."""
    if not len(element):
        return (element.text or "").strip()
    return "".join(map(str, element.itertext())).strip()


def html_of(element: etree._Element, *, atom: bool) -> str:
    """The element's value as HTML, by the rules of Atom (RFC 4287, section 3.1) or of RSS, where all text is HTML."""
    kind = _kind(element) if atom else "html"
    if kind == "base64":
        return _base64(element)
    if kind == "html" and atom and len(element) == 1 and not len(element[0]) and not (element.text or "").strip():
        # A wrapping div that its writer took for a part of `type="html"`, too.
        return (element[0].text or "").strip()
    if kind == "xhtml" or len(element):
        return _inner(element)
    text = (element.text or "").strip()
    return html.escape(text, quote=False) if kind == "text" else text


def line_of(element: etree._Element, *, atom: bool) -> str:
    """A title or a name: plain, on one line, whatever markup and however many layers of escaping it came in."""
    kind = _kind(element) if atom else "html"
    if kind == "base64":
        text = _base64(element)
        return clean_line(plain_text(text[:_MAX_LINE])) if "html" in (element.get("type") or "") else clean_line(text)
    if len(element):
        return clean_line(plain_text(_inner(element)[:_MAX_LINE]))
    text = (element.text or "")[:_MAX_LINE]
    if kind == "text" and element.get("type"):
        return clean_line(_unescaped_twice(text))
    return as_line(text)


def as_line(text: str) -> str:
    """HTML, or text that may be HTML, as one plain line; angle brackets that are no HTML element stay."""
    for _ in range(3):
        if "<" not in text and "&" not in text:
            break
        plain = html.unescape(strip_tags(text))
        if plain == text:
            break
        text = plain
    return clean_line(text)


def _unescaped_twice(text: str) -> str:
    """Plain text says what it says; only `&amp;` and the like, which nobody means to show, is read once more."""
    if "&" not in text:
        return text
    for name, character in (("&amp;", "&"), ("&quot;", '"'), ("&#39;", "'"), ("&apos;", "'"), ("&nbsp;", " ")):
        text = text.replace(name, character)
    return text


def _kind(element: etree._Element) -> str:
    """text, html, xhtml or base64: what the attributes of an Atom text construct, old or new, come down to."""
    mode = (element.get("mode") or "").lower()
    if mode == "base64":
        return "base64"
    kind = (element.get("type") or "").strip().lower().partition(";")[0]
    old = is_atom_03(namespace_of(element))
    if mode == "escaped":
        return "text" if kind in ("text/plain", "text") else "html"
    if kind in _ATOM_TYPES:
        return _ATOM_TYPES[kind]
    if kind.endswith(("+xml", "/xml")):
        return "xhtml"
    if kind.startswith("text/html") or not kind:
        return "html" if kind or _looks_like_html(element) else "text"
    if kind.startswith("text/"):
        return "text"
    return "text" if old or not kind else "base64"


def _looks_like_html(element: etree._Element) -> bool:
    """No type means plain text; but a text that closes a tag was meant as HTML by somebody who forgot to say so."""
    text = element.text or ""
    return "</" in text or "/>" in text or "<br" in text


def _base64(element: etree._Element) -> str:
    raw = "".join((element.text or "").split())
    try:
        return base64.b64decode(raw, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return (element.text or "").strip()


def _inner(element: etree._Element) -> str:
    """The markup inside of an element; a single bare div around all of it is Atom's wrapper, no part of it."""
    if (
        len(element) == 1
        and _is_bare_div(element[0])
        and not (element.text or "").strip()
        and not (element[0].tail or "").strip()
    ):
        element = element[0]
    written = etree.tostring(element, encoding="unicode", with_tail=False)
    start, end = written.find(">") + 1, written.rfind("</")
    if end < start:
        return ""
    return _as_html(written[start : min(end, start + _MAX_INNER)], element.nsmap)


def _as_html(inner: str, namespaces: Mapping[str | None, str]) -> str:
    """Serialised XML as HTML: no namespaces, no prefixes, no empty elements that HTML would leave open."""
    if "xmlns" in inner or any(f"<{prefix}:" in inner for prefix in namespaces):
        inner = _PREFIX.sub(r"\1", _NAMESPACE.sub("", inner))
    inner = _EMPTY.sub(_closed, inner) if "/>" in inner else inner
    return _VOID_END.sub("", inner).strip()


def _is_bare_div(element: etree._Element) -> bool:
    tag = element.tag
    return isinstance(tag, str) and tag.rpartition("}")[2].lower() == "div" and not element.attrib


def _closed(found: re.Match[str]) -> str:
    """`<p/>` is an empty element in XML and an open one in HTML."""
    name = found[1]
    return f"<{name}{found[2]}>" if name.lower() in _VOID else f"<{name}{found[2]}></{name}>"
