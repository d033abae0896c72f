"""Teasers: short texts about other articles, each under a heading that links to it."""

from collections import Counter

from ingestd.extract.body.boilerplate import is_bad_name
from ingestd.extract.html.tree import Element, names_of, text_of, words
from ingestd.extract.page.own_links import leads_away

_HEADINGS = words("h2 h3 h4 h5 h6")
_ALL_HEADINGS = _HEADINGS | {"h1"}
_BOXES = words("div section aside ul ol article table")
#: A teaser has less than this share of the longest match's text.
_TEASER_SHARE = 0.4
#: Boxes of teasers hold less than this share of the article that they stand in.
_BOX_SHARE = 0.4
#: A short `<article>` with a greater share of text in links is a teaser.
_LINKED_SHARE = 0.25


def teaser_boxes(root: Element, sizes: dict[Element, int], sites: frozenset[str]) -> list[Element]:
    """The boxes below `root` in which every heading is a link to the page's own `sites`, two or more of them.

    `sizes` are the letters of text below each element.
    """
    headings = list(root.iterdescendants(*_HEADINGS))
    if len(headings) < 2:
        return []
    linked: Counter[Element] = Counter()
    total: Counter[Element] = Counter()
    for heading in headings:
        is_teaser = is_linked(heading, sites)
        for box in heading.iterancestors():
            if box is root:
                break
            total[box] += 1
            linked[box] += is_teaser
    limit = _BOX_SHARE * sizes[root]
    return [
        box
        for box, count in linked.items()
        if count > 1 and count == total[box] and box.tag in _BOXES and sizes[box] < limit
    ]


def is_linked(heading: Element, sites: frozenset[str] = frozenset()) -> bool:
    """True for a heading whose whole text is a link, inside or around it, that does not lead away from `sites`."""
    parent = heading.getparent()
    link = parent if parent is not None and parent.tag == "a" else next(heading.iter("a"), None)
    if link is None or leads_away(link.get("href"), sites):
        return False
    return link is parent or len(text_of(link)) > 0.8 * len(text_of(heading))


def without_teasers(found: list[Element]) -> list[Element]:
    """Of several `<article>`s that a rule matches, those that are articles.

    A teaser or comment is short, and links to its own page or is called what it is; beside an article under a heading
    that is no link, whatever has a linked heading is a teaser, however long.
    """
    if len(found) < 2:
        return found
    sizes = [len(text_of(element)) for element in found]
    largest = found[sizes.index(max(sizes))]
    limit = max(sizes) * (_TEASER_SHARE if _has_linked_heading(largest) else 1.0)
    return [
        element
        for element, size in zip(found, sizes, strict=True)
        if element is largest or not _is_teaser(element, size, max(sizes) * _TEASER_SHARE, limit)
    ]


def _is_teaser(element: Element, size: int, short: float, limit: float) -> bool:
    if element.tag != "article":
        return False
    if _has_linked_heading(element):
        return size <= limit
    linked = sum(len(text_of(link)) for link in element.iter("a"))
    return size <= short and (linked > _LINKED_SHARE * size or is_bad_name(names_of(element)))


def _has_linked_heading(element: Element) -> bool:
    heading = next(element.iter(*_ALL_HEADINGS), None)
    return heading is not None and is_linked(heading)
