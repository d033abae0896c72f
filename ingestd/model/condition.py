"""What is known of the state of an installation: its sources, and its disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """How many enabled sources are in one condition; docs/database.md has the meaning of the columns of `sources`.

    `is_dead`: failing for so long that they are polled once a week. `is_new`: never polled. `names` are a few
    of those that are not well, the longest failing first.
    """

    number: int
    condition: str | None = None
    is_paused: bool = False
    is_dead: bool = False
    is_new: bool = False
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SourcesSummary:
    """The enabled sources by their condition, how many are `disabled`, and when polls end and begin.

    `lost` may have missed articles lately, with the names of the latest few. `last_polled_at`: when the last poll of
    an enabled source ended; `next_poll_at`: when the first of those that are not paused is due.
    """

    groups: Sequence[ConditionGroup] = ()
    disabled: int = 0
    lost: int = 0
    lost_names: Sequence[str] = ()
    last_polled_at: datetime | None = None
    next_poll_at: datetime | None = None

    @property
    def enabled(self) -> int:
        """How many are enabled."""
        return sum(group.number for group in self.groups)


@dataclass(frozen=True, slots=True)
class Disk:
    """The space of the file system that holds the database, in bytes."""

    free: int
    total: int
