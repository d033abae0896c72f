"""What a poll writes: every change of one step in one transaction.

New posts are checked against `identities` once more under the database's write lock, because another process may have
stored the same article since the pipeline looked: then it is a sighting, never a second post.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import zstandard
from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from ingestd.records import Changes, KeptPage, KnownPost, NewPost, Poll, PostUpdate, Problem, Waiting
from ingestd.store.codec import entry_text, optional_text, placeholders, post_row, stored_text
from ingestd.store.models import (
    identities,
    inbox,
    items,
    leases,
    pages,
    polls,
    posts,
    problems,
    revisions,
    sightings,
    sources,
    visits,
)
from ingestd.store.reads import known_posts
from ingestd.store.sources import upsert
from ingestd.times import utc_text

#: Any number that nothing else uses: the lock under which PostgreSQL's writers take turns, as SQLite's do anyway.
_WRITE_LOCK = 0x1A9E57D
_LEVEL = 10


@dataclass(frozen=True, slots=True)
class Written:
    """What `write` did: posts stored (with their rows), and new posts that turned out to be known already."""

    stored: tuple[tuple[int, NewPost], ...] = ()
    already_known: int = 0
    revised: int = 0


def write(
    connection: Connection,
    changes: Changes,
    same: Callable[[NewPost, KnownPost, str], bool] = lambda _new, _known, _kind: True,
) -> Written:
    """Apply `changes` inside the caller's transaction.

    `same` tells whether a new post is the article of a known one to which only its page leads (by the URL after
    redirects, or the canonical link).
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})"))
    stored, known = _store_posts(connection, changes, same)
    revised = sum(_update_post(connection, item) for item in changes.updates)
    _see(connection, changes, [*changes.sightings, *known])
    _learn_keys(connection, changes)
    _await_pages(connection, changes.source_id, changes.waiting)
    _remember_items(connection, changes, {new.item_digest: post_id for post_id, new in stored if new.item_digest})
    for problem in changes.problems:
        _note_problem(connection, changes.source_id, problem, changes.at)
    if changes.source is not None:
        connection.execute(
            update(sources).where(sources.c.id == changes.source.source_id).values(dict(changes.source.values))
        )
    if changes.poll is not None:
        connection.execute(_INSERT_POLL, poll_row(changes.poll))
    if changes.lease is not None:
        connection.execute(
            delete(leases).where(leases.c.source_id == changes.source_id, leases.c.holder == changes.lease)
        )
    return Written(tuple(stored), len(known), revised)


_INSERT_POLL = insert(polls)


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
        "error": poll.error and stored_text(poll.error),
    }


def _store_posts(
    connection: Connection, changes: Changes, same: Callable[[NewPost, KnownPost, str], bool]
) -> tuple[list[tuple[int, NewPost]], list[int]]:
    """Insert what is really new: ((row, post) of each that was stored, rows of posts that were known already)."""
    if not changes.posts:
        return [], []
    known = known_posts(connection, [key for new in changes.posts for _, key in new.keys], changes.source_id)
    taken = _rows_of_urls(connection, [new.post.from_url for new in changes.posts])
    fresh: list[NewPost] = []
    seen: list[int] = []
    for new in changes.posts:
        own = next((known[key] for kind, key in new.keys if kind in _OWN and key in known), None)
        own = own or taken.get(new.post.from_url)
        claimed = {key: kind for kind, key in new.keys if kind not in _OWN and key in known}
        owner = own or next((known[key] for key, kind in claimed.items() if same(new, known[key], kind)), None)
        if owner is not None:
            seen += [owner.post_id] if owner.post_id > 0 and not owner.deleted else []
            continue
        # A page's word (its final or canonical URL) that leads to another article is no key of this one.
        fresh.append(replace(new, keys=tuple(pair for pair in new.keys if pair[1] not in claimed)))
        stand_in = _stand_in(new)
        known |= {key: stand_in for _, key in fresh[-1].keys}
        taken[new.post.from_url] = stand_in
    rows = _insert_posts(connection, fresh)
    _end_waiting(connection, changes.posts)
    return list(zip(rows, fresh, strict=True)), seen


#: The kinds of key that the entry itself claims; the others are claims of its page, to be weighed.
_OWN = ("link", "guid")


def _stand_in(new: NewPost) -> KnownPost:
    """A post of this very batch, which has no row yet."""
    post = new.post
    return KnownPost(0, post.source_id, post.from_url, post.title, post.published_ms, post.text[:2000])


def _insert_posts(connection: Connection, fresh: list[NewPost]) -> list[int]:
    if not fresh:
        return []
    statement = insert(posts).returning(posts.c.id, sort_by_parameter_order=True)
    rows = list(connection.execute(statement, [_new_row(new) for new in fresh]).scalars())
    pairs = list(zip(rows, fresh, strict=True))
    connection.execute(
        upsert(connection, identities).on_conflict_do_nothing(),
        [
            {
                "key": stored_text(key),
                "kind": kind,
                "post_id": row,
                "source_id": new.post.source_id,
                "first_seen_at": utc_text(new.seen_at),
            }
            for row, new in pairs
            for kind, key in new.keys
        ],
    )
    seen = [
        {
            "post_id": row,
            "source_id": new.post.source_id,
            "first_seen_at": utc_text(new.seen_at),
            "last_seen_at": utc_text(new.seen_at),
        }
        for row, new in pairs
        if new.post.source_id is not None
    ]
    if seen:
        connection.execute(insert(sightings), seen)
    if kept := [page_row(row, new.page) for row, new in pairs if new.page is not None]:
        connection.execute(insert(pages), kept)
    if again := [_visit_row(row, *new.visit) for row, new in pairs if new.visit is not None]:
        connection.execute(insert(visits), again)
    return rows


def _new_row(new: NewPost) -> dict[str, Any]:
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
        "url": stored_text(page.url),
        "final_url": stored_text(page.final_url),
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


def _visit_row(post_id: int, purpose: str, due: datetime, attempt: int) -> dict[str, Any]:
    return {"post_id": post_id, "purpose": purpose, "due_at": utc_text(due), "attempt": attempt}


def _end_waiting(connection: Connection, done: tuple[NewPost, ...]) -> None:
    ids = [{"row": new.waiting_id} for new in done if new.waiting_id is not None]
    if ids:
        connection.execute(delete(inbox).where(inbox.c.id == bindparam("row")), ids)


def _rows_of_urls(connection: Connection, urls: list[str]) -> dict[str, KnownPost]:
    query = select(posts.c.from_url, posts.c.id).where(posts.c.from_url.in_(bindparam("urls", expanding=True)))
    found: dict[str, KnownPost] = {}
    for run in placeholders(urls):
        rows = connection.execute(query, {"urls": list(run)})
        found.update((row.from_url, KnownPost(row.id, from_url=row.from_url)) for row in rows)
    return found


def _update_post(connection: Connection, change: PostUpdate) -> bool:
    """Give a post its new text; True where the text before became a revision."""
    row = connection.execute(select(posts).where(posts.c.id == change.post_id)).mappings().one_or_none()
    if row is None:
        return False
    values: dict[str, Any] = {"updated_at": utc_text(change.at)}
    for name in ("entry_digest", "page_digest", "image"):
        if (value := getattr(change, name)) is not None:
            values[name] = value
    if change.modified_at is not None:
        values["modified_at"] = utc_text(change.modified_at)
    if change.page is not None:
        values["page_checked_at"] = utc_text(change.page.fetched_at)
        connection.execute(insert(pages), page_row(change.post_id, change.page))
    differs = change.content_digest != row["content_digest"]
    if differs or change.reason is None:
        values |= {
            "title": stored_text(change.title),
            "content": stored_text(change.content),
            "text": stored_text(change.text),
            "content_digest": change.content_digest,
        }
        if change.body_origin is not None:
            values["body_origin"] = str(change.body_origin)
    revised = differs and change.reason is not None and _record_revision(connection, row, change)
    if revised:
        values["revision"] = row["revision"] + 1
    connection.execute(update(posts).where(posts.c.id == change.post_id).values(values))
    return revised


def _record_revision(connection: Connection, row: Any, change: PostUpdate) -> bool:
    """Keep the text before, unless that very text is kept already: a feed may go back and forth between two."""
    same = select(func.count()).where(
        revisions.c.post_id == change.post_id, revisions.c.digest.in_([row["content_digest"]])
    )
    if row["content_digest"] is not None and connection.execute(same).scalar_one():
        return False
    connection.execute(
        insert(revisions).values(
            post_id=change.post_id,
            revision=row["revision"],
            title=row["title"],
            content=row["content"],
            recorded_at=utc_text(change.at),
            reason=change.reason,
            digest=row["content_digest"],
        )
    )
    return True


def _see(connection: Connection, changes: Changes, seen: list[int]) -> None:
    """Record that the source lists these posts now, and those that its kept items stand for."""
    at = utc_text(changes.at)
    if seen and changes.source_id:
        statement = upsert(connection, sightings)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["post_id", "source_id"], set_={"last_seen_at": statement.excluded.last_seen_at}
            ),
            [
                {"post_id": post_id, "source_id": changes.source_id, "first_seen_at": at, "last_seen_at": at}
                for post_id in dict.fromkeys(seen)
            ],
        )
    for run in placeholders(list(changes.items_kept)):
        connection.execute(_SEE_ITEMS, {"at": at, "source": changes.source_id, "digests": list(run)})


_SEE_ITEMS = (
    update(sightings)
    .values(last_seen_at=bindparam("at"))
    .where(
        sightings.c.source_id == bindparam("source"),
        sightings.c.post_id.in_(
            select(items.c.post_id).where(
                items.c.source_id == bindparam("source"), items.c.digest.in_(bindparam("digests", expanding=True))
            )
        ),
    )
)


def _learn_keys(connection: Connection, changes: Changes) -> None:
    if changes.keys:
        connection.execute(
            upsert(connection, identities).on_conflict_do_nothing(),
            [
                {
                    "key": stored_text(key),
                    "kind": kind,
                    "post_id": post_id,
                    "source_id": changes.source_id,
                    "first_seen_at": utc_text(changes.at),
                }
                for kind, key, post_id in changes.keys
            ],
        )


def _await_pages(connection: Connection, source_id: int, waiting: tuple[Waiting, ...]) -> None:
    if waiting:
        connection.execute(
            upsert(connection, inbox).on_conflict_do_nothing(index_elements=["source_id", "key"]),
            [
                {
                    "source_id": source_id,
                    "key": stored_text(item.key),
                    "from_url": stored_text(item.from_url),
                    "entry": entry_text(item.entry),
                    "received_at": utc_text(item.received_at),
                }
                for item in waiting
            ],
        )


def _remember_items(connection: Connection, changes: Changes, stored: dict[str, int]) -> None:
    """Keep the digests of the present feed's entries, and only those: the table does not grow with time."""
    source_id = changes.source_id
    if changes.items_replace:
        kept = set(changes.items_kept)
        present = connection.execute(select(items.c.digest).where(items.c.source_id == source_id)).scalars()
        stale = [{"source": source_id, "old": digest} for digest in present if digest not in kept]
        if stale:
            connection.execute(_FORGET_ITEM, stale)
    rows = [
        {
            "source_id": source_id,
            "digest": digest,
            "post_id": stored.get(digest, post_id),
            "seen_at": utc_text(changes.at),
        }
        for digest, post_id in {**dict(changes.items), **stored}.items()
    ]
    if rows:
        statement = upsert(connection, items)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["source_id", "digest"],
                set_={"post_id": func.coalesce(statement.excluded.post_id, items.c.post_id)},
            ),
            rows,
        )


_FORGET_ITEM = delete(items).where(items.c.source_id == bindparam("source"), items.c.digest == bindparam("old"))


def _note_problem(connection: Connection, source_id: int, problem: Problem, at: datetime) -> None:
    statement = upsert(connection, problems).values(
        source_id=source_id,
        url=stored_text(problem.url or ""),
        outcome=str(problem.outcome),
        reason=stored_text(problem.reason),
        first_at=utc_text(at),
        last_at=utc_text(at),
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["source_id", "url", "outcome"],
            set_={"reason": statement.excluded.reason, "last_at": utc_text(at), "times": problems.c.times + 1},
        )
    )
