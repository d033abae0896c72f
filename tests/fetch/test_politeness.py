"""Limits of requests per host and of all hosts together, with real sockets."""

import asyncio
from collections.abc import Iterable
from ipaddress import ip_network
from itertools import pairwise

import pytest
from yarl import URL

from ingestd.fetch import Client
from ingestd.fetch.politeness import host_key
from ingestd.model.errors import Outcome, PollError, TemporaryError
from ingestd.model.http import Request, Response
from tests.fetch.conftest import Limits, until
from tests.support.server import HANG, Answer, Raw, Server

LOOPBACK = (ip_network("127.0.0.0/8"),)

KEYS = [
    ("http://example.org/a", "example.org"),
    ("https://Example.org:443/b", "example.org"),
    ("http://example.org.:80/", "example.org"),
    ("http://example.org:8080/", "example.org:8080"),
    ("http://a.blogspot.com/", "blogspot.com"),
    ("http://b.blogspot.com/", "blogspot.com"),
    ("http://notblogspot.com/", "notblogspot.com"),
    ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
]


@pytest.mark.parametrize(("url", "key"), KEYS)
def test_the_key_of_a_host(url, key):
    assert host_key(URL(url)) == key


async def get_all(client: Client, urls: Iterable[str]) -> list[Response | BaseException]:
    return await asyncio.gather(*(client.get(Request(url)) for url in urls), return_exceptions=True)


async def test_no_more_than_per_host_at_once(server):
    server.otherwise(Answer(body="x", delay=3))
    async with Client(Limits(per_host=2)) as client:
        await get_all(client, [server.url(f"/{number}") for number in range(12)])
    assert (len(server.requests), server.most_in_flight) == (12, 2)


async def test_starts_are_min_delay_apart_across_feeds_pages_redirects_and_robots_txt(server, starts):
    server.route("/feed", Answer(302, headers={"Location": "/moved"}))
    server.otherwise(Answer(body="x"))
    async with Client(Limits(min_delay=2.0, per_host=4)) as client:
        await asyncio.gather(
            client.get(Request(server.url("/feed"), accept="feed")),
            client.get(Request(server.url("/page"), accept="page")),
            client.get(Request(server.url("/other"))),
        )
    assert len(starts) == len(server.requests) == 5  # robots.txt too
    assert [later - earlier for (_, earlier), (_, later) in pairwise(starts)] == pytest.approx([2.0] * 4)


async def test_no_more_than_concurrency_over_all_hosts():
    hosts = [f"127.0.0.{number}" for number in range(1, 13)]
    async with Server(hosts) as server:
        server.otherwise(Answer(body="x", delay=0.2))
        async with Client(Limits(concurrency=3, allow_networks=LOOPBACK)) as client:
            await get_all(client, [server.url("/", host) for host in hosts])
    assert (len(server.requests), server.most_in_flight) == (12, 3)


@pytest.mark.slow
async def test_fifty_unresponsive_hosts_of_five_hundred_do_not_delay_the_others_to_their_timeout():
    """They are requested first. `test_slots` has the exact delays."""
    good = [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(450)]
    hanging = [f"127.0.9.{number}" for number in range(1, 51)]
    async with Server("0.0.0.0") as server:

        def reply(request):
            return Raw(HANG) if request.address.startswith("127.0.9.") else Answer(body="x" * 1000, delay=0.01)

        server.otherwise(reply)
        async with Client(Limits(allow_networks=LOOPBACK, per_host=2)) as client:
            slow = [asyncio.create_task(client.get(Request(server.url("/", host)))) for host in hanging]
            await asyncio.sleep(0)
            got = await get_all(client, [server.url("/", host) for host in good])
            assert [response for response in got if isinstance(response, BaseException)] == []
            assert not any(task.done() for task in slow)
            assert asyncio.get_running_loop().time() < 5
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)


async def test_a_slow_host_delays_its_own_requests_only():
    async with Server(["127.0.0.1", "127.0.0.2"]) as server:
        server.otherwise(lambda request: Raw(HANG) if request.address == "127.0.0.1" else Answer(body="x"))
        limits = Limits(concurrency=4, per_host=2, allow_networks=LOOPBACK)
        async with Client(limits) as client:
            slow = [asyncio.create_task(client.get(Request(server.url(f"/{n}", "127.0.0.1")))) for n in range(8)]
            await until(lambda: server.in_flight >= 2)
            got = await get_all(client, [server.url(f"/{n}", "127.0.0.2") for n in range(8)])
            assert [response for response in got if isinstance(response, BaseException)] == []
            assert not any(task.done() for task in slow)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)


WAITS = [
    (429, "120", 120),
    (503, "120", 120),
    (429, "99999999999999999999", 86_400),
    (503, "Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
    (429, "Sun, 06 Nov 1994 08:49:37 GMT", 0),
    (429, "-5", None),
    (429, "soon", None),
    (429, "9" * 3000, None),
    (429, None, None),
]


@pytest.mark.parametrize(("status", "value", "seconds"), WAITS)
async def test_retry_after_is_read_and_clamped(server, client, status, value, seconds):
    server.route("/", Answer(status, headers={"Retry-After": value} if value else {}))
    with pytest.raises(TemporaryError) as caught:
        await client.get(Request(server.url("/")))
    assert caught.value.retry_after_s == seconds


async def test_retry_after_pauses_the_whole_host_and_no_other():
    async with Server(["127.0.0.1", "127.0.0.2"]) as server:
        server.route("/busy", Answer(429, headers={"Retry-After": "600"}))
        server.otherwise(Answer(body="x"))
        async with Client(Limits(allow_networks=LOOPBACK)) as client:
            with pytest.raises(TemporaryError):
                await client.get(Request(server.url("/busy")))
            with pytest.raises(TemporaryError) as caught:
                await client.get(Request(server.url("/other")))
            assert caught.value.outcome is Outcome.RATE_LIMITED
            assert caught.value.retry_after_s == pytest.approx(600)
            assert (await client.get(Request(server.url("/other", "127.0.0.2")))).body == b"x"
    assert [request.path for request in server.requests] == ["/busy", "/other"]
    assert server.requests[1].address == "127.0.0.2"


async def test_a_retry_after_of_a_second_is_waited_for(server, client):
    server.route("/busy", Answer(503, headers={"Retry-After": "1"}))
    server.otherwise(Answer(body="x"))
    with pytest.raises(TemporaryError):
        await client.get(Request(server.url("/busy")))
    assert (await client.get(Request(server.url("/other")))).body == b"x"
    assert server.requests[1].at - server.requests[0].at == pytest.approx(1)


async def test_a_429_without_a_retry_after_lengthens_the_distance(server, starts):
    server.route("/busy", Answer(429))
    server.otherwise(Answer(body="x"))
    async with Client(Limits(min_delay=0.01)) as client:
        with pytest.raises(TemporaryError):
            await client.get(Request(server.url("/busy")))
        await get_all(client, [server.url(f"/{number}") for number in range(3)])
    gaps = [later - earlier for (_, earlier), (_, later) in pairwise(starts)]
    assert gaps == pytest.approx([1.0, 1.0, 1.0])


async def test_a_connection_is_reused(server, client):
    server.otherwise(Answer(body="x"))
    for number in range(5):
        await client.get(Request(server.url(f"/{number}")))
    assert {request.connection for request in server.requests} == {1}


async def test_a_reused_connection_that_the_server_closes_is_replaced(server, client):
    """The server closes the idle connection after the second request has been sent on it."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
    server.route("/", Raw(head, 0.3))
    assert (await client.get(Request(server.url("/")))).body == b"x"
    assert (await client.get(Request(server.url("/")))).body == b"x"


async def test_three_unreachable_hosts_mean_offline(client):
    async def no_way(host: str, port: int) -> list[str]:
        raise TimeoutError

    outcomes = []
    async with Client(Limits(), resolver=no_way) as lost:
        for number in range(5):
            with pytest.raises(PollError) as caught:
                await lost.get(Request(f"http://site{number}.example/"))
            outcomes.append(caught.value.outcome)
        assert lost.offline()
    assert outcomes == [Outcome.DNS_FAILED] * 2 + [Outcome.OFFLINE] * 3


async def test_one_host_that_responds_means_online(server):
    server.otherwise(Answer(404))

    async def some(host: str, port: int) -> list[str]:
        if host == "here.example":
            return ["127.0.0.1"]
        raise TimeoutError

    async with Client(Limits(), resolver=some) as client:
        for name in ("a", "b", "here", "c", "d"):
            with pytest.raises(PollError) as caught:
                await client.get(Request(f"http://{name}.example:{server.port}/"))
            assert caught.value.outcome is not Outcome.OFFLINE
