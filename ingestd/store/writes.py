"""`write` stores a WriteBatch, all changes of one step of a poll, in one transaction.

New posts are compared with `identities` again under the database's write lock, because another process may have stored
the same article since the pipeline read the table. Such a post is recorded as a sighting of the stored one and is not
stored a second time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from ingestd.identity import SHARED, same_article
from ingestd.model.poll import WriteBatch
from ingestd.model.post import KnownPost, NewPost
from ingestd.store.feed_items import replace_items
from ingestd.store.identities import ADD_KEY, COMPARED_TEXT_CHARS, add_keys, known_posts
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
    """What `write` did.

    `stored` has the row number and the record of each post stored. `already_known` counts posts of the batch whose
    article has a post already. `revised` counts posts whose former text was kept as a revision.
    """

    stored: tuple[tuple[int, NewPost], ...] = ()
    already_known: int = 0
    revised: int = 0


def write(connection: Connection, batch: WriteBatch) -> WriteResult:
    """Store a batch inside the caller's transaction.

    Sightings, inbox entries, items and problems need a source: with `source_id` 0 none are written. Posts that were
    deleted since the pipeline read them are skipped.
    """
    stored, known = _store_posts(connection, batch)
    revised = sum(update_post(connection, item) for item in batch.updates)
    _queue_media(connection, batch, stored)
    _add_found_keys(connection, batch, known)
    if batch.source_id:
        _record_feed_contents(connection, batch, stored, known)
    if batch.source is not None:
        _UPDATE_SOURCE.run(connection, [{"row": batch.source.source_id, **dict(batch.source.values)}])
    if batch.poll is not None:
        record_poll(connection, batch.poll)
    if batch.lease is not None:
        _END_LEASE.run(connection, [{"source": batch.source_id, "ours": batch.lease}])
    return WriteResult(tuple(stored), sum(post_id is not None for _, post_id in known), revised)


_UPDATE_SOURCE = PreparedStatement(lambda _insert: update(sources).where(sources.c.id == bindparam("row")))
_END_LEASE = PreparedStatement(
    lambda _insert: delete(leases).where(
        leases.c.source_id == bindparam("source"), leases.c.holder == bindparam("ours")
    )
)


def _queue_media(connection: Connection, batch: WriteBatch, stored: list[tuple[int, NewPost]]) -> None:
    """Queue the images of new and changed posts in `media`, from where they are fetched, also after a crash."""
    queued = [(row, new.post.source_id, new.media) for row, new in stored if new.media]
    updated = [item for item in batch.updates if item.media]
    if updated:
        existing = existing_posts(connection, (item.post_id for item in updated))
        queued += [(item.post_id, batch.source_id or None, item.media) for item in updated if item.post_id in existing]
    if queued:
        queue_images(connection, queued, batch.at)


def _add_found_keys(connection: Connection, batch: WriteBatch, known: list[tuple[NewPost, int | None]]) -> None:
    """Add the batch's further keys of stored posts, and the keys of its posts that were known already.

    A key whose post was deleted is stored without a post.
    """
    existing = existing_posts(connection, (post_id for _, _, post_id in batch.keys))
    keys = [(kind, key, post_id if post_id in existing else None) for kind, key, post_id in batch.keys]
    keys += [(kind, key, post_id) for new, post_id in known for kind, key in new.keys]
    add_keys(connection, batch.source_id or None, keys, batch.at)


def _record_feed_contents(
    connection: Connection,
    batch: WriteBatch,
    stored: list[tuple[int, NewPost]],
    known: list[tuple[NewPost, int | None]],
) -> None:
    """Write what the feed lists (`sightings`, `items`), what is still to be fetched (`inbox`), and the problems."""
    post_ids = (*batch.sightings, *batch.unread, *(post_id for _, post_id in batch.items))
    existing = existing_posts(connection, post_ids)
    seen = [post_id for post_id in batch.sightings if post_id in existing]
    record_sightings(connection, batch, seen + [post_id for _, post_id in known if post_id is not None])
    add_to_inbox(connection, batch.source_id, batch.waiting)
    present: dict[str, int | None] = {
        digest: post_id if post_id in existing else None for digest, post_id in batch.items
    }
    present |= {new.item_digest: post_id for new, post_id in known if new.item_digest}
    present |= {new.item_digest: post_id for post_id, new in stored if new.item_digest}
    replace_items(connection, batch, present, [post_id for post_id in batch.unread if post_id in existing])
    record_problems(connection, batch.source_id, batch.problems, batch.at)


#: Kinds of key that the entry itself gives, which identify an article without further evidence. The other kinds come
#: from the article's page, and identify it only where `same_article` confirms it.
_ENTRY_KEY_KINDS = ("link", "guid")


def _store_posts(
    connection: Connection, batch: WriteBatch
) -> tuple[list[tuple[int, NewPost]], list[tuple[NewPost, int | None]]]:
    """Insert the batch's posts whose articles have no post yet, and remove its entries from the inbox.

    Returns (row number, post) of each post stored, and (post, row number) of each whose article was known already;
    the row number is None where the stored post was deleted.
    """
    if not batch.posts:
        return [], []
    keys = [key for new in batch.posts for kind, key in new.keys if kind != SHARED]
    known = known_posts(connection, keys, batch.source_id)
    by_url = _posts_by_url(connection, [new.post.from_url for new in batch.posts])
    to_insert: list[NewPost] = []
    matched: list[tuple[NewPost, KnownPost]] = []
    for new in batch.posts:
        url = database_text(new.post.from_url)
        claimed = {key: kind for kind, key in new.keys if kind not in (*_ENTRY_KEY_KINDS, SHARED) and key in known}
        match = _matching_post(new, known, claimed) or by_url.get(url)
        if match is not None:
            matched.append((new, match))
            continue
        # A final or canonical URL that identifies another article is not stored as a key of this one.
        to_insert.append(replace(new, keys=tuple(p for p in new.keys if p[1] not in claimed)) if claimed else new)
        pending = _pending_post(new, -len(to_insert))
        known |= {key: pending for kind, key in to_insert[-1].keys if kind != SHARED}
        by_url[url] = pending
    rows = _insert_posts(connection, to_insert)
    remove_from_inbox(connection, [new.waiting_id for new in batch.posts if new.waiting_id is not None])
    return list(zip(rows, to_insert, strict=True)), [(new, _row_number(match, rows)) for new, match in matched]


def _matching_post(new: NewPost, known: dict[str, KnownPost], claimed: dict[str, str]) -> KnownPost | None:
    """The stored post of the same article: found by a key of the entry, else by a key of its page that is confirmed.

    `claimed` has the kinds of the page's keys that are stored, by key.
    """
    by_entry = next((known[key] for kind, key in new.keys if kind in _ENTRY_KEY_KINDS and key in known), None)
    if by_entry is not None:
        return by_entry
    return next((known[key] for key, kind in claimed.items() if same_article(new.post, known[key], kind)), None)


def _pending_post(new: NewPost, number: int) -> KnownPost:
    """A post of this batch that has no row yet, for comparison with later ones; `number` is -1 for the first."""
    post = new.post
    text = post.text[:COMPARED_TEXT_CHARS]
    return KnownPost(number, post.source_id, post.from_url, post.title, post.published_ms, text)


def _row_number(match: KnownPost, rows: list[int]) -> int | None:
    """The row number of a stored or pending post; None for a deleted one. `rows` has those of the pending posts."""
    if match.deleted:
        return None
    return match.post_id if match.post_id > 0 else rows[-match.post_id - 1]


def _insert_posts(connection: Connection, to_insert: list[NewPost]) -> list[int]:
    if not to_insert:
        return []
    rows = _next_row_numbers(connection, len(to_insert))
    pairs = list(zip(rows, to_insert, strict=True))
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


def _next_row_numbers(connection: Connection, count: int) -> list[int]:
    """Row numbers of `posts` that no post ever had, read before the INSERT: one that returns them is slower."""
    if connection.dialect.name == "sqlite":
        # The transaction holds the write lock, so no other process can use them.
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


def _posts_by_url(connection: Connection, urls: list[str]) -> dict[str, KnownPost]:
    """The stored post of each URL that has one; only its row number and URL are set."""
    rows = connection.execute(_POSTS_BY_URL, {"urls": json_texts(map(database_text, urls))})
    return {row.from_url: KnownPost(row.id, from_url=row.from_url) for row in rows}


_POSTS_BY_URL = select(posts.c.from_url, posts.c.id).where(in_list(posts.c.from_url, "urls"))
