"""How many bytes each table and each source takes, and how fast both grow: what `ingestd db stats` shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Table,
    and_,
    case,
    cast,
    column,
    func,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.exc import OperationalError

from ingestd.model.article import BodyOrigin
from ingestd.store.models import media, pages, posts, revisions
from ingestd.store.sources import source_names
from ingestd.text.times import utc_text

#: Rows of a table whose length is measured where SQLite does not tell the sizes of its tables.
SAMPLE_ROWS = 500

#: Sizes of tables and indexes in SQLite: a full-text index has several tables, which belong to its virtual one.
_SQLITE_SIZES = text(
    "WITH virtual AS (SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%')"
    " SELECT coalesce((SELECT v.name FROM virtual v WHERE s.tbl_name LIKE v.name || '\\_%' ESCAPE '\\'), s.tbl_name)"
    " AS name, sum(CASE WHEN s.type = 'table' THEN d.pgsize ELSE 0 END) AS bytes,"
    " sum(CASE WHEN s.type = 'index' THEN d.pgsize ELSE 0 END) AS index_bytes"
    " FROM dbstat('main', 1) d JOIN sqlite_schema s ON s.name = d.name GROUP BY 1"
)
_SERVER_SIZES = text(
    "SELECT relname AS name, pg_table_size(oid) AS bytes, pg_indexes_size(oid) AS index_bytes FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
)


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table: its rows (None for a full-text index), the bytes of its rows and of its indexes.

    `index_bytes` is None where the sizes are estimated: indexes are then part of `bytes`.
    """

    name: str
    rows: int | None
    bytes: int
    index_bytes: int | None

    @property
    def total(self) -> int:
        """Bytes of the table with its indexes."""
        return self.bytes + (self.index_bytes or 0)


@dataclass(frozen=True, slots=True)
class SourceSize:
    """Posts of a source and the bytes of what is kept of them; and of those, what was polled since some time.

    `texts` are titles and bodies, `pages` the pages as they are kept (compressed), `earlier_texts` those of revisions,
    `images` files beside the database. `name` is None for posts of no source.
    """

    name: str | None
    posts: int
    texts: int
    pages: int
    earlier_texts: int
    images: int
    new_posts: int
    new_bytes: int
    new_images: int

    @property
    def bytes(self) -> int:
        """Bytes in the database."""
        return self.texts + self.pages + self.earlier_texts


def table_sizes(connection: Connection) -> list[TableSize]:
    """The size of every table, the largest first; reads the whole database. Estimated where SQLite has no `dbstat`."""
    if connection.dialect.name == "postgresql":
        rows = connection.execute(_SERVER_SIZES).all()
    else:
        try:
            rows = connection.execute(_SQLITE_SIZES).all()
        except OperationalError:
            return estimated_sizes(connection)
    names = set(inspect(connection).get_table_names())
    sizes = [
        TableSize(row.name, _count(connection, row.name) if row.name in names else None, row.bytes, row.index_bytes)
        for row in rows
    ]
    return _largest_first(sizes)


def estimated_sizes(connection: Connection) -> list[TableSize]:
    """The size of every table of a SQLite file: its share of the file by the mean length of some rows."""
    lengths: dict[str, tuple[int, float]] = {}
    for name in inspect(connection).get_table_names():
        count = _count(connection, name)
        fields = [cast(column(one["name"]), LargeBinary) for one in inspect(connection).get_columns(name)]
        sample = select(*fields).select_from(table(name)).limit(SAMPLE_ROWS).subquery()
        lengths_of = [func.coalesce(func.length(field), 0) for field in sample.c]
        total: ColumnElement[Any] = sum(lengths_of[1:], lengths_of[0])
        mean = connection.execute(select(func.coalesce(func.avg(total), 0))).scalar_one()
        lengths[name] = count, count * float(mean)
    scale = database_bytes(connection) / (sum(length for _, length in lengths.values()) or 1)
    return _largest_first([TableSize(name, rows, int(size * scale), None) for name, (rows, size) in lengths.items()])


def database_bytes(connection: Connection) -> int:
    """Bytes of the database, without the free pages of a SQLite file."""
    if connection.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    names = ("page_count", "freelist_count", "page_size")
    count, free, size = (connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in names)
    return int((count - free) * size)


def _count(connection: Connection, name: str) -> int:
    return int(connection.execute(select(func.count()).select_from(table(name))).scalar_one())


def _largest_first(sizes: list[TableSize]) -> list[TableSize]:
    return sorted(sizes, key=lambda size: (-size.total, size.name))


def source_sizes(connection: Connection, since: datetime) -> list[SourceSize]:
    """What every source takes, the largest first; reads all posts. What was imported counts as no growth."""
    start = utc_text(since)
    polled = and_(posts.c.fetched_at >= start, posts.c.body_origin != BodyOrigin.ARCHIVE.value)
    title_and_bodies = [posts.c.title, posts.c.content, posts.c.text]
    texts = _by_source(connection, None, title_and_bodies, polled)
    kept = _by_source(connection, pages, [pages.c.body], pages.c.fetched_at >= start)
    old_texts = [revisions.c.title, revisions.c.content]
    earlier = _by_source(connection, revisions, old_texts, revisions.c.recorded_at >= start)
    images = _image_bytes(connection, start)
    names = source_names(connection)
    sizes = []
    for number in dict.fromkeys([*names, *texts]):
        parts = [part.get(number, _NOTHING) for part in (texts, kept, earlier)]
        stored = images.get(number, _NOTHING)
        sizes.append(
            SourceSize(
                name=None if number is None else names.get(number),
                posts=parts[0].rows,
                texts=parts[0].bytes,
                pages=parts[1].bytes,
                earlier_texts=parts[2].bytes,
                images=stored.bytes,
                new_posts=parts[0].new_rows,
                new_bytes=sum(part.new_bytes for part in parts),
                new_images=stored.new_bytes,
            )
        )
    return sorted(sizes, key=lambda size: (-size.bytes, size.name or ""))


class _Sum(NamedTuple):
    """Rows and bytes, and those of them that are new."""

    rows: int
    bytes: int
    new_rows: int
    new_bytes: int


_NOTHING = _Sum(0, 0, 0, 0)


def _by_source(
    connection: Connection, of_posts: Table | None, fields: Sequence[ColumnElement[Any]], is_new: ColumnElement[bool]
) -> dict[int | None, _Sum]:
    """Sums over posts, or over rows that belong to posts, by source."""
    lengths = [func.length(cast(field, LargeBinary)) for field in fields]
    length = sum(lengths[1:], lengths[0])
    query = select(posts.c.source_id, *_sums(length, is_new)).group_by(posts.c.source_id)
    if of_posts is not None:
        query = query.join_from(of_posts, posts, of_posts.c.post_id == posts.c.id)
    return {source_id: _Sum(*map(int, sums)) for source_id, *sums in connection.execute(query)}


def _image_bytes(connection: Connection, start: str) -> dict[int | None, _Sum]:
    """Image files by the source of a post that shows them; one that several sources show counts once."""
    found = (
        select(
            func.min(media.c.source_id).label("source_id"),
            func.max(media.c.bytes).label("bytes"),
            func.min(media.c.fetched_at).label("fetched_at"),
        )
        .where(media.c.hash.is_not(None))
        .group_by(media.c.hash)
        .subquery()
    )
    query = select(found.c.source_id, *_sums(found.c.bytes, found.c.fetched_at >= start)).group_by(found.c.source_id)
    return {source_id: _Sum(*map(int, sums)) for source_id, *sums in connection.execute(query)}


def _sums(length: ColumnElement[Any], is_new: ColumnElement[bool]) -> list[ColumnElement[Any]]:
    new_rows, new_bytes = func.sum(case((is_new, 1), else_=0)), func.sum(case((is_new, length), else_=0))
    return [func.count(), *(func.coalesce(total, 0) for total in (func.sum(length), new_rows, new_bytes))]
