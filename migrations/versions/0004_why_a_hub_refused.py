"""Why a hub refused, or could not be asked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Why a hub refused, or could not be asked."""
    op.add_column("subscriptions", sa.Column("error", sa.Text(), nullable=True))
