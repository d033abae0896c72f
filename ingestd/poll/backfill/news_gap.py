"""A gap of a feed that has no further pages: the news sitemap of its site lists what was published of late.

robots.txt ─▶ the news sitemaps that it or its index names, else /news-sitemap.xml ─▶ entries ─▶ the lost ones

A news sitemap is of a whole site, and a feed may be of a section. So it is used only where both list the same articles
for the time that the feed covers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestd.feeds.sitemaps.choice import is_news_file
from ingestd.identity.decisions import Decisions
from ingestd.model.errors import PollError
from ingestd.model.feed import Entry
from ingestd.model.history import GapState
from ingestd.poll.backfill.fetch_page import identify_page
from ingestd.poll.backfill.gap_search import GapSearch
from ingestd.poll.backfill.means import FeedClues
from ingestd.poll.backfill.read_page import entry_date
from ingestd.poll.backfill.sitemap_tree import ROBOTS_SITEMAPS, USUAL_SITEMAP, file_address, site_origin
from ingestd.poll.identify import FeedResult

#: News sitemaps that are read for one gap: beside them robots.txt, and one index.
MAX_NEWS_FILES = 2
#: After this time one is looked for again where none was found.
SEARCH_INTERVAL = timedelta(days=1)
#: Where the most used plugin of WordPress has it.
_USUAL_PATH = "/news-sitemap.xml"
#: For so many articles of the feed a news sitemap may have one of the same time that the feed has not.
_SHARED_PER_OTHER = 4
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Window:
    """The time that the entries of a feed cover."""

    begin: datetime
    end: datetime


async def read_news_sitemap(search: GapSearch, clues: FeedClues, feed: FeedResult) -> GapState | None:
    """Store what the news sitemap of a feed's site has of the gap; None where there is none that is of the feed.

    Raises StoreError.
    """
    window = _window(feed)
    searched = search.context.news_sitemaps_missing
    now = search.context.clock()
    if window is None or now - searched.get(search.source.id, now - SEARCH_INTERVAL) < SEARCH_INTERVAL:
        return None
    state: GapState | None = None
    for url in await _news_files(search, clues):
        try:
            state = await _read_file(search, url, window) or state
        except PollError:
            continue
        if state is GapState.CLOSED:
            break
    if state is None:
        searched[search.source.id] = now
    else:
        searched.pop(search.source.id, None)
    return state


async def _news_files(search: GapSearch, clues: FeedClues) -> list[str]:
    """The addresses of news sitemaps, the newest first."""
    site = site_origin(clues)
    named = await _named_files(search, f"{site}/robots.txt")
    news = list(filter(is_news_file, named))
    if not news and named:
        news = list(filter(is_news_file, await _named_files(search, named[0])))
    return [file_address(url) for url in news[:MAX_NEWS_FILES]] or [f"{site}{_USUAL_PATH}"]


async def _named_files(search: GapSearch, url: str) -> tuple[str, ...]:
    """The files that a robots.txt or an index names; none where it cannot be read."""
    try:
        page, _ = await search.fetch(ROBOTS_SITEMAPS, url)
    except PollError:
        return ()
    return tuple(map(file_address, page.next_urls))


async def _read_file(search: GapSearch, url: str, window: _Window) -> GapState | None:
    """Store what a news sitemap has of the gap; None where it is not of the feed's articles. Raises PollError."""
    page, response = await search.fetch(USUAL_SITEMAP, url)
    if page.parsed.feed.format != "news-sitemap":
        return None
    decisions, known = await identify_page(page, search.source, search.context)
    if not await _is_of_feed(search, decisions, window):
        return None

    def is_lost(entry: Entry) -> bool:
        span = _span(entry)
        return span is not None and span[1] > search.latest and span[0] < window.begin

    await search.store(page, response, decisions, known, is_lost)
    spans = map(_span, _entries(decisions))
    reaches_back = any(span is not None and span[1] <= search.latest for span in spans)
    return GapState.CLOSED if reaches_back and page.is_whole else GapState.OPEN


async def _is_of_feed(search: GapSearch, decisions: Decisions, window: _Window) -> bool:
    """Whether a sitemap lists articles of the feed, and hardly any other of the same time."""
    listed = await search.listed()
    shared = sum(search.is_in_feed(item) for item in decisions.fresh)
    shared += sum(item.post_id in listed for item in decisions.seen)
    others = [item.entry for item in decisions.fresh if not search.is_in_feed(item)]
    others += [item.entry for item in decisions.seen if item.post_id not in listed]
    spans = [span for entry in others if (span := _span(entry)) is not None]
    among = sum(window.begin <= first and last <= window.end for first, last in spans)
    return shared > 0 and among * _SHARED_PER_OTHER <= shared


def _entries(decisions: Decisions) -> list[Entry]:
    return [*(item.entry for item in decisions.fresh), *(item.entry for item in decisions.seen)]


def _window(feed: FeedResult) -> _Window | None:
    """The time that the new entries of a feed cover; None where fewer than two have a date."""
    dates = [date for item in feed.fresh if (date := entry_date(item.entry)) is not None]
    dates += [new.post.date for new in feed.posts if new.post.date_origin == "feed"]
    return _Window(min(dates), max(dates)) if len(dates) > 1 else None


def _span(entry: Entry) -> tuple[datetime, datetime] | None:
    """When an entry was published at the earliest and the latest: a date without a time is any of its day."""
    date = entry_date(entry)
    if date is None or entry.published is None:
        return None
    return date, date + _DAY if len(entry.published.raw.strip()) <= len("2026-11-28") else date
