"""The tables `hosts` and `refusals`: at which pace each host may be asked, and what it has refused.

A start is claimed in one short transaction, so the daemon, a `fetch` beside it and further daemons share one pace.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, or_, select, union

from ingestd.model.host_pace import HostPace, Refusal
from ingestd.store.codec import chunks, optional_moment, optional_utc_text
from ingestd.store.models import hosts, leases, refusals, sources
from ingestd.store.prepared_statements import PreparedStatement
from ingestd.text.times import utc_text

#: How long refusals are kept, and hosts that have no source and whose responses have taught nothing.
KEEP_REFUSALS = timedelta(days=7)
KEEP_IDLE_HOSTS = timedelta(days=1)


def _upsert_pace(insert_into: Callable[[Any], Any]) -> Any:
    statement = insert_into(hosts)
    columns = [column.name for column in hosts.c if not column.primary_key]
    return statement.on_conflict_do_update(
        index_elements=["host"], set_={name: statement.excluded[name] for name in columns}
    )


_WRITE_PACE = PreparedStatement(_upsert_pace)


def host_paces(connection: Connection, keys: Collection[str] | None = None) -> dict[str, HostPace]:
    """The pace of each of these hosts that has one; of all hosts for None."""
    if keys is None:
        return {row.host: _pace(row) for row in connection.execute(select(hosts))}
    found: dict[str, HostPace] = {}
    for part in chunks(sorted(keys)):
        found |= {row.host: _pace(row) for row in connection.execute(select(hosts).where(hosts.c.host.in_(part)))}
    return found


def write_paces(connection: Connection, paces: Mapping[str, HostPace]) -> None:
    """Store the pace of each of these hosts."""
    _WRITE_PACE.run(connection, [_values(host, pace) for host, pace in paces.items()])


def claim_start(
    connection: Connection, host: str, clock: Callable[[], datetime], min_spacing_s: float, max_wait_s: float
) -> tuple[datetime, HostPace]:
    """The start of the next request to a host, and the host's pace. One in more than `max_wait_s` is not claimed.

    `clock` is read within the transaction, which may have waited for another process's.
    """
    now = clock()
    pace = host_paces(connection, [host]).get(host, HostPace())
    start, claimed = pace.claim(now, min_spacing_s)
    if start > now + timedelta(seconds=max_wait_s):
        return start, pace
    write_paces(connection, {host: claimed})
    return start, claimed


def change_pace(
    connection: Connection, host: str, change: Callable[[HostPace], HostPace], refusal: Refusal | None = None
) -> HostPace:
    """Apply `change` to the pace of a host, and record a refusal; the pace afterwards."""
    before = host_paces(connection, [host]).get(host, HostPace())
    after = change(before)
    if after != before:
        write_paces(connection, {host: after})
    if refusal is not None:
        row = {"host": host, "at": utc_text(refusal.at), "http_status": refusal.http_status}
        connection.execute(insert(refusals).values(row))
    return after


def forget_idle_hosts(connection: Connection, now: datetime) -> None:
    """Delete refusals of more than a week ago, and idle hosts without a source."""
    connection.execute(delete(refusals).where(refusals.c.at < utc_text(now - KEEP_REFUSALS)))
    connection.execute(
        delete(hosts).where(
            hosts.c.next_at < utc_text(now - KEEP_IDLE_HOSTS),
            hosts.c.spacing_s == 0,
            ~exists().where(sources.c.host == hosts.c.host),
        )
    )


@dataclass(frozen=True, slots=True)
class HostSources:
    """A host and its sources: their names, those of them that are due and not polled yet, and what it refused today.

    `refusals` counts the last 24 hours.
    """

    host: str
    names: tuple[str, ...]
    waiting: tuple[str, ...]
    refusals: int
    pace: HostPace


def hosts_with_sources(connection: Connection, now: datetime, *, only_slowed: bool = False) -> list[HostSources]:
    """Every host that has an enabled source, the one with most sources first.

    With `only_slowed` those that are to be asked later, have a pace of their own, or have refused something today.
    """
    day = utc_text(now - timedelta(days=1))
    counts = select(refusals.c.host, func.count().label("n")).where(refusals.c.at >= day).group_by(refusals.c.host)
    refused = {row.host: row.n for row in connection.execute(counts)}
    due = or_(sources.c.next_poll_at.is_(None), sources.c.next_poll_at <= utc_text(now))
    leased = exists().where(leases.c.source_id == sources.c.id, leases.c.expires_at > utc_text(now))
    query = (
        select(sources.c.host, sources.c.name, and_(due, sources.c.paused == 0, ~leased).label("waits"))
        .where(sources.c.enabled == 1, sources.c.host.is_not(None))
        .order_by(sources.c.name)
    )
    if only_slowed:
        later = or_(hosts.c.spacing_s > 0, hosts.c.next_at > utc_text(now), hosts.c.paused_until > utc_text(now))
        slowed = union(select(hosts.c.host).where(later), select(refusals.c.host).where(refusals.c.at >= day))
        query = query.where(sources.c.host.in_(slowed))
    names: dict[str, list[tuple[str, bool]]] = {}
    for row in connection.execute(query):
        names.setdefault(row.host, []).append((row.name, bool(row.waits)))
    paces = host_paces(connection, names if only_slowed else None)
    found = [
        HostSources(
            host,
            tuple(name for name, _ in listed),
            tuple(name for name, waits in listed if waits),
            refused.get(host, 0),
            paces.get(host, HostPace()),
        )
        for host, listed in names.items()
    ]
    return sorted(found, key=lambda item: (-len(item.names), item.host))


def _pace(row: Row[Any]) -> HostPace:
    return HostPace(
        next_at=optional_moment(row.next_at),
        paused_until=optional_moment(row.paused_until),
        spacing_s=row.spacing_s,
        accepted_spacing_s=row.accepted_spacing_s,
        refused_spacing_s=row.refused_spacing_s,
        accepted=row.accepted,
        refused_at=optional_moment(row.refused_at),
        reason=row.reason,
    )


def _values(host: str, pace: HostPace) -> dict[str, Any]:
    return {
        "host": host,
        "next_at": optional_utc_text(pace.next_at),
        "paused_until": optional_utc_text(pace.paused_until),
        "spacing_s": pace.spacing_s,
        "accepted_spacing_s": pace.accepted_spacing_s,
        "refused_spacing_s": pace.refused_spacing_s,
        "accepted": pace.accepted,
        "refused_at": optional_utc_text(pace.refused_at),
        "reason": pace.reason,
    }
