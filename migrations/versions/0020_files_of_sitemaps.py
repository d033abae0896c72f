"""The files of a sitemap that polls read, with what tells whether each has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No source is a sitemap yet."""
    with op.batch_alter_table("sources") as batch:
        batch.add_column(sa.Column("sitemap_files", sa.Text(), server_default="[]", nullable=False))
