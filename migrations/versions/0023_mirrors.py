"""Which mirror of a source answered last."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The columns of `sources`."""
    for name in ("answered_by", "mirror_reason", "mirrors_compared_at"):
        op.add_column("sources", sa.Column(name, sa.Text(), nullable=True))
