"""Leases: which process polls a source. A lease that is not renewed expires, so a dead process blocks no source."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence

from ingestd.config.logs import log_event
from ingestd.identity.urls import host_key
from ingestd.model.errors import StoreError
from ingestd.model.source import Source
from ingestd.poll.context import PollContext
from ingestd.poll.lease_holders import end_lease_holder, is_dead_holder
from ingestd.store import leases, poll_claims

#: Seconds after which a lease expires that is not renewed, and between two renewals.
LEASE_S = 30.0
RENEW_S = 7.5


async def lease_sources(wanted: Sequence[Source], context: PollContext) -> list[Source]:
    """Take the leases of sources: those come back that no other process polls, and that this one may poll now."""
    until = _until()
    held = await context.database.writing(
        leases.acquire_leases, [source.id for source in wanted], context.lease_holder, context.clock(), LEASE_S
    )
    context.leases.claimed(held, until)
    return [source for source in wanted if source.id in held]


def _until() -> float:
    """Until when a lease stands that is claimed or renewed now, by the clock of the event loop."""
    return asyncio.get_running_loop().time() + LEASE_S


async def has_task(task: str, context: PollContext, seconds: float) -> bool:
    """Whether this process has the lease of a task: it is taken where it is free, and prolonged in its second half."""
    held, begin = context.leases, asyncio.get_running_loop().time()
    number = held.number(task)
    if number is not None and held.until(task) > begin + seconds / 2:
        return True
    if number is not None and number not in await context.database.writing(
        leases.renew_leases, [number], context.clock(), seconds
    ):
        number = None
    if number is None and await context.database.reading(leases.is_task_free, task, context.clock()):
        acquire = leases.acquire_task
        number = await context.database.writing(acquire, task, context.lease_holder, context.clock(), seconds)
    if number is None:
        held.forget(task)
        return False
    held.claimed({task: number}, begin + seconds)
    return True


async def lease_polls(
    wanted: Sequence[Source], context: PollContext, max_wait_s: Callable[[Source], float], *, only_due: bool = False
) -> poll_claims.LeasedPolls:
    """Lease the sources whose host may be asked within `max_wait_s` seconds; their starts are kept for their requests.

    The others are not leased, nor, with `only_due`, those that are due no more. The order of `wanted` is that of the
    starts at one host.
    """
    limiter = context.client.hosts
    polls = []
    for source in wanted:
        key = host_key(source.url)
        polls.append(
            poll_claims.WantedPoll(source.id, key, limiter.min_spacing_s(key) if key else 0.0, max_wait_s(source))
        )
    until = _until()
    leased = await context.database.writing_first(
        poll_claims.lease_polls, polls, context.lease_holder, context.clock, LEASE_S, only_due
    )
    context.leases.claimed(leased.numbers, until)
    for key, pace in leased.paces.items():
        limiter.learn(key, pace)
    for source, poll in zip(wanted, polls, strict=True):
        if (start := leased.starts.get(source.id)) is not None:
            limiter.reserve(poll.host, source.url, start)
    return leased


@contextlib.asynccontextmanager
async def renewed_leases(context: PollContext) -> AsyncIterator[None]:
    """Renew the leases of this process for as long as the context lasts, then release them.

    Leases of processes of this machine that have died are released first, and at each renewal.
    """
    await context.database.writing(leases.release_dead_leases, is_dead_holder)
    renewing = asyncio.create_task(_renew(context))
    try:
        yield
    finally:
        renewing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await renewing
        # A daemon that restarts within its process may be unable to write this.
        end_lease_holder(context.lease_holder)
        await context.database.writing(leases.release_leases, context.lease_holder)


async def _renew(context: PollContext) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        # Only of sources that are being polled: the lease of a poll whose outcome could not be written must expire.
        numbers, until = context.leases.renewed_numbers(), _until()
        try:
            # A call that waits its turn may wait for longer than a lease stands, behind those of a thousand polls.
            if numbers:
                held = await context.database.writing_first(leases.renew_leases, numbers, context.clock(), LEASE_S)
                context.leases.were_renewed(numbers, held, until)
            if await context.database.reading_first(leases.has_dead_leases, is_dead_holder):
                await context.database.writing_first(leases.release_dead_leases, is_dead_holder)
        except StoreError as error:
            # Three more renewals are due before the leases expire.
            log_event("store-failed", level=logging.ERROR, error=str(error))
