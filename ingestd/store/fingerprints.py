"""Fingerprints of posts, and the pairs of near-duplicates that they tell, found when a post is stored.

Two texts that are alike have most of their least keys in common (`text/fingerprint.py`): the few of a post that are
stored lead to it from the keys of another. What has two keys in common is compared by its signature. A key that many
posts have is that of boilerplate: no further post is stored under it, which bounds both the search and the pairs.

Every post is in one of `fingerprints` and `fingerprint_backlog` (`fingerprint_triggers`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, column, select, table

from ingestd.identity.urls import same_site
from ingestd.store.codec import json_text
from ingestd.store.driver_cursor import fetch_rows, run_rows
from ingestd.store.models import fingerprints, posts, sources
from ingestd.text.fingerprint import fingerprint, keys_of, may_be_alike, near_duplicate_similarity, signature_of

#: Keys under which a post is stored.
STORED_KEYS = 5
#: Keys that two posts must have in common to be compared.
_MIN_COMMON_KEYS = 2
#: Posts that are stored under one key.
MAX_POSTS_OF_KEY = 20
#: Posts with which one is compared when it is stored, those with the most keys in common: thousands may have one text.
MAX_CANDIDATES = 20
#: Posts of the backlog that get their fingerprint in one transaction: some 50 ms for which other writers wait.
STEP_POSTS = 50

_LISTS = {
    "sqlite": "(SELECT value FROM json_each(?))",
    "postgresql": "(SELECT CAST(jsonb_array_elements_text(CAST(%s AS jsonb)) AS bigint))",
}
#: One row for each key: a row for each post of a key would be thousands, where texts are alike.
_LISTED_POSTS = {
    "sqlite": f"SELECT key, group_concat(post_id) FROM fingerprint_keys WHERE key IN {_LISTS['sqlite']} GROUP BY key",
    "postgresql": "SELECT key, string_agg(CAST(post_id AS text), ',') FROM fingerprint_keys"
    f" WHERE key IN {_LISTS['postgresql']} GROUP BY key",
}
_OF_A_POST = (("fingerprints", "post_id"), ("near_duplicate_pairs", "post_id"), ("near_duplicate_pairs", "other_id"))
_PARAMETER = {"sqlite": "?", "postgresql": "%s"}


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


def add_fingerprints(connection: Connection, added: Iterable[tuple[int, str, bytes | None]]) -> None:
    """Store the fingerprints of posts, each (id, text, fingerprint), and their pairs with posts that have one.

    A fingerprint of None is computed here. The posts have none yet.
    """
    values = {row: fingerprint(text) if value is None else value for row, text, value in added}
    signatures = {row: signature_of(value) for row, value in values.items()}
    keys = {row: keys_of(value) for row, value in values.items()}
    posts_of_key = _posts_of_keys(connection, {key for found in keys.values() for key in found})
    stored: dict[int, list[int]] = {}
    candidates: dict[int, list[int]] = {}
    for row, own in keys.items():
        found = [posts_of_key[key] for key in own]
        candidates[row] = _most_in_common([listed for listed in found if listed])
        stored[row] = [key for key, listed in zip(own, found, strict=True) if len(listed) < MAX_POSTS_OF_KEY]
        del stored[row][STORED_KEYS:]
        for key in stored[row]:
            posts_of_key[key].append(row)
    _store(connection, signatures, stored)
    pairs = _pairs(connection, candidates, signatures)
    _insert(connection, "near_duplicate_pairs (post_id, other_id, similarity)", pairs)


def _most_in_common(found: Sequence[Sequence[int]]) -> list[int]:
    """The posts that are found by enough keys, those with the most first, and at most MAX_CANDIDATES."""
    if len(found) < _MIN_COMMON_KEYS:
        return []
    counts = Counter(chain.from_iterable(found))
    enough = [(-count, other) for other, count in counts.items() if count >= _MIN_COMMON_KEYS]
    enough.sort(key=itemgetter(0))
    return [other for _, other in enough[:MAX_CANDIDATES]]


def _posts_of_keys(connection: Connection, keys: set[int]) -> dict[int, list[int]]:
    """The posts that are stored under each of the keys, in their order."""
    found: dict[int, list[int]] = {key: [] for key in keys}
    if keys:
        for key, listed in _rows(connection, _LISTED_POSTS[connection.dialect.name], sorted(keys)):
            found[key] = sorted(map(int, listed.split(",")))
    return found


def _store(connection: Connection, signatures: Mapping[int, bytes], stored: Mapping[int, list[int]]) -> None:
    rows = [(row, value, json_text(stored[row]) if value else "[]") for row, value in signatures.items()]
    _insert(connection, "fingerprints (post_id, signature, keys)", rows)
    keys = sorted((key, row) for row, found in stored.items() for key in found)
    _insert(connection, "fingerprint_keys (key, post_id)", keys)
    statement = f"DELETE FROM fingerprint_backlog WHERE post_id IN {_LISTS[connection.dialect.name]}"
    run_rows(connection, statement, [(json_text(list(signatures)),)])


def _rows(connection: Connection, query: str, listed: Sequence[int]) -> list[Any]:
    """The rows of a query whose one parameter is a list."""
    rows, _ = fetch_rows(connection, query, (json_text(listed),), tuple)
    return rows


def _insert(connection: Connection, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        parameters = ", ".join([_PARAMETER[connection.dialect.name]] * len(rows[0]))
        run_rows(connection, f"INSERT INTO {into} VALUES ({parameters})", rows)


def _pairs(
    connection: Connection, candidates: Mapping[int, list[int]], signatures: Mapping[int, bytes]
) -> list[tuple[int, int, float]]:
    """The rows of those pairs of each post and its candidates that are near-duplicates.

    `signatures` are those of the posts that are stored now.
    """
    known = dict(signatures)
    earlier = {other for found in candidates.values() for other in found if other not in known}
    if earlier:
        query = f"SELECT post_id, signature FROM fingerprints WHERE post_id IN {_LISTS[connection.dialect.name]}"
        known |= {row: bytes(value) for row, value in _rows(connection, query, sorted(earlier))}
    pairs = {}
    for row, found in candidates.items():
        # A post that was deleted while foreign keys were off may have left keys.
        others = [other for other in found if known.get(other)]
        for other, may_be in zip(others, may_be_alike(known[row], [known[other] for other in others]), strict=True):
            if may_be:
                in_site = partial(_are_of_one_site, connection, row, other)
                similarity = near_duplicate_similarity(known[row], known[other], in_site)
                if similarity is not None:
                    pairs[min(row, other), max(row, other)] = similarity
    return [(row, other, similarity) for (row, other), similarity in sorted(pairs.items())]


def _are_of_one_site(connection: Connection, one: int, other: int) -> bool:
    urls = list(connection.execute(select(posts.c.from_url).where(posts.c.id.in_((one, other)))).scalars())
    return len(urls) == 2 and same_site(urls[0], urls[1])


def fill_fingerprints(connection: Connection, limit: int) -> int:
    """Give up to `limit` posts of `fingerprint_backlog` their fingerprints, the newest first: how many were taken."""
    query = f"SELECT post_id FROM fingerprint_backlog ORDER BY post_id DESC LIMIT {limit:d}"
    ids = list(connection.exec_driver_sql(query).scalars())
    if ids:
        in_list, listed = _LISTS[connection.dialect.name], (json_text(ids),)
        rows = connection.exec_driver_sql(f"SELECT id, text FROM posts WHERE id IN {in_list}", listed).all()
        # INSERT OR REPLACE by hand leaves what the replaced post had, where foreign keys are off.
        for table_name, column_name in _OF_A_POST:
            connection.exec_driver_sql(f"DELETE FROM {table_name} WHERE {column_name} IN {in_list}", listed)
        add_fingerprints(connection, [(row, text, None) for row, text in rows])
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
