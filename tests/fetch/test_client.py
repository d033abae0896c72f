"""One GET against a real server: what comes back, and which error says what."""

import asyncio

import pytest

from ingestd.fetch import Client
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError
from ingestd.model.http import Request
from ingestd.text.zstd import zstd
from tests.fetch.conftest import Limits
from tests.support.server import HANG, RESET, Answer, Raw

FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><title>t</title></channel></rss>"


async def test_a_response_has_body_address_and_headers(server, client):
    url = server.route("/feed.xml", Answer(body=FEED, headers=[("ETag", 'W/"1"'), ("X-Odd", "文"), ("X-Odd", "2")]))
    response = await client.get(Request(url, accept="feed"))
    assert (response.status, response.body, response.final_url, response.redirects) == (200, FEED, url, ())
    assert response.header("etag") == 'W/"1"'
    assert [value for name, value in response.headers if name == "x-odd"] == ["文", "2"]


async def test_zstandard_is_accepted_and_decompressed(server, client):
    url = server.route("/", Answer(body=zstd.compress(FEED), headers={"Content-Encoding": "zstd"}))
    assert (await client.get(Request(url))).body == FEED
    assert "zstd" in (server.requests[0].header("accept-encoding") or "")


STATUSES = [
    (400, PermanentError, Outcome.HTTP_ERROR),
    (401, PermanentError, Outcome.UNAUTHORIZED),
    (403, PermanentError, Outcome.FORBIDDEN),
    (404, PermanentError, Outcome.NOT_FOUND),
    (406, PermanentError, Outcome.HTTP_ERROR),
    (408, TemporaryError, Outcome.TIMEOUT),
    (410, PermanentError, Outcome.GONE),
    (425, TemporaryError, Outcome.RATE_LIMITED),
    (429, TemporaryError, Outcome.RATE_LIMITED),
    (451, PermanentError, Outcome.FORBIDDEN),
    (500, TemporaryError, Outcome.SERVER_ERROR),
    (502, TemporaryError, Outcome.SERVER_ERROR),
    (503, TemporaryError, Outcome.SERVER_ERROR),
    (521, TemporaryError, Outcome.SERVER_ERROR),
    (300, PermanentError, Outcome.HTTP_ERROR),
    (305, PermanentError, Outcome.HTTP_ERROR),
    (206, PermanentError, Outcome.PROTOCOL_ERROR),
    (304, PermanentError, Outcome.PROTOCOL_ERROR),
    (301, PermanentError, Outcome.REDIRECT_FAILED),
    (700, PermanentError, Outcome.HTTP_ERROR),
    (999, PermanentError, Outcome.HTTP_ERROR),
]


@pytest.mark.parametrize(("status", "kind", "outcome"), STATUSES)
async def test_a_status_becomes_its_outcome(server, client, status, kind, outcome):
    url = server.route("/", Answer(status, body="a page of some kind"))
    with pytest.raises(kind) as caught:
        await client.get(Request(url))
    assert caught.value.outcome is outcome
    assert caught.value.http_status == status
    assert caught.value.url == url
    assert "\n" not in caught.value.reason


HEAD = b"HTTP/1.1 200 OK\r\n"
BROKEN = {
    "closed without an answer": (Raw(), Outcome.CONNECTION_LOST),
    "reset without an answer": (Raw(RESET), Outcome.CONNECTION_LOST),
    "cut off by length": (Raw(HEAD + b"Content-Length: 99\r\n\r\n<rss>half"), Outcome.CONNECTION_LOST),
    "cut off between chunks": (
        Raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n"),
        Outcome.CONNECTION_LOST,
    ),
    "reset in the body": (Raw(HEAD + b"Content-Length: 99\r\n\r\n<rss>half", 0.05, RESET), Outcome.CONNECTION_LOST),
    "garbage": (Raw(b"\x00\x01\x02\x03 nothing of HTTP\r\n\r\n"), Outcome.PROTOCOL_ERROR),
    "another protocol": (Raw(b"220 mail.example.org ESMTP\r\n"), Outcome.PROTOCOL_ERROR),
    "head cut off": (Raw(HEAD + b"Content-Ty"), Outcome.CONNECTION_LOST),
    "silence": (Raw(HANG), Outcome.TIMEOUT),
    "silence in the head": (Raw(HEAD, HANG), Outcome.TIMEOUT),
    "silence in the body": (Raw(HEAD + b"Content-Length: 9\r\n\r\n<rss>", HANG), Outcome.TIMEOUT),
    "two lengths": (Raw(HEAD + b"Content-Length: 9\r\nContent-Length: 8\r\n\r\n<rss>abcd"), Outcome.PROTOCOL_ERROR),
    "negative length": (Raw(HEAD + b"Content-Length: -1\r\n\r\n<rss>"), Outcome.PROTOCOL_ERROR),
    "bad chunk size": (
        Raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n<rss>\r\n0\r\n\r\n"),
        Outcome.PROTOCOL_ERROR,
    ),
    "bad chunk size later": (
        Raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n", 0.05, b"zz\r\n<rss>", HANG),
        Outcome.PROTOCOL_ERROR,
    ),
    "too many headers": (Raw(HEAD + b"X: y\r\n" * 5000 + b"\r\n"), Outcome.TOO_LARGE),
    "a header too long": (Raw(HEAD + b"X: " + b"y" * 300_000 + b"\r\n\r\n"), Outcome.TOO_LARGE),
    "headers too large together": (Raw(HEAD + (b"X: " + b"y" * 30_000 + b"\r\n") * 12 + b"\r\n"), Outcome.TOO_LARGE),
    "headers without end": (Raw(HEAD, *(b"X: y\r\n", 0.5) * 100), Outcome.TIMEOUT),
    "switching protocols": (Raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"), Outcome.PROTOCOL_ERROR),
    "a body announced too large": (Raw(HEAD + b"Content-Length: 99999999999\r\n\r\n", HANG), Outcome.TOO_LARGE),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_response_becomes_its_outcome(server, name):
    script, outcome = BROKEN[name]
    url = server.route("/", script)
    started = asyncio.get_running_loop().time()
    async with Client(Limits(timeout=20.0)) as client:
        with pytest.raises(PollError) as caught:
            await client.get(Request(url))
    assert caught.value.outcome is outcome, caught.value.reason
    seconds = asyncio.get_running_loop().time() - started
    assert 10 <= seconds <= 20 if outcome is Outcome.TIMEOUT else seconds < 1
    assert len(server.requests) == 1
