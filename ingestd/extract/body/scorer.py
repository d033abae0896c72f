"""Our own extractor: one pass over one tree, text density with Chinese punctuation counted.

The container with the best score is the core of the article, joined by those neighbours that belong to it.
"""

from dataclasses import dataclass

from lxml import etree

from ingestd.extract.body.blocks import Node, measured, without_furniture
from ingestd.extract.body.boilerplate import FURNITURE, name_weight
from ingestd.extract.body.surroundings import with_neighbours
from ingestd.extract.html.reshape import without_fallbacks
from ingestd.extract.html.tree import Element, names_of, remove_all, words

_LISTS = words("ul ol dl")


@dataclass(frozen=True, slots=True)
class Found:
    """The extractor's answer: the elements that hold the article in document order, and those that are its core.

    `sure` is 0 to 1: the share of the page's good text that the article holds, and the core of the article.
    """

    elements: list[Element]
    core: list[Element]
    sure: float


def find_article(body: Element) -> Found | None:
    """The article of a page; None where there is no text. The tree is changed: furniture is taken out."""
    etree.strip_elements(body, *FURNITURE, with_tail=False)
    without_fallbacks(body)
    remove_all(body, [element for element in body.iter("noscript") if next(element.iter("img"), None) is None])
    nodes = without_furniture(measured(body), body)
    by_element = {node.element: node for node in nodes}
    best = max(nodes, key=_rank, default=None)
    if best is None or best.good <= 0:
        return None
    parts, core = with_neighbours(best, by_element, body)
    good = sum(by_element[part].good for part in parts if part in by_element)
    core_good = sum(by_element[part].good for part in core)
    share = good / (nodes[0].good or 1.0)
    return Found(parts, core, round(min(share, core_good / good) * (1 - best.density), 3))


def _rank(node: Node) -> float:
    weight = name_weight(names_of(node.element))
    if node.element.get("itemprop") == "articleBody":
        weight *= 2
    elif node.element.tag == "article":
        weight *= 1.25
    elif node.element.tag in _LISTS:
        # A list as the container of long texts is one of comments, or of teasers.
        weight *= 0.5
    return node.score * weight * (1 - node.density)
