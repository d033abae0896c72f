"""Backfills: how far the history of each source was read, and gaps that a suspected loss may have left."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _source() -> sa.Column[int]:
    return sa.Column("source_id", _ID, nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def upgrade() -> None:
    """Two tables; in `inbox` what a backfill found is told from what a poll found."""
    op.create_table(
        "backfills",
        _source(),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_urls", sa.Text(), server_default="[]", nullable=False),
        sa.Column("partial_urls", sa.Text(), server_default="[]", nullable=False),
        *map(_count, ("pages", "found", "new")),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("reached_at", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_backfills_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id", "means", name=op.f("pk_backfills")),
    )
    op.create_table(
        "backfill_pages",
        _source(),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        _count("entries"),
        sa.Column("read_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_backfill_pages_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "means", "url", name=op.f("pk_backfill_pages")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_backfill_pages_source_id_means_digest"), "backfill_pages", ["source_id", "means", "digest"]
    )
    op.add_column("inbox", _count("of_history"))
    op.add_column("sources", sa.Column("history_from", sa.Text(), nullable=True))
    op.add_column("sources", _count("history_complete"))
    op.add_column("polls", sa.Column("gap", sa.Text(), nullable=True))
    op.add_column("polls", _count("gap_new"))
