"""Jobs go on at their pace, wherever the machine's clock jumps to."""

import asyncio
import time
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


@pytest.mark.parametrize("jump_s", [YEAR_S, 75 * YEAR_S, -86_400.0, -30 * YEAR_S], ids=["year", "75", "day", "30"])
async def test_a_clock_that_jumps_stops_nothing(monkeypatch: pytest.MonkeyPatch, jump_s: float):
    monkeypatch.setattr(scheduler, "CLOCK_CHECK_S", 0.1)
    wall = Wall(monkeypatch)
    ran: list[object] = []
    jobs = Scheduler()
    jobs.add(0.1, ran.append, None)
    jobs.start()
    await asyncio.sleep(0.5)
    before = len(ran)
    assert before >= 2
    wall.ahead = jump_s
    started = time.monotonic()
    await asyncio.sleep(1.0)
    assert time.monotonic() - started < 2  # nothing worked off what the clock says was missed
    assert before + 3 <= len(ran) <= before + 15
    await jobs.stop()
    ended = len(ran)
    await asyncio.sleep(0.3)
    assert len(ran) == ended


async def test_one_run_ends_before_the_next_begins():
    running, most = 0, 0

    async def slow() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.3)
        running -= 1

    jobs = Scheduler()
    jobs.add(0.05, slow)
    jobs.start()
    await asyncio.sleep(0.8)
    await jobs.stop()
    assert most == 1
