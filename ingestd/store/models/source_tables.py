"""Tables of sources: what is polled, and what is known of it between two polls."""

from sqlalchemy import Column, Float, Index, Table, UniqueConstraint, text

from ingestd.store.models.columns import (
    PARTIAL_IN_POSTGRESQL,
    ROW_NUMBER,
    StoredText,
    count_column,
    flag_column,
    metadata,
    source_column,
    text_column,
)

#: Conditions of partial indexes, which a query must have in the same words.
IS_POLLED = text("enabled = 1 AND paused = 0")
IS_UNWELL = text("enabled = 1 AND (paused = 1 OR condition IS NOT NULL OR failing_since IS NOT NULL)")
IS_DISABLED = text("enabled = 0")
HAS_LOST = text("enabled = 1 AND suspected_loss_at IS NOT NULL")

sources = Table(
    "sources",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number"),
    text_column(
        "name", "the name in the configuration; posts carry it as author, tag and category by default", null=False
    ),
    text_column("url", "the address that is polled now (it may have moved from the configured one)", null=False),
    text_column("config_url", "the address as configured", null=False),
    text_column("host", "the host of `url`, whose requests are paced together (hosts.host)"),
    flag_column("enabled", "1 while the configuration has this source and enables it", default="1"),
    flag_column("paused", "1 after the site answered 410 Gone: polled only by hand, until its address changes"),
    text_column("title", "the feed's own title"),
    text_column("site_url", "the site that the feed says it is of: what it lists of other sites is about those"),
    text_column("language", "the feed's own language, as it states it"),
    text_column("etag", "the ETag of the last body, as given; sent back with the next poll"),
    text_column("last_modified", "the Last-Modified of the last body, as given; sent back with the next poll"),
    text_column(
        "body_digest", "fingerprint of the last body without the dates in its head: an equal one is not parsed"
    ),
    text_column(
        "sitemap_files",
        "of a sitemap: the files of its index that polls read, with what tells whether each has changed, JSON",
        null=False,
        default="[]",
    ),
    text_column(
        "rules_digest", "hash of the rules (keep, block) that the present feed was read with: others read it anew"
    ),
    text_column("answered_by", "the mirror that gave the last feed; NULL: the source's own address did"),
    text_column("mirror_reason", "why that mirror was asked, in words"),
    text_column("mirrors_compared_at", "when a feed that stood still was last compared with its mirrors"),
    count_column("conditional_polls", "polls since the last one that was made without validators"),
    count_column("truncated_polls", "feeds in a row, up to the last one read, that broke off before their end"),
    text_column("last_polled_at", "when the last poll ended"),
    text_column("last_ok_at", "when a poll last succeeded"),
    text_column("last_new_at", "when a poll last brought a new post"),
    text_column("next_poll_at", "when the next poll is due"),
    Column("interval_s", Float, nullable=True, comment="the present interval between polls, in seconds"),
    count_column("failures", "failed polls in a row"),
    text_column("failing_since", "when the present row of failures began"),
    text_column("last_outcome", "how the last poll ended: a word of the vocabulary of outcomes"),
    text_column("last_error", "why the last poll failed, in words"),
    text_column("condition", "what was last told of it: failing or silent; NULL while it is neither"),
    text_column(
        "suspected_loss_at",
        "when a poll last had entries of which none was known, or a feed that broke off: some may have been missed",
    ),
    text_column(
        "redirects",
        "redirects of the last good polls, JSON: three alike and permanent move the source",
        null=False,
        default="[]",
    ),
    Column(
        "feed_ttl_s",
        Float,
        nullable=True,
        comment="the interval that the feed asks for (ttl, sy:updatePeriod), in seconds",
    ),
    text_column(
        "skip_hours", "hours (UTC) in which the feed asks not to be polled, JSON array", null=False, default="[]"
    ),
    text_column("skip_days", "days in which the feed asks not to be polled, JSON array", null=False, default="[]"),
    text_column("added_at", "when this source first stood in the configuration", null=False),
    text_column("history_from", "the date of the oldest entry that a backfill has read of it; NULL without a backfill"),
    flag_column("history_complete", "1 after a backfill that read its history to the end"),
    UniqueConstraint("name"),
    # For the look at what is due, every second; the second finds polls that were made under a wrong clock.
    Index("ix_sources_due", "next_poll_at", sqlite_where=IS_POLLED, info=PARTIAL_IN_POSTGRESQL),
    Index("ix_sources_polled", "last_polled_at", sqlite_where=IS_POLLED, info=PARTIAL_IN_POSTGRESQL),
    # For `status`, checks and metrics, which count sources, and for the hosts that are slowed.
    Index(
        "ix_sources_unwell",
        "paused",
        "condition",
        "failing_since",
        "enabled",
        "name",
        sqlite_where=IS_UNWELL,
        info=PARTIAL_IN_POSTGRESQL,
    ),
    Index("ix_sources_lost", "suspected_loss_at", "name", sqlite_where=HAS_LOST, info=PARTIAL_IN_POSTGRESQL),
    Index("ix_sources_disabled", "enabled", sqlite_where=IS_DISABLED, info=PARTIAL_IN_POSTGRESQL),
    Index("ix_sources_host", "host"),
    comment="every feed that was ever configured, and how it does",
)

source_urls = Table(
    "source_urls",
    metadata,
    source_column(key=True),
    Column("url", StoredText, primary_key=True, comment="an address that this source had before"),
    text_column("until_at", "when it moved away from there", null=False),
    text_column("reason", "why: moved by the site, or changed in the configuration", null=False),
    comment="former addresses of sources",
)
