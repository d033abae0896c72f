"""Search by words: an FTS5 index of trigrams in SQLite, so that Chinese needs no word segmentation.

Posts are indexed after they are stored, in the background: indexing a post takes as long as storing it. Posts that are
not indexed yet are scanned, so every answer is complete, and what the index finds is compared with the post itself.
Triggers update the index when a post is changed or deleted. On PostgreSQL, and where SQLite has no FTS5, every search
scans the posts.
"""

from sqlalchemy import ColumnElement, Connection, and_, column, func, or_, select, table, text

from ingestd.store.models import posts

NAME = "posts_fts"
MEANING = "search index of `posts` (SQLite only), filled in the background: ask it with LIKE, 3 characters or more"
COLUMNS = {"title": "the title, by trigrams", "text": "the plain text, by trigrams"}

#: A shorter word has no trigram.
MIN_INDEXED_CHARS = 3
#: Trigrams of a word that the index is asked for; the comparison with the post does the rest.
MAX_TRIGRAMS = 16

_index = table(NAME, column("rowid"), column(NAME))
_indexed = table(f"{NAME}_docsize", column("id"))
_HAS_INDEX = text("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'posts_fts'")
_INDEX_NEXT = text(
    "INSERT INTO posts_fts (rowid, title, text) SELECT id, title, text FROM posts"
    " WHERE id > coalesce((SELECT max(id) FROM posts_fts_docsize), 0) ORDER BY id LIMIT :limit"
)


def has_index(connection: Connection) -> bool:
    """Whether this database has the index."""
    return connection.dialect.name == "sqlite" and bool(connection.execute(_HAS_INDEX).scalar_one())


def index_posts(connection: Connection, limit: int) -> int:
    """Put up to `limit` posts into the index: how many there were; 0 when it is complete, or where there is none.

    A post of 1,300 characters takes about a millisecond, under the write lock: keep `limit` at 100 or less.
    """
    return connection.execute(_INDEX_NEXT, {"limit": limit}).rowcount if has_index(connection) else 0


def contains_word(word: str, *, indexed: bool) -> ColumnElement[bool]:
    """The condition that title or text of a post contain `word`; `indexed` says whether there is an index to use."""
    itself = or_(posts.c.title.icontains(word, autoescape=True), posts.c.text.icontains(word, autoescape=True))
    if not indexed or len(word) < MIN_INDEXED_CHARS:
        return itself
    found = select(_index.c.rowid).where(_index.c[NAME].op("MATCH")(_trigrams(word)))
    last = select(func.coalesce(func.max(_indexed.c.id), 0)).scalar_subquery()
    behind = select(posts.c.id).where(posts.c.id > last)
    return and_(posts.c.id.in_(found.union_all(behind)), itself)


def _trigrams(word: str) -> str:
    """The FTS5 query for posts that have every trigram of `word`: each is quoted, so that none is an operator."""
    parts = dict.fromkeys(word[start : start + 3] for start in range(len(word) - 2))
    return " AND ".join('"' + part.replace('"', '""') + '"' for part in list(parts)[:MAX_TRIGRAMS])
