"""Jobs that run every few seconds, whatever happens to the machine's clock.

APScheduler counts in wall time: a clock that jumps forward by a year would have it work off a year of seconds, one that
goes back by a day would let it sleep for a day. So each run is planned from the one before, and a clock that was set
makes everything due at once.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from ingestd.config.logs import log_event

#: Seconds between two looks at the clock, and by how many it must have moved to be worth a word.
LOOK_S = 1.0
MOVED_S = 5.0


class Every(BaseTrigger):  # type: ignore[misc] # the library has no types
    """Due so many seconds after the last time that it ran, however many runs the clock says were missed."""

    def __init__(self, seconds: float) -> None:
        self._pause = timedelta(seconds=seconds)

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """When the job is due next, seen from `now`."""
        return now + self._pause


class Scheduler:
    """The jobs of one event loop. `add` them, `start`, and `stop` in the end."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._minding: asyncio.Task[None] | None = None

    def add(self, seconds: float, job: Callable[..., Awaitable[object] | object], *arguments: object) -> None:
        """Run `job(*arguments)` every so many seconds; one run ends before the next begins."""
        options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        self._scheduler.add_job(job, Every(seconds), arguments, **options)

    def start(self) -> None:
        """Begin; the first runs are one interval away."""
        self._scheduler.start()
        self._minding = asyncio.create_task(self._mind_the_clock(), name="clock")

    async def stop(self) -> None:
        """Begin no further run; those that are under way go on."""
        self._scheduler.shutdown(wait=False)
        if self._minding is not None:
            self._minding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._minding

    async def _mind_the_clock(self) -> None:
        before = _offset()
        while True:
            await asyncio.sleep(LOOK_S)
            moved, before = _offset() - before, _offset()
            if abs(moved) < MOVED_S:
                continue
            log_event(
                "clock-set", level=logging.WARNING, seconds=moved, error="the machine's clock was set, or it slept"
            )
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))


def _offset() -> float:
    return time.time() - time.monotonic()
