"""The condition of every source that is polled, and the disk of the database: for checks and metrics."""

import shutil
from pathlib import Path

from sqlalchemy import Connection, func, or_, select

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


def count_by_state(connection: Connection) -> dict[str, int]:
    """How many sources are well, new, failing, silent, paused or not polled, without those that are none."""
    is_new = sources.c.last_polled_at.is_(None).label("is_new")
    kinds = (sources.c.enabled, sources.c.paused, sources.c.condition, is_new)
    counts: dict[str, int] = {}
    for enabled, paused, condition, never, number in connection.execute(select(*kinds, func.count()).group_by(*kinds)):
        polled = "paused" if paused else condition or ("new" if never else "well")
        state = polled if enabled else "not polled"
        counts[state] = counts.get(state, 0) + number
    return counts


def troubled_sources(connection: Connection, limit: int) -> list[int]:
    """Sources that need someone: failing, silent, paused, or with articles lost perhaps; the longest failing first."""
    is_troubled = or_(sources.c.condition.is_not(None), sources.c.paused == 1, sources.c.suspected_loss_at.is_not(None))
    query = select(sources.c.id).where(sources.c.enabled == 1, is_troubled)
    return list(connection.execute(query.order_by(sources.c.failures.desc(), sources.c.name).limit(limit)).scalars())


def disk_of(path: Path | None) -> Disk | None:
    """The disk of a database's file; None for one on a server, or where it cannot be told."""
    if path is None:
        return None
    try:
        used = shutil.disk_usage(path.absolute().parent)
    except OSError:
        return None
    return Disk(used.free, used.total)
