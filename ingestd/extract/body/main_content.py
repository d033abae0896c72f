"""Our own extractor: one pass over one tree, text density with Chinese punctuation counted.

The container with the best score is the core of the article, joined by those neighbours that belong to it.
"""

import re
from dataclasses import dataclass

from lxml import etree

from ingestd.extract.body.block_scores import Block, measure_blocks, remove_boilerplate_blocks
from ingestd.extract.body.boilerplate_classes import LEAD_NAME, NON_CONTENT_TAGS, name_weight
from ingestd.extract.body.boilerplate_phrases import is_related_list_heading
from ingestd.extract.body.inner_boilerplate import is_linked_heading
from ingestd.extract.html.simplify import remove_player_fallbacks
from ingestd.extract.html.tree import Element, class_and_id, remove_all, text_of, word_set

#: The share of the article's good text that a neighbour must have, by how many levels above the core it stands.
_MIN_NEIGHBOUR_SHARES = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
#: Names of what stands beside a text without belonging to it.
_UNRELATED_NAME = re.compile(
    r"gallery|author|keyword|statement|shenming|supplement|report|regist|follow|contact", re.IGNORECASE
)
#: A core of so few blocks may be one piece of a text that its site lays out piece by piece.
_MAX_PIECE_BLOCKS = 2
_TagAndClass = tuple[str, str]
_LIST_TAGS = word_set("ul ol dl")


@dataclass(frozen=True, slots=True)
class MainContent:
    """The extractor's answer: the elements that hold the article in document order, and those that are its core.

    `sure` is 0 to 1: the share of the page's good text that the article holds, and the core of the article.
    """

    elements: list[Element]
    core: list[Element]
    sure: float


def find_main_content(body: Element) -> MainContent | None:
    """The article of a page; None where there is no text. The tree is changed: furniture is taken out."""
    etree.strip_elements(body, *NON_CONTENT_TAGS, with_tail=False)
    remove_player_fallbacks(body)
    remove_all(body, [element for element in body.iter("noscript") if next(element.iter("img"), None) is None])
    nodes = remove_boilerplate_blocks(measure_blocks(body), body)
    by_element = {node.element: node for node in nodes}
    best = max(nodes, key=_container_score, default=None)
    if best is None or best.good <= 0:
        return None
    parts, core = _with_neighbours(best, by_element, body)
    good = sum(by_element[part].good for part in parts if part in by_element)
    core_good = sum(by_element[part].good for part in core)
    share = good / (nodes[0].good or 1.0)
    return MainContent(parts, core, round(min(share, core_good / good) * (1 - best.density), 3))


def _container_score(node: Block) -> float:
    weight = name_weight(class_and_id(node.element))
    if node.element.get("itemprop") == "articleBody":
        weight *= 2
    elif node.element.tag == "article":
        weight *= 1.25
    elif node.element.tag in _LIST_TAGS:
        # A list as the container of long texts is one of comments, or of teasers.
        weight *= 0.5
    return node.score * weight * (1 - node.density)


def _with_neighbours(best: Block, nodes: dict[Element, Block], body: Element) -> tuple[list[Element], list[Element]]:
    """The best container with what stands around it and belongs to it: its other parts, the lead.

    And of these those that surely do: neighbours of the very kind of what they stand beside.
    """
    parts = [best.element]
    alike: set[Element] = {best.element}
    total = best.good
    current = best.element
    for level in range(len(_MIN_NEIGHBOUR_SHARES)):
        parent = current.getparent()
        if parent is None or current is body:
            break
        kinds = {_tag_and_class(part) for part in parts}
        if best.good_blocks <= _MAX_PIECE_BLOCKS or current.tag == "table":
            kinds.add(_tag_and_class(current))
        before = list(current.itersiblings(preceding=True))[::-1]
        first = [near for near in before if _belongs_to_article(nodes.get(near), total, level, kinds, is_before=True)]
        last = [
            near
            for near in current.itersiblings()
            if _belongs_to_article(nodes.get(near), total, level, kinds, is_before=False)
        ]
        parts = [*first, *parts, *last]
        total += sum(nodes[part].good for part in (*first, *last))
        own = _tag_and_class(current)
        alike.update(near for near in (*first, *last) if own[1] and _tag_and_class(near) == own and near in nodes)
        current = parent
    return parts, [part for part in parts if part in alike]


def _tag_and_class(element: Element) -> _TagAndClass:
    return (str(element.tag), re.sub(r"\d+", "", element.get("class") or ""))


def _is_teaser_box(element: Element) -> bool:
    """True for a box in which every heading is a link, or of which the first announces other articles."""
    headings = list(element.iter("h2", "h3", "h4", "h5"))
    if headings and is_related_list_heading(text_of(headings[0])):
        return True
    linked = sum(map(is_linked_heading, headings))
    return linked > 0 and linked >= len(headings) - (linked > 1)


def _belongs_to_article(
    node: Block | None, total: float, level: int, kinds: set[_TagAndClass], *, is_before: bool
) -> bool:
    if node is None:
        return False
    if is_before and level < 3 and node.element.tag == "figure" and node.link_blocks == 0 and node.size < 600:
        return next(node.element.iter("img"), None) is not None
    if not node.good or node.density > 0.3 or node.element.tag in ("footer", "aside", "header"):
        return False
    if level and node.link_blocks * 2 >= max(node.good_blocks, 1):
        return False
    if node.element.tag in ("p", "blockquote", "pre") and (level == 0 or (level < 3 and node.density < 0.1)):
        return True
    if _is_teaser_box(node.element):
        return False
    names = class_and_id(node.element)
    if _UNRELATED_NAME.search(names):
        return False
    if is_before and level < 3 and node.density < 0.15 and LEAD_NAME.search(names):
        return True
    if level < 4 and node.element.get("class") and _tag_and_class(node.element) in kinds and node.good > 0.02 * total:
        return True
    if node.element.tag == "table" and "table" in {kind[0] for kind in kinds} and node.density < 0.15:
        # Old pages lay out a text in several tables.
        return True
    if level and not is_before and (node.good_blocks < 2 or node.density > 0.15):
        return False
    return node.good >= max(_MIN_NEIGHBOUR_SHARES[level] * total, 0.012 * node.size) and name_weight(names) >= 1
