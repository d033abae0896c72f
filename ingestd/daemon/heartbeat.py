"""The daemon's sign of life in the database, for `ingestd status --check`."""

from collections.abc import Callable
from datetime import datetime

from ingestd import __version__
from ingestd.daemon.service import PeriodicService, log_store_failure
from ingestd.model.errors import StoreError
from ingestd.poll.lease_holders import is_dead_holder
from ingestd.store import daemons
from ingestd.store.database import Database


class Heartbeat(PeriodicService):
    """Writes the time once a minute, and that the daemon has stopped when it stops."""

    interval_s = 60.0

    def __init__(self, database: Database, holder: str, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._holder = holder
        self._clock = clock
        self._started_at = clock()

    async def start(self) -> None:
        """Write the first sign of life. Raises StoreError."""
        await self._database.writing(daemons.forget_dead_daemons, is_dead_holder, self._clock())
        await self.tick()

    async def tick(self) -> None:
        """Write one. Raises StoreError."""
        write = daemons.record_sign_of_life
        await self._database.writing(write, self._holder, __version__, self._started_at, self._clock())

    async def stop(self, grace_s: float) -> None:  # noqa: ARG002 - the protocol of services
        """Write that the daemon has stopped."""
        try:
            await self._database.writing(daemons.record_stop, self._holder)
        except StoreError as error:
            log_store_failure(error)
