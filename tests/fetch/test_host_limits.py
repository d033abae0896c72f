"""When requests to a host start: every distance, pause and back-off, in virtual time."""

import asyncio

import pytest
from yarl import URL

from ingestd.fetch.politeness import HostLimiter, host_key
from ingestd.model.errors import Outcome, TemporaryError
from tests.support.virtual_time import run


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


@pytest.mark.parametrize(
    ("min_delay", "steps", "gap"),
    [(0.0, 1, 1), (0.0, 2, 2), (0.0, 3, 4), (0.0, 4, 8), (0.0, 5, 10), (0.0, 20, 10), (2.0, 1, 4), (20.0, 1, 20)],
)
def test_the_distance_doubles_with_every_429_up_to_ten_seconds(min_delay, steps, gap):
    async def main() -> None:
        hosts = limiter(min_delay=min_delay)
        for _ in range(steps):
            hosts.increase_delay("a.example")
        assert await starts(hosts, "a.example") == [0, gap, 2 * gap]

    run(main())


def test_the_distance_halves_with_every_response_below_400():
    async def main() -> None:
        hosts = limiter()
        hosts.decrease_delay("a.example")
        for _ in range(20):
            hosts.increase_delay("a.example")
        gaps = []
        for _ in range(9):
            gaps.append((await starts(hosts, "a.example", 2))[1])
            hosts.decrease_delay("a.example")
        assert gaps == [10, 10, 10, 10, 8, 4, 2, 1, 0]
        hosts.increase_delay("a.example")
        assert await starts(hosts, "a.example", 2) == [0, 1]

    run(main())


def test_a_retry_after_of_five_seconds_is_waited_for_and_a_longer_one_is_an_error():
    async def main() -> None:
        hosts, loop = limiter(), asyncio.get_running_loop()
        hosts.retry_after("a.example", 5.0)
        hosts.retry_after("a.example", 1.0)
        await starts(hosts, "a.example", 1)
        assert loop.time() == 5.0
        hosts.retry_after("a.example", 5.5)
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
        hosts.retry_after("paused", 0.0)
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
        hosts.retry_after("paused", 100.0)
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
