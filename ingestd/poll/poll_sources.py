"""Polls several sources now, under their leases, and waits: for `ingestd fetch`."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from ingestd.config.logs import log_event
from ingestd.model.errors import StoreError
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.poll import pipeline
from ingestd.poll.context import PollContext
from ingestd.poll.leases import lease
from ingestd.store.leases import make_due


def _leaves(group: BaseExceptionGroup[StoreError]) -> Iterator[StoreError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


async def poll_sources(
    wanted: Sequence[Source], context: PollContext, *, force: bool, done: Callable[[Poll], None]
) -> list[Source]:
    """Poll every source now, and wait; `done` is told of each. The sources that another process polls come back."""
    free = await lease(wanted, context)
    free_ids = {source.id for source in free}
    await context.database.writing(make_due, sorted(free_ids), context.clock())

    async def one(source: Source) -> None:
        done(await pipeline.poll(source, context, force=force))

    try:
        async with asyncio.TaskGroup() as group:
            for source in free:
                group.create_task(one(source))
    except* StoreError as failed:
        # A database that cannot be written fails every poll alike: one clear line says it for all.
        raise next(_leaves(failed)) from None
    elsewhere = [source for source in wanted if source.id not in free_ids]
    for source in elsewhere:
        log_event("leased", source=source.name, error="another process polls this source at the moment")
    return elsewhere
