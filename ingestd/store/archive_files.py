"""Archives in the database: imported posts, imported lists of known URLs, and the file of each exported post."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from ingestd.model.poll import WriteBatch
from ingestd.model.post import NewPost, Post
from ingestd.store.codec import chunks
from ingestd.store.models import exports, identities, sources
from ingestd.store.prepared_statements import upsert
from ingestd.store.writes import write
from ingestd.text.times import utc_text

#: The kind of a key from a list of known URLs. An article of a feed with this key is not new; an imported file is.
SEEN_KEY_KIND = "seen"


def store_imported(connection: Connection, found: Sequence[tuple[Post, str, str]], now: datetime) -> list[bool]:
    """Store imported posts, each as (post, identity key, content digest): for each whether it was new."""
    names = {row.name: row.id for row in connection.execute(select(sources.c.name, sources.c.id))}
    new = tuple(
        NewPost(
            post=replace(post, source_id=_source_of(post, names)),
            keys=(("link", key),),
            seen_at=now,
            content_digest=digest,
        )
        for post, key, digest in found
    )
    for run in chunks([key for _, key, _ in found]):
        connection.execute(_DELETE_SEEN_KEYS, {"keys": list(run)})
    stored = {item.post.from_url for _, item in write(connection, WriteBatch(0, now, posts=new)).stored}
    return [item.post.from_url in stored for item in new]


_DELETE_SEEN_KEYS = delete(identities).where(
    identities.c.key.in_(bindparam("keys", expanding=True)),
    identities.c.kind == SEEN_KEY_KIND,
    identities.c.post_id.is_(None),
)


def _source_of(post: Post, names: dict[str, int]) -> int | None:
    """The configured source that a category, a tag or the author names."""
    return next((names[name] for name in (*post.categories, *post.tags, post.author) if name in names), None)


def learn_urls(connection: Connection, keys: Sequence[str], now: datetime) -> int:
    """Store keys without posts, so that no poll stores their articles as new: how many were not stored yet."""
    known = set()
    for run in chunks(keys):
        known |= set(connection.execute(select(identities.c.key).where(identities.c.key.in_(run))).scalars())
    fresh = [key for key in dict.fromkeys(keys) if key not in known]
    if fresh:
        connection.execute(
            upsert(connection, identities).on_conflict_do_nothing(),
            [{"key": key, "kind": SEEN_KEY_KIND, "post_id": None, "first_seen_at": utc_text(now)} for key in fresh],
        )
    return len(fresh)


def exported(connection: Connection, target: str) -> dict[int, tuple[str, str, str]]:
    """The files written to the folder `target`: (path, digest, name key) by post."""
    columns = exports.c.post_id, exports.c.path, exports.c.digest, exports.c.name_key
    rows = connection.execute(select(*columns).where(exports.c.target == target))
    return {row.post_id: (row.path, row.digest, row.name_key) for row in rows}


def remember_exported(
    connection: Connection, target: str, rows: Sequence[tuple[int, str, str, str]], now: datetime
) -> None:
    """Store (post, path, digest, name key) of files that were written to the folder `target`."""
    if not rows:
        return
    statement = upsert(connection, exports)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["target", "post_id"],
            set_={name: getattr(statement.excluded, name) for name in ("path", "digest", "name_key", "exported_at")},
        ),
        [
            {
                "target": target,
                "post_id": post_id,
                "path": path,
                "digest": digest,
                "name_key": key,
                "exported_at": utc_text(now),
            }
            for post_id, path, digest, key in rows
        ],
    )
