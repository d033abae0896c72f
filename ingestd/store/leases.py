"""The table `leases`: which sources are due, which process polls which source now, and which does a task for all.

A source is polled only under a lease, so that no two processes poll it at once. A process that ends without releasing
its leases does not have them after their expiry. One that was halted, and may not know that its lease has expired,
writes nothing: each claim makes a row with a new number, which is looked up in the transaction that writes.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from ingestd.model.errors import LeaseLostError
from ingestd.model.host_pace import MAX_CLAIM_AHEAD_S, MAX_HOST_WAIT_S
from ingestd.store.models import hosts, leases, sources
from ingestd.store.prepared_statements import PreparedQuery, upsert
from ingestd.text.times import utc_text

R = TypeVar("R")
T = TypeVar("T", int, str)

#: No lease is taken for longer than this: one that ends later was taken under a wrong clock.
MAX_LEASE_S = 3600.0

# Those that were never polled come first, then the longest overdue.
_DUE_ORDER: tuple[Any, ...] = (
    case((sources.c.next_poll_at.is_(None), 0), else_=1),
    sources.c.next_poll_at,
    sources.c.id,
)


def _is_past(moment: Any, latest: str) -> Any:
    """Whether a host may be asked, by one of its times; one beyond the longest wait was written under a wrong clock."""
    return or_(moment.is_(None), moment <= bindparam("soon"), moment > bindparam(latest))


def _polled(*conditions: Any) -> Any:
    """The polled sources of which all conditions hold; its WHERE is that of the partial indexes of `sources`."""
    return select(sources.c.id).where(literal_column("enabled = 1 AND paused = 0"), *conditions)


# Each part is a range of an index, so that a look costs what is due, and not what is configured.
_DUE = union_all(
    _polled(sources.c.next_poll_at.is_(None)),
    _polled(sources.c.next_poll_at <= bindparam("now")),
    # A poll that ended in the future was made under a wrong clock, and so was its plan for the next one.
    _polled(sources.c.last_polled_at > bindparam("later")),
)
_DUE_BY_HOST = (
    select(
        sources.c.id,
        func.row_number().over(partition_by=sources.c.host, order_by=_DUE_ORDER).label("place"),
        func.row_number().over(order_by=_DUE_ORDER).label("rank"),
    )
    .outerjoin(leases, leases.c.source_id == sources.c.id)
    .outerjoin(hosts, hosts.c.host == sources.c.host)
    .where(
        sources.c.id.in_(_DUE),
        or_(
            leases.c.source_id.is_(None),
            leases.c.expires_at <= bindparam("now"),
            leases.c.expires_at > bindparam("later"),
        ),
        _is_past(hosts.c.next_at, "latest_claim"),
        _is_past(hosts.c.paused_until, "latest_wait"),
    )
    .subquery()
)
_DUE_SOURCES = (
    select(_DUE_BY_HOST.c.id)
    .where(_DUE_BY_HOST.c.place <= bindparam("per_host"))
    .order_by(_DUE_BY_HOST.c.place, _DUE_BY_HOST.c.rank)
    .limit(bindparam("limit"))
)


def due_sources(
    connection: Connection, now: datetime, limit: int, *, per_host: int = 1_000, ahead_s: float = 0.0
) -> list[int]:
    """Sources whose poll is due, which no process polls, and whose host may be asked within `ahead_s` seconds.

    Of each host the longest overdue first, and at most `per_host`; the first of every host before the second of any.
    At most `limit`.
    """
    values = {
        "now": utc_text(now),
        "later": latest_expiry(now),
        "soon": utc_text(now + timedelta(seconds=ahead_s)),
        "latest_claim": utc_text(now + timedelta(seconds=MAX_CLAIM_AHEAD_S)),
        "latest_wait": utc_text(now + timedelta(seconds=MAX_HOST_WAIT_S)),
        "per_host": per_host,
        "limit": limit,
    }
    return list(connection.execute(_DUE_SOURCES, values).scalars())


def latest_expiry(now: datetime) -> str:
    """When a lease that is taken now ends at the latest; one that ends later was taken under a wrong clock."""
    return utc_text(now + timedelta(seconds=MAX_LEASE_S))


def acquire_leases(
    connection: Connection, source_ids: Iterable[int], holder: str, now: datetime, seconds: float
) -> dict[int, int]:
    """Take the lease of each source that is free or expired: the sources that `holder` may poll now, with its number.

    A lease that `holder` has already is not given twice. `seconds` is an hour at most.
    """
    wanted = list(dict.fromkeys(source_ids))
    return _acquire(connection, leases.c.source_id, wanted, holder, now, seconds)


def acquire_task(connection: Connection, task: str, holder: str, now: datetime, seconds: float) -> int | None:
    """Take the lease of a task, if it is free or expired: its number; None where another holder has it."""
    return _acquire(connection, leases.c.task, [task], holder, now, seconds).get(task)


def is_task_free(connection: Connection, task: str, now: datetime) -> bool:
    """Whether `acquire_task` would take the lease of a task: a look that keeps nobody from writing."""
    later = latest_expiry(now)
    held = select(leases.c.id).where(leases.c.task == task, leases.c.expires_at.between(utc_text(now), later))
    return connection.execute(held).first() is None


def _acquire(
    connection: Connection, column: Column[T], wanted: Sequence[T], holder: str, now: datetime, seconds: float
) -> dict[T, int]:
    if not wanted:
        return {}
    over = {"now": utc_text(now), "later": latest_expiry(now)}
    connection.execute(_END_IF_OVER[column.name], [{"wanted": one, **over} for one in wanted])
    # Never an update: a new row has a new number.
    taking = upsert(connection, leases).on_conflict_do_nothing(index_elements=[column.name])
    expires = utc_text(now + timedelta(seconds=seconds))
    rows = [{column.name: one, "holder": holder, "expires_at": expires} for one in wanted]
    return {row[0]: row[1] for row in connection.execute(taking.returning(column, leases.c.id), rows)}


_END_IF_OVER = {
    column.name: delete(leases).where(
        column == bindparam("wanted"),
        or_(leases.c.expires_at <= bindparam("now"), leases.c.expires_at > bindparam("later")),
    )
    for column in (leases.c.source_id, leases.c.task)
}

_IS_HELD = PreparedQuery(select(leases.c.id).where(leases.c.id == bindparam("number")))


def under_lease(connection: Connection, number: int, function: Callable[..., R], *args: object) -> R:
    """`function(connection, …)`, where the lease of this number still stands: in the transaction that writes.

    Raises LeaseLostError where it has expired and was taken by another process, or has ended: nothing is written.
    """
    if not _IS_HELD.run(connection, {"number": number}):
        raise LeaseLostError("the lease expired while this process was halted or cut off, and another one took over")
    return function(connection, *args)


def renew_leases(connection: Connection, numbers: Collection[int], now: datetime, seconds: float) -> frozenset[int]:
    """Prolong the leases of these numbers: those that still stand."""
    expires = utc_text(now + timedelta(seconds=seconds))
    held = frozenset(connection.execute(select(leases.c.id).where(leases.c.id.in_(sorted(numbers)))).scalars())
    if held:
        connection.execute(update(leases).where(leases.c.id.in_(sorted(held))).values(expires_at=expires))
    return held


def release_leases(connection: Connection, holder: str, source_id: int | None = None) -> None:
    """End one lease of `holder`, or all."""
    ours = leases.c.holder == holder
    connection.execute(delete(leases).where(ours if source_id is None else and_(ours, leases.c.source_id == source_id)))


def release_sources(connection: Connection, holder: str, source_ids: Collection[int]) -> None:
    """End the leases that `holder` has of these sources."""
    connection.execute(delete(leases).where(leases.c.holder == holder, leases.c.source_id.in_(sorted(source_ids))))


def release_dead_leases(connection: Connection, is_dead: Callable[[str], bool]) -> None:
    """End the leases of every holder for which `is_dead` is true."""
    for holder in _holders(connection):
        if is_dead(holder):
            release_leases(connection, holder)


def has_dead_leases(connection: Connection, is_dead: Callable[[str], bool]) -> bool:
    """Whether `release_dead_leases` would end any."""
    return any(is_dead(holder) for holder in _holders(connection))


def _holders(connection: Connection) -> Sequence[str]:
    return connection.execute(select(leases.c.holder).distinct()).scalars().all()


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
