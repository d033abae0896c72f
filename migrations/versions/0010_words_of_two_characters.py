"""An index that finds words of two characters, complete with every transaction.

It replaces the index of trigrams. The posts of a database that has some are put into it afterwards, in steps
(`ingestd.store.search.fill_index`), because a large archive takes minutes: until then the index has the name
`posts_fts_filling`, and what is not in it yet is in `search_backlog`. The triggers that keep it right are made
beside the views, at each upgrade (`ingestd.store.search_triggers`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table of posts that are not indexed yet, and the index, empty."""
    op.create_table(
        "search_backlog",
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_search_backlog_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_search_backlog")),
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for name in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS posts_fts_{name}")
        op.execute("DROP TABLE IF EXISTS posts_fts")
        if not connection.exec_driver_sql("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'").scalar():
            return
    has_posts = connection.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM posts)").scalar()
    name = "posts_fts_filling" if has_posts else "posts_fts"
    op.execute("INSERT INTO search_backlog (post_id) SELECT id FROM posts")
    if connection.dialect.name == "sqlite":
        # `detail=none` halves the index: it knows which posts hold a word, the post itself tells where.
        op.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5(title, text, content='posts', content_rowid='id',"
            " tokenize='unicode61 remove_diacritics 2', detail=none)"
        )
        return
    op.execute(
        f"CREATE TABLE {name} (post_id bigint NOT NULL CONSTRAINT pk_{name} PRIMARY KEY"
        " REFERENCES posts (id) ON DELETE CASCADE, words text[] NOT NULL)"
    )
    op.execute(f"CREATE INDEX ix_{name}_words ON {name} USING gin (words)")
