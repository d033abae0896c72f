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
from ingestd.model.poll import Changes, Poll
from ingestd.model.source import Source, SourceState
from ingestd.poll.article_step import read_batch, read_edited, read_feed_alone, runs, same
from ingestd.poll.context import PAGES_AT_ONCE, Tools
from ingestd.poll.feed_step import Intake, changes_of, listen, take
from ingestd.poll.outcome import Tally, conclude
from ingestd.store import reads, sources, writes


async def poll(source: Source, tools: Tools, *, force: bool = False, pushed: Response | None = None) -> Poll:
    """Poll one source whose lease this process holds: everything new is stored, and how it went is written down.

    `pushed` is what a hub sent: it is read instead of what the source would answer.
    Raises StoreError only where the database cannot even take the outcome, and CancelledError when it is stopped.
    """
    tools.polled.add(source.id)
    try:
        return await _poll(source, tools, force=force, pushed=pushed)
    finally:
        tools.polled.discard(source.id)


async def _poll(source: Source, tools: Tools, *, force: bool, pushed: Response | None) -> Poll:
    started = tools.clock()
    state = await tools.database.reading(sources.state, source)
    tally = Tally(pushed=pushed is not None)
    try:
        tally = await _hear(state, tally, tools, force=force, pushed=pushed)
        async for latest in _read_articles(state, tally, tools):
            tally = latest
    except PollError as error:
        tally = replace(tally, error=error)
    except StoreError as error:
        tally = replace(tally, error=TemporaryError(Outcome.STORE_FAILED, str(error)))
    except asyncio.CancelledError:
        stopped = TemporaryError(Outcome.INTERRUPTED, "stopped while it was being polled; nothing is lost")
        await conclude(state, started, replace(tally, error=stopped), tools)
        raise
    except Exception as error:
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": source.name}})
        tally = replace(tally, error=TemporaryError(Outcome.INTERNAL_ERROR, f"{type(error).__name__}: {error}"))
    return await conclude(state, started, tally, tools)


async def _hear(state: SourceState, tally: Tally, tools: Tools, *, force: bool, pushed: Response | None) -> Tally:
    """The first half, whose failure does not keep the second from reading what waits in the inbox."""
    try:
        async with tools.busy:
            return replace(tally, intake=await _take_in(state, tools, force=force, pushed=pushed))
    except PollError as error:
        return replace(tally, error=error)


async def _take_in(state: SourceState, tools: Tools, *, force: bool, pushed: Response | None = None) -> Intake:
    """The first half: hear the feed, and write down what it said. Without article pages the posts are complete here."""
    heard = await (take(pushed, state, tools) if pushed else listen(state, tools, force=force))
    if heard.feed is None:
        return heard
    changes = changes_of(heard, state.source.id)
    if state.source.article == "never":
        changes = replace(changes, waiting=())
        for run in runs(heard.fresh):
            # Of a large feed few entries at a time are held as posts; the last ones go with what else is written.
            if changes.posts:
                heard = await _store(heard, Changes(changes.source_id, changes.at, posts=changes.posts), tools)
            changes = replace(changes, posts=await read_feed_alone(run, state.source, tools))
    return await _store(heard, changes, tools)


async def _store(heard: Intake, changes: Changes, tools: Tools) -> Intake:
    written = await tools.database.writing(writes.write, changes, same)
    return replace(heard, new=heard.new + len(written.stored), duplicate=heard.duplicate + written.already_known)


async def _read_articles(state: SourceState, tally: Tally, tools: Tools) -> AsyncIterator[Tally]:
    """The second half: read the page behind each entry in the inbox and store its post; then look at edited entries."""
    source, heard = state.source, tally.intake
    waiting = []
    if state.waiting or (heard is not None and heard.fresh and source.article != "never"):
        waiting = await tools.database.reading(reads.waiting, source.id)
    for start in range(0, len(waiting), PAGES_AT_ONCE):
        read = await read_batch(waiting[start : start + PAGES_AT_ONCE], source, tools)
        changes = Changes(source.id, tools.clock(), posts=tuple(post for post, _ in read if post is not None))
        written = await tools.database.writing(writes.write, changes, same)
        problems = tuple(problem for _, found in read for problem in found)
        tally = tally.plus(new=len(written.stored), duplicate=written.already_known, problems=problems)
        yield tally
    for seen in heard.edited if heard is not None else ():
        update, problems = await read_edited(seen, source, tools)
        changes = Changes(source.id, tools.clock(), updates=update, items=((seen.entry.digest, seen.post_id),))
        written = await tools.database.writing(writes.write, changes)
        tally = tally.plus(updated=written.revised, problems=problems)
        yield tally
