"""The table `sightings`: which source lists which post, and since when."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from ingestd.model.poll import WriteBatch
from ingestd.store.in_list import in_list, json_texts
from ingestd.store.models import items, sightings, sources
from ingestd.store.prepared_statements import PreparedStatement
from ingestd.text.times import utc_text


def record_sightings(connection: Connection, batch: WriteBatch, seen: Sequence[int]) -> None:
    """Record that the source lists these posts now."""
    at = utc_text(batch.at)
    rows = [
        {"post_id": post_id, "source_id": batch.source_id, "first_seen_at": at, "last_seen_at": at}
        for post_id in dict.fromkeys(seen)
    ]
    _UPSERT_SIGHTING.run(connection, rows)


def record_kept_sightings(connection: Connection, batch: WriteBatch) -> None:
    """Record that the source lists the posts of the entries that it still has unchanged."""
    if batch.items_kept:
        values = {"at": utc_text(batch.at), "source": batch.source_id, "digests": json_texts(batch.items_kept)}
        _UPDATE_SIGHTINGS_OF_ITEMS.run(connection, [values])


def _upsert_sighting(insert: Callable[[Any], Any]) -> Any:
    statement = insert(sightings)
    return statement.on_conflict_do_update(
        index_elements=["post_id", "source_id"], set_={"last_seen_at": statement.excluded.last_seen_at}
    )


_UPSERT_SIGHTING = PreparedStatement(_upsert_sighting)
_UPDATE_SIGHTINGS_OF_ITEMS = PreparedStatement(
    lambda _insert: (
        update(sightings)
        .values(last_seen_at=bindparam("at"))
        .where(
            sightings.c.source_id == bindparam("source"),
            sightings.c.post_id.in_(
                select(items.c.post_id).where(
                    items.c.source_id == bindparam("source"), in_list(items.c.digest, "digests")
                )
            ),
        )
    )
)


def sightings_of(connection: Connection, post_id: int) -> list[dict[str, Any]]:
    """Which sources list a post, and since when, the earliest first."""
    query = (
        select(sources.c.name.label("source"), sightings.c.first_seen_at, sightings.c.last_seen_at)
        .join(sources, sources.c.id == sightings.c.source_id)
        .where(sightings.c.post_id == post_id)
        .order_by(sightings.c.first_seen_at)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
