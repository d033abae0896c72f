"""How long requests without a response keep others waiting for a shared slot, in virtual time."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from ingestd.fetch.host_pace import PaceSignal
from ingestd.fetch.politeness import HostLimiter
from ingestd.fetch.slots import BODY_GRACE_S, INITIAL_GRACE_S, MAX_SLOTLESS, MIN_GRACE_S, Slots
from ingestd.model.errors import TemporaryError
from tests.support.virtual_time import run

SLOTS = 32
TIMEOUT_S = 20.0


async def ask(hosts: HostLimiter, name: str, latency_s: float) -> float:
    """One request, whose response begins after `latency_s`, or never from `TIMEOUT_S` on; gives the time of its end."""
    async with hosts.slot(name) as slot:
        await asyncio.sleep(min(latency_s, TIMEOUT_S))
        if latency_s < TIMEOUT_S:
            slot.response_started()
    return asyncio.get_running_loop().time()


async def seconds_of_responsive(hosts: HostLimiter, sources: list[tuple[str, float]]) -> float:
    """Seconds until the last host that responds has done so; the others run into their timeout."""
    started = asyncio.get_running_loop().time()
    tasks = [(latency, asyncio.create_task(ask(hosts, name, latency))) for name, latency in sources]
    ends = await asyncio.gather(*(task for latency, task in tasks if latency < TIMEOUT_S))
    await asyncio.gather(*(task for _, task in tasks))
    return max(ends) - started


def new_hosts(slots: int = SLOTS) -> HostLimiter:
    return HostLimiter(concurrency=slots, per_host=2, min_delay=1.0)


LATENCIES: dict[str, Callable[[random.Random], float]] = {
    "quick": lambda rng: 0.05,
    "usual": lambda rng: 0.3,
    "scattered": lambda rng: min(rng.lognormvariate(-1.5, 0.8), 4.0),
    "slow": lambda rng: rng.uniform(1.0, 2.0),
}


def sources(kind: str, seed: int) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    rng = random.Random(seed)
    good = [(f"good{number}", LATENCIES[kind](rng)) for number in range(450)]
    return good, [(f"hanging{number}", TIMEOUT_S) for number in range(50)]


async def second_round(first: list[tuple[str, float]], second: list[tuple[str, float]]) -> float:
    """Seconds that the second of two rounds takes."""
    hosts = new_hosts()
    await seconds_of_responsive(hosts, first)
    await asyncio.sleep(5)
    return await seconds_of_responsive(hosts, second)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", LATENCIES)
def test_fifty_unresponsive_hosts_of_five_hundred_delay_the_others_by_a_tenth_at_most(kind, seed):
    """Beside the latency of one response, by which two rounds can differ."""
    good, hanging = sources(kind, seed)
    mixed = good + hanging
    random.Random(seed).shuffle(mixed)
    alone = run(seconds_of_responsive(new_hosts(), good))
    together = run(seconds_of_responsive(new_hosts(), mixed))
    assert together <= 1.1 * alone + max(latency for _, latency in good)


@pytest.mark.slow
@pytest.mark.parametrize("kind", LATENCIES)
def test_unresponsive_hosts_that_come_first_delay_the_others_by_one_grace_period(kind):
    """There are more of them than slots."""
    good, hanging = sources(kind, 1)
    alone = run(seconds_of_responsive(new_hosts(), good))
    assert run(seconds_of_responsive(new_hosts(), hanging + good)) <= 1.1 * alone + INITIAL_GRACE_S
    # In the second round they take no slot.
    assert run(second_round(hanging + good, hanging + good)) <= 1.1 * run(second_round(good, good))


@pytest.mark.parametrize(("slots", "latency_s"), [(1, 0.9), (3, 0.9), (32, 0.5)])
def test_no_more_requests_are_in_flight_than_slots_while_responses_come(slots, latency_s):
    async def main() -> int:
        hosts, now, most = new_hosts(slots), 0, 0

        async def one(number: int) -> None:
            nonlocal now, most
            async with hosts.slot(f"host{number}") as slot:
                now += 1
                most = max(most, now)
                await asyncio.sleep(latency_s)
                slot.response_started()
                now -= 1

        await asyncio.gather(*(one(number) for number in range(200)))
        return most

    assert run(main()) == slots


def seconds_until_granted(prepare: Callable[[Slots], Coroutine[Any, Any, Any]], slots: int = 1) -> float:
    """Seconds that one more request waits for a slot after `prepare`."""

    async def main() -> float:
        shared = Slots(slots)
        await prepare(shared)
        started = asyncio.get_running_loop().time()
        (await shared.acquire()).release()
        return asyncio.get_running_loop().time() - started

    return float(run(main()))


async def no_response(shared: Slots) -> None:
    await shared.acquire()


async def a_response_that_does_not_end(shared: Slots) -> None:
    (await shared.acquire()).response_started()


async def no_response_after_quick_ones(shared: Slots) -> None:
    for _ in range(50):
        slot = await shared.acquire()
        await asyncio.sleep(0.01)
        slot.response_started()
        slot.release()
    await shared.acquire()


async def no_response_for_ten_seconds(shared: Slots) -> None:
    await shared.acquire()
    await asyncio.sleep(10)


async def a_request_cancelled_while_it_waits(shared: Slots) -> None:
    slot = await shared.acquire()
    waiting = asyncio.create_task(shared.acquire())
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    slot.release()


async def a_request_cancelled_as_it_is_granted(shared: Slots) -> None:
    slot = await shared.acquire()
    waiting = asyncio.create_task(shared.acquire())
    await asyncio.sleep(0.1)
    slot.release()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def requests_without_a_slot(shared: Slots) -> None:
    await asyncio.gather(*(shared.acquire(slotless=True) for _ in range(MAX_SLOTLESS)))


WAITS = [
    (no_response, INITIAL_GRACE_S),
    (no_response_after_quick_ones, MIN_GRACE_S),
    (no_response_for_ten_seconds, 0.0),
    (a_response_that_does_not_end, BODY_GRACE_S),
    (a_request_cancelled_while_it_waits, 0.0),
    (a_request_cancelled_as_it_is_granted, 0.0),
    (requests_without_a_slot, 0.0),
]


@pytest.mark.parametrize(("prepare", "seconds"), WAITS, ids=[row[0].__name__ for row in WAITS])
def test_seconds_until_a_slot_is_yielded(prepare, seconds):
    assert seconds_until_granted(prepare) == pytest.approx(seconds, abs=0.01)


def test_requests_without_a_slot_are_bounded():
    async def main() -> int:
        shared, taken = Slots(1), 0
        while True:
            try:
                async with asyncio.timeout(3600):
                    await shared.acquire()
            except TimeoutError:
                return taken
            taken += 1

    assert MAX_SLOTLESS < run(main()) <= MAX_SLOTLESS + 2


def test_an_unresponsive_host_takes_no_slot_until_it_responds():
    async def main() -> None:
        hosts = new_hosts(1)
        await ask(hosts, "host", TIMEOUT_S)
        async with hosts.slot("other"), asyncio.timeout(0.2):
            await ask(hosts, "host", 0.1)
        await asyncio.sleep(2)
        async with hosts.slot("other"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await ask(hosts, "host", 0.1)

    run(main())


def test_the_pause_of_an_unresponsive_host_is_kept():
    async def main() -> None:
        hosts = new_hosts()
        await ask(hosts, "host", TIMEOUT_S)
        signal = PaceSignal(pause_s=600.0, reason="503, Retry-After: 600 s")
        await hosts.record("host", "", 503, signal, hosts.now())
        with pytest.raises(TemporaryError):
            await ask(hosts, "host", 0.1)

    run(main())
