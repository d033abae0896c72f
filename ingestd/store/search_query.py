"""The SQL of a search query: one literal statement, which any sqlite3 or psql runs on the database as well.

The index is asked once, for the posts that may answer the whole query; what it cannot tell is compared with each.
"""

from dataclasses import dataclass

from ingestd.store.search_conditions import SearchIndex, by_author, by_label, index_expression, indexed, quoted, written
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
    parts = query.parts if isinstance(query, And) else (query,)
    expression = _index_expression(query, index.dialect) if index.name is not None else None
    if expression is not None and not index.complete:
        candidates = indexed(expression, index)
        unindexed = "posts.id IN (SELECT post_id FROM search_backlog)"
        return SearchSql(f"(posts.id IN ({candidates}) OR {unindexed}) AND {_condition(query, index)}", candidates)
    labelled = [(part, _labelled_posts(part, index.dialect)) for part in parts]
    sets = [found for _, found in labelled if found is not None]
    if expression is None and not sets:
        return SearchSql(_condition(query, index), None)
    candidates = _in_all(indexed(expression, index) if expression is not None else None, sets, index.dialect)
    rest = [
        _condition(part, index, among_candidates=True)
        for part, found in labelled
        if found is None and not _told_by_index(part)
    ]
    return SearchSql(" AND ".join([f"posts.id IN ({candidates})", *rest]), candidates, is_exact=not rest)


def _labelled_posts(query: Query, dialect: str) -> str | None:
    """The query for the numbers of the posts of an author, a tag or a category; None for other queries."""
    if isinstance(query, Labelled):
        return by_label(query.label, query.kind, dialect)
    return by_author(query.term, dialect) if isinstance(query, Contains) and query.field == "author" else None


def _in_all(of_words: str | None, sets: list[str], dialect: str) -> str:
    """The query for the numbers that all queries give, that of the index and others."""
    if of_words is not None:
        # With `+` SQLite asks the index once, and not for each number.
        number = "+rowid" if dialect == "sqlite" else "post_id"
        return "".join([of_words, *(f" AND {number} IN ({found})" for found in sets)])
    first, *others = sets
    if not others:
        return first
    return f"SELECT post_id FROM ({first}) f WHERE " + " AND ".join(f"post_id IN ({found})" for found in others)


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
    if (found := _labelled_posts(query, index.dialect)) is not None:
        return f"posts.id IN ({found})"
    if isinstance(query, Contains):
        return _contains(query, index, among_candidates)
    if isinstance(query, FromSource):
        # A post belongs to every source that lists it, not only to the one that listed it first.
        named = f"SELECT id FROM sources WHERE name = {quoted(query.name, index.dialect)}"
        listed = f"SELECT post_id FROM sightings WHERE source_id IN ({named})"
        return f"(posts.source_id IN ({named}) OR posts.id IN ({listed}))"
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
    assert isinstance(query, Or)
    return f"({' OR '.join(_condition(part, index) for part in query.parts)})"


def _contains(query: Contains, index: SearchIndex, among_candidates: bool) -> str:
    compared = written(query.term, (query.field,) if query.field else _TEXT_FIELDS, index.dialect)
    expression = _index_expression(query, index.dialect)
    if expression is None or index.name is None or not index.complete:
        return compared
    if _told_by_index(query):
        return f"posts.id IN ({indexed(expression, index)})"
    return compared if among_candidates else f"(posts.id IN ({indexed(expression, index)}) AND {compared})"
