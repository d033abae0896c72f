"""The tables, each column with its meaning: the one place where the schema is said.

Times are UTC text (`2021-04-18T01:45:12.653Z`); booleans are 0 and 1; lists are JSON arrays as text. The meanings are
what `docs/database.md` and the table `documentation` in every database show.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

from ingestd.store.codec import stored_text


class StoredText(TypeDecorator[str]):
    """Text that every database can hold, wherever it came from: a hostile feed or header must not fail a write."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - its signature
        """What is written, and what is looked for: the same on both ways."""
        return None if value is None else stored_text(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives row numbers only to a column declared exactly INTEGER PRIMARY KEY.
_Id = BigInteger().with_variant(Integer, "sqlite")
_Blob = LargeBinary()


def _text(name: str, comment: str, *, null: bool = True, default: str | None = None) -> Column[str]:
    return Column(name, StoredText, nullable=null, server_default=default, comment=comment)


def _flag(name: str, comment: str, *, default: str = "0") -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=default, comment=comment)


def _count(name: str, comment: str, *, default: str = "0") -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=default, comment=comment)


def _post(name: str = "post_id", *, key: bool = False, null: bool = False, gone: str = "CASCADE") -> Column[int]:
    return Column(
        name, _Id, ForeignKey("posts.id", ondelete=gone), primary_key=key, nullable=null, comment="the post (posts.id)"
    )


def _source(*, key: bool = False, null: bool = False, gone: str = "CASCADE") -> Column[int]:
    return Column(
        "source_id",
        _Id,
        ForeignKey("sources.id", ondelete=gone),
        primary_key=key,
        nullable=null,
        comment="the source (sources.id)",
    )


sources = Table(
    "sources",
    metadata,
    Column("id", _Id, primary_key=True, comment="row number"),
    _text("name", "the name in the configuration; posts carry it as author, tag and category by default", null=False),
    _text("url", "the address that is polled now (it may have moved from the configured one)", null=False),
    _text("config_url", "the address as configured", null=False),
    _flag("enabled", "1 while the configuration has this source and enables it", default="1"),
    _flag("paused", "1 after the site answered 410 Gone: polled only by hand, until its address changes"),
    _text("title", "the feed's own title"),
    _text("language", "the feed's own language, as it states it"),
    _text("etag", "the ETag of the last body, as given; sent back with the next poll"),
    _text("last_modified", "the Last-Modified of the last body, as given; sent back with the next poll"),
    _text("body_digest", "fingerprint of the last body without the dates in its head: an equal one is not parsed"),
    _count("conditional_polls", "polls since the last one that was made without validators"),
    _text("last_polled_at", "when the last poll ended"),
    _text("last_ok_at", "when a poll last succeeded"),
    _text("last_new_at", "when a poll last brought a new post"),
    _text("next_poll_at", "when the next poll is due"),
    Column("interval_s", Float, nullable=True, comment="the present interval between polls, in seconds"),
    _count("failures", "failed polls in a row"),
    _text("failing_since", "when the present row of failures began"),
    _text("last_outcome", "how the last poll ended: a word of the vocabulary of outcomes"),
    _text("last_error", "why the last poll failed, in words"),
    _text(
        "suspected_loss_at", "when a poll last had entries of which none was known, so that some may have been missed"
    ),
    _text(
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
    _text("skip_hours", "hours (UTC) in which the feed asks not to be polled, JSON array", null=False, default="[]"),
    _text("skip_days", "days in which the feed asks not to be polled, JSON array", null=False, default="[]"),
    _text("added_at", "when this source first stood in the configuration", null=False),
    UniqueConstraint("name"),
    Index(None, "next_poll_at"),
    comment="every feed that was ever configured, and how it does",
)

source_urls = Table(
    "source_urls",
    metadata,
    _source(key=True),
    Column("url", StoredText, primary_key=True, comment="an address that this source had before"),
    _text("until_at", "when it moved away from there", null=False),
    _text("reason", "why: moved by the site, or changed in the configuration", null=False),
    comment="former addresses of sources",
)

posts = Table(
    "posts",
    metadata,
    Column("id", _Id, primary_key=True, comment="row number; never used again for another post"),
    _source(null=True, gone="SET NULL"),
    _text("from_url", "the article's URL: `from` in the front matter", null=False),
    _text("layout", "always `post`: the front matter's layout", null=False, default="post"),
    _text("title", "the title, plain text", null=False),
    _text(
        "date", "when it was published; the time of ingestion where that is unknown or lies in the future", null=False
    ),
    _text("author", "the author(s), else the source's name", null=False),
    _text("tags", "JSON array of tags", null=False, default="[]"),
    _text("categories", "JSON array of categories", null=False, default="[]"),
    _text("content", "the article as clean HTML on one line", null=False),
    _text("text", "the article as plain text, paragraphs separated by newlines", null=False),
    Column(
        "published_ms",
        BigInteger,
        nullable=True,
        comment="the feed's own published time, epoch milliseconds, not clamped; NULL if it gave none",
    ),
    _text("date_origin", "where the date came from: feed, feed-updated, page, ingested, archive", null=False),
    _text("date_raw", "the date exactly as the feed or page wrote it"),
    _text("zone_origin", "where its zone came from: stated, source, language, assumed"),
    _flag("date_clamped", "1 where the published time lay in the future and the time of ingestion was taken"),
    _text("body_origin", "where the body came from: rule, feed, page, summary, none, archive", null=False),
    _text("fetched_at", "when the article was first stored", null=False),
    _text("updated_at", "when the row was last changed", null=False),
    _count("revision", "1 for the first text, one more for each change of title or text", default="1"),
    _text("language", "language of the article, BCP 47"),
    _text("image", "URL of the lead image"),
    _text("modified_at", "when the page says that it was last modified"),
    _text("enclosures", "JSON array of {url, type, length}: files that the entry carries", null=False, default="[]"),
    Column(
        "comments", Integer, nullable=True, comment="the key `comments` of an imported file; NULL where it had none"
    ),
    _text("link_title", "the title in the link line of an imported file, where it differs from `title`"),
    _text("file_name", "the name of the imported file, kept for export"),
    _text(
        "extra",
        "what else an imported file needs to be written back byte for byte, JSON object",
        null=False,
        default="{}",
    ),
    _text("content_digest", "digest of title and text without counters and dates: an equal one is no revision"),
    _text("entry_digest", "digest of title and text of the feed's entry when last seen"),
    _text("page_digest", "digest of the article page's text when last seen"),
    _text("page_state", "what visiting the page again found: changed, gone, moved; NULL while it is as it was"),
    _text("page_checked_at", "when the page was last visited"),
    UniqueConstraint("from_url"),
    Index(None, "date"),
    Index(None, "source_id", "date", "date_origin"),
    Index(None, "updated_at"),
    comment="every article exactly once",
    sqlite_autoincrement=True,
)

identities = Table(
    "identities",
    metadata,
    Column(
        "key", StoredText, primary_key=True, comment="a normalised URL, or a guid with its source's number before it"
    ),
    _text(
        "kind",
        "link, guid, number (the article's number in its link), final (URL after redirects), canonical (the page's own"
        " word), seen (from an imported list of URLs)",
        null=False,
    ),
    _post(null=True, gone="SET NULL"),
    _source(null=True, gone="SET NULL"),
    _text("first_seen_at", "when the article was first known by this key", null=False),
    Index(None, "post_id"),
    comment="every key by which an article is known; never deleted, so a deleted post does not come back as new",
    sqlite_with_rowid=False,
)

sightings = Table(
    "sightings",
    metadata,
    _post(key=True),
    _source(key=True),
    _text("first_seen_at", "when this source first listed the post", null=False),
    _text("last_seen_at", "when this source last listed it in a feed that was read", null=False),
    Index(None, "source_id"),
    comment="which source listed which post",
    sqlite_with_rowid=False,
)

revisions = Table(
    "revisions",
    metadata,
    _post(key=True),
    Column("revision", Integer, primary_key=True, comment="the number of this earlier text"),
    _text("title", "the title then", null=False),
    _text("content", "the HTML then", null=False),
    _text("recorded_at", "when it was replaced", null=False),
    _text("reason", "who changed it: entry, page, rule (our extraction), import, merge", null=False, default="entry"),
    _text("digest", "content_digest then: a text that returns is not recorded again"),
    comment="what a post said before it was edited",
    sqlite_with_rowid=False,
)

pages = Table(
    "pages",
    metadata,
    Column("id", _Id, primary_key=True, comment="row number"),
    _post(),
    _text("url", "the address that was asked for", null=False),
    _text("final_url", "the address that answered, after redirects", null=False),
    _text("fetched_at", "when", null=False),
    Column("http_status", Integer, nullable=False, comment="the answer's status"),
    _text("charset", "the charset in which the page was read"),
    _text("content_type", "the answer's Content-Type"),
    _text("etag", "the answer's ETag, for visiting again"),
    _text("last_modified", "the answer's Last-Modified, for visiting again"),
    _text(
        "encoding",
        "how `body` is compressed: zstd, or zstd-dictionary with `dictionary_id`",
        null=False,
        default="zstd",
    ),
    Column("size", Integer, nullable=False, comment="bytes of the page before compression"),
    Column("body", _Blob, nullable=False, comment="the page as it was served, compressed"),
    Column(
        "dictionary_id",
        _Id,
        ForeignKey("dictionaries.id"),
        comment="what it takes to decompress `body` (dictionaries.id); NULL where that is nothing",
    ),
    Index(None, "post_id"),
    comment="article pages as fetched",
)

dictionaries = Table(
    "dictionaries",
    metadata,
    Column("id", _Id, primary_key=True, comment="row number"),
    _text("host", "the server whose pages are like it", null=False),
    _text("made_at", "when it was made", null=False),
    Column("size", Integer, nullable=False, comment="bytes before compression"),
    _text("hash", "SHA-256 of these bytes, hexadecimal", null=False),
    Column("body", _Blob, nullable=False, comment="one or two pages of the server, compressed (zstd)"),
    comment="what pages of one server have in common, to compress others with: never deleted while a page needs it",
)

page_hosts = Table(
    "page_hosts",
    metadata,
    Column("host", StoredText, primary_key=True, comment="a server of which pages are kept"),
    Column("pages_left", Integer, nullable=False, comment="pages to be kept until its dictionary is looked at"),
    Column("post_id", _Id, nullable=False, comment="the post whose page was kept last"),
    Column(
        "dictionary_id",
        _Id,
        ForeignKey("dictionaries.id"),
        comment="what its next pages are compressed with (dictionaries.id); NULL while nothing pays",
    ),
    Index(None, "pages_left"),
    comment="which dictionary the pages of a server are compressed with",
)

polls = Table(
    "polls",
    metadata,
    Column("id", _Id, primary_key=True, comment="row number"),
    _source(),
    _text("started_at", "when the poll began", null=False),
    Column("seconds", Float, nullable=False, comment="how long it took"),
    _text("outcome", "how it ended: a word of the vocabulary of outcomes", null=False),
    Column("http_status", Integer, nullable=True, comment="the answer's status, where there was one"),
    _count("entries", "entries in the feed"),
    _count("new", "posts that were stored"),
    _count("updated", "posts whose title or text changed"),
    _count("duplicate", "entries that are articles already stored by another source or under another address"),
    _count("failed", "entries that could not be stored"),
    _count("known", "entries that were already known"),
    _flag("suspected_loss", "1 where the feed had entries and none was known, though the source had posts before"),
    _text("error", "why it failed, in words"),
    Index(None, "source_id", "started_at"),
    Index(None, "started_at"),
    comment="one row a poll",
)

problems = Table(
    "problems",
    metadata,
    Column("id", _Id, primary_key=True, comment="row number"),
    _source(),
    _text("url", "the article, page or entry concerned ('' where it has no address)", null=False, default=""),
    _text("outcome", "what happened: a word of the vocabulary of outcomes", null=False),
    _text("reason", "in words", null=False),
    _text("first_at", "when it first happened", null=False),
    _text("last_at", "when it last happened", null=False),
    _count("times", "how often it happened", default="1"),
    UniqueConstraint("source_id", "url", "outcome"),
    comment="failures of single entries and pages; the rest of their poll went well",
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", _Id, primary_key=True, comment="row number: the order of arrival"),
    _source(),
    _text("key", "the entry's first identity key", null=False),
    _text("from_url", "the article's URL", null=False),
    _text("entry", "the entry as parsed, JSON", null=False),
    _text("received_at", "when the feed that listed it was read", null=False),
    _text("keys", "the identity keys that are the entry's own, JSON array of [kind, key]", null=False, default="[]"),
    UniqueConstraint("source_id", "key"),
    comment="entries whose article page is still to be fetched: a stop or crash loses none of them",
)

items = Table(
    "items",
    metadata,
    _source(key=True),
    Column("digest", StoredText, primary_key=True, comment="hash of an entry's own bytes in the feed"),
    _post(null=True),
    _text("seen_at", "when a feed that was read first had it", null=False),
    Index(None, "post_id"),
    comment="entries of the present feeds by their bytes: what is listed here is not parsed again",
    sqlite_with_rowid=False,
)

visits = Table(
    "visits",
    metadata,
    _post(key=True),
    _text("purpose", "retry (the page failed) or revisit (to notice edits and deletions)", null=False),
    _text("due_at", "when", null=False),
    _count("attempt", "how many visits of this purpose were made"),
    Index(None, "due_at"),
    comment="article pages that are to be visited again",
)

leases = Table(
    "leases",
    metadata,
    _source(key=True),
    _text("holder", "the process that polls the source now: host:pid:token", null=False),
    _text("expires_at", "when the lease ends if it is not renewed", null=False),
    comment="which process polls which source at the moment: no source is polled twice at once",
)

media = Table(
    "media",
    metadata,
    Column("id", _Id, primary_key=True, comment="row number"),
    _text("url", "the image's address, as posts have it", null=False),
    _text("host", "the server in it: the images of one server are fetched one after the other", null=False),
    Column("source_id", _Id, ForeignKey("sources.id", ondelete="SET NULL"), comment="the source that wants it"),
    Column("post_id", _Id, ForeignKey("posts.id", ondelete="SET NULL"), comment="the first post that shows it"),
    _text("hash", "SHA-256 of its bytes, hexadecimal: its file is ab/cd/abcd….ending; NULL while it is not here"),
    _text("type", "its media type, by its own bytes: image/jpeg, png, gif, webp, avif or bmp"),
    Column("bytes", BigInteger, nullable=True, comment="its size"),
    Column("width", Integer, nullable=True, comment="its width in pixels, where its head tells"),
    Column("height", Integer, nullable=True, comment="its height in pixels, where its head tells"),
    _text("added_at", "when a post first wanted it", null=False),
    _text("fetched_at", "when it was fetched"),
    _text("outcome", "how the last attempt ended: a word of the vocabulary of outcomes; NULL before the first"),
    _text("reason", "why it failed, in words"),
    _count("attempts", "failed attempts"),
    _text("next_try_at", "when it is tried next; NULL where it is here or was given up"),
    UniqueConstraint("url"),
    Index(None, "next_try_at", "host", "source_id"),
    Index(None, "post_id"),
    comment="images of posts, fetched once for sources with `media = true`; their files lie beside the database",
)

subscriptions = Table(
    "subscriptions",
    metadata,
    _source(key=True),
    _text("hub", "the hub's address, as the feed names it", null=False),
    _text("topic", "the address by which the hub knows the feed", null=False),
    _text("token", "secret: the last part of the callback's address, at which this hub alone reaches us", null=False),
    _text("secret", "secret: the key with which the hub signs its pushes", null=False),
    _text("state", "asked (the hub has not answered yet), active, expired, denied or ending", null=False),
    _text("requested_at", "when the hub was last asked, while it has not answered"),
    _count("attempts", "requests in a row that the hub has not answered"),
    _text("denied_at", "when the hub refused"),
    _text("expires_at", "when the subscription ends if it is not renewed"),
    _count("lease_s", "for how many seconds the hub granted it"),
    _text("last_push_at", "when a push last arrived that could be read"),
    _count("pushes", "pushes that were read"),
    _count("refused", "pushes without the right signature, which were dropped"),
    _text("error", "why the hub refused, or could not be asked"),
    comment="subscriptions at hubs, which push what is new (WebSub)",
)

exports = Table(
    "exports",
    metadata,
    Column("target", StoredText, primary_key=True, comment="the folder, as an absolute path"),
    _post(key=True),
    _text("path", "the file's path in the folder; a file keeps it for ever", null=False),
    _text("digest", "hash of what was written", null=False),
    _text(
        "name_key", "the file's name as case-blind file systems see it: no two files of a folder share it", null=False
    ),
    _text("exported_at", "when it was written", null=False),
    UniqueConstraint("target", "path"),
    comment="what `ingestd export` wrote where, so that it writes only what is new or changed",
)

documentation = Table(
    "documentation",
    metadata,
    Column("table_name", StoredText, primary_key=True, comment="a table or view"),
    Column("column_name", StoredText, primary_key=True, comment="one of its columns; '' for the table itself"),
    _text("meaning", "what it holds", null=False),
    comment="the meaning of every table, view and column: the database explains itself",
)
