"""Two posts that turn out to be one article, whose page the site moved from the address of one to that of the other."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from ingestd.identity.keys import FINAL
from ingestd.identity.page_identity import same_article
from ingestd.model.post import KnownPost, Post, PostUpdate, RevisionReason
from ingestd.store import search
from ingestd.store.identities import known_posts
from ingestd.store.models import identities, items, pages, posts, revisions, sightings
from ingestd.store.prepared_statements import upsert
from ingestd.store.revisions import update_post


def merge_moved(connection: Connection, post: Post, moved_to: str, at: datetime) -> None:
    """Merge a post with the one that the key of its new address leads to, where that is the same article.

    The earlier post stays, with all keys, listings, revisions and pages of both; the text of the later one becomes its
    present text.
    """
    known = known_posts(connection, [moved_to], post.source_id or 0).get(moved_to)
    if known is None or known.deleted or known.post_id == post.id or not _is_same(post, known):
        return
    kept, merged = sorted((post.id, known.post_id))
    row = connection.execute(select(posts).where(posts.c.id == merged)).mappings().one()
    _merge_texts(connection, kept, row, at)
    connection.execute(update(identities).where(identities.c.post_id == merged).values(post_id=kept))
    connection.execute(update(items).where(items.c.post_id == merged).values(post_id=kept))
    connection.execute(update(pages).where(pages.c.post_id == merged).values(post_id=kept))
    _merge_sightings(connection, kept, merged)
    search.remove_post(connection, merged, row["title"], row["text"])
    connection.execute(delete(posts).where(posts.c.id == merged))


def _is_same(post: Post, known: KnownPost) -> bool:
    """Whether both have the same title, or a like one at the same time, and texts that do not contradict."""
    return post.source_id == known.source_id and same_article(post, known, FINAL)


def _merge_texts(connection: Connection, kept: int, merged: Any, at: datetime) -> None:
    """Give the kept post the other's text, and its revisions behind those that it has itself."""
    number = select(posts.c.revision).where(posts.c.id == kept)
    offset = connection.execute(number).scalar_one()
    earlier = revisions.c.post_id == merged["id"]
    moved = {"post_id": kept, "revision": revisions.c.revision + offset}
    connection.execute(update(revisions).where(earlier).values(moved))
    change = PostUpdate(
        post_id=kept,
        title=merged["title"],
        content=merged["content"],
        text=merged["text"],
        content_digest=merged["content_digest"] or "",
        at=at,
        reason=RevisionReason.MERGE,
        body_origin=merged["body_origin"],
        extraction_version=merged["extraction_version"],
        entry_digest=merged["entry_digest"],
        page_digest=merged["page_digest"],
    )
    update_post(connection, change)
    last = offset + merged["revision"]
    connection.execute(update(posts).where(posts.c.id == kept, posts.c.revision < last).values(revision=last))


def _merge_sightings(connection: Connection, kept: int, merged: int) -> None:
    for row in connection.execute(select(sightings).where(sightings.c.post_id == merged)).mappings().all():
        statement = upsert(connection, sightings).values({**row, "post_id": kept})
        newer = {"last_seen_at": statement.excluded.last_seen_at}
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["post_id", "source_id"],
                set_=newer,
                where=sightings.c.last_seen_at < statement.excluded.last_seen_at,
            )
        )
