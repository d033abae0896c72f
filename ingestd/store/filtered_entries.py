"""The tables `filtered_entries` and `filtered_keys`: what the rules of sources left out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from ingestd.model.poll import FilteredEntry
from ingestd.store.codec import chunks
from ingestd.store.in_list import in_list, json_texts
from ingestd.store.models import filtered_entries, filtered_keys
from ingestd.text.characters import database_text
from ingestd.text.times import from_utc_text, utc_text

#: So many of the latest times of a source tell how often it publishes.
MAX_RECENT_TIMES = 30

_OF_SOURCE = filtered_keys.c.source_id == bindparam("source")
_KNOWN_KEYS = (
    select(filtered_keys.c.key, filtered_keys.c.entry_id, filtered_entries.c.rule)
    .join(filtered_entries, filtered_entries.c.id == filtered_keys.c.entry_id)
    .where(_OF_SOURCE, in_list(filtered_keys.c.key, "keys"))
)


def rules_by_key(connection: Connection, source_id: int, keys: Sequence[str]) -> dict[str, str]:
    """The rule that left out the entry of each key, of those of `keys` that are known."""
    found = {row.key: row.rule for row in _known(connection, source_id, keys)}
    return {key: found[text] for key in keys if (text := database_text(key)) in found}


def recent_filtered(connection: Connection, source_id: int) -> tuple[datetime, ...]:
    """When the latest entries that a source left out were published, the newest first."""
    return tuple(map(from_utc_text, connection.execute(_RECENT, {"source": source_id}).scalars()))


_RECENT = (
    select(filtered_entries.c.published_at)
    .where(filtered_entries.c.source_id == bindparam("source"))
    .order_by(filtered_entries.c.published_at.desc())
    .limit(MAX_RECENT_TIMES)
)


def counts_by_source(connection: Connection) -> dict[int, int]:
    """How many entries were left out, by source."""
    query = select(filtered_entries.c.source_id, func.count()).group_by(filtered_entries.c.source_id)
    return {source_id: count for source_id, count in connection.execute(query).all()}  # noqa: C416 - rows, not pairs


def record_filtered(
    connection: Connection, source_id: int, entries: Sequence[FilteredEntry], unfiltered: Sequence[str], at: datetime
) -> None:
    """Remember entries that are left out, with their present rule; forget those of the keys `unfiltered`."""
    if unfiltered:
        stale = sorted({row.entry_id for row in _known(connection, source_id, unfiltered)})
        for run in chunks(stale):
            connection.execute(delete(filtered_keys).where(filtered_keys.c.entry_id.in_(run)))
            connection.execute(delete(filtered_entries).where(filtered_entries.c.id.in_(run)))
    if not entries:
        return
    rows = _known(connection, source_id, [key for entry in entries for key in entry.keys])
    known = {row.key: row.entry_id for row in rows}
    for entry in entries:
        keys = [database_text(key) for key in entry.keys]
        entry_id = next((known[key] for key in keys if key in known), None)
        if entry_id is None:
            entry_id = _insert(connection, source_id, entry, at)
        else:
            of_entry = filtered_entries.c.id == entry_id
            connection.execute(update(filtered_entries).where(of_entry).values(rule=entry.rule))
        new = [key for key in dict.fromkeys(keys) if key not in known]
        if new:
            known |= dict.fromkeys(new, entry_id)
            values = [{"source_id": source_id, "key": key, "entry_id": entry_id} for key in new]
            connection.execute(insert(filtered_keys), values)


def _known(connection: Connection, source_id: int, keys: Sequence[str]) -> Sequence[Any]:
    texts = json_texts(map(database_text, keys))
    return connection.execute(_KNOWN_KEYS, {"source": source_id, "keys": texts}).all()


def _insert(connection: Connection, source_id: int, entry: FilteredEntry, at: datetime) -> int:
    values = {
        "source_id": source_id,
        "from_url": entry.from_url,
        "title": entry.title,
        "published_at": utc_text(min(entry.published or at, at)),
        "rule": entry.rule,
        "filtered_at": utc_text(at),
    }
    return int(
        connection.execute(insert(filtered_entries).values(values).returning(filtered_entries.c.id)).scalar_one()
    )
