"""What a limiter learns of its hosts, what it keeps of it, and when it asks the shared paces; in virtual time."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from ingestd.fetch.host_pace import PaceSignal
from ingestd.fetch.politeness import HostLimiter, LocalPaces
from ingestd.model.errors import Outcome, TemporaryError
from ingestd.model.host_pace import HostPace, Refusal
from tests.support.virtual_time import run

HOST = "a.example"


class Paces(LocalPaces):
    """The shared paces, with what was asked of them."""

    def __init__(self) -> None:
        self.claims = 0
        self.changes: list[Refusal | None] = []
        self.pace = HostPace()

    async def claim(
        self, key: str, known: HostPace, min_spacing_s: float, max_wait_s: float
    ) -> tuple[datetime, HostPace]:
        self.claims += 1
        return await super().claim(key, known, min_spacing_s, max_wait_s)

    async def change(
        self, key: str, known: HostPace, change: Callable[[HostPace], HostPace], refusal: Refusal | None
    ) -> HostPace:
        self.changes.append(refusal)
        self.pace = await super().change(key, known, change, refusal)
        return self.pace


def limiter(*, concurrency: int = 8, per_host: int = 4, min_delay: float = 0.0) -> tuple[HostLimiter, Paces]:
    hosts, paces = HostLimiter(concurrency=concurrency, per_host=per_host, min_delay=min_delay), Paces()
    hosts.paces = paces
    return hosts, paces


async def respond(hosts: HostLimiter, status: int = 200, url: str = "/x", **signal: Any) -> None:
    found = PaceSignal(accepted=status < 400, refused=status == 429, **signal)
    await hosts.record(HOST, url, status, found, hosts.now() + timedelta(microseconds=1))


async def start(hosts: HostLimiter, url: str = "") -> float:
    """When a request starts, in seconds of the virtual time."""
    async with hosts.slot(HOST, url):
        return asyncio.get_running_loop().time()


@pytest.mark.parametrize(
    ("min_delay", "spacing_s", "next_s", "wait_s", "slowed_s"),
    [
        (0.0, 0.0, None, 0, 0),
        (0.0, 0.0, 5, 5, 5),
        (10.0, 0.0, 5, 5, 0),
        (10.0, 0.0, 10, 10, 0),
        (10.0, 0.0, 11, 11, 11),
        (10.0, 3.0, 5, 5, 5),
        (0.0, 3.0, -5, 0, 0),
    ],
)
def test_seconds_until_a_host_may_be_asked(min_delay, spacing_s, next_s, wait_s, slowed_s):
    async def main() -> None:
        hosts, _ = limiter(min_delay=min_delay)
        assert (hosts.wait_s(HOST), hosts.slowed_wait_s(HOST)) == (0, 0)
        next_at = None if next_s is None else hosts.now() + timedelta(seconds=next_s)
        hosts.learn(HOST, HostPace(spacing_s=spacing_s, next_at=next_at))
        assert (hosts.wait_s(HOST), hosts.slowed_wait_s(HOST)) == (wait_s, slowed_s)
        assert hosts.wait_s("b.example") == hosts.slowed_wait_s("b.example") == 0

    run(main())


def test_the_shared_paces_are_changed_where_a_response_says_something():
    async def main() -> None:
        hosts, paces = limiter()
        await respond(hosts)
        await respond(hosts, 500)
        assert paces.changes == []
        await respond(hosts, 429)
        await respond(hosts, 503, pause_s=5.0)
        assert paces.changes == [Refusal(hosts.now(), 429), None]
        # A refusal is recorded also where it changes no pace: its request started before the last one.
        await hosts.record(HOST, "/y", 429, PaceSignal(refused=True), hosts.now() - timedelta(seconds=1))
        assert paces.changes[2:] == [Refusal(hosts.now(), 429)]

    run(main())


ACCEPTING = HostPace(spacing_s=10.0, refused_spacing_s=5.0, accepted=8)


@pytest.mark.parametrize(
    ("before", "accepted", "is_slowed"),
    [
        ([], 8, True),
        ([(429, "/x")], 8, False),
        ([(429, "/x")], 7, True),
        ([(429, "/y")], 8, True),
        ([(429, "/x"), (200, "/x")], 8, True),
        ([(429, "/x"), (200, "/y")], 8, False),
        ([(429, "/x"), (500, "/x")], 8, False),
        ([(429, f"/{number}") for number in range(63)] + [(429, "/x")], 8, False),
        ([(429, f"/{number}") for number in range(64)] + [(429, "/x")], 8, True),
    ],
)
def test_a_url_that_is_refused_again_alone_says_nothing_of_its_host(before, accepted, is_slowed):
    async def main() -> None:
        hosts, paces = limiter()
        for status, url in before:
            hosts.learn(HOST, HostPace(spacing_s=10.0))
            await respond(hosts, status, url)
            await asyncio.sleep(1)
        pace = HostPace(spacing_s=10.0, refused_spacing_s=5.0, accepted=accepted)
        hosts.learn(HOST, pace)
        count = len(paces.changes)
        await respond(hosts, 429, pause_s=600.0)
        assert paces.changes[count:] == [Refusal(hosts.now(), 429)]
        if is_slowed:
            assert paces.pace.spacing_s > 10
            assert paces.pace.paused_until == hosts.now() + timedelta(seconds=600)
        else:
            assert paces.pace == pace

    run(main())


@pytest.mark.parametrize("signal", [{"status": 429}, {"status": 503, "pause_s": 2.0}, {"status": 200, "quota_s": 2.0}])
def test_a_response_that_delays_the_host_delays_a_reserved_start(signal):
    async def main() -> None:
        hosts, paces = limiter()
        hosts.reserve(HOST, "/u", hosts.now() + timedelta(seconds=0.5))
        await respond(hosts, **signal)
        assert await start(hosts, "/u") == paces.pace.may_start_at(hosts.now()).timestamp() > 0.5

    run(main())


def test_a_response_that_delays_nothing_leaves_a_reserved_start():
    async def main() -> None:
        hosts, _ = limiter()
        hosts.learn(HOST, ACCEPTING)
        hosts.reserve(HOST, "/u", hosts.now() + timedelta(seconds=0.5))
        await respond(hosts)
        assert await start(hosts, "/u") == 0.5

    run(main())


@pytest.mark.parametrize(
    ("min_delay", "pace", "claims"),
    [(0.0, HostPace(), 0), (1.0, HostPace(), 1), (0.0, HostPace(spacing_s=1.0), 1)],
)
def test_a_start_is_claimed_where_the_host_has_a_pace(min_delay, pace, claims):
    async def main() -> None:
        hosts, paces = limiter(min_delay=min_delay)
        hosts.learn(HOST, pace)
        assert await start(hosts) == 0
        assert paces.claims == claims

    run(main())


@pytest.mark.parametrize("seconds", [119.5, 120.0])
def test_a_start_within_two_minutes_is_waited_for(seconds):
    async def main() -> None:
        hosts, _ = limiter()
        hosts.learn(HOST, HostPace(next_at=hosts.now() + timedelta(seconds=seconds)))
        assert await start(hosts) == seconds

    run(main())


def test_a_later_start_is_an_error_and_is_not_claimed():
    async def main() -> None:
        hosts, _ = limiter(min_delay=10.0)
        hosts.learn(HOST, HostPace(next_at=hosts.now() + timedelta(seconds=200)))
        for _ in range(2):
            with pytest.raises(
                TemporaryError, match=r"^a\.example may be asked again in 200 s \(its pace\)$"
            ) as raised:
                await start(hosts)
            assert (raised.value.outcome, raised.value.retry_after_s) == (Outcome.RATE_LIMITED, 200)

    run(main())


def test_a_pause_that_another_process_was_asked_for_is_kept():
    class Paused(Paces):
        async def claim(
            self, key: str, known: HostPace, min_spacing_s: float, max_wait_s: float
        ) -> tuple[datetime, HostPace]:
            now = self.now()
            return now, HostPace(paused_until=now + timedelta(seconds=600))

    async def main() -> None:
        hosts, _ = limiter(min_delay=1.0)
        hosts.paces = Paused()
        with pytest.raises(TemporaryError, match="left in peace for another 600 s"):
            await start(hosts)

    run(main())


@pytest.mark.parametrize(("min_delay", "spacing_s", "gap"), [(0.5, 0.0, 0.5), (0.0, 2.0, 2.0), (0.5, 2.0, 2.0)])
def test_a_request_that_waits_for_a_slot_keeps_the_distance_to_the_next(min_delay, spacing_s, gap):
    async def main() -> None:
        hosts, _ = limiter(per_host=1, min_delay=min_delay)
        hosts.learn(HOST, HostPace(spacing_s=spacing_s))
        times = []

        async def request(lasting_s: float) -> None:
            async with hosts.slot(HOST):
                times.append(asyncio.get_running_loop().time())
                await asyncio.sleep(lasting_s)

        await asyncio.gather(request(10), request(0), request(0))
        assert times == [0, 10, 10 + gap]

    run(main())


def test_a_request_that_is_cancelled_while_it_waits_gives_its_place_back():
    async def main() -> None:
        hosts, _ = limiter(concurrency=1, per_host=1)
        async with hosts.slot("b.example"):
            waiting = asyncio.create_task(start(hosts))
            await asyncio.sleep(0.01)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        async with asyncio.timeout(5):
            assert await start(hosts) == pytest.approx(0.01)

    run(main())
