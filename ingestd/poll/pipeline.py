"""The straight line, from a source to its posts.

    Source ─fetch─▶ Response ─parse─▶ Feed ─dedupe─▶ fresh Entry ─▶ inbox
                                                                      │
    file ◀─publish─ row ◀─store─ Post ◀─normalise─ Article ◀─extract─ Page

`poll` is the whole line for one source: `intake` is its first half, `reading` its second, and whatever happens it ends
in `accounts.conclude`. Fresh entries rest in the inbox until their pages are read, so that a stop or a crash between
the halves loses none of them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

from ingestd.model.errors import Outcome, PollError, StoreError, TemporaryError
from ingestd.model.http import Response
from ingestd.model.poll import Poll, WriteBatch
from ingestd.model.source import Source, SourceState
from ingestd.poll.article_step import batches_by_text, build_posts_of_feed, fetch_edited_post, fetch_new_posts, same
from ingestd.poll.context import MAX_CONCURRENT_PAGES, PollContext
from ingestd.poll.feed_step import FeedResult, accept_push, feed_writes, fetch_feed
from ingestd.poll.outcome import PollProgress, record_outcome
from ingestd.store import sources, writes
from ingestd.store.inbox import read_inbox


async def poll(source: Source, context: PollContext, *, force: bool = False, pushed: Response | None = None) -> Poll:
    """Poll one source whose lease this process holds: everything new is stored, and how it went is written down.

    `pushed` is what a hub sent: it is read instead of what the source would answer.
    Raises StoreError only where the database cannot even take the outcome, and CancelledError when it is stopped.
    """
    context.polled.add(source.id)
    try:
        return await _poll(source, context, force=force, pushed=pushed)
    finally:
        context.polled.discard(source.id)


async def _poll(source: Source, context: PollContext, *, force: bool, pushed: Response | None) -> Poll:
    started = context.clock()
    state = await context.database.reading(sources.state, source)
    progress = PollProgress(pushed=pushed is not None)
    try:
        progress = await _hear(state, progress, context, force=force, pushed=pushed)
        async for latest in _read_articles(state, progress, context):
            progress = latest
    except PollError as error:
        progress = replace(progress, error=error)
    except StoreError as error:
        progress = replace(progress, error=TemporaryError(Outcome.STORE_FAILED, str(error)))
    except asyncio.CancelledError:
        stopped = TemporaryError(Outcome.INTERRUPTED, "stopped while it was being polled; nothing is lost")
        await record_outcome(state, started, replace(progress, error=stopped), context)
        raise
    except Exception as error:
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": source.name}})
        progress = replace(progress, error=TemporaryError(Outcome.INTERNAL_ERROR, f"{type(error).__name__}: {error}"))
    return await record_outcome(state, started, progress, context)


async def _hear(
    state: SourceState, progress: PollProgress, context: PollContext, *, force: bool, pushed: Response | None
) -> PollProgress:
    """The first half, whose failure does not keep the second from reading what waits in the inbox."""
    try:
        async with context.busy:
            return replace(progress, intake=await _take_in(state, context, force=force, pushed=pushed))
    except PollError as error:
        return replace(progress, error=error)


async def _take_in(
    state: SourceState, context: PollContext, *, force: bool, pushed: Response | None = None
) -> FeedResult:
    """The first half: hear the feed, and write down what it said. Without article pages the posts are complete here."""
    heard = await (accept_push(pushed, state, context) if pushed else fetch_feed(state, context, force=force))
    if heard.feed is None:
        return heard
    changes = feed_writes(heard, state.source.id)
    if state.source.article == "never":
        changes = replace(changes, waiting=())
        for run in batches_by_text(heard.fresh):
            # Of a large feed few entries at a time are held as posts; the last ones go with what else is written.
            if changes.posts:
                heard = await _store(heard, WriteBatch(changes.source_id, changes.at, posts=changes.posts), context)
            changes = replace(changes, posts=await build_posts_of_feed(run, state.source, context))
    return await _store(heard, changes, context)


async def _store(heard: FeedResult, changes: WriteBatch, context: PollContext) -> FeedResult:
    written = await context.database.writing(writes.write, changes, same)
    return replace(heard, new=heard.new + len(written.stored), duplicate=heard.duplicate + written.already_known)


async def _read_articles(
    state: SourceState, progress: PollProgress, context: PollContext
) -> AsyncIterator[PollProgress]:
    """The second half: read the page behind each entry in the inbox and store its post; then look at edited entries."""
    source, heard = state.source, progress.intake
    waiting = []
    if state.waiting or (heard is not None and heard.fresh and source.article != "never"):
        waiting = await context.database.reading(read_inbox, source.id)
    for start in range(0, len(waiting), MAX_CONCURRENT_PAGES):
        read = await fetch_new_posts(waiting[start : start + MAX_CONCURRENT_PAGES], source, context)
        changes = WriteBatch(source.id, context.clock(), posts=tuple(post for post, _ in read if post is not None))
        written = await context.database.writing(writes.write, changes, same)
        problems = tuple(problem for _, found in read for problem in found)
        progress = progress.plus(new=len(written.stored), duplicate=written.already_known, problems=problems)
        yield progress
    for seen in heard.edited if heard is not None else ():
        update, problems = await fetch_edited_post(seen, source, context)
        changes = WriteBatch(source.id, context.clock(), updates=update, items=((seen.entry.digest, seen.post_id),))
        written = await context.database.writing(writes.write, changes)
        progress = progress.plus(updated=written.revised, problems=problems)
        yield progress
