"""Scores of the block elements of a page, from one pass over its tree: text, share of links, punctuation.

The text of inline elements belongs to the block around them (paragraph, list item, div). A block scores high with much
text, the punctuation of sentences and few links. Containers add up the scores of their blocks, weighted by depth.
"""

import re
from collections import Counter
from dataclasses import dataclass
from operator import mul

from lxml import etree

from ingestd.extract.body.boilerplate_classes import is_boilerplate_name
from ingestd.extract.body.name_evidence import is_article_part
from ingestd.extract.html.tree import Element, attributes_of, remove_all, word_set
from ingestd.extract.html.visibility import MAX_HIDDEN_SHARE, is_hidden
from ingestd.text.characters import CJK

_INLINE_TAGS = word_set(
    "a abbr acronym b bdi bdo big br cite code del dfn em font i img ins kbd label mark q rb rp rt ruby s samp "
    "small span strike strong sub sup time tt u var wbr noscript picture source"
)
_LEAF_TAGS = word_set("p li td th dd dt h1 h2 h3 h4 h5 h6 pre blockquote figcaption")
#: Blocks with fewer than two punctuation marks score nothing in these elements: they are labels.
_LABEL_TAGS = word_set("h1 h2 h3 h4 h5 h6 li figcaption dt th")
_NEVER_BOILERPLATE_TAGS = word_set("body html main article")
# Kana and hangul count as Han characters do: a syllable holds more than a Latin letter.
_CJK_RUN = re.compile(f"[{CJK}]+")
_WIDE_PUNCTUATION = "，、。；：？！“”"
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
#: Factors for the scores of blocks in a container, by the number of levels between them.
_LEVEL_WEIGHTS = (1.0, 0.5, 0.3, 0.2, 0.1)
#: A container of a single other container is not counted as a level. It scores less than the inner one.
_SINGLE_CHILD_FACTOR = 0.98
_LevelScores = tuple[float, float, float, float, float]
_NO_SCORES: _LevelScores = (0.0, 0.0, 0.0, 0.0, 0.0)
#: An element with a boilerplate name stays where it holds more than this share of the scores of all blocks.
_MAX_BOILERPLATE_SHARE = MAX_HIDDEN_SHARE


@dataclass(slots=True, eq=False)
class Block:
    """A block element. Sizes are in Latin letters (see `text_weight`).

    The fields `own_*` measure its text without that of blocks inside it; the others add up everything below it.
    `content_score` is the sum of the scores of its blocks; `score` weights them by depth, to find the best container.
    """

    element: Element
    parent: "Block | None"
    may_be_boilerplate: bool
    is_inline: bool = False
    is_hidden: bool = False
    own_size: float = 0.0
    own_linked_size: float = 0.0
    own_punctuation: int = 0
    size: float = 0.0
    linked_size: float = 0.0
    content_score: float = 0.0
    content_blocks: int = 0
    link_blocks: int = 0
    score: float = 0.0
    # The number of child blocks with text, and the last of them in document order.
    child_count: int = 0
    last_child: "Block | None" = None
    # The sums of the scores of the blocks below it, by number of levels.
    level_scores: _LevelScores = _NO_SCORES

    @property
    def link_density(self) -> float:
        """The share of text that is links, 0 to 1."""
        return self.linked_size / self.size if self.size else 0.0


def text_weight(text: str) -> float:
    """The length of a text in Latin letters: a Chinese, Japanese or Korean character counts as two and a half."""
    length = len(text)
    return length if text.isascii() else length + 1.5 * sum(map(len, _CJK_RUN.findall(text)))


def _punctuation_count(text: str) -> int:
    """The number of punctuation marks that end sentences and clauses."""
    count = text.count(",") + text.count(";")
    if not text.isascii():
        count += sum(map(text.count, _WIDE_PUNCTUATION))
    if "." in text or "!" in text or "?" in text:
        count += len(_SENTENCE_END.findall(text))
    return count


def measure_blocks(body: Element) -> list[Block]:
    """The block elements from `body` down in document order, each with its own text measured.

    Inline elements belong to the block around them, except those that may be boilerplate: these get a block of their
    own, so that they can be removed.
    """
    blocks: list[Block] = []
    block_of: dict[Element | None, tuple[Block, bool]] = {}
    for element in body.iter(etree.Element):
        above = block_of.get(element.getparent())
        tag = element.tag
        linked = tag == "a" or (above is not None and above[1])
        hidden, suspect = _suspicion(element, tag)
        if above is not None and tag in _INLINE_TAGS and not suspect:
            block = above[0]
        else:
            block = Block(element, above[0] if above else None, suspect, tag in _INLINE_TAGS, hidden)
            blocks.append(block)
        block_of[element] = (block, linked)
        # Most texts are white space between elements: these need no call.
        if (text := element.text) and (bare := text.strip()):
            _add_text(block, bare, linked)
        if above is not None and (tail := element.tail) and (bare := tail.strip()):
            _add_text(above[0], bare, above[1])
    return blocks


def _add_text(block: Block, bare: str, linked: bool) -> None:
    size = len(bare) if bare.isascii() else text_weight(bare)
    block.own_size += size
    if linked:
        block.own_linked_size += size
    elif size > 3:
        block.own_punctuation += _punctuation_count(bare)


def remove_boilerplate_blocks(blocks: list[Block], body: Element) -> list[Block]:
    """The blocks with their scores added up, without boilerplate blocks, whose elements are removed from the tree."""
    weights: dict[Block, float] = {}
    for block in reversed(blocks):
        weight = weights.get(block, 0.0) + _block_score(block)
        weights[block] = weight
        if block.parent is not None:
            weights[block.parent] = weights.get(block.parent, 0.0) + weight
    limit = _MAX_BOILERPLATE_SHARE * weights[blocks[0]]
    suspects = [block for block in blocks if block.may_be_boilerplate and weights[block] <= limit]
    if suspects:
        blocks = _without_boilerplate(blocks, suspects, weights, body)
    _add_up(blocks)
    return [block for block in blocks if not block.is_inline]


def _without_boilerplate(
    blocks: list[Block], suspects: list[Block], weights: dict[Block, float], body: Element
) -> list[Block]:
    """The blocks without those suspects that are boilerplate, and without what these hold."""
    inner, suspected = _inner_suspects(suspects), set(suspects)
    left: list[Block] = []
    found: list[Element] = []
    removed: set[Block | None] = set()
    for block in blocks:
        if block.parent in removed:
            removed.add(block)
        elif block in suspected and (
            block.is_hidden or not is_article_part(block.element, weights[block], inner.get(block, 0))
        ):
            removed.add(block)
            found.append(block.element)
        else:
            left.append(block)
    # What is removed is looked at until here: a suspect is weighed against what stands beside it.
    remove_all(body, found)
    return left


def _inner_suspects(suspects: list[Block]) -> Counter[Block]:
    """For each suspected block how many others are inside it."""
    known, inner = set(suspects), Counter[Block]()
    for block in suspects:
        above = block.parent
        while above is not None:
            if above in known:
                inner[above] += 1
            above = above.parent
    return inner


def _add_up(blocks: list[Block]) -> None:
    """Add the measures of blocks to their parents, and their scores to the containers above. In document order."""
    for block in reversed(blocks):
        parent = block.parent
        if block.is_inline and parent is not None:
            _merge_into_parent(block, parent)
            continue
        if block.own_size:
            _count_own_text(block)
        only = block.last_child
        if only is not None and block.child_count == 1 and not block.own_size and only.level_scores is not _NO_SCORES:
            block.level_scores, block.score = only.level_scores, only.score * _SINGLE_CHILD_FACTOR
        elif block.level_scores is not _NO_SCORES:
            block.score += sum(map(mul, block.level_scores, _LEVEL_WEIGHTS))
        if parent is not None and block.size:
            parent.child_count += 1
            parent.last_child = block
            _add_to_parent(block, parent, (0.0, *block.level_scores[:-1]))


def _count_own_text(block: Block) -> None:
    """Add a block's own text to its measures."""
    block.size += block.own_size
    block.linked_size += block.own_linked_size
    block.link_blocks += block.own_size > 20 and block.own_linked_size > 0.7 * block.own_size
    score = _block_score(block)
    if not score:
        return
    block.content_score += score
    block.content_blocks += 1
    if block.element.tag in _LEAF_TAGS and block.parent is not None:
        block.score += score * 0.3
        block.parent.level_scores = _with_own_score(block.parent.level_scores, score)
    else:
        block.level_scores = _with_own_score(block.level_scores, score)


def _merge_into_parent(block: Block, parent: Block) -> None:
    """Add the text of an inline element that is not boilerplate to the block around it."""
    parent.own_size += block.own_size
    parent.own_linked_size += block.own_linked_size
    parent.own_punctuation += block.own_punctuation
    parent.child_count += block.child_count
    parent.last_child = block.last_child or parent.last_child
    _add_to_parent(block, parent, block.level_scores)


def _add_to_parent(block: Block, parent: Block, levels: _LevelScores) -> None:
    parent.size += block.size
    parent.linked_size += block.linked_size
    parent.content_score += block.content_score
    parent.content_blocks += block.content_blocks
    parent.link_blocks += block.link_blocks
    if block.level_scores is not _NO_SCORES:
        above = parent.level_scores
        parent.level_scores = (
            above[0] + levels[0],
            above[1] + levels[1],
            above[2] + levels[2],
            above[3] + levels[3],
            above[4] + levels[4],
        )


def _with_own_score(levels: _LevelScores, score: float) -> _LevelScores:
    return (levels[0] + score, levels[1], levels[2], levels[3], levels[4])


def _block_score(block: Block) -> float:
    size = block.own_size
    if size < 20 or (block.element.tag in _LABEL_TAGS and block.own_punctuation < 2):
        return 0.0
    return (min(size / 80, 8.0) + min(block.own_punctuation, 10) * 0.8) * (1 - block.own_linked_size / size) ** 2


def _suspicion(element: Element, tag: str) -> tuple[bool, bool]:
    """Whether an element is hidden, and whether it may be boilerplate: by its name, or because it is hidden."""
    # Many elements have no attribute, and most have none but a class: to ask for their names first is cheaper.
    names = element.keys()
    if not names or tag in _NEVER_BOILERPLATE_TAGS:
        return False, False
    may_be_hidden = "hidden" in names or ("style" in names and element.get("style"))
    if may_be_hidden and is_hidden(tag, attributes_of(element)):
        return True, True
    class_ = (element.get("class") or "") if "class" in names else ""
    id_ = (element.get("id") or "") if "id" in names else ""
    return False, bool(class_ or id_) and is_boilerplate_name(f"{class_} {id_}"[:300])
