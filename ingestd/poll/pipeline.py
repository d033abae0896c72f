"""The straight line, from a source to its posts.

    Source ─fetch─▶ Response ─parse─▶ Feed ─identify─▶ fresh Entry ──▶ inbox
                                                                         │
      file ◀─publish─ row ◀─store─ Post ◀─build─ Article ◀─extract─ Page ◀─fetch

`poll` is the whole line for one source: the feed step, the article step, and the record of how it ended. Fresh entries
are stored in the inbox until their pages are fetched, so that a stop or a crash between the two steps loses none.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from typing import Any, TypeVar

from ingestd.config.logs import log_event
from ingestd.identity.urls import shown_url
from ingestd.model.errors import LeaseLostError, Outcome, PollError, StoreError, TemporaryError
from ingestd.model.http import Response
from ingestd.model.poll import Poll, WriteBatch
from ingestd.model.source import Source, SourceState
from ingestd.poll.article_step import batches_by_text, build_posts_of_feed, fetch_new_posts
from ingestd.poll.context import MAX_CONCURRENT_PAGES, PollContext
from ingestd.poll.feed_step import accept_push, fetch_feed
from ingestd.poll.held_leases import LEASE_LOST
from ingestd.poll.identify import FeedResult, feed_writes, with_site
from ingestd.poll.last_resort import record_fault
from ingestd.poll.outcome import record_outcome, record_with_batch
from ingestd.poll.progress import LastBatch, PollProgress, suspects_loss
from ingestd.poll.source_columns import forget_last_body
from ingestd.store import sources, writes
from ingestd.store.inbox import read_inbox

T = TypeVar("T")


async def poll(source: Source, context: PollContext, *, force: bool = False, pushed: Response | None = None) -> Poll:
    """Poll one source whose lease this process holds: store what is new, and record exactly one outcome.

    `pushed` is the body that a hub pushed: it is read in place of the source's own response. `force` polls as if for
    the first time. Raises StoreError where not even the outcome of `last_resort` can be written, LeaseLostError where
    the lease ended before the poll, of which nothing is written any more, CancelledError when it is cancelled.
    """
    context.leases.renew(source.id)
    try:
        ended = await _poll(source, context, force=force, pushed=pushed)
        context.poll_ended(ended)
        return ended
    except LeaseLostError as lost:
        reason = f"{lost}; what this poll has not stored is dropped"
        log_event(LEASE_LOST, level=logging.WARNING, source=source.name, url=shown_url(source.url), error=reason)
        raise
    finally:
        context.leases.forget(source.id)


async def _poll(source: Source, context: PollContext, *, force: bool, pushed: Response | None) -> Poll:
    started, progress = None, PollProgress(pushed=pushed is not None)
    async with AsyncExitStack() as slot:
        try:
            started = context.clock()
            state = await context.database.reading(sources.state, source)
            try:
                async with context.leases.ends_with(source.id):
                    async for latest in _steps(state, progress, context, slot, force=force, pushed=pushed):
                        progress = latest
            except asyncio.CancelledError:
                stopped = TemporaryError(Outcome.INTERRUPTED, "stopped while it was being polled; nothing is lost")
                await record_outcome(state, started, replace(progress, error=stopped), context)
                raise
        except LeaseLostError:
            raise
        except Exception as error:  # noqa: BLE001 - logged with its traceback; a poll has one outcome, whatever fails
            return await record_fault(source, started, progress, error, context)
        return await _uninterrupted(_end(state, started, progress, context))


async def _end(state: SourceState, started: datetime, progress: PollProgress, context: PollContext) -> Poll:
    """Record how a poll ended, together with what it has not written yet."""
    try:
        if progress.unwritten is not None:
            progress, ended = await _write_and_end(progress.unwritten, state, started, progress, context)
            if ended is not None:
                return ended
        return await record_outcome(state, started, progress, context)
    except LeaseLostError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        return await record_fault(state.source, started, progress, error, context)


async def _write_and_end(
    last: LastBatch, state: SourceState, started: datetime, progress: PollProgress, context: PollContext
) -> tuple[PollProgress, Poll | None]:
    """Write the last batch and the end of a poll: the progress, and the poll; None where its end is to be recorded."""
    try:
        return await record_with_batch(last.batch, state, started, progress, context)
    except LeaseLostError:
        raise
    except Exception as error:  # noqa: BLE001 - logged with its traceback; the poll ends with it
        return replace(last.if_lost, error=_failure(error, state.source)), None


async def _uninterrupted(recording: Coroutine[Any, Any, T]) -> T:
    """The result of `recording`, which ends before this task is cancelled."""
    task = asyncio.ensure_future(recording)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _steps(
    state: SourceState,
    progress: PollProgress,
    context: PollContext,
    slot: AsyncExitStack,
    *,
    force: bool,
    pushed: Response | None,
) -> AsyncIterator[PollProgress]:
    """The feed step and the article step; the last progress has the error that ended them, if any.

    `slot` holds one of the slots for polls until the feed is stored.
    """
    try:
        progress = await _feed_step(state, progress, context, slot, force=force, pushed=pushed)
        if progress.unwritten is not None:
            yield progress
            return
        await slot.aclose()
        progress = await _gap_step(state, progress, context)
        yield progress
        async for latest in _article_step(state, progress, context):
            progress = latest
            yield progress
    except LeaseLostError:
        raise
    except Exception as error:  # noqa: BLE001 - logged with its traceback; the poll ends with it
        yield replace(progress, error=_failure(error, state.source))


def _failure(error: Exception, source: Source) -> PollError:
    """How a poll ends that an error has ended; one that no code expects is logged."""
    if isinstance(error, PollError):
        return error
    if isinstance(error, StoreError):
        return TemporaryError(Outcome.STORE_FAILED, str(error))
    logging.getLogger("ingestd").error("internal-error", exc_info=error, extra={"fields": {"source": source.name}})
    return TemporaryError(Outcome.INTERNAL_ERROR, f"{type(error).__name__}: {error}")


async def _feed_step(
    state: SourceState,
    progress: PollProgress,
    context: PollContext,
    slot: AsyncExitStack,
    *,
    force: bool,
    pushed: Response | None,
) -> PollProgress:
    """Fetch the feed and store what it says. A failure here does not keep the article step from the inbox."""
    try:
        await slot.enter_async_context(context.poll_slots)
        fetched = await (accept_push(pushed, state, context) if pushed else fetch_feed(state, context, force=force))
        result, batch = await _store_feed(fetched, state.source, context)
        if batch is not None and not _is_last(fetched, state, pushed=progress.pushed):
            result, batch = await _write(result, batch, context), None
        last = LastBatch(batch, if_lost=progress) if batch is not None else None
        return replace(progress, feed_result=result, unwritten=last, problems=fetched.mirror_problems)
    except PollError as error:
        return replace(progress, error=error)
    finally:
        context.client.hosts.bodies.release(state.source.id)


def _is_last(result: FeedResult, state: SourceState, *, pushed: bool) -> bool:
    """Whether a poll writes nothing after its feed but its end: no page is to be fetched, and no gap to be closed."""
    if state.waiting or result.edited or (result.fresh and state.source.article != "never"):
        return False
    return pushed or not suspects_loss(state, result)


async def _gap_step(state: SourceState, progress: PollProgress, context: PollContext) -> PollProgress:
    """Where articles may have been lost between two polls, look for them behind the feed."""
    result = progress.feed_result
    if progress.pushed or result is None or not suspects_loss(state, result):
        return progress
    # The article step may take long: the body, up to megabytes, is not held until then.
    progress = replace(progress, feed_result=replace(result, body=b""))
    # Few polls come here, and what reads the history of a source takes time to import.
    close_gap = import_module("ingestd.poll.backfill.gap").close_gap
    try:
        async with context.poll_slots:
            gap = await close_gap(state, result, context)
    except StoreError:
        raise
    except Exception:
        # The poll itself goes on: what it found is stored.
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": state.source.name}})
        return progress
    return replace(progress, gap=gap, new=progress.new + gap.stored)


async def _store_feed(result: FeedResult, source: Source, context: PollContext) -> tuple[FeedResult, WriteBatch | None]:
    """Sightings, keys and fresh entries; with `article = "never"` posts too, built from the feed alone.

    The last batch comes back and is not written yet; of a large feed others are.
    """
    if result.feed is None:
        return result, None
    source = with_site(source, result.feed)
    batch = feed_writes(result, source)
    if result.edited:
        batch = replace(batch, source=forget_last_body(source.id))
    if source.article == "never":
        batch = replace(batch, waiting=())
        for entries in batches_by_text(result.fresh):
            # Bounds memory: of a large feed few posts are held at a time. The last ones share the feed's transaction.
            if batch.posts:
                early = replace(batch, keys=(), items=(), items_replace=False, unread=(), problems=(), filtered=())
                result = await _write(result, early, context)
            batch = replace(batch, posts=await build_posts_of_feed(entries, source, context))
    return result, batch


async def _write(result: FeedResult, batch: WriteBatch, context: PollContext) -> FeedResult:
    written = await context.writing_under_lease(batch.source_id, writes.write, batch)
    return result.after(written)


async def _article_step(
    state: SourceState, progress: PollProgress, context: PollContext
) -> AsyncIterator[PollProgress]:
    """Fetch the page behind each entry in the inbox and store its post; then fetch the pages of edited entries.

    Where none has been edited, the last posts are left to be written with the end of the poll.
    """
    source, result = state.source, progress.feed_result
    edits = result.edited if result is not None else ()
    if result is not None and result.feed is not None:
        source = with_site(source, result.feed)
    waiting = []
    is_listed = result is not None and bool(result.fresh or progress.gap.found)
    if state.waiting or (is_listed and source.article != "never"):
        waiting = await context.database.reading(read_inbox, source.id)
        context.progress(len(waiting), 0)
    for start in range(0, len(waiting), MAX_CONCURRENT_PAGES):
        fetched = await fetch_new_posts(waiting[start : start + MAX_CONCURRENT_PAGES], source, context)
        context.progress(0, len(fetched))
        posts = tuple(post for item in fetched for post in item.posts)
        batch = WriteBatch(source.id, context.clock(), posts=posts, fetches_pages=source.article != "never")
        last = LastBatch(batch, if_lost=progress)
        progress = progress.plus(problems=tuple(problem for item in fetched for problem in item.problems))
        if start + MAX_CONCURRENT_PAGES >= len(waiting) and not edits:
            yield replace(progress, unwritten=last)
            return
        written = await context.writing_under_lease(source.id, writes.write, batch)
        progress = progress.plus(new=len(written.stored), duplicate=written.already_known)
        yield progress
    for seen in edits:
        # Most feeds have no edited entry, and a command for a few of them starts sooner.
        edited = await import_module("ingestd.poll.edits").fetch_edited_post(seen, source, context)
        # The digest of an entry that became a post of its own is written with that post.
        items = ((seen.entry.digest, seen.post_id),) if edited.is_read and not edited.posts else ()
        keys = seen.keys_of_post if seen.takes_over and edited.updates else ()
        batch = WriteBatch(
            source.id, context.clock(), posts=edited.posts, updates=edited.updates, items=items, keys=keys
        )
        written = await context.writing_under_lease(source.id, writes.write, batch)
        progress = progress.plus(new=len(written.stored), updated=written.revised, problems=edited.problems)
        yield progress
