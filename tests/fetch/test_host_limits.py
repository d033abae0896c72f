"""When requests to a host start: every distance, pause and back-off, in virtual time."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from yarl import URL

from ingestd.fetch.host_pace import PaceSignal
from ingestd.fetch.politeness import HostLimiter, LocalPaces, host_key
from ingestd.model.errors import Outcome, TemporaryError
from tests.support.virtual_time import run


@dataclass(frozen=True)
class OwnLimits:
    """Settings of one host."""

    min_delay: float | None = None
    per_host: int | None = None


def limiter(*, concurrency: int = 8, per_host: int = 4, min_delay: float = 0.0) -> HostLimiter:
    return HostLimiter(concurrency=concurrency, per_host=per_host, min_delay=min_delay)


async def starts(hosts: HostLimiter, key: str, count: int = 3) -> list[float]:
    """When so many requests, one after the other, start: seconds since the first."""
    times = []
    for _ in range(count):
        async with hosts.slot(key):
            times.append(asyncio.get_running_loop().time())
    return [round(time - times[0], 6) for time in times]


@pytest.mark.parametrize(("min_delay", "gap"), [(0.0, 0), (2.0, 2)])
def test_starts_are_min_delay_apart(min_delay, gap):
    async def main() -> None:
        assert await starts(limiter(min_delay=min_delay), "a.example") == [0, gap, 2 * gap]
        assert asyncio.get_running_loop().time() == 2 * gap

    run(main())


@pytest.mark.parametrize(
    ("min_delay", "asked", "gap"), [(0.0, 7.0, 7), (0.0, 0.5, 0.5), (0.0, 100.0, 60), (0.0, -5.0, 0), (2.0, 0.5, 2)]
)
def test_starts_are_crawl_delay_apart_up_to_a_minute(min_delay, asked, gap):
    async def main() -> None:
        hosts = limiter(min_delay=min_delay)
        hosts.set_crawl_delay("a.example", asked)
        assert await starts(hosts, "a.example") == [0, gap, 2 * gap]
        assert await starts(hosts, "b.example") == [0, min_delay, 2 * min_delay]

    run(main())


async def respond(hosts: HostLimiter, key: str, status: int = 200, *, url: str = "", **signal: Any) -> None:
    """A request at once, whose response has this status and says this of the pace."""
    meaning = PaceSignal(accepted=status < 400, refused=status == 429, **signal)
    await hosts.record(key, url, status, meaning, hosts.now() + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("min_delay", "refusals", "gap"),
    [(0.0, 1, 1), (0.0, 2, 2), (0.0, 3, 4), (0.0, 7, 64), (2.0, 1, 4), (20.0, 1, 40)],
)
def test_the_distance_doubles_with_every_refusal(min_delay, refusals, gap):
    async def main() -> None:
        hosts = limiter(min_delay=min_delay)
        for _ in range(refusals):
            await respond(hosts, "a.example", 429)
            await asyncio.sleep(0.001)
        assert await starts(hosts, "a.example") == [0, gap, 2 * gap]
        assert await starts(hosts, "b.example") == [0, min_delay, 2 * min_delay]

    run(main())


def test_a_url_that_is_refused_alone_slows_its_host_down_once():
    async def main() -> None:
        hosts = limiter(min_delay=1.0)
        for _ in range(20):
            await respond(hosts, "a.example", 429, url="/refused")
            for _ in range(40):
                await asyncio.sleep(60)
                await respond(hosts, "a.example", url="/accepted")
        assert (await starts(hosts, "a.example"))[1] < 2

    run(main())


def test_other_urls_that_are_refused_slow_their_host_down():
    async def main() -> None:
        hosts = limiter(min_delay=1.0)
        for number in range(3):
            await respond(hosts, "a.example", 429, url=f"/{number}")
            await asyncio.sleep(1)
        assert (await starts(hosts, "a.example"))[1] == 8

    run(main())


def test_a_quota_that_is_used_up_is_waited_for_up_to_two_minutes():
    async def main() -> None:
        hosts, loop = limiter(), asyncio.get_running_loop()
        await respond(hosts, "a.example", quota_s=100.0, reason="RateLimit: 0 requests left for 100 s")
        assert hosts.slowed_wait_s("a.example") == 100
        await starts(hosts, "a.example", 1)
        assert loop.time() == 100
        await respond(hosts, "a.example", quota_s=121.0, reason="RateLimit: 0 requests left for 121 s")
        with pytest.raises(TemporaryError, match=r"may be asked again in 121 s \(RateLimit: 0 requests") as caught:
            await starts(hosts, "a.example", 1)
        assert (caught.value.outcome, caught.value.retry_after_s) == (Outcome.RATE_LIMITED, 121)
        assert loop.time() == 100

    run(main())


def test_a_pause_that_comes_while_a_request_waits_holds_for_it_too():
    async def main() -> None:
        hosts, loop = limiter(min_delay=10.0), asyncio.get_running_loop()
        await starts(hosts, "a.example", 1)
        waiting = asyncio.create_task(starts(hosts, "a.example", 1))
        await asyncio.sleep(9)
        await respond(hosts, "a.example", 503, pause_s=4.0, reason="503, Retry-After: 4 s")
        await waiting
        assert loop.time() == 20  # the claimed start is given up: the next one is after it
        waiting = asyncio.create_task(starts(hosts, "a.example", 1))
        await asyncio.sleep(9)
        await respond(hosts, "a.example", 503, pause_s=600.0, reason="503, Retry-After: 600 s")
        with pytest.raises(TemporaryError, match="asked to be left in peace for another 599 s"):
            await waiting

    run(main())


def test_a_reserved_start_is_used_by_its_url_before_requests_that_wait():
    async def main() -> None:
        hosts, loop = limiter(min_delay=10.0), asyncio.get_running_loop()
        times: dict[str, float] = {}

        async def ask(url: str) -> None:
            async with hosts.slot("a.example", url):
                times[url] = loop.time()

        pages = [asyncio.create_task(ask(f"/{number}")) for number in range(3)]
        await asyncio.sleep(1)
        start, pace = await LocalPaces().claim("a.example", hosts._host("a.example").pace, 10.0, 60.0)
        hosts.learn("a.example", pace)
        hosts.reserve("a.example", "/feed", start)
        await asyncio.gather(ask("/feed"), *pages)
        assert times == {"/0": 0, "/1": 10, "/feed": 20, "/2": 30}

    run(main())


def test_settings_of_a_host():
    async def main() -> None:
        own = {"a.example": OwnLimits(min_delay=5.0, per_host=1), "b.example": OwnLimits()}
        hosts = HostLimiter(concurrency=8, per_host=4, min_delay=1.0, hosts=own)
        assert [hosts.min_spacing_s(key) for key in ("a.example", "b.example", "c.example")] == [5, 1, 1]
        assert await starts(hosts, "a.example") == [0, 5, 10]
        assert await starts(hosts, "b.example") == [0, 1, 2]
        hosts.set_crawl_delay("a.example", 8.0)
        assert hosts.min_spacing_s("a.example") == 8
        async with hosts.slot("a.example"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(60), hosts.slot("a.example"):
                    pass

    run(main())


def test_a_retry_after_of_five_seconds_is_waited_for_and_a_longer_one_is_an_error():
    async def main() -> None:
        hosts, loop = limiter(), asyncio.get_running_loop()
        await respond(hosts, "a.example", 503, pause_s=5.0, reason="503, Retry-After")
        await respond(hosts, "a.example", 503, pause_s=1.0, reason="503, Retry-After")
        await starts(hosts, "a.example", 1)
        assert loop.time() == 5.0
        await respond(hosts, "a.example", 503, pause_s=5.5, reason="503, Retry-After")
        with pytest.raises(TemporaryError) as caught:
            await starts(hosts, "a.example", 1)
        assert (caught.value.outcome, caught.value.retry_after_s) == (Outcome.RATE_LIMITED, 5.5)
        await starts(hosts, "b.example", 1)
        assert loop.time() == 5.0
        await asyncio.sleep(5.5)
        await starts(hosts, "a.example", 1)
        assert loop.time() == 10.5

    run(main())


SHARED = """
    blogspot.com bandcamp.com cnblogs.com csdn.net feedburner.com ghost.io github.io hatenablog.com libsyn.com
    livejournal.com medium.com over-blog.com reddit.com substack.com tumblr.com typepad.com wordpress.com youtube.com
"""


@pytest.mark.parametrize("domain", SHARED.split())
def test_subdomains_of_a_hosting_service_are_one_host(domain):
    for host in (domain, f"a.{domain}", f"b.c.{domain}", f"b.c.d.{domain}."):
        assert host_key(URL(f"https://{host}/")) == domain


async def remembered(hosts: HostLimiter, key: str) -> bool:
    """Whether the distance that a host has asked for is still known."""
    return await starts(hosts, key, 2) == [0, 30]


def test_beyond_4096_hosts_the_quarter_longest_unused_is_forgotten():
    async def main() -> None:
        hosts = limiter()
        for number in range(4096):
            hosts.set_crawl_delay(f"{number}.example", 30.0)
        assert await remembered(hosts, "0.example")
        hosts.set_crawl_delay("one.more", 30.0)
        # A quarter goes at once; the first was used again since.
        assert await remembered(hosts, "0.example")
        assert not await remembered(hosts, "1.example")
        assert not await remembered(hosts, "1024.example")
        assert await remembered(hosts, "1025.example")

    run(main())


def test_a_host_whose_pause_and_distance_end_now_is_forgotten():
    async def main() -> None:
        hosts = limiter()
        await starts(hosts, "started", 1)
        await respond(hosts, "paused", 503, pause_s=0.0, reason="503, Retry-After")
        for key in ("started", "paused"):
            hosts.set_crawl_delay(key, 30.0)
        for number in range(4095):
            hosts.set_crawl_delay(f"{number}.example", 30.0)
        assert not await remembered(hosts, "started")
        assert not await remembered(hosts, "paused")

    run(main())


def test_hosts_with_a_request_a_pause_or_a_distance_to_keep_are_not_forgotten():
    async def main() -> None:
        hosts, loop = limiter(per_host=1), asyncio.get_running_loop()
        await respond(hosts, "paused", 503, pause_s=100.0, reason="503, Retry-After")
        hosts.set_crawl_delay("distant", 30.0)
        await starts(hosts, "distant", 1)
        hosts.set_crawl_delay("done", 30.0)
        async with hosts.slot("busy"):
            for number in range(4200):
                hosts.set_crawl_delay(f"{number}.example", 30.0)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await starts(hosts, "busy", 1)
        with pytest.raises(TemporaryError):
            await starts(hosts, "paused", 1)
        assert not await remembered(hosts, "done")
        await starts(hosts, "distant", 1)
        assert loop.time() == 30.0

    run(main())


def test_a_host_whose_requests_have_ended_is_forgotten():
    async def main() -> None:
        hosts = limiter()
        await starts(hosts, "done", 3)
        hosts.set_crawl_delay("done", 30.0)
        for number in range(4096):
            hosts.set_crawl_delay(f"{number}.example", 30.0)
        assert not await remembered(hosts, "done")

    run(main())
