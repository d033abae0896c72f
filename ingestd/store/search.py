"""The search index of `posts`: which it is, what is put into it, and how that of an older database is filled.

SQLite has an FTS5 table over the words of `index_text`, PostgreSQL a table of arrays with a GIN index. It follows a
post within the transaction that stores, changes or deletes it, whoever does so (`search_triggers`). That of an older
database is filled in steps. Until it is complete it has another name, `posts_fts_filling`, so that a user's query fails
in words instead of finding too little; the posts that are not in it yet are in `search_backlog`, and ingestd's own
searches look them through. A SQLite without FTS5 has no index, and searches look through every post.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import Connection

from ingestd.store.post_rows import indexed_words
from ingestd.store.search_conditions import NO_PARAMETERS, SearchIndex
from ingestd.store.search_query import SearchSql, compile_query
from ingestd.store.search_triggers import create_triggers, drop_triggers
from ingestd.text.search.query import Query

NAME = "posts_fts"
#: The index's name while an older database's posts are put into it.
FILLING_NAME = "posts_fts_filling"
#: Posts that are put into the index in one transaction: some 80 ms for which other writers wait.
STEP_POSTS = 100
MEANING = (
    "search index of `posts`, complete with every transaction: in SQLite `posts_fts MATCH '疫情'` finds the posts with"
    " that word, in PostgreSQL `words @> search_words('疫情')`; named `posts_fts_filling` until an older database's"
    " posts are all in it"
)
COLUMNS = {
    "title": "the title of the post `rowid` (SQLite)",
    "text": "its plain text (SQLite)",
    "post_id": "the post (PostgreSQL)",
    "words": "the words of its title and text, and each two CJK letters that stand side by side (PostgreSQL)",
}

# The table of a former version, an index of trigrams, has the same name.
_SQLITE_INDEX = (
    "SELECT name FROM sqlite_master WHERE name IN ('posts_fts', 'posts_fts_filling') AND sql LIKE '%unicode61%'"
)
_SERVER_INDEX = (
    "SELECT relname FROM pg_class WHERE relname IN ('posts_fts', 'posts_fts_filling') AND relkind = 'r'"
    " AND pg_table_is_visible(oid)"
)
_NONE: Mapping[int, tuple[str, str]] = MappingProxyType({})
_RENAME = (f"ALTER TABLE {FILLING_NAME} RENAME TO {NAME}",)
_SERVER_RENAME = (
    *_RENAME,
    "ALTER INDEX pk_posts_fts_filling RENAME TO pk_posts_fts",
    "ALTER INDEX ix_posts_fts_filling_words RENAME TO ix_posts_fts_words",
)


def index_name(connection: Connection) -> str | None:
    """The name that the index has now: NAME, FILLING_NAME, or None where there is none."""
    query = _SQLITE_INDEX if connection.dialect.name == "sqlite" else _SERVER_INDEX
    found: str | None = connection.exec_driver_sql(query, execution_options=NO_PARAMETERS).scalar()
    return found


def search_index(connection: Connection) -> SearchIndex:
    """What there is to search with."""
    name = index_name(connection)
    return SearchIndex(connection.dialect.name, name, complete=name != FILLING_NAME)


def search_sql(connection: Connection, query: Query) -> SearchSql:
    """The SQL of a query for this database as it is now."""
    return compile_query(query, search_index(connection))


def add_posts(
    connection: Connection,
    added: Sequence[tuple[int, str, str]],
    words: Mapping[int, tuple[str, str]] = _NONE,
) -> None:
    """Put (id, title, text) of posts into the index, before they are put into `posts`. PostgreSQL does it by itself.

    `words` are title and text, by id, of those that are ready as `indexed_words` makes them.
    """
    name = index_name(connection) if connection.dialect.name == "sqlite" else None
    if name is not None:
        _add(connection, name, added, words)


def _add(
    connection: Connection,
    name: str,
    added: Sequence[tuple[int, str, str]],
    words: Mapping[int, tuple[str, str]] = _NONE,
) -> None:
    connection.exec_driver_sql(
        f"INSERT INTO {name} (rowid, title, text) VALUES (?, ?, ?)",
        [(row, *(words.get(row) or (indexed_words(title), indexed_words(text)))) for row, title, text in added],
    )


def remove_post(connection: Connection, post_id: int, title: str, text: str) -> bool:
    """Take a post, with the title and text that it has now, out of the index: whether it was there.

    The caller changes the post and puts it back by `add_posts`: the trigger would do both, but slowly.
    """
    name = index_name(connection) if connection.dialect.name == "sqlite" else None
    if name is None:
        return False
    if connection.exec_driver_sql(f"SELECT 1 FROM {name}_docsize WHERE id = ?", (post_id,)).scalar() is None:
        return False
    connection.exec_driver_sql(
        f"INSERT INTO {name} ({name}, rowid, title, text) VALUES ('delete', ?, ?, ?)",
        (post_id, indexed_words(title), indexed_words(text)),
    )
    return True


def install_triggers(connection: Connection) -> None:
    """Make the triggers anew for the index as it is named now."""
    drop_triggers(connection)
    if (name := index_name(connection)) is not None:
        create_triggers(connection, name)


def fill_index(connection: Connection, limit: int) -> int:
    """Put up to `limit` posts of `search_backlog` into the index, the newest first: how many are left there.

    The last step gives the index its name. A post of 1,300 characters takes about a millisecond, under the write lock.
    """
    if index_name(connection) != FILLING_NAME:
        return 0
    waiting = f"SELECT post_id FROM search_backlog ORDER BY post_id DESC LIMIT {limit:d}"
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"SELECT id, title, text FROM posts WHERE id IN ({waiting})").all()
        _add(connection, FILLING_NAME, [(row, title, text) for row, title, text in rows])
    else:
        connection.exec_driver_sql(
            f"INSERT INTO {FILLING_NAME} (post_id, words) SELECT id, search_words(title || E'\\n' || text) FROM posts"
            f" WHERE id IN ({waiting}) ON CONFLICT DO NOTHING"
        )
    connection.exec_driver_sql(f"DELETE FROM search_backlog WHERE post_id IN ({waiting})")
    left = backlog(connection)
    if not left:
        _complete(connection)
    return left


def backlog(connection: Connection) -> int:
    """How many posts are not in the index yet."""
    left: int = connection.exec_driver_sql("SELECT count(*) FROM search_backlog").scalar_one()
    return left


def _complete(connection: Connection) -> None:
    # SQLite renames a table only while no trigger names its parts.
    drop_triggers(connection)
    for statement in _RENAME if connection.dialect.name == "sqlite" else _SERVER_RENAME:
        connection.exec_driver_sql(statement)
    create_triggers(connection, NAME)
