"""The table `inbox`: entries whose article page is still to be fetched, in the order of their arrival.

An entry is in the inbox from the transaction that found it until the one that stores its post, so that a stop or a
crash loses none.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from ingestd.model.feed import Enclosure, Entry, Timestamp, ZoneOrigin, category_of
from ingestd.model.poll import InboxEntry
from ingestd.store.codec import json_text
from ingestd.store.models import inbox
from ingestd.store.prepared_statements import PreparedStatement
from ingestd.text.times import from_utc_text, utc_text


def read_inbox(
    connection: Connection, source_id: int, *, of_history: bool = False, limit: int | None = None
) -> list[InboxEntry]:
    """What polls of a source have put into its inbox, or with `of_history` its backfill, in the order of arrival."""
    ours = inbox.c.source_id == source_id, inbox.c.of_history == int(of_history)
    query = select(inbox).where(*ours).order_by(inbox.c.id).limit(limit)
    return [
        InboxEntry(
            text_entry(row["entry"]),
            row["from_url"],
            row["key"],
            from_utc_text(row["received_at"]),
            row["id"],
            tuple((kind, key) for kind, key in json.loads(row["keys"])),
        )
        for row in connection.execute(query).mappings()
    ]


def add_to_inbox(
    connection: Connection, source_id: int, waiting: Sequence[InboxEntry], *, of_history: bool = False
) -> None:
    """Add entries; one that is in the inbox already keeps its position, and gets the feed's present text.

    With `of_history` a backfill found them; one that a poll finds too is the poll's.
    """
    _UPSERT_ENTRY.run(
        connection,
        [
            {
                "source_id": source_id,
                "key": item.key,
                "from_url": item.from_url,
                "entry": entry_text(item.entry),
                "received_at": utc_text(item.received_at),
                "keys": json_text(item.keys),
                "of_history": int(of_history),
            }
            for item in waiting
        ],
    )


def _upsert_entry(insert: Callable[[Any], Any]) -> Any:
    statement = insert(inbox)
    return statement.on_conflict_do_update(
        index_elements=["source_id", "key"],
        set_={
            **{name: statement.excluded[name] for name in ("entry", "from_url", "keys")},
            "of_history": statement.excluded.of_history * inbox.c.of_history,
        },
    )


_UPSERT_ENTRY = PreparedStatement(_upsert_entry)


def remove_from_inbox(connection: Connection, rows: Sequence[int]) -> None:
    """Delete entries by their rows."""
    _DELETE_ENTRY.run(connection, [{"row": row} for row in rows])


_DELETE_ENTRY = PreparedStatement(lambda _insert: delete(inbox).where(inbox.c.id == bindparam("row")))


def entry_text(entry: Entry) -> str:
    """An entry as JSON."""
    fields = _plain(entry)
    for name in ("published", "updated"):
        stamp = getattr(entry, name)
        fields[name] = stamp and {"raw": stamp.raw, "utc": stamp.utc.isoformat(), "zone_origin": str(stamp.zone_origin)}
    return json_text(fields)


def _plain(value: Any) -> Any:
    """What `asdict` gives, without its copies of texts."""
    if type(value) is tuple:
        return [_plain(item) for item in value]
    names = getattr(value, "__dataclass_fields__", None)
    return value if names is None else {name: _plain(getattr(value, name)) for name in names}


def text_entry(text: str) -> Entry:
    """The entry of `entry_text`; fields that this version of ingestd does not have are left out."""
    fields: dict[str, Any] = {
        key: value for key, value in json.loads(text).items() if key in Entry.__dataclass_fields__
    }
    for name in ("published", "updated"):
        if stamp := fields.get(name):
            fields[name] = Timestamp(
                stamp["raw"], datetime.fromisoformat(stamp["utc"]), ZoneOrigin(stamp["zone_origin"])
            )
    fields["enclosures"] = tuple(Enclosure(**item) for item in fields.get("enclosures", ()))
    # Rows of older versions have the terms alone.
    fields["categories"] = tuple(map(category_of, fields.get("categories", ())))
    for name, value in fields.items():
        if isinstance(value, list):
            fields[name] = tuple(value)
    return Entry(**fields)
