"""What is told of an event, queued in `outbox` for each target that wants it, in the transaction of what happened."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from ingestd.identity.urls import redact
from ingestd.model.event import EventKind, SourceEvent
from ingestd.store.models import posts, sources
from ingestd.store.outbox import add_events, targets_by_event

_POSTS = (
    select(
        *(posts.c.id, posts.c.from_url, posts.c.title, posts.c.author, posts.c.date, posts.c.language),
        *(posts.c.tags, posts.c.revision, sources.c.name, sources.c.url),
    )
    .outerjoin(sources, sources.c.id == posts.c.source_id)
    .where(posts.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(posts.c.id)
)
_SOURCE = select(sources.c.name, sources.c.url).where(sources.c.id == bindparam("source"))


def tell_of_posts(connection: Connection, kind: EventKind, post_ids: Sequence[int], at: datetime) -> None:
    """Queue an event of each of these posts."""
    if post_ids and (targets := targets_by_event(connection).get(kind)):
        found = connection.execute(_POSTS, {"ids": list(post_ids)}).mappings()
        add_events(connection, targets, kind, [_post_payload(row) for row in found], at)


def _post_payload(row: Any) -> dict[str, Any]:
    shown = {name: row[name] for name in ("id", "from_url", "title", "author", "date", "language", "revision")}
    source = _source_payload(row) if row["name"] is not None else None
    return {"source": source, "post": {**shown, "tags": json.loads(row["tags"])}}


def _source_payload(row: Any) -> dict[str, Any]:
    return {"name": row["name"], "url": redact(row["url"])}


def tell_of_source(connection: Connection, source_id: int, events: Sequence[SourceEvent], at: datetime) -> None:
    """Queue events of a source."""
    if not events:
        return
    targets = targets_by_event(connection)
    for event in events:
        if wanting := targets.get(event.kind):
            row = connection.execute(_SOURCE, {"source": source_id}).mappings().one()
            more = {"outcome": event.outcome} if event.outcome else {}
            payload = {"source": _source_payload(row), "reason": event.reason, **more}
            add_events(connection, wanting, event.kind, [payload], at)


def change_condition(
    connection: Connection, source_id: int, before: str | None, after: str | None, event: SourceEvent, at: datetime
) -> bool:
    """Set `sources.condition` where it is still `before`, and queue the event that tells of it."""
    ours = sources.c.id == source_id, sources.c.condition.is_not_distinct_from(before)
    changed = connection.execute(update(sources).where(*ours).values(condition=after)).rowcount > 0
    if changed:
        tell_of_source(connection, source_id, (event,), at)
    return changed
