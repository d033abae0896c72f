"""One answer read to its end, within bounds."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from ingestd.errors import PollError
from ingestd.fetch.answers import Headers
from ingestd.fetch.decode import Body, too_large
from ingestd.fetch.limits import MAX_WIRE

CHUNK = 64 * 1024
#: Bodies larger than this are read a few at a time, so that many at once cannot fill the memory.
LARGE = 1_000_000
MAX_LARGE = 4

# The end of a whole feed or page: nothing that matters can be missing after it.
_END = re.compile(rb"</(?:rss|feed|rdf:rdf|html)\s*>\s*(?:<!--[^<>]{0,200}-->\s*)?\Z", re.IGNORECASE)
_CUT_OFF = (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, asyncio.TimeoutError)


class Reader:
    """Reads bodies; one for all requests, because large bodies queue here."""

    def __init__(self, max_body: int) -> None:
        self._max_body = max_body
        self._large = asyncio.Semaphore(MAX_LARGE)

    async def read(self, answer: aiohttp.ClientResponse, headers: Headers, deadline: asyncio.Timeout) -> bytes:
        """The decompressed body. Waiting for the turn of a large body does not count against the deadline.

        Raises `PollError` for a body beyond the bounds or cut off, and the library's errors.
        """
        encodings = [value for name, value in headers if name == "content-encoding"]
        body = Body(encodings, self._max_body)
        refuse_announced_size(answer, bool(encodings), self._max_body)
        chunks = answer.content.iter_chunked(CHUNK)
        try:
            async for chunk in chunks:
                body.feed(chunk)
                if body.size + body.wire > LARGE:
                    async with self._turn(deadline):
                        async for rest in chunks:
                            body.feed(rest)
        except _CUT_OFF:
            if not is_whole(body):
                raise
        return body.whole()

    @asynccontextmanager
    async def _turn(self, deadline: asyncio.Timeout) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        left = (deadline.when() or loop.time()) - loop.time()
        deadline.reschedule(None)
        async with self._large:
            deadline.reschedule(loop.time() + left)
            yield


async def read_up_to(answer: aiohttp.ClientResponse, headers: Headers, size: int) -> bytes:
    """The beginning of a body, as far as it comes within `size` bytes of the wire. Raises as `Reader.read` does."""
    body = Body([value for name, value in headers if name == "content-encoding"], 16 * size)
    while body.wire < size and (chunk := await answer.content.read(size)):
        body.feed(chunk)
    return body.start(16 * size)


async def read_start(answer: aiohttp.ClientResponse, headers: Headers, size: int) -> bytes:
    """The beginning of an error page: for its looks only, so nothing is raised."""
    try:
        return await read_up_to(answer, headers, size)
    except (PollError, *_CUT_OFF):
        return b""


def refuse_announced_size(answer: aiohttp.ClientResponse, encoded: bool, max_body: int) -> None:
    """Refuse a body that is too large by its own word, before a byte of it is read."""
    limit = max(MAX_WIRE, max_body) if encoded else max_body
    if answer.content_length is not None and answer.content_length > limit:
        raise too_large(limit)


def is_whole(body: Body) -> bool:
    """Whether a body that ended early by HTTP's count is complete all the same.

    Servers that compress a page and still announce its plain size are common: the compressed data says itself where it
    ends. A plain document ends with its root's closing tag.
    """
    return body.finished if body.compressed else _END.search(body.tail(512)) is not None
