"""The pool: what is too slow, too large or dies costs one task, and the pool lives on."""

import asyncio
import os
import signal
import time

import pytest

from ingestd.errors import Outcome, PermanentError, TemporaryError
from ingestd.workers import Workers

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
    pool = Workers(processes=1, memory=MEMORY)
    yield pool
    asyncio.run(pool.__aexit__())


async def run(pool: Workers, function, *arguments, deadline: float = 20.0):
    return await pool.run(function, *arguments, deadline=deadline, too_costly=Outcome.FEED_TOO_COSTLY)


@pytest.mark.parametrize(
    ("task", "deadline", "words"),
    [
        ((busy, 60.0), 0.5, "took longer than 0.5 s"),
        ((large, 2**30), 20, "needed more than 700 MiB"),
        ((die,), 20, "died"),
    ],
)
async def test_what_costs_too_much_ends_alone(small: Workers, task, deadline: float, words: str):
    with pytest.raises(PermanentError, match=words) as caught:
        await run(small, *task, deadline=deadline)
    assert caught.value.outcome == Outcome.FEED_TOO_COSTLY
    assert await run(small, large, 1000) == 1000


async def test_an_error_comes_back_whole(small: Workers):
    with pytest.raises(TemporaryError) as caught:
        await run(small, refuse)
    assert (caught.value.outcome, caught.value.http_status) == ("server-error", 503)


async def test_a_cancelled_task_frees_its_process(small: Workers):
    task = asyncio.create_task(run(small, busy, 60.0, deadline=90))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.wait_for(run(small, large, 10), 15) == 10


async def test_the_loop_goes_on_meanwhile(small: Workers):
    task = asyncio.create_task(run(small, busy, 0.5))
    worst = 0.0
    while not task.done():
        before = time.monotonic()
        await asyncio.sleep(0.01)
        worst = max(worst, time.monotonic() - before)
    assert await task != os.getpid()
    assert worst < 0.4
