"""Work between two turns of the event loop: bytes that are decompressed, and files that are parsed in a thread."""

import asyncio
import gzip
import threading
import zlib
from collections.abc import Callable
from functools import cache

import brotli
import pytest

from ingestd.fetch import Client, robots
from ingestd.fetch.decompress import MAX_COMPRESSION_RATIO, RATIO_EXEMPT_BYTES, DecompressedBody
from ingestd.fetch.read_body import DECODE_SLICE_BYTES, YIELD_EVERY_BYTES
from ingestd.fetch.robots import MAX_INLINE_PARSE_CHARS
from ingestd.model.errors import PollError
from ingestd.model.http import Request
from ingestd.text.zstd import zstd
from tests.support.server import Answer


@cache
def words() -> bytes:
    return b" ".join(b"<item><title>%d</title></item>" % (number * 7919 % 100_003) for number in range(430_000))


@cache
def bomb() -> bytes:
    zeros = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(zeros.compress(bytes(1_000_000)) for _ in range(200)) + zeros.flush()


BODIES: dict[str, tuple[Callable[[], bytes], str]] = {
    "plain": (words, ""),
    "gzip": (lambda: gzip.compress(words(), 1), "gzip"),
    "brotli": (lambda: brotli.compress(words(), quality=1), "br"),
    "zstd": (lambda: zstd.compress(words()), "zstd"),
    "gzip in gzip": (lambda: gzip.compress(gzip.compress(words(), 6), 1), "gzip, gzip"),
    "just below a bomb": (lambda: gzip.compress(bytes(range(256)) * 58_000, 9) + b"\0" * 100_000, "gzip"),
    "a bomb": (bomb, "gzip"),
    "a bomb in a bomb": (lambda: gzip.compress(bomb()), "gzip"),
}
#: What one slice may become, in each of two layers, beside what was decompressed since the last turn.
MAX_BYTES_PER_TURN = YIELD_EVERY_BYTES + 2 * (RATIO_EXEMPT_BYTES + DECODE_SLICE_BYTES * MAX_COMPRESSION_RATIO)


class DecodedBytes:
    """Counts the bytes that all bodies decompress."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.total = 0
        feed = DecompressedBody.feed

        def counted(body: DecompressedBody, data: bytes) -> None:
            before = body.decoded_bytes
            try:
                feed(body, data)
            finally:
                self.total += body.decoded_bytes - before

        monkeypatch.setattr(DecompressedBody, "feed", counted)

    async def most_per_turn(self, work: asyncio.Task[object]) -> int:
        """The most bytes between two turns of the loop until `work` is done."""
        most = before = self.total
        while not work.done():
            await asyncio.sleep(0)
            most, before = max(most, self.total - before), self.total
        return most


@pytest.mark.slow
@pytest.mark.parametrize("name", BODIES)
async def test_the_loop_runs_other_tasks_while_a_body_is_decompressed(server, client, name, monkeypatch):
    make_body, encoding = BODIES[name]
    body = make_body()
    url = server.route("/", Answer(body=body, headers={"Content-Encoding": encoding} if encoding else {}))
    decoded = DecodedBytes(monkeypatch)
    work = asyncio.create_task(client.get(Request(url)))
    assert await decoded.most_per_turn(work) <= MAX_BYTES_PER_TURN
    try:
        assert (await work).body[:100] in (words()[:100], bytes(range(100)))
    except PollError as problem:
        assert "bomb" in name, problem


@pytest.mark.parametrize(("rules", "inline"), [(10, True), (9_999, False)])
async def test_a_large_robots_txt_is_parsed_in_a_thread(server, client: Client, rules, inline, monkeypatch):
    text = "User-agent: *\n" + "\n".join(f"Disallow: /*{number}*a$" for number in range(rules))
    assert (len(text) <= MAX_INLINE_PARSE_CHARS) is inline
    threads = []
    parse_rules = robots.parse_rules

    def recorded(text, product):
        threads.append(threading.current_thread())
        return parse_rules(text, product)

    monkeypatch.setattr(robots, "parse_rules", recorded)
    server.route("/robots.txt", Answer(body=text))
    server.otherwise(Answer(body="x"))
    assert (await client.get(Request(server.url("/page"), accept="page"))).body == b"x"
    assert [thread is threading.main_thread() for thread in threads] == [inline]
