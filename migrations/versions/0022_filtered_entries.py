"""Entries that the rules of a source left out, their number at each poll, and the rules of the present feed."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The tables, and the columns of `polls` and `sources`."""
    op.create_table(
        "filtered_entries",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("source_id", _ROW_NUMBER, nullable=False),
        sa.Column("from_url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("published_at", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("filtered_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_filtered_entries_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filtered_entries")),
    )
    op.create_index(
        op.f("ix_filtered_entries_source_id_published_at"), "filtered_entries", ["source_id", "published_at"]
    )
    op.create_table(
        "filtered_keys",
        sa.Column("source_id", _ROW_NUMBER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("entry_id", _ROW_NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["filtered_entries.id"], name=op.f("fk_filtered_keys_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_filtered_keys_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "key", name=op.f("pk_filtered_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_filtered_keys_entry_id"), "filtered_keys", ["entry_id"])
    op.add_column("polls", sa.Column("filtered", sa.Integer(), server_default="0", nullable=False))
    op.add_column("sources", sa.Column("rules_digest", sa.Text(), nullable=True))
