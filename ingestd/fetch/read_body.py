"""One answer read to its end, within bounds."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

import aiohttp
import httpx

from ingestd.fetch.decompress import Body, too_large
from ingestd.fetch.large_bodies import TooSlowError, Turns, too_slow
from ingestd.fetch.limits import MAX_WIRE
from ingestd.fetch.response_status import Headers, announced_size
from ingestd.model.errors import PollError

#: Bytes from the wire that are decompressed at once, and bytes of output after which others get their turn: one slice
#: is a few milliseconds' work, even of a bomb.
SLICE = 16 * 1024
TURN = 256 * 1024
#: Bodies larger than this take turns.
LARGE = 1_000_000

# The end of a whole feed or page: nothing that matters can be missing after it.
_END = re.compile(rb"</(?:rss|feed|rdf:rdf|html)\s*>\s*(?:<!--[^<>]{0,200}-->\s*)?\Z", re.IGNORECASE)
_CUT_OFF = (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, asyncio.TimeoutError)


class Reader:
    """Reads bodies; one for all requests, because large bodies queue here."""

    def __init__(self, max_body: int) -> None:
        self._max_body = max_body
        self._large = Turns()

    async def read(
        self, answer: httpx.Response, headers: Headers, deadline: asyncio.Timeout, max_body: int | None = None
    ) -> bytes:
        """The decompressed body. Waiting for the turn of a large body does not count against the deadline.

        `max_body` is its bound where that is not the one for all. Raises `PollError` for a body beyond the bounds or
        cut off, and the library's errors.
        """
        encodings = [value for name, value in headers if name == "content-encoding"]
        most = max_body or self._max_body
        body = Body(encodings, most)
        refuse_announced_size(headers, bool(encodings), most)
        try:
            async with aclosing(_raw(answer)) as chunks:
                async for chunk in chunks:
                    await _take(body, chunk)
                    if body.size + body.wire > LARGE:
                        async with self._large.take(deadline) as turn:
                            async for rest in chunks:
                                turn.come_to(body.wire)
                                await _take(body, rest)
        except _CUT_OFF as problem:
            if isinstance(problem, TooSlowError) and not is_whole(body):
                raise too_slow() from problem
            if not is_whole(body):
                raise
        return body.whole()


async def read_up_to(answer: httpx.Response, headers: Headers, size: int) -> bytes:
    """The beginning of a body, as far as it comes within `size` bytes of the wire. Raises as `Reader.read` does."""
    body = Body([value for name, value in headers if name == "content-encoding"], 16 * size)
    async with aclosing(_raw(answer)) as chunks:
        async for chunk in chunks:
            await _take(body, chunk[: size - body.wire])
            if body.wire >= size:
                break
    return body.start(16 * size)


def _raw(answer: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The bytes on the wire; a generator in truth, which has to be closed where it is left early."""
    return cast(AsyncGenerator[bytes, None], answer.aiter_raw())


async def _take(body: Body, data: bytes) -> None:
    """Decompress what has come, and let others run meanwhile."""
    for start in range(0, len(data), SLICE):
        turns = body.work // TURN
        body.feed(data[start : start + SLICE])
        if body.work // TURN > turns:
            await asyncio.sleep(0)


async def read_start(answer: httpx.Response, headers: Headers, size: int) -> bytes:
    """The beginning of an error page: for its looks only, so nothing is raised."""
    try:
        return await read_up_to(answer, headers, size)
    except (PollError, *_CUT_OFF):
        return b""


def refuse_announced_size(headers: Headers, encoded: bool, max_body: int) -> None:
    """Refuse a body that is too large by its own word, before a byte of it is read."""
    limit = max(MAX_WIRE, max_body) if encoded else max_body
    size = announced_size(headers)
    if size is not None and size > limit:
        raise too_large(limit)


def is_whole(body: Body) -> bool:
    """Whether a body that ended early by HTTP's count is complete all the same.

    Servers that compress a page and still announce its plain size are common: the compressed data says itself where it
    ends. A plain document ends with its root's closing tag.
    """
    return body.finished if body.compressed else _END.search(body.tail(512)) is not None
