"""What a search finds: the newest or the most relevant posts, how many, and sources by their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import isqrt

from sqlalchemy import Connection, bindparam, select

from ingestd.model.errors import UsageError
from ingestd.model.post import Post
from ingestd.store import search
from ingestd.store.codec import chunks
from ingestd.store.models import posts, sources
from ingestd.store.posts import row_post
from ingestd.store.search_conditions import NO_PARAMETERS
from ingestd.store.search_query import SearchSql
from ingestd.text.search.matches import relevance, term_weights
from ingestd.text.search.query import Query, sought_terms, source_names

#: An order by relevance reads so many of the newest posts found, at most.
MAX_RANKED_POSTS = 2000


@dataclass(frozen=True, slots=True)
class FoundPosts:
    """Posts in the order asked for, and the SQL that found them; `ranked` of them were compared by relevance."""

    posts: tuple[Post, ...]
    sql: str
    ranked: int = 0


def search_posts(connection: Connection, query: Query, *, limit: int, by_relevance: bool = False) -> FoundPosts:
    """The posts that a query finds, at most `limit`: the newest first, or the most relevant of the newest."""
    statement = search_statement(connection, query, MAX_RANKED_POSTS if by_relevance else limit)
    ids = [row[0] for row in connection.exec_driver_sql(statement, execution_options=NO_PARAMETERS)]
    found = _posts_in_order(connection, ids)
    if not by_relevance:
        return FoundPosts(found, statement)
    weights = term_weights([(post.title, post.text) for post in found], sought_terms(query))
    # Sorting keeps the order by date of posts that answer equally well.
    ordered = sorted(found, key=lambda post: relevance(post.title, post.text, weights), reverse=True)
    return FoundPosts(tuple(ordered[:limit]), statement, len(found))


def search_statement(connection: Connection, query: Query, limit: int) -> str:
    """The SQL that finds the newest posts of a query, at most `limit`; it names every source by its name."""
    sql = search.search_sql(connection, query)
    walks = connection.dialect.name == "sqlite" and _has_many_candidates(connection, sql, limit)
    return sql.walk(limit) if walks else sql.select(limit)


def _has_many_candidates(connection: Connection, sql: SearchSql, limit: int) -> bool:
    """Whether going through the posts by date meets `limit` candidates before it has read as many posts as they are."""
    if sql.candidates is None:
        return False
    last = connection.exec_driver_sql("SELECT max(id) FROM posts").scalar() or 0
    many = isqrt(limit * last)
    if many >= last:
        return False
    counted = f"SELECT count(*) FROM ({sql.candidates} LIMIT {many})"  # noqa: S608 - made of quoted literals
    found = connection.exec_driver_sql(counted, execution_options=NO_PARAMETERS).scalar_one()
    return bool(found >= many)


def count_posts(connection: Connection, query: Query, *, at_most: int | None = None) -> int:
    """How many posts a query finds; with `at_most` counting may end there, where every post must be looked at."""
    counted = search.search_sql(connection, query).count(at_most)
    found: int = connection.exec_driver_sql(counted, execution_options=NO_PARAMETERS).scalar_one()
    return found


_POSTS_OF_IDS = select(posts).where(posts.c.id.in_(bindparam("ids", expanding=True)))


def _posts_in_order(connection: Connection, ids: Sequence[int]) -> tuple[Post, ...]:
    found = {}
    for run in chunks(list(ids)):
        rows = connection.execute(_POSTS_OF_IDS, {"ids": list(run)}).mappings()
        found.update({row["id"]: row_post(row) for row in rows})
    return tuple(found[post_id] for post_id in ids)


def check_sources(connection: Connection, query: Query) -> None:
    """Raise UsageError, with names that are meant perhaps, where a query names a source that does not exist."""
    known = list(connection.execute(select(sources.c.name).order_by(sources.c.name)).scalars())
    for name in source_names(query):
        if name not in known:
            raise UsageError(f"there is no source {name!r}{_suggestion(name, known)}")


def _suggestion(name: str, known: list[str]) -> str:
    by_folded = {one.casefold(): one for one in known}
    close = get_close_matches(name.casefold(), by_folded, n=3, cutoff=0.5)
    close += [folded for folded in by_folded if name and name.casefold() in folded and folded not in close]
    return f": perhaps {' or '.join(by_folded[one] for one in close[:3])}" if close else ""
