"""Jobs at fixed intervals that survive changes of the wall clock.

APScheduler counts in wall time: after a jump forward by a year it would run a year of missed seconds, after one back by
a day it would sleep for a day. So each run is scheduled from the one before, and after a change of the clock every job
is due at once.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from ingestd.config.logs import log_event

#: Seconds between two checks of the clock, and the smallest jump that counts as a change, in seconds.
CLOCK_CHECK_S = 1.0
MIN_CLOCK_JUMP_S = 5.0


class IntervalTrigger(BaseTrigger):  # type: ignore[misc] # the library has no types
    """Due so many seconds after the last run, however many runs the clock says were missed."""

    def __init__(self, seconds: float) -> None:
        self._pause = timedelta(seconds=seconds)

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """When the job is due next, seen from `now`."""
        return now + self._pause


class Scheduler:
    """The periodic jobs of one event loop: `add` them, `start`, and `stop` at the end."""

    def __init__(self) -> None:
        # What its messages say of jobs are Python objects; `_on_event` says it in our words.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_listener(self._on_event, EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES)
        self._names: dict[str, str] = {}
        self._clock_watch: asyncio.Task[None] | None = None

    def add(
        self, seconds: float, job: Callable[..., Awaitable[object] | object], *arguments: object, name: str = ""
    ) -> None:
        """Run `job(*arguments)` every so many seconds; one run ends before the next begins. `name` is for the log."""
        options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        added = self._scheduler.add_job(job, IntervalTrigger(seconds), arguments, name=name or None, **options)
        self._names[added.id] = added.name

    def start(self) -> None:
        """Begin; the first runs are one interval away."""
        self._scheduler.start()
        self._clock_watch = asyncio.create_task(self._watch_clock(), name="clock")

    async def stop(self) -> None:
        """Begin no further run; runs in progress continue."""
        self._scheduler.shutdown(wait=False)
        if self._clock_watch is not None:
            self._clock_watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._clock_watch

    def _on_event(self, event: JobEvent) -> None:
        """Log that a run failed, or was left out because the one before it has not ended."""
        if isinstance(getattr(event, "exception", None), asyncio.CancelledError):
            # A stop cancels the runs in progress.
            return
        name = self._names.get(event.job_id, event.job_id)
        if event.code == EVENT_JOB_MAX_INSTANCES:
            log_event("run-skipped", level=logging.DEBUG, service=name, error="the run before it has not ended")
            return
        logging.getLogger("ingestd").error(
            "internal-error", exc_info=event.exception, extra={"fields": {"service": name}}
        )

    async def _watch_clock(self) -> None:
        before = _offset()
        while True:
            await asyncio.sleep(CLOCK_CHECK_S)
            moved, before = _offset() - before, _offset()
            if abs(moved) < MIN_CLOCK_JUMP_S:
                continue
            log_event(
                "clock-set", level=logging.WARNING, seconds=moved, error="the machine's clock was set, or it slept"
            )
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))


def _offset() -> float:
    return time.time() - time.monotonic()
