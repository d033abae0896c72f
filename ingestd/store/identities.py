"""The table `identities`: every key by which an article is known, and the post that each key leads to.

A key is never deleted: where its post was deleted, the key keeps the article from being stored again.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, func, literal, literal_column, or_, select, union_all

from ingestd.identity.keys import ABOUT, GUID, LINK, SHARED, SYNTHETIC_HASH_MARK
from ingestd.identity.urls import same_site
from ingestd.model.article import BodyOrigin
from ingestd.model.feed import Enclosure
from ingestd.model.post import KnownPost
from ingestd.store.codec import chunks
from ingestd.store.in_list import in_list, json_texts
from ingestd.store.models import identities, items, posts, sightings, sources
from ingestd.store.prepared_statements import PreparedQuery, PreparedStatement
from ingestd.store.url_path import PathOf
from ingestd.text.characters import database_text
from ingestd.text.times import utc_text

#: Base of the `post_id` of a KnownPost whose post was deleted; no row of `posts` is ever as high.
_DELETED_POST_ID = 2**62
#: Bodies that the feed gave: `posts.body_origin`.
_FEED_ORIGINS = frozenset({BodyOrigin.FEED, BodyOrigin.SUMMARY, BodyOrigin.NONE})
#: Characters of a stored text that are compared with a new one.
COMPARED_TEXT_CHARS = 2000

_COMPARED_COLUMNS = (
    posts.c.source_id,
    posts.c.from_url,
    posts.c.title,
    posts.c.published_ms,
    func.substr(posts.c.text, 1, COMPARED_TEXT_CHARS).label("text"),
    posts.c.body_origin,
    posts.c.enclosures,
    sources.c.url.label("source_url"),
    sources.c.site_url,
)
_KNOWN_POSTS = PreparedQuery(
    select(identities.c.key, identities.c.kind, identities.c.post_id, *_COMPARED_COLUMNS)
    .outerjoin(posts, posts.c.id == identities.c.post_id)
    .outerjoin(sources, sources.c.id == posts.c.source_id)
    .where(in_list(identities.c.key, "keys"))
)
_POSTS_BY_ID = (
    select(literal("link").label("kind"), posts.c.id.label("post_id"), *_COMPARED_COLUMNS)
    .outerjoin(sources, sources.c.id == posts.c.source_id)
    .where(posts.c.id.in_(bindparam("ids", expanding=True)))
)
_DATED_POSTS = (
    select(
        literal("link").label("kind"),
        posts.c.id.label("post_id"),
        *_COMPARED_COLUMNS,
        posts.c.entry_digest,
        sightings.c.last_seen_at,
    )
    .outerjoin(sources, sources.c.id == posts.c.source_id)
    # As an expression, so that SQLite begins with the posts of the dates, not with all that the source listed.
    .join(sightings, (sightings.c.post_id == posts.c.id) & (sightings.c.source_id + 0 == bindparam("source")))
    .where(or_(in_list(posts.c.title, "titles"), in_list(PathOf(posts.c.from_url), "paths")))
)
# A clamped date is that of the clock. In a part of its own, so that each part has an index; the 1 is no parameter, or
# SQLite could not tell that a partial index serves it.
_POSTS_OF_DATES = PreparedQuery(
    union_all(
        _DATED_POSTS.where(in_list(posts.c.date, "dates")),
        _DATED_POSTS.where(posts.c.source_id == bindparam("source"), posts.c.date_clamped == literal_column("1")),
    )
)
_IS_HASH = and_(identities.c.kind == LINK, identities.c.key.contains(SYNTHETIC_HASH_MARK, autoescape=True))
_GUIDS_OF_POSTS = select(identities.c.post_id, identities.c.key, identities.c.kind).where(
    identities.c.post_id.in_(bindparam("posts", expanding=True)),
    or_(identities.c.kind == GUID, _IS_HASH),
    identities.c.source_id == bindparam("source"),
)
_DIGESTS_OF_POSTS = select(items.c.post_id, items.c.digest).where(
    items.c.post_id.in_(bindparam("posts", expanding=True)), items.c.source_id == bindparam("source")
)


def known_posts(connection: Connection, keys: Sequence[str], source_id: int) -> dict[str, KnownPost]:
    """The post that each stored key leads to, by key; a deleted post has `deleted` set.

    The guids and the entry digest of a post are those that the source `source_id` gave.
    """
    stored = {key: database_text(key) for key in keys}
    rows = _KNOWN_POSTS.run(connection, {"keys": json_texts(stored.values())})
    found = {row.key: post for row, post in zip(rows, _known_posts(connection, rows, source_id), strict=True)}
    return {key: found[text] for key, text in stored.items() if text in found}


def posts_by_id(connection: Connection, post_ids: Iterable[int], source_id: int) -> list[KnownPost]:
    """These posts as `known_posts` gives them, without those that were deleted."""
    rows: list[Any] = []
    for run in chunks(sorted(post_ids)):
        rows += connection.execute(_POSTS_BY_ID, {"ids": list(run)}).all()
    return _known_posts(connection, rows, source_id)


@dataclass(frozen=True, slots=True)
class DatedPost:
    """A stored post of a date: the digest of its entry, and when the source last listed it."""

    post: KnownPost
    entry_digest: str | None
    last_seen_at: str | None


def posts_of_dates(
    connection: Connection, source_id: int, dates: Collection[str], titles: Collection[str], paths: Collection[str]
) -> list[DatedPost]:
    """The posts that a source listed, with one of these dates (as stored), and one of these titles or paths.

    Of the source's own posts also those with a clamped date.
    """
    values = {
        "source": source_id,
        "dates": json_texts(dates),
        "titles": json_texts(map(database_text, titles)),
        "paths": json_texts(map(database_text, paths)),
    }
    rows = _POSTS_OF_DATES.run(connection, values)
    return [DatedPost(_known_post(row, 0, {}, {}), row.entry_digest, row.last_seen_at) for row in rows]


def _known_posts(connection: Connection, rows: Sequence[Any], source_id: int) -> list[KnownPost]:
    ids = list({row.post_id for row in rows if row.post_id is not None})
    guids: dict[int, list[str]] = {}
    hashes: Counter[int] = Counter()
    digests: dict[int, str] = {}
    for run in chunks(ids):
        for post_id, key, kind in connection.execute(_GUIDS_OF_POSTS, {"posts": list(run), "source": source_id}):
            if kind == GUID:
                guids.setdefault(post_id, []).append(key)
            else:
                hashes[post_id] += 1
        listed = connection.execute(_DIGESTS_OF_POSTS, {"posts": list(run), "source": source_id})
        digests |= {row.post_id: row.digest for row in listed}
    found = (_known_post(row, number, guids, digests) for number, row in enumerate(rows))
    return [replace(post, hash_keys=hashes[post.post_id]) for post in found]


def _known_post(row: Any, number: int, guids: dict[int, list[str]], digests: dict[int, str]) -> KnownPost:
    if row.post_id is None:
        return KnownPost(_DELETED_POST_ID + number, deleted=True, kind=row.kind)
    by_own_source = _is_by_own_source(row)
    return KnownPost(
        post_id=row.post_id,
        source_id=row.source_id,
        from_url=row.from_url,
        title=row.title,
        published_ms=row.published_ms,
        text=row.text,
        guids=tuple(guids.get(row.post_id, ())),
        digest=digests.get(row.post_id),
        text_of_feed=row.body_origin in _FEED_ORIGINS,
        of_own_site=row.body_origin not in _FEED_ORIGINS or by_own_source,
        by_own_source=by_own_source,
        enclosures=tuple(file.url for item in json.loads(row.enclosures) if not (file := Enclosure(**item)).is_image),
        kind=row.kind,
    )


def _is_by_own_source(row: Any) -> bool:
    """Whether the source that gave a post is of the site of its URL; so counts an imported archive."""
    if row.source_url is None:
        return True
    return any(site and same_site(site, row.from_url) for site in (row.source_url, row.site_url))


def add_keys(
    connection: Connection, source_id: int | None, keys: Iterable[tuple[str, str, int | None]], at: datetime
) -> None:
    """Store further keys, each as (kind, key, post or None for a deleted one).

    A stored key is not changed, except to one that several articles have, and from the link of another site's entry to
    that of the URL's own article.
    """
    rows = [
        {"key": key, "kind": kind, "post_id": post_id, "source_id": source_id, "first_seen_at": utc_text(at)}
        for kind, key, post_id in keys
    ]
    ADD_KEY.run(connection, rows)


def _add_key(insert: Callable[[Any], Any]) -> Any:
    statement = insert(identities)
    is_about = identities.c.kind == literal_column(f"'{ABOUT}'")
    return statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "kind": statement.excluded.kind,
            "post_id": case((is_about, statement.excluded.post_id), else_=identities.c.post_id),
        },
        where=(statement.excluded.kind == literal_column(f"'{SHARED}'")) | is_about,
    )


ADD_KEY = PreparedStatement(_add_key)


def identities_of_keys(connection: Connection, keys: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of these keys with the source's name and the post's title and URL, the oldest first."""
    query = _with_post().where(identities.c.key.in_(list(keys))).order_by(identities.c.first_seen_at)
    return [dict(row) for row in connection.execute(query).mappings()]


def identities_of_post(connection: Connection, post_id: int) -> list[dict[str, Any]]:
    """The rows of every key of a post, as `identities_of_keys` gives them, the oldest first."""
    query = _with_post().where(identities.c.post_id == post_id)
    ordered = query.order_by(identities.c.first_seen_at, identities.c.key)
    return [dict(row) for row in connection.execute(ordered).mappings()]


def _with_post() -> Select[Any]:
    return (
        select(identities, sources.c.name.label("source"), posts.c.title, posts.c.from_url)
        .outerjoin(sources, sources.c.id == identities.c.source_id)
        .outerjoin(posts, posts.c.id == identities.c.post_id)
    )
