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
from dataclasses import replace
from importlib import import_module
from typing import Any

from ingestd.config.logs import log_event
from ingestd.identity.urls import shown_url
from ingestd.model.errors import LeaseLostError, Outcome, PollError, StoreError, TemporaryError
from ingestd.model.http import Response
from ingestd.model.poll import Poll, WriteBatch
from ingestd.model.source import Source, SourceState
from ingestd.poll.article_step import batches_by_text, build_posts_of_feed, fetch_new_posts
from ingestd.poll.context import MAX_CONCURRENT_PAGES, PollContext
from ingestd.poll.edits import fetch_edited_post
from ingestd.poll.feed_step import accept_push, fetch_feed
from ingestd.poll.held_leases import LEASE_LOST
from ingestd.poll.identify import FeedResult, feed_writes, with_site
from ingestd.poll.last_resort import record_fault
from ingestd.poll.outcome import record_outcome
from ingestd.poll.progress import PollProgress, suspects_loss
from ingestd.poll.source_columns import forget_last_body
from ingestd.store import sources, writes
from ingestd.store.inbox import read_inbox


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
    try:
        started = context.clock()
        state = await context.database.reading(sources.state, source)
        try:
            async with context.leases.ends_with(source.id):
                async for latest in _steps(state, progress, context, force=force, pushed=pushed):
                    progress = latest
        except asyncio.CancelledError:
            stopped = TemporaryError(Outcome.INTERRUPTED, "stopped while it was being polled; nothing is lost")
            await record_outcome(state, started, replace(progress, error=stopped), context)
            raise
        return await _uninterrupted(record_outcome(state, started, progress, context))
    except LeaseLostError:
        raise
    except Exception as error:  # noqa: BLE001 - logged with its traceback; a poll has one outcome, whatever fails
        return await record_fault(source, started, progress, error, context)


async def _uninterrupted(recording: Coroutine[Any, Any, Poll]) -> Poll:
    """The result of `recording`, which ends before this task is cancelled."""
    task = asyncio.ensure_future(recording)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _steps(
    state: SourceState, progress: PollProgress, context: PollContext, *, force: bool, pushed: Response | None
) -> AsyncIterator[PollProgress]:
    """The feed step and the article step; the last progress has the error that ended them, if any."""
    try:
        progress = await _feed_step(state, progress, context, force=force, pushed=pushed)
        progress = await _gap_step(state, progress, context)
        yield progress
        async for latest in _article_step(state, progress, context):
            progress = latest
            yield progress
    except PollError as error:
        yield replace(progress, error=error)
    except LeaseLostError:
        raise
    except StoreError as error:
        yield replace(progress, error=TemporaryError(Outcome.STORE_FAILED, str(error)))
    except Exception as error:
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": state.source.name}})
        yield replace(progress, error=TemporaryError(Outcome.INTERNAL_ERROR, f"{type(error).__name__}: {error}"))


async def _feed_step(
    state: SourceState, progress: PollProgress, context: PollContext, *, force: bool, pushed: Response | None
) -> PollProgress:
    """Fetch the feed and store what it says. A failure here does not keep the article step from the inbox."""
    try:
        async with context.poll_slots:
            fetched = await (accept_push(pushed, state, context) if pushed else fetch_feed(state, context, force=force))
            stored = await _store_feed(fetched, state.source, context)
            return replace(progress, feed_result=stored, problems=fetched.mirror_problems)
    except PollError as error:
        return replace(progress, error=error)


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


async def _store_feed(result: FeedResult, source: Source, context: PollContext) -> FeedResult:
    """Store sightings, keys and fresh entries; with `article = "never"` posts too, built from the feed alone."""
    if result.feed is None:
        return result
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
    return await _write(result, batch, context)


async def _write(result: FeedResult, batch: WriteBatch, context: PollContext) -> FeedResult:
    written = await context.writing_under_lease(batch.source_id, writes.write, batch)
    return replace(result, new=result.new + len(written.stored), duplicate=result.duplicate + written.already_known)


async def _article_step(
    state: SourceState, progress: PollProgress, context: PollContext
) -> AsyncIterator[PollProgress]:
    """Fetch the page behind each entry in the inbox and store its post; then fetch the pages of edited entries."""
    source, result = state.source, progress.feed_result
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
        written = await context.writing_under_lease(source.id, writes.write, batch)
        problems = tuple(problem for item in fetched for problem in item.problems)
        progress = progress.plus(new=len(written.stored), duplicate=written.already_known, problems=problems)
        yield progress
    for seen in result.edited if result is not None else ():
        edited = await fetch_edited_post(seen, source, context)
        # The digest of an entry that became a post of its own is written with that post.
        items = ((seen.entry.digest, seen.post_id),) if edited.is_read and not edited.posts else ()
        keys = seen.keys_of_post if seen.takes_over and edited.updates else ()
        batch = WriteBatch(
            source.id, context.clock(), posts=edited.posts, updates=edited.updates, items=items, keys=keys
        )
        written = await context.writing_under_lease(source.id, writes.write, batch)
        progress = progress.plus(new=len(written.stored), updated=written.revised, problems=edited.problems)
        yield progress
