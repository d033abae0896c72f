"""Tells of sources that succeed and have published nothing for longer than they usually do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

from ingestd import policy
from ingestd.daemon.service import PeriodicService
from ingestd.policy.silence import HABIT_DAYS, MIN_UNUSUAL_DAYS
from ingestd.store import events, quiet_sources
from ingestd.store.database import Database
from ingestd.store.quiet_sources import QuietSource

#: Quiet sources that are all looked at each hour. Of more a part is, and each once a day: a silence counts in days.
MAX_LOOKS = 1_000
MAX_PARTS = 24


def parts_of(quiet: int) -> int:
    """The number of hours over which looks at so many quiet sources are spread."""
    return min(max(ceil(quiet / MAX_LOOKS), 1), MAX_PARTS)


class SilenceWatch(PeriodicService):
    """Looks once an hour for sources that have fallen silent. A poll that brings a post ends the silence."""

    interval_s = 3600.0

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        # A daemon that is started anew goes on with the part of the hour, so that each part has its turn.
        self._hour = int(clock().timestamp() // self.interval_s)

    async def tick(self) -> None:
        """Look at one source after the other. Raises StoreError."""
        before = self._clock() - timedelta(days=MIN_UNUSUAL_DAYS)
        parts = parts_of(await self._database.reading(quiet_sources.count_quiet_sources, before))
        part, self._hour = self._hour % parts, self._hour + 1
        for source in await self._database.reading(quiet_sources.quiet_sources, before, part, parts):
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
