"""A thousand random hostile responses, from a seed: each ends in bounded time and memory.

`INGESTD_SOAK` sets another number of responses, `INGESTD_SOAK_SEED` another seed.
"""

import asyncio
import gc
import gzip
import os
import random
import resource
import zlib
from collections import Counter
from functools import cache
from ipaddress import ip_network
from pathlib import Path

import brotli
import pytest

from ingestd.fetch import Client
from ingestd.model.errors import Outcome, PollError
from ingestd.model.http import Request, Response
from ingestd.text.zstd import zstd
from tests.fetch.conftest import Limits
from tests.support.server import HANG, RESET, Action, Raw, Received, Server

COUNT = int(os.environ.get("INGESTD_SOAK", "1000"))
TIMEOUT_S = 6.0
SEED = int(os.environ.get("INGESTD_SOAK_SEED", "4"))

ITEM = b"<item><title>t</title></item>"
FEED = b"<?xml version='1.0'?><rss version='2.0'><channel>" + ITEM * 400 + b"</channel></rss>"


@cache
def bodies() -> list[bytes]:
    """Bodies that servers send, made once and only where the test runs."""
    zeros = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(zeros.compress(bytes(1_000_000)) for _ in range(100)) + zeros.flush()
    return [
        b"",
        FEED,
        FEED[: len(FEED) // 2],
        b"<!doctype html><html><title>Just a moment...</title></html>",
        b"\x00" * 5000,
        gzip.compress(FEED),
        gzip.compress(FEED)[:-30],
        gzip.compress(gzip.compress(FEED)),
        zlib.compress(FEED),
        brotli.compress(FEED),
        zstd.compress(FEED),
        bomb,
        gzip.compress(bomb),
        brotli.compress(bytes(20_000_000), quality=3),
        zstd.compress(bytes(100_000_000)),
        b"x" * 3_000_000,
    ]


STATUSES = [200] * 12 + [100, 101, 103, 199, 201, 202, 204, 205, 206, 226, 299, 300, 301, 302, 303, 304, 305, 307, 308]
STATUSES += [400, 401, 402, 403, 404, 405, 406, 407, 408, 410, 413, 418, 425, 429, 451, 499]
STATUSES += [500, 502, 503, 504, 520, 599, 0, 7, 99, 600, 999, 1000, 99999]
VALUES = [
    b"",
    b"0",
    b"-1",
    b"1",
    b"99999999999999999999999999",
    b"gzip",
    b"gzip, gzip, gzip",
    b"br",
    b"zstd",
    b"deflate",
    b"chunked",
    b"identity",
    b"\xff\xfe\x00",
    b"x" * 9000,
    b"x" * 70_000,
    "文".encode(),
    b"/",
    b"/loop",
    b"http://127.0.0.1:1/",
    b"http://169.254.169.254/",
    b"//evil@127.0.0.1/",
    b"javascript:alert(1)",
    b"http://[::",
    b"a=b; Path=/; Secure",
    b"Fri, 31 Dec 9999 23:59:59 GMT",
    b"max-age=99999999999999999999",
    b"text/html; charset=utf-7",
]
PAUSES: list[bytes | float | Action] = [0.1, 1.0, HANG, RESET]
NAMES = [
    b"Content-Length",
    b"Content-Encoding",
    b"Transfer-Encoding",
    b"Location",
    b"Set-Cookie",
    b"Retry-After",
    b"ETag",
    b"Content-Type",
    b"Connection",
    b"Upgrade",
    b"Content-Range",
    b"Cache-Control",
    b"Bad Name",
    b"",
]


def head(rng: random.Random, body: bytes) -> bytes:
    """Status line and headers: half of them well-formed."""
    odd = rng.random() < 0.5
    version = rng.choice([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9", b"ICY", b"http/1.1"]) if odd else b"HTTP/1.1"
    status = rng.choice(STATUSES) if rng.random() < 0.6 else 200
    lines = []
    if odd:
        lines = [rng.choice(NAMES) + b": " + rng.choice(VALUES) for _ in range(rng.choice([1, 1, 2, 3, 400]))]
    elif status in range(300, 309):
        lines = [b"Location: " + rng.choice([b"/", b"/n5", b"relative", b"http://169.254.169.254/", b"?x=1"])]
    length = len(body) if not odd else rng.choice([len(body), len(body) + 1, max(len(body) - 1, 0), 0, 10**9])
    lines.append(
        rng.choice([b"Content-Length: %d" % length] * 3 + [b"Transfer-Encoding: chunked", b"Connection: close"])
    )
    lines.append(rng.choice([b"X-None: 1"] * 3 + [b"Content-Encoding: " + rng.choice(VALUES[5:10])]))
    rng.shuffle(lines)
    first = b"%s %d %s" % (version, status, rng.choice([b"OK", b"", b"x" * 500]))
    end = b"\n" if odd and rng.random() < 0.2 else b"\r\n"
    return end.join([first, *lines, b"", b""])


def answer(number: int) -> Raw:
    """The steps of the response with this number, the same in every run."""
    rng = random.Random(f"{SEED}/{number}")
    body = rng.choice(bodies())
    data = head(rng, body)
    if b"chunked" in data and rng.random() < 0.7:
        pieces = [body[at : at + 5000] for at in range(0, len(body), 5000)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
        body += rng.choice([b"0\r\n\r\n", b"0\r\n\r\n", b"", b"0\r\n" + b"X: y\r\n" * 5000 + b"\r\n", b"zz\r\n"])
    data += body
    if rng.random() < 0.2:
        data = mutated(rng, data)
    steps: list[bytes | float | Action] = [data]
    if rng.random() < 0.3:
        cut = rng.randrange(len(data) + 1)
        steps = [data[:cut], rng.choice([*PAUSES, data[:100]]), data[cut:]]
    if rng.random() < 0.05:
        steps = [step for byte in data[:60] for step in (bytes([byte]), 0.2)] + [HANG]
    if rng.random() < 0.1:
        steps.append(rng.choice(PAUSES))
    return Raw(*steps)


def mutated(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 3, 30])):
        at = min(int(rng.expovariate(1 / 300)), len(changed) - 1)
        changed[at] = rng.randrange(256)
    return bytes(changed)


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.mark.slow
async def test_every_hostile_response_ends_in_an_outcome():
    answers = [answer(number) for number in range(COUNT)]
    outcomes: Counter[str] = Counter()
    seconds: list[float] = []

    def reply(request: Received) -> Raw:
        return answers[int(request.path.strip("/n") or 0) % COUNT] if request.path.startswith("/n") else Raw(b"")

    async def one(client: Client, url: str) -> None:
        started = asyncio.get_running_loop().time()
        try:
            response = await client.get(Request(url, accept="feed", etag='"1"'))
        except PollError as problem:
            assert problem.reason.isprintable() and len(problem.reason) < 500
            assert isinstance(problem.outcome, Outcome)
            outcomes[problem.outcome] += 1
        else:
            assert isinstance(response, Response) and len(response.body) <= limits.max_body
            outcomes[f"response {response.status}"] += 1
        seconds.append(asyncio.get_running_loop().time() - started)

    limits = Limits(concurrency=64, timeout=TIMEOUT_S, max_body=15_000_000, allow_networks=(ip_network("127.0.0.0/8"),))
    async with Server("0.0.0.0") as server:
        server.otherwise(reply)
        hosts = [f"127.9.{1 + number // 250}.{1 + number % 250}" for number in range(COUNT)]
        urls = [server.url(f"/n{number}", host) for number, host in enumerate(hosts)]
        async with Client(limits) as client:
            await asyncio.gather(*(one(client, url) for url in urls[: COUNT // 4]))
            gc.collect()
            before = resident()
            await asyncio.gather(*(one(client, url) for url in urls[COUNT // 4 :]))
        gc.collect()
        grown = resident() - before
    print(f"{COUNT} responses, at most {max(seconds):.1f} s each, {grown / 1e6:+.0f} MB: {outcomes}")
    assert outcomes.total() == COUNT
    assert not outcomes[Outcome.INTERNAL_ERROR]
    assert grown < 64_000_000
    assert max(seconds) < COUNT / limits.concurrency * TIMEOUT_S
