"""What a poll notes beside the posts: who lists them, by which keys they are known, what waits, what failed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, literal_column, select, update

from ingestd.model.feed import Problem
from ingestd.model.poll import InboxEntry, WriteBatch
from ingestd.store.codec import entry_text, json_text, placeholders
from ingestd.store.in_list import in_list, json_texts
from ingestd.store.models import identities, inbox, items, posts, problems, sightings
from ingestd.store.statements import PreparedStatement
from ingestd.text.times import utc_text

_EXISTING = select(posts.c.id).where(posts.c.id.in_(bindparam("ids", expanding=True)))


def existing(connection: Connection, post_ids: Iterable[int | None]) -> set[int]:
    """Those of the posts that are there: users delete posts, also while a poll that has seen them is under way."""
    ids = sorted({post_id for post_id in post_ids if post_id is not None})
    found: set[int] = set()
    for run in placeholders(ids):
        found.update(connection.execute(_EXISTING, {"ids": list(run)}).scalars())
    return found


def record_sightings(connection: Connection, changes: WriteBatch, seen: Sequence[int]) -> None:
    """Record that the source lists these posts now, and those that its kept items stand for."""
    at = utc_text(changes.at)
    if seen:
        _SEE.run(
            connection,
            [
                {"post_id": post_id, "source_id": changes.source_id, "first_seen_at": at, "last_seen_at": at}
                for post_id in dict.fromkeys(seen)
            ],
        )
    if changes.items_kept:
        connection.execute(
            _SEE_ITEMS, {"at": at, "source": changes.source_id, "digests": json_texts(changes.items_kept)}
        )


def _see(insert: Callable[[Any], Any]) -> Any:
    statement = insert(sightings)
    return statement.on_conflict_do_update(
        index_elements=["post_id", "source_id"], set_={"last_seen_at": statement.excluded.last_seen_at}
    )


_SEE = PreparedStatement(_see)
_SEE_ITEMS = (
    update(sightings)
    .values(last_seen_at=bindparam("at"))
    .where(
        sightings.c.source_id == bindparam("source"),
        sightings.c.post_id.in_(
            select(items.c.post_id).where(items.c.source_id == bindparam("source"), in_list(items.c.digest, "digests"))
        ),
    )
)


def add_keys(
    connection: Connection, source_id: int | None, keys: Iterable[tuple[str, str, int | None]], at: datetime
) -> None:
    """Know posts by further (kind, key, post or None): a key of nobody's keeps its article from coming back as new.

    A key that is known already keeps its meaning.
    """
    rows = [
        {"key": key, "kind": kind, "post_id": post_id, "source_id": source_id, "first_seen_at": utc_text(at)}
        for kind, key, post_id in keys
    ]
    ADD_KEY.run(connection, rows)


ADD_KEY = PreparedStatement(lambda insert: insert(identities).on_conflict_do_nothing())


def add_to_inbox(connection: Connection, source_id: int, waiting: tuple[InboxEntry, ...]) -> None:
    """Put entries into the inbox; what waits already keeps its place, and says what the feed says now."""
    _AWAIT_PAGE.run(
        connection,
        [
            {
                "source_id": source_id,
                "key": item.key,
                "from_url": item.from_url,
                "entry": entry_text(item.entry),
                "received_at": utc_text(item.received_at),
                "keys": json_text(item.keys),
            }
            for item in waiting
        ],
    )


def _await_page(insert: Callable[[Any], Any]) -> Any:
    statement = insert(inbox)
    return statement.on_conflict_do_update(
        index_elements=["source_id", "key"],
        set_={name: statement.excluded[name] for name in ("entry", "from_url", "keys")},
    )


_AWAIT_PAGE = PreparedStatement(_await_page)


def replace_items(
    connection: Connection, changes: WriteBatch, present: Mapping[str, int | None], unread: Iterable[int]
) -> None:
    """Keep the digests of the present feed's entries, and only those: the table does not grow with time.

    `present` are digests with the post that each became. `unread` are posts whose entry has changed while its new text
    is not read yet: a mark stands for their earlier entry, so that the edit is noticed again if this poll dies.
    """
    source_id = changes.source_id
    marks: dict[str, int | None] = {f"{_UNREAD}{post_id}": post_id for post_id in unread}
    if changes.items_replace:
        kept = {*changes.items_kept, *marks, *present}
        stored = connection.execute(_PRESENT, {"source": source_id}).scalars()
        stale = [digest for digest in stored if digest not in kept]
    else:
        stale = [f"{_UNREAD}{post_id}" for post_id in present.values() if post_id is not None]
    _FORGET_ITEM.run(connection, [{"source": source_id, "old": digest} for digest in stale])
    rows: list[dict[str, Any]] = [
        {"source_id": source_id, "digest": digest, "post_id": post_id, "seen_at": utc_text(changes.at)}
        for digest, post_id in {**marks, **present}.items()
    ]
    _REMEMBER_ITEM.run(connection, rows)


def _remember_item(insert: Callable[[Any], Any]) -> Any:
    statement = insert(items)
    return statement.on_conflict_do_update(
        index_elements=["source_id", "digest"],
        set_={"post_id": func.coalesce(statement.excluded.post_id, items.c.post_id)},
    )


_REMEMBER_ITEM = PreparedStatement(_remember_item)
_PRESENT = select(items.c.digest).where(items.c.source_id == bindparam("source"))


#: Begins the mark of a post whose changed entry is still to be read; no digest of an entry begins so.
_UNREAD = "unread:"
_FORGET_ITEM = PreparedStatement(
    lambda _insert: delete(items).where(items.c.source_id == bindparam("source"), items.c.digest == bindparam("old"))
)


def record_problems(connection: Connection, source_id: int, found: Sequence[Problem], at: datetime) -> None:
    """Count what failed, one row a place and kind of failure."""
    _NOTE_PROBLEM.run(
        connection,
        [
            {
                "source_id": source_id,
                "url": problem.url or "",
                "outcome": str(problem.outcome),
                "reason": problem.reason,
                "first_at": utc_text(at),
                "last_at": utc_text(at),
            }
            for problem in found
        ],
    )


def _note_problem(insert: Callable[[Any], Any]) -> Any:
    statement = insert(problems)
    return statement.on_conflict_do_update(
        index_elements=["source_id", "url", "outcome"],
        set_={
            "reason": statement.excluded.reason,
            "last_at": statement.excluded.last_at,
            "times": problems.c.times + literal_column("1"),
        },
    )


_NOTE_PROBLEM = PreparedStatement(_note_problem)
