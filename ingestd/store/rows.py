"""Rows of the tables for records that come whole."""

from typing import Any

import zstandard

from ingestd.records import KeptPage, NewPost, Poll
from ingestd.store.codec import optional_text, post_row
from ingestd.times import utc_text

#: The level of compression.
#: Level 10 takes five times as long and saves three bytes in a hundred.
_LEVEL = 3


def new_row(new: NewPost) -> dict[str, Any]:
    """The row of `posts` for a new post."""
    return {
        **post_row(new.post),
        "content_digest": new.content_digest,
        "entry_digest": new.entry_digest,
        "page_digest": new.page_digest,
        "page_checked_at": optional_text(new.page.fetched_at if new.page else None),
    }


def page_row(post_id: int, page: KeptPage) -> dict[str, Any]:
    """The row of `pages` for a page, compressed."""
    return {
        "post_id": post_id,
        "url": page.url,
        "final_url": page.final_url,
        "fetched_at": utc_text(page.fetched_at),
        "http_status": page.http_status,
        "charset": page.charset,
        "content_type": page.content_type,
        "etag": page.etag,
        "last_modified": page.last_modified,
        "encoding": "zstd",
        "size": len(page.body),
        "body": zstandard.ZstdCompressor(level=_LEVEL).compress(page.body),
    }


def poll_row(poll: Poll) -> dict[str, Any]:
    """The row of `polls` for a record."""
    return {
        "source_id": poll.source_id,
        "started_at": utc_text(poll.started_at),
        "seconds": round(poll.seconds, 3),
        "outcome": str(poll.outcome),
        "http_status": poll.http_status,
        "entries": poll.entries,
        "new": poll.new,
        "updated": poll.updated,
        "duplicate": poll.duplicate,
        "failed": poll.failed,
        "known": poll.known,
        "suspected_loss": int(poll.suspected_loss),
        "error": poll.error,
    }
