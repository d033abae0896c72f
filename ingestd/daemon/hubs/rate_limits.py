"""How often something is done for one source, whatever a hub, a feed or a stranger at the callback sends."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: Requests to one subscription's callback that are written and logged each, within so many seconds.
MAX_WRITES = 5
WRITES_PERIOD_S = 60


@dataclass(slots=True)
class WriteLimit:
    """Counts by source; what is over the limit is left for the next tick."""

    _written_at: dict[int, list[datetime]] = field(default_factory=dict)
    _left: Counter[int] = field(default_factory=Counter)

    def allows(self, source_id: int, now: datetime) -> bool:
        """Whether a change of a source's subscription may be written now; if not, it is counted as left."""
        start = now - timedelta(seconds=WRITES_PERIOD_S)
        recent = [moment for moment in self._written_at.get(source_id, ()) if start < moment <= now]
        if len(recent) >= MAX_WRITES:
            self._left[source_id] += 1
            return False
        self._written_at[source_id] = [*recent, now]
        return True

    def take_left(self) -> dict[int, int]:
        """How many changes of each source are still to be written; they count as written from now on."""
        left, self._left = self._left, Counter()
        return dict(left)


class MinInterval:
    """Lets something happen once in so many seconds for each source."""

    def __init__(self) -> None:
        self._last: dict[int, datetime] = {}

    def is_too_soon(self, source_id: int, now: datetime, seconds: float) -> bool:
        """Whether it happened less than `seconds` ago; if not, it happens now."""
        before = self._last.get(source_id)
        if before is not None and now - before < timedelta(seconds=seconds):
            return True
        self._last[source_id] = now
        return False
