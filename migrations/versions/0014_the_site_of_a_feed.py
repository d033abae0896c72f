"""The site that a feed says it is of: whose words stand under the URLs that it lists."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """NULL in the sources that are there, until their feeds are read: till then their own addresses tell."""
    with op.batch_alter_table("sources") as batch:
        batch.add_column(sa.Column("site_url", sa.Text()))
