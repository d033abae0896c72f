"""Fingerprints of posts, and the pairs of near-duplicates that they tell, found when a post is stored.

Two texts that are alike have most of their least keys in common (`text/fingerprint.py`): the few of a post that are
stored lead to it from the keys of another. What has two keys in common is compared by its signature. A key that many
posts have is that of boilerplate: no further post is stored under it, which bounds both the search and the pairs.

Every post is in one of `fingerprints` and `fingerprint_backlog` (`fingerprint_triggers`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, column, insert, select, table

from ingestd.identity.urls import same_site
from ingestd.store.codec import json_text
from ingestd.store.models import fingerprint_keys, fingerprints, near_duplicate_pairs, posts, sources
from ingestd.store.prepared_statements import PreparedStatement
from ingestd.text.fingerprint import fingerprint, keys_of, near_duplicate_similarity, signature_of

#: Keys under which a post is stored.
STORED_KEYS = 5
#: Keys that two posts must have in common to be compared.
_MIN_COMMON_KEYS = 2
#: Posts that are stored under one key.
MAX_POSTS_OF_KEY = 60
#: Posts of the backlog that get their fingerprint in one transaction: some 50 ms for which other writers wait.
STEP_POSTS = 50

_LISTS = {
    "sqlite": "(SELECT value FROM json_each(?))",
    "postgresql": "(SELECT CAST(jsonb_array_elements_text(CAST(%s AS jsonb)) AS bigint))",
}
_INSERT = PreparedStatement(lambda _insert: insert(fingerprints))
_INSERT_KEY = PreparedStatement(lambda _insert: insert(fingerprint_keys))
_INSERT_PAIR = PreparedStatement(lambda _insert: insert(near_duplicate_pairs))


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """The near-duplicates of a post, the most similar first, each as a dictionary of what is shown of it.

    `is_compared` is False while the post has no fingerprint, `is_short` tells that its text is too short to be
    compared. `backlog` counts the posts without fingerprint, which may be near-duplicates too.
    """

    posts: tuple[dict[str, Any], ...]
    is_compared: bool
    is_short: bool
    backlog: int


_VIEW = table("near_duplicates", column("post_id"), column("other_id"), column("similarity"))
_OTHERS = (
    select(
        posts.c.id,
        _VIEW.c.similarity,
        posts.c.date,
        sources.c.name.label("source"),
        posts.c.author,
        posts.c.title,
        posts.c.from_url,
    )
    .join_from(_VIEW, posts, posts.c.id == _VIEW.c.other_id)
    .outerjoin(sources, sources.c.id == posts.c.source_id)
    .order_by(_VIEW.c.similarity.desc(), posts.c.id)
)


def near_duplicates(connection: Connection, post_id: int) -> NearDuplicates:
    """What tells the same story as a post in nearly the same words."""
    rows = connection.execute(_OTHERS.where(_VIEW.c.post_id == post_id)).mappings()
    own = select(fingerprints.c.signature).where(fingerprints.c.post_id == post_id)
    signature = connection.execute(own).scalar()
    found = tuple(dict(row) for row in rows)
    return NearDuplicates(found, signature is not None, signature == b"", backlog(connection))


def add_fingerprints(connection: Connection, added: Sequence[tuple[int, str, str, bytes | None]]) -> None:
    """Store the fingerprints of posts, each (id, URL, text, fingerprint), and their pairs with posts that have one.

    A fingerprint of None is computed here.
    """
    given = {row: (url, fingerprint(text) if value is None else value) for row, url, text, value in added}
    keys = {row: keys_of(value) for row, (_, value) in given.items()}
    posts_of_key = _posts_of_keys(connection, {key for found in keys.values() for key in found})
    stored: dict[int, list[int]] = {}
    candidates: dict[int, list[int]] = {}
    for row, own in keys.items():
        common = Counter(other for key in own for other in posts_of_key[key])
        candidates[row] = [other for other, count in common.items() if count >= _MIN_COMMON_KEYS]
        stored[row] = [key for key in own if len(posts_of_key[key]) < MAX_POSTS_OF_KEY][:STORED_KEYS]
        for key in stored[row]:
            posts_of_key[key].append(row)
    _store(connection, {row: signature_of(value) for row, (_, value) in given.items()}, stored)
    _INSERT_PAIR.run(connection, _pairs(connection, candidates))


def _posts_of_keys(connection: Connection, keys: set[int]) -> dict[int, list[int]]:
    """The posts that are stored under each of the keys."""
    found: dict[int, list[int]] = {key: [] for key in keys}
    if keys:
        query = f"SELECT key, post_id FROM fingerprint_keys WHERE key IN {_LISTS[connection.dialect.name]}"
        for key, post_id in connection.exec_driver_sql(query, (json_text(sorted(keys)),)):
            found[key].append(post_id)
    return found


def _store(connection: Connection, signatures: Mapping[int, bytes], stored: Mapping[int, list[int]]) -> None:
    _INSERT.run(
        connection,
        [
            {"post_id": row, "signature": value, "keys": json_text(stored[row]) if value else "[]"}
            for row, value in signatures.items()
        ],
    )
    keys = sorted((key, row) for row, found in stored.items() for key in found)
    _INSERT_KEY.run(connection, [{"key": key, "post_id": row} for key, row in keys])
    in_list = _LISTS[connection.dialect.name]
    statement = f"DELETE FROM fingerprint_backlog WHERE post_id IN {in_list}"
    connection.exec_driver_sql(statement, (json_text(list(signatures)),))


def _pairs(connection: Connection, candidates: Mapping[int, list[int]]) -> list[dict[str, Any]]:
    """The rows of those pairs of each post and its candidates that are near-duplicates."""
    compared = {row: found for row, found in candidates.items() if found}
    stored = _signatures(connection, {*compared, *(other for found in compared.values() for other in found)})
    pairs = {}
    for row, others in compared.items():
        url, signature = stored[row]
        for other in others:
            other_url, other_signature = stored.get(other, ("", b""))
            similarity = near_duplicate_similarity(signature, other_signature, in_site=same_site(url, other_url))
            if similarity is not None:
                pairs[min(row, other), max(row, other)] = similarity
    return [{"post_id": row, "other_id": other, "similarity": value} for (row, other), value in sorted(pairs.items())]


def _signatures(connection: Connection, posts: Iterable[int]) -> dict[int, tuple[str, bytes]]:
    """The URL and the signature of each of the posts."""
    ids = sorted(posts)
    if not ids:
        return {}
    query = (
        "SELECT f.post_id, p.from_url, f.signature FROM fingerprints f JOIN posts p ON p.id = f.post_id"
        f" WHERE f.post_id IN {_LISTS[connection.dialect.name]}"
    )
    rows = connection.exec_driver_sql(query, (json_text(ids),))
    return {post_id: (url, bytes(signature)) for post_id, url, signature in rows}


def fill_fingerprints(connection: Connection, limit: int) -> int:
    """Give up to `limit` posts of `fingerprint_backlog` their fingerprints, the newest first: how many were taken."""
    query = f"SELECT post_id FROM fingerprint_backlog ORDER BY post_id DESC LIMIT {limit:d}"
    ids = list(connection.exec_driver_sql(query).scalars())
    if ids:
        in_list, listed = _LISTS[connection.dialect.name], (json_text(ids),)
        rows = connection.exec_driver_sql(f"SELECT id, from_url, text FROM posts WHERE id IN {in_list}", listed)
        add_fingerprints(connection, [(row, url, text, None) for row, url, text in rows])
        # Of a post that was deleted while foreign keys were off, a row may be left.
        connection.exec_driver_sql(f"DELETE FROM fingerprint_backlog WHERE post_id IN {in_list}", listed)
    return len(ids)


def backlog(connection: Connection) -> int:
    """How many posts have no fingerprint yet."""
    left: int = connection.exec_driver_sql("SELECT count(*) FROM fingerprint_backlog").scalar_one()
    return left


def has_backlog(connection: Connection) -> bool:
    """Whether a post has no fingerprint yet."""
    return bool(connection.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM fingerprint_backlog)").scalar())
