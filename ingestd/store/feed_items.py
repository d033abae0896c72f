"""The table `items`: the entries of each source's present feed, by a digest of their bytes.

An entry whose digest is stored is not parsed again.
"""

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from ingestd.model.poll import WriteBatch
from ingestd.store.in_list import in_list, json_texts
from ingestd.store.models import items
from ingestd.store.prepared_statements import PreparedQuery, PreparedStatement
from ingestd.text.times import utc_text

#: Prefix of the mark of a post whose changed entry is still to be read; no digest of an entry begins with it.
_UNREAD_PREFIX = "unread:"

_ITEM_DIGESTS = PreparedQuery(select(items.c.digest, items.c.post_id).where(items.c.source_id == bindparam("source")))


def item_digests(connection: Connection, source_id: int) -> dict[str, int | None]:
    """The digests of the entries in a source's present feed, with the post that each became."""
    rows = _ITEM_DIGESTS.run(connection, {"source": source_id})
    return {row.digest: row.post_id for row in rows}


def replace_items(
    connection: Connection, batch: WriteBatch, present: Mapping[str, int | None], unread: Iterable[int]
) -> None:
    """Store the digests of the present feed's entries and delete those of other entries, so that the table is bounded.

    `present` are digests with the post that each became. `unread` are posts whose entry has changed while its new text
    is not read yet: a mark takes the place of the earlier digest, so that the next poll notices the edit if this one
    ends early. That holds for a push as well, which replaces nothing else: the entry's earlier bytes, pushed once more,
    are an edit again.
    """
    source_id = batch.source_id
    marks: dict[str, int | None] = {f"{_UNREAD_PREFIX}{post_id}": post_id for post_id in unread}
    if batch.items_replace:
        kept = json_texts((*batch.items_kept, *marks, *present))
        _DELETE_OTHER_ITEMS.run(connection, [{"source": source_id, "kept": kept}])
    else:
        stale = [f"{_UNREAD_PREFIX}{post_id}" for post_id in present.values() if post_id is not None]
        stale += _earlier_digests(connection, source_id, set(marks.values()), {*batch.items_kept, *present})
        _DELETE_ITEM.run(connection, [{"source": source_id, "old": digest} for digest in stale])
    rows: list[dict[str, Any]] = [
        {"source_id": source_id, "digest": digest, "post_id": post_id, "seen_at": utc_text(batch.at)}
        for digest, post_id in {**marks, **present}.items()
    ]
    _UPSERT_ITEM.run(connection, rows)


def _earlier_digests(
    connection: Connection, source_id: int, post_ids: Collection[int | None], kept: Container[str]
) -> list[str]:
    """The digests under which a source listed these posts, without those that are kept."""
    if not post_ids:
        return []
    rows = _ITEM_DIGESTS.run(connection, {"source": source_id})
    return [row.digest for row in rows if row.post_id in post_ids and row.digest not in kept]


def _upsert_item(insert: Callable[[Any], Any]) -> Any:
    statement = insert(items)
    return statement.on_conflict_do_update(
        index_elements=["source_id", "digest"],
        set_={"post_id": func.coalesce(statement.excluded.post_id, items.c.post_id)},
    )


_UPSERT_ITEM = PreparedStatement(_upsert_item)
_DELETE_OTHER_ITEMS = PreparedStatement(
    lambda _insert: delete(items).where(items.c.source_id == bindparam("source"), ~in_list(items.c.digest, "kept"))
)
_DELETE_ITEM = PreparedStatement(
    lambda _insert: delete(items).where(items.c.source_id == bindparam("source"), items.c.digest == bindparam("old"))
)
