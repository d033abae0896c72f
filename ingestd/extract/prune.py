"""Furniture inside an article: lists of links, share bars, "read more" lines, the editor's name."""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from lxml import etree

from ingestd.extract.phrases import is_furniture_text, is_list_heading
from ingestd.extract.tree import Element, raw_text, remove_all, text_of, words

_CHECKED = words("ul ol dl div section table form p h2 h3 h4 h5 h6 aside footer header li")
_TITLES = words("h1 h2 h3 h4 h5 h6")
#: A teaser has less than this share of the longest match's text.
_TEASER_SHARE = 0.4
_HEADINGS = words("h2 h3 h4 h5 h6")
#: Longer text than this is never judged by its wording.
_LINE = 160
_MOST_PARTS = 12


def prune_lines(root: Element) -> None:
    """Remove, in place, the lines that are furniture by what they say, and the lists that they announce."""
    doomed: list[Element] = []
    for element in root.iterdescendants(*_CHECKED):
        text = raw_text(element) if len(element) < _MOST_PARTS else ""
        if 0 < len(text) <= 2 * _LINE and is_furniture_text(" ".join(text.split())):
            doomed.extend(_with_list(element))
    remove_all(root, doomed)


def prune(root: Element, addresses: Iterable[str] = ()) -> None:
    """Remove furniture below `root`, in place: by wording, and by links.

    `addresses` are the page's own: a list of links to other sites is the author's, one of links to its own the site's.
    """
    sizes, linked, links = _measures(root, frozenset(map(site_of, addresses)) - {""})
    doomed: list[Element] = []
    for element in root.iterdescendants(*_CHECKED):
        size = sizes[element]
        if size and _is_furniture(element, size, linked[element] / size, links[element]):
            doomed.extend(_with_list(element))
    remove_all(root, doomed)


def _measures(
    root: Element, sites: frozenset[str]
) -> tuple[dict[Element, int], dict[Element, int], dict[Element, int]]:
    """For every element: letters below it, letters in links, and how many links; those to other sites left out."""
    elements = list(root.iter(etree.Element))
    sizes = {element: len((element.text or "").strip()) for element in elements}
    linked = dict.fromkeys(elements, 0)
    links = dict.fromkeys(elements, 0)
    for element in reversed(elements):
        if element.tag == "a":
            is_own = sizes[element] < _WORDY or not _leads_away(element.get("href"), sites)
            linked[element] = sizes[element] if is_own else 0
            links[element] = int(is_own)
        parent = element.getparent()
        if parent is not None and element is not root:
            sizes[parent] += sizes[element] + len((element.tail or "").strip())
            linked[parent] += linked[element]
            links[parent] += links[element]
    return sizes, linked, links


def _is_furniture(element: Element, size: int, density: float, links: int) -> bool:
    if size <= _LINE and is_furniture_text(text_of(element)):
        return True
    if not links or element.tag in _HEADINGS or element.tag == "li":
        return False
    if element.tag == "p":
        return density > 0.9 and size < 200 and links > 2
    return density > 0.6 and (links > 1 or size < 60)


#: The text of a link that says something has so many letters at least: an icon's name, a "more" has not.
_WORDY = 8
_SHARED = re.compile(
    r"(?:^|\.)(?:facebook|fb|twitter|x|t|linkedin|pinterest|whatsapp|wa|telegram|weibo|qq|weixin|reddit|tumblr|line|hatena"
    r"|getpocket|flipboard|instagram|vk|ok|douban|feedly|threads|bsky|addthis|addtoany|doubleclick|googleadservices|taboola"
    r"|outbrain|xing)\.\w{2,4}$|^(?:apps|itunes|play|news)\.(?:apple|google)\.com$"
)


@lru_cache(maxsize=4096)
def site_of(url: str) -> str:
    """The last two labels of an address's host (three below `co.jp`, `com.cn` and the like): what is one site."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    labels = host.split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2 else labels[-2:])


def _leads_away(href: str | None, sites: frozenset[str]) -> bool:
    """True for a link to another site that is none for sharing, following or advertising."""
    if not sites or not href or not href.startswith(("http://", "https://", "//")):
        return False
    other = site_of(href)
    return bool(other) and other not in sites and not _SHARED.search(other)


def _with_list(element: Element) -> list[Element]:
    """A piece of furniture; a heading such as 相关阅读 takes the list below it along."""
    following = element.getnext()
    if following is not None and following.tag in ("ul", "ol") and is_list_heading(text_of(element)[:_LINE]):
        return [element, following]
    return [element]


def without_teasers(found: list[Element]) -> list[Element]:
    """Of several `<article>`s that a rule matches, those that are articles: a teaser is short, and links to its own."""
    if len(found) < 2:
        return found
    sizes = [len(text_of(element)) for element in found]
    limit = max(sizes) * _TEASER_SHARE
    return [
        element
        for element, size in zip(found, sizes, strict=True)
        if size > limit or not _links_elsewhere(element, size)
    ]


def _links_elsewhere(element: Element, size: int) -> bool:
    """True for an `<article>` whose heading, or most of whose text, is a link."""
    if element.tag != "article":
        return False
    links = list(element.iter("a"))
    is_heading = any(next(link.iterancestors(*_TITLES), None) is not None for link in links)
    around = any(next(link.iterdescendants(*_TITLES), None) is not None for link in links)
    return is_heading or around or sum(len(text_of(link)) for link in links) > 0.5 * size
