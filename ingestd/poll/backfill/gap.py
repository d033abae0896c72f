"""A suspected loss: the pages behind the feed are read back to the articles that were known before, a few at most.

Where no entry of a feed is known, or it breaks off, some may have come and gone between two polls. They stand on the
next page of the feed, where the site has one; only what is newer than the latest known article is taken.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from ingestd.identity.decisions import Decisions, FreshEntry
from ingestd.identity.urls import same_site
from ingestd.model.errors import PollError
from ingestd.model.history import Gap, GapState
from ingestd.model.poll import WriteBatch
from ingestd.model.source import Source, SourceState
from ingestd.poll.article_step import build_posts_of_feed
from ingestd.poll.backfill.all_means import ALL_MEANS
from ingestd.poll.backfill.fetch_page import identify_page, page_request, parse_page
from ingestd.poll.backfill.jobs import ParsedPage
from ingestd.poll.backfill.means import HistoryMeans
from ingestd.poll.backfill.probe import clues_of_feed
from ingestd.poll.backfill.read_page import entry_date
from ingestd.poll.context import PollContext
from ingestd.poll.identify import FeedResult, feed_result, feed_writes, with_site
from ingestd.store import writes
from ingestd.store.feed_items import item_digests

#: Pages that are read for one gap, beside the feed.
MAX_GAP_PAGES = 3
#: The kinds of means whose first pages list the newest articles.
GAP_KINDS = ("archive", "paged")


async def close_gap(state: SourceState, result: FeedResult, context: PollContext) -> Gap:
    """Put the articles that the feed may have lost into the inbox, or with `article = "never"` store their posts.

    Raises StoreError. A site that fails leaves the gap open.
    """
    if state.source.kind != "feed" or result.feed is None or result.response is None or not state.recent:
        return Gap()
    source = with_site(state.source, result.feed)
    search = _GapSearch(source, result, context, latest=max(state.recent))
    try:
        clues, _ = await clues_of_feed(replace(result.response, body=result.body), source, context)
    except PollError:
        return Gap()
    for means in ALL_MEANS:
        url = means.first_url(clues)
        if url is None or means.kind not in GAP_KINDS:
            continue
        try:
            return Gap(await search.read(means, url), search.found, search.stored)
        except PollError:
            continue
    return Gap(GapState.OPEN if search.pages else None, search.found, search.stored)


class _GapSearch:
    """Reads pages by one means after the other, a few in all. `latest` is the date of the latest known post."""

    def __init__(self, source: Source, result: FeedResult, context: PollContext, *, latest: datetime) -> None:
        self._source = source
        self._context = context
        self._latest = latest
        self._taken = {key.key for fresh in result.fresh for key in fresh.keys}
        self.pages = 0
        self.found = 0
        self.stored = 0

    async def read(self, means: HistoryMeans, url: str) -> GapState:
        """Read pages until one has an article that was known before the poll. Raises PollError, StoreError."""
        while self.pages < MAX_GAP_PAGES:
            self.pages += 1
            response = await self._context.client.get(page_request(url, self._source))
            page = await parse_page(response, means.name, self._source, self._context, None)
            decisions, known = await identify_page(page, self._source, self._context)
            fresh = self._lost(decisions)
            result = feed_result(replace(decisions, fresh=fresh), page.parsed.feed, response, known, self._source)
            batch = feed_writes(result, self._source)
            await self._write(replace(batch, items=(), items_kept=(), items_replace=False, unread=()), fresh)
            if self._reaches_back(page, decisions, await self._listed()):
                return GapState.CLOSED
            if not page.next_urls or not same_site(self._source.url, page.next_urls[0]):
                break
            url = page.next_urls[0]
        return GapState.OPEN

    def _lost(self, decisions: Decisions) -> tuple[FreshEntry, ...]:
        """The new entries of a page that the feed has not, and that are newer than what was known."""
        lost = []
        for fresh in decisions.fresh:
            keys = {key.key for key in fresh.keys}
            date = entry_date(fresh.entry)
            if not keys & self._taken and (date is None or date > self._latest):
                lost.append(fresh)
            self._taken |= keys
        return tuple(lost)

    async def _write(self, batch: WriteBatch, fresh: tuple[FreshEntry, ...]) -> None:
        if self._source.article == "never":
            posts = await build_posts_of_feed(fresh, self._source, self._context) if fresh else ()
            # They are not in the present feed.
            batch = replace(batch, waiting=(), posts=tuple(replace(new, item_digest=None) for new in posts))
        written = await self._context.database.writing(writes.write, batch)
        self.stored += len(written.stored)
        self.found += len(fresh)

    async def _listed(self) -> Collection[int | None]:
        """The posts of the present feed: these were stored just now, or will be."""
        return set((await self._context.database.reading(item_digests, self._source.id)).values())

    def _reaches_back(self, page: ParsedPage, decisions: Decisions, listed: Collection[int | None]) -> bool:
        is_older = page.oldest is not None and page.oldest <= self._latest
        return is_older or any(seen.post_id not in listed for seen in decisions.seen)
