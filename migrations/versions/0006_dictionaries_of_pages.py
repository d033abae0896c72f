"""Dictionaries of pages."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Dictionaries of pages."""
    row = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "dictionaries",
        sa.Column("id", row, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dictionaries")),
    )
    op.create_table(
        "page_hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pages_left", sa.Integer(), nullable=False),
        sa.Column("post_id", row, nullable=False),
        sa.Column("dictionary_id", row, nullable=True),
        sa.ForeignKeyConstraint(["dictionary_id"], ["dictionaries.id"], name=op.f("fk_page_hosts_dictionary_id")),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_page_hosts")),
    )
    with op.batch_alter_table("page_hosts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_hosts_pages_left"), ["pages_left"], unique=False)
    # In one statement, which copies nothing: Alembic would rebuild a table that may hold gigabytes.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    reference = "CONSTRAINT fk_pages_dictionary_id REFERENCES dictionaries (id)"
    op.execute(f"ALTER TABLE pages ADD COLUMN dictionary_id {kind} {reference}")
