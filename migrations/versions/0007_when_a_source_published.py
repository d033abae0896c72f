"""When a source published, without a look at its posts."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index that tells a source's latest dates holds where they come from: a row of `posts` is long."""
    op.drop_index(op.f("ix_posts_source_id_date"), table_name="posts")
    op.create_index(op.f("ix_posts_source_id_date_date_origin"), "posts", ["source_id", "date", "date_origin"])
