"""Fingerprints of posts, and the pairs of near-duplicates.

The posts of a database that has some get theirs afterwards, in steps (`ingestd.store.fingerprints.fill_fingerprints`):
until then they are in `fingerprint_backlog`. The triggers that keep it right are made beside the views, at each upgrade
(`ingestd.store.fingerprint_triggers`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The tables, and every post in the backlog."""
    op.create_table(
        "fingerprints",
        sa.Column("post_id", _ROW_NUMBER, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("keys", sa.Text(), server_default="[]", nullable=False),
        _post("fingerprints"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_fingerprints")),
    )
    op.create_table(
        "fingerprint_keys",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("post_id", _ROW_NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "post_id", name=op.f("pk_fingerprint_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fingerprint_backlog",
        sa.Column("post_id", _ROW_NUMBER, nullable=False),
        _post("fingerprint_backlog"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_fingerprint_backlog")),
    )
    op.create_table(
        "near_duplicate_pairs",
        sa.Column("post_id", _ROW_NUMBER, nullable=False),
        sa.Column("other_id", _ROW_NUMBER, nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        _post("near_duplicate_pairs"),
        _post("near_duplicate_pairs", "other_id"),
        sa.PrimaryKeyConstraint("post_id", "other_id", name=op.f("pk_near_duplicate_pairs")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_near_duplicate_pairs_other_id"), "near_duplicate_pairs", ["other_id"])
    op.execute("INSERT INTO fingerprint_backlog (post_id) SELECT id FROM posts")


def _post(table: str, column: str = "post_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["posts.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")
