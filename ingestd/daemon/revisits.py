"""Visits to the pages of stored posts: retries of failed ones, and revisits that find unannounced edits and deletions.

DueVisit ─fetch─▶ Page ─extract─▶ Article ─compare─▶ changed, gone, moved, or unchanged
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from ingestd.daemon.page_visit import VisitResult, visit_page
from ingestd.daemon.service import finish, log_store_failure
from ingestd.daemon.visit_results import plan_next, record_result, write_claimed
from ingestd.model.errors import Outcome, StoreError
from ingestd.model.feed import Problem
from ingestd.model.post import Post
from ingestd.model.source import Source
from ingestd.poll.context import PollContext
from ingestd.sources.polled_sources import rows_where
from ingestd.store import revisit_queue
from ingestd.store.revisit_queue import DueVisit, claim_visits, due_visits, has_due_visit
from ingestd.store.saved_source import saved_source

#: Pages that are visited concurrently.
MAX_CONCURRENT_VISITS = 16
#: Seconds for which a visit is held that leaves no result: a share of the time for which its post is stored, between
#: an hour and a week.
MIN_HOLD_S = 3_600.0
MAX_HOLD_S = 604_800.0
HELD_SHARE_OF_AGE = 0.1


class Revisits:
    """The daemon's service: visits due pages, a batch at a time."""

    interval_s = 5.0

    def __init__(self, sources_by_id: Mapping[int, Source], context: PollContext) -> None:
        self._sources = sources_by_id
        self._context = context
        self._batch: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def in_flight(self) -> int:
        """1 while a batch of visits is under way."""
        return int(self._batch is not None)

    async def start(self) -> None:
        """Nothing to begin."""

    async def tick(self) -> None:
        """Start a batch in the background, unless one is under way."""
        if self._batch is None and not self._stopping:
            self._batch = asyncio.create_task(self._visit_due(), name="visits")

    async def stop(self, grace_s: float) -> None:
        """Start no further batch. The visits of a cancelled one stay due."""
        self._stopping = True
        if self._batch is not None:
            await finish([self._batch], grace_s)

    async def _visit_due(self) -> None:
        try:
            # Pages may have been saved for the first time since the start.
            saved = await self._context.database.reading(saved_source)
            due = await claim_due(self._sources, self._context, saved)
            single = {saved.id: saved} if saved else {}
            rows = [item.source_id or 0 for item in due]
            visited = [self._sources.get(row) or single.get(row) for row in rows]
            await asyncio.gather(*(revisit(*pair, self._context) for pair in zip(due, visited, strict=True)))
        except StoreError as error:
            log_store_failure(error)
        except Exception:
            logging.getLogger("ingestd").exception("internal-error")
        finally:
            self._batch = None


async def claim_due(
    sources_by_id: Mapping[int, Source], context: PollContext, saved: Source | None = None
) -> list[DueVisit]:
    """Take the visits that are due now, before any page is asked for. Raises StoreError.

    `saved` is the source of single pages, where there is one. Visits of posts that only other sources list, which are
    disabled or fetch no pages now, stay due until they do.
    """
    now = context.clock()
    if not await context.database.reading(has_due_visit, now):
        return []
    wanted = set(rows_where(sources_by_id, lambda source: source.article != "never"))
    if saved is not None and saved.id not in sources_by_id:
        wanted.add(saved.id)
    if not await context.database.reading(due_visits, now, 1, wanted):
        return []
    return await context.database.writing(
        claim_visits, now, MAX_CONCURRENT_VISITS, wanted, lambda post: now + timedelta(seconds=_hold_s(post, now))
    )


def _hold_s(post: Post, now: datetime) -> float:
    """Seconds until a page is asked again whose visit left no result: the older the post, the more.

    A page whose result can never be written is asked for less and less often, without a count of the attempts.
    """
    age_s = (now - post.fetched_at).total_seconds()
    return min(max(MIN_HOLD_S, HELD_SHARE_OF_AGE * age_s), MAX_HOLD_S)


async def revisit(due: DueVisit, source: Source | None, context: PollContext) -> None:
    """Visit one page, record what was found, and plan the next visit.

    A post without a source (None) is visited no more. Where the result cannot be written, the visit stays held; that of
    a task that is cancelled is due at once.
    """
    try:
        if source is None:
            await write_claimed(due, context, revisit_queue.end_visits, due.post.id)
        else:
            await _visit_and_record(due, source, context)
    except StoreError as error:
        name = source.name if source else None
        log_store_failure(error, source=name, url=due.post.from_url)
    except asyncio.CancelledError:
        with contextlib.suppress(StoreError):
            now = context.clock()
            await write_claimed(due, context, revisit_queue.plan_visit, due.post.id, due.purpose, now, due.attempt)
        raise


async def _visit_and_record(due: DueVisit, source: Source, context: PollContext) -> None:
    try:
        result = await visit_page(due, source, context)
        await record_result(due, result, source, context)
    except StoreError:
        raise
    except Exception as error:
        # A page that cannot be handled counts as a visit: it must not be due again at once.
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": source.name}})
        reason = f"the page could not be compared: {type(error).__name__}: {error}"
        result = VisitResult(problem=Problem(Outcome.INTERNAL_ERROR, reason, due.post.from_url))
    await plan_next(due, result, source, context)
