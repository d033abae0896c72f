"""How many feeds in a row broke off before their end; an index of the polls that may have missed entries."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """0 in the sources that are there: a feed that breaks off is noticed by the next poll that reads it."""
    with op.batch_alter_table("sources") as batch:
        batch.add_column(sa.Column("truncated_polls", sa.Integer(), server_default="0", nullable=False))
