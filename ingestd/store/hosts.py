"""The tables `hosts` and `refusals`: at which pace each host may be asked, and what it has refused.

A start is claimed in one short transaction, so the daemon, a `fetch` beside it and further daemons share one pace.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, insert, select

from ingestd.model.host_pace import HostPace, Refusal
from ingestd.store.codec import chunks, optional_moment, optional_utc_text
from ingestd.store.models import hosts, refusals, sources
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
