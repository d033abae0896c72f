"""How many sources are in which condition, and the disk of the database: for `status`, checks and metrics.

Most sources are well: these are counted in an index, and rows are read of the others alone.
"""

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select

from ingestd.model.condition import ConditionGroup, Disk, SourcesSummary
from ingestd.store.codec import optional_moment
from ingestd.store.models import sources
from ingestd.store.models.source_tables import HAS_LOST, IS_DISABLED, IS_POLLED, IS_UNWELL
from ingestd.text.times import utc_text


def sources_summary(connection: Connection, dead_since: datetime, lost_since: datetime, names: int) -> SourcesSummary:
    """The enabled sources by their condition.

    One is dead that has failed since `dead_since`, and has lost something where that was after `lost_since`. `names`
    are told of each group at most.
    """
    unwell = _unwell(connection, utc_text(dead_since), names)
    total, disabled = _number(connection), _number(connection, IS_DISABLED)
    new = _number(connection, *_is_new(utc_text(dead_since)))
    well = total - disabled - new - sum(group.number for group in unwell)
    lost = (HAS_LOST, sources.c.suspected_loss_at > utc_text(lost_since))
    last, due = _last_poll(connection), connection.execute(_FIRST_DUE).scalar()
    return SourcesSummary(
        groups=[
            *(group for group in (ConditionGroup(well), ConditionGroup(new, is_new=True)) if group.number),
            *unwell,
        ],
        disabled=disabled,
        lost=_number(connection, *lost),
        lost_names=_first_names(connection, names, sources.c.suspected_loss_at.desc(), *lost),
        last_polled_at=optional_moment(last),
        next_poll_at=optional_moment(due),
    )


def _unwell(connection: Connection, dead_since: str, names: int) -> list[ConditionGroup]:
    """Sources that are paused or dead, or have a condition."""
    is_dead = case((sources.c.failing_since <= dead_since, 1), else_=0)
    kinds = (sources.c.paused, sources.c.condition, is_dead.label("is_dead"))
    is_told = or_(sources.c.paused == 1, sources.c.condition.is_not(None), sources.c.failing_since <= dead_since)
    query = select(*kinds, func.count()).where(IS_UNWELL, is_told).group_by(*kinds)
    found = []
    for paused, condition, dead, number in connection.execute(query).all():
        same = (sources.c.paused == paused, sources.c.condition.is_not_distinct_from(condition), is_dead == dead)
        first = _first_names(connection, names, sources.c.failing_since, IS_UNWELL, *same)
        found.append(ConditionGroup(number, condition, bool(paused), bool(dead), names=first))
    return found


def _is_new(dead_since: str) -> tuple[Any, ...]:
    """Never polled, and in no other condition."""
    is_failing = or_(sources.c.failing_since.is_(None), sources.c.failing_since > dead_since)
    return IS_POLLED, sources.c.last_polled_at.is_(None), sources.c.condition.is_(None), is_failing


def _first_names(connection: Connection, limit: int, first: Any, *conditions: Any) -> Sequence[str]:
    """The first few in the order of an index: by name, every source would be looked at."""
    query = select(sources.c.name).where(*conditions).order_by(first, sources.c.name).limit(limit)
    return connection.execute(query).scalars().all()


_FIRST_DUE = select(func.min(sources.c.next_poll_at)).where(IS_POLLED)
_LAST_POLLS = (
    select(func.max(sources.c.last_polled_at)).where(IS_POLLED),
    select(func.max(sources.c.last_polled_at)).where(IS_UNWELL, sources.c.paused == 1),
)


def _last_poll(connection: Connection) -> str | None:
    """When the last poll of an enabled source ended; the paused ones are in another index."""
    return max(filter(None, (connection.execute(query).scalar() for query in _LAST_POLLS)), default=None)


def _number(connection: Connection, *conditions: Any) -> int:
    """How many sources there are; with conditions, of which all hold."""
    return int(connection.execute(select(func.count()).select_from(sources).where(*conditions)).scalar_one())


def troubled_sources(connection: Connection, limit: int) -> list[int]:
    """Sources that need someone: failing, silent or paused, the longest failing first; then those that have lost some.

    Of these, which may have lost articles, the latest comes first.
    """
    is_told = or_(sources.c.paused == 1, sources.c.condition.is_not(None))
    unwell = select(sources.c.id).where(IS_UNWELL, is_told).order_by(sources.c.failures.desc(), sources.c.name)
    found = list(connection.execute(unwell.limit(limit)).scalars())
    others = and_(HAS_LOST, sources.c.paused == 0, sources.c.condition.is_(None))
    lost = select(sources.c.id).where(others).order_by(sources.c.suspected_loss_at.desc(), sources.c.name)
    return found + list(connection.execute(lost.limit(limit - len(found))).scalars())


def disk_of(path: Path | None) -> Disk | None:
    """The disk of a database's file; None for one on a server, or where it cannot be told."""
    if path is None:
        return None
    try:
        used = shutil.disk_usage(path.absolute().parent)
    except OSError:
        return None
    return Disk(used.free, used.total)
