"""Tables of hosts: the pace at which each may be asked, and what it has refused."""

from sqlalchemy import Column, Float, Index, Integer, Table

from ingestd.store.models.columns import ROW_NUMBER, StoredText, count_column, metadata, text_column


def _seconds(name: str, comment: str) -> Column[float]:
    return Column(name, Float, nullable=False, server_default="0", comment=comment)


hosts = Table(
    "hosts",
    metadata,
    Column(
        "host",
        StoredText,
        primary_key=True,
        comment="its name, with its port where that is not 80 or 443 (sources.host)",
    ),
    text_column("next_at", "the earliest start of a request that no request has claimed"),
    text_column("paused_until", "the end of a pause that the host has asked for (Retry-After)"),
    _seconds("spacing_s", "seconds between two requests, as its refusals taught; 0: the configured distance holds"),
    _seconds("accepted_spacing_s", "the last spacing at which requests were accepted; 0 where none is known"),
    _seconds("refused_spacing_s", "the spacing that was last refused after an accepted request; 0 where none is known"),
    count_column("accepted", "requests accepted since the last refusal"),
    text_column("refused_at", "when it last refused a request (429)"),
    text_column("reason", "what set the pace, in words"),
    comment="hosts whose requests are paced: shared by the daemon, `fetch` beside it, and further daemons",
)

refusals = Table(
    "refusals",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number"),
    text_column("host", "the host (hosts.host)", null=False),
    text_column("at", "when the response came", null=False),
    Column("http_status", Integer, nullable=False, comment="the response's status: 429 or 425"),
    Index(None, "at"),
    comment="requests that a host refused because they came too often, of the last week",
)
