"""The table `posts`: its rows as records (`post_rows` has the other way), and the posts that a filter selects."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, literal_column, or_, select

from ingestd.model.article import BodyOrigin
from ingestd.model.feed import Category, Enclosure, ZoneOrigin, category_of
from ingestd.model.post import DateOrigin, Post
from ingestd.store import search
from ingestd.store.codec import json_text, optional_moment
from ingestd.store.in_list import in_list_of_numbers
from ingestd.store.models import posts, sightings, sources
from ingestd.store.prepared_statements import PreparedQuery
from ingestd.text.search.query import Query
from ingestd.text.times import from_utc_text, utc_text


@dataclass(frozen=True, slots=True)
class PostFilter:
    """Which posts are asked for; None or empty where it does not matter.

    `source` is a name, `since` and `until` compare with `date`, `changed_since` with `updated_at`; `query` is a
    search for words.
    """

    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    changed_since: datetime | None = None
    query: Query | None = None
    ids: tuple[int, ...] = ()


def filtered_posts(connection: Connection, wanted: PostFilter, *, limit: int, newest_first: bool = True) -> list[Post]:
    """The posts that are wanted, by date, at most `limit`."""
    order = (posts.c.date.desc(), posts.c.id.desc()) if newest_first else (posts.c.date, posts.c.id)
    rows = connection.execute(_select(connection, wanted).order_by(*order).limit(limit)).mappings()
    return [row_post(row) for row in rows]


def posts_after(connection: Connection, wanted: PostFilter, last: int, *, limit: int = 200) -> list[Post]:
    """The next wanted posts by row number, those above `last`; none at the end."""
    query = _select(connection, wanted).where(posts.c.id > last).order_by(posts.c.id).limit(limit)
    return [row_post(row) for row in connection.execute(query).mappings()]


def get_post(connection: Connection, post_id: int) -> Post | None:
    """One post by its row."""
    row = connection.execute(select(posts).where(posts.c.id == post_id)).mappings().one_or_none()
    return None if row is None else row_post(row)


def _select(connection: Connection, wanted: PostFilter) -> Select[Any]:
    query = select(posts)
    if wanted.source is not None:
        # A post belongs to every source that lists it, not only to the one that listed it first.
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
    if wanted.query is not None:
        # Without a type: SQLAlchemy would compare a Boolean with 1, and SQLite then not use the index.
        found = search.search_sql(connection, wanted.query).condition
        query = query.where(literal_column(f"({found})"))
    return query


# Built once: building a statement takes several times as long as running it, and every poll runs this one.
_RECENT_DATES = PreparedQuery(
    select(posts.c.date)
    .where(posts.c.source_id == bindparam("source"), posts.c.date_origin != "ingested")
    .order_by(posts.c.date.desc())
    .limit(bindparam("limit"))
)


def has_more_posts(connection: Connection, count: int) -> bool:
    """Whether more than `count` posts are stored; reads no more than so many entries of an index."""
    return connection.execute(select(posts.c.id).offset(count).limit(1)).first() is not None


def recent_dates(connection: Connection, source_id: int, limit: int = 30) -> tuple[datetime, ...]:
    """When the latest posts of a source were published, the newest first, without dates that ingestd set itself."""
    rows = _RECENT_DATES.run(connection, {"source": source_id, "limit": limit})
    return tuple(from_utc_text(row.date) for row in rows)


_EXISTING_POSTS = PreparedQuery(select(posts.c.id).where(in_list_of_numbers(posts.c.id, "ids")))


def existing_posts(connection: Connection, post_ids: Iterable[int | None]) -> set[int]:
    """Those of the posts that are stored: users may delete posts at any time, also while a poll uses them."""
    ids = sorted({post_id for post_id in post_ids if post_id is not None})
    return {row.id for row in _EXISTING_POSTS.run(connection, {"ids": json_text(ids)})} if ids else set()


def text_categories(text: str | None) -> tuple[Category, ...] | None:
    """The categories of `category_text`."""
    if text is None:
        return None
    return tuple(map(category_of, json.loads(text)))


def row_post(row: Mapping[Any, Any]) -> Post:
    """The record of a row."""
    return Post(
        id=row["id"],
        source_id=row["source_id"],
        from_url=row["from_url"],
        layout=row["layout"],
        title=row["title"],
        date=from_utc_text(row["date"]),
        author=row["author"],
        tags=tuple(json.loads(row["tags"])),
        categories=tuple(json.loads(row["categories"])),
        feed_categories=text_categories(row["feed_categories"]),
        content=row["content"],
        text=row["text"],
        published_ms=row["published_ms"],
        date_origin=DateOrigin(row["date_origin"]),
        date_raw=row["date_raw"],
        zone_origin=ZoneOrigin(row["zone_origin"]) if row["zone_origin"] else None,
        date_clamped=bool(row["date_clamped"]),
        body_origin=BodyOrigin(row["body_origin"]),
        extraction_version=row["extraction_version"],
        fetched_at=from_utc_text(row["fetched_at"]),
        updated_at=from_utc_text(row["updated_at"]),
        revision=row["revision"],
        language=row["language"],
        image=row["image"],
        modified_at=optional_moment(row["modified_at"]),
        enclosures=tuple(Enclosure(**item) for item in json.loads(row["enclosures"])),
        comments=None if row["comments"] is None else bool(row["comments"]),
        link_title=row["link_title"],
        file_name=row["file_name"],
        extra=tuple(json.loads(row["extra"]).items()),
    )
