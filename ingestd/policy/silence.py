"""Whether a source has published nothing for longer than it usually does. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

#: The days before today in which a source shows how often it publishes.
HABIT_DAYS = 90
#: Pauses between days with posts that are needed to know what is usual.
MIN_PAUSES = 4
#: Share of its pauses that are at most as long as the usual one.
USUAL_SHARE = 0.9
#: A silence is unusual from so many usual pauses on, and from so many days on.
UNUSUAL_PAUSES = 2
MIN_UNUSUAL_DAYS = 2


@dataclass(frozen=True, slots=True)
class Silence:
    """Days since a source last published, and the longest that it usually lets pass: None for too few posts."""

    days: int
    usual_days: int | None

    @property
    def is_unusual(self) -> bool:
        """Whether it lasts longer than the source's own habit."""
        if self.usual_days is None:
            return False
        return self.days > max(UNUSUAL_PAUSES * self.usual_days, MIN_UNUSUAL_DAYS)

    def remark(self) -> str | None:
        """The silence in words, with what to do about it; None for a usual one."""
        if not self.is_unusual or self.usual_days is None:
            return None
        habit = "day" if self.usual_days == 1 else f"{self.usual_days} days"
        return (
            f"it has published nothing for {self.days} days, and usually does every {habit}: see whether its site goes"
            " on; `ingestd sources discover` finds the feed of a site that has moved"
        )


def silence(today: date, days_with_posts: Collection[date]) -> Silence | None:
    """How long a source has been silent, by the days (UTC) of the last `HABIT_DAYS` on which it published.

    None for a source without any. Today does not count against it: the day is not over.
    """
    if not days_with_posts:
        return None
    first = today - timedelta(days=HABIT_DAYS)
    days = sorted({day for day in days_with_posts if first <= day <= today})
    if not days:
        return None
    pauses = sorted((later - earlier).days for earlier, later in pairwise(days))
    usual = pauses[min(int(USUAL_SHARE * len(pauses)), len(pauses) - 1)] if len(pauses) >= MIN_PAUSES else None
    return Silence((today - days[-1]).days, usual)
