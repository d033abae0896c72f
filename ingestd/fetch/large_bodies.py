"""Turns of large bodies, a few at a time, so that many at once cannot fill the memory.

While others wait for theirs, a body has to keep coming: one that stalls or drips ends, so that servers which send a
megabyte and then fall silent keep nobody waiting for longer than a moment each.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ingestd.model.errors import Outcome, TemporaryError

#: Large bodies that are read at once.
MAX_LARGE = 4
#: While others wait, a body has to bring so many bytes in so many seconds.
STEP = 64 * 1024
STEP_S = 2.0


class TooSlowError(TimeoutError):
    """A large body came too slowly while others waited for its turn."""


class Turns:
    """Gives large bodies their turns, first come, first served."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MAX_LARGE)
        self._queued = 0
        self._taken: deque[Turn] = deque()

    @asynccontextmanager
    async def take(self, deadline: asyncio.Timeout) -> AsyncIterator["Turn"]:
        """Wait for a turn and keep it; the wait does not count against the deadline.

        Raises `TooSlowError` inside of the turn where it has to end for others.
        """
        loop = asyncio.get_running_loop()
        left = (deadline.when() or loop.time()) - loop.time()
        deadline.reschedule(None)
        await self._wait()
        try:
            deadline.reschedule(loop.time() + left)
            async with asyncio.timeout(None) as patience:
                turn = Turn(patience)
                self._taken.append(turn)
                self._set_patience()
                try:
                    yield turn
                finally:
                    self._taken.remove(turn)
        except TimeoutError as problem:
            if patience.expired():
                raise TooSlowError from problem
            raise
        finally:
            self._free.release()

    async def _wait(self) -> None:
        self._queued += 1
        self._set_patience()
        try:
            await self._free.acquire()
        finally:
            self._queued -= 1
            self._set_patience()

    def _set_patience(self) -> None:
        for turn in self._taken:
            turn.hurry(self._queued > 0)


class Turn:
    """One body's turn. Whoever reads it says how far it has come."""

    def __init__(self, patience: asyncio.Timeout) -> None:
        self._patience = patience
        self._hurried = False
        self._step_at = asyncio.get_running_loop().time()
        self._step_from: int | None = None

    def come_to(self, wire: int) -> None:
        """So many bytes have come from the wire."""
        if self._step_from is None:
            self._step_from = wire
        elif wire - self._step_from >= STEP:
            self._step_at, self._step_from = asyncio.get_running_loop().time(), wire
            self._reschedule()

    def hurry(self, hurried: bool) -> None:
        """Whether others wait."""
        if hurried is not self._hurried:
            self._hurried = hurried
            self._reschedule()

    def _reschedule(self) -> None:
        if not self._patience.expired():
            self._patience.reschedule(self._step_at + STEP_S if self._hurried else None)


def too_slow() -> TemporaryError:
    """The error for a body that had to end."""
    return TemporaryError(Outcome.TIMEOUT, "the large answer stalled, and others waited for its turn")
