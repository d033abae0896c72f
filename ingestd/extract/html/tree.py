"""Helpers for lxml trees, with the types that lxml's stubs leave open: find, read, replace and remove elements."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import cast

from lxml import etree

Element = etree._Element

#: Control characters that HTML ignores, the zero-width space, the byte order mark, and non-characters.
_IGNORED_CHARS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u200b\ufeff\ufffe\uffff]")
#: Signs around the text of links in preformatted text. Markup has no control characters (`without_control_chars`).
LINK_START, LINK_END = "\x02", "\x03"
#: The name that elements get before all elements of that name are removed.
_REMOVED_TAG = "ingestd-gone"
_STRING_XPATH = etree.XPath("string()", smart_strings=False)


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set: how vocabularies are written in this package."""
    return frozenset(text.split())


def word_list(text: str) -> tuple[str, ...]:
    """The words of a text in their order."""
    return tuple(text.split())


def without_control_chars(html: str) -> str:
    """Markup without control characters, zero-width spaces, byte order marks and non-characters."""
    # None of them is printable, so this one test is enough for most texts.
    return html if html.isprintable() else _IGNORED_CHARS.sub("", html)


@lru_cache(maxsize=256)
def _compiled_xpath(path: str) -> etree.XPath:
    return etree.XPath(path)


def xpath_elements(root: Element, path: str) -> list[Element]:
    """The elements that an XPath expression selects, in document order."""
    return cast(list[Element], _compiled_xpath(path)(root))


def text_of(element: Element) -> str:
    """All text below an element; each run of white space becomes one space."""
    return " ".join(raw_text(element).split())


def raw_text(element: Element) -> str:
    """All text below an element, unchanged."""
    return cast(str, _STRING_XPATH(element)) if len(element) else element.text or ""


def preformatted_text(element: Element, dropped: frozenset[str], links: Mapping[Element, str]) -> Iterator[str]:
    """The text of a `<pre>` in pieces, a newline before each line that is an element. `dropped` tags have no text.

    The text of each of `links` stands between its value and `LINK_END`.
    """
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "end":
            if node in links:
                yield LINK_END
            if node is not element and node.tail:
                yield node.tail
            continue
        is_line = node.tag == "br" or (node.tag in ("tr", "li", "div", "p") and node.getprevious() is not None)
        if is_line and node is not element:
            yield "\n"
        if node in links:
            yield links[node]
        if node.text and node.tag not in dropped:
            yield node.text


def remove_all(root: Element, elements: Iterable[Element]) -> None:
    """Remove many elements below `root`, in time linear in the tree. The text after each stays in its place.

    The elements `html` and `body` are never removed.
    """
    found = False
    for element in elements:
        if element.tag not in ("html", "body"):
            element.tag = _REMOVED_TAG
            found = True
    if found:
        etree.strip_elements(root, _REMOVED_TAG, with_tail=False)


def remove(element: Element) -> None:
    """Remove an element from its tree. The text after it stays in its place."""
    replace_with_text(element, "")


def settable_text(text: str) -> str:
    """Text that lxml accepts: without the characters that XML forbids (XML 1.0, 2.2). A form feed becomes a space.

    Parsed HTML may hold such characters, by character references for example.
    """
    return text if text.isprintable() else _IGNORED_CHARS.sub("", text.replace("\f", " "))


def replace_with_text(element: Element, text: str) -> None:
    """Replace an element by plain text."""
    parent = element.getparent()
    if parent is None:
        return
    text = settable_text(text + (element.tail or ""))
    previous = element.getprevious()
    if text and previous is not None:
        previous.tail = settable_text(previous.tail or "") + text
    elif text:
        parent.text = settable_text(parent.text or "") + text
    parent.remove(element)


def attributes_of(element: Element) -> dict[str, str]:
    """The attributes of an element by name, as `settable_text`."""
    return {str(name): settable_text(str(value)) for name, value in element.attrib.items()}


def class_and_id(element: Element) -> str:
    """The class and id of an element, joined by a space: at most 300 characters."""
    return f"{element.get('class') or ''} {element.get('id') or ''}"[:300]
