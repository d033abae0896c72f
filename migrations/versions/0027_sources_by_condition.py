"""Indexes of the sources that are not well, and of hosts, so that they are counted without reading every source."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_UNWELL = sa.text("enabled = 1 AND (paused = 1 OR condition IS NOT NULL OR failing_since IS NOT NULL)")
_DISABLED = sa.text("enabled = 0")
_LOST = sa.text("enabled = 1 AND suspected_loss_at IS NOT NULL")


def upgrade() -> None:
    """Three partial indexes, and one of hosts."""
    columns = ["paused", "condition", "failing_since", "enabled", "name"]
    op.create_index("ix_sources_unwell", "sources", columns, sqlite_where=_UNWELL, postgresql_where=_UNWELL)
    columns = ["suspected_loss_at", "name"]
    op.create_index("ix_sources_lost", "sources", columns, sqlite_where=_LOST, postgresql_where=_LOST)
    op.create_index("ix_sources_disabled", "sources", ["enabled"], sqlite_where=_DISABLED, postgresql_where=_DISABLED)
    op.create_index("ix_sources_host", "sources", ["host"])
