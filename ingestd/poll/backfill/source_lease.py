"""The lease of a source while its history is read, released for polls: what is due of its host goes first."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Self

from ingestd.identity.urls import host_key
from ingestd.model.source import Source
from ingestd.poll.context import PollContext
from ingestd.poll.lease_holders import is_dead_holder
from ingestd.poll.leases import lease_sources
from ingestd.store import leases
from ingestd.store.backfills import due_polls
from ingestd.store.daemons import running_daemons

#: Seconds between two attempts to take the lease, or two looks at what is due.
RETRY_S = 0.5
#: Seconds for which due polls of the host are waited for; one that nobody makes within them is not waited for again.
MAX_YIELD_S = 20.0
#: A daemon that has given no sign of life for so long does not run.
MAX_SILENCE = timedelta(minutes=10)


class SourceLease:
    """Use as an async context manager. `waits` is told once that another process polls the source."""

    def __init__(self, source: Source, context: PollContext, waits: Callable[[], None] = lambda: None) -> None:
        self._source = source
        self._context = context
        self._waits = waits
        self._not_awaited: set[tuple[int, str | None]] = set()

    async def __aenter__(self) -> Self:
        await self.take()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.release()

    async def take(self) -> None:
        """Wait until no other process polls the source."""
        while not await lease_sources([self._source], self._context):
            self._waits()
            self._waits = lambda: None
            await asyncio.sleep(RETRY_S)
        self._context.leases.renew(self._source.id)

    async def release(self) -> None:
        """Let others poll the source."""
        context = self._context
        context.leases.forget(self._source.id)
        await context.database.writing(leases.release_leases, context.lease_holder, self._source.id)

    async def sleep(self, seconds: float) -> None:
        """Wait without the lease."""
        await self.release()
        await asyncio.sleep(seconds)
        await self.take()

    async def let_polls_go_first(self) -> None:
        """Wait, without the lease, until a running daemon has polled what is due of the source's host."""
        due = await self._due()
        if not due or not await self._daemon_runs():
            return
        await self.release()
        waited_s = 0.0
        while due and waited_s < MAX_YIELD_S:
            await asyncio.sleep(RETRY_S)
            waited_s += RETRY_S
            due = await self._due()
        self._not_awaited |= due
        await self.take()

    async def _due(self) -> set[tuple[int, str | None]]:
        context = self._context
        host = host_key(self._source.url)
        return await context.database.reading(due_polls, host, context.clock()) - self._not_awaited

    async def _daemon_runs(self) -> bool:
        now = self._context.clock()
        daemons = await self._context.database.reading(running_daemons)
        return any(now - daemon.seen_at < MAX_SILENCE and not is_dead_holder(daemon.holder) for daemon in daemons)
