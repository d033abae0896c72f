"""Chosen posts as a self-contained, read-only SQLite database in one file."""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from ingestd.archive.atomic_files import is_special
from ingestd.archive.formats.tables import COLUMNS, post_fields
from ingestd.model.errors import ArchiveError
from ingestd.model.post import Post
from ingestd.text.characters import replace_surrogates
from ingestd.text.times import utc_text

_SCHEMA = """
CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  layout TEXT NOT NULL,
  title TEXT NOT NULL,
  date TEXT NOT NULL,
  author TEXT NOT NULL,
  from_url TEXT NOT NULL UNIQUE,
  tags TEXT NOT NULL,
  categories TEXT NOT NULL,
  content TEXT NOT NULL,
  text TEXT NOT NULL,
  published_ms INTEGER,
  date_origin TEXT NOT NULL,
  body_origin TEXT NOT NULL,
  language TEXT,
  image TEXT,
  fetched_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  revision INTEGER NOT NULL,
  extraction_version TEXT,
  feed_categories TEXT
);
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE VIEW front_matter AS
  SELECT layout, title, date, author, from_url AS "from", tags, categories FROM posts;
"""
_INSERT = f"INSERT INTO posts VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608


def write_sqlite(posts: Iterable[Post], path: Path, *, now: datetime) -> int:
    """Write a new database to `path`, whole or not at all; returns the number of posts in it.

    It has the table `posts` and the view `front_matter` of the daemon's database, without the columns that only the
    daemon needs, and a table `about`. The file has mode 0444. Raises ArchiveError where it cannot be written.
    """
    if is_special(path):
        raise ArchiveError(f"{path} cannot be written: it is no regular file")
    temporary = path.with_name(f".ingestd-{secrets.token_hex(8)}.tmp")
    try:
        count = _fill(temporary, posts, now)
        temporary.chmod(0o444)
        _fsync(temporary)
        temporary.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise ArchiveError(f"{path} cannot be written: {error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return count


def _fill(path: Path, posts: Iterable[Post], now: datetime) -> int:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # No journal: the file is renamed to its path when it is complete, and a crash leaves only a temporary file.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(_SCHEMA)
        connection.execute("BEGIN")
        connection.executemany(_INSERT, _rows(posts))
        (count,) = connection.execute("SELECT count(*) FROM posts").fetchone()
        about = {"made_at": utc_text(now), "made_by": "ingestd", "posts": str(count)}
        connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        connection.execute("COMMIT")
        connection.execute("CREATE INDEX ix_posts_date ON posts (date)")
        connection.execute("ANALYZE")
        return int(count)


def _rows(posts: Iterable[Post]) -> Iterator[list[object]]:
    for post in posts:
        fields = post_fields(post)
        yield [_value(fields[name]) for name in COLUMNS]


def _value(value: object) -> object:
    if isinstance(value, list):
        return replace_surrogates(json.dumps(value, ensure_ascii=False))
    return replace_surrogates(value).replace("\0", "") if isinstance(value, str) else value


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
