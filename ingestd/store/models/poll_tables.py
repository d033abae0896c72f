"""Tables of polling: what each poll did, what failed, what is still to be fetched, and who polls."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, UniqueConstraint, text

from ingestd.store.models.columns import (
    ROW_NUMBER,
    StoredText,
    count_column,
    flag_column,
    metadata,
    post_column,
    source_column,
    text_column,
)

_MAY_MISS = text("suspected_loss = 1")

polls = Table(
    "polls",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number"),
    source_column(),
    text_column("started_at", "when the poll began", null=False),
    Column("seconds", Float, nullable=False, comment="how long it took"),
    text_column("outcome", "how it ended: a word of the vocabulary of outcomes", null=False),
    Column("http_status", Integer, nullable=True, comment="the answer's status, where there was one"),
    count_column("entries", "entries in the feed"),
    count_column("new", "posts that were stored"),
    count_column("updated", "posts whose title or text changed"),
    count_column("duplicate", "entries that are articles already stored by another source or under another address"),
    count_column("filtered", "entries that the rules of the source (keep, block, max_age) left out"),
    count_column("failed", "entries that could not be stored"),
    count_column("known", "entries that were already known"),
    flag_column(
        "suspected_loss",
        "1 where some may have been missed: the feed broke off, or none was known though the source had posts before",
    ),
    text_column(
        "gap",
        "after a suspected loss: closed where older pages or the news sitemap were read back to a known entry,"
        " open where not; NULL where there is neither",
    ),
    count_column("gap_new", "posts that were stored from there"),
    text_column("error", "why it failed, in words"),
    Index(None, "source_id", "started_at"),
    Index(None, "started_at"),
    # For the view `possible_loss`: few polls may have missed articles.
    Index("ix_polls_suspected_loss", "source_id", "started_at", sqlite_where=_MAY_MISS),
    comment="one row a poll",
)

problems = Table(
    "problems",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number"),
    source_column(),
    text_column("url", "the article, page or entry concerned ('' where it has no address)", null=False, default=""),
    text_column("outcome", "what happened: a word of the vocabulary of outcomes", null=False),
    text_column("reason", "in words", null=False),
    text_column("first_at", "when it first happened", null=False),
    text_column("last_at", "when it last happened", null=False),
    count_column("times", "how often it happened", default="1"),
    UniqueConstraint("source_id", "url", "outcome"),
    comment="failures of single entries and pages; the rest of their poll went well",
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number: the order of arrival"),
    source_column(),
    text_column("key", "the entry's first identity key", null=False),
    text_column("from_url", "the article's URL", null=False),
    text_column("entry", "the entry as parsed, JSON", null=False),
    text_column("received_at", "when the feed that listed it was read", null=False),
    text_column(
        "keys", "the identity keys that are the entry's own, JSON array of [kind, key]", null=False, default="[]"
    ),
    flag_column("of_history", "1 where a backfill found it, which fetches its page; 0 where a poll did"),
    UniqueConstraint("source_id", "key"),
    Index(None, "source_id", "of_history", "id"),
    comment="entries whose article page is still to be fetched: a stop or crash loses none of them",
)

filtered_entries = Table(
    "filtered_entries",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number"),
    source_column(),
    text_column("from_url", "the address of the entry", null=False),
    text_column("title", "its title", null=False),
    text_column("published_at", "when it was published; where it states no time, when it was left out", null=False),
    text_column(
        "rule",
        "the rule of `block` that left it out; keep: no rule of `keep` matched; max_age; history: an older address of a"
        " sitemap",
        null=False,
    ),
    text_column("filtered_at", "when it was first left out", null=False),
    Index(None, "source_id", "published_at"),
    comment="entries that the rules of a source left out: they are never fetched while their rule stands",
)

filtered_keys = Table(
    "filtered_keys",
    metadata,
    source_column(key=True),
    Column("key", StoredText, primary_key=True, comment="an identity key of the entry"),
    Column(
        "entry_id",
        ROW_NUMBER,
        ForeignKey("filtered_entries.id", ondelete="CASCADE"),
        nullable=False,
        comment="the entry (filtered_entries.id)",
    ),
    Index(None, "entry_id"),
    comment="by which entries that were left out are known again",
    sqlite_with_rowid=False,
)

items = Table(
    "items",
    metadata,
    source_column(key=True),
    Column("digest", StoredText, primary_key=True, comment="hash of an entry's own bytes in the feed"),
    post_column(null=True),
    text_column("seen_at", "when a feed that was read first had it", null=False),
    Index(None, "post_id"),
    comment="entries of the present feeds by their bytes: what is listed here is not parsed again",
    sqlite_with_rowid=False,
)

visits = Table(
    "visits",
    metadata,
    post_column(key=True),
    text_column("purpose", "retry (the page failed) or revisit (to notice edits and deletions)", null=False),
    text_column("due_at", "when", null=False),
    count_column("attempt", "how many visits of this purpose were made"),
    Index(None, "due_at"),
    comment="article pages that are to be visited again",
)

leases = Table(
    "leases",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="its number: greater than that of every lease before"),
    source_column(null=True),
    text_column("task", "or a task that one daemon does for all: backup, dictionaries, hubs, retention, silence"),
    text_column("holder", "the process that has it: host:pid:namespace-token", null=False),
    text_column("expires_at", "when the lease ends if it is not renewed", null=False),
    UniqueConstraint("source_id"),
    UniqueConstraint("task"),
    comment="which process polls which source at the moment, or does a task: it writes only while its number is here",
    sqlite_autoincrement=True,
)
