"""The table `outbox`: events that are still to be delivered, written in the transaction of what happened.

Each target has a queue of its own, which is bounded by age and by rows: what is dropped is counted in its row of
`notify_targets`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from ingestd.model.event import EventKind
from ingestd.store.codec import json_text
from ingestd.store.models import notify_targets, outbox
from ingestd.store.prepared_statements import PreparedStatement
from ingestd.text.times import utc_text

#: How long an event waits for its target, and how many wait for one target, at most: the oldest are dropped.
MAX_AGE = timedelta(days=14)
MAX_QUEUED_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """An event that waits for its target. `payload` is a JSON object; `at` is when it happened, as stored."""

    id: int
    event: str
    at: str
    payload: str


def targets_by_event(connection: Connection) -> dict[str, list[str]]:
    """The names of the targets that want an event, by event; empty where nobody is told of anything."""
    found: dict[str, list[str]] = {}
    # As text: every batch with a new post asks, and mostly there is no target.
    for name, events in connection.exec_driver_sql("SELECT name, events FROM notify_targets ORDER BY name"):
        for event in json.loads(events):
            found.setdefault(event, []).append(name)
    return found


def add_events(
    connection: Connection, targets: Iterable[str], kind: EventKind, payloads: Sequence[Mapping[str, Any]], at: datetime
) -> None:
    """Queue events of one kind for each of `targets`, in the order of `payloads`."""
    texts = [json_text(dict(payload)) for payload in payloads]
    for target in targets:
        rows = [{"target": target, "event": str(kind), "at": utc_text(at), "payload": text} for text in texts]
        _INSERT_EVENT.run(connection, rows)
        drop_old_events(connection, target, at)


_INSERT_EVENT = PreparedStatement(lambda _insert: insert(outbox))


def queued_events(connection: Connection, target: str, limit: int) -> list[QueuedEvent]:
    """The events that wait for a target, the oldest first."""
    query = select(outbox.c.id, outbox.c.event, outbox.c.at, outbox.c.payload).where(outbox.c.target == target)
    return [QueuedEvent(*row) for row in connection.execute(query.order_by(outbox.c.id).limit(limit))]


def queue_lengths(connection: Connection) -> dict[str, int]:
    """How many events wait for each target for which some do."""
    query = select(outbox.c.target, func.count().label("queued")).group_by(outbox.c.target)
    return {row.target: row.queued for row in connection.execute(query)}


def drop_old_events(connection: Connection, target: str, now: datetime) -> int:
    """Delete the events beyond `MAX_AGE` and `MAX_QUEUED_EVENTS` of a target, and count them; how many there were."""
    ours = outbox.c.target == target
    expired = utc_text(now - MAX_AGE)
    # Two look-ups in the index, of the oldest event and of the first one beyond the limit: mostly there is neither.
    oldest = connection.execute(select(outbox.c.at).where(ours).order_by(outbox.c.id).limit(1)).scalar()
    beyond = connection.execute(
        select(outbox.c.id).where(ours).order_by(outbox.c.id.desc()).offset(MAX_QUEUED_EVENTS).limit(1)
    ).scalar()
    dropped = 0
    if beyond is not None:
        dropped += connection.execute(delete(outbox).where(ours, outbox.c.id <= beyond)).rowcount
    if oldest is not None and oldest < expired:
        dropped += connection.execute(delete(outbox).where(ours, outbox.c.at < expired)).rowcount
    if dropped:
        values = {"dropped": notify_targets.c.dropped + dropped, "dropped_at": utc_text(now)}
        connection.execute(update(notify_targets).where(notify_targets.c.name == target).values(values))
    return dropped
