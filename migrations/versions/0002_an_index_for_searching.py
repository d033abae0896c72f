"""An index for searching, and the keys of what waits.

The index is filled afterwards, in the background (`ingestd.store.search.catch_up`), because a large archive takes
minutes and a service must not: whatever is not in it yet is searched without it. PostgreSQL, and a SQLite without
FTS5 or trigrams, go without.
"""

import sqlite3

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# `detail=none` halves the index: it knows which posts hold a trigram, the post itself tells where.
_CREATE = (
    "CREATE VIRTUAL TABLE posts_fts USING"
    " fts5(title, text, content='posts', content_rowid='id', tokenize='trigram', detail=none)",
    # Rows above the last indexed one are left to the background.
    "CREATE TRIGGER posts_fts_insert AFTER INSERT ON posts"
    " WHEN new.id <= (SELECT max(id) FROM posts_fts_docsize) BEGIN"
    " INSERT INTO posts_fts (rowid, title, text) VALUES (new.id, new.title, new.text); END",
    "CREATE TRIGGER posts_fts_delete AFTER DELETE ON posts"
    " WHEN EXISTS (SELECT 1 FROM posts_fts_docsize WHERE id = old.id) BEGIN"
    " INSERT INTO posts_fts (posts_fts, rowid, title, text) VALUES ('delete', old.id, old.title, old.text); END",
    "CREATE TRIGGER posts_fts_update AFTER UPDATE OF title, text ON posts"
    " WHEN (new.title IS NOT old.title OR new.text IS NOT old.text)"
    " AND EXISTS (SELECT 1 FROM posts_fts_docsize WHERE id = old.id) BEGIN"
    " INSERT INTO posts_fts (posts_fts, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);"
    " INSERT INTO posts_fts (rowid, title, text) VALUES (new.id, new.title, new.text); END",
)


def upgrade() -> None:
    """An index of trigrams over title and text, kept true by triggers; a column for the keys of waiting entries."""
    op.add_column("inbox", sa.Column("keys", sa.Text(), server_default="[]", nullable=False))
    connection = op.get_bind()
    if connection.dialect.name != "sqlite" or sqlite3.sqlite_version_info < (3, 34):
        return
    modules = connection.execute(sa.text("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'"))
    if not modules.scalar():
        return
    for statement in _CREATE:
        connection.exec_driver_sql(statement)
