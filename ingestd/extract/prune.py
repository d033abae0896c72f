"""Furniture inside an article's container: lists of links, share bars, "read more" lines, the editor's name."""

from ingestd.extract.boilerplate import is_furniture_text
from ingestd.extract.tree import Element, remove, text_of

_CHECKED = (
    "ul",
    "ol",
    "dl",
    "div",
    "section",
    "table",
    "form",
    "p",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "aside",
    "footer",
    "header",
)


def prune(root: Element) -> None:
    """Remove furniture below `root`, in place."""
    for element in reversed(list(root.iter(*_CHECKED))):
        if element is not root and element.getparent() is not None and _is_furniture(element):
            remove(element)


def _is_furniture(element: Element) -> bool:
    text = text_of(element)
    if not text:
        return False
    if is_furniture_text(text):
        return True
    if element.tag in ("h2", "h3", "h4", "h5", "h6"):
        return False
    links = list(element.iter("a"))
    if not links:
        return False
    linked = sum(len(text_of(link)) for link in links)
    density = linked / len(text)
    if element.tag == "p":
        return density > 0.9 and len(text) < 200 and len(links) > 2
    return density > 0.6 and (len(links) > 1 or len(text) < 60)
