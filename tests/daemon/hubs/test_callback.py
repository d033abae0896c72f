"""The callback server: from a subscription to a push, and what it bounds."""

import asyncio
import logging
from urllib.parse import parse_qs, quote

import aiohttp
import pytest

from ingestd.daemon.hubs.callback import CallbackServer
from ingestd.daemon.hubs.protocol import (
    is_active,
    subscription_form,
)
from ingestd.fetch import Client
from ingestd.model.errors import Outcome, PollError
from ingestd.model.http import Request
from ingestd.model.subscription import Subscription
from tests.daemon.hubs.examples import ASKED, NOW, RUNNING, question, signed
from tests.fetch.conftest import Limits
from tests.support.server import Answer, Server


async def test_subscription_verification_and_push():
    """A hub on loopback gets the form, verifies, and pushes; a push without a valid signature changes nothing."""
    kept = {ASKED.token: ASKED}
    pushes: list[bytes] = []
    forged: list[int] = []

    async def find(token: str) -> Subscription | None:
        return kept.get(token)

    async def store(subscription: Subscription) -> None:
        kept[subscription.token] = subscription

    async def on_push(subscription: Subscription, body: bytes, content_type: str | None) -> bool:
        assert (subscription.source_id, content_type) == (7, "application/octet-stream")
        pushes.append(body)
        return True

    async def on_forged(subscription: Subscription) -> None:
        forged.append(subscription.source_id)

    server = CallbackServer(find=find, store=store, on_push=on_push, on_forged=on_forged, clock=lambda: NOW)
    await server.start("127.0.0.1", 0)
    base = "http://{}:{}/push".format(*server.address)
    try:
        with Server() as hub:
            hub.route("/", Answer(202))
            async with Client(Limits()) as client:
                assert await client.post_form(hub.url("/"), subscription_form(base, ASKED)) == 202
                assert hub.requests[0].method == "POST"
                assert hub.requests[0].header("content-type") == "application/x-www-form-urlencoded"
                address = parse_qs(hub.requests[0].body.decode())["hub.callback"][0]
                query = "&".join(f"{name}={quote(value, safe='')}" for name, value in question().items())
                assert (await client.get(Request(f"{address}?{query}"))).body == b"abc"
                with pytest.raises(PollError):
                    await client.get(Request(f"{base}/{'f' * 40}?{query}"))
                assert is_active(kept[ASKED.token], NOW)
        await push(address, b"<rss/>", signed(b"<rss/>"))
        await push(address, b"<evil/>", signed(b"<rss/>"))
        await push(address, b"<evil/>", "")
    finally:
        await server.stop()
    assert (pushes, forged) == ([b"<rss/>"], [7, 7])


@pytest.fixture
async def server():
    """A callback server with one subscription and a full queue of pushes."""

    async def find(token: str) -> Subscription | None:
        return RUNNING if token == RUNNING.token else None

    async def full(*_: object) -> bool:
        return False

    async def never(*_: object) -> None:
        raise AssertionError

    server = CallbackServer(find=find, store=never, on_push=full, on_forged=never, clock=lambda: NOW)
    await server.start("127.0.0.1", 0)
    yield server
    await server.stop()


async def test_push_over_the_queue_limit_gets_503(server):
    url = "http://{}:{}/{}".format(*server.address, RUNNING.token)
    headers = {"X-Hub-Signature": signed(b"<rss/>")}
    async with aiohttp.ClientSession() as session, session.post(url, data=b"<rss/>", headers=headers) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "60")


MALFORMED = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\xe4\xbd HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET ? HTTP/1.1\r\n\r\n",
    b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA\x00b: c\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 999999999\r\n\r\n",
]


@pytest.mark.parametrize("data", MALFORMED, ids=range(len(MALFORMED)))
async def test_malformed_requests_leave_no_traceback_in_the_log(server, caplog, data):
    reader, writer = await asyncio.open_connection(*server.address)
    writer.write(data)
    writer.write_eof()
    await asyncio.wait_for(reader.read(), 60)
    writer.close()
    async with aiohttp.ClientSession() as session, session.get("http://{}:{}/x".format(*server.address)) as answer:
        assert answer.status == 404
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_push_that_breaks_off_leaves_no_traceback_either(server, caplog):
    head = f"POST /{RUNNING.token} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    reader, writer = await asyncio.open_connection(*server.address)
    writer.write(head.encode() + b"<rss")
    writer.write_eof()
    await asyncio.wait_for(reader.read(), 60)
    writer.close()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_an_error_of_our_own_is_logged_with_its_traceback(server, caplog):
    headers = {"X-Hub-Signature": "sha256=" + "0" * 64}
    url = "http://{}:{}/{}".format(*server.address, RUNNING.token)
    async with aiohttp.ClientSession() as session, session.post(url, data=b"<rss/>", headers=headers) as answer:
        assert answer.status == 500, "the fixture's callback for forged pushes raises"
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [AssertionError]


async def test_unfinished_request_is_closed(server, monkeypatch):
    monkeypatch.setattr(server._server, "max_connection_s", 0.2)
    reader, writer = await asyncio.open_connection(*server.address)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
    assert await asyncio.wait_for(reader.read(), 60) == b""
    writer.close()


async def connections(server: CallbackServer, number: int) -> None:
    """Wait until the server has so many connections."""
    async with asyncio.timeout(60):
        assert server._server is not None and server._server._runner is not None
        listening = server._server._runner.server
        assert listening is not None
        while len(listening.connections) != number:  # noqa: ASYNC110 - aiohttp's list has no event
            await asyncio.sleep(0.005)


async def test_number_of_connections_is_limited(server, monkeypatch):
    monkeypatch.setattr(server._server, "max_connections", 3)
    kept = [await asyncio.open_connection(*server.address) for _ in range(3)]
    await connections(server, 3)
    reader, one_more = await asyncio.open_connection(*server.address)
    assert await asyncio.wait_for(reader.read(), 60) == b""
    for _, writer in kept:
        writer.close()
    await connections(server, 0)
    async with aiohttp.ClientSession() as session, session.get("http://{}:{}/x".format(*server.address)) as answer:
        assert answer.status == 404
    one_more.close()


async def push(url: str, body: bytes, signature: str) -> None:

    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers={"X-Hub-Signature": signature}) as answer,
    ):
        assert answer.status == 202


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(307, headers={"Location": "/elsewhere"}), Outcome.REDIRECT_FAILED),
        (Answer(404), Outcome.NOT_FOUND),
        (Answer(500), Outcome.SERVER_ERROR),
    ],
)
async def test_hub_refuses_the_subscription_request(answer, outcome):
    with Server() as hub:
        url = hub.route("/", answer)
        async with Client(Limits()) as client:
            with pytest.raises(PollError) as caught:
                await client.post_form(url, subscription_form("https://me.example", ASKED))
    assert caught.value.outcome is outcome
    assert len(hub.requests) == 1
