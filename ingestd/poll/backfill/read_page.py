"""The worker job of one page of a history: read it, leave out what is too old, and identify the rest.

bytes ─HistoryMeans.read─▶ HistoryPage ─key and identify─▶ ParsedPage
"""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingestd.identity.urls import UrlRules
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Entry
from ingestd.model.history import FeedPaging
from ingestd.model.http import Response
from ingestd.model.source import Source
from ingestd.poll.backfill.all_means import means_named
from ingestd.poll.backfill.jobs import ParsedPage
from ingestd.poll.backfill.means import PageContext, read_feed, read_paging
from ingestd.poll.identify import with_site
from ingestd.poll.parse_and_identify import identify_feed
from ingestd.store.backfills import ReadPage

#: The begin of the count of seconds in computers: where an entry has this date, its site does not know it.
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


def read_history_page(
    response: Response,
    *,
    means: str,
    source: Source,
    rules: UrlRules,
    answered_at: datetime,
    since: datetime | None,
) -> ParsedPage:
    """The page in a response; entries from before `since` are left out. Pure. Raises PollError where it is no page."""
    reader = means_named(means)
    if reader is None:
        raise PermanentError(Outcome.INTERNAL_ERROR, f"no history is read by {means!r}")
    page = reader.read(response, PageContext(source, answered_at, since))
    kept = tuple(entry for entry in page.feed.entries if not _is_before(entry, since))
    parsed = identify_feed(replace(page.feed, entries=kept), with_site(source, page.feed), rules)
    return ParsedPage(
        parsed,
        _digest(page.feed.entries),
        page.next_urls,
        page.total,
        page.pages,
        min(_dates(kept), default=None),
        max(_dates(page.feed.entries), default=None),
        len(page.feed.entries) - len(kept) + page.left_out,
    )


def read_clues(response: Response, *, source: Source, answered_at: datetime) -> tuple[FeedPaging, ReadPage]:
    """What a feed says of its other documents, and the feed as a page that was read. Pure. Raises PollError."""
    feed = read_feed(response, PageContext(source, answered_at))
    return read_paging(response), ReadPage(response.final_url, _digest(feed.entries), len(feed.entries))


def entry_date(entry: Entry) -> datetime | None:
    """When an entry was published, else updated; None where its site does not know it."""
    stamp = entry.published or entry.updated
    return None if stamp is None or abs(stamp.utc - _NO_DATE) < timedelta(days=1) else stamp.utc


def _dates(entries: tuple[Entry, ...]) -> list[datetime]:
    return [date for entry in entries if (date := entry_date(entry)) is not None]


def _is_before(entry: Entry, since: datetime | None) -> bool:
    date = entry_date(entry)
    return since is not None and date is not None and date < since


def _digest(entries: tuple[Entry, ...]) -> str:
    """A hash of guid, link and title of each entry, in any order; "" for no entries."""
    if not entries:
        return ""
    lines = sorted("\x1f".join((entry.guid or "", entry.link or "", entry.title)) for entry in entries)
    return hashlib.sha256("\x1e".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:32]
