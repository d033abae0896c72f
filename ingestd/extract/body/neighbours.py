"""The parts of an article around its core: the lead above it, further sections, the posts of a thread."""

import re
from collections.abc import Iterable

from lxml import etree

from ingestd.extract.body.block_scores import Block
from ingestd.extract.body.boilerplate_classes import LEAD_NAME, name_weight
from ingestd.extract.body.boilerplate_phrases import is_related_list_heading
from ingestd.extract.body.inner_boilerplate import is_linked_heading
from ingestd.extract.body.lead import lead_elements
from ingestd.extract.html.tree import Element, class_and_id, text_of

#: The share of the article's score that a neighbour must have, by its number of levels above the core.
_MIN_NEIGHBOUR_SHARES = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
#: Class and id of elements beside an article that do not belong to it.
_UNRELATED_NAME = re.compile(
    r"gallery|author|keyword|statement|shenming|supplement|report|regist|follow|contact", re.IGNORECASE
)
#: A core of so few blocks may be one of several parts of the article, each in a container of its own.
_MAX_PIECE_BLOCKS = 2
_TagAndClass = tuple[str, str]
#: So many levels above the core its lead is looked for.
_MAX_LEAD_LEVELS = 3
#: From so many sections of a class on those between them belong to the article, if they are no lists of links.
_MIN_SECTIONS = 3
_MAX_SECTION_LINK_DENSITY = 0.3
#: The core's section is taken whole if it holds little but the core: its score against that of the article.
_MAX_SECTION_SCORES = 1.1
#: From so many levels above the core on neighbours of its kind are posts of a thread.
_MIN_THREAD_LEVEL = 2
#: From so many levels on they must be long, or they are comments; the text of a post against that of the first one.
_MIN_REPLY_LEVEL, _MIN_POST_SHARE = 4, 0.4


def with_neighbours(best: Block, blocks: dict[Element, Block], body: Element) -> tuple[list[Element], list[Element]]:
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
        if level < _MAX_LEAD_LEVELS and current.tag != "table":
            first = _with_lead(first, before)
        holder = _thread_holder(current, [*first, *last], best, blocks) if level >= _MIN_THREAD_LEVEL else None
        if holder is not None:
            parts = [holder if part is best.element else part for part in parts]
            alike.add(holder)
            first, last = _posts_of_thread(first, holder), _posts_of_thread(last, holder)
        elif _is_section(current, [*first, *last]):
            first, last = _with_sections_between(first, current, last, blocks)
            if _may_be_section(blocks.get(current)) and blocks[current].content_score <= _MAX_SECTION_SCORES * total:
                parts = [current]
                alike.add(current)
        parts = [*first, *parts, *last]
        total += sum(blocks[part].content_score for part in (*first, *last) if part in blocks)
        alike.update(near for near in _of_same_class(current, (*first, *last)) if near in blocks)
        current = parent
    return parts, [part for part in parts if part in alike]


def _of_same_class(element: Element, others: Iterable[Element]) -> list[Element]:
    own = _tag_and_class(element)
    return [other for other in others if own[1] and _tag_and_class(other) == own]


def _with_lead(first: list[Element], before: list[Element]) -> list[Element]:
    """The neighbours before the article, in document order, with the lead that the others hold."""
    found: list[Element] = []
    for near in before:
        found += [near] if near in first else lead_elements(near)
    return found


def _is_section(element: Element, near: list[Element]) -> bool:
    """Whether an element is one of at least three sections of a class that belong to the article."""
    kind = _tag_and_class(element)
    return bool(kind[1]) and sum(_tag_and_class(other) == kind for other in near) >= _MIN_SECTIONS - 1


def _with_sections_between(
    first: list[Element], current: Element, last: list[Element], blocks: dict[Element, Block]
) -> tuple[list[Element], list[Element]]:
    """The neighbours before and after a section, with those of its class between them, though they have no sentences.

    The list of what a recipe needs is such a section, or a figure. One that holds the lead is taken whole.
    """
    kind = _tag_and_class(current)
    chosen = {current, *first, *last}
    siblings = [*reversed(list(current.itersiblings(preceding=True))), current, *current.itersiblings()]
    sections = [near for near in siblings if _tag_and_class(near) == kind]
    holders = {part: _child_of(current.getparent(), part) for part in first}
    held = chosen.union(holders.values())
    known = [index for index, near in enumerate(sections) if near in held]
    added = {
        near for near in sections[known[0] : known[-1] + 1] if near not in chosen and _may_be_section(blocks.get(near))
    }
    if not added:
        return first, last
    around = [near for near in siblings if near in added or near in chosen]
    middle = around.index(current)
    outer = [part for part in first if holders[part] is not part and holders[part] not in added]
    return [*outer, *around[:middle]], around[middle + 1 :]


def _child_of(parent: Element | None, inside: Element) -> Element:
    """The child of `parent` that an element is, or is in."""
    while (above := inside.getparent()) is not None and above is not parent:
        inside = above
    return inside


def _may_be_section(block: Block | None) -> bool:
    return (
        block is not None
        and block.link_density <= _MAX_SECTION_LINK_DENSITY
        and not _UNRELATED_NAME.search(class_and_id(block.element))
        and not _is_teaser_box(block.element)
    )


def _thread_holder(current: Element, near: list[Element], best: Block, blocks: dict[Element, Block]) -> Element | None:
    """What holds the text of the first post, where an element is one of several posts of a forum; else None.

    Posts have one class, about as much text each, and hold it in elements of one class.
    """
    posts = [part for part in near if _tag_and_class(part) == _tag_and_class(current)]
    scores = sorted(blocks[part].content_score for part in posts)
    if not scores or scores[len(scores) // 2] < _MIN_POST_SHARE * best.content_score:
        return None
    holder = _text_holder(best, blocks).element
    return holder if all(_alike_inside(post, holder) for post in posts) else None


def _alike_inside(element: Element, other: Element) -> list[Element]:
    """The elements below `element` with the tag and the class of another."""
    kind = _tag_and_class(other)
    return [inside for inside in element.iterdescendants(str(other.tag)) if _tag_and_class(inside) == kind]


def _text_holder(block: Block, blocks: dict[Element, Block]) -> Block:
    """The innermost element with a class that holds all the text of a block."""
    holder = block
    for inside in block.element.iterdescendants(etree.Element):
        found = blocks.get(inside)
        if found is not None and found.content_score >= 0.99 * block.content_score and inside.get("class"):
            holder = found
    return holder


def _posts_of_thread(neighbours: list[Element], core: Element) -> list[Element]:
    """The neighbours of an article; of the other posts of a thread the texts alone, without cards of members."""
    if not core.get("class"):
        return neighbours
    found: list[Element] = []
    for near in neighbours:
        found += _alike_inside(near, core) or [near]
    return found


def _tag_and_class(element: Element) -> _TagAndClass:
    return (str(element.tag), re.sub(r"\d+", "", element.get("class") or ""))


def _is_teaser_box(element: Element) -> bool:
    """True for a box in which every heading is a link, or the first one is that of a list of other articles."""
    headings = list(element.iter("h2", "h3", "h4", "h5"))
    if headings and is_related_list_heading(text_of(headings[0])):
        return True
    linked = sum(map(is_linked_heading, headings))
    return linked > 0 and linked >= len(headings) - (linked > 1)


def _is_named_lead(element: Element) -> bool:
    """Whether an element, or one that is all that it holds, has the name of a lead."""
    current: Element | None = element
    for _level in range(_MAX_LEAD_LEVELS):
        if current is None:
            return False
        if LEAD_NAME.search(class_and_id(current)):
            return True
        current = current[0] if len(current) == 1 else None
    return False


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
    if is_before and level < 3 and block.link_density < 0.15 and _is_named_lead(block.element):
        return True
    if (
        level < len(_MIN_NEIGHBOUR_SHARES)
        and (level < _MIN_REPLY_LEVEL or block.content_score >= _MIN_POST_SHARE * total)
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
