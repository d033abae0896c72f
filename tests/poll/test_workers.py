"""The pool: a job that is too slow, too large or crashes fails alone."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from ingestd.model.errors import Outcome, PermanentError, TemporaryError
from ingestd.poll.workers import WorkerPool

pytestmark = pytest.mark.process

MEMORY = 700 * 2**20


def busy(seconds: float) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
    return os.getpid()


def large(size: int) -> int:
    return len(bytearray(size))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse() -> None:
    raise TemporaryError(Outcome.SERVER_ERROR, "as the site says", http_status=503)


@pytest.fixture(scope="module")
def small():
    pool = WorkerPool(processes=1, memory=MEMORY)
    yield pool
    asyncio.run(pool.__aexit__())


async def run(pool: WorkerPool, function, *arguments, deadline: float = 120.0):
    return await pool.run(function, *arguments, deadline=deadline, too_costly=Outcome.FEED_TOO_COSTLY)


@pytest.mark.parametrize(
    ("task", "deadline", "words"),
    [
        ((busy, 600.0), 0.3, "took longer than 0.3 s"),
        ((large, 2**30), 120, "needed more than 700 MiB"),
        ((die,), 120, "died"),
    ],
)
async def test_job_over_its_limits_fails_alone(small: WorkerPool, task, deadline: float, words: str):
    with pytest.raises(PermanentError, match=words) as caught:
        await run(small, *task, deadline=deadline)
    assert caught.value.outcome == Outcome.FEED_TOO_COSTLY
    assert await run(small, large, 1000) == 1000


async def test_error_of_a_job_keeps_its_fields(small: WorkerPool):
    with pytest.raises(TemporaryError) as caught:
        await run(small, refuse)
    assert (caught.value.outcome, caught.value.http_status) == ("server-error", 503)


async def test_a_cancelled_task_frees_its_process(small: WorkerPool):
    task = asyncio.create_task(run(small, busy, 600.0, deadline=900))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.wait_for(run(small, large, 10), 120) == 10


def die_once(mark: Path) -> str:
    if not mark.exists():
        mark.touch()
        die()
    return "read"


async def test_job_of_a_killed_worker_is_run_by_another(small: WorkerPool, tmp_path: Path):
    assert await run(small, die_once, tmp_path / "mark") == "read"


async def test_killed_idle_worker_is_replaced(small: WorkerPool):
    os.kill(await run(small, os.getpid), signal.SIGKILL)
    await asyncio.sleep(0.5)
    assert await asyncio.wait_for(run(small, large, 10), 120) == 10


async def test_repeatedly_killed_workers_lose_no_job():
    async with WorkerPool(processes=2, memory=MEMORY) as pool:
        tasks = [asyncio.create_task(run(pool, busy, 0.05)) for _ in range(30)]
        for _ in range(3):
            await asyncio.sleep(0.3)
            for worker in multiprocessing.active_children():
                os.kill(worker.pid or 0, signal.SIGKILL)
        ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 300)
    assert all(isinstance(one, int | PermanentError | TemporaryError) for one in ended)
    assert any(isinstance(one, int) for one in ended)


async def test_closed_pool_raises():
    async with WorkerPool(processes=1, memory=MEMORY) as pool:
        assert await run(pool, large, 1) == 1
    with pytest.raises(TemporaryError, match="stopped before it was read") as caught:
        await run(pool, large, 1)
    assert caught.value.outcome == Outcome.INTERRUPTED


async def test_job_fails_when_no_worker_can_start():
    async with WorkerPool(processes=1, memory=2**20) as pool:
        with pytest.raises((TemporaryError, PermanentError)):
            await asyncio.wait_for(run(pool, large, 1), 300)


async def test_wall_clock_step_does_not_end_a_job(small: WorkerPool, monkeypatch: pytest.MonkeyPatch):
    task = asyncio.create_task(run(small, busy, 1.0))
    await asyncio.sleep(0.3)
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + 31_536_000)
    await asyncio.sleep(0.3)
    monkeypatch.setattr(time, "time", true)
    assert await task != os.getpid()


def answer(started: Path, go: Path) -> int:
    """Say that it has begun, and end when it is told to."""
    started.touch()
    while not go.exists():
        time.sleep(0.01)
    return os.getpid()


async def test_event_loop_is_not_blocked_by_a_job(small: WorkerPool, tmp_path: Path):
    started, go = tmp_path / "started", tmp_path / "go"
    task = asyncio.create_task(run(small, answer, started, go))
    # A loop that waited for the worker would never tell it to end.
    async with asyncio.timeout(120):
        while not started.exists():  # noqa: ASYNC110 - a file of another process
            await asyncio.sleep(0.01)
    assert not task.done()
    go.touch()
    assert await task != os.getpid()


CLOSED_STDERR = """
import asyncio, os
from ingestd.model.errors import Outcome
from ingestd.poll.open_context import new_worker_pool

async def main():
    async with new_worker_pool() as pool:
        for _ in range(2):
            print(await pool.run(len, "abc", deadline=120, too_costly=Outcome.FEED_TOO_COSTLY))

if __name__ == "__main__":
    {closing}
    asyncio.run(main())
"""


@pytest.mark.parametrize("closing", ["os.close(2)", "r, w = os.pipe(); os.dup2(w, 2); os.close(r); os.close(w)"])
def test_workers_need_no_standard_error(tmp_path: Path, closing: str):
    program = tmp_path / "program.py"
    program.write_text(CLOSED_STDERR.format(closing=closing))
    answer = subprocess.run([sys.executable, program], stdout=subprocess.PIPE, text=True, check=False, timeout=300)
    assert (answer.returncode, answer.stdout) == (0, "3\n3\n")


async def test_a_pool_that_breaks_while_it_is_used_is_replaced(monkeypatch: pytest.MonkeyPatch):
    """All workers may expire between the start of a job and its end, before the pool says that it is broken."""
    async with WorkerPool(processes=1, memory=MEMORY) as pool:
        result, breaks = pool._result, iter([True])

        async def broken(*arguments: Any) -> Any:
            if next(breaks, False):
                raise BrokenProcessPool("All workers expired")
            return await result(*arguments)

        monkeypatch.setattr(pool, "_result", broken)
        assert await run(pool, large, 10) == 10
