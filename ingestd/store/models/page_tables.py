"""Tables of kept article pages, and of the dictionaries that they are compressed with."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from ingestd.store.models.columns import BYTES, ROW_NUMBER, StoredText, metadata, post_column, text_column

pages = Table(
    "pages",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number"),
    post_column(),
    text_column("url", "the address that was asked for", null=False),
    text_column("final_url", "the address that answered, after redirects", null=False),
    text_column("fetched_at", "when", null=False),
    Column("http_status", Integer, nullable=False, comment="the answer's status"),
    text_column("charset", "the charset in which the page was read"),
    text_column("content_type", "the answer's Content-Type"),
    text_column("etag", "the answer's ETag, for visiting again"),
    text_column("last_modified", "the answer's Last-Modified, for visiting again"),
    text_column(
        "encoding",
        "how `body` is compressed: zstd, or zstd-dictionary with `dictionary_id`",
        null=False,
        default="zstd",
    ),
    Column("size", Integer, nullable=False, comment="bytes of the page before compression"),
    Column("body", BYTES, nullable=False, comment="the page as it was served, compressed"),
    Column(
        "dictionary_id",
        ROW_NUMBER,
        ForeignKey("dictionaries.id"),
        comment="what it takes to decompress `body` (dictionaries.id); NULL where that is nothing",
    ),
    Index(None, "post_id"),
    comment="article pages as fetched",
)

dictionaries = Table(
    "dictionaries",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number"),
    text_column("host", "the server whose pages are like it", null=False),
    text_column("made_at", "when it was made", null=False),
    Column("size", Integer, nullable=False, comment="bytes before compression"),
    text_column("hash", "SHA-256 of these bytes, hexadecimal", null=False),
    Column("body", BYTES, nullable=False, comment="one or two pages of the server, compressed (zstd)"),
    comment="what pages of one server have in common, to compress others with: never deleted while a page needs it",
)

page_hosts = Table(
    "page_hosts",
    metadata,
    Column("host", StoredText, primary_key=True, comment="a server of which pages are kept"),
    Column("pages_left", Integer, nullable=False, comment="pages to be kept until its dictionary is looked at"),
    Column("post_id", ROW_NUMBER, nullable=False, comment="the post whose page was kept last"),
    Column(
        "dictionary_id",
        ROW_NUMBER,
        ForeignKey("dictionaries.id"),
        comment="what its next pages are compressed with (dictionaries.id); NULL while nothing pays",
    ),
    Index(None, "pages_left"),
    comment="which dictionary the pages of a server are compressed with",
)
