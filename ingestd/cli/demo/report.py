"""Shows what the demonstration left behind: tables, queries and one whole exported file, as plain text."""

import sqlite3
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TextIO

_POSTS = """\
SELECT substr(p.date, 1, 16) AS date, s.name AS source, p.title
FROM posts p JOIN sources s ON s.id = p.source_id
ORDER BY p.date DESC"""

#: Three questions that the archive answers, each with its query.
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


class Stored(NamedTuple):
    """What a database holds: sources that were read at least once, posts, and listings of posts."""

    sources: int = 0
    posts: int = 0
    listings: int = 0


def read_only(database: Path) -> sqlite3.Connection:
    """A connection that can only read, as any program beside the daemon may have one.

    Raises sqlite3.OperationalError where the file is not there.
    """
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=5)


def stored(database: Path) -> Stored:
    """What is stored so far: nothing as long as there is no database, or no table in it."""
    try:
        with closing(read_only(database)) as connection:
            row = connection.execute(
                "SELECT (SELECT count(DISTINCT source_id) FROM polls WHERE outcome = 'ok'),"
                " (SELECT count(*) FROM posts), (SELECT count(*) FROM sightings)"
            ).fetchone()
    except sqlite3.OperationalError:
        return Stored()
    return Stored(*row)


def show_posts(database: Path, out: TextIO) -> None:
    """Print every post: its date (UTC), source and title."""
    _show_query(database, _POSTS, out)


def show_queries(database: Path, out: TextIO) -> None:
    """Print the three questions, each with its SQL and the answer."""
    for question, sql in QUERIES:
        print(f"\n-- {question}\n{sql};\n", file=out)
        _show_query(database, sql, out)


def _show_query(database: Path, sql: str, out: TextIO) -> None:
    with closing(read_only(database)) as connection:
        cursor = connection.execute(sql)
        head = [column[0] for column in cursor.description]
        rows = [[_cell(value) for value in row] for row in cursor]
    for line in table(head, rows):
        print(f"  {line}", file=out)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table whose columns stay in line on a terminal, where a Chinese character takes two cells."""
    lines = [head, *rows]
    widths = [max(cells(line[column]) for line in lines) for column in range(len(head))]
    lines.insert(1, ["─" * width for width in widths])
    return [
        "  ".join(_padded(text, width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]


def cells(text: str) -> int:
    """How many cells of a terminal `text` takes."""
    return sum(_cells_of(character) for character in text)


def _cells_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def _cell(value: object) -> str:
    # What a feed wrote may hold characters that move the cursor.
    text = "" if value is None else str(value)
    return "".join(character if character.isprintable() else "�" for character in text)
