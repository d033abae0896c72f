"""A page that lists articles → Feed: one entry a link, in the page's order, with its title and a date beside it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from ingestd.extract.html.tree import text_of
from ingestd.extract.html.visibility import remove_hidden
from ingestd.extract.list_page.guess import article_links
from ingestd.extract.list_page.links import ListLink, item_text, links_of, page_links
from ingestd.extract.page.document import Document, EmptyPageError, NotHtmlError, is_feed, open_document
from ingestd.extract.page.error_pages import is_error_page
from ingestd.extract.rules.selectors import is_valid_selector, select
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Entry, Feed, Timestamp
from ingestd.model.http import Response
from ingestd.text.dates import parse_date
from ingestd.text.plain_text import clean_line

_SHOWN_TITLE_CHARS = 80
#: A date that can be read in one way: the year first. A time may follow.
_NUMERIC_DATE = re.compile(
    r"(?<![\d/.-])((?:19[89]|20[0-4])\d(?:[-/.]\d{1,2}[-/.]\d{1,2}|年\d{1,2}月\d{1,2}日)"
    r"(?:[T\s,，]{1,3}\d{1,2}:\d{2}(?::\d{2})?(?:\s?(?:Z|[+-]\d{2}:?\d{2}))?)?)(?![\d/-])"
)


@dataclass(frozen=True, slots=True)
class _Dates:
    """What settles dates without a zone (see `text.dates.parse_date`)."""

    zone: str | None
    language: str | None
    now: datetime | None

    def parse(self, raw: str) -> Timestamp | None:
        return parse_date(raw, zone=self.zone, language=self.language, now=self.now)


def read_list_page(
    page: Response,
    *,
    links: str | None = None,
    timezone: str | None = None,
    language: str | None = None,
    known: frozenset[str] = frozenset(),
    max_entries: int = 1_000,
    now: datetime | None = None,
) -> Feed:
    """The feed that a page makes. Pure.

    `links` is CSS of the links to articles, or of elements with one; None to guess them. The other arguments are those
    of `parse_feed`. Raises PermanentError (NOT_A_FEED) with what the page is where it has no such link.
    """
    document = _open(page)
    title = next((text_of(node) for node in document.root.iter("title")), "")
    tag = (document.root.get("lang") or "").strip()[:40] or None
    found = _links(document, links)
    _refuse_notice(document, title, found, links)
    dates = _Dates(timezone, language or tag, now)
    entries = [_entry(link, dates) for link in found[:max_entries]]
    return Feed(
        format="page",
        title=clean_line(title),
        link=document.url,
        language=tag,
        charset=document.charset,
        entries=tuple(entry for entry in entries if entry.digest not in known),
        known=tuple(entry.digest for entry in entries if entry.digest in known),
        total=len(found),
        dropped=len(found) - len(entries),
    )


def _open(page: Response) -> Document:
    if is_feed(page.body):
        raise _no_list('the address is that of a feed, not of a page: leave out `kind = "page"`')
    try:
        document = open_document(page)
    except (NotHtmlError, EmptyPageError) as error:
        raise _no_list(str(error)) from error
    remove_hidden(document.root)
    return document


def _links(document: Document, selector: str | None) -> list[ListLink]:
    if selector is not None:
        return links_of(select(document.root, selector), document)
    return article_links(page_links(document), document.url)


def _refuse_notice(document: Document, title: str, found: Sequence[ListLink], selector: str | None) -> None:
    """Raise PermanentError for a page without links to articles, and for a notice that some articles stand below."""
    shown = clean_line(title)[:_SHOWN_TITLE_CHARS]
    named = f" (“{shown}”)" if shown else ""
    body = next(document.root.iter("body"), document.root)
    headings = tuple(text_of(node) for node in document.root.iter("h1"))[:2]
    is_notice = is_error_page((title, *headings), text_of(body)[:20_000], "", "")
    if found and not is_notice:
        return
    if any((node.get("type") or "").lower() == "password" for node in document.root.iter("input")):
        raise _no_list(f"the address now serves a login page{named}")
    if is_notice:
        raise _no_list(f"the address now serves a notice or an error{named}, not a list of articles")
    if selector is not None and not is_valid_selector(selector):
        raise _no_list(f"`links` is no valid CSS: {selector}")
    if selector is not None:
        raise _no_list(f"`links` finds no link on the page{named}: {selector}")
    raise _no_list(
        f"no links to articles were recognised on the page{named}: set `links`, or the address of another list; "
        "pages that are built by scripts have none"
    )


def _no_list(reason: str) -> PermanentError:
    return PermanentError(Outcome.NOT_A_FEED, reason)


def _entry(link: ListLink, dates: _Dates) -> Entry:
    published = _date(link, dates)
    title = clean_line(link.title)
    return Entry(
        title=title,
        link=link.url,
        published=published,
        base_url=link.url,
        digest=_digest(link.url, title, published.raw if published else ""),
    )


def _date(link: ListLink, dates: _Dates) -> Timestamp | None:
    """The date that the link's item states in a form for machines: `<time datetime>`, or digits with the year first."""
    if link.item is None:
        return None
    for place in (link.item, *link.following):
        for node in place.iter("time", "abbr", "span"):
            stated = node.get("datetime") or (node.get("title") if node.tag != "time" else "") or ""
            if stated and _NUMERIC_DATE.match(stated.strip()) and (stamp := dates.parse(stated.strip())):
                return stamp
    text = item_text(link).replace(link.title, " ") if link.title else item_text(link)
    found = {match[1] for match in _NUMERIC_DATE.finditer(text)}
    # Two dates: one may be of another event.
    return dates.parse(found.pop()) if len(found) == 1 else None


def _digest(*values: str) -> str:
    """The digest of what an entry says: an equal one means an unchanged entry."""
    return blake2b(repr(values).encode("utf-8", "replace"), digest_size=16).hexdigest()
