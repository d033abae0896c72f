"""The links of a page, each address once: its titles, what stands beside it, and where it is in the page.

A list links an article several times (image, headline, "read more"), and says more about it in the element that holds
all these links and no others: its item.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from ingestd.extract.html.tree import Element, text_of
from ingestd.extract.page.document import Document
from ingestd.identity.urls import resolve
from ingestd.identity.urls.article_shape import ArticleShape, article_shape

#: Links of one page that are read.
MAX_LINKS = 3_000
MAX_TITLE_CHARS = 300
#: The `text_weight` of a short title.
MIN_TITLE_WEIGHT = 12
_MAX_ITEM_LEVELS = 7
_MAX_ITEM_CHARS = 3_000
#: The owner of an element that holds several links.
_SHARED = -1
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_TITLE_CLASS = re.compile(r"(?:^|[\s_-])(?:tit|bt|biaoti|heading|hed|subject|name)(?:[\s_-]|$)|title|headline", re.I)
#: Classes of what stands beside a title in the link around a whole item.
_META_CLASS = re.compile(
    r"(?:^|[\s_-])(?:tags?|category|label|kicker|date|time|author|byline|meta|source|count)(?:[\s_-]|$)", re.I
)
_CUT_OFF = re.compile(r"(?:\.{2,}|…+|⋯+)\s*\Z")
#: Texts of links that lead to an article and do not name it.
_MORE = re.compile(
    r"\W*(?:read (?:more|on|article|the (?:full|rest).*)|more|continue reading.*"
    r"|(?:view|see|show|learn|full) (?:more|article|post|story|all)|details?|permalink|link"
    r"|comments?|\d+ comments?|no comments|leave a (?:comment|reply)|weiterlesen|mehr(?: lesen)?|\d+ kommentare?"
    r"|lire(?: la suite| plus)?|leer más|ver más|continua a leggere|leggi(?: tutto| di più)?"
    r"|читать далее|подробнее|続きを読む|もっと見る|더보기|더 보기|자세히(?: 보기)?"
    r"|(?:阅读|閱讀|查看|点击|點擊|繼續|继续)?(?:全文|更多|原文|详情|詳情|详细|阅读|閱讀|查看)|更多|详细"
    r"|【?(?:详细|詳細|全文)】?|[\d\s:./年月日-]+|\d+\s*(?:条评论|則評論|评论|回复|阅读|次))\W*\Z",
    re.I,
)


@dataclass(slots=True)
class ListLink:
    """One address that a page links to. `elements` are its `<a>`s in document order, `item` the element of the entry.

    `title` is "" where no link names the article or the name is cut off. `in_heading`: a heading names it. `item` is
    None where the address cannot be an article's.
    """

    url: str
    elements: list[Element]
    shape: ArticleShape = ArticleShape.UNDECIDED
    title: str = ""
    in_heading: bool = False
    is_cut_off: bool = False
    item: Element | None = None
    following: list[Element] = field(default_factory=list)


def page_links(document: Document) -> list[ListLink]:
    """The http(s) links of a page in document order, each address once; fragments of the page itself are left out."""
    links = _all_links(document)
    return _described(links, [link for link in links if link.shape > ArticleShape.NO_ARTICLE and _may_name(link)])


def links_of(elements: Sequence[Element], document: Document) -> list[ListLink]:
    """The links of elements that a selector found: of each its own address, or those of the links in it."""
    by_url = {link.url: link for link in _all_links(document)}
    anchors = (anchor for element in elements for anchor in _anchors(element))
    wanted = dict.fromkeys(_address(anchor, document.base) for anchor in anchors)
    chosen = [by_url[url] for url in wanted if url in by_url]
    return _described(chosen, chosen)


def _anchors(element: Element) -> list[Element]:
    return [element] if element.tag == "a" else list(element.iter("a"))


def _all_links(document: Document) -> list[ListLink]:
    here = document.url.split("#")[0]
    by_url: dict[str, ListLink] = {}
    for element in document.root.iter("a"):
        url = _address(element, document.base)
        if url is None or url == here:
            continue
        if url in by_url:
            by_url[url].elements.append(element)
        elif len(by_url) < MAX_LINKS:
            by_url[url] = ListLink(url, [element], article_shape(url))
    return list(by_url.values())


def _described(links: list[ListLink], entries: Sequence[ListLink]) -> list[ListLink]:
    """The links with their titles, and with the items of those that may be entries."""
    _find_items(entries)
    for link in links:
        _read_title(link)
    return links


def _may_name(link: ListLink) -> bool:
    """Whether a link may be an entry of its own, and is no name of an author or a section within one."""
    if link.shape > ArticleShape.UNDECIDED or any(_is_in_heading(element) for element in link.elements):
        return True
    texts = (text_of(element) or element.get("aria-label") or "" for element in link.elements)
    return max(map(text_weight, texts)) >= MIN_TITLE_WEIGHT


def text_weight(text: str) -> int:
    """The length of a text in characters, of which those of Chinese, Japanese and Korean count twice."""
    return len(text) + sum("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" for char in text)


def _address(element: Element, base: str) -> str | None:
    href = (element.get("href") or "").strip()
    if not href or href.startswith("#") or len(href) > 4_000:
        return None
    url = resolve(base, href)
    return url.split("#")[0] if url and not url.partition("#")[2].startswith(("!", "/")) else url


def _find_items(links: Sequence[ListLink]) -> None:
    """Set the item of each link: the largest element around its first one that holds no other link that may count."""
    owner: dict[Element, int] = {}
    for number, link in enumerate(links):
        for element in link.elements:
            node: Element | None = element
            while node is not None and (before := owner.get(node)) not in (number, _SHARED):
                owner[node] = number if before is None else _SHARED
                node = node.getparent()
    for number, link in enumerate(links):
        link.item = _item_of(link.elements[0], number, owner)
        link.following = list(_following(link.item, owner))


def _item_of(anchor: Element, number: int, owner: dict[Element, int]) -> Element:
    item = anchor
    for _ in range(_MAX_ITEM_LEVELS):
        parent = item.getparent()
        if parent is None or owner.get(parent) != number or parent.tag in ("body", "html"):
            break
        item = parent
    return item


def _following(item: Element, owner: dict[Element, int]) -> Iterator[Element]:
    """The siblings behind an item up to the next link: `<dd>` behind `<dt>`, a date behind a bare link."""
    node = item.getnext()
    for _ in range(3):
        if node is None or node in owner:
            return
        yield node
        node = node.getnext()


def _read_title(link: ListLink) -> None:
    candidates: list[tuple[int, int, str]] = []
    for anchor in link.elements:
        for rank, whole_text in _titles_of(anchor):
            text = whole_text[:MAX_TITLE_CHARS].strip()
            if text and not _MORE.match(text):
                candidates.append((rank, -len(candidates), text))
    if link.item is not None and not any(rank >= 2 for rank, _, _ in candidates):
        heading = _heading_in(link.item)
        if heading and not _MORE.match(heading):
            candidates.append((3, -len(candidates), heading[:MAX_TITLE_CHARS]))
    if not candidates:
        return
    rank, _, title = max(candidates)
    link.in_heading = rank >= 3
    whole = [text for _, _, text in candidates if not _CUT_OFF.search(text)]
    if _CUT_OFF.search(title):
        start = _CUT_OFF.sub("", title)
        link.is_cut_off = True
        title = next((text for text in whole if text.startswith(start[:20])), "")
    link.title = title


def _titles_of(anchor: Element) -> Iterator[tuple[int, str]]:
    """Texts that may be the title of a link, each with its rank: 4 headings to 1 descriptions of images."""
    inner = _heading_in(anchor)
    if inner:
        yield 4, inner
    elif _is_in_heading(anchor):
        yield 4, text_of(anchor)
    elif (named := _titled_part(anchor)) is not None:
        yield 3, named
    elif text := _own_text(anchor):
        yield 2, text
    stated = " ".join((anchor.get("title") or "").split())
    if stated:
        yield 1, stated
    for image in anchor.iter("img"):
        if alt := " ".join((image.get("alt") or "").split()):
            yield 0, alt


def _heading_in(element: Element) -> str:
    return next((text for node in element.iter(*_HEADINGS) if (text := text_of(node))), "")


def _is_in_heading(anchor: Element) -> bool:
    node = anchor.getparent()
    for _ in range(3):
        if node is None:
            return False
        if node.tag in _HEADINGS:
            return True
        node = node.getparent()
    return False


def _titled_part(anchor: Element) -> str | None:
    """The text of the part of a link that its class calls the title; None where there is none."""
    for node in anchor.iter(etree.Element):
        if node is not anchor and _TITLE_CLASS.search(node.get("class") or "") and (text := text_of(node)):
            return text
    return None


def _own_text(anchor: Element) -> str:
    """The text of a link; of one around a whole item, the first of its blocks that is long enough to be a title."""
    text = text_of(anchor)
    if not len(anchor):
        return text
    blocks = [node for node in anchor.iter("p", "div", "li", "span", "strong", "b") if not len(node)]
    if len(text) <= 80 and sum(node.tag in ("p", "div", "li") for node in blocks) < 2:
        return text
    texts = [text for node in blocks if not _META_CLASS.search(node.get("class") or "") and (text := text_of(node))]
    named = [text for text in texts if not _MORE.match(text)]
    return next((text for text in named if text_weight(text) >= MIN_TITLE_WEIGHT), max(named, key=len, default=text))


def item_text(link: ListLink) -> str:
    """The text of a link's item and of what follows it, bounded."""
    parts = [text_of(link.item)] if link.item is not None else []
    tail = (link.item.tail or "") if link.item is not None else ""
    parts += [" ".join(tail.split()), *(text_of(node) for node in link.following)]
    return " ".join(part for part in parts if part)[:_MAX_ITEM_CHARS]
