"""Bounds how many large bodies are read at the same time, so that many of them cannot fill the memory.

While others wait for a slot, a body that is being read must make progress: one that stalls or drips is ended. So
servers that send a megabyte and then nothing delay the others by seconds, not until the request's timeout.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ingestd.model.errors import Outcome, TemporaryError

#: Bodies with more bytes than this, on the wire and decompressed together, are large.
LARGE_BODY_BYTES = 1_000_000
#: Large bodies that are read at the same time.
MAX_LARGE_BODIES = 4
#: While others wait, a body must bring at least so many bytes in so many seconds.
MIN_PROGRESS_BYTES = 64 * 1024
PROGRESS_WINDOW_S = 2.0


class StalledBodyError(TimeoutError):
    """A large body made too little progress while others waited for a slot."""


class LargeBodyLimiter:
    """A semaphore of `MAX_LARGE_BODIES` slots, first come, first served, that ends stalled holders under contention."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MAX_LARGE_BODIES)
        self._queued = 0
        self._holders: deque[BodyProgress] = deque()

    @asynccontextmanager
    async def slot(self, deadline: asyncio.Timeout) -> AsyncIterator["BodyProgress"]:
        """Wait for a slot and hold it. The wait does not count against `deadline`, which is suspended meanwhile.

        Raises `StalledBodyError` inside the block when the holder makes too little progress.
        """
        loop = asyncio.get_running_loop()
        left = (deadline.when() or loop.time()) - loop.time()
        deadline.reschedule(None)
        await self._acquire()
        try:
            deadline.reschedule(loop.time() + left)
            async with asyncio.timeout(None) as stall_timeout:
                progress = BodyProgress(stall_timeout)
                self._holders.append(progress)
                self._update_holders()
                try:
                    yield progress
                finally:
                    self._holders.remove(progress)
        except TimeoutError as error:
            if stall_timeout.expired():
                raise StalledBodyError from error
            raise
        finally:
            self._slots.release()

    async def _acquire(self) -> None:
        self._queued += 1
        self._update_holders()
        try:
            await self._slots.acquire()
        finally:
            self._queued -= 1
            self._update_holders()

    def _update_holders(self) -> None:
        for progress in self._holders:
            progress.set_contended(self._queued > 0)


class BodyProgress:
    """The progress of one large body, with the timeout that ends it when it stalls under contention."""

    def __init__(self, stall_timeout: asyncio.Timeout) -> None:
        self._stall_timeout = stall_timeout
        self._contended = False
        self._window_start_s = asyncio.get_running_loop().time()
        self._window_start_bytes: int | None = None

    def record(self, wire_bytes: int) -> None:
        """Note how many bytes of the body have come from the wire in all."""
        if self._window_start_bytes is None:
            self._window_start_bytes = wire_bytes
        elif wire_bytes - self._window_start_bytes >= MIN_PROGRESS_BYTES:
            self._window_start_s, self._window_start_bytes = asyncio.get_running_loop().time(), wire_bytes
            self._reschedule()

    def set_contended(self, contended: bool) -> None:
        """Start or suspend the timeout, by whether others wait for a slot."""
        if contended is not self._contended:
            self._contended = contended
            self._reschedule()

    def _reschedule(self) -> None:
        if not self._stall_timeout.expired():
            self._stall_timeout.reschedule(self._window_start_s + PROGRESS_WINDOW_S if self._contended else None)


def stalled_error() -> TemporaryError:
    """The error for a body that was ended by `StalledBodyError`."""
    return TemporaryError(Outcome.TIMEOUT, "the large answer stalled, and others waited for its turn")
