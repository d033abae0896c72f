"""Small indexes for what is rare: pages that are gone, polls that may have missed articles, clamped dates."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    state, missed = sa.text("page_state IS NOT NULL"), sa.text("suspected_loss = 1")
    op.create_index("ix_posts_page_state", "posts", ["page_state"], sqlite_where=state, postgresql_where=state)
    op.create_index(
        "ix_polls_suspected_loss",
        "polls",
        ["source_id", "started_at"],
        sqlite_where=missed,
        postgresql_where=missed,
    )
    clamped = sa.text("date_clamped = 1")
    op.create_index("ix_posts_clamped", "posts", ["source_id"], sqlite_where=clamped, postgresql_where=clamped)
