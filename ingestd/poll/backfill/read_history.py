"""Reads the pages of a history one after the other, and stores the articles that each lists before the next is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from ingestd.identity.decisions import FreshEntry
from ingestd.identity.urls import host_key, redact
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError
from ingestd.model.feed import Problem
from ingestd.model.history import Backfill, BackfillState
from ingestd.model.http import Response
from ingestd.model.poll import InboxEntry, WriteBatch
from ingestd.model.source import Source
from ingestd.poll.article_step import batches_by_text, build_posts_of_feed, fetch_new_posts
from ingestd.poll.backfill.all_means import means_named
from ingestd.poll.backfill.cursor import behind, history_batch, next_url, with_next_file
from ingestd.poll.backfill.fetch_page import identify_page, page_request, parse_page
from ingestd.poll.backfill.jobs import ParsedPage
from ingestd.poll.backfill.means import HistoryMeans
from ingestd.poll.backfill.page_checks import (
    NOTHING_REACHABLE,
    PageChecks,
    is_older_than,
    missing_reason,
    own_urls,
    repeats,
    unreachable,
)
from ingestd.poll.backfill.source_lease import SourceLease
from ingestd.poll.context import MAX_CONCURRENT_PAGES, PollContext
from ingestd.poll.identify import feed_result, feed_writes
from ingestd.store import backfills
from ingestd.store.inbox import read_inbox

#: Delays in seconds before a page of the history, or the articles of a site that does not answer, are asked for again.
RETRY_DELAYS_S = (5.0, 60.0, 300.0)
#: The longest wait that a site may ask for, in seconds, before the backfill stops instead.
MAX_WAIT_S = 3600.0
#: Seconds for which the starts of article pages are claimed ahead: a poll of the same host waits no longer.
CLAIM_AHEAD_S = 10.0
#: Statuses and outcomes that say that an address has no page, where addresses are counted up.
_NO_PAGE = frozenset({Outcome.NOT_FOUND, Outcome.GONE})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of a history: entries from `since` on, and at most so many new articles."""

    since: datetime | None = None
    most: int | None = None


class _EndOfListError(Exception):
    """No further page is read; the text says why, "" for the end of the history."""


class HistoryReader:
    """Reads the history of one source whose lease this process holds.

    `progress` is told of the backfill and how many articles wait for their page, `remark` of what makes it wait. `new`
    counts the posts that were stored; `error` is what stopped it last, None where nothing failed.
    """

    def __init__(
        self,
        source: Source,
        wanted: Wanted,
        context: PollContext,
        lease: SourceLease,
        progress: Callable[[Source, Backfill, int], None],
        remark: Callable[[Source, str], None],
    ) -> None:
        # Old articles are hardly edited any more: their pages are visited again only where they failed.
        self._source = replace(source, revisit=False)
        self._wanted = wanted
        self._context = context
        self._lease = lease
        self._progress = progress
        self._remark = remark
        self._checks = PageChecks()
        self._is_tree = False
        self._read_again: set[str] = set()
        self._left_out_files = 0
        self.new = 0
        self.error: PollError | None = None

    async def read(self, backfill: Backfill) -> Backfill:
        """Go on with a backfill to its end, or as far as is wanted; gives it as it is then. Raises StoreError."""
        means = means_named(backfill.means)
        assert means is not None
        self.error = None
        self._checks = PageChecks()
        self._is_tree = means.is_tree
        archive = self._context.web_archive if means.kind == "wayback" else ""
        self._source = replace(self._source, page_archive=archive)
        try:
            while True:
                backfill = await self._store_articles(backfill)
                if self._left() == 0:
                    enough = f"{self._wanted.most:,} articles, as asked for"
                    return await self._stop(backfill, BackfillState.OPEN, enough)
                if not backfill.next_urls and not backfill.partial_urls:
                    return await self._end(backfill, "")
                backfill, reason = await self._read_page(means, backfill)
                if reason is not None:
                    return await self._stop(backfill, BackfillState.OPEN, reason)
        except _EndOfListError as end:
            return await self._end(await self._reload(backfill), str(end))
        except PollError as error:
            return await self._failed(means, await self._reload(backfill), error)

    def _left(self) -> int | None:
        """How many articles are still wanted; None for all."""
        return None if self._wanted.most is None else max(0, self._wanted.most - self.new)

    async def _reload(self, backfill: Backfill) -> Backfill:
        return (
            await self._context.database.reading(backfills.read_backfill, backfill.source_id, backfill.means)
            or backfill
        )

    async def _stop(self, backfill: Backfill, state: BackfillState, reason: str | None) -> Backfill:
        now = self._context.clock()
        return await self._write(backfills.stop_backfill, backfill, state, reason, now)

    async def _write(self, function: Callable[..., T], *args: object) -> T:
        return await self._context.writing_under_lease(self._source.id, function, *args)

    async def _end(self, backfill: Backfill, reason: str) -> Backfill:
        """The end of the list: complete, unless it ends for a reason, or the site states more articles."""
        unread = f"{self._left_out_files:,} of its files could not be read whole" if self._left_out_files else None
        why = reason or unread or missing_reason(backfill)
        return await self._stop(backfill, BackfillState.ENDED if why else BackfillState.COMPLETE, why)

    async def _failed(self, means: HistoryMeans, backfill: Backfill, error: PollError) -> Backfill:
        if means.counted and error.outcome in _NO_PAGE and backfill.pages:
            return await self._end(backfill, "")
        self.error = error
        reason = f"{redact(error.url or next_url(backfill))}: {error.reason}"
        state = BackfillState.ENDED if isinstance(error, PermanentError) else BackfillState.OPEN
        return await self._stop(backfill, state, reason)

    # Pages of the history.

    async def _read_page(self, means: HistoryMeans, backfill: Backfill) -> tuple[Backfill, str | None]:
        """Read the next page; gives the backfill behind it, and why it stops there (None where it goes on)."""
        url, since = next_url(backfill), self._wanted.since
        too_old = f"everything from {since:%Y-%m-%d} on, as asked for" if since else None
        if means.is_tree:
            begin = with_next_file(backfill, since, self._read_again)
            return (backfill, too_old) if begin is None else (await self._read_file(means, begin), None)
        if backfill.next_urls:
            await self._refuse_repetition(backfill, url)
        await self._lease.let_polls_go_first()
        response = await self._fetch(url)
        if means.counted and response.redirects and await self._was_read(backfill, response.final_url):
            raise _EndOfListError("")
        page = await parse_page(response, means.name, self._source, self._context, since)
        is_over = is_older_than(page, since) if backfill.next_urls else page.left_out > 0
        if means.newest_first and is_over:
            return backfill, too_old
        await self._refuse_repetition(backfill, url, page.digest)
        return await self._store_page(backfill, page, response), None

    async def _read_file(self, means: HistoryMeans, backfill: Backfill) -> Backfill:
        """Read the next file of a tree; one that fails or repeats another is left out, which the former is told of."""
        url = backfill.next_urls[0]
        without = replace(backfill, next_urls=backfill.next_urls[1:])
        if await self._was_read(backfill, url) is not None:
            return without
        await self._lease.let_polls_go_first()
        try:
            response = await self._fetch(url)
            page = await parse_page(response, means.name, self._source, self._context, self._wanted.since)
        except PermanentError as error:
            if not backfill.pages:
                raise
            return await self._leave_out(without, url, error)
        if page.digest and await self._was_read(backfill, url, page.digest) is not None:
            return without
        if page.left_out:
            self._read_again.add(url)
        self._left_out_files += not page.is_whole
        return await self._store_page(backfill, page, response)

    async def _leave_out(self, without: Backfill, url: str, error: PermanentError) -> Backfill:
        """Go on behind a file that cannot be read, with a line in `problems`."""
        self._left_out_files += 1
        problem = Problem(error.outcome, f"a file of the history cannot be read: {error.reason}", redact(url))
        batch = WriteBatch(self._source.id, self._context.clock(), problems=(problem,), of_history=True)
        read = backfills.ReadPage(url, "", 0, whole=False)
        after, _ = await self._write(backfills.write_page, batch, without, read)
        self._remark(self._source, f"{redact(url)}: {error.reason}")
        return after

    async def _was_read(self, backfill: Backfill, url: str, digest: str | None = None) -> str | None:
        if backfill.next_urls and url in backfill.partial_urls:
            return url
        return await self._context.database.reading(backfills.earlier_page, backfill, url, digest)

    async def _refuse_repetition(self, backfill: Backfill, url: str, digest: str | None = None) -> None:
        earlier = await self._was_read(backfill, url, digest)
        if earlier is not None:
            raise _EndOfListError(repeats(url, earlier))

    async def _store_page(self, backfill: Backfill, page: ParsedPage, response: Response) -> Backfill:
        """Put the new entries of a page into the inbox, and move the cursor behind it where all of it was taken."""
        url = next_url(backfill)
        decisions, known = await identify_page(page, self._source, self._context)
        fresh = decisions.fresh[: self._left()]
        cut = len(fresh) < len(decisions.fresh)
        result = feed_result(replace(decisions, fresh=fresh), page.parsed.feed, response, known, self._source)
        batch = history_batch(feed_writes(result, self._source), backfill)
        if self._source.article == "never":
            backfill, batch = await self._build_posts(backfill, batch, fresh)
        following, other = page.next_urls, None
        if not self._is_tree:
            following, other = own_urls(page.next_urls, response.final_url, self._source.url)
        after = backfill if cut else behind(backfill, page, following)
        whole = not cut and not page.left_out
        oldest = None if cut else page.oldest
        read = backfills.ReadPage(url, page.digest, page.entries, oldest, whole=whole)
        reason = None if self._is_tree else self._checks.reason_to_end(page, backfill, len(decisions.fresh)) or other
        after, written = await self._write(backfills.write_page, batch, after, read)
        self.new += len(written.stored)
        self._progress(self._source, after, len(batch.waiting))
        if reason is not None:
            await self._store_articles(after)
            raise _EndOfListError(reason)
        return after

    async def _build_posts(
        self, backfill: Backfill, batch: WriteBatch, fresh: Sequence[FreshEntry]
    ) -> tuple[Backfill, WriteBatch]:
        """Without pages: the posts of what the history says, of which few are held at a time."""
        batch = replace(batch, waiting=())
        for entries in batches_by_text(fresh):
            if batch.posts:
                early = WriteBatch(batch.source_id, batch.at, posts=batch.posts, of_history=True)
                backfill = await self._write_articles(backfill, early)
            batch = replace(batch, posts=await build_posts_of_feed(entries, self._source, self._context))
        return backfill, batch

    async def _fetch(self, url: str) -> Response:
        """A page of the history. Raises PollError where it fails several times."""
        for delay_s in (*RETRY_DELAYS_S, None):
            try:
                return await self._context.client.get(page_request(url, self._source))
            except TemporaryError as error:
                await self._wait(error, delay_s)
        raise AssertionError("the last attempt raises")

    async def _wait(self, error: TemporaryError, delay_s: float | None) -> None:
        """Wait before the next attempt, without the lease. Raises `error` where there is none, or it is too late."""
        wait_s = max(delay_s or 0.0, error.retry_after_s or 0.0)
        if delay_s is None or wait_s > MAX_WAIT_S:
            raise error
        self._remark(self._source, f"{error.reason}: tried again in {wait_s:.0f} s")
        await self._lease.sleep(wait_s)

    # Articles of the pages.

    async def _store_articles(self, backfill: Backfill) -> Backfill:
        """Fetch the pages of the entries that wait, a few at a time, and store their posts."""
        attempts = iter((*RETRY_DELAYS_S, None))
        while batch := await self._next_entries():
            await self._lease.let_polls_go_first()
            fetched = await fetch_new_posts(batch, self._source, self._context)
            error = unreachable(fetched)
            if error is not None and (delay_s := next(attempts, None)) is not None:
                await self._wait(error, delay_s)
                continue
            if error is not None and error.outcome in NOTHING_REACHABLE:
                raise error
            attempts = iter((*RETRY_DELAYS_S, None))
            posts = tuple(post for item in fetched for post in item.posts)
            problems = tuple(problem for item in fetched for problem in item.problems)
            written = WriteBatch(
                self._source.id, self._context.clock(), posts=posts, problems=problems, of_history=True
            )
            backfill = await self._write_articles(backfill, written)
        return backfill

    async def _next_entries(self) -> list[InboxEntry]:
        spacing_s = self._context.client.hosts.min_spacing_s(host_key(self._source.url))
        size = max(1, min(MAX_CONCURRENT_PAGES, int(CLAIM_AHEAD_S / spacing_s))) if spacing_s else MAX_CONCURRENT_PAGES
        left = self._left()
        if left is not None:
            size = min(size, left)
        return await self._context.database.reading(read_inbox, self._source.id, of_history=True, limit=size)

    async def _write_articles(self, backfill: Backfill, batch: WriteBatch) -> Backfill:
        after, written = await self._write(backfills.write_articles, batch, backfill)
        self.new += len(written.stored)
        self._progress(self._source, after, -len(batch.posts))
        return after
