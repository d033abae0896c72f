"""The SQL of a search query: one literal statement, which any sqlite3 or psql runs on the database as well.

The index is asked once, for the posts that may answer the whole query; what it cannot tell is compared with each.
"""

from dataclasses import dataclass

from ingestd.store.search_conditions import SearchIndex, index_expression, indexed, labelled, quoted, written
from ingestd.text.search.index_words import is_one_index_word
from ingestd.text.search.query import And, Contains, Dated, FromSource, Labelled, Not, Or, Query
from ingestd.text.times import utc_text

_COLUMNS = "posts.id, posts.date, posts.author, posts.title, posts.from_url"
_TEXT_FIELDS = ("title", "text")


@dataclass(frozen=True, slots=True)
class SearchSql:
    """The SQL of a query for one database: the condition of a row of `posts`, and what the index is asked.

    `candidates` is the query for the numbers of the posts that the index finds; None where it is not asked. `is_exact`:
    these are the posts of the whole query.
    """

    condition: str
    candidates: str | None
    is_exact: bool = False

    def select(self, limit: int) -> str:
        """The statement that finds the newest posts, at most `limit`."""
        return (
            f"SELECT {_COLUMNS} FROM posts WHERE {self.condition} ORDER BY posts.date DESC, posts.id DESC LIMIT {limit}"
        )

    def walk(self, limit: int) -> str:
        """The same for a query with many candidates: posts by their dates, each looked up among them."""
        # With `+` SQLite does not fetch every candidate, but goes through the index of dates until it has enough.
        return self.select(limit).replace("posts.id IN", "+posts.id IN", 1)

    def count(self, at_most: int | None = None) -> str:
        """The statement that counts the posts; those that must be looked at no further than `at_most`."""
        if self.is_exact:
            return f"SELECT count(*) FROM ({self.candidates}) found"
        if at_most is not None:
            return f"SELECT count(*) FROM (SELECT 1 FROM posts WHERE {self.condition} LIMIT {at_most}) found"
        return f"SELECT count(*) FROM posts WHERE {self.condition}"


def compile_query(query: Query, index: SearchIndex) -> SearchSql:
    """The SQL of a query."""
    expression = _index_expression(query, index.dialect) if index.name is not None else None
    if expression is None:
        return SearchSql(_condition(query, index), None)
    candidates = indexed(expression, index)
    found = f"posts.id IN ({candidates})"
    if not index.complete:
        unindexed = "posts.id IN (SELECT post_id FROM search_backlog)"
        return SearchSql(f"({found} OR {unindexed}) AND {_condition(query, index)}", candidates)
    parts = query.parts if isinstance(query, And) else (query,)
    rest = [_condition(part, index, among_candidates=True) for part in parts if not _told_by_index(part)]
    return SearchSql(" AND ".join([found, *rest]), candidates, is_exact=not rest)


def _index_expression(query: Query, dialect: str) -> str | None:
    """What the index must have of every post that a query finds; None where that is nothing."""
    if isinstance(query, Contains):
        return index_expression(query.term, dialect) if query.field in (None, *_TEXT_FIELDS) else None
    if not isinstance(query, And | Or):
        return None
    parts = [_index_expression(part, dialect) for part in query.parts]
    if isinstance(query, Or):
        return None if None in parts else " OR ".join(f"({part})" for part in parts)
    return " AND ".join(f"({part})" for part in parts if part is not None) or None


def _told_by_index(query: Query) -> bool:
    """Whether the index finds exactly the posts of a query."""
    if isinstance(query, Contains):
        return query.field is None and is_one_index_word(query.term)
    return isinstance(query, And | Or) and all(map(_told_by_index, query.parts))


def _condition(query: Query, index: SearchIndex, *, among_candidates: bool = False) -> str:
    """The whole condition of a query; `among_candidates`: only of posts that the index has found for it."""
    if isinstance(query, Contains):
        return _contains(query, index, among_candidates)
    if isinstance(query, FromSource):
        # A post belongs to every source that lists it, not only to the one that listed it first.
        named = f"SELECT id FROM sources WHERE name = {quoted(query.name, index.dialect)}"
        listed = f"SELECT post_id FROM sightings WHERE source_id IN ({named})"
        return f"(posts.source_id IN ({named}) OR posts.id IN ({listed}))"
    if isinstance(query, Labelled):
        fields = ("feed_categories", "categories") if query.kind == "category" else ("tags",)
        return labelled(query.label, fields, index.dialect)
    if isinstance(query, Dated):
        bounds = [f"posts.date >= {quoted(utc_text(query.since))}"] if query.since else []
        bounds += [f"posts.date < {quoted(utc_text(query.until))}"] if query.until else []
        return " AND ".join(bounds) or "1 = 1"
    if isinstance(query, Not):
        return f"NOT ({_condition(query.part, index)})"
    if isinstance(query, And):
        return (
            " AND ".join(_condition(part, index, among_candidates=among_candidates) for part in query.parts) or "1 = 1"
        )
    return f"({' OR '.join(_condition(part, index) for part in query.parts)})"


def _contains(query: Contains, index: SearchIndex, among_candidates: bool) -> str:
    compared = written(query.term, (query.field,) if query.field else _TEXT_FIELDS, index.dialect)
    expression = _index_expression(query, index.dialect)
    if expression is None or index.name is None or not index.complete:
        return compared
    if _told_by_index(query):
        return f"posts.id IN ({indexed(expression, index)})"
    return compared if among_candidates else f"(posts.id IN ({indexed(expression, index)}) AND {compared})"
