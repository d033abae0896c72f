"""Reads one response body to its end, within bounds."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

import aiohttp
import httpx

from ingestd.fetch.decompress import DecompressedBody, too_large
from ingestd.fetch.large_bodies import LARGE_BODY_BYTES, LargeBodyLimiter, StalledBodyError, stalled_error
from ingestd.fetch.limits import MAX_WIRE_BYTES
from ingestd.fetch.response_status import Headers, content_length
from ingestd.model.errors import PollError

#: Bytes from the wire that are decompressed in one step: a few milliseconds of processor time, even for a bomb.
DECODE_SLICE_BYTES = 16 * 1024
#: Bytes of decompressed output after which the event loop runs its other tasks.
YIELD_EVERY_BYTES = 256 * 1024

# The end of a complete feed or page: a closing root tag, and at most a comment after it.
_END_TAG = re.compile(rb"</(?:rss|feed|rdf:rdf|html)\s*>\s*(?:<!--[^<>]{0,200}-->\s*)?\Z", re.IGNORECASE)
# The bytes at a body's end in which that tag is searched.
_END_TAG_BYTES = 512
_CUT_OFF_ERRORS = (
    aiohttp.ClientPayloadError,
    aiohttp.ServerDisconnectedError,
    aiohttp.ClientOSError,
    asyncio.TimeoutError,
)


class BodyReader:
    """Reads bodies. One instance for all requests, because it holds the slots of large bodies."""

    def __init__(self, max_body: int) -> None:
        self._max_body = max_body
        self._large_bodies = LargeBodyLimiter()

    async def read(
        self, response: httpx.Response, headers: Headers, deadline: asyncio.Timeout, max_body: int | None = None
    ) -> bytes:
        """The decompressed body. The wait for a large body's slot does not count against `deadline`.

        `max_body` replaces the bound in bytes that holds for all bodies. Raises `PollError` for a body that is too
        large, cannot be decompressed, stalls or is cut off, and the library's errors.
        """
        encodings = _content_encodings(headers)
        limit = max_body or self._max_body
        body = DecompressedBody(encodings, limit)
        refuse_announced_size(headers, bool(encodings), limit)
        try:
            async with aclosing(_wire_chunks(response)) as chunks:
                async for chunk in chunks:
                    await _feed(body, chunk)
                    if body.size + body.wire_bytes > LARGE_BODY_BYTES:
                        await self._read_large(body, chunks, deadline)
        except _CUT_OFF_ERRORS as error:
            if is_body_complete(body):
                return body.whole()
            if isinstance(error, StalledBodyError):
                raise stalled_error() from error
            raise
        return body.whole()

    async def _read_large(
        self, body: DecompressedBody, chunks: AsyncGenerator[bytes, None], deadline: asyncio.Timeout
    ) -> None:
        async with self._large_bodies.slot(deadline) as progress:
            async for chunk in chunks:
                progress.record(body.wire_bytes)
                await _feed(body, chunk)


async def read_prefix(response: httpx.Response, headers: Headers, max_bytes: int) -> bytes:
    """The beginning of a body, decompressed from at most `max_bytes` on the wire. Raises as `BodyReader.read` does."""
    body = DecompressedBody(_content_encodings(headers), 16 * max_bytes)
    async with aclosing(_wire_chunks(response)) as chunks:
        async for chunk in chunks:
            await _feed(body, chunk[: max_bytes - body.wire_bytes])
            if body.wire_bytes >= max_bytes:
                break
    return body.start(16 * max_bytes)


async def read_error_page(response: httpx.Response, headers: Headers, max_bytes: int) -> bytes:
    """The beginning of an error page, empty where it cannot be read: it only serves to recognise bot challenges."""
    try:
        return await read_prefix(response, headers, max_bytes)
    except (PollError, *_CUT_OFF_ERRORS):
        return b""


def refuse_announced_size(headers: Headers, encoded: bool, max_body: int) -> None:
    """Refuse a body whose Content-Length exceeds the bound, before any of it is read.

    Raises `PermanentError` (`TOO_LARGE`).
    """
    limit = max(MAX_WIRE_BYTES, max_body) if encoded else max_body
    size = content_length(headers)
    if size is not None and size > limit:
        raise too_large(limit)


def is_body_complete(body: DecompressedBody) -> bool:
    """Whether a body that ended early by HTTP's framing is complete all the same.

    Servers that compress a page and still announce its plain size are common, and compressed data marks its own end. A
    plain document ends with its root's closing tag.
    """
    if body.compressed:
        return body.finished
    return _END_TAG.search(body.tail(_END_TAG_BYTES)) is not None


def _content_encodings(headers: Headers) -> list[str]:
    return [value for name, value in headers if name == "content-encoding"]


def _wire_chunks(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The bytes on the wire. httpx declares an iterator, and gives a generator, which is to be closed if left early."""
    return cast(AsyncGenerator[bytes, None], response.aiter_raw())


async def _feed(body: DecompressedBody, data: bytes) -> None:
    """Decompress a chunk in slices; lets other tasks run after every `YIELD_EVERY_BYTES` of output."""
    for start in range(0, len(data), DECODE_SLICE_BYTES):
        yields = body.decoded_bytes // YIELD_EVERY_BYTES
        body.feed(data[start : start + DECODE_SLICE_BYTES])
        if body.decoded_bytes // YIELD_EVERY_BYTES > yields:
            await asyncio.sleep(0)
