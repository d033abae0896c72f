"""The rows of a database that ingestd has written, read with SQL alone."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.world.search_check import search_differences

Row = dict[str, Any]
_TABLES = (
    "posts",
    "revisions",
    "edits",
    "gone",
    "polls",
    "problems",
    "sources",
    "inbox",
    "leases",
    "visits",
    "sightings",
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Tables and views, each a list of its rows.

    `damage` is what SQLite's own checks find, `search` where the search index finds other posts than have a word.
    """

    tables: dict[str, list[Row]]
    damage: tuple[str, ...] = ()
    search: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> list[Row]:
        return self.tables[name]

    def source_ids(self) -> dict[str, int]:
        """The number of each source, by its name."""
        return {row["name"]: row["id"] for row in self["sources"]}

    def by(self, table: str, column: str) -> dict[Any, list[Row]]:
        """The rows of a table by the value of a column."""
        found = defaultdict(list)
        for row in self[table]:
            found[row[column]].append(row)
        return found


def read_rows(path: Path) -> Rows:
    """Everything that the invariants look at."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in _TABLES}
        damage = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        damage += [
            f"{row[0]}: row {row[1]} refers to nothing" for row in connection.execute("PRAGMA foreign_key_check")
        ]
        search = tuple(search_differences(connection, tables["posts"], tables["revisions"]))
    return Rows(tables, tuple(damage), search)
