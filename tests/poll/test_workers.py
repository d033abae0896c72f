"""The pool: a job that is too slow, too large or crashes fails alone."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
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
    await until(lambda: not is_running(worker))
    assert await asyncio.wait_for(run(small, large, 10), 120) == 10


def wait_for(go: Path, begun: Path) -> int:
    """Leave a file of its own where the job has begun, and end when it is told to."""
    (begun / uuid4().hex).touch()
    while not go.exists():
        time.sleep(0.01)
    return os.getpid()


def jobs_begun(begun: Path, count: int) -> bool:
    return len(list(begun.iterdir())) == count


async def test_repeatedly_killed_workers_lose_no_job(tmp_path: Path):
    go, begun = tmp_path / "go", tmp_path / "begun"
    begun.mkdir()
    async with WorkerPool(processes=2, memory=MEMORY) as pool:
        tasks = [asyncio.create_task(run(pool, wait_for, go, begun)) for _ in range(12)]
        for killed in (0, 2, 4):
            await until(partial(jobs_begun, begun, killed + 2))
            for worker in pool.pids:
                os.kill(worker, signal.SIGKILL)
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
    started, go = tmp_path / "started", tmp_path / "go"
    worker = await run(small, os.getpid)
    task = asyncio.create_task(run(small, answer, started, go))
    await until(started.exists)
    true = time.time
    with monkeypatch.context() as stepped:
        stepped.setattr(time, "time", lambda: true() + 31_536_000)
        go.touch()
        assert await task == worker


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


async def test_the_process_that_starts_workers_is_replaced(tmp_path: Path):
    """Where it is killed, its workers end with it: their jobs are run by those of another one."""
    started, go = tmp_path / "started", tmp_path / "go"
    async with WorkerPool(processes=1, memory=MEMORY) as pool:
        task = asyncio.create_task(run(pool, answer, started, go))
        await until(started.exists)
        worker = pool.pids[0]
        started.unlink()
        os.kill(parent_of(worker), signal.SIGKILL)
        await until(started.exists)
        go.touch()
        assert await task != worker


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


async def test_no_process_is_left_after_the_pool(tmp_path: Path):
    async with WorkerPool(processes=2, memory=MEMORY) as pool:
        task = asyncio.create_task(run(pool, answer, tmp_path / "started", tmp_path / "never"))
        await until((tmp_path / "started").exists)
        await run(pool, large, 1)
        pids = [*pool.pids, parent_of(pool.pids[0])]
    assert not any(map(is_running, pids))
    with pytest.raises(TemporaryError, match="stopped before it was read"):
        await task


async def test_the_next_event_loop_uses_the_same_processes(small: WorkerPool):
    def in_a_loop_of_its_own() -> int:
        found: int = asyncio.run(run(small, os.getpid))
        return found

    assert await asyncio.to_thread(in_a_loop_of_its_own) == await run(small, os.getpid)


async def test_large_jobs_and_answers_arrive_whole(small: WorkerPool):
    data = os.urandom(1000) * 20_000
    assert await run(small, bytes.swapcase, data) == data.swapcase()


def test_workers_end_with_the_process_that_uses_them(tmp_path: Path):
    program = f"""
import asyncio, time, pathlib
from ingestd.model.errors import Outcome
from ingestd.poll.workers import WorkerPool

async def main():
    async with WorkerPool(processes=1, memory=900 * 2**20) as pool:
        await pool.run(len, "a", deadline=120, too_costly=Outcome.FEED_TOO_COSTLY)
        pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(pool.pids[0]))
        await pool.run(time.sleep, 600, deadline=120, too_costly=Outcome.FEED_TOO_COSTLY)

asyncio.run(main())
"""
    main = subprocess.Popen([sys.executable, "-c", program])
    asyncio.run(until(lambda: bool((tmp_path / "pid").exists() and (tmp_path / "pid").read_text())))
    worker = int((tmp_path / "pid").read_text())
    main.kill()
    main.wait()
    asyncio.run(until(lambda: not is_running(worker)))


def is_running(process: int) -> bool:
    """Whether it is there, and not a zombie that nobody has waited for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
