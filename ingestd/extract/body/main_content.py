"""The main content of a page by text density: the container with the best score, and the neighbours that belong to it.

The tree is read once; see `block_scores` for how blocks are scored.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from ingestd.extract.body.block_scores import Block, measure_blocks, remove_boilerplate_blocks
from ingestd.extract.body.boilerplate_classes import LEAD_NAME, NON_CONTENT_TAGS, name_weight
from ingestd.extract.body.boilerplate_phrases import is_related_list_heading
from ingestd.extract.body.edges import is_same_title
from ingestd.extract.body.inner_boilerplate import is_linked_heading
from ingestd.extract.body.lead import described_standfirst, lead_elements
from ingestd.extract.body.name_evidence import open_navigation
from ingestd.extract.body.quoted_region import may_be_wrong, quoted_region
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
_MIN_DATA_ROWS = 3
#: The share of the best container's score that the region must have which the page's description quotes.
_MIN_QUOTED_SHARE = 0.5
#: So many levels above the core its lead is looked for.
_MAX_LEAD_LEVELS = 3
#: From so many levels above the core on neighbours of its kind are posts of a thread.
_MIN_THREAD_LEVEL = 2
#: From so many levels on they must be long, or they are comments; the text of a post against that of the first one.
_MIN_REPLY_LEVEL, _MIN_POST_SHARE = 4, 0.4


@dataclass(frozen=True, slots=True)
class MainContent:
    """The elements that hold the article in document order, and those of them that are its core.

    `confidence` is 0 to 1: the lower of two shares, of the article in the scores of the page, and of the core in those
    of the article.
    """

    elements: list[Element]
    core: list[Element]
    confidence: float


def find_main_content(body: Element, descriptions: Sequence[str] = (), title: str | None = None) -> MainContent | None:
    """The main content of a page; None where there is no text. Boilerplate is removed from the tree.

    `descriptions` are the page's own summaries. They often quote the article: where the best container seems to be a
    list of other articles or comments, the one that is quoted takes precedence. Where it holds several whole articles,
    as pages that load the next one do, that with the heading `title` does.
    """
    scripts_to_tex(body)
    open_navigation(body)
    etree.strip_elements(body, *NON_CONTENT_TAGS, with_tail=False)
    remove_player_fallbacks(body)
    remove_all(body, [element for element in body.iter("noscript") if next(element.iter("img"), None) is None])
    blocks = remove_boilerplate_blocks(measure_blocks(body), body)
    by_element = {block.element: block for block in blocks}
    best = max(blocks, key=_container_score, default=None)
    if best is None or best.content_score <= 0:
        return None
    quoted = quoted_region(best.element, body, descriptions)
    if quoted is not None and quoted in by_element:
        is_doubtful = may_be_wrong(best.element, best.link_density)
        min_score = 0.0 if is_doubtful else _MIN_QUOTED_SHARE * best.content_score
        if by_element[quoted].content_score > min_score:
            return MainContent([quoted], [quoted], 1.0)
    best = _whole_table(best)
    own = _titled_article(best, by_element, title)
    if own is not None:
        return MainContent([own.element], [own.element], round(1 - own.link_density, 3))
    parts, core = _with_neighbours(best, by_element, body)
    standfirst = described_standfirst(parts[0], body, descriptions)
    if standfirst is not None:
        parts, core = [standfirst, *parts], [standfirst, *core]
    good = sum(by_element[part].content_score for part in parts if part in by_element)
    core_good = sum(by_element[part].content_score for part in core if part in by_element)
    share = good / (blocks[0].content_score or 1.0)
    return MainContent(parts, core, round(min(share, core_good / good) * (1 - best.link_density), 3))


def _whole_table(block: Block) -> Block:
    """The table around rows that hold the article, whose cells would become paragraphs."""
    whole = block
    while whole.element.tag in ("tbody", "thead", "tfoot", "tr") and whole.parent is not None:
        whole = whole.parent
    return whole if whole is not block and _is_data_table(whole.element) else block


def _titled_article(block: Block, blocks: dict[Element, Block], title: str | None) -> Block | None:
    """Of several `<article>`s inside a block the only one whose heading is the page's title, if there is one."""
    if not title:
        return None
    articles = [found for found in block.element.iterdescendants("article") if found in blocks]
    outer = [found for found in articles if next(found.iterancestors("article"), block.element) not in articles]
    if len(outer) < 2:
        return None
    headings = [next(found.iter("h1", "h2"), None) for found in outer]
    titled = [
        found
        for found, heading in zip(outer, headings, strict=True)
        if heading is not None and is_same_title(text_of(heading), title)
    ]
    return blocks[titled[0]] if len(titled) == 1 and blocks[titled[0]].content_score > 0 else None


def _is_data_table(table: Element) -> bool:
    """Whether a table has at least three rows, nearly all with the same number of cells, and that is more than one."""
    rows = [len(list(row.iterchildren("td", "th"))) for row in table.iter("tr")]
    width = max(set(rows), key=rows.count, default=0)
    is_even = len(rows) >= _MIN_DATA_ROWS and width > 1 and rows.count(width) >= 0.8 * len(rows)
    return table.tag == "table" and is_even and next(table.iterdescendants("table"), None) is None


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
        if level < _MAX_LEAD_LEVELS and current.tag != "table":
            first = _with_lead(first, before)
        if level >= _MIN_THREAD_LEVEL and _is_thread(current, [*first, *last], best, blocks):
            holder = _text_holder(best, blocks).element
            parts = [holder if part is best.element else part for part in parts]
            alike.add(holder)
            first, last = _posts_of_thread(first, holder), _posts_of_thread(last, holder)
        parts = [*first, *parts, *last]
        total += sum(blocks[part].content_score for part in (*first, *last) if part in blocks)
        own = _tag_and_class(current)
        alike.update(near for near in (*first, *last) if own[1] and _tag_and_class(near) == own and near in blocks)
        current = parent
    return parts, [part for part in parts if part in alike]


def _with_lead(first: list[Element], before: list[Element]) -> list[Element]:
    """The neighbours before the article, in document order, with the lead that the others hold."""
    found: list[Element] = []
    for near in before:
        found += [near] if near in first else lead_elements(near)
    return found


def _is_thread(current: Element, near: list[Element], best: Block, blocks: dict[Element, Block]) -> bool:
    """Whether an element is one of several posts of a forum, which have its class, and about as much text each."""
    scores = sorted(blocks[part].content_score for part in near if _tag_and_class(part) == _tag_and_class(current))
    return bool(scores) and scores[len(scores) // 2] >= _MIN_POST_SHARE * best.content_score


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
    kind = _tag_and_class(core)
    if not kind[1]:
        return neighbours
    found: list[Element] = []
    for near in neighbours:
        texts = [inside for inside in near.iterdescendants(str(core.tag)) if _tag_and_class(inside) == kind]
        found += texts or [near]
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
