"""The blocks of a page, measured in one pass over its tree: how much text, how much of it links, how good it is.

Text is summed up in blocks (paragraphs, list items, runs of text in a div). A good block is long, has the punctuation
of sentences and few links. Containers collect the scores of their blocks, each level further away counting less.
"""

import re
from dataclasses import dataclass
from operator import mul

from lxml import etree

from ingestd.extract.body.boilerplate_classes import is_boilerplate_name
from ingestd.extract.html.tree import Element, remove_all, word_set

_INLINE_TAGS = word_set(
    "a abbr acronym b bdi bdo big br cite code del dfn em font i img ins kbd label mark q rb rp rt ruby s samp "
    "small span strike strong sub sup time tt u var wbr noscript picture source"
)
_LEAF_TAGS = word_set("p li td th dd dt h1 h2 h3 h4 h5 h6 pre blockquote figcaption")
#: Blocks that need two marks of punctuation to count as text: elsewhere they are labels.
_LABEL_TAGS = word_set("h1 h2 h3 h4 h5 h6 li figcaption dt th")
_NEVER_BOILERPLATE_TAGS = word_set("body html main article")
_CJK_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]+")
_WIDE_PUNCTUATION = re.compile("[，、。；：？！“”]")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
#: What a container keeps of the scores of blocks so many levels below it.
_LEVEL_WEIGHTS = (1.0, 0.5, 0.3, 0.2, 0.1)
#: A container around a single other one is no level; of two that hold the same, the inner one is better.
_SINGLE_CHILD_FACTOR = 0.98
_LevelScores = tuple[float, float, float, float, float]
_NO_SCORES: _LevelScores = (0.0, 0.0, 0.0, 0.0, 0.0)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
#: A name that sounds like furniture does not condemn what holds more than this share of the page's good text.
_MAX_BOILERPLATE_SHARE = 0.3


@dataclass(slots=True, eq=False)
class Block:
    """A block element. Sizes are lengths in Latin letters, a Han character counting two and a half.

    `own_*` is its text without that of blocks inside it; the rest sums up everything below it.
    """

    element: Element
    parent: "Block | None"
    is_suspect: bool
    is_inline: bool = False
    own_size: float = 0.0
    own_linked: float = 0.0
    own_commas: int = 0
    size: float = 0.0
    linked: float = 0.0
    good: float = 0.0
    good_blocks: int = 0
    link_blocks: int = 0
    score: float = 0.0
    # How many blocks with text stand directly in it.
    parts: int = 0
    only: "Block | None" = None
    # Scores of the blocks below it, by how many levels below.
    levels: _LevelScores = _NO_SCORES

    @property
    def density(self) -> float:
        """The share of text that is links, 0 to 1."""
        return self.linked / self.size if self.size else 0.0


def text_weight(text: str) -> float:
    """The length of a text in Latin letters: a Han character says as much as two and a half."""
    length = len(text)
    return length if text.isascii() else length + 1.5 * sum(map(len, _CJK_RUN.findall(text)))


def _punctuation_count(text: str) -> int:
    """How many marks of punctuation a text has that part its sentences and their clauses."""
    count = text.count(",") + text.count(";")
    if not text.isascii():
        count += len(_WIDE_PUNCTUATION.findall(text))
    if "." in text or "!" in text or "?" in text:
        count += len(_SENTENCE_END.findall(text))
    return count


def measure_blocks(body: Element) -> list[Block]:
    """The block elements from `body` down in document order, each with its own text measured.

    Inline elements belong to the block around them, but those that may be furniture get a node, so that it can go.
    """
    nodes: list[Block] = []
    holders: dict[Element | None, tuple[Block, bool]] = {}
    for element in body.iter(etree.Element):
        above = holders.get(element.getparent())
        tag = element.tag
        linked = tag == "a" or (above is not None and above[1])
        suspect = _may_be_boilerplate(element, tag)
        if above is not None and tag in _INLINE_TAGS and not suspect:
            node = above[0]
        else:
            node = Block(element, above[0] if above else None, suspect, tag in _INLINE_TAGS)
            nodes.append(node)
        holders[element] = (node, linked)
        if text := element.text:
            _add_text(node, text, linked)
        if above is not None and (tail := element.tail):
            _add_text(above[0], tail, above[1])
    return nodes


def _add_text(node: Block, text: str, linked: bool) -> None:
    bare = text.strip()
    if not bare:
        return
    size = len(bare) if bare.isascii() else text_weight(bare)
    node.own_size += size
    if linked:
        node.own_linked += size
    elif size > 3:
        node.own_commas += _punctuation_count(bare)


def remove_boilerplate_blocks(nodes: list[Block], body: Element) -> list[Block]:
    """The nodes, summed up, without those of furniture, which is taken out of the tree."""
    weights: dict[Block, float] = {}
    for node in reversed(nodes):
        weight = weights.get(node, 0.0) + _block_score(node)
        weights[node] = weight
        if node.parent is not None:
            weights[node.parent] = weights.get(node.parent, 0.0) + weight
    limit = _MAX_BOILERPLATE_SHARE * weights[nodes[0]]
    doomed = {node for node in nodes if node.is_suspect and weights[node] <= limit}
    if doomed:
        remove_all(body, [node.element for node in doomed])
        left = []
        for node in nodes:
            if node.parent in doomed:
                doomed.add(node)
            if node not in doomed:
                left.append(node)
        nodes = left
    _add_up(nodes)
    return [node for node in nodes if not node.is_inline]


def _add_up(nodes: list[Block]) -> None:
    """Children into parents, and the scores of blocks into the containers above them. `nodes` in document order."""
    for node in reversed(nodes):
        parent = node.parent
        if node.is_inline and parent is not None:
            _merge_into_parent(node, parent)
            continue
        if node.own_size:
            _count_own_text(node)
        only = node.only
        if only is not None and node.parts == 1 and not node.own_size and only.levels is not _NO_SCORES:
            node.levels, node.score = only.levels, only.score * _SINGLE_CHILD_FACTOR
        elif node.levels is not _NO_SCORES:
            node.score += sum(map(mul, node.levels, _LEVEL_WEIGHTS))
        if parent is not None and node.size:
            parent.parts += 1
            parent.only = node
            _add_to_parent(node, parent, (0.0, *node.levels[:-1]))


def _count_own_text(node: Block) -> None:
    """A block's own text."""
    node.size += node.own_size
    node.linked += node.own_linked
    node.link_blocks += node.own_size > 20 and node.own_linked > 0.7 * node.own_size
    score = _block_score(node)
    if not score:
        return
    node.good += score
    node.good_blocks += 1
    if node.element.tag in _LEAF_TAGS and node.parent is not None:
        node.score += score * 0.3
        node.parent.levels = _with_own_score(node.parent.levels, score)
    else:
        node.levels = _with_own_score(node.levels, score)


def _merge_into_parent(node: Block, parent: Block) -> None:
    """An inline element that turned out to be no furniture: its text is that of the block around it."""
    parent.own_size += node.own_size
    parent.own_linked += node.own_linked
    parent.own_commas += node.own_commas
    parent.parts += node.parts
    parent.only = node.only or parent.only
    _add_to_parent(node, parent, node.levels)


def _add_to_parent(node: Block, parent: Block, levels: _LevelScores) -> None:
    parent.size += node.size
    parent.linked += node.linked
    parent.good += node.good
    parent.good_blocks += node.good_blocks
    parent.link_blocks += node.link_blocks
    if node.levels is not _NO_SCORES:
        above = parent.levels
        parent.levels = (
            above[0] + levels[0],
            above[1] + levels[1],
            above[2] + levels[2],
            above[3] + levels[3],
            above[4] + levels[4],
        )


def _with_own_score(levels: _LevelScores, score: float) -> _LevelScores:
    return (levels[0] + score, levels[1], levels[2], levels[3], levels[4])


def _block_score(node: Block) -> float:
    size = node.own_size
    if size < 20 or (node.element.tag in _LABEL_TAGS and node.own_commas < 2):
        return 0.0
    return (min(size / 80, 8.0) + min(node.own_commas, 10) * 0.8) * (1 - node.own_linked / size) ** 2


def _may_be_boilerplate(element: Element, tag: str) -> bool:
    if tag in _NEVER_BOILERPLATE_TAGS:
        return False
    class_, id_, style = element.get("class"), element.get("id"), element.get("style")
    if (style and _HIDDEN_STYLE.search(style)) or element.get("hidden") is not None:
        return True
    return bool(class_ or id_) and is_boilerplate_name(f"{class_ or ''} {id_ or ''}"[:300])
