"""Tables of notifications: what is still to be told, to whom, and which daemons run."""

from sqlalchemy import Column, ForeignKey, Index, Table

from ingestd.store.models.columns import ROW_NUMBER, StoredText, count_column, metadata, text_column

daemons = Table(
    "daemons",
    metadata,
    Column("holder", StoredText, primary_key=True, comment="the process, as in leases.holder"),
    text_column("version", "which version of ingestd it is", null=False),
    text_column("started_at", "when it started", null=False),
    text_column("seen_at", "its latest sign of life: one a minute", null=False),
    comment="daemons that run: a row is deleted when its daemon stops, and stays where that was killed",
)

notify_targets = Table(
    "notify_targets",
    metadata,
    Column("name", StoredText, primary_key=True, comment="the name of the `[[notify]]` in the configuration"),
    text_column("events", "JSON array of the events that it wants", null=False, default="[]"),
    text_column("added_at", "when it first stood in the configuration", null=False),
    count_column("delivered", "events that it has taken"),
    text_column("last_ok_at", "when it last took one"),
    count_column("failures", "failed attempts in a row"),
    text_column("failing_since", "when the present row of failures began"),
    text_column("last_error", "why the last attempt failed, in words"),
    text_column("next_try_at", "when it is tried again; NULL while it does not fail"),
    count_column("dropped", "events that it never got: too old, or too many were waiting for it"),
    text_column("dropped_at", "when the last of these was dropped"),
    text_column("holder", "the daemon that delivers to it now, as in leases.holder"),
    text_column("expires_at", "when that daemon's turn ends"),
    comment="targets of notifications, as `[[notify]]` configures them, and how deliveries to them go",
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number: the order of delivery; never used again"),
    Column(
        "target",
        StoredText,
        ForeignKey("notify_targets.name", ondelete="CASCADE"),
        nullable=False,
        comment="to whom (notify_targets.name)",
    ),
    text_column("event", "what happened: post-new, source-failing, …", null=False),
    text_column("at", "when it happened", null=False),
    text_column("payload", "what is sent beside id, event and time, JSON object", null=False),
    Index("ix_outbox_target", "target", "id"),
    comment="events that are still to be delivered, one row each target; deleted when it has taken them",
    sqlite_autoincrement=True,
)
