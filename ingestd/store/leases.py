"""The table `leases`: which sources are due, and which process polls which source now.

A source is polled only under a lease, so that no two processes poll it at once. A process that ends without releasing
its leases does not have them after their expiry.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, case, delete, or_, select, update

from ingestd.store.models import leases, sources
from ingestd.store.prepared_statements import upsert
from ingestd.text.times import utc_text

#: No lease is taken for longer than this: one that ends later was taken under a wrong clock.
MAX_LEASE_S = 3600.0

_DUE_SOURCES = (
    select(sources.c.id)
    .outerjoin(leases, leases.c.source_id == sources.c.id)
    .where(
        sources.c.enabled == 1,
        sources.c.paused == 0,
        or_(
            sources.c.next_poll_at.is_(None),
            sources.c.next_poll_at <= bindparam("now"),
            # A poll that ended in the future was made under a wrong clock, and so was its plan for the next one.
            sources.c.last_polled_at > bindparam("later"),
        ),
        or_(
            leases.c.source_id.is_(None),
            leases.c.expires_at <= bindparam("now"),
            leases.c.expires_at > bindparam("later"),
        ),
    )
    # Those that were never polled come first, then the longest overdue.
    .order_by(case((sources.c.next_poll_at.is_(None), 0), else_=1), sources.c.next_poll_at, sources.c.id)
    .limit(bindparam("limit"))
)


def due_sources(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Sources whose poll is due and which no process polls, the longest overdue first, at most `limit`."""
    values = {"now": utc_text(now), "later": _latest_expiry(now), "limit": limit}
    return list(connection.execute(_DUE_SOURCES, values).scalars())


def _latest_expiry(now: datetime) -> str:
    return utc_text(now + timedelta(seconds=MAX_LEASE_S))


def acquire_leases(
    connection: Connection, source_ids: Iterable[int], holder: str, now: datetime, seconds: float
) -> set[int]:
    """Take the lease of each source that is free or expired: the sources that `holder` may poll now.

    A lease that `holder` has already is not given twice. `seconds` is an hour at most.
    """
    rows = [
        {"source_id": source_id, "holder": holder, "expires_at": utc_text(now + timedelta(seconds=seconds))}
        for source_id in dict.fromkeys(source_ids)
    ]
    if not rows:
        return set()
    statement = upsert(connection, leases)
    taking = statement.on_conflict_do_update(
        index_elements=["source_id"],
        set_={"holder": statement.excluded.holder, "expires_at": statement.excluded.expires_at},
        where=or_(leases.c.expires_at <= utc_text(now), leases.c.expires_at > _latest_expiry(now)),
    )
    return set(connection.execute(taking.returning(leases.c.source_id), rows).scalars())


def renew_leases(
    connection: Connection, holder: str, now: datetime, seconds: float, source_ids: Collection[int] | None = None
) -> None:
    """Prolong the leases of `holder`: those of `source_ids`, or all."""
    expires = utc_text(now + timedelta(seconds=seconds))
    ours = leases.c.holder == holder
    if source_ids is not None:
        ours = and_(ours, leases.c.source_id.in_(sorted(source_ids)))
    connection.execute(update(leases).where(ours).values(expires_at=expires))


def release_leases(connection: Connection, holder: str, source_id: int | None = None) -> None:
    """End one lease of `holder`, or all."""
    ours = leases.c.holder == holder
    connection.execute(delete(leases).where(ours if source_id is None else and_(ours, leases.c.source_id == source_id)))


def release_dead_leases(connection: Connection, is_dead: Callable[[str], bool]) -> None:
    """End the leases of every holder for which `is_dead` is true."""
    for holder in connection.execute(select(leases.c.holder).distinct()).scalars().all():
        if is_dead(holder):
            release_leases(connection, holder)


def make_due(connection: Connection, source_ids: Sequence[int], now: datetime) -> None:
    """Make the polls of these sources due now, where they are planned for later.

    A poll that begins before its time and is killed is then repeated like any other.
    """
    later = sources.c.next_poll_at > utc_text(now)
    ours = [{"row": source_id} for source_id in source_ids]
    if ours:
        connection.execute(
            update(sources).where(sources.c.id == bindparam("row"), later).values(next_poll_at=utc_text(now)), ours
        )
