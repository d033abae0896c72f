"""The URL of the next page of an article in several parts."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

from ingestd.extract.html.links import absolute_link
from ingestd.extract.html.tree import Element, raw_text, text_of
from ingestd.extract.page.document import Document
from ingestd.extract.rules.selectors import select
from ingestd.model.source import SiteRule

_NEXT_PAGE_TEXT = re.compile(
    r"^\W*(?:下一[页頁]|下[页頁]|后一[页頁]|next(?: page)?|page suivante|nächste seite|次へ|次のページ)\W*$",
    re.IGNORECASE,
)
#: Each text that matches `_NEXT_PAGE_TEXT` has one of these characters.
_NEXT_PAGE_TEXT_CHARS = frozenset("页頁次xXvVäÄ")
_PAGE_PARAMETERS = ("page", "p", "pg", "pn", "pagenum", "page_no", "pageno", "paged")
_MARKED_PAGE_PATH = re.compile(
    r"^(?P<stem>.*?)(?:[/_\-](?:page|p|pg)[/_\-]?|_)(?P<number>\d{1,2})(?P<end>/|\.\w{2,5})?$", re.IGNORECASE
)
_NUMBERED_PATH = re.compile(r"^(?P<stem>.*?)[/\-](?P<number>\d{1,2})(?P<end>/|\.\w{2,5})?$")
_PATH_END = re.compile(r"(?:/|\.\w{2,5})$")


def next_page_url(document: Document, rules: tuple[SiteRule, ...]) -> str | None:
    """The URL of the next part of the same article, None where this is the last (or only) one.

    A link that a rule's `next_page` selects is followed if it leads to another URL. `rel=next` and 下一页 count
    only where the URL itself shows that it is the next part: on many sites "next" is the next article.
    """
    for rule in rules:
        for element in select(document.root, rule.next_page) if rule.next_page else []:
            url = absolute_link(element.get("href"), document.base)
            if url and _without_fragment(url) != _without_fragment(document.url):
                return url
    for element in _candidate_links(document.root):
        url = absolute_link(element.get("href"), document.base)
        if url and is_next_page(document.url, url):
            return url
    return None


def _candidate_links(root: Element) -> Iterator[Element]:
    links = list(root.iter("link", "a"))
    for element in links:
        relation = element.get("rel")
        if relation and "next" in relation.lower().split() and element.get("href") is not None:
            yield element
    for element in links:
        if element.tag == "link":
            continue
        text = element.text or ""
        if len(text) > 20 or (children := len(element)) > 2:
            continue
        # Most links have none of these characters, so this test saves most of the work.
        if not _NEXT_PAGE_TEXT_CHARS.isdisjoint(raw_text(element) if children else text) and _has_next_text(element):
            yield element


def _has_next_text(element: Element) -> bool:
    return element.get("href") is not None and bool(_NEXT_PAGE_TEXT.match(text_of(element)[:40]))


def is_next_page(current: str, following: str) -> bool:
    """Whether the URL `following` is that of the part after `current` of the same article. Pure."""
    try:
        ours, theirs = urlsplit(current), urlsplit(following)
    except ValueError:
        return False
    if ours.hostname != theirs.hostname or theirs.scheme not in ("http", "https"):
        return False
    if ours.path == theirs.path:
        return _next_in_query(ours.query, theirs.query)
    return ours.query == theirs.query and _next_in_path(ours.path, theirs.path)


def _next_in_query(ours: str, theirs: str) -> bool:
    (rest, number), (other, following) = _split_page_number(ours), _split_page_number(theirs)
    return rest == other and following is not None and following == (number or 1) + 1


def _split_page_number(query: str) -> tuple[str, int | None]:
    number = None
    rest = []
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key.lower() in _PAGE_PARAMETERS and value.isascii() and value.isdigit() and len(value) < 3:
            number = int(value)
        else:
            rest.append((key, value))
    return urlencode(rest), number


def _next_in_path(ours: str, theirs: str) -> bool:
    found = _MARKED_PAGE_PATH.match(theirs) or _NUMBERED_PATH.match(theirs)
    if not found:
        return False
    stem, number = found["stem"], int(found["number"])
    if stem == _PATH_END.sub("", ours) and stem:
        return number in (1, 2)
    own = (_MARKED_PAGE_PATH if found.re is _MARKED_PAGE_PATH else _NUMBERED_PATH).match(ours)
    if not own or own["stem"] != stem or int(own["number"]) + 1 != number:
        return False
    # /article/7 and /article/8 are two articles, /a-long-story/2 and /a-long-story/3 two parts of one.
    return found.re is _MARKED_PAGE_PATH or (own["number"] != "1" and "-" in stem.rsplit("/", 1)[-1])


def _without_fragment(url: str) -> str:
    return url.split("#")[0]
