"""Work under a lease ends with it: by the clock of the event loop, or where the database says that it is lost."""

import asyncio
from math import inf

import pytest

from ingestd.model.errors import LeaseLostError
from ingestd.poll.held_leases import HeldLeases

OVER = float("-inf")


def held(until: float) -> HeldLeases:
    """Sources 1 and 2 under the leases 7 and 8, of which the first is renewed, and one of a task."""
    leases = HeldLeases()
    leases.claimed({1: 7, 2: 8}, until)
    leases.claimed({"backup": 9}, until)
    leases.renew(1)
    return leases


def test_numbers_are_kept_until_the_lease_is_forgotten():
    leases = held(inf)
    assert [leases.number(1), leases.number("backup"), leases.number(3)] == [7, 9, None]
    assert leases.renewed_numbers() == (7,)
    leases.renew("backup")
    leases.renew(3)
    assert leases.renewed_numbers() == (7, 9)
    for leased in (1, "backup", 3):
        leases.forget(leased)
    assert (leases.number(1), leases.renewed_numbers()) == (None, ())


async def test_work_goes_on_under_a_lease_that_stands_and_without_one():
    leases = held(inf)
    for leased in (1, 3):
        async with leases.ends_with(leased):
            await asyncio.sleep(0)


async def test_work_under_a_lease_that_expired_while_the_process_was_halted_is_cancelled():
    with pytest.raises(LeaseLostError, match="halted or cut off"):
        async with held(OVER).ends_with(1):
            await asyncio.sleep(3600)


async def test_work_under_a_lease_that_was_not_renewed_is_cancelled():
    leases = held(inf)

    async def work(leased: int) -> str:
        async with leases.ends_with(leased):
            await asyncio.sleep(3600 if leased == 1 else 0.01)
        return "done"

    tasks = [asyncio.create_task(work(leased)) for leased in (1, 2)]
    await asyncio.sleep(0)
    leases.were_renewed((7,), frozenset({8}), inf)
    lost, kept = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(lost, LeaseLostError)
    assert kept == "done"


async def test_a_renewed_lease_stands_longer():
    leases = held(asyncio.get_running_loop().time() + 3600)
    async with leases.ends_with(1):
        leases.were_renewed((7,), (7,), OVER)
        leases.were_renewed((7,), (7,), inf)
        await asyncio.sleep(0)


async def test_a_cancellation_and_a_timeout_of_the_work_itself_stay_what_they_are():
    leases = held(inf)
    with pytest.raises(TimeoutError):
        async with leases.ends_with(1):
            raise TimeoutError
    with pytest.raises(asyncio.CancelledError):
        async with leases.ends_with(1):
            raise asyncio.CancelledError
