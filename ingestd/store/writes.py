"""What a poll writes: every change of one step in one transaction.

New posts are checked against `identities` once more under the database's write lock, because another process may have
stored the same article since the pipeline looked: then it is a sighting, never a second post.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from ingestd.identity import same_article
from ingestd.model.poll import WriteBatch
from ingestd.model.post import KnownPost, NewPost
from ingestd.store.feed_items import replace_items
from ingestd.store.identities import ADD_KEY, add_keys, known_posts
from ingestd.store.image_queue import queue_images
from ingestd.store.in_list import in_list, json_texts
from ingestd.store.inbox import add_to_inbox, remove_from_inbox
from ingestd.store.models import leases, posts, sightings, sources, visits
from ingestd.store.pages import store_pages
from ingestd.store.polls import record_poll, record_problems
from ingestd.store.posts import existing_posts, new_row
from ingestd.store.prepared_statements import PreparedStatement
from ingestd.store.revisions import update_post
from ingestd.store.sightings import record_sightings
from ingestd.text.characters import database_text
from ingestd.text.times import utc_text


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What `write` did: posts stored (with their rows), and new posts that turned out to be known already."""

    stored: tuple[tuple[int, NewPost], ...] = ()
    already_known: int = 0
    revised: int = 0


def write(connection: Connection, changes: WriteBatch) -> WriteResult:
    """Apply `changes` inside the caller's transaction.

    Without a source (`source_id` 0) nothing is recorded of what a source lists. Posts that were deleted since the
    pipeline read them are skipped.
    """
    stored, known = _store_posts(connection, changes)
    revised = sum(update_post(connection, item) for item in changes.updates)
    _want_media(connection, changes, stored)
    _learn(connection, changes, known)
    if changes.source_id:
        _note(connection, changes, stored, known)
    if changes.source is not None:
        _UPDATE_SOURCE.run(connection, [{"row": changes.source.source_id, **dict(changes.source.values)}])
    if changes.poll is not None:
        record_poll(connection, changes.poll)
    if changes.lease is not None:
        _END_LEASE.run(connection, [{"source": changes.source_id, "ours": changes.lease}])
    return WriteResult(tuple(stored), sum(post_id is not None for _, post_id in known), revised)


_UPDATE_SOURCE = PreparedStatement(lambda _insert: update(sources).where(sources.c.id == bindparam("row")))
_END_LEASE = PreparedStatement(
    lambda _insert: delete(leases).where(
        leases.c.source_id == bindparam("source"), leases.c.holder == bindparam("ours")
    )
)


def _want_media(connection: Connection, changes: WriteBatch, stored: list[tuple[int, NewPost]]) -> None:
    """Let the images of new and changed posts be fetched: what a crash leaves undone is in the database."""
    wishes = [(row, new.post.source_id, new.media) for row, new in stored if new.media]
    updated = [item for item in changes.updates if item.media]
    if updated:
        there = existing_posts(connection, (item.post_id for item in updated))
        wishes += [(item.post_id, changes.source_id or None, item.media) for item in updated if item.post_id in there]
    if wishes:
        queue_images(connection, wishes, changes.at)


def _learn(connection: Connection, changes: WriteBatch, known: list[tuple[NewPost, int | None]]) -> None:
    """Know posts by the keys that were found, and by those of new posts that turned out to be known."""
    there = existing_posts(connection, (post_id for _, _, post_id in changes.keys))
    keys = [(kind, key, post_id if post_id in there else None) for kind, key, post_id in changes.keys]
    keys += [(kind, key, post_id) for new, post_id in known for kind, key in new.keys]
    add_keys(connection, changes.source_id or None, keys, changes.at)


def _note(
    connection: Connection,
    changes: WriteBatch,
    stored: list[tuple[int, NewPost]],
    known: list[tuple[NewPost, int | None]],
) -> None:
    """What the source lists, what of it waits, and what failed."""
    concerned = (*changes.sightings, *changes.unread, *(post_id for _, post_id in changes.items))
    there = existing_posts(connection, concerned)
    seen = [post_id for post_id in changes.sightings if post_id in there]
    record_sightings(connection, changes, seen + [post_id for _, post_id in known if post_id is not None])
    add_to_inbox(connection, changes.source_id, changes.waiting)
    present: dict[str, int | None] = {
        digest: post_id if post_id in there else None for digest, post_id in changes.items
    }
    present |= {new.item_digest: post_id for new, post_id in known if new.item_digest}
    present |= {new.item_digest: post_id for post_id, new in stored if new.item_digest}
    replace_items(connection, changes, present, [post_id for post_id in changes.unread if post_id in there])
    record_problems(connection, changes.source_id, changes.problems, changes.at)


#: The kinds of key that the entry itself claims; the others are claims of its page, to be weighed.
_OWN = ("link", "guid")


def _store_posts(
    connection: Connection, changes: WriteBatch
) -> tuple[list[tuple[int, NewPost]], list[tuple[NewPost, int | None]]]:
    """Insert what is really new.

    (row, post) of each that was stored, and (post, row) of each that was known already, with None for a deleted one.
    """
    if not changes.posts:
        return [], []
    known = known_posts(connection, [key for new in changes.posts for _, key in new.keys], changes.source_id)
    taken = _rows_of_urls(connection, [new.post.from_url for new in changes.posts])
    fresh: list[NewPost] = []
    seen: list[tuple[NewPost, KnownPost]] = []
    for new in changes.posts:
        url = database_text(new.post.from_url)
        claimed = {key: kind for kind, key in new.keys if kind not in _OWN and key in known}
        owner = _owner(new, known, claimed) or taken.get(url)
        if owner is not None:
            seen.append((new, owner))
            continue
        # A page's word (its final or canonical URL) that leads to another article is no key of this one.
        fresh.append(replace(new, keys=tuple(p for p in new.keys if p[1] not in claimed)) if claimed else new)
        stand_in = _stand_in(new, -len(fresh))
        known |= {key: stand_in for _, key in fresh[-1].keys}
        taken[url] = stand_in
    rows = _insert_posts(connection, fresh)
    remove_from_inbox(connection, [new.waiting_id for new in changes.posts if new.waiting_id is not None])
    return list(zip(rows, fresh, strict=True)), [(new, _row_of(owner, rows)) for new, owner in seen]


def _owner(new: NewPost, known: dict[str, KnownPost], claimed: dict[str, str]) -> KnownPost | None:
    """The stored post that `new` is the article of: by its entry's keys, or by its page's with further evidence."""
    own = next((known[key] for kind, key in new.keys if kind in _OWN and key in known), None)
    return own or next((known[key] for key, kind in claimed.items() if same_article(new.post, known[key], kind)), None)


def _stand_in(new: NewPost, number: int) -> KnownPost:
    """A post of this very batch, which has no row yet: the first is number -1."""
    post = new.post
    return KnownPost(number, post.source_id, post.from_url, post.title, post.published_ms, post.text[:2000])


def _row_of(owner: KnownPost, rows: list[int]) -> int | None:
    if owner.deleted:
        return None
    return owner.post_id if owner.post_id > 0 else rows[-owner.post_id - 1]


def _insert_posts(connection: Connection, fresh: list[NewPost]) -> list[int]:
    if not fresh:
        return []
    rows = _free_rows(connection, len(fresh))
    pairs = list(zip(rows, fresh, strict=True))
    _INSERT_POST.run(connection, [{"id": row, **new_row(new)} for row, new in pairs])
    ADD_KEY.run(connection, list(_identity_rows(pairs)))
    _INSERT_SIGHTING.run(connection, [_sighting_row(row, new) for row, new in pairs if new.post.source_id])
    if kept := [(row, new.page) for row, new in pairs if new.page is not None]:
        store_pages(connection, kept)
    _INSERT_VISIT.run(connection, [_visit_row(row, *new.visit) for row, new in pairs if new.visit is not None])
    return rows


_INSERT_POST = PreparedStatement(lambda insert: insert(posts))
_INSERT_SIGHTING = PreparedStatement(lambda insert: insert(sightings))
_INSERT_VISIT = PreparedStatement(lambda insert: insert(visits))


def _free_rows(connection: Connection, count: int) -> list[int]:
    """Row numbers of `posts` that no post ever had: asked for first, since an INSERT is slow to tell them."""
    if connection.dialect.name == "sqlite":
        # The transaction holds the write lock: nobody else takes them meanwhile.
        last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'posts'").scalar() or 0
        return list(range(last + 1, last + 1 + count))
    numbers = "SELECT nextval(pg_get_serial_sequence('posts', 'id')) FROM generate_series(1, %(count)s)"
    return list(connection.exec_driver_sql(numbers, {"count": count}).scalars())


def _identity_rows(pairs: list[tuple[int, NewPost]]) -> Iterable[dict[str, Any]]:
    for row, new in pairs:
        source_id, seen_at = new.post.source_id, utc_text(new.seen_at)
        for kind, key in new.keys:
            yield {"key": key, "kind": kind, "post_id": row, "source_id": source_id, "first_seen_at": seen_at}


def _sighting_row(post_id: int, new: NewPost) -> dict[str, Any]:
    seen_at = utc_text(new.seen_at)
    return {
        "post_id": post_id,
        "source_id": new.post.source_id,
        "first_seen_at": seen_at,
        "last_seen_at": seen_at,
    }


def _visit_row(post_id: int, purpose: str, due: datetime, attempt: int) -> dict[str, Any]:
    return {"post_id": post_id, "purpose": purpose, "due_at": utc_text(due), "attempt": attempt}


def _rows_of_urls(connection: Connection, urls: list[str]) -> dict[str, KnownPost]:
    rows = connection.execute(_ROWS_OF_URLS, {"urls": json_texts(map(database_text, urls))})
    return {row.from_url: KnownPost(row.id, from_url=row.from_url) for row in rows}


_ROWS_OF_URLS = select(posts.c.from_url, posts.c.id).where(in_list(posts.c.from_url, "urls"))
