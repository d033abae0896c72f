"""What requests that hang cost the others, in the time of an event loop that skips its waits: exact, and at no cost."""

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from ingestd.fetch.politeness import HostLimiter
from ingestd.fetch.slots import BODY_GRACE_S, INITIAL_GRACE_S, MAX_SLOTLESS, MIN_GRACE_S, Slots
from ingestd.model.errors import TemporaryError

PLACES = 32
TIMEOUT_S = 20.0


class Skipping(selectors.SelectSelector):
    """Waits for nothing: the time of every wait passes at once."""

    now = 0.0

    def select(self, timeout=None):
        self.now += timeout or 0.0
        return super().select(0)


class SkippingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.skipping = Skipping()
        super().__init__(self.skipping)

    def time(self) -> float:
        return self.skipping.now


def run(main: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(main)


async def ask(hosts: HostLimiter, name: str, latency_s: float) -> float:
    """One request, whose answer begins after `latency_s` or never; gives the time of its end."""
    async with hosts.slot(name) as place:
        await asyncio.sleep(min(latency_s, TIMEOUT_S))
        if latency_s < TIMEOUT_S:
            place.response_started()
    return asyncio.get_running_loop().time()


async def last_good(hosts: HostLimiter, sources: list[tuple[str, float]]) -> float:
    """Seconds until the last source that answers has been read; those that hang go on."""
    started = asyncio.get_running_loop().time()
    tasks = [(latency, asyncio.create_task(ask(hosts, name, latency))) for name, latency in sources]
    ends = await asyncio.gather(*(task for latency, task in tasks if latency < TIMEOUT_S))
    await asyncio.gather(*(task for _, task in tasks))
    return max(ends) - started


def new_hosts(places: int = PLACES) -> HostLimiter:
    return HostLimiter(concurrency=places, per_host=2, min_delay=1.0)


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


async def both_rounds(first: list[tuple[str, float]], second: list[tuple[str, float]]) -> float:
    """Seconds that the second of two rounds takes, when it is known who has hung in the first."""
    hosts = new_hosts()
    await last_good(hosts, first)
    await asyncio.sleep(5)
    return await last_good(hosts, second)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", LATENCIES)
def test_fifty_hanging_sources_of_five_hundred_delay_the_others_by_a_tenth_at_most(kind, seed):
    """Besides the one answer by which two rounds can differ that are cut off at the same places."""
    good, hanging = sources(kind, seed)
    mixed = good + hanging
    random.Random(seed).shuffle(mixed)
    alone = run(last_good(new_hosts(), good))
    together = run(last_good(new_hosts(), mixed))
    assert together <= 1.1 * alone + max(latency for _, latency in good)


@pytest.mark.parametrize("kind", LATENCIES)
def test_in_the_worst_order_they_cost_one_grace_once(kind):
    """Strangers that all hang are asked first, more of them than there are places."""
    good, hanging = sources(kind, 1)
    alone = run(last_good(new_hosts(), good))
    assert run(last_good(new_hosts(), hanging + good)) <= 1.1 * alone + INITIAL_GRACE_S
    # From then on they are known.
    assert run(both_rounds(hanging + good, hanging + good)) <= 1.1 * run(both_rounds(good, good))


@pytest.mark.parametrize(("places", "latency_s"), [(1, 0.9), (3, 0.9), (32, 0.5)])
def test_while_answers_come_no_more_are_in_flight_than_there_are_places(places, latency_s):
    async def main() -> int:
        hosts, now, most = new_hosts(places), 0, 0

        async def one(number: int) -> None:
            nonlocal now, most
            async with hosts.slot(f"host{number}") as place:
                now += 1
                most = max(most, now)
                await asyncio.sleep(latency_s)
                place.response_started()
                now -= 1

        await asyncio.gather(*(one(number) for number in range(200)))
        return most

    assert run(main()) == places


def seconds_until_let_in(prepare: Callable[[Slots], Coroutine[Any, Any, Any]], places: int = 1) -> float:
    """How long one more request waits for a place after `prepare`."""

    async def main() -> float:
        shared = Slots(places)
        await prepare(shared)
        started = asyncio.get_running_loop().time()
        (await shared.acquire()).release()
        return asyncio.get_running_loop().time() - started

    return float(run(main()))


async def silence(shared: Slots) -> None:
    await shared.acquire()


async def a_drip(shared: Slots) -> None:
    (await shared.acquire()).response_started()


async def silence_after_quick_answers(shared: Slots) -> None:
    for _ in range(50):
        place = await shared.acquire()
        await asyncio.sleep(0.01)
        place.response_started()
        place.release()
    await shared.acquire()


async def long_silence(shared: Slots) -> None:
    await shared.acquire()
    await asyncio.sleep(10)


async def one_that_gives_up_waiting(shared: Slots) -> None:
    place = await shared.acquire()
    waiting = asyncio.create_task(shared.acquire())
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    place.release()


async def one_that_gives_up_as_it_is_let_in(shared: Slots) -> None:
    place = await shared.acquire()
    waiting = asyncio.create_task(shared.acquire())
    await asyncio.sleep(0.1)
    place.release()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def silent_strangers(shared: Slots) -> None:
    await asyncio.gather(*(shared.acquire(slotless=True) for _ in range(MAX_SLOTLESS)))


WAITS = [
    (silence, INITIAL_GRACE_S),
    (silence_after_quick_answers, MIN_GRACE_S),
    (long_silence, 0.0),
    (a_drip, BODY_GRACE_S),
    (one_that_gives_up_waiting, 0.0),
    (one_that_gives_up_as_it_is_let_in, 0.0),
    (silent_strangers, 0.0),
]


@pytest.mark.parametrize(("prepare", "seconds"), WAITS, ids=[row[0].__name__ for row in WAITS])
def test_how_long_a_request_waits_for_the_place_of_another(prepare, seconds):
    assert seconds_until_let_in(prepare) == pytest.approx(seconds, abs=0.01)


def test_the_silent_ones_are_bounded():
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


def test_a_host_that_has_hung_takes_nobodys_place_until_it_answers_again():
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


def test_a_rest_is_kept_by_a_silent_host_too():
    async def main() -> None:
        hosts = new_hosts()
        await ask(hosts, "host", TIMEOUT_S)
        hosts.retry_after("host", 600)
        with pytest.raises(TemporaryError):
            await ask(hosts, "host", 0.1)

    run(main())
