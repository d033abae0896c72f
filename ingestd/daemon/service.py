"""The protocol of what the daemon runs: started once, called at intervals, stopped within a grace period."""

import asyncio
import logging
from collections.abc import Collection
from typing import Any, Protocol

from ingestd.config.logs import log_event
from ingestd.model.errors import LeaseLostError, StoreDamagedError, StoreError, StoreLostError
from ingestd.poll.held_leases import LEASE_LOST


class Service(Protocol):
    """One activity of the daemon.

    `interval_s` are the seconds between two calls of `tick`. A tick that raises StoreError is logged and called again:
    a database that is locked or full may be usable later.
    """

    @property
    def interval_s(self) -> float:
        """Seconds from the end of one tick to the next."""

    @property
    def in_flight(self) -> int:
        """How many pieces of work a stop would interrupt."""

    async def start(self) -> None:
        """Begin; called once, before the first tick."""

    async def tick(self) -> None:
        """Do, or start in the background, what is due now."""

    async def stop(self, grace_s: float) -> None:
        """Start nothing new; let work in flight end for `grace_s` seconds, then cancel it."""


class PeriodicService:
    """A service whose whole work is done within `tick`: the base of the small ones."""

    interval_s = 1.0
    in_flight = 0

    async def start(self) -> None:
        """Nothing to begin."""

    async def stop(self, grace_s: float) -> None:
        """Nothing to stop: the scheduler calls no further tick."""


async def guarded_tick(service: Service) -> None:
    """Call `service.tick()`; a StoreError is logged."""
    try:
        await service.tick()
    except StoreError as error:
        log_store_failure(error)


def log_store_failure(error: BaseException, *, reason: str | None = None, **fields: object) -> None:
    """Log what the database could not do; `reason` takes the place of the error's own text.

    Of a file that is lost or damaged the daemon speaks once (`DatabaseFileWatch`): all else follows from that. What was
    done under a lease that has ended was not written.
    """
    if isinstance(error, LeaseLostError):
        log_event(LEASE_LOST, level=logging.WARNING, **fields, error=f"{error}; what was found is dropped")
        return
    level = logging.DEBUG if isinstance(error, (StoreLostError, StoreDamagedError)) else logging.ERROR
    log_event("store-failed", level=level, **fields, error=reason or str(error))


async def finish(tasks: Collection["asyncio.Task[Any]"], grace_s: float) -> None:
    """Wait for tasks for `grace_s` seconds, then cancel those that are left and wait until they have ended."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=grace_s)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
