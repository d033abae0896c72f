"""The tables `dictionaries` and `page_hosts`: Zstandard dictionaries of what the pages of one server have in common.

`dictionary_training` chooses the content of a dictionary; this module stores, loads and applies it.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal_column, select, update

from ingestd.identity.urls import host_of
from ingestd.model.errors import StoreError
from ingestd.store.models import dictionaries, page_hosts, pages, posts
from ingestd.store.post_rows import compress
from ingestd.store.prepared_statements import PreparedStatement
from ingestd.text.times import utc_text
from ingestd.text.zstd import Dictionary, ZstdError, decompress

#: Pages of a server that are stored before its first dictionary is trained, and between two trainings.
PAGES_TO_FIRST_TRAINING = 12
PAGES_TO_NEXT_TRAINING = 250
#: Pages of a server among which a dictionary is chosen and on which it is measured.
SAMPLE_PAGES = 12
#: Newest posts of a source whose pages may be in the sample.
MAX_SEARCHED_POSTS = 200


def decompress_page(connection: Connection, row: Any) -> bytes:
    """The body of a row of `pages`. Raises StoreError where it, or its dictionary, is damaged."""
    dictionary = None if row.dictionary_id is None else load_dictionary(connection, row.dictionary_id)
    try:
        return decompress(row.body, row.size, dictionary)
    except ZstdError as error:
        way = "" if dictionary is None else f" with dictionary {row.dictionary_id}"
        raise StoreError(f"page {row.id} cannot be read{way}: {error}") from error


#: Dictionaries that are kept in memory: 500 KB to 2 MB each.
MAX_CACHED_DICTIONARIES = 24
_cache: dict[str, Dictionary] = {}
_DICTIONARY_HASH = select(dictionaries.c.hash).where(dictionaries.c.id == bindparam("id"))
_DICTIONARY = select(dictionaries).where(dictionaries.c.id == bindparam("id"))


def load_dictionary(connection: Connection, number: int) -> Dictionary:
    """The dictionary of a row. Raises StoreError where it is missing or damaged."""
    digest = connection.execute(_DICTIONARY_HASH, {"id": number}).scalar()
    # The cache is keyed by the hash of the content, so that it serves every database.
    if digest is not None and (found := _cache.get(digest)) is not None:
        return found
    row = connection.execute(_DICTIONARY, {"id": number}).one_or_none()
    content = None if row is None else dictionary_content(row)
    if row is None or content is None:
        raise StoreError(f"dictionary {number} of the kept pages is {'missing' if row is None else 'damaged'}")
    made = Dictionary(content)
    while len(_cache) >= MAX_CACHED_DICTIONARIES:
        _cache.pop(next(iter(_cache)), None)
    return _cache.setdefault(row.hash, made)


def dictionary_content(row: Any) -> bytes | None:
    """The content of a row of `dictionaries`; None where it is damaged."""
    try:
        content = decompress(row.body, row.size)
    except ZstdError:
        return None
    return content if hashlib.sha256(content).hexdigest() == row.hash else None


def damaged_dictionaries(connection: Connection) -> list[str]:
    """One line for each damaged dictionary."""
    numbers = list(connection.execute(select(dictionaries.c.id).order_by(dictionaries.c.id)).scalars())
    rows = (connection.execute(_DICTIONARY, {"id": number}).one() for number in numbers)
    return [
        f"dictionary {row.id} of the kept pages of {row.host} is damaged"
        for row in rows
        if dictionary_content(row) is None
    ]


_DICTIONARIES_OF_HOSTS = (
    select(page_hosts.c.host, page_hosts.c.dictionary_id)
    .where(page_hosts.c.host.in_(bindparam("hosts", expanding=True)))
    .where(page_hosts.c.dictionary_id.is_not(None))
)


def dictionaries_of_hosts(connection: Connection, hosts: Collection[str]) -> dict[str, int]:
    """The dictionary of each server that has one."""
    if not hosts:
        return {}
    rows = connection.execute(_DICTIONARIES_OF_HOSTS, {"hosts": sorted(hosts)})
    return {row.host: row.dictionary_id for row in rows}


def _count_page(insert: Callable[[Any], Any]) -> Any:
    statement = insert(page_hosts)
    return statement.on_conflict_do_update(
        index_elements=["host"],
        set_={"pages_left": page_hosts.c.pages_left - literal_column("1"), "post_id": statement.excluded.post_id},
    )


_COUNT_PAGE = PreparedStatement(_count_page)


def count_kept_pages(connection: Connection, kept: Sequence[tuple[str, int]]) -> None:
    """Count pages that were stored, each as (server, post)."""
    rows = [{"host": host, "pages_left": PAGES_TO_FIRST_TRAINING - 1, "post_id": post} for host, post in kept if host]
    _COUNT_PAGE.run(connection, rows)


def hosts_due_for_training(connection: Connection, limit: int) -> list[str]:
    """Servers with enough new pages to train a dictionary, at most `limit`."""
    query = select(page_hosts.c.host).where(page_hosts.c.pages_left <= 0).order_by(page_hosts.c.pages_left)
    return list(connection.execute(query.limit(limit)).scalars())


def newest_pages(connection: Connection, host: str) -> tuple[list[bytes], bytes | None]:
    """The sample of a server: its newest pages, the newest first, and the content of its present dictionary."""
    row = connection.execute(select(page_hosts).where(page_hosts.c.host == host)).one()
    owner = select(posts.c.source_id).where(posts.c.id == row.post_id).scalar_subquery()
    newest = (
        select(posts.c.id).where(posts.c.source_id == owner).order_by(posts.c.date.desc()).limit(MAX_SEARCHED_POSTS)
    )
    listed = connection.execute(
        select(pages.c.id, pages.c.post_id, pages.c.final_url).where(pages.c.post_id.in_(newest)).order_by(pages.c.id)
    )
    # Only the last version of each page: a dictionary must not be measured on another version of itself.
    latest = {found.post_id: found.id for found in listed if host_of(found.final_url) == host}
    numbers = sorted(latest.values(), reverse=True)[:SAMPLE_PAGES]
    rows = connection.execute(select(pages).where(pages.c.id.in_(numbers)).order_by(pages.c.id.desc())).all()
    bodies, present = [], None
    for found in rows:
        with suppress(StoreError):
            bodies.append(decompress_page(connection, found))
    with suppress(StoreError):
        present = None if row.dictionary_id is None else load_dictionary(connection, row.dictionary_id).content
    return bodies, present


def adopt_dictionary(connection: Connection, host: str, content: bytes | None, now: datetime) -> bool:
    """Compress the next pages of a server with a dictionary of this content; None keeps the present one.

    False where another process has trained this server in the meantime.
    """
    ours = page_hosts.c.host == host
    values: dict[str, Any] = {"pages_left": PAGES_TO_NEXT_TRAINING}
    taken = connection.execute(update(page_hosts).where(ours, page_hosts.c.pages_left <= 0).values(values)).rowcount
    if taken and content is not None:
        row = {
            "host": host,
            "made_at": utc_text(now),
            "size": len(content),
            "hash": hashlib.sha256(content).hexdigest(),
            "body": compress(content),
        }
        number = connection.execute(insert(dictionaries).values(row).returning(dictionaries.c.id)).scalar_one()
        connection.execute(update(page_hosts).where(ours).values(dictionary_id=number))
    return bool(taken)
