"""Posts that make place for the article of their URL's own site: another source had listed that URL before.

Either that source said the same, and the post takes over the words of the URL's own site; or it said something else
about it, and its post goes on under an address of its own.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, select

from ingestd.identity.keys import GUID, LINK, synthetic_url
from ingestd.identity.ownership import about_entry, own_permalink
from ingestd.identity.urls import normalise
from ingestd.model.article import PAGE_ORIGINS, BodyOrigin
from ingestd.model.feed import Entry, Timestamp, ZoneOrigin
from ingestd.model.post import KnownPost, NewPost, Post, PostUpdate, RevisionReason
from ingestd.model.source import Source
from ingestd.store.identities import add_keys
from ingestd.store.models import identities, posts, sources, visits
from ingestd.store.revisions import change_post, update_post
from ingestd.text.content_digest import content_digest
from ingestd.text.plain_text import plain_text
from ingestd.text.times import utc_text


def take_over(connection: Connection, new: NewPost, known: KnownPost, at: datetime) -> None:
    """Give a post the words, author and dates of its URL's own site; what another source said becomes a revision.

    A site whose feed gives no text, and whose pages are not fetched, leaves the text that another source gave; a page
    that fails leaves the text of the page that another source read.
    """
    post, visit = new.post, new.visit
    if not post.text or (known.of_own_site and post.body_origin is BodyOrigin.SUMMARY):
        post = _with_text_of(connection, post, known.post_id)
        # Of a text of its page the visits go on as they are planned: they tell an edit from what a retry completes.
        visit = visit if post.body_origin not in PAGE_ORIGINS else None
    update = PostUpdate(
        post_id=known.post_id,
        title=post.title,
        content=post.content,
        text=post.text,
        content_digest=content_digest(post.title, post.text),
        at=at,
        reason=RevisionReason.MERGE,
        body_origin=post.body_origin,
        extraction_version=post.extraction_version,
        entry_digest=new.entry_digest,
        page_digest=new.page_digest,
        page=new.page,
        modified_at=post.modified_at,
        image=post.image,
        link_title=post.link_title,
        owner=post,
        visit=visit,
    )
    update_post(connection, update)


def _with_text_of(connection: Connection, post: Post, stored_id: int) -> Post:
    """A post with the text of a stored one."""
    columns = posts.c.content, posts.c.text, posts.c.body_origin, posts.c.extraction_version, posts.c.image
    stored = connection.execute(select(*columns).where(posts.c.id == stored_id)).mappings().one()
    return replace(post, **{**stored, "body_origin": BodyOrigin(stored["body_origin"])})


def displace(connection: Connection, known: KnownPost, new: NewPost, at: datetime) -> None:
    """Move a post to an address of its own, with its URL kept as a link; free the keys that it shares with `new`."""
    columns = posts.c.title, posts.c.content, posts.c.text, posts.c.from_url, posts.c.source_id, posts.c.published_ms
    query = select(*columns, sources.c.url, sources.c.site_url).join(sources, sources.c.id == posts.c.source_id)
    row = connection.execute(query.where(posts.c.id == known.post_id)).one()
    entry = Entry(
        title=row.title,
        link=row.from_url,
        guid=_guid(connection, known.post_id, row.source_id),
        content=row.content,
        published=None if row.published_ms is None else _timestamp(row.published_ms),
    )
    url = _own_address(connection, entry, Source("", row.url, id=row.source_id, site_url=row.site_url), known.post_id)
    content = about_entry(entry, url).content
    values = {"from_url": url, "content": content, "text": plain_text(content), "updated_at": utc_text(at)}
    change_post(connection, known.post_id, values, row)
    freed = identities.c.post_id == known.post_id, identities.c.key.in_([key for _, key in new.keys])
    connection.execute(delete(identities).where(*freed))
    add_keys(connection, row.source_id, [(LINK, normalise(url) or url, known.post_id)], at)
    connection.execute(delete(visits).where(visits.c.post_id == known.post_id))


def _guid(connection: Connection, post_id: int, source_id: int) -> str | None:
    """The first guid that a source gave a post; None where it is too long to be kept as it was."""
    query = select(identities.c.key).where(
        identities.c.post_id == post_id, identities.c.kind == GUID, identities.c.source_id == source_id
    )
    key = connection.execute(query.order_by(identities.c.first_seen_at, identities.c.key).limit(1)).scalar()
    guid = (key or "").partition(":")[2]
    return guid if guid and not guid.startswith("sha256:") else None


def _timestamp(milliseconds: int) -> Timestamp:
    return Timestamp("", datetime.fromtimestamp(milliseconds / 1000, UTC), ZoneOrigin.STATED)


def _own_address(connection: Connection, entry: Entry, source: Source, post_id: int) -> str:
    """The address of an entry on its own site, else its link with `#guid=`, whichever no other post has."""
    candidates = (
        own_permalink(entry, source),
        synthetic_url(entry, source, use_guid=entry.guid is not None),
        synthetic_url(entry, source, use_guid=False),
    )
    free = (url for url in candidates if url is not None and not _is_taken(connection, url))
    return next(free, f"{entry.link}#guid=post-{post_id}")


def _is_taken(connection: Connection, url: str) -> bool:
    found: Any = connection.execute(select(exists().where(posts.c.from_url == url))).scalar_one()
    return bool(found)
