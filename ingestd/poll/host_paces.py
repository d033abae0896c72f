"""The paces of hosts in the database, which every process that works on it shares."""

import logging
from collections.abc import Callable
from datetime import datetime

from ingestd.config.logs import log_event
from ingestd.fetch.politeness import LocalPaces
from ingestd.model.errors import StoreError
from ingestd.model.host_pace import HostPace, Refusal
from ingestd.store import hosts
from ingestd.store.database import Database


class StoredPaces(LocalPaces):
    """See `politeness.HostPaces`. While the database cannot be written, this process keeps the pace by itself."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def now(self) -> datetime:
        """The time in UTC, by which all processes claim starts."""
        return self._clock()

    async def claim(
        self, key: str, known: HostPace, min_spacing_s: float, max_wait_s: float
    ) -> tuple[datetime, HostPace]:
        """See `HostPaces`."""
        try:
            return await self._database.writing(hosts.claim_start, key, self._clock, min_spacing_s, max_wait_s)
        except StoreError as error:
            log_event("store-failed", level=logging.ERROR, host=key, error=str(error))
            return await super().claim(key, known, min_spacing_s, max_wait_s)

    async def change(
        self, key: str, known: HostPace, change: Callable[[HostPace], HostPace], refusal: Refusal | None
    ) -> HostPace:
        """See `HostPaces`."""
        try:
            return await self._database.writing(hosts.change_pace, key, change, refusal)
        except StoreError as error:
            log_event("store-failed", level=logging.ERROR, host=key, error=str(error))
            return await super().change(key, known, change, refusal)
