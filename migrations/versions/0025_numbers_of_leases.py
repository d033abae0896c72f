"""Leases have a number that grows with each claim, and are of sources or of tasks of the daemons."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The table anew: no primary key can be added in place. What is leased stays leased."""
    connection = op.get_bind()
    held = connection.execute(sa.text("SELECT source_id, holder, expires_at FROM leases")).mappings().all()
    op.drop_table("leases")
    made = op.create_table(
        "leases",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("source_id", _ROW_NUMBER, nullable=True),
        sa.Column("task", sa.Text(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_leases_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leases")),
        sa.UniqueConstraint("source_id", name=op.f("uq_leases_source_id")),
        sa.UniqueConstraint("task", name=op.f("uq_leases_task")),
        sqlite_autoincrement=True,
    )
    op.bulk_insert(made, [dict(row) for row in held])
