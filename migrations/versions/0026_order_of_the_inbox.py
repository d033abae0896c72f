"""An index of the inbox by the order of arrival: that of a large history was sorted anew for each few entries."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index more."""
    op.create_index(op.f("ix_inbox_source_id_of_history_id"), "inbox", ["source_id", "of_history", "id"])
