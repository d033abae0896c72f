"""The slots of large bodies, in the virtual time of an event loop that skips its waits."""

import asyncio

import pytest

from ingestd.fetch.large_bodies import (
    MAX_LARGE_BODIES,
    MIN_PROGRESS_BYTES,
    PROGRESS_WINDOW_S,
    LargeBodyLimiter,
    StalledBodyError,
)
from tests.support.virtual_time import run


async def hold(limiter: LargeBodyLimiter, seconds: float, timeout_s: float, step: int = 0) -> float:
    """Hold a slot for so long, with `step` bytes of progress a second; gives the seconds until it was granted."""
    started = asyncio.get_running_loop().time()
    async with asyncio.timeout(timeout_s) as deadline, limiter.slot(deadline) as progress:
        granted = asyncio.get_running_loop().time()
        for second in range(int(seconds)):
            progress.record(second * step)
            await asyncio.sleep(1)
    return granted - started


def test_the_wait_for_a_slot_does_not_count_against_the_deadline():
    async def main() -> list[float]:
        limiter = LargeBodyLimiter()
        return await asyncio.gather(
            *(hold(limiter, 5, timeout_s=6, step=MIN_PROGRESS_BYTES) for _ in range(4 * MAX_LARGE_BODIES))
        )

    assert max(run(main())) == pytest.approx(15)


def test_a_stalled_body_is_ended_only_while_others_wait():
    async def main() -> None:
        limiter = LargeBodyLimiter()
        stalled = []
        for _ in range(MAX_LARGE_BODIES):
            stalled.append(asyncio.create_task(hold(limiter, 1000, timeout_s=2000)))
            await asyncio.sleep(0)
        waiting = asyncio.create_task(hold(limiter, 1, timeout_s=5))
        await asyncio.sleep(0.5 * PROGRESS_WINDOW_S)
        waiting.cancel()
        await asyncio.sleep(100)
        assert not any(task.done() for task in stalled)
        assert await hold(limiter, 1, timeout_s=5) <= PROGRESS_WINDOW_S
        ends = await asyncio.gather(*stalled, return_exceptions=True)
        assert any(isinstance(end, StalledBodyError) for end in ends)

    run(main())
