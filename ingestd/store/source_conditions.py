"""The condition of every source that is polled, and the disk of the database: for checks and metrics."""

import shutil
from pathlib import Path

from sqlalchemy import Connection, select

from ingestd.model.condition import Disk, SourceCondition
from ingestd.store.codec import optional_moment
from ingestd.store.models import sources

_TIMES = ("failing_since", "suspected_loss_at", "last_polled_at", "next_poll_at")
_ENABLED = (
    select(sources.c.name, sources.c.condition, sources.c.paused, *(sources.c[name] for name in _TIMES))
    .where(sources.c.enabled == 1)
    .order_by(sources.c.name)
)


def source_conditions(connection: Connection) -> list[SourceCondition]:
    """Every enabled source, by name."""
    return [
        SourceCondition(
            row["name"], row["condition"], bool(row["paused"]), *(optional_moment(row[name]) for name in _TIMES)
        )
        for row in connection.execute(_ENABLED).mappings()
    ]


def disk_of(path: Path | None) -> Disk | None:
    """The disk of a database's file; None for one on a server, or where it cannot be told."""
    if path is None:
        return None
    try:
        used = shutil.disk_usage(path.absolute().parent)
    except OSError:
        return None
    return Disk(used.free, used.total)
