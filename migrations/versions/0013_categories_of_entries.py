"""The categories that an entry states itself."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """NULL in the posts that are there: feeds are not kept, so what they stated is not known."""
    with op.batch_alter_table("posts") as batch:
        batch.add_column(sa.Column("feed_categories", sa.Text(), nullable=True))
