"""What is read from the database: known articles for the pipeline, posts for people and exports."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select

from ingestd.model.article import KeptPage
from ingestd.model.poll import InboxEntry
from ingestd.model.post import KnownPost, Post
from ingestd.store import search
from ingestd.store.codec import placeholders, row_post, stored_text, text_entry
from ingestd.store.in_list import in_list, json_texts
from ingestd.store.models import identities, inbox, items, pages, posts, revisions, sightings, sources, visits
from ingestd.store.pages import latest_without_body
from ingestd.text.times import from_utc_text, utc_text

#: Stands for the row of a deleted post; no row of `posts` is ever as high.
_DELETED = 2**62

_KNOWN = (
    select(
        identities.c.key,
        identities.c.kind,
        identities.c.post_id,
        posts.c.source_id,
        posts.c.from_url,
        posts.c.title,
        posts.c.published_ms,
        func.substr(posts.c.text, 1, 2000).label("text"),
        posts.c.enclosures,
    )
    .outerjoin(posts, posts.c.id == identities.c.post_id)
    .where(in_list(identities.c.key, "keys"))
)
_GUIDS = select(identities.c.post_id, identities.c.key).where(
    identities.c.post_id.in_(bindparam("posts", expanding=True)),
    identities.c.kind == "guid",
    identities.c.source_id == bindparam("source"),
)
_DIGESTS = select(items.c.post_id, items.c.digest).where(
    items.c.post_id.in_(bindparam("posts", expanding=True)), items.c.source_id == bindparam("source")
)


def known_posts(connection: Connection, keys: Sequence[str], source_id: int) -> dict[str, KnownPost]:
    """The post that each known key leads to, with what `dedupe.decide` weighs; deleted posts are marked as such."""
    stored = {key: stored_text(key) for key in keys}
    rows = connection.execute(_KNOWN, {"keys": json_texts(stored.values())}).all()
    if not rows:
        return {}
    ids = list({row.post_id for row in rows if row.post_id is not None})
    guids: dict[int, list[str]] = {}
    digests: dict[int, str] = {}
    for run in placeholders(ids):
        for post_id, key in connection.execute(_GUIDS, {"posts": list(run), "source": source_id}):
            guids.setdefault(post_id, []).append(key)
        listed = connection.execute(_DIGESTS, {"posts": list(run), "source": source_id})
        digests |= {row.post_id: row.digest for row in listed}
    found = {row.key: _known(row, number, guids, digests) for number, row in enumerate(rows)}
    return {key: found[text] for key, text in stored.items() if text in found}


def _known(row: Any, number: int, guids: dict[int, list[str]], digests: dict[int, str]) -> KnownPost:
    if row.post_id is None:
        return KnownPost(_DELETED + number, deleted=True, kind=row.kind)
    return KnownPost(
        post_id=row.post_id,
        source_id=row.source_id,
        from_url=row.from_url,
        title=row.title,
        published_ms=row.published_ms,
        text=row.text,
        guids=tuple(guids.get(row.post_id, ())),
        digest=digests.get(row.post_id),
        enclosures=tuple(item["url"] for item in json.loads(row.enclosures)),
        kind=row.kind,
    )


_ITEM_DIGESTS = select(items.c.digest, items.c.post_id).where(items.c.source_id == bindparam("source"))


def item_digests(connection: Connection, source_id: int) -> dict[str, int | None]:
    """The entries of a source's present feed by their bytes, with the post that each became."""
    rows = connection.execute(_ITEM_DIGESTS, {"source": source_id}).all()
    return {digest: post_id for digest, post_id in rows}  # noqa: C416 - dict() of rows is deprecated


def waiting(connection: Connection, source_id: int) -> list[InboxEntry]:
    """The inbox of a source, in the order of arrival."""
    query = select(inbox).where(inbox.c.source_id == source_id).order_by(inbox.c.id)
    return [
        InboxEntry(
            text_entry(row["entry"]),
            row["from_url"],
            row["key"],
            from_utc_text(row["received_at"]),
            row["id"],
            tuple((kind, key) for kind, key in json.loads(row["keys"])),
        )
        for row in connection.execute(query).mappings()
    ]


# Built once: to make a statement costs several times as much as to run it, and every poll runs this one.
_RECENT = (
    select(posts.c.date)
    .where(posts.c.source_id == bindparam("source"), posts.c.date_origin != "ingested")
    .order_by(posts.c.date.desc())
    .limit(bindparam("most"))
)


def recent_dates(connection: Connection, source_id: int, most: int = 30) -> tuple[datetime, ...]:
    """When the latest posts of a source were published, the newest first; dates that are only ours are left out."""
    found = connection.execute(_RECENT, {"source": source_id, "most": most}).scalars().all()
    return tuple(map(from_utc_text, found))


@dataclass(frozen=True, slots=True)
class PostFilter:
    """Which posts are asked for; None or empty where it does not matter.

    `source` is a name, `since` and `until` compare with `date`, `changed_since` with `updated_at`; `words` must all
    stand in title or text.
    """

    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    changed_since: datetime | None = None
    words: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()


def _select(connection: Connection, wanted: PostFilter) -> Select[Any]:
    query = select(posts)
    if wanted.source is not None:
        # Whoever lists an article may ask for it, not only the source that listed it first.
        listed = select(sightings.c.post_id).join(sources).where(sources.c.name == wanted.source)
        owned = select(sources.c.id).where(sources.c.name == wanted.source)
        query = query.where(or_(posts.c.id.in_(listed), posts.c.source_id.in_(owned)))
    if wanted.since is not None:
        query = query.where(posts.c.date >= utc_text(wanted.since))
    if wanted.until is not None:
        query = query.where(posts.c.date < utc_text(wanted.until))
    if wanted.changed_since is not None:
        query = query.where(posts.c.updated_at >= utc_text(wanted.changed_since))
    if wanted.ids:
        query = query.where(posts.c.id.in_(wanted.ids))
    indexed = bool(wanted.words) and search.has_index(connection)
    for word in wanted.words:
        query = query.where(search.holds(word, indexed=indexed))
    return query


def list_posts(connection: Connection, wanted: PostFilter, *, most: int, newest_first: bool = True) -> list[Post]:
    """The posts that are wanted, by date, at most `most`."""
    order = (posts.c.date.desc(), posts.c.id.desc()) if newest_first else (posts.c.date, posts.c.id)
    rows = connection.execute(_select(connection, wanted).order_by(*order).limit(most)).mappings()
    return [row_post(row) for row in rows]


def posts_after(connection: Connection, wanted: PostFilter, last: int, *, most: int = 200) -> list[Post]:
    """The next wanted posts in the order of their rows, beginning behind row `last`; none at the end."""
    query = _select(connection, wanted).where(posts.c.id > last).order_by(posts.c.id).limit(most)
    return [row_post(row) for row in connection.execute(query).mappings()]


def get_post(connection: Connection, post_id: int) -> Post | None:
    """One post by its row."""
    row = connection.execute(select(posts).where(posts.c.id == post_id)).mappings().one_or_none()
    return None if row is None else row_post(row)


def rows_of_keys(connection: Connection, keys: Sequence[str]) -> list[dict[str, Any]]:
    """What `identities` says of these keys, with source and title."""
    query = (
        select(identities, sources.c.name.label("source"), posts.c.title, posts.c.from_url)
        .outerjoin(sources, sources.c.id == identities.c.source_id)
        .outerjoin(posts, posts.c.id == identities.c.post_id)
        .where(identities.c.key.in_(list(keys)))
        .order_by(identities.c.first_seen_at)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def keys_of_post(connection: Connection, post_id: int) -> list[dict[str, Any]]:
    """Every key by which a post is known, the oldest first."""
    query = (
        select(identities, sources.c.name.label("source"), posts.c.title, posts.c.from_url)
        .outerjoin(sources, sources.c.id == identities.c.source_id)
        .outerjoin(posts, posts.c.id == identities.c.post_id)
        .where(identities.c.post_id == post_id)
        .order_by(identities.c.first_seen_at, identities.c.key)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def sightings_of(connection: Connection, post_id: int) -> list[dict[str, Any]]:
    """Which sources list a post, and since when."""
    query = (
        select(sources.c.name.label("source"), sightings.c.first_seen_at, sightings.c.last_seen_at)
        .join(sources, sources.c.id == sightings.c.source_id)
        .where(sightings.c.post_id == post_id)
        .order_by(sightings.c.first_seen_at)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def revisions_of(connection: Connection, post_id: int) -> list[dict[str, Any]]:
    """The earlier texts of a post, the oldest first."""
    query = select(revisions).where(revisions.c.post_id == post_id).order_by(revisions.c.revision)
    return [dict(row) for row in connection.execute(query).mappings()]


def source_names(connection: Connection) -> dict[int, str]:
    """The name of every source, by its row."""
    return {row.id: row.name for row in connection.execute(select(sources.c.id, sources.c.name))}


@dataclass(frozen=True, slots=True)
class DueVisit:
    """A page that is to be visited now, with what the visit compares; `page` as it was last kept, without its body."""

    post: Post
    purpose: str
    attempt: int
    content_digest: str | None
    page_digest: str | None
    page_state: str | None
    page: KeptPage | None


def due_visits(connection: Connection, now: datetime, most: int) -> list[DueVisit]:
    """The visits that are due, the longest overdue first."""
    query = (
        select(posts, visits.c.purpose, visits.c.attempt)
        .join(visits, visits.c.post_id == posts.c.id)
        .where(visits.c.due_at <= utc_text(now))
        .order_by(visits.c.due_at)
        .limit(most)
    )
    return [
        DueVisit(
            row_post(row),
            row["purpose"],
            row["attempt"],
            row["content_digest"],
            row["page_digest"],
            row["page_state"],
            latest_without_body(connection, row["id"]),
        )
        for row in connection.execute(query).mappings().all()
    ]


def counts(connection: Connection) -> dict[str, int]:
    """How many rows each of the main tables has."""
    tables = {"sources": sources, "posts": posts, "revisions": revisions, "pages": pages, "identities": identities}
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one() for name, table in tables.items()
    }


@dataclass(frozen=True, slots=True)
class Digests:
    """What a stored post is compared by."""

    from_url: str
    body_origin: str
    content_digest: str | None
    entry_digest: str | None
    page_digest: str | None


def digests_of(connection: Connection, post_id: int) -> Digests | None:
    """The digests of a post; None where it does not exist."""
    columns = posts.c.from_url, posts.c.body_origin, posts.c.content_digest, posts.c.entry_digest, posts.c.page_digest
    row = connection.execute(select(*columns).where(posts.c.id == post_id)).one_or_none()
    return None if row is None else Digests(*row)
