"""Furniture inside an article: lists of links, share bars, "read more" lines, the editor's name."""

from collections.abc import Iterable

from lxml import etree

from ingestd.extract.body.boilerplate_phrases import is_furniture_text, is_list_heading
from ingestd.extract.body.teasers import teaser_boxes
from ingestd.extract.html.tree import Element, raw_text, remove_all, text_of, words
from ingestd.extract.page.own_links import WORDY, leads_away, site_of

_CHECKED = words("ul ol dl div section table form p h2 h3 h4 h5 h6 aside footer header li")
_HEADINGS = words("h2 h3 h4 h5 h6")
#: Longer text than this is never judged by its wording.
_LINE = 160
_MOST_PARTS = 12


def prune_lines(root: Element) -> None:
    """Remove, in place, the lines that are furniture by what they say, and the lists that they announce."""
    doomed: list[Element] = []
    for element in root.iterdescendants(*_CHECKED):
        text = raw_text(element) if len(element) < _MOST_PARTS else ""
        if 0 < len(text) <= 2 * _LINE and is_furniture_text(" ".join(text.split())):
            doomed.extend(_with_list(element))
    remove_all(root, doomed)


def prune(root: Element, addresses: Iterable[str] = ()) -> None:
    """Remove furniture below `root`, in place: by wording, and by links.

    `addresses` are the page's own: a list of links to other sites is the author's, one of links to its own the site's.
    """
    sites = frozenset(map(site_of, addresses)) - {""}
    sizes, linked, links = _measures(root, sites)
    doomed: list[Element] = []
    for element in root.iterdescendants(*_CHECKED):
        size = sizes[element]
        if size and _is_furniture(element, size, linked[element] / size, links[element]):
            doomed.extend(_with_list(element))
    remove_all(root, [*doomed, *teaser_boxes(root, sizes, sites)])


def _measures(
    root: Element, sites: frozenset[str]
) -> tuple[dict[Element, int], dict[Element, int], dict[Element, int]]:
    """For every element: letters below it, letters in links, and how many links; those to other sites left out."""
    elements = list(root.iter(etree.Element))
    sizes = {element: len((element.text or "").strip()) for element in elements}
    linked = dict.fromkeys(elements, 0)
    links = dict.fromkeys(elements, 0)
    for element in reversed(elements):
        if element.tag == "a":
            is_own = sizes[element] < WORDY or not leads_away(element.get("href"), sites)
            linked[element] = sizes[element] if is_own else 0
            links[element] = int(is_own)
        parent = element.getparent()
        if parent is not None and element is not root:
            sizes[parent] += sizes[element] + len((element.tail or "").strip())
            linked[parent] += linked[element]
            links[parent] += links[element]
    return sizes, linked, links


def _is_furniture(element: Element, size: int, density: float, links: int) -> bool:
    if size <= _LINE and is_furniture_text(text_of(element)):
        return True
    if not links or element.tag in _HEADINGS or element.tag == "li":
        return False
    if element.tag == "p":
        return density > 0.9 and size < 200 and links > 2
    return density > 0.6 and (links > 1 or size < 60)


def _with_list(element: Element) -> list[Element]:
    """A piece of furniture; a heading such as 相关阅读 takes the list below it along."""
    following = element.getnext()
    if following is not None and following.tag in ("ul", "ol") and is_list_heading(text_of(element)[:_LINE]):
        return [element, following]
    return [element]
