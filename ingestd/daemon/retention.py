"""Applies the `retention` of sources, once an hour."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from ingestd.config.logs import log_event
from ingestd.config.settings import Config
from ingestd.config.source_settings import RetentionConfig
from ingestd.config.source_table import table_of
from ingestd.daemon.service import PeriodicService
from ingestd.store.database import Database
from ingestd.store.retention import STEP_ROWS, Drop, drop_bodies, drop_pages


def retentions(config: Config) -> dict[str, RetentionConfig]:
    """The retention of each source that has one, by name."""
    table = table_of(config.sources)
    found = zip(table.names, table.settings, strict=True)
    return {name: settings.retention for name, settings in found if settings.retention is not None}


class Retention(PeriodicService):
    """Drops the pages, then the bodies, that are older than their source keeps them; polls go on between the steps."""

    interval_s = 3600.0

    def __init__(self, database: Database, ages: Mapping[str, RetentionConfig], clock: Callable[[], datetime]) -> None:
        self._database = database
        self._ages = ages
        self._clock = clock

    async def tick(self) -> None:
        """Drop what is old, in steps. Raises StoreError."""
        for name, ages in self._ages.items():
            pages_s = ages.pages or ages.bodies
            pages = await self._in_steps(drop_pages, name, pages_s) if pages_s else 0
            bodies = await self._in_steps(drop_bodies, name, ages.bodies) if ages.bodies else 0
            if pages or bodies:
                log_event("expired", source=name, pages=pages, bodies=bodies)

    async def _in_steps(self, drop: Drop, name: str, age_s: float) -> int:
        now = self._clock()
        before = now - timedelta(seconds=age_s)
        total = 0
        while dropped := await self._database.writing(drop, name, before, STEP_ROWS, now):
            total += dropped
        return total
