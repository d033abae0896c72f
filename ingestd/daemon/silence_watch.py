"""Tells of sources that succeed and have published nothing for longer than they usually do."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ingestd import policy
from ingestd.daemon.service import PeriodicService
from ingestd.policy.silence import HABIT_DAYS, MIN_UNUSUAL_DAYS
from ingestd.store import events, quiet_sources
from ingestd.store.database import Database
from ingestd.store.quiet_sources import QuietSource


class SilenceWatch(PeriodicService):
    """Looks once an hour for sources that have fallen silent. A poll that brings a post ends the silence."""

    interval_s = 3600.0

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def tick(self) -> None:
        """Look at one source after the other. Raises StoreError."""
        before = self._clock() - timedelta(days=MIN_UNUSUAL_DAYS)
        for source in await self._database.reading(quiet_sources.quiet_sources, before):
            await self._look_at(source)

    async def _look_at(self, source: QuietSource) -> None:
        # Up to its last good poll: no post could come while nothing was polled.
        since = source.last_ok_at - timedelta(days=HABIT_DAYS)
        days = await self._database.reading(quiet_sources.days_with_posts, source.id, since)
        found = policy.silence(source.last_ok_at.date(), days)
        if found is not None and (remark := found.remark()):
            event = policy.condition_event(None, policy.SILENT, remark, None)
            assert event is not None
            change = events.change_condition
            await self._database.writing(change, source.id, None, policy.SILENT, event, self._clock())
