"""Our own extractor: one pass over one tree, text density with Chinese punctuation counted.

Text is summed up in blocks (paragraphs, list items, runs of text in a div). A good block is long, has the punctuation
of sentences and few links. Containers collect the scores of their blocks, each level further away counting less; the
best one is the article, widened while its neighbours are of the same kind, and pruned of what is furniture inside.
"""

import re
from dataclasses import dataclass

from lxml import etree

from ingestd.extract.boilerplate import FURNITURE, LEAD_NAMES, is_bad_name, name_weight
from ingestd.extract.tree import Element, find, names_of, remove, words

_INLINE = words(
    "a abbr acronym b bdi bdo big br cite code del dfn em font i img ins kbd label mark q rb rp rt ruby s "
    "samp small span strike strong sub sup time tt u var wbr noscript picture source"
)
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]")
_COMMAS = re.compile(r"[,，、。；：？！“”;]|[.!?](?=\s|$)")
_DECAY = (1.0, 0.5, 0.3, 0.2, 0.1)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(slots=True)
class Block:
    """The text of one block element, without that of the blocks inside it. Sizes count a Han character as 2.5."""

    element: Element
    size: float = 0.0
    linked: float = 0.0
    commas: int = 0

    @property
    def density(self) -> float:
        """The share of text that is links, 0 to 1."""
        return self.linked / self.size if self.size else 0.0

    @property
    def score(self) -> float:
        if self.size < 20:
            return 0.0
        if self.element.tag in ("h1", "h2", "h3", "h4", "h5", "h6", "li", "figcaption", "dt", "th") and self.commas < 2:
            return 0.0
        words = min(self.size / 80, 8.0)
        return (words + min(self.commas, 10) * 0.8) * (1 - self.density) ** 2


def size_of(text: str) -> float:
    """The length of a text in Latin letters: a Han character says as much as two and a half."""
    length = len(text)
    return length if text.isascii() else length + 1.5 * len(_HAN.findall(text))


def prepare(body: Element) -> None:
    """Drop from the tree what cannot be article text by its kind, or because it is hidden, or by its name.

    A name never condemns what holds a good part of the page's text: sites call the article's own wrapper
    "sidebar-left" or "share-zone".
    """
    etree.strip_elements(body, *FURNITURE, with_tail=False)
    suspects = [element for element in find(body, ".//*[@class or @id or @style or @hidden]") if _is_suspect(element)]
    if not suspects:
        return
    weights = {container.element: container.good for container in _containers(blocks_of(body), body).values()}
    limit = 0.3 * weights.get(body, 0.0)
    for element in suspects:
        if weights.get(element, 0.0) <= limit:
            remove(element)


def _is_suspect(element: Element) -> bool:
    if element.tag in ("body", "html", "main", "article"):
        return False
    style = element.get("style")
    if element.get("hidden") is not None or (style and _HIDDEN.search(style)):
        return True
    return is_bad_name(names_of(element))


def blocks_of(body: Element) -> list[Block]:
    """The blocks below `body` in document order."""
    found: list[Block] = []
    links: set[Element] = set()
    holder: dict[Element, Block] = {}
    for element in body.iter(etree.Element):
        parent = element.getparent()
        inside = element.tag == "a" or parent in links
        if inside:
            links.add(element)
        if element.tag in _INLINE and parent in holder:
            block = holder[parent]
        else:
            block = Block(element)
            found.append(block)
        holder[element] = block
        if element.text:
            _add(block, element.text, inside)
        if element.tail and element is not body:
            _add(holder[parent], element.tail, parent in links)
    return [block for block in found if block.size]


def _add(block: Block, text: str, linked: bool) -> None:
    bare = text.strip()
    if not bare:
        return
    size = size_of(bare)
    block.size += size
    block.commas += len(_COMMAS.findall(bare))
    if linked:
        block.linked += size


@dataclass(slots=True)
class Container:
    """What lies below one element: its score, and the sums that tell article from furniture."""

    element: Element
    score: float = 0.0
    good: float = 0.0
    size: float = 0.0
    linked: float = 0.0
    good_blocks: int = 0
    link_blocks: int = 0

    @property
    def density(self) -> float:
        return self.linked / self.size if self.size else 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """The extractor's answer: the elements that hold the article in document order, and how sure it is (0 to 1)."""

    elements: list[Element]
    core: Element
    sure: float
    size: float


def find_article(body: Element) -> Found | None:
    """The article of a page; None where there is no text. The tree is changed."""
    prepare(body)
    containers = _containers(blocks_of(body), body)
    if not containers:
        return None
    best = max(containers.values(), key=_rank)
    if best.good <= 0:
        return None
    parts = _with_neighbours(best, containers, body)
    good = sum(containers[part].good for part in parts if part in containers)
    size = sum(containers[part].size for part in parts if part in containers)
    share = good / (containers[body].good or 1.0)
    return Found(parts, best.element, round(min(share, best.good / good) * (1 - best.density), 3), size)


def _containers(blocks: list[Block], body: Element) -> dict[Element, Container]:
    found: dict[Element, Container] = {}
    for block in blocks:
        score = block.score
        is_link = block.size > 20 and block.density > 0.7
        element: Element | None = block.element
        level = 0 if block.element.tag not in _LEAVES else -1
        while element is not None:
            container = found.get(element)
            if container is None:
                container = found[element] = Container(element)
            container.size += block.size
            container.linked += block.linked
            container.good += score
            container.good_blocks += score > 0
            container.link_blocks += is_link
            if 0 <= level < len(_DECAY):
                container.score += score * _DECAY[level]
            if element is body:
                break
            level += 1
            element = element.getparent()
    return found


_LEAVES = words("p li td th dd dt h1 h2 h3 h4 h5 h6 pre blockquote figcaption")


def _rank(container: Container) -> float:
    if container.element.tag in _LEAVES and container.element.tag not in ("td", "blockquote"):
        return container.score * 0.3
    weight = name_weight(names_of(container.element))
    if container.element.get("itemprop") == "articleBody":
        weight *= 2
    elif container.element.tag == "article":
        weight *= 1.25
    return container.score * weight * (1 - container.density)


def _with_neighbours(best: Container, containers: dict[Element, Container], body: Element) -> list[Element]:
    """The best container, and what stands around it that is of the same kind: its other parts, the lead."""
    parts = [best.element]
    total = best.good
    current = best.element
    for level in range(6):
        parent = current.getparent()
        if parent is None or current is body:
            break
        kinds = {_kind(part) for part in parts}
        before = [sibling for sibling in current.itersiblings(preceding=True)][::-1]
        after = list(current.itersiblings())
        first = [sibling for sibling in before if _belongs(sibling, containers, total, level, kinds, is_before=True)]
        last = [sibling for sibling in after if _belongs(sibling, containers, total, level, kinds, is_before=False)]
        parts = [*first, *parts, *last]
        total += sum(containers[part].good for part in (*first, *last) if part in containers)
        current = parent
    return parts


def _kind(element: Element) -> tuple[str, str]:
    return (element.tag, re.sub(r"\d+", "", element.get("class") or ""))


def _belongs(
    element: Element,
    containers: dict[Element, Container],
    total: float,
    level: int,
    kinds: set[tuple[str, str]],
    *,
    is_before: bool,
) -> bool:
    container = containers.get(element)
    if (
        container is None
        or not container.size
        or container.density > 0.3
        or element.tag in ("footer", "aside", "header")
    ):
        return False
    names = names_of(element)
    if container.link_blocks and container.link_blocks * 2 >= container.good_blocks and level:
        return False
    if is_before and level < 3 and LEAD_NAMES.search(names) and container.good > 0 and container.density < 0.15:
        return True
    if level == 0 and element.tag in ("p", "blockquote", "pre") and container.good > 0:
        return True
    if _kind(element) in kinds and element.get("class") and container.good > 0.02 * total:
        return level < 4
    least = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5)[level]
    if level and not is_before and (container.good_blocks < 2 or container.density > 0.15):
        return False
    return container.good >= least * total and container.good >= 0.012 * container.size and name_weight(names) >= 1
