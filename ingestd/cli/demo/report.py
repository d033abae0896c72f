"""Prints what a demonstration stored: the posts, and three queries with their results, as plain text."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TextIO

from ingestd.cli.table_layout import table_lines

_POSTS_SQL = """\
SELECT substr(p.date, 1, 16) AS date, s.name AS source, p.title
FROM posts p JOIN sources s ON s.id = p.source_id
ORDER BY p.date DESC"""

#: (question, SQL that answers it) of the database.
QUERIES = (
    (
        "Which articles were listed by more than one source?",
        """\
SELECT p.title, group_concat(s.name, ' + ') AS listed_by
FROM posts p JOIN sightings g ON g.post_id = p.id JOIN sources s ON s.id = g.source_id
GROUP BY p.id HAVING count(*) > 1""",
    ),
    (
        "How does every source do?",
        "SELECT name, last_outcome, posts, problems FROM source_health ORDER BY name",
    ),
    (
        "How much was published in each month?",
        """\
SELECT substr(day, 1, 7) AS month, source, sum(posts) AS posts
FROM posts_per_day GROUP BY month, source ORDER BY month, source""",
    ),
)


class StoredCounts(NamedTuple):
    """Counts of a database: sources with a successful poll, posts, and sightings of posts in feeds."""

    sources: int = 0
    posts: int = 0
    listings: int = 0


def open_read_only(database: Path) -> sqlite3.Connection:
    """A read-only connection, which may be open while the daemon writes.

    Raises sqlite3.OperationalError where the file does not exist.
    """
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=5)


def count_stored(database: Path) -> StoredCounts:
    """The counts so far; zeros while there is no database, or no table in it."""
    try:
        with closing(open_read_only(database)) as connection:
            row = connection.execute(
                "SELECT (SELECT count(DISTINCT source_id) FROM polls WHERE outcome = 'ok'),"
                " (SELECT count(*) FROM posts), (SELECT count(*) FROM sightings)"
            ).fetchone()
    except sqlite3.OperationalError:
        return StoredCounts()
    return StoredCounts(*row)


def show_posts(database: Path, out: TextIO) -> None:
    """Print every post: its date (UTC), source and title."""
    _show_query(database, _POSTS_SQL, out)


def show_queries(database: Path, out: TextIO) -> None:
    """Print each of `QUERIES` with its SQL and its result."""
    for question, sql in QUERIES:
        print(f"\n-- {question}\n{sql};\n", file=out)
        _show_query(database, sql, out)


def _show_query(database: Path, sql: str, out: TextIO) -> None:
    with closing(open_read_only(database)) as connection:
        cursor = connection.execute(sql)
        head = [column[0] for column in cursor.description]
        rows = [[_cell(value) for value in row] for row in cursor]
    for line in table_lines(head, rows, ruled=True):
        print(f"  {line}", file=out)


def _cell(value: object) -> str:
    # Titles from a feed may hold control characters.
    text = "" if value is None else str(value)
    return "".join(character if character.isprintable() else "�" for character in text)
