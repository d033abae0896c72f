"""Retention, for sources that set it: kept pages go first, then bodies. Posts themselves and their identities stay."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Select, delete, select, update

from ingestd.model.article import BodyOrigin
from ingestd.store.codec import chunks
from ingestd.store.models import pages, posts, revisions, sources
from ingestd.text.times import utc_text

#: `drop_pages` or `drop_bodies`: (connection, source, before, limit, now) → how many were dropped.
Drop = Callable[[Connection, str, datetime, int, datetime], int]
#: Pages or posts in one transaction: some tens of milliseconds, for which polls wait.
STEP_ROWS = 100


def drop_pages(connection: Connection, source: str, before: datetime, limit: int, _now: datetime) -> int:
    """Delete at most `limit` pages of a source's posts that were fetched before a time; how many."""
    query = select(pages.c.id).join(posts, posts.c.id == pages.c.post_id).where(pages.c.fetched_at < utc_text(before))
    ids = _some(connection, query, source, limit)
    for run in chunks(ids):
        connection.execute(delete(pages).where(pages.c.id.in_(run)))
    return len(ids)


def drop_bodies(connection: Connection, source: str, before: datetime, limit: int, now: datetime) -> int:
    """Empty the bodies of at most `limit` posts of a source that were stored before a time, and of their revisions.

    Gives how many. Their digests stay: the entry that is still listed is no edit.
    """
    expired = str(BodyOrigin.EXPIRED)
    query = select(posts.c.id).where(posts.c.fetched_at < utc_text(before), posts.c.body_origin != expired)
    ids = _some(connection, query, source, limit)
    emptied = {"content": "", "text": "", "body_origin": expired, "updated_at": utc_text(now)}
    for run in chunks(ids):
        connection.execute(update(posts).where(posts.c.id.in_(run)).values(emptied))
        connection.execute(update(revisions).where(revisions.c.post_id.in_(run)).values(content=""))
    return len(ids)


def _some(connection: Connection, query: Select[tuple[int]], source: str, limit: int) -> list[int]:
    of_source = query.join(sources, sources.c.id == posts.c.source_id).where(sources.c.name == source)
    return list(connection.scalars(of_source.limit(limit)))
