"""What is known of the state of an installation: its sources, and its disk."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SourceCondition:
    """What is known of one enabled source; docs/database.md has the meaning of each column of `sources`."""

    name: str
    condition: str | None = None
    paused: bool = False
    failing_since: datetime | None = None
    suspected_loss_at: datetime | None = None
    last_polled_at: datetime | None = None
    next_poll_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """The space of the file system that holds the database, in bytes."""

    free: int
    total: int
