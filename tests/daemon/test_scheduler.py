"""Intervals of jobs, and steps of the wall clock, which do not affect them."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from apscheduler.schedulers import asyncio as loop_scheduler
from apscheduler.schedulers import base

from ingestd.daemon import scheduler
from ingestd.daemon.scheduler import Scheduler

YEAR_S = 365 * 86_400.0


class Wall:
    """A wall clock that a test can set; what the library asks for the time goes through it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        wall, true = self, time.time

        class Shifted(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(tz) + timedelta(seconds=wall.ahead)

        monkeypatch.setattr("ingestd.daemon.scheduler.time.time", lambda: true() + wall.ahead)
        for module in (scheduler, base, loop_scheduler):
            monkeypatch.setattr(module, "datetime", Shifted, raising=False)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the job under test is a list's
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("jump_s", [YEAR_S, 75 * YEAR_S, -86_400.0, -30 * YEAR_S], ids=["year", "75", "day", "30"])
async def test_jobs_run_on_when_the_wall_clock_jumps(monkeypatch: pytest.MonkeyPatch, jump_s: float):
    monkeypatch.setattr(scheduler, "CLOCK_CHECK_S", 0.02)
    wall = Wall(monkeypatch)
    ran: list[object] = []
    jobs = Scheduler()
    jobs.add(0.02, ran.append, None)
    jobs.start()
    await until(lambda: len(ran) >= 2)
    before, started = len(ran), time.monotonic()
    wall.ahead = jump_s
    await until(lambda: len(ran) >= before + 10)
    # Nothing works off what the clock says was missed: between two runs lie 20 ms, but for the one after the jump.
    assert len(ran) - before <= (time.monotonic() - started) / 0.02 + 2
    await jobs.stop()
    ended = len(ran)
    await asyncio.sleep(0.1)
    assert len(ran) == ended


async def test_one_run_ends_before_the_next_begins():
    running, most = 0, 0
    ended: list[None] = []

    async def slow() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        ended.append(None)

    jobs = Scheduler()
    jobs.add(0.01, slow)
    jobs.start()
    await until(lambda: len(ended) >= 4)
    await jobs.stop()
    assert most == 1
