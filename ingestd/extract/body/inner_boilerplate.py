"""Boilerplate inside an article: lists of links, share bars, "read more" lines, editors' names, teasers."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from lxml import etree

from ingestd.extract.body.boilerplate_classes import is_boilerplate_name
from ingestd.extract.body.boilerplate_phrases import is_boilerplate_line, is_related_list_heading
from ingestd.extract.body.promotions import is_promotion, is_skip_link
from ingestd.extract.html.tree import Element, class_and_id, raw_text, remove_all, text_of, word_set

_CHECKED_TAGS = word_set("ul ol dl div section table form p h2 h3 h4 h5 h6 aside footer header li")
_HEADING_TAGS = word_set("h2 h3 h4 h5 h6")
#: Longer text, and text in at least so many elements, is not compared with the phrases of boilerplate.
_MAX_LINE_CHARS = 160
_MAX_LINE_ELEMENTS = 12
_ALL_HEADING_TAGS = _HEADING_TAGS | {"h1"}
_BOX_TAGS = word_set("div section aside ul ol article table")
#: A teaser has less than this share of the text of the longest match.
_MAX_TEASER_SHARE = 0.4
#: A box of teasers has less than this share of the text of the article around it.
_MAX_TEASER_BOX_SHARE = 0.4
#: A short `<article>` with a greater share of its text in links is a teaser.
_MIN_TEASER_LINK_SHARE = 0.25
#: The host of a link is within so many characters.
_MAX_HOST_PART_CHARS = 300
#: Links with less text (names of icons, "more") are counted as links of the page's own site.
_MIN_LINK_TEXT_CHARS = 8
#: Cards and signatures of members in phpBB, vBulletin, Discuz, XenForo, Discourse, SMF.
_MEMBER_CARD_NAME = re.compile(
    r"(?:^|\s)(?:signature(?:container)?|sign|sig\d+|post-?profile\d*|message-(?:user|signature)[\w-]*|pls|user-?(?:info|card)"
    r"|poster(?:info)?|favatar\d*|authi|names?-trigger|topic-avatar)(?:\s|$)",
    re.IGNORECASE,
)
_MAX_MEMBER_CARD_CHARS = 400
_SHARE_OR_AD_HOST = re.compile(
    r"(?:^|\.)(?:facebook|fb|twitter|x|t|linkedin|pinterest|whatsapp|wa|telegram|weibo|qq|weixin|reddit|tumblr|line|hatena"
    r"|getpocket|flipboard|instagram|vk|ok|douban|feedly|threads|bsky|addthis|addtoany|doubleclick|googleadservices|taboola"
    r"|outbrain|xing)\.\w{2,4}$|^(?:apps|itunes|play|news)\.(?:apple|google)\.com$"
)


def remove_boilerplate_lines(root: Element) -> None:
    """Remove, in place, lines that are boilerplate by their wording, and the lists that they are the headings of."""
    removed: list[Element] = []
    for element in root.iterdescendants(*_CHECKED_TAGS):
        text = raw_text(element) if len(element) < _MAX_LINE_ELEMENTS else ""
        if 0 < len(text) <= 2 * _MAX_LINE_CHARS and is_boilerplate_line(" ".join(text.split())):
            removed.extend(_with_announced_list(element))
    remove_all(root, removed)


def remove_inner_boilerplate(root: Element, page_urls: Iterable[str] = ()) -> None:
    """Remove boilerplate below `root`, in place: by wording and by links.

    `page_urls` are the URLs of the page: lists of links to its own site are boilerplate, lists of links to other sites
    belong to the article.
    """
    sites = frozenset(map(site_of, page_urls)) - {""}
    sizes, linked, links = _text_and_link_counts(root, sites)
    removed: list[Element] = []
    for element in root.iterdescendants(*_CHECKED_TAGS):
        size = sizes[element]
        if not size:
            continue
        if is_promotion(element, size, sizes[root]):
            removed.append(element)
        elif size <= _MAX_LINE_CHARS and is_boilerplate_line(text_of(element)):
            removed.extend(_with_announced_list(element) if not _holds_image(element) else _labels(element))
        elif _is_boilerplate(element, size, linked[element] / size, links[element]):
            removed.extend(_with_announced_list(element))
    removed += [link for link in root.iterdescendants("a") if is_skip_link(link)]
    remove_all(root, [*removed, *teaser_boxes(root, sizes, sites)])


def _text_and_link_counts(
    root: Element, sites: frozenset[str]
) -> tuple[dict[Element, int], dict[Element, int], dict[Element, int]]:
    """For every element the characters below it, the characters in links, and the number of links.

    Links to other sites are not counted.
    """
    elements = list(root.iter(etree.Element))
    sizes = {element: len((element.text or "").strip()) for element in elements}
    linked = dict.fromkeys(elements, 0)
    links = dict.fromkeys(elements, 0)
    for element in reversed(elements):
        if element.tag == "a":
            is_own = sizes[element] < _MIN_LINK_TEXT_CHARS or not is_external_link(element.get("href"), sites)
            linked[element] = sizes[element] if is_own else 0
            links[element] = int(is_own)
        parent = element.getparent()
        if parent is not None and element is not root:
            sizes[parent] += sizes[element] + len((element.tail or "").strip())
            linked[parent] += linked[element]
            links[parent] += links[element]
    return sizes, linked, links


def _is_boilerplate(element: Element, size: int, density: float, links: int) -> bool:
    if size <= _MAX_MEMBER_CARD_CHARS and element.tag in ("div", "dl") and _is_member_card(element.get("class") or ""):
        return True
    if not links or element.tag in _HEADING_TAGS or element.tag == "li":
        return False
    if element.tag == "p":
        return density > 0.9 and size < 200 and links > 2
    return density > 0.6 and (links > 1 or size < 60)


def _holds_image(element: Element) -> bool:
    return next(element.iter("img", "picture", "amp-img"), None) is not None


def _labels(box: Element) -> list[Element]:
    """The elements of text in a box of images whose text is boilerplate."""
    return [
        element for element in box.iterdescendants("span", "a", "b", "em", "small", "p") if not _holds_image(element)
    ]


@lru_cache(maxsize=16_384)
def _is_member_card(names: str) -> bool:
    """True for the class of the card or the signature of a member of a forum."""
    return bool(names) and bool(_MEMBER_CARD_NAME.search(names[:300]))


def _with_announced_list(element: Element) -> list[Element]:
    """The element; with a heading such as 相关阅读 the list below it too."""
    following = element.getnext()
    if (
        following is not None
        and following.tag in ("ul", "ol")
        and is_related_list_heading(text_of(element)[:_MAX_LINE_CHARS])
    ):
        return [element, following]
    return [element]


def teaser_boxes(root: Element, sizes: dict[Element, int], sites: frozenset[str]) -> list[Element]:
    """The boxes below `root` with two or more headings, each of which is a link to one of the page's own `sites`.

    `sizes` are the characters of text below each element.
    """
    headings = list(root.iterdescendants(*_HEADING_TAGS))
    if len(headings) < 2:
        return []
    linked: Counter[Element] = Counter()
    total: Counter[Element] = Counter()
    for heading in headings:
        is_teaser = is_linked_heading(heading, sites)
        for box in heading.iterancestors():
            if box is root:
                break
            total[box] += 1
            linked[box] += is_teaser
    limit = _MAX_TEASER_BOX_SHARE * sizes[root]
    return [
        box
        for box, count in linked.items()
        if count > 1 and count == total[box] and box.tag in _BOX_TAGS and sizes[box] < limit
    ]


def is_linked_heading(heading: Element, sites: frozenset[str] = frozenset()) -> bool:
    """True for a heading whose whole text is a link, inside or around it, that is not external to `sites`."""
    parent = heading.getparent()
    link = parent if parent is not None and parent.tag == "a" else next(heading.iter("a"), None)
    href = None if link is None else link.get("href")
    if link is None or (href or "").startswith("#") or is_external_link(href, sites):
        return False
    return link is parent or len(text_of(link)) > 0.8 * len(text_of(heading))


def without_teasers(found: list[Element]) -> list[Element]:
    """Of several `<article>`s that a rule matches, those that are no teasers or comments.

    A teaser is short, and has a linked heading, many links or a boilerplate name. Where the longest `<article>` has a
    heading without a link, every other one with a linked heading is a teaser, whatever its length.
    """
    if len(found) < 2:
        return found
    sizes = [len(text_of(element)) for element in found]
    largest = found[sizes.index(max(sizes))]
    limit = max(sizes) * (_MAX_TEASER_SHARE if _has_linked_first_heading(largest) else 1.0)
    return [
        element
        for element, size in zip(found, sizes, strict=True)
        if element is largest or not _is_teaser(element, size, max(sizes) * _MAX_TEASER_SHARE, limit)
    ]


def _is_teaser(element: Element, size: int, short: float, limit: float) -> bool:
    if element.tag != "article":
        return False
    if _has_linked_first_heading(element):
        return size <= limit
    linked = sum(len(text_of(link)) for link in element.iter("a"))
    return size <= short and (linked > _MIN_TEASER_LINK_SHARE * size or is_boilerplate_name(class_and_id(element)))


def _has_linked_first_heading(element: Element) -> bool:
    heading = next(element.iter(*_ALL_HEADING_TAGS), None)
    return heading is not None and is_linked_heading(heading)


@lru_cache(maxsize=4096)
def site_of(url: str) -> str:
    """The site of a URL: the last two labels of its host, three below `co.jp`, `com.cn` and the like."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    labels = host.split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2 else labels[-2:])


def is_external_link(href: str | None, sites: frozenset[str]) -> bool:
    """True for a link to a site outside `sites` that is not for sharing, following or advertising."""
    if not sites or not href or not href.startswith(("http://", "https://", "//")):
        return False
    # The cache of `site_of` keeps its arguments, and a page may have links of megabytes.
    other = site_of(href[:_MAX_HOST_PART_CHARS])
    return bool(other) and other not in sites and not _SHARE_OR_AD_HOST.search(other)
