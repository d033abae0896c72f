"""The pool: a job that is too slow, too large or crashes fails alone."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ingestd.model.errors import Outcome, PermanentError, TemporaryError
from ingestd.poll import workers
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


async def test_a_job_that_waits_for_the_processor_is_not_stopped(small: WorkerPool):
    """The deadline counts CPU time: sleep stands for the time that other processes have."""
    assert await run(small, time.sleep, 1.0, deadline=0.5) is None


async def test_a_job_that_waits_too_long_is_stopped(small: WorkerPool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "MAX_CLOCK_RATIO", 2)
    with pytest.raises(PermanentError, match=r"took longer than 0\.5 s"):
        await run(small, time.sleep, 600.0, deadline=0.5)
    assert await run(small, large, 1000) == 1000


async def test_error_of_a_job_keeps_its_fields(small: WorkerPool):
    with pytest.raises(TemporaryError) as caught:
        await run(small, refuse)
    assert (caught.value.outcome, caught.value.http_status) == ("server-error", 503)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process or thread brings about."""
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110 - other processes set no event of this loop
            await asyncio.sleep(0.01)


def answer(started: Path, go: Path) -> int:
    """Say that it has begun, and end when it is told to."""
    started.touch()
    while not go.exists():
        time.sleep(0.01)
    return os.getpid()


async def test_a_cancelled_task_frees_its_process(small: WorkerPool, tmp_path: Path):
    started = tmp_path / "started"
    task = asyncio.create_task(run(small, answer, started, tmp_path / "never", deadline=900))
    await until(started.exists)
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
    worker = await run(small, os.getpid)
    os.kill(worker, signal.SIGKILL)
    await until(lambda: not Path(f"/proc/{worker}").exists())  # the pool has seen it end
    assert await asyncio.wait_for(run(small, large, 10), 120) == 10


def wait_for(go: Path, begun: Path) -> int:
    """Leave a file of its own where the job has begun, and end when it is told to."""
    (begun / uuid4().hex).touch()
    while not go.exists():
        time.sleep(0.01)
    return os.getpid()


def jobs_begun(begun: Path, count: int) -> bool:
    return len(list(begun.iterdir())) == count


async def test_repeatedly_killed_workers_lose_no_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "WATCH_INTERVAL_S", 0.5)
    go, begun = tmp_path / "go", tmp_path / "begun"
    begun.mkdir()
    others = set(multiprocessing.active_children())
    async with WorkerPool(processes=2, memory=MEMORY) as pool:
        tasks = [asyncio.create_task(run(pool, wait_for, go, begun)) for _ in range(12)]
        for killed in (0, 2, 4):
            await until(partial(jobs_begun, begun, killed + 2))
            for worker in set(multiprocessing.active_children()) - others:
                os.kill(worker.pid or 0, signal.SIGKILL)
        go.touch()
        ended = await asyncio.wait_for(asyncio.gather(*tasks), 300)
    # Every job was begun once or, where it was killed, twice.
    assert len(ended) == 12
    assert len(list(begun.iterdir())) == 12 + 6


async def test_closed_pool_raises():
    async with WorkerPool(processes=1, memory=MEMORY) as pool:
        assert await run(pool, large, 1) == 1
    with pytest.raises(TemporaryError, match="stopped before it was read") as caught:
        await run(pool, large, 1)
    assert caught.value.outcome == Outcome.INTERRUPTED


async def test_job_fails_when_no_worker_can_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "MAX_ATTEMPTS", 2)
    async with WorkerPool(processes=1, memory=2**20) as pool:
        with pytest.raises((TemporaryError, PermanentError)):
            await asyncio.wait_for(run(pool, large, 1), 300)


async def test_wall_clock_step_does_not_end_a_job(small: WorkerPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The pool counts deadlines in wall time: it ends the job, which is run again."""
    started, go = tmp_path / "started", tmp_path / "go"
    task = asyncio.create_task(run(small, answer, started, go))
    await until(started.exists)
    started.unlink()
    true = time.time
    with monkeypatch.context() as stepped:
        stepped.setattr(time, "time", lambda: true() + 31_536_000)
        await until(started.exists)  # only then has the pool looked at the clock
    go.touch()
    assert await task != os.getpid()


async def test_event_loop_is_not_blocked_by_a_job(small: WorkerPool, tmp_path: Path):
    started, go = tmp_path / "started", tmp_path / "go"
    task = asyncio.create_task(run(small, answer, started, go))
    await until(started.exists)  # a loop that waited for the worker would never tell it to end
    assert not task.done()
    go.touch()
    assert await task != os.getpid()


CLOSED_STDERR = """
import asyncio, os
from ingestd.model.errors import Outcome
from ingestd.poll.workers import WorkerPool

async def main():
    async with WorkerPool(processes=1, memory=900 * 2**20) as pool:
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
