"""Polls several sources now and waits: for `ingestd fetch`."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from ingestd.config.logs import log_event
from ingestd.model.errors import StoreError
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.poll import pipeline
from ingestd.poll.context import PollContext
from ingestd.poll.leases import lease_sources
from ingestd.store.leases import make_due


async def poll_sources(
    wanted: Sequence[Source], context: PollContext, *, force: bool, done: Callable[[Poll], None]
) -> list[Source]:
    """Poll every source now, and wait; `done` is called after each. Returns those that another process polls.

    Raises StoreError where the database cannot be written.
    """
    leased = await lease_sources(wanted, context)
    leased_ids = {source.id for source in leased}
    # A killed poll outside of the schedule leaves the source due, so that the next process polls it.
    await context.database.writing(make_due, sorted(leased_ids), context.clock())

    async def one(source: Source) -> None:
        done(await pipeline.poll(source, context, force=force))

    try:
        async with asyncio.TaskGroup() as group:
            for source in leased:
                group.create_task(one(source))
    except* StoreError as failed:
        # A database that cannot be written fails every poll in the same way: one error is reported.
        raise next(_single_errors(failed)) from None
    elsewhere = [source for source in wanted if source.id not in leased_ids]
    for source in elsewhere:
        log_event("leased", source=source.name, error="another process polls this source at the moment")
    return elsewhere


def _single_errors(group: BaseExceptionGroup[StoreError]) -> Iterator[StoreError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _single_errors(error)
        else:
            yield error
