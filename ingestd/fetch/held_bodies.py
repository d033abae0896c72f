"""The bodies that were received and whose content is not stored yet: while they are large, no further request starts.

Requests are faster than the workers and the database behind them: without a bound, hundreds of bodies wait in memory.
What holds a body here must not wait for another request, which waits for the bodies in turn.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Bytes of bodies for each processor, from which on no request starts: enough that none of them waits for work.
MAX_HELD_BYTES_PER_PROCESSOR = 1_500_000
#: A body counts as a quarter of the bound at most: one large feed, read by a worker for seconds, holds up no request.
_MIN_BODIES = 4


class HeldBodies:
    """Counts the bodies that are held; `freed` is called where requests may start again."""

    def __init__(self, freed: Callable[[], None]) -> None:
        self._most = MAX_HELD_BYTES_PER_PROCESSOR * (os.cpu_count() or 1)
        self._freed = freed
        self._bytes = 0
        self._of_sources: dict[int, int] = {}

    @property
    def are_too_large(self) -> bool:
        """Whether no request may start."""
        return self._bytes >= self._most

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Count a body of so many bytes until the block ends."""
        size = self._counted(size)
        self._add(size)
        try:
            yield
        finally:
            self._add(-size)

    def hold_for(self, source_id: int, size: int) -> None:
        """Count a body of a source until `release`."""
        size = self._counted(size)
        self._of_sources[source_id] = self._of_sources.get(source_id, 0) + size
        self._add(size)

    def release(self, source_id: int) -> None:
        """Count the bodies of a source no more."""
        self._add(-self._of_sources.pop(source_id, 0))

    def _counted(self, size: int) -> int:
        return min(size, -(-self._most // _MIN_BODIES))

    def _add(self, size: int) -> None:
        were_too_large = self.are_too_large
        self._bytes += size
        if were_too_large and not self.are_too_large:
            self._freed()
