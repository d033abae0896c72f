"""Intervals of jobs, and steps of the wall clock, which do not affect them. All time is virtual."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from apscheduler.schedulers import asyncio as loop_scheduler
from apscheduler.schedulers import base

from ingestd.daemon import scheduler
from ingestd.daemon.scheduler import CLOCK_CHECK_S, IntervalTrigger, Scheduler
from tests.support import virtual_time

YEAR_S = 365 * 86_400.0
BEGIN = datetime(2026, 11, 22, tzinfo=UTC)
#: Runs fall between two checks of the clock.
INTERVAL_S = 20.5


class Wall:
    """A wall clock that a test can set. It follows the event loop's time, as does the monotonic clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead_s = 0.0
        wall, loop = self, asyncio.get_running_loop()

        class Shifted(datetime):
            @classmethod
            def now(cls, tz=None):
                return (BEGIN + timedelta(seconds=loop.time() + wall.ahead_s)).astimezone(tz)

        clocks = SimpleNamespace(time=lambda: BEGIN.timestamp() + loop.time() + wall.ahead_s, monotonic=loop.time)
        monkeypatch.setattr(scheduler, "time", clocks)
        for module in (scheduler, base, loop_scheduler):
            monkeypatch.setattr(module, "datetime", Shifted, raising=False)


async def starts_across(jump_s: float, jump_at: float, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds at which a job starts, of ten intervals, where the wall clock is set at one moment of them."""
    wall, loop = Wall(monkeypatch), asyncio.get_running_loop()
    starts: list[float] = []

    async def job() -> None:
        starts.append(loop.time())

    jobs = Scheduler()
    jobs.add(INTERVAL_S, job)
    jobs.start()
    await asyncio.sleep(jump_at)
    wall.ahead_s = jump_s
    await asyncio.sleep(10 * INTERVAL_S - jump_at)
    await jobs.stop()
    ended = len(starts)
    await asyncio.sleep(10 * INTERVAL_S)
    assert len(starts) == ended, "no run begins after the stop"
    return starts


@pytest.mark.parametrize("jump_at", [50.0, 3 * INTERVAL_S - 0.2], ids=["between runs", "just before a run"])
@pytest.mark.parametrize("jump_s", [YEAR_S, 75 * YEAR_S, -86_400.0, -30 * YEAR_S], ids=["year", "75", "day", "30"])
def test_jobs_run_on_when_the_wall_clock_jumps(monkeypatch: pytest.MonkeyPatch, jump_s: float, jump_at: float):
    asked: list[datetime] = []
    plan = IntervalTrigger.get_next_fire_time

    def counted(trigger: IntervalTrigger, previous: datetime | None, now: datetime) -> datetime:
        asked.append(now)
        return plan(trigger, previous, now)

    monkeypatch.setattr(IntervalTrigger, "get_next_fire_time", counted)
    starts = virtual_time.run(starts_across(jump_s, jump_at, monkeypatch))
    before = [at for at in starts if at < jump_at]
    assert before == pytest.approx([INTERVAL_S, 2 * INTERVAL_S], abs=0.01)
    # The job is due when the jump is noticed, and one interval after that: what the clock says was missed is not worked
    # off, not even in the plan.
    noticed = [at for at in starts if jump_at <= at <= jump_at + CLOCK_CHECK_S + 0.01]
    assert 1 <= len(noticed) <= 2
    after = starts[len(before) + len(noticed) :]
    assert len(after) == int((10 * INTERVAL_S - noticed[-1]) / INTERVAL_S)
    assert after == pytest.approx([noticed[-1] + number * INTERVAL_S for number in range(1, len(after) + 1)], abs=0.01)
    assert len(asked) <= 2 * len(starts) + 2


def test_one_run_ends_before_the_next_begins(monkeypatch: pytest.MonkeyPatch):
    running, most = 0, 0
    ended: list[float] = []

    async def slow() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(50)
        running -= 1
        ended.append(asyncio.get_running_loop().time())

    async def main() -> None:
        Wall(monkeypatch)
        jobs = Scheduler()
        jobs.add(10, slow)
        jobs.start()
        await asyncio.sleep(300)
        await jobs.stop()

    virtual_time.run(main())
    assert most == 1
    assert len(ended) >= 4


def test_failed_and_skipped_runs_are_logged_by_the_name_of_their_service(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(logging.getLogger("ingestd"), "propagate", True)
    caplog.set_level(logging.DEBUG, "ingestd")

    async def fail() -> None:
        raise ValueError("no such thing")

    async def main() -> None:
        Wall(monkeypatch)
        jobs = Scheduler()
        jobs.add(INTERVAL_S, fail, name="Failing")
        jobs.add(INTERVAL_S, asyncio.sleep, 2.5 * INTERVAL_S, name="Slow")
        jobs.start()
        await asyncio.sleep(2.5 * INTERVAL_S)
        await jobs.stop()
        # What the stop has cancelled is no fault.
        await asyncio.sleep(1.0)

    virtual_time.run(main())
    logged = [(item.levelname, item.getMessage(), item.__dict__.get("fields", {})) for item in caplog.records]
    assert ("ERROR", "internal-error", {"service": "Failing"}) in logged
    assert ("DEBUG", "run-skipped", {"service": "Slow", "error": "the run before it has not ended"}) in logged
    assert [one for one in logged if one[1] == "internal-error" and one[2] == {"service": "Slow"}] == []
    assert {item.name for item in caplog.records} == {"ingestd"}
    assert " object at 0x" not in caplog.text
    assert "ValueError: no such thing" in caplog.text
