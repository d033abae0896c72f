"""Tables of backfills: how far the history of each source was read, and which pages of it."""

from sqlalchemy import Column, Index, Integer, Table

from ingestd.store.models.columns import StoredText, count_column, metadata, source_column, text_column

backfills = Table(
    "backfills",
    metadata,
    source_column(key=True),
    Column(
        "means", StoredText, primary_key=True, comment="how the history is read: archive, paged, wordpress and others"
    ),
    text_column("state", "open (to be continued), complete (read to its end), or ended (cannot go on)", null=False),
    text_column("next_urls", "addresses that are to be read next, JSON array", null=False, default="[]"),
    text_column(
        "partial_urls",
        "pages of which older entries were left out by --since: read again at the end, JSON array",
        null=False,
        default="[]",
    ),
    count_column("pages", "pages of the history that were read"),
    count_column("found", "entries that these pages list"),
    count_column("new", "posts that were stored from them"),
    Column("total", Integer, nullable=True, comment="articles that the site says it has; NULL where it does not say"),
    text_column("reached_at", "the date of the oldest entry so far"),
    text_column("reason", "why it stopped or ended, in words"),
    text_column("started_at", "when it began", null=False),
    text_column("updated_at", "when it last went on", null=False),
    comment="the history of sources: how far each was read, so that a backfill goes on where it was",
)

backfill_pages = Table(
    "backfill_pages",
    metadata,
    source_column(key=True),
    Column("means", StoredText, primary_key=True, comment="how the history is read (backfills.means)"),
    Column("url", StoredText, primary_key=True, comment="a page of the history that was read"),
    text_column(
        "digest", "hash of what its entries are known by: a page that repeats another has the same", null=False
    ),
    count_column("entries", "entries that it lists"),
    text_column("read_at", "when it was read", null=False),
    Index(None, "source_id", "means", "digest"),
    comment="pages of the history of sources, by which loops and repeated pages are noticed",
    sqlite_with_rowid=False,
)
