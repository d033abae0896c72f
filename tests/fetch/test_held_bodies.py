"""Bodies that wait to be read and stored hold up further requests, in virtual time."""

import asyncio
import contextlib
import os

from ingestd.fetch.held_bodies import MAX_HELD_BYTES_PER_PROCESSOR, HeldBodies
from ingestd.fetch.politeness import HostLimiter
from tests.support.virtual_time import run

MOST = MAX_HELD_BYTES_PER_PROCESSOR * (os.cpu_count() or 1)


def new_hosts() -> HostLimiter:
    return HostLimiter(concurrency=8, per_host=8, min_delay=0.0)


async def started(hosts: HostLimiter, count: int) -> tuple[list[str], list["asyncio.Task[None]"]]:
    """The requests that have started at once, of `count` to hosts of their own, each of which takes a second."""
    names: list[str] = []

    async def ask(name: str) -> None:
        async with hosts.slot(name) as slot:
            names.append(name)
            slot.response_started()
            await asyncio.sleep(1)

    tasks = [asyncio.create_task(ask(f"{n}.example")) for n in range(count)]
    await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    return names, tasks


def test_no_request_starts_while_the_bodies_are_large():
    async def scenario() -> None:
        hosts = new_hosts()
        hosts.bodies.hold_for(1, MOST)
        names, tasks = await started(hosts, 20)
        await asyncio.sleep(100)
        assert names == []
        hosts.bodies.release(1)
        await asyncio.sleep(0.01)
        assert len(names) == 8
        await asyncio.gather(*tasks)
        assert len(names) == 20

    run(scenario())


def test_requests_that_have_started_go_on():
    async def scenario() -> None:
        hosts = new_hosts()
        names, tasks = await started(hosts, 10)
        with hosts.bodies.holding(MOST):
            await asyncio.sleep(100)
            # Two waited for a slot.
            assert len(names) == 8
        await asyncio.gather(*tasks)
        assert len(names) == 10

    run(scenario())


def test_a_request_that_gives_up_while_it_is_held_up_leaves_the_slots_as_they_were():
    async def scenario() -> None:
        hosts = new_hosts()
        hosts.bodies.hold_for(1, MOST)
        names, tasks = await started(hosts, 3)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        hosts.bodies.release(1)
        names, tasks = await started(hosts, 9)
        assert len(names) == 8
        await asyncio.gather(*tasks)

    run(scenario())


def test_bodies_are_counted_until_they_are_released():
    freed: list[bool] = []
    bodies = HeldBodies(lambda: freed.append(bodies.are_too_large))
    found: list[bool] = []
    bodies.hold_for(1, MOST - 1)
    found.append(bodies.are_too_large)
    with contextlib.suppress(RuntimeError), bodies.holding(1):
        found.append(bodies.are_too_large)
        raise RuntimeError
    found.append(bodies.are_too_large)
    bodies.hold_for(1, 5)
    bodies.hold_for(2, MOST)
    bodies.release(1)
    bodies.release(3)
    found.append(bodies.are_too_large)
    bodies.release(2)
    found.append(bodies.are_too_large)
    assert found == [False, True, False, True, False]
    assert freed == [False, False]
