"""The table `notify_targets`: who is told of what, which daemon delivers, and how deliveries go."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from ingestd.identity.urls import redact_text
from ingestd.store.codec import json_text, optional_moment
from ingestd.store.models import notify_targets, outbox
from ingestd.store.outbox import queue_lengths
from ingestd.store.prepared_statements import upsert
from ingestd.text.times import utc_text


def sync_targets(connection: Connection, wanted: Mapping[str, Sequence[str]], now: datetime) -> dict[str, int]:
    """Make the table follow the configuration, which names the events that each target wants.

    A target that is no longer configured is deleted with what waits for it: their numbers of events, by name.
    """
    queued = queue_lengths(connection)
    known = set(connection.execute(select(notify_targets.c.name)).scalars())
    for name in known - set(wanted):
        connection.execute(delete(outbox).where(outbox.c.target == name))
        connection.execute(delete(notify_targets).where(notify_targets.c.name == name))
    for name, events in wanted.items():
        values = {"events": json_text(list(events))}
        statement = upsert(connection, notify_targets).values(name=name, added_at=utc_text(now), **values)
        # A restart tries at once: what kept a target from taking events may be what its user has just mended.
        changed = {**values, "next_try_at": None}
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed))
    return {name: queued.get(name, 0) for name in known - set(wanted)}


def due_targets(connection: Connection, now: datetime) -> list[str]:
    """The targets for which events wait, and which may be tried now."""
    waits = select(outbox.c.id).where(outbox.c.target == notify_targets.c.name).exists()
    query = select(notify_targets.c.name).where(waits, _is_past(notify_targets.c.next_try_at, now))
    return list(connection.execute(query.order_by(notify_targets.c.name)).scalars())


def _is_past(moment: Any, now: datetime) -> Any:
    return or_(moment.is_(None), moment <= utc_text(now))


def claim_target(connection: Connection, name: str, holder: str, now: datetime, seconds: float) -> bool:
    """Take the turn of delivering to a target: False where another daemon has it. It ends after `seconds`."""
    columns = notify_targets.c
    free = or_(columns.holder.is_(None), columns.holder == holder, _is_past(columns.expires_at, now))
    values = {"holder": holder, "expires_at": utc_text(now + timedelta(seconds=seconds))}
    ours = update(notify_targets).where(columns.name == name, free)
    return connection.execute(ours.values(values)).rowcount > 0


def release_target(connection: Connection, name: str, holder: str) -> None:
    """End the turn of `holder`."""
    ours = notify_targets.c.name == name, notify_targets.c.holder == holder
    connection.execute(update(notify_targets).where(*ours).values(holder=None, expires_at=None))


def release_dead_turns(connection: Connection, is_dead: Callable[[str], bool]) -> None:
    """End the turns of every holder for which `is_dead` is true."""
    held = select(notify_targets.c.name, notify_targets.c.holder).where(notify_targets.c.holder.is_not(None))
    for name, holder in connection.execute(held).all():
        if is_dead(holder):
            release_target(connection, name, holder)


def record_delivery(connection: Connection, name: str, event_id: int, at: datetime) -> None:
    """Delete an event that its target has taken."""
    taken = connection.execute(delete(outbox).where(outbox.c.id == event_id)).rowcount
    well = {"last_ok_at": utc_text(at), "failures": 0, "failing_since": None, "last_error": None, "next_try_at": None}
    values = {**well, "delivered": notify_targets.c.delivered + taken}
    connection.execute(update(notify_targets).where(notify_targets.c.name == name).values(values))


def record_failure(connection: Connection, name: str, reason: str, at: datetime, next_try_at: datetime) -> None:
    """Count a failed attempt; the event waits, and those behind it."""
    values = {
        "failures": notify_targets.c.failures + 1,
        "failing_since": func.coalesce(notify_targets.c.failing_since, utc_text(at)),
        "last_error": redact_text(reason),
        "next_try_at": utc_text(next_try_at),
    }
    connection.execute(update(notify_targets).where(notify_targets.c.name == name).values(values))


def failures(connection: Connection, name: str) -> int:
    """The failed attempts in a row of a target."""
    query = select(notify_targets.c.failures).where(notify_targets.c.name == name)
    return connection.execute(query).scalar() or 0


def all_targets(connection: Connection) -> list[dict[str, Any]]:
    """Every target by name: its columns, and how many events wait for it (`queued`)."""
    queued = queue_lengths(connection)
    rows = connection.execute(select(notify_targets).order_by(notify_targets.c.name)).mappings()
    return [{**row, "queued": queued.get(row["name"], 0)} for row in rows]


def failing_since(row: Mapping[str, Any]) -> datetime | None:
    """When the failures of a target of `all_targets` began."""
    return optional_moment(row["failing_since"])
