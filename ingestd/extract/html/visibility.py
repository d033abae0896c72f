"""Elements that a browser does not show, by `hidden` or CSS (display, visibility, position): of feeds and of pages.

What only assistive technology leaves out (`aria-hidden`) is shown, and stays.
"""

import re
from collections.abc import Mapping

from lxml import etree

from ingestd.extract.html.links import LAZY_SRC_ATTRIBUTES, LAZY_SRCSET_ATTRIBUTES
from ingestd.extract.html.tree import Element, attributes_of, remove_all, word_set, xpath_elements

_HIDING_STYLE = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))(?![\w-])", re.IGNORECASE
)
# Far outside of the window. `text-indent` is no sign: it puts an image in the place of a text.
_POSITIONED_STYLE = re.compile(r"(?:^|[;\s])position\s*:\s*(?:absolute|fixed)(?![\w-])", re.IGNORECASE)
_FAR_OFF_STYLE = re.compile(
    r"(?:^|[;\s])(?:left|right|top|bottom)\s*:\s*-\d{4,6}(?:\.\d{0,9})?(?:px|pt|em|rem)", re.IGNORECASE
)
_LAZY_ATTRIBUTES = frozenset(LAZY_SRC_ATTRIBUTES + LAZY_SRCSET_ATTRIBUTES) - {"srcset"}
_MEDIA_TAGS = word_set("img picture video audio iframe embed object svg")
#: A hidden element with more than this share of the text, and with at least so many characters, is the article: a
#: script shows it when the page has loaded.
MAX_HIDDEN_SHARE = 0.3
MIN_HIDDEN_ARTICLE_CHARS = 200


def is_hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether an element is not shown, by its own attributes. An image that a script loads and shows is not hidden."""
    hidden, style = attributes.get("hidden"), attributes.get("style")
    # A browser shows what is hidden "until-found" when it finds something in it.
    hides = (hidden is not None and hidden.lower() != "until-found") or bool(style and _hides(style))
    return hides and not (tag == "img" and any(attributes.get(name) for name in _LAZY_ATTRIBUTES))


def _hides(style: str) -> bool:
    if _HIDING_STYLE.search(style):
        return True
    return bool(_FAR_OFF_STYLE.search(style) and _POSITIONED_STYLE.search(style))


def remove_hidden(root: Element) -> None:
    """Remove the hidden elements below `root`, in time linear in the size of the tree.

    One that holds the article stays, and all stay where nothing else is there.
    """
    marked = xpath_elements(root, "descendant::*[@hidden or @style]")
    found = {element for element in marked if is_hidden(element.tag, attributes_of(element))}
    if not found or not _shows_something(root, found):
        return
    sizes = _text_sizes(root)
    limit = max(MAX_HIDDEN_SHARE * sizes[root], MIN_HIDDEN_ARTICLE_CHARS)
    remove_all(root, [element for element in found if sizes[element] < limit])


def _shows_something(root: Element, hidden: set[Element]) -> bool:
    """Whether there is text or an image outside of the hidden elements."""
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        if element is not root and element.tail and element.tail.strip():
            return True
        if element in hidden:
            walk.skip_subtree()
        elif element.tag in _MEDIA_TAGS or (element.text and element.text.strip()):
            return True
    return False


def _text_sizes(root: Element) -> dict[Element, int]:
    """The number of characters in each element, without the white space at the edges of its pieces of text."""
    sizes: dict[Element, int] = {}
    for element in reversed(list(root.iter(etree.Element))):
        size = sizes.pop(element, 0) + len((element.text or "").strip())
        sizes[element] = size
        parent = element.getparent()
        if parent is not None and element is not root:
            sizes[parent] = sizes.get(parent, 0) + size + len((element.tail or "").strip())
    return sizes
