"""Bodies that wait to be read and stored hold up further requests, in virtual time."""

import asyncio
import contextlib
import os

from ingestd.fetch.held_bodies import MAX_HELD_BYTES_PER_PROCESSOR, HeldBodies
from ingestd.fetch.politeness import HostLimiter
from tests.support.virtual_time import run

MOST = MAX_HELD_BYTES_PER_PROCESSOR * (os.cpu_count() or 1)


def hold_as_many_as_may_be(bodies: HeldBodies) -> None:
    """Hold four large bodies, each of a source of its own: 1 to 4."""
    for source_id in range(1, 5):
        bodies.hold_for(source_id, MOST)


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
        hold_as_many_as_may_be(hosts.bodies)
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
        hold_as_many_as_may_be(hosts.bodies)
        with hosts.bodies.holding(MOST):
            hosts.bodies.release(1)
            await asyncio.sleep(100)
            # Two waited for a slot.
            assert len(names) == 8
        await asyncio.gather(*tasks)
        assert len(names) == 10

    run(scenario())


def test_a_request_that_gives_up_while_it_is_held_up_leaves_the_slots_as_they_were():
    async def scenario() -> None:
        hosts = new_hosts()
        hold_as_many_as_may_be(hosts.bodies)
        names, tasks = await started(hosts, 3)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        hosts.bodies.release(1)
        names, tasks = await started(hosts, 9)
        assert len(names) == 8
        await asyncio.gather(*tasks)

    run(scenario())


def test_one_body_of_any_size_holds_up_no_request():
    async def scenario() -> None:
        hosts = new_hosts()
        hosts.bodies.hold_for(1, 100 * MOST)
        with hosts.bodies.holding(100 * MOST):
            names, tasks = await started(hosts, 8)
            assert len(names) == 8
        await asyncio.gather(*tasks)

    run(scenario())


def test_bodies_are_counted_until_they_are_released():
    freed: list[bool] = []
    bodies = HeldBodies(lambda: freed.append(bodies.are_too_large))
    found: list[bool] = []
    for source_id in range(1, 4):
        bodies.hold_for(source_id, MOST // 4)
    bodies.hold_for(4, MOST // 4 - 1)
    found.append(bodies.are_too_large)
    with contextlib.suppress(RuntimeError), bodies.holding(1):
        found.append(bodies.are_too_large)
        raise RuntimeError
    found.append(bodies.are_too_large)
    bodies.hold_for(4, 5)
    found.append(bodies.are_too_large)
    bodies.hold_for(5, MOST)
    bodies.release(4)
    bodies.release(9)
    found.append(bodies.are_too_large)
    bodies.release(5)
    found.append(bodies.are_too_large)
    assert found == [False, True, False, True, True, False]
    assert freed == [False, False]
