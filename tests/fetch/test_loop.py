"""Nothing that a server sends keeps the event loop from its other work."""

import asyncio
import gzip
import time
import zlib

import brotli
import pytest
import zstandard

from ingestd.fetch import Client
from ingestd.model.errors import PollError
from ingestd.model.http import Request
from tests.fetch.conftest import Limits
from tests.support.server import Answer

#: Seconds of processor time of one turn of the loop. Load on the machine does not count.
MOST = 0.05

WORDS = b" ".join(b"<item><title>%d</title></item>" % (number * 7919 % 100_003) for number in range(430_000))
ZEROS = zlib.compressobj(9, zlib.DEFLATED, 31)
BOMB = b"".join(ZEROS.compress(bytes(1_000_000)) for _ in range(200)) + ZEROS.flush()
BODIES = {
    "plain": (WORDS, ""),
    "gzip": (gzip.compress(WORDS, 1), "gzip"),
    "brotli": (brotli.compress(WORDS, quality=1), "br"),
    "zstd": (zstandard.compress(WORDS), "zstd"),
    "gzip in gzip": (gzip.compress(gzip.compress(WORDS, 6), 1), "gzip, gzip"),
    "just below a bomb": (gzip.compress(bytes(range(256)) * 58_000, 9) + b"\0" * 100_000, "gzip"),
    "a bomb": (BOMB, "gzip"),
    "a bomb in a bomb": (gzip.compress(BOMB), "gzip"),
}


async def longest_turn(work: asyncio.Task[object]) -> float:
    """The most processor time between two turns of the loop, in seconds, until `work` is done."""
    longest, before = 0.0, time.thread_time()
    while not work.done():
        await asyncio.sleep(0)
        longest, before = max(longest, time.thread_time() - before), time.thread_time()
    return longest


@pytest.mark.parametrize("name", BODIES)
async def test_decompression_leaves_the_loop_to_others(server, client, name):
    body, encoding = BODIES[name]
    url = server.route("/", Answer(body=body, headers={"Content-Encoding": encoding} if encoding else {}))
    await client.get(Request(server.route("/first", Answer(body="x"))))
    work = asyncio.create_task(client.get(Request(url)))
    assert await longest_turn(work) < MOST
    try:
        assert (await work).body[:100] in (WORDS[:100], bytes(range(100)))
    except PollError as problem:
        assert "bomb" in name, problem


async def test_a_hostile_robots_txt_leaves_the_loop_to_others(server):
    rules = "User-agent: *\n" + "\n".join(f"Disallow: /*{number}*a$" for number in range(9_999))
    server.route("/robots.txt", Answer(body=rules))
    server.otherwise(Answer(body="x"))
    async with Client(Limits()) as client:
        await client.get(Request(server.url("/feed")))
        work = asyncio.create_task(client.get(Request(server.url("/page"), accept="page")))
        assert await longest_turn(work) < MOST
        assert (await work).body == b"x"
