"""Responses with malformed framing, encodings and redirects, byte by byte, and their outcomes."""

import asyncio
import gzip
import os
import socket

import brotli
import pytest

from ingestd.fetch import Client
from ingestd.model.errors import Outcome, PollError
from ingestd.model.http import Request
from tests.fetch.conftest import Limits
from tests.support.server import RESET, Raw

FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n" % len(FEED)
GOOD = OK + LENGTH + FEED
CHUNK = b"%x\r\n" % len(FEED) + FEED + b"\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
ANSWER = Outcome.OK

FRAMING = {
    "chunked twice": (OK + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n" + CHUNK + b"0\r\n\r\n", ANSWER),
    "a huge chunk extension": (
        CHUNKED + CHUNK.replace(b"\r\n", b";" + b"a" * 20_000 + b"\r\n", 1) + b"0\r\n\r\n",
        ANSWER,
    ),
    "a chunk of 2^72": (CHUNKED + b"ffffffffffffffffff\r\nabc", Outcome.PROTOCOL_ERROR),
    "a negative chunk": (CHUNKED + b"-5\r\nabc", Outcome.PROTOCOL_ERROR),
    "a chunk in C notation": (CHUNKED + b"0x10\r\n" + b"a" * 16 + b"\r\n0\r\n\r\n", Outcome.PROTOCOL_ERROR),
    "trailers without an end": (CHUNKED + CHUNK + b"0\r\n" + b"X-T: y\r\n" * 200_000, Outcome.PROTOCOL_ERROR),
    "a negative length": (OK + b"Content-Length: -1\r\n\r\n" + FEED, Outcome.PROTOCOL_ERROR),
    "a broken length": (OK + b"Content-Length: 10.5\r\n\r\n" + FEED, Outcome.PROTOCOL_ERROR),
    "a length of 23 digits": (OK + b"Content-Length: " + b"9" * 23 + b"\r\n\r\n" + FEED, Outcome.PROTOCOL_ERROR),
    "a length as a list": (GOOD.replace(LENGTH, b"Content-Length: %d, %d\r\n\r\n" % (len(FEED), len(FEED))), ANSWER),
    "two lengths": (OK + b"Content-Length: 5\r\nContent-Length: 500\r\n\r\n" + FEED, Outcome.PROTOCOL_ERROR),
    "a length in Arabic digits": (OK + "Content-Length: ٣٣\r\n\r\n".encode() + FEED, Outcome.PROTOCOL_ERROR),
    "bare LF": ((OK + b"X: y\r\n\r\n").replace(b"\r\n", b"\n") + FEED, ANSWER),
    "bare CR": ((OK + b"X: y\r\n\r\n").replace(b"\r\n", b"\r") + FEED, Outcome.PROTOCOL_ERROR),
    "empty lines first": (b"\r\n\r\n" + GOOD, ANSWER),
    "fifty times 100": (b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + GOOD, ANSWER),
    "early hints": (EARLY * 3 + GOOD, ANSWER),
    "101": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", Outcome.PROTOCOL_ERROR),
    "HTTP/0.9": (FEED, Outcome.PROTOCOL_ERROR),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Outcome.PROTOCOL_ERROR),
    "TLS": (b"\x15\x03\x01\x00\x02\x02\x28", Outcome.PROTOCOL_ERROR),
    "SSH": (b"SSH-2.0-OpenSSH_9.0\r\n", Outcome.PROTOCOL_ERROR),
    "Redis": (b"-ERR unknown command 'GET'\r\n", Outcome.PROTOCOL_ERROR),
    "a status of five digits": (b"HTTP/1.1 99999 X\r\n\r\n", Outcome.PROTOCOL_ERROR),
    "status 000": (b"HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n", Outcome.PROTOCOL_ERROR),
    "no reason, no space": (b"HTTP/1.1 200\r\n" + LENGTH + FEED, ANSWER),
    "a reason for terminals": (b"HTTP/1.1 500 \x1b]0;x\x07\x1b[2J\r\nContent-Length: 0\r\n\r\n", Outcome.SERVER_ERROR),
    "a header of 10 MB": (OK + b"X: " + b"a" * 10_000_000 + b"\r\n\r\n", Outcome.TOO_LARGE),
    "100,000 headers": (OK + b"".join(b"X%d: y\r\n" % n for n in range(100_000)) + b"\r\n", Outcome.TOO_LARGE),
    "zeros in headers": (OK + b"X\0: y\0\r\n" + LENGTH + FEED, ANSWER),
    "folded headers": (OK + b"X: a\r\n  b\r\n\tc\r\n" + LENGTH + FEED, ANSWER),
    "a space before the colon": (OK + LENGTH.replace(b":", b" :") + FEED, ANSWER),
    "a second answer behind": (GOOD + OK + b"Content-Length: 4\r\n\r\nEVIL", ANSWER),
    "205 with a body": (GOOD.replace(b"200 OK", b"205 Reset"), ANSWER),
    "226": (GOOD.replace(b"200 OK", b"226 IM Used"), ANSWER),
    "206 that lies": (b"HTTP/1.1 206 P\r\nContent-Range: bytes 0-10/99\r\n" + LENGTH + FEED, Outcome.PROTOCOL_ERROR),
    "206 that is whole": (
        b"HTTP/1.1 206 P\r\nContent-Range: bytes 0-%d/%d\r\n" % (len(FEED) - 1, len(FEED)) + LENGTH + FEED,
        ANSWER,
    ),
    "304 with a body": (GOOD.replace(b"200 OK", b"304 Not Modified"), Outcome.PROTOCOL_ERROR),
    "407 from the site": (b"HTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n", Outcome.UNAUTHORIZED),
    "421": (b"HTTP/1.1 421 X\r\nContent-Length: 0\r\n\r\n", Outcome.HTTP_ERROR),
}


async def no_such_name(host: str, port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


async def ask(server, *steps: bytes, path: str = "/") -> bytes:
    url = server.route(path, Raw(*steps))
    async with Client(Limits(robots=False), resolver=no_such_name) as client:
        return (await client.get(Request(url, accept="feed"))).body


async def outcome_of(server, *steps: bytes) -> Outcome:
    try:
        body = await ask(server, *steps)
    except PollError as problem:
        assert problem.reason.isprintable()
        return problem.outcome
    assert body == FEED
    return Outcome.OK


@pytest.mark.parametrize("case", FRAMING)
async def test_outcomes_of_framing(server, case):
    data, outcome = FRAMING[case]
    assert await outcome_of(server, data) is outcome


@pytest.mark.parametrize("cut", [10, 16, 40, len(GOOD) - 30])
async def test_a_connection_reset_within_the_response(server, cut):
    url = server.route("/", Raw(GOOD[:cut], RESET))
    async with Client(Limits()) as client:
        with pytest.raises(PollError) as caught:
            await client.get(Request(url))
    assert caught.value.outcome is Outcome.CONNECTION_LOST


ENCODED = {
    "br under gzip": (b"br, gzip", gzip.compress(brotli.compress(FEED)), ANSWER),
    "spaces and capitals": (b"  GZIP  ", gzip.compress(FEED), ANSWER),
    "an old name": (b"pack200-gzip", gzip.compress(FEED), ANSWER),
    "identity with a weight": (b"identity;q=1.0", FEED, ANSWER),
    "megabytes behind the end": (b"gzip", gzip.compress(FEED) + b"j" * 8_000_000, ANSWER),
    "a head alone": (b"gzip", b"\x1f\x8b\x08" + bytes(6) + b"\x03", Outcome.CONNECTION_LOST),
    "a field that never comes": (
        b"gzip",
        b"\x1f\x8b\x08\x04" + bytes(5) + b"\x03\xff\xff" + b"x" * 99,
        Outcome.CONNECTION_LOST,
    ),
    "a name of 5 MB": (b"gzip", b"\x1f\x8b\x08\x08" + bytes(5) + b"\x03" + b"n" * 5_000_000, Outcome.CONNECTION_LOST),
    "with a dictionary": (b"dcb", b"\xff\x44\x43\x42" + b"x" * 100, Outcome.BAD_ENCODING),
    "encrypted": (b"aes128gcm", os.urandom(500), Outcome.BAD_ENCODING),
    "three times over": (b"gzip", gzip.compress(gzip.compress(gzip.compress(FEED * 99))), Outcome.BAD_ENCODING),
}


@pytest.mark.parametrize("case", ENCODED)
async def test_outcomes_of_encodings(server, case):
    label, body, outcome = ENCODED[case]
    data = OK + b"Content-Encoding: " + label + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert await outcome_of(server, data) is outcome


REFUSED = [
    b"http://169.254.169.254/latest/meta-data/",
    b"//169.254.169.254/",
    b"http://2130706434/",
    b"http://0x7f.2/",
    b"http://017700000002:8080/",
    b"http://127.2/",
    b"http://0/",
    b"http://[::ffff:127.0.0.1]/",
    b"http://[::127.0.0.1]/",
    b"http://[64:ff9b::7f00:1]/",
    b"http://[2002:7f00:1::]/",
    b"http://[fe80::1%25eth0]/",
    b"http://[::]/",
    b"http://user:pw@example.com/",
    b"http://example.com:22/",
    b"http://example.com:0/",
    b"file:///etc/passwd",
    b"gopher://127.0.0.1:6379/_x",
    b"javascript:alert(1)",
    b"data:text/xml,<rss/>",
    b"ftp://example.com/",
    "http://①②⑦.⓪.⓪.②/".encode(),
    "http://127。0。0。2/".encode(),
    "http://１０.0.0.1/".encode(),
]


@pytest.mark.parametrize("location", REFUSED)
async def test_redirects_to_refused_addresses(server, location):
    data = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
    assert await outcome_of(server, data) is Outcome.ADDRESS_REFUSED


UNREADABLE = [
    (b"", Outcome.REDIRECT_FAILED),
    (b"http://example.com:65536/", Outcome.HTTP_ERROR),
    ("http://[：：1]/".encode(), Outcome.REDIRECT_FAILED),
    (b"?" + b"a" * 5000, Outcome.HTTP_ERROR),
    (b"http://" + b"a" * 70_000, Outcome.TOO_LARGE),
    (b"http://nonexistent.invalid/\r\nX-Inject: 1", Outcome.DNS_FAILED),
]


@pytest.mark.parametrize(("location", "outcome"), UNREADABLE, ids=range(len(UNREADABLE)))
async def test_redirects_to_malformed_addresses(server, location, outcome):
    data = b"HTTP/1.1 301 Moved\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
    assert await outcome_of(server, data) is outcome


async def test_responses_of_one_client_do_not_affect_each_other(server):
    urls = {case: server.route(f"/{n}", Raw(FRAMING[case][0])) for n, case in enumerate(FRAMING)}
    async with Client(Limits(robots=False)) as client:
        answers = await asyncio.gather(*(client.get(Request(url)) for url in urls.values()), return_exceptions=True)
    for case, answer in zip(urls, answers, strict=True):
        if FRAMING[case][1] is ANSWER:
            assert not isinstance(answer, BaseException), case
            assert answer.body == FEED
        else:
            assert isinstance(answer, PollError), case
            assert answer.outcome is FRAMING[case][1]


@pytest.mark.parametrize("accept", ["feed", "page", "any", "image"])
async def test_requests_of_every_kind_pass_the_guard(server, accept):
    """Feeds, pages, images, robots.txt and hubs pass the same guard, at their address and at each redirect."""
    inside = b"HTTP/1.1 307 X\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    server.route("/robots.txt", Raw(inside))
    url = server.route("/x", Raw(inside))
    async with Client(Limits()) as client:
        for address in (url, "http://169.254.169.254/x", f"http://127.0.0.2:{server.port}/x"):
            with pytest.raises(PollError) as caught:
                await client.get(Request(address, accept=accept))
            assert caught.value.outcome is Outcome.ADDRESS_REFUSED
        with pytest.raises(PollError) as caught:
            await client.post_form("http://169.254.169.254/hub", b"hub.mode=subscribe")
        assert caught.value.outcome is Outcome.ADDRESS_REFUSED
    assert all(request.address == "127.0.0.1" for request in server.requests)
