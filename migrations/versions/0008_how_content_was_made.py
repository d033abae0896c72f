"""By which rules and code the content of a post was made."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """NULL in the posts that are there: how their content was made is not recorded."""
    with op.batch_alter_table("posts") as batch:
        batch.add_column(sa.Column("extraction_version", sa.Text(), nullable=True))
