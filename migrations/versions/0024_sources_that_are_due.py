"""Indexes of the polled sources by time, so that a look at what is due does not read every configured source."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_IS_POLLED = sa.text("enabled = 1 AND paused = 0")


def upgrade() -> None:
    """Two partial indexes in the place of one of all sources."""
    op.execute("DROP INDEX IF EXISTS ix_sources_next_poll_at")
    for name, column in (("ix_sources_due", "next_poll_at"), ("ix_sources_polled", "last_polled_at")):
        op.create_index(name, "sources", [column], sqlite_where=_IS_POLLED, postgresql_where=_IS_POLLED)
