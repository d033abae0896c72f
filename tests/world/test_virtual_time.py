"""Virtual time: it stands still while something runs, and jumps to the next timer otherwise."""

import asyncio

import pytest

from tests.world.virtual_time import LoopExecutor, VirtualLoop


@pytest.fixture
def loop():
    made = VirtualLoop()
    yield made
    made.close()


def test_a_sleep_of_a_year_ends_at_once_a_year_later(loop: VirtualLoop):
    loop.run_until_complete(asyncio.sleep(365 * 86_400))
    assert loop.time() == 365 * 86_400


def test_timers_run_in_the_order_of_their_times(loop: VirtualLoop):
    seen: list[tuple[float, str]] = []

    async def note(name: str, after: float) -> None:
        await asyncio.sleep(after)
        seen.append((loop.time(), name))

    async def both() -> None:
        await asyncio.gather(note("late", 20.0), note("early", 10.0))

    loop.run_until_complete(both())
    assert seen == [(10.0, "early"), (20.0, "late")]


def test_a_wait_for_nothing_fails(loop: VirtualLoop):
    with pytest.raises(RuntimeError, match="never comes"):
        loop.run_until_complete(loop.create_future())
    for task in asyncio.all_tasks(loop):
        task.cancel()


def test_calls_that_are_submitted_in_one_turn_run_in_the_next(loop: VirtualLoop):
    seen: list[str] = []

    async def submit() -> None:
        executor = LoopExecutor()
        executor.submit(seen.append, "first")
        executor.submit(seen.append, "second")
        seen.append("submitted")
        await asyncio.sleep(0)

    loop.run_until_complete(submit())
    assert seen == ["submitted", "first", "second"]
