"""The main content of a page by text density: the container with the best score, and the neighbours that belong to it.

The tree is read once; see `block_scores` for how blocks are scored.
"""

import re
from dataclasses import dataclass

from lxml import etree

from ingestd.extract.body.block_scores import Block, measure_blocks, remove_boilerplate_blocks
from ingestd.extract.body.boilerplate_classes import LEAD_NAME, NON_CONTENT_TAGS, name_weight
from ingestd.extract.body.boilerplate_phrases import is_related_list_heading
from ingestd.extract.body.inner_boilerplate import is_linked_heading
from ingestd.extract.html.formulas import scripts_to_tex
from ingestd.extract.html.simplify import remove_player_fallbacks
from ingestd.extract.html.tree import Element, class_and_id, remove_all, text_of, word_set

#: The share of the article's score that a neighbour must have, by its number of levels above the core.
_MIN_NEIGHBOUR_SHARES = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
#: Class and id of elements beside an article that do not belong to it.
_UNRELATED_NAME = re.compile(
    r"gallery|author|keyword|statement|shenming|supplement|report|regist|follow|contact", re.IGNORECASE
)
#: A core of so few blocks may be one of several parts of the article, each in a container of its own.
_MAX_PIECE_BLOCKS = 2
_TagAndClass = tuple[str, str]
_LIST_TAGS = word_set("ul ol dl")


@dataclass(frozen=True, slots=True)
class MainContent:
    """The elements that hold the article in document order, and those of them that are its core.

    `confidence` is 0 to 1: the lower of two shares, of the article in the scores of the page, and of the core in those
    of the article.
    """

    elements: list[Element]
    core: list[Element]
    confidence: float


def find_main_content(body: Element) -> MainContent | None:
    """The main content of a page; None where there is no text. Boilerplate is removed from the tree."""
    scripts_to_tex(body)
    etree.strip_elements(body, *NON_CONTENT_TAGS, with_tail=False)
    remove_player_fallbacks(body)
    remove_all(body, [element for element in body.iter("noscript") if next(element.iter("img"), None) is None])
    blocks = remove_boilerplate_blocks(measure_blocks(body), body)
    by_element = {block.element: block for block in blocks}
    best = max(blocks, key=_container_score, default=None)
    if best is None or best.content_score <= 0:
        return None
    parts, core = _with_neighbours(best, by_element, body)
    good = sum(by_element[part].content_score for part in parts if part in by_element)
    core_good = sum(by_element[part].content_score for part in core)
    share = good / (blocks[0].content_score or 1.0)
    return MainContent(parts, core, round(min(share, core_good / good) * (1 - best.link_density), 3))


def _container_score(block: Block) -> float:
    weight = name_weight(class_and_id(block.element))
    if block.element.get("itemprop") == "articleBody":
        weight *= 2
    elif block.element.tag == "article":
        weight *= 1.25
    elif block.element.tag in _LIST_TAGS:
        # A list of long texts holds comments or teasers.
        weight *= 0.5
    return block.score * weight * (1 - block.link_density)


def _with_neighbours(best: Block, blocks: dict[Element, Block], body: Element) -> tuple[list[Element], list[Element]]:
    """The elements of the article: the best container, its lead and its other parts. And the core among them.

    The core is the container and its neighbours with the same tag and class as what they stand beside.
    """
    parts = [best.element]
    alike: set[Element] = {best.element}
    total = best.content_score
    current = best.element
    for level in range(len(_MIN_NEIGHBOUR_SHARES)):
        parent = current.getparent()
        if parent is None or current is body:
            break
        kinds = {_tag_and_class(part) for part in parts}
        if best.content_blocks <= _MAX_PIECE_BLOCKS or current.tag == "table":
            kinds.add(_tag_and_class(current))
        before = list(current.itersiblings(preceding=True))[::-1]
        first = [near for near in before if _belongs_to_article(blocks.get(near), total, level, kinds, is_before=True)]
        last = [
            near
            for near in current.itersiblings()
            if _belongs_to_article(blocks.get(near), total, level, kinds, is_before=False)
        ]
        parts = [*first, *parts, *last]
        total += sum(blocks[part].content_score for part in (*first, *last))
        own = _tag_and_class(current)
        alike.update(near for near in (*first, *last) if own[1] and _tag_and_class(near) == own and near in blocks)
        current = parent
    return parts, [part for part in parts if part in alike]


def _tag_and_class(element: Element) -> _TagAndClass:
    return (str(element.tag), re.sub(r"\d+", "", element.get("class") or ""))


def _is_teaser_box(element: Element) -> bool:
    """True for a box in which every heading is a link, or the first one is that of a list of other articles."""
    headings = list(element.iter("h2", "h3", "h4", "h5"))
    if headings and is_related_list_heading(text_of(headings[0])):
        return True
    linked = sum(map(is_linked_heading, headings))
    return linked > 0 and linked >= len(headings) - (linked > 1)


def _belongs_to_article(
    block: Block | None, total: float, level: int, kinds: set[_TagAndClass], *, is_before: bool
) -> bool:
    """Whether a neighbour `level` levels above the core is part of the article, whose score is `total`."""
    if block is None:
        return False
    if is_before and level < 3 and block.element.tag == "figure" and block.link_blocks == 0 and block.size < 600:
        return next(block.element.iter("img"), None) is not None
    if not block.content_score or block.link_density > 0.3 or block.element.tag in ("footer", "aside", "header"):
        return False
    if level and block.link_blocks * 2 >= max(block.content_blocks, 1):
        return False
    if block.element.tag in ("p", "blockquote", "pre") and (level == 0 or (level < 3 and block.link_density < 0.1)):
        return True
    if _is_teaser_box(block.element):
        return False
    names = class_and_id(block.element)
    if _UNRELATED_NAME.search(names):
        return False
    if is_before and level < 3 and block.link_density < 0.15 and LEAD_NAME.search(names):
        return True
    if (
        level < 4
        and block.element.get("class")
        and _tag_and_class(block.element) in kinds
        and block.content_score > 0.02 * total
    ):
        return True
    if block.element.tag == "table" and "table" in {kind[0] for kind in kinds} and block.link_density < 0.15:
        # Pages with table layout may have the text in several tables.
        return True
    if level and not is_before and (block.content_blocks < 2 or block.link_density > 0.15):
        return False
    return (
        block.content_score >= max(_MIN_NEIGHBOUR_SHARES[level] * total, 0.012 * block.size) and name_weight(names) >= 1
    )
