"""How many of the posts that a search finds have each source, day, tag and category: the newest of them are counted."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from ingestd.store.codec import json_text
from ingestd.store.found_posts import search_statement
from ingestd.store.search_conditions import NO_PARAMETERS
from ingestd.text.search.query import Query

#: So many of the newest posts found are counted.
MAX_COUNTED_POSTS = 2000

_LISTS = {
    "sqlite": "SELECT value FROM json_each('{}')",
    "postgresql": "SELECT CAST(jsonb_array_elements_text('{}') AS bigint)",
}

Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FoundLabels:
    """(label, posts) for each kind of label, the most frequent first, days by date; `posts` were counted in all."""

    posts: int
    sources: Counts
    days: Counts
    tags: Counts
    categories: Counts

    @property
    def is_complete(self) -> bool:
        """Whether every post found was counted."""
        return self.posts < MAX_COUNTED_POSTS


def found_labels(connection: Connection, query: Query, ids: Sequence[int] | None = None) -> FoundLabels:
    """The labels of the newest posts that a query finds: `ids` where all of them are known.

    Each post counts for every source that lists it.
    """
    if ids is None:
        ids = [int(row[0]) for row in _rows(connection, search_statement(connection, query, MAX_COUNTED_POSTS))]
    # Once for both statements: the search is most of the work.
    found = f"WITH found (id) AS ({_LISTS[connection.dialect.name].format(json_text(list(ids)))})"
    rows = _rows(
        connection,
        f"{found} SELECT substr(p.date, 1, 10), p.tags, p.categories, p.feed_categories FROM posts p"  # noqa: S608 - made of quoted literals
        " JOIN found ON found.id = p.id",
    )
    sources = _rows(
        connection,
        f"{found}, listed AS (SELECT p.id, p.source_id FROM posts p JOIN found ON found.id = p.id"  # noqa: S608 - made of quoted literals
        " UNION SELECT g.post_id, g.source_id FROM sightings g JOIN found ON found.id = g.post_id)"
        " SELECT s.name, count(*) FROM listed l JOIN sources s ON s.id = l.source_id GROUP BY s.name",
    )
    return FoundLabels(
        len(rows),
        _by_frequency(Counter({name: int(count) for name, count in sources})),
        tuple(sorted(Counter(row[0] for row in rows).items(), reverse=True)),
        _by_frequency(Counter(tag for row in rows for tag in _labels(row[1]))),
        _by_frequency(Counter(label for row in rows for label in _labels(row[2], row[3]))),
    )


def _rows(connection: Connection, statement: str) -> list[tuple[str, ...]]:
    found = connection.exec_driver_sql(statement, execution_options=NO_PARAMETERS)
    return [tuple(row) for row in found]


def _labels(*arrays: str | None) -> set[str]:
    """The labels in JSON arrays, each once: texts, or the terms of objects with a scheme."""
    labels: Iterable[str | dict[str, str]] = (label for array in arrays for label in json.loads(array or "[]"))
    return {label["term"] if isinstance(label, dict) else label for label in labels}


def _by_frequency(counts: Counter[str]) -> Counts:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
