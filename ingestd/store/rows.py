"""Rows of the tables for records that come whole."""

from typing import Any

from ingestd.model.poll import Poll
from ingestd.model.post import NewPost
from ingestd.store.codec import optional_text, post_row
from ingestd.text.times import utc_text


def new_row(new: NewPost) -> dict[str, Any]:
    """The row of `posts` for a new post."""
    return {
        **post_row(new.post),
        "content_digest": new.content_digest,
        "entry_digest": new.entry_digest,
        "page_digest": new.page_digest,
        "page_checked_at": optional_text(new.page.fetched_at if new.page else None),
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
