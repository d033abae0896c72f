"""Small periodic services on the database: search index, fingerprints, dictionaries of kept pages, the file itself."""

from collections.abc import Callable
from pathlib import Path

from ingestd.daemon.service import PeriodicService
from ingestd.poll.context import PollContext
from ingestd.store import dictionary_training, fingerprints, hosts, search
from ingestd.store.database import Database
from ingestd.store.file_faults import lost_file_of


class SearchIndexing(PeriodicService):
    """Puts the posts of an older database into the search index, step by step, also while sources are polled."""

    interval_s = 1.0

    def __init__(self, database: Database) -> None:
        self._database = database
        self._complete = False

    async def tick(self) -> None:
        """Take one step, until the index is complete. Raises StoreError."""
        if not self._complete:
            self._complete = await self._database.writing(search.fill_index, search.STEP_POSTS) == 0


class FingerprintFilling(PeriodicService):
    """Gives posts of an older database, and those that were written by hand, their fingerprints, step by step."""

    interval_s = 2.0

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tick(self) -> None:
        """Take one step where there is something to do. Raises StoreError."""
        if await self._database.reading(fingerprints.has_backlog):
            await self._database.writing(fingerprints.fill_fingerprints, fingerprints.STEP_POSTS)


class DictionaryTraining(PeriodicService):
    """Finds what the kept pages of a server have in common, one server at a time: some 50 ms of one processor."""

    interval_s = 10.0

    def __init__(self, context: PollContext) -> None:
        self._context = context

    async def tick(self) -> None:
        """Look at one server's pages. Raises StoreError."""
        await dictionary_training.train_due(self._context.database, self._context.clock(), limit=1)


class HostForgetting(PeriodicService):
    """Deletes refusals of more than a week ago, and hosts that are asked no more."""

    interval_s = 3600.0

    def __init__(self, context: PollContext) -> None:
        self._context = context

    async def tick(self) -> None:
        """Delete what is old. Raises StoreError."""
        await self._context.database.writing(hosts.forget_idle_hosts, self._context.clock())


class DatabaseFileWatch(PeriodicService):
    """Calls `lost` with a file of the database that was deleted or replaced, and `damaged` where damage was found."""

    interval_s = 1.0

    def __init__(
        self, database: Database, lost: Callable[[Path], None], damaged: Callable[[str], None] = lambda _: None
    ) -> None:
        self._database = database
        self._lost = lost
        self._damaged = damaged
        # A file that another program put there while the first connection waited for its lock is not the opened one.
        self._opened = database.opened_as or database.identity()

    async def tick(self) -> None:
        """Compare device and inode of the file and of its log."""
        if self._database.damage is not None:
            self._damaged(self._database.damage)
        elif self._database.path is None:
            return
        elif self._database.identity() != self._opened:
            self._lost(self._database.path)
        elif (lost := await self._database.reading(lost_file_of)) is not None:
            self._lost(lost)
