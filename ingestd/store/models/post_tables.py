"""Tables of posts: the articles, their keys, who lists them, and their earlier texts."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, UniqueConstraint, text

from ingestd.store.models.columns import (
    BYTES,
    ROW_NUMBER,
    StoredText,
    count_column,
    flag_column,
    metadata,
    post_column,
    source_column,
    text_column,
)

_HAS_STATE, _IS_CLAMPED = text("page_state IS NOT NULL"), text("date_clamped = 1")

posts = Table(
    "posts",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number; never used again for another post"),
    source_column(null=True, on_delete="SET NULL"),
    text_column("from_url", "the article's URL: `from` in the front matter", null=False),
    text_column("layout", "always `post`: the front matter's layout", null=False, default="post"),
    text_column("title", "the title, plain text", null=False),
    text_column(
        "date", "when it was published; the time of ingestion where that is unknown or lies in the future", null=False
    ),
    text_column("author", "the author(s), else the source's name", null=False),
    text_column("tags", "JSON array of tags", null=False, default="[]"),
    text_column("categories", "JSON array of categories", null=False, default="[]"),
    text_column(
        "feed_categories",
        "JSON array of the entry's own categories, as the feed states them: text, or {term, scheme} where it names a"
        " scheme; NULL where they are not known",
    ),
    text_column("content", "the article as clean HTML on one line", null=False),
    text_column("text", "the article as plain text, paragraphs separated by newlines", null=False),
    Column(
        "published_ms",
        BigInteger,
        nullable=True,
        comment="the feed's own published time, epoch milliseconds, not clamped; NULL if it gave none",
    ),
    text_column("date_origin", "where the date came from: feed, feed-updated, page, ingested, archive", null=False),
    text_column("date_raw", "the date exactly as the feed or page wrote it"),
    text_column("zone_origin", "where its zone came from: stated, source, language, text, http-date, assumed"),
    flag_column("date_clamped", "1 where the published time lay in the future and the time of ingestion was taken"),
    text_column(
        "body_origin",
        "where the body came from: rule, feed, page, summary, none, archive; expired: dropped by `retention`",
        null=False,
    ),
    text_column(
        "extraction_version",
        "by which rules and code `content` was made (docs/extraction.md); NULL where that is not recorded",
    ),
    text_column("fetched_at", "when the article was first stored", null=False),
    text_column("updated_at", "when the row was last changed", null=False),
    count_column("revision", "1 for the first text, one more for each change of title or text", default="1"),
    text_column("language", "language of the article, BCP 47"),
    text_column("image", "URL of the lead image"),
    text_column("modified_at", "when the page says that it was last modified"),
    text_column(
        "enclosures", "JSON array of {url, type, length}: files that the entry carries", null=False, default="[]"
    ),
    Column(
        "comments", Integer, nullable=True, comment="the key `comments` of an imported file; NULL where it had none"
    ),
    text_column("link_title", "the title in the link line of an imported file, where it differs from `title`"),
    text_column("file_name", "the name of the imported file, kept for export"),
    text_column(
        "extra",
        "what else an imported file needs to be written back byte for byte, JSON object",
        null=False,
        default="{}",
    ),
    text_column("content_digest", "digest of title and text without counters and dates: an equal one is no revision"),
    text_column("entry_digest", "digest of title and text of the feed's entry when last seen"),
    text_column("page_digest", "digest of the article page's text when last seen"),
    text_column("page_state", "what visiting the page again found: changed, gone, moved; NULL while it is as it was"),
    text_column("page_checked_at", "when the page was last visited"),
    UniqueConstraint("from_url"),
    Index(None, "date"),
    Index(None, "source_id", "date", "date_origin"),
    Index(None, "updated_at"),
    # For the view `gone`: few pages are gone. Partial in PostgreSQL too, whose dialect need not be imported here.
    Index("ix_posts_page_state", "page_state", sqlite_where=_HAS_STATE),
    # For articles under a new address, whose published time lay in the future.
    Index("ix_posts_clamped", "source_id", sqlite_where=_IS_CLAMPED),
    comment="every article exactly once",
    sqlite_autoincrement=True,
)

identities = Table(
    "identities",
    metadata,
    Column(
        "key", StoredText, primary_key=True, comment="a normalised URL, or a guid with its source's number before it"
    ),
    text_column(
        "kind",
        "link, guid, number (the article's number in its link), final (URL after redirects), canonical (the page's own"
        " word), shared (a link or guid that several articles have; it leads to one of them), about (the link of"
        " an article that writes about another site's), seen (from an imported list of URLs)",
        null=False,
    ),
    post_column(null=True, on_delete="SET NULL"),
    source_column(null=True, on_delete="SET NULL"),
    text_column("first_seen_at", "when the article was first known by this key", null=False),
    Index(None, "post_id"),
    comment="every key by which an article is known; never deleted, so a deleted post does not come back as new",
    sqlite_with_rowid=False,
)

search_backlog = Table(
    "search_backlog",
    metadata,
    post_column(key=True),
    comment="posts of an older database that are not in the search index yet; empty once the daemon has put them there",
)

fingerprints = Table(
    "fingerprints",
    metadata,
    post_column(key=True),
    Column("signature", BYTES, nullable=False, comment="what texts are compared by; empty where the text is too short"),
    text_column("keys", "JSON array of its keys in `fingerprint_keys`", null=False, default="[]"),
    comment="fingerprints of the posts' present texts (docs/search.md); posts in `fingerprint_backlog` have none yet",
)

fingerprint_keys = Table(
    "fingerprint_keys",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False, comment="hash of a few words of the text"),
    Column("post_id", ROW_NUMBER, primary_key=True, autoincrement=False, comment="the post (posts.id)"),
    comment="by which posts with some words in common are found",
    sqlite_with_rowid=False,
)

fingerprint_backlog = Table(
    "fingerprint_backlog",
    metadata,
    post_column(key=True),
    comment="posts without fingerprint, of an older database or written by hand; the daemon empties it",
)

near_duplicate_pairs = Table(
    "near_duplicate_pairs",
    metadata,
    post_column(key=True),
    post_column("other_id", key=True),
    Column("similarity", Float, nullable=False, comment="share of what both texts have in common, 0 to 1"),
    Index(None, "other_id"),
    comment="near-duplicates, each pair once, the earlier post first; the view `near_duplicates` has them both ways",
    sqlite_with_rowid=False,
)

post_counts = Table(
    "post_counts",
    metadata,
    Column("day", StoredText, primary_key=True, comment="the day of publication (UTC), YYYY-MM-DD"),
    Column(
        "source_id",
        ROW_NUMBER,
        primary_key=True,
        autoincrement=False,
        comment="the source (sources.id), 0 where none is known",
    ),
    count_column("posts", "how many"),
    comment="posts by day and source, kept by triggers: the view `posts_per_day` has the names",
    sqlite_with_rowid=False,
)

replaced_posts = Table(
    "replaced_posts",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, autoincrement=False, comment="the post (posts.id)"),
    Column("source_id", ROW_NUMBER, nullable=True, comment="its source (sources.id)"),
    text_column("date", "when it was published", null=False),
    text_column("title", "its title", null=False),
    text_column("text", "its plain text", null=False),
    text_column("author", "its author(s)"),
    text_column("tags", "its tags"),
    text_column("categories", "its categories"),
    text_column("feed_categories", "its entry's own categories"),
    comment="for triggers: the posts in whose place the last row of `posts` was written, by INSERT OR REPLACE",
)

labels = Table(
    "labels",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number"),
    text_column("kind", "author, tag or category", null=False),
    text_column("folded", "`label` with small ASCII letters, by which `tag:` and `category:` find it", null=False),
    text_column("label", "the label, its first 200 characters", null=False),
    UniqueConstraint("folded", "kind", "label"),
    comment="every author, tag and category that a post has or had, each once; categories are also the feed's own",
)

post_labels = Table(
    "post_labels",
    metadata,
    Column("label_id", ROW_NUMBER, primary_key=True, autoincrement=False, comment="the label (labels.id)"),
    Column("post_id", ROW_NUMBER, primary_key=True, autoincrement=False, comment="the post (posts.id)"),
    comment="which posts have which label, kept by triggers: complete with every transaction",
    sqlite_with_rowid=False,
)

sightings = Table(
    "sightings",
    metadata,
    post_column(key=True),
    source_column(key=True),
    text_column("first_seen_at", "when this source first listed the post", null=False),
    text_column("last_seen_at", "when this source last listed it in a feed that was read", null=False),
    Index(None, "source_id"),
    comment="which source listed which post",
    sqlite_with_rowid=False,
)

other_listings = Table(
    "other_listings",
    metadata,
    post_column(key=True),
    source_column(key=True),
    comment="sightings by another source than the post's, kept by triggers: for the view `duplicates_merged`",
    sqlite_with_rowid=False,
)

revisions = Table(
    "revisions",
    metadata,
    post_column(key=True),
    Column("revision", Integer, primary_key=True, comment="the number of this earlier text"),
    text_column("title", "the title then", null=False),
    text_column("content", "the HTML then", null=False),
    text_column("recorded_at", "when it was replaced", null=False),
    text_column(
        "reason",
        "who changed it: entry, page (the site), rule (our rules, settings or code), unclear (one of these two: what"
        " the site said before is not kept), import, merge",
        null=False,
        default="entry",
    ),
    text_column("digest", "content_digest then: a text that returns is not recorded again"),
    Index(None, "recorded_at"),
    comment="what a post said before it was edited",
    sqlite_with_rowid=False,
)
