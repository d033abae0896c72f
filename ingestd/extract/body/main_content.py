"""The main content of a page by text density: the container with the best score, and the neighbours that belong to it.

The tree is read once; see `block_scores` for how blocks are scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from ingestd.extract.body.block_scores import Block, measure_blocks, remove_boilerplate_blocks
from ingestd.extract.body.boilerplate_classes import NON_CONTENT_TAGS, name_weight
from ingestd.extract.body.edges import is_same_title
from ingestd.extract.body.lead import described_standfirst
from ingestd.extract.body.name_evidence import open_navigation
from ingestd.extract.body.neighbours import with_neighbours
from ingestd.extract.body.quoted_region import may_be_wrong, quoted_region
from ingestd.extract.html.formulas import scripts_to_tex
from ingestd.extract.html.simplify import remove_player_fallbacks
from ingestd.extract.html.tree import Element, class_and_id, remove_all, text_of, word_set

_LIST_TAGS = word_set("ul ol dl")
_MIN_DATA_ROWS = 3
#: The share of the best container's score that the region must have which the page's description quotes.
_MIN_QUOTED_SHARE = 0.5


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
    parts, core = with_neighbours(best, by_element, body)
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
