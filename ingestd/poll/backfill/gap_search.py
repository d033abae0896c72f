"""Reads pages for a gap, and stores what they list of it: new articles that came after the latest known one."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from ingestd.identity.decisions import Decisions, FreshEntry
from ingestd.identity.urls import same_site
from ingestd.model.feed import Entry
from ingestd.model.history import GapState
from ingestd.model.http import Response
from ingestd.model.poll import WriteBatch
from ingestd.model.post import KnownPost
from ingestd.model.source import Source
from ingestd.poll.article_step import build_posts_of_feed
from ingestd.poll.backfill.fetch_page import identify_page, page_request, parse_page
from ingestd.poll.backfill.jobs import ParsedPage
from ingestd.poll.backfill.means import HistoryMeans
from ingestd.poll.backfill.read_page import entry_date
from ingestd.poll.context import PollContext
from ingestd.poll.identify import FeedResult, feed_result, feed_writes
from ingestd.store import writes
from ingestd.store.feed_items import item_digests

#: Pages that are read for one gap, beside the feed.
MAX_GAP_PAGES = 3


class GapSearch:
    """Reads pages, a few in all; `latest` is the date of the latest known post, `feed` what the poll found.

    `pages` counts those that were asked for; `found` the lost articles, `stored` those of them that are stored already.
    """

    def __init__(self, source: Source, feed: FeedResult, context: PollContext, *, latest: datetime) -> None:
        self.source = source
        self.context = context
        self.latest = latest
        self._taken = {key.key for fresh in feed.fresh for key in fresh.keys}
        self.pages = 0
        self.found = 0
        self.stored = 0

    async def read_pages(self, means: HistoryMeans, url: str) -> GapState:
        """Read pages until one has an article that was known before the poll. Raises PollError, StoreError."""
        while self.pages < MAX_GAP_PAGES:
            self.pages += 1
            page, response = await self.fetch(means, url)
            decisions, known = await identify_page(page, self.source, self.context)
            await self.store(page, response, decisions, known, self._is_newer)
            if self._reaches_back(page, decisions, await self.listed()):
                return GapState.CLOSED
            if not page.next_urls or not same_site(self.source.url, page.next_urls[0]):
                break
            url = page.next_urls[0]
        return GapState.OPEN

    async def fetch(self, means: HistoryMeans, url: str) -> tuple[ParsedPage, Response]:
        """A page as a means reads it. Raises PollError."""
        response = await self.context.client.get(page_request(url, self.source))
        return await parse_page(response, means.name, self.source, self.context, None), response

    def is_in_feed(self, fresh: FreshEntry) -> bool:
        """Whether a new entry is one of the feed, or was stored as lost already."""
        return any(key.key in self._taken for key in fresh.keys)

    async def listed(self) -> Collection[int | None]:
        """The posts of the present feed: these were stored just now, or will be."""
        return set((await self.context.database.reading(item_digests, self.source.id)).values())

    async def store(
        self,
        page: ParsedPage,
        response: Response,
        decisions: Decisions,
        known: dict[str, KnownPost],
        is_lost: Callable[[Entry], bool],
    ) -> None:
        """Store the new entries of a page that the feed has not and that `is_lost` tells to be of the gap."""
        fresh = tuple(item for item in decisions.fresh if not self.is_in_feed(item) and is_lost(item.entry))
        self._taken |= {key.key for item in fresh for key in item.keys}
        result = feed_result(replace(decisions, fresh=fresh), page.parsed.feed, response, known, self.source)
        batch = feed_writes(result, self.source)
        await self._write(replace(batch, items=(), items_kept=(), items_replace=False, unread=()), fresh)

    async def _write(self, batch: WriteBatch, fresh: tuple[FreshEntry, ...]) -> None:
        if self.source.article == "never":
            posts = await build_posts_of_feed(fresh, self.source, self.context) if fresh else ()
            # They are not in the present feed.
            batch = replace(batch, waiting=(), posts=tuple(replace(new, item_digest=None) for new in posts))
        written = await self.context.writing_under_lease(batch.source_id, writes.write, batch)
        self.stored += len(written.stored)
        self.found += len(fresh)

    def _is_newer(self, entry: Entry) -> bool:
        date = entry_date(entry)
        return date is None or date > self.latest

    def _reaches_back(self, page: ParsedPage, decisions: Decisions, listed: Collection[int | None]) -> bool:
        is_older = page.oldest is not None and page.oldest <= self.latest
        return is_older or any(seen.post_id not in listed for seen in decisions.seen)
