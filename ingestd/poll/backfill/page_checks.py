"""Whether a history goes on after a page: loops, repeated pages, calendars without end, totals that are wrong. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingestd.identity.urls import redact, same_site
from ingestd.model.errors import LOCAL_OUTCOMES, Outcome, TemporaryError
from ingestd.model.history import Backfill
from ingestd.poll.article_step import FetchedEntry
from ingestd.poll.backfill.jobs import ParsedPage

#: Pages in a row without any entry, after which a list has no end.
MAX_EMPTY_PAGES = 10
#: Pages in a row that list nothing new and nothing older than the pages before.
MAX_STALE_PAGES = 100
#: Pages of one history: more than any site has.
MAX_PAGES = 200_000
#: A site may state more articles than it lists, such as private ones: this share of them, or so many.
MISSING_SHARE = 0.02
MISSING_ARTICLES = 5
#: Failures after which nothing can be fetched for a while, neither the page at hand nor another one.
NOTHING_REACHABLE = LOCAL_OUTCOMES | {Outcome.RATE_LIMITED}
_SITE_UNREACHABLE = NOTHING_REACHABLE | {Outcome.DNS_FAILED, Outcome.CONNECT_FAILED, Outcome.TIMEOUT}


@dataclass(slots=True)
class PageChecks:
    """What the pages were like that one run read by one means; `oldest` is the date of their oldest entry."""

    empty_pages: int = 0
    stale_pages: int = 0
    oldest: datetime | None = None

    def reason_to_end(self, page: ParsedPage, before: Backfill, fresh: int) -> str | None:
        """Why the pages after this one are not read; None where they are. `fresh` counts the new entries of it."""
        self.empty_pages = 0 if page.entries else self.empty_pages + 1
        is_older = page.oldest is not None and (self.oldest is None or page.oldest < self.oldest)
        self.oldest = page.oldest if is_older else self.oldest
        self.stale_pages = 0 if fresh or is_older else self.stale_pages + 1
        if self.empty_pages >= MAX_EMPTY_PAGES:
            return f"{self.empty_pages} pages in a row have no entry: the list has no end"
        if self.stale_pages >= MAX_STALE_PAGES:
            return f"{self.stale_pages} pages in a row list nothing new and nothing older: the list has no end"
        if before.pages + 1 >= MAX_PAGES:
            return f"more than {MAX_PAGES:,} pages: the list has no end"
        return None


def own_urls(urls: tuple[str, ...], page_url: str, source_url: str) -> tuple[tuple[str, ...], str | None]:
    """The addresses of further pages that are on the site of the source or the page, and a line about the others."""
    own = tuple(url for url in urls if same_site(source_url, url) or same_site(page_url, url))
    other = next((url for url in urls if url not in own), None)
    return own, f"{redact(other)} is on another site, and not read" if other else None


def repeats(url: str, earlier: str) -> str:
    """The reason where a page is one that was read before."""
    if url == earlier:
        return f"{redact(url)} was read before: the pages lead round in a circle"
    return f"{redact(url)} repeats {redact(earlier)}: the list ends there, or goes round in a circle"


def missing_reason(backfill: Backfill) -> str | None:
    """The reason why a history that was read to its end is not complete: the site states many more articles."""
    if backfill.total is None:
        return None
    missing = backfill.total - backfill.found
    if missing <= max(MISSING_ARTICLES, MISSING_SHARE * backfill.total):
        return None
    return f"the site states {backfill.total:,} articles and lists {backfill.found:,}"


def is_older_than(page: ParsedPage, since: datetime | None) -> bool:
    """Whether a page has entries, all of them from before `since`."""
    return since is not None and page.newest is not None and page.newest < since


def unreachable(fetched: Sequence[FetchedEntry]) -> TemporaryError | None:
    """What keeps every page of a batch from being fetched; None where one was, or failed by itself."""
    problems = [next((p for p in item.problems if p.outcome in _SITE_UNREACHABLE), None) for item in fetched]
    first = problems[0] if problems else None
    if first is None or not all(problems):
        return None
    return TemporaryError(first.outcome, first.reason, url=first.url)
