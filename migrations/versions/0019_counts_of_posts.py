"""Posts by day and source, and the sightings by other sources, so that the views need not read every row.

The triggers that keep them right are made beside the views, at each upgrade (`ingestd.store.post_triggers`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The tables, with what the stored posts and sightings give, and an index of revisions by time."""
    op.create_table(
        "post_counts",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("source_id", _ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("posts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", "source_id", name=op.f("pk_post_counts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "replaced_posts",
        sa.Column("id", _ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("source_id", _ROW_NUMBER, nullable=True),
        sa.Column("date", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replaced_posts")),
    )
    op.create_table(
        "other_listings",
        sa.Column("post_id", _ROW_NUMBER, nullable=False),
        sa.Column("source_id", _ROW_NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_other_listings_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_other_listings_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "source_id", name=op.f("pk_other_listings")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_revisions_recorded_at"), "revisions", ["recorded_at"])
    op.execute(
        "INSERT INTO post_counts (day, source_id, posts) SELECT substr(date, 1, 10), coalesce(source_id, 0), count(*)"
        " FROM posts GROUP BY substr(date, 1, 10), coalesce(source_id, 0)"
    )
    op.execute(
        "INSERT INTO other_listings (post_id, source_id) SELECT g.post_id, g.source_id FROM sightings g JOIN posts p"
        " ON p.id = g.post_id WHERE p.source_id IS NULL OR g.source_id <> p.source_id"
    )
