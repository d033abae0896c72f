"""`write` stores a WriteBatch, all changes of one step of a poll, in one transaction.

New posts are compared with what is stored again, under the database's write lock (`new_posts`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, delete, update

from ingestd.model.event import EventKind
from ingestd.model.poll import WriteBatch
from ingestd.model.post import SITE_EDITS, NewPost, PostUpdate
from ingestd.store.events import tell_of_posts, tell_of_source
from ingestd.store.feed_items import replace_items
from ingestd.store.filtered_entries import record_filtered
from ingestd.store.identities import add_keys
from ingestd.store.image_queue import queue_images
from ingestd.store.inbox import add_to_inbox
from ingestd.store.models import leases, sources
from ingestd.store.new_addresses import updates_by_new_addresses, visit_changed_pages
from ingestd.store.new_posts import store_posts
from ingestd.store.polls import record_poll, record_problems
from ingestd.store.posts import existing_posts
from ingestd.store.prepared_statements import PreparedStatement
from ingestd.store.revisions import update_post
from ingestd.store.revisit_queue import plan_first_reading
from ingestd.store.sightings import record_kept_sightings, record_sightings


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
    deleted since the pipeline read them are skipped. A batch of the history leaves alone what is known of the present
    feed.
    """
    if batch.source_id:
        _record_listed(connection, batch)
    placed = store_posts(connection, batch)
    stored, known = placed.stored, placed.known
    batch = replace(batch, updates=(*batch.updates, *updates_by_new_addresses(connection, placed, batch.at)))
    revised = [item for item in batch.updates if update_post(connection, item)]
    _queue_media(connection, batch, stored)
    _add_found_keys(connection, batch, known)
    visit_changed_pages(connection, known, batch.at)
    if batch.source_id:
        _record_feed_contents(connection, batch, stored, known)
    if batch.source_id and not batch.of_history:
        _tell(connection, batch, stored, revised)
    _write_source(connection, batch)
    revised_posts = len({item.post_id for item in revised})
    return WriteResult(tuple(stored), sum(post_id is not None for _, post_id in known), revised_posts)


def write_end(connection: Connection, batch: WriteBatch) -> None:
    """Store a batch that has the end of a poll and nothing else."""
    record_problems(connection, batch.source_id, batch.problems, batch.at)
    _write_source(connection, batch)


def _write_source(connection: Connection, batch: WriteBatch) -> None:
    """What a batch says of the source: its columns, its poll, the end of its lease, and events."""
    if batch.source is not None:
        _UPDATE_SOURCE.run(connection, [{"row": batch.source.source_id, **dict(batch.source.values)}])
    if batch.poll is not None:
        record_poll(connection, batch.poll)
    if batch.lease is not None:
        _END_LEASE.run(connection, [{"source": batch.source_id, "ours": batch.lease}])
    if batch.source_id and not batch.of_history:
        tell_of_source(connection, batch.source_id, batch.events, batch.at)


def _tell(
    connection: Connection, batch: WriteBatch, stored: list[tuple[int, NewPost]], revised: list[PostUpdate]
) -> None:
    """Queue what users want to be told of; an import tells of nothing."""
    tell_of_posts(connection, EventKind.POST_NEW, [row for row, _ in stored], batch.at)
    edited = dict.fromkeys(item.post_id for item in revised if item.reason in SITE_EDITS)
    tell_of_posts(connection, EventKind.POST_EDITED, list(edited), batch.at)


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


def _record_listed(connection: Connection, batch: WriteBatch) -> None:
    """Record which posts the source lists: a new one may be moved from one that it lists no more."""
    existing = existing_posts(connection, batch.sightings)
    _record_sightings(connection, batch, [post_id for post_id in batch.sightings if post_id in existing])
    record_kept_sightings(connection, batch)


def _record_sightings(connection: Connection, batch: WriteBatch, seen: Sequence[int]) -> None:
    if batch.fetches_pages:
        plan_first_reading(connection, batch.source_id, seen, batch.at)
    record_sightings(connection, batch, seen)


def _record_feed_contents(
    connection: Connection,
    batch: WriteBatch,
    stored: list[tuple[int, NewPost]],
    known: list[tuple[NewPost, int | None]],
) -> None:
    """Write the feed's entries (`items`), what is still to be fetched (`inbox`), and the problems."""
    post_ids = (*batch.unread, *(post_id for _, post_id in batch.items))
    existing = existing_posts(connection, post_ids)
    _record_sightings(connection, batch, [post_id for _, post_id in known if post_id is not None])
    add_to_inbox(connection, batch.source_id, batch.waiting, of_history=batch.of_history)
    record_filtered(connection, batch.source_id, batch.filtered, batch.unfiltered, batch.at)
    record_problems(connection, batch.source_id, batch.problems, batch.at)
    if batch.of_history:
        return
    present: dict[str, int | None] = {
        digest: post_id if post_id in existing else None for digest, post_id in batch.items
    }
    present |= {new.item_digest: post_id for new, post_id in known if new.item_digest}
    present |= {new.item_digest: post_id for post_id, new in stored if new.item_digest}
    replace_items(connection, batch, present, [post_id for post_id in batch.unread if post_id in existing])
