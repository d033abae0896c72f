"""Everything that one database holds, copied into another one, of the same kind or not: `ingestd db copy`.

Tables are copied in the order of their references, rows in the order of their keys, so many in one transaction. The
notice `copying` of the target says how far the copy is: an interrupted one goes on there, and no other command writes
to the target before its end. Then both are read again and compared: rows and a digest of each table.

What processes hold (leases, daemons), the documentation and the search index are the target's own.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select, text, tuple_

from ingestd.model.errors import StoreError
from ingestd.store import fingerprint_triggers, label_triggers, post_triggers, search
from ingestd.store.database import Database
from ingestd.store.models import metadata, notices, posts
from ingestd.store.notices import COPYING, clear_notice, put_notice

#: Rows of one transaction: some 5 MB of posts.
BATCH_ROWS = 500
#: Rows that are read at once for a digest.
_READ_ROWS = 2_000
#: Tables that each database has for itself.
_OWN_TABLES = frozenset({"documentation", "leases", "daemons", "search_backlog", "notices"})
_DIGEST_BYTES = 16

TABLES: tuple[Table, ...] = tuple(table for table in metadata.sorted_tables if table.name not in _OWN_TABLES)


@dataclass(frozen=True, slots=True)
class CopiedTables:
    """How many rows each table has in both databases; whether they were there already."""

    rows: dict[str, int]
    was_complete: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far a copy is: the state of the source when it began, and the last key of the table that is being copied."""

    state: str
    table: str = TABLES[0].name
    key: tuple[Any, ...] | None = None

    def text(self) -> str:
        return json.dumps({"state": self.state, "table": self.table, "key": self.key}, ensure_ascii=False)


def copy_tables(
    source: Database, target: Database, *, clock: Callable[[], datetime], copied: Callable[[int], None] = lambda _: None
) -> CopiedTables:
    """Copy all tables; both databases have this version's schema. `copied` is told the rows of each transaction.

    Where the target holds a part of this copy, it goes on from there; where it holds a complete one, nothing is
    written. Raises StoreError where the target holds another archive, or the source has changed meanwhile.
    """
    state = source.read(_state)
    mark = target.read(_mark_of)
    if mark is None:
        rows = target.read(_row_counts)
        if any(rows.values()):
            return _complete_copy(source, target)
        target.write(_begin, _Mark(state), clock())
        mark = _Mark(state)
    elif mark.state != state:
        raise StoreError(
            f"{target.name} holds the beginning of a copy of another archive, or of this one before it changed:"
            " copy into a new database"
        )
    _copy_from(source, target, mark, clock, copied)
    compared = _compare(source, target)
    if source.read(_state) != state:
        raise StoreError(
            f"{source.name} has changed during the copy: stop what writes to it, and copy into a new database"
        )
    target.write(_end)
    return CopiedTables(compared)


def _complete_copy(source: Database, target: Database) -> CopiedTables:
    try:
        return CopiedTables(_compare(source, target), was_complete=True)
    except StoreError as error:
        raise StoreError(f"{target.name} holds another archive, which is left as it is: {error}") from error


def _state(connection: Connection) -> str:
    """What tells one state of an archive from another, and from other archives: its sources and the number of rows."""
    sources = metadata.tables["sources"]
    named = connection.execute(select(sources.c.id, sources.c.name, sources.c.url).order_by(sources.c.id)).all()
    told = json.dumps([[list(row) for row in named], _row_counts(connection)], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[: 2 * _DIGEST_BYTES]


def _row_counts(connection: Connection) -> dict[str, int]:
    return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES}


def _mark_of(connection: Connection) -> _Mark | None:
    reason = connection.execute(select(notices.c.reason).where(notices.c.kind == COPYING)).scalar()
    if reason is None:
        return None
    found = json.loads(reason)
    return _Mark(found["state"], found["table"], None if found["key"] is None else tuple(found["key"]))


def _begin(connection: Connection, mark: _Mark, now: datetime) -> None:
    # They keep tables in step that are copied themselves.
    post_triggers.drop_triggers(connection)
    fingerprint_triggers.drop_triggers(connection)
    label_triggers.drop_triggers(connection)
    put_notice(connection, COPYING, mark.text(), now)


def _end(connection: Connection) -> None:
    post_triggers.create_triggers(connection)
    fingerprint_triggers.create_triggers(connection)
    label_triggers.create_triggers(connection)
    clear_notice(connection, COPYING)


def _copy_from(
    source: Database, target: Database, mark: _Mark, clock: Callable[[], datetime], copied: Callable[[int], None]
) -> None:
    names = [table.name for table in TABLES]
    key = mark.key
    for table in TABLES[names.index(mark.table) :]:
        while rows := source.read(_rows_after, table, key, BATCH_ROWS):
            key = _key_of(table, rows[-1])
            target.write(_insert, table, rows, _Mark(mark.state, table.name, key), clock())
            copied(len(rows))
        key = None
    numbers = source.read(_last_numbers)
    target.write(_keep_numbers, numbers)


def _key_of(table: Table, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key.columns)


def _rows_after(connection: Connection, table: Table, key: Sequence[Any] | None, limit: int) -> list[dict[str, Any]]:
    columns = tuple(table.primary_key.columns)
    query = select(table).order_by(*columns).limit(limit)
    if key is not None:
        query = query.where(tuple_(*columns) > tuple_(*key) if len(columns) > 1 else columns[0] > key[0])
    return [dict(row) for row in connection.execute(query).mappings()]


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]], mark: _Mark, now: datetime) -> None:
    if table is posts:
        search.add_posts(connection, [(row["id"], row["title"], row["text"]) for row in rows])
    connection.execute(table.insert(), rows)
    put_notice(connection, COPYING, mark.text(), now)


def _compare(source: Database, target: Database) -> dict[str, int]:
    """The rows of each table. Raises StoreError where one has not the same rows in both databases."""
    counts = {}
    for table in TABLES:
        (before, first), (after, second) = (database.read(_digest, table) for database in (source, target))
        if (before, first) != (after, second):
            differs = f"{after} rows in place of {before}" if before != after else "other rows"
            raise StoreError(f"the table {table.name} has {differs} in {target.name}")
        counts[table.name] = before
    return counts


def _digest(connection: Connection, table: Table) -> tuple[int, str]:
    """The number of rows, and a digest that does not depend on their order, which collations decide."""
    count, total = 0, 0
    for row in _all_rows(connection, table):
        told = json.dumps([_digestible(value) for value in row], ensure_ascii=False)
        total += int.from_bytes(hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()[:_DIGEST_BYTES])
        count += 1
    return count, f"{total % 2 ** (8 * _DIGEST_BYTES):x}"


def _all_rows(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    found = connection.execution_options(stream_results=True, yield_per=_READ_ROWS).execute(select(table))
    return iter(found)


def _digestible(value: Any) -> Any:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes | memoryview) else value


def _last_numbers(connection: Connection) -> dict[str, int]:
    """The last row number that each table has given, where the database remembers it: no number is given again."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
        return {row.name: row.seq for row in rows}
    query = text("SELECT pg_sequence_last_value(CAST(:name AS regclass))")
    sequences = {table.name: _sequence(connection, table) for table in _numbered()}
    return {
        table: connection.execute(query, {"name": sequence}).scalar() or 0
        for table, sequence in sequences.items()
        if sequence
    }


def _keep_numbers(connection: Connection, numbers: dict[str, int]) -> None:
    for table in _numbered():
        last = max(numbers.get(table.name, 0), connection.execute(select(func.max(table.c.id))).scalar() or 0)
        if not last:
            continue
        if connection.dialect.name != "sqlite":
            if sequence := _sequence(connection, table):
                connection.execute(
                    text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": sequence, "last": last}
                )
        elif table.dialect_options["sqlite"]["autoincrement"]:
            values = {"name": table.name, "last": last}
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
            connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values)


def _numbered() -> list[Table]:
    return [table for table in TABLES if [column.name for column in table.primary_key.columns] == ["id"]]


def _sequence(connection: Connection, table: Table) -> str | None:
    query = text("SELECT pg_get_serial_sequence(:name, 'id')")
    found: str | None = connection.execute(query, {"name": table.name}).scalar()
    return found


def copy_steps(connection: Connection) -> int:
    """In how many transactions everything is copied."""
    return sum(-(-rows // BATCH_ROWS) for rows in _row_counts(connection).values())
