"""Furniture inside an article: lists of links, share bars, "read more" lines, the editor's name."""

from lxml import etree

from ingestd.extract.boilerplate import is_furniture_text, is_list_heading
from ingestd.extract.tree import Element, raw_text, remove_all, text_of, words

_CHECKED = words("ul ol dl div section table form p h2 h3 h4 h5 h6 aside footer header li")
_TITLES = words("h1 h2 h3 h4 h5 h6")
#: A teaser has less than this share of the longest match's text.
_TEASER_SHARE = 0.4
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


def prune(root: Element) -> None:
    """Remove furniture below `root`, in place: by wording, and by links."""
    sizes, linked, links = _measures(root)
    doomed: list[Element] = []
    for element in root.iterdescendants(*_CHECKED):
        size = sizes[element]
        if size and _is_furniture(element, size, linked[element] / size, links[element]):
            doomed.extend(_with_list(element))
    remove_all(root, doomed)


def _measures(root: Element) -> tuple[dict[Element, int], dict[Element, int], dict[Element, int]]:
    """For every element: letters below it, letters in links, and how many links."""
    elements = list(root.iter(etree.Element))
    sizes = {element: len((element.text or "").strip()) for element in elements}
    linked = dict.fromkeys(elements, 0)
    links = dict.fromkeys(elements, 0)
    for element in reversed(elements):
        if element.tag == "a":
            linked[element] = sizes[element]
            links[element] = 1
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


def without_teasers(found: list[Element]) -> list[Element]:
    """Of several `<article>`s that a rule matches, those that are articles: a teaser is short, and links to its own."""
    if len(found) < 2:
        return found
    sizes = [len(text_of(element)) for element in found]
    limit = max(sizes) * _TEASER_SHARE
    return [
        element
        for element, size in zip(found, sizes, strict=True)
        if size > limit or not _links_elsewhere(element, size)
    ]


def _links_elsewhere(element: Element, size: int) -> bool:
    """True for an `<article>` whose heading, or most of whose text, is a link."""
    if element.tag != "article":
        return False
    links = list(element.iter("a"))
    is_heading = any(next(link.iterancestors(*_TITLES), None) is not None for link in links)
    around = any(next(link.iterdescendants(*_TITLES), None) is not None for link in links)
    return is_heading or around or sum(len(text_of(link)) for link in links) > 0.5 * size
