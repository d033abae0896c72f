"""Articles in several parts: where the next part is."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

from ingestd.extract.html.links import absolute_link
from ingestd.extract.html.tree import Element, raw_text, text_of
from ingestd.extract.page.document import Document
from ingestd.extract.rules.selectors import select
from ingestd.model.source import SiteRule

_NEXT_TEXT = re.compile(
    r"^\W*(?:下一[页頁]|下[页頁]|后一[页頁]|next(?: page)?|page suivante|nächste seite|次へ|次のページ)\W*$",
    re.IGNORECASE,
)
#: Each text that matches has one of them.
_LETTERS_OF_NEXT = frozenset("页頁次xXvVäÄ")
_PAGE_PARAMETERS = ("page", "p", "pg", "pn", "pagenum", "page_no", "pageno", "paged")
_EXPLICIT = re.compile(
    r"^(?P<stem>.*?)(?:[/_\-](?:page|p|pg)[/_\-]?|_)(?P<number>\d{1,2})(?P<end>/|\.\w{2,5})?$", re.IGNORECASE
)
_BARE = re.compile(r"^(?P<stem>.*?)[/\-](?P<number>\d{1,2})(?P<end>/|\.\w{2,5})?$")
_END = re.compile(r"(?:/|\.\w{2,5})$")


def next_page(document: Document, rules: tuple[SiteRule, ...]) -> str | None:
    """The address of the next part of the same article, None where this is the last (or only) one.

    A rule's `next_page` is believed if it leads elsewhere; `rel=next` and 下一页 only where the address itself says
    that it is the next part of this article: to many sites "next" is the next article.
    """
    for rule in rules:
        for element in select(document.root, rule.next_page) if rule.next_page else []:
            address = absolute_link(element.get("href"), document.base)
            if address and _bare(address) != _bare(document.url):
                return address
    for element in _candidates(document.root):
        address = absolute_link(element.get("href"), document.base)
        if address and is_next_part(document.url, address):
            return address
    return None


def _candidates(root: Element) -> Iterator[Element]:
    for element in root.iter("link", "a"):
        relation = element.get("rel")
        if relation and "next" in relation.lower().split() and element.get("href") is not None:
            yield element
    for element in root.iter("a"):
        text = element.text or ""
        if len(text) > 20 or (children := len(element)) > 2:
            continue
        # Most links have none of these letters, and few of those that have one say "next".
        if not _LETTERS_OF_NEXT.isdisjoint(raw_text(element) if children else text) and _says_next(element):
            yield element


def _says_next(element: Element) -> bool:
    return element.get("href") is not None and bool(_NEXT_TEXT.match(text_of(element)[:40]))


def is_next_part(current: str, following: str) -> bool:
    """True where `following` is by its address the part after `current` of the same article. Pure."""
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
    (rest, number), (other, following) = _query_page(ours), _query_page(theirs)
    return rest == other and following is not None and following == (number or 1) + 1


def _query_page(query: str) -> tuple[str, int | None]:
    number = None
    rest = []
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key.lower() in _PAGE_PARAMETERS and value.isascii() and value.isdigit() and len(value) < 3:
            number = int(value)
        else:
            rest.append((key, value))
    return urlencode(rest), number


def _next_in_path(ours: str, theirs: str) -> bool:
    found = _EXPLICIT.match(theirs) or _BARE.match(theirs)
    if not found:
        return False
    stem, number = found["stem"], int(found["number"])
    if stem == _END.sub("", ours) and stem:
        return number in (1, 2)
    own = (_EXPLICIT if found.re is _EXPLICIT else _BARE).match(ours)
    if not own or own["stem"] != stem or int(own["number"]) + 1 != number:
        return False
    # /article/7 and /article/8 are two articles, /a-long-story/2 and /a-long-story/3 two parts of one.
    return found.re is _EXPLICIT or (own["number"] != "1" and "-" in stem.rsplit("/", 1)[-1])


def _bare(url: str) -> str:
    return url.split("#")[0]
