"""Small periodic services on the database: the search index, dictionaries of kept pages, and the file itself."""

from collections.abc import Callable

from ingestd.daemon.service import PeriodicService
from ingestd.poll.context import PollContext
from ingestd.store import dictionary_training, search
from ingestd.store.database import Database

#: Posts that enter the search index in one transaction: some 80 ms for which other writers wait.
MAX_INDEXED_POSTS = 100


class SearchIndexing(PeriodicService):
    """Adds stored posts to the search index while no source is polled (`is_idle`), so that no poll waits for it."""

    interval_s = 2.0

    def __init__(self, database: Database, is_idle: Callable[[], bool]) -> None:
        self._database = database
        self._is_idle = is_idle

    async def tick(self) -> None:
        """Index a batch of posts. Raises StoreError."""
        if self._is_idle():
            await self._database.writing(search.index_posts, MAX_INDEXED_POSTS)


class DictionaryTraining(PeriodicService):
    """Finds what the kept pages of a server have in common, one server at a time: some 50 ms of one processor."""

    interval_s = 10.0

    def __init__(self, context: PollContext) -> None:
        self._context = context

    async def tick(self) -> None:
        """Look at one server's pages. Raises StoreError."""
        await dictionary_training.train_due(self._context.database, self._context.clock(), limit=1)


class DatabaseFileWatch(PeriodicService):
    """Calls `replaced` where the database file is no longer the one that was opened: writes to it would be lost."""

    interval_s = 2.0

    def __init__(self, database: Database, replaced: Callable[[], None]) -> None:
        self._database = database
        self._replaced = replaced
        self._opened = database.identity()

    async def tick(self) -> None:
        """Compare device and inode."""
        if self._database.identity() != self._opened:
            self._replaced()
