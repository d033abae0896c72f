"""Small moves on lxml trees that every part of extraction needs; the typed side of lxml."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import cast

from lxml import etree

Element = etree._Element


def words(text: str) -> frozenset[str]:
    """The words of a text as a set: how vocabularies are written here."""
    return frozenset(text.split())


def in_order(text: str) -> tuple[str, ...]:
    """The words of a text in their order."""
    return tuple(text.split())


@lru_cache(maxsize=256)
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path)


_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u200b\ufeff\ufffe\uffff]")


def scrubbed(html: str) -> str:
    """Markup without the characters that mean nothing in it: controls, zero-width space, byte order mark."""
    # None of them can be printed, so most texts need no further look.
    return html if html.isprintable() else _NOT_TEXT.sub("", html)


def find(root: Element, path: str) -> list[Element]:
    """The elements that an XPath finds."""
    return cast(list[Element], _compiled(path)(root))


def text_of(element: Element) -> str:
    """All text below an element, white space folded."""
    return " ".join(raw_text(element).split())


_STRING = etree.XPath("string()", smart_strings=False)


def raw_text(element: Element) -> str:
    """All text below an element as it stands."""
    return cast(str, _STRING(element)) if len(element) else element.text or ""


_GONE = "ingestd-gone"


def remove_all(root: Element, elements: Iterable[Element]) -> None:
    """Take many elements out at once, in time linear in the tree; the text after each stays where it was."""
    found = False
    for element in elements:
        if element.tag not in ("html", "body"):
            element.tag = _GONE
            found = True
    if found:
        etree.strip_elements(root, _GONE, with_tail=False)


def remove(element: Element) -> None:
    """Take an element out of its tree; the text after it stays where it was."""
    replace_by_text(element, "")


def replace_by_text(element: Element, text: str) -> None:
    """Put plain text where an element was."""
    parent = element.getparent()
    if parent is None:
        return
    text += element.tail or ""
    previous = element.getprevious()
    if text and previous is not None:
        previous.tail = (previous.tail or "") + text
    elif text:
        parent.text = (parent.text or "") + text
    parent.remove(element)


def attributes_of(element: Element) -> dict[str, str]:
    """The attributes of an element."""
    return {str(name): str(value) for name, value in element.attrib.items()}


def names_of(element: Element) -> str:
    """Class and id of an element in one string, bounded."""
    return f"{element.get('class') or ''} {element.get('id') or ''}"[:300]
