"""Dictionaries for compressing kept pages: what pages of one server have in common, kept once.

Which they are is chosen in `likeness`; here is how they are stored, found again, and used.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import zstandard
from sqlalchemy import Connection, bindparam, insert, literal_column, select, update

from ingestd.identity.urls import host_of
from ingestd.model.errors import StoreError
from ingestd.store.models import dictionaries, page_hosts, pages, posts
from ingestd.store.statements import PreparedStatement
from ingestd.text.times import utc_text

#: The level of compression. Level 10 takes five times as long and saves three bytes in a hundred.
LEVEL = 3
#: Pages of a server that are kept before its first dictionary is made, and before it is looked at again.
FIRST_LOOK = 12
NEXT_LOOK = 250
#: Pages of which one is chosen, and on which it is measured.
_SAMPLE = 12
#: Posts of one source among which the sample is looked for.
_LOOKED_THROUGH = 200


def compressed(body: bytes, dictionary: zstandard.ZstdCompressionDict | None = None) -> bytes:
    """A page's bytes in one Zstandard frame; with a dictionary, a checksum tells whether it was the right one."""
    if dictionary is None:
        return zstandard.ZstdCompressor(level=LEVEL).compress(body)
    return zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary, write_checksum=True).compress(body)


def decompressed(connection: Connection, row: Any) -> bytes:
    """The body of a row of `pages`. Raises StoreError where its dictionary is damaged."""
    if row.dictionary_id is None:
        return zstandard.ZstdDecompressor().decompress(row.body, max_output_size=row.size)
    dictionary = load(connection, row.dictionary_id)
    try:
        return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(row.body, max_output_size=row.size)
    except zstandard.ZstdError as error:
        raise StoreError(f"page {row.id} cannot be read with dictionary {row.dictionary_id}: {error}") from error


#: Dictionaries that are held ready: half a megabyte each, two at most.
_MOST_READY = 24
_ready: dict[str, zstandard.ZstdCompressionDict] = {}
_HASH = select(dictionaries.c.hash).where(dictionaries.c.id == bindparam("id"))
_WHOLE = select(dictionaries).where(dictionaries.c.id == bindparam("id"))


def load(connection: Connection, number: int) -> zstandard.ZstdCompressionDict:
    """A dictionary, ready to be used. Raises StoreError where it is missing or damaged."""
    digest = connection.execute(_HASH, {"id": number}).scalar()
    # What is held ready is known by the hash of what it holds: it serves every database.
    if digest is not None and (found := _ready.get(digest)) is not None:
        return found
    row = connection.execute(_WHOLE, {"id": number}).one_or_none()
    content = None if row is None else content_of(row)
    if row is None or content is None:
        raise StoreError(
            f"dictionary {number} of the kept pages is {'missing' if row is None else 'damaged_dictionaries'}"
        )
    made = prepared(content)
    while len(_ready) >= _MOST_READY:
        _ready.pop(next(iter(_ready)), None)
    return _ready.setdefault(row.hash, made)


def prepared(content: bytes) -> zstandard.ZstdCompressionDict:
    """A dictionary of this content, made ready for compressing many pages."""
    dictionary = zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    dictionary.precompute_compress(level=LEVEL)
    return dictionary


def content_of(row: Any) -> bytes | None:
    """What a row of `dictionaries` holds; None where it is damaged."""
    try:
        content = zstandard.ZstdDecompressor().decompress(row.body, max_output_size=row.size)
    except zstandard.ZstdError:
        return None
    return content if hashlib.sha256(content).hexdigest() == row.hash else None


def damaged_dictionaries(connection: Connection) -> list[str]:
    """What is wrong with the dictionaries, one line each."""
    numbers = list(connection.execute(select(dictionaries.c.id).order_by(dictionaries.c.id)).scalars())
    rows = (connection.execute(_WHOLE, {"id": number}).one() for number in numbers)
    return [
        f"dictionary {row.id} of the kept pages of {row.host} is damaged" for row in rows if content_of(row) is None
    ]


_CURRENT = (
    select(page_hosts.c.host, page_hosts.c.dictionary_id)
    .where(page_hosts.c.host.in_(bindparam("hosts", expanding=True)))
    .where(page_hosts.c.dictionary_id.is_not(None))
)


def current(connection: Connection, hosts: Collection[str]) -> dict[str, int]:
    """The dictionary of each server that has one."""
    if not hosts:
        return {}
    rows = connection.execute(_CURRENT, {"hosts": sorted(hosts)})
    return {row.host: row.dictionary_id for row in rows}


def _count(insert: Callable[[Any], Any]) -> Any:
    statement = insert(page_hosts)
    return statement.on_conflict_do_update(
        index_elements=["host"],
        set_={"pages_left": page_hosts.c.pages_left - literal_column("1"), "post_id": statement.excluded.post_id},
    )


_COUNT = PreparedStatement(_count)


def count(connection: Connection, kept: Sequence[tuple[str, int]]) -> None:
    """Note that pages were kept: (server, post) of each."""
    rows = [{"host": host, "pages_left": FIRST_LOOK - 1, "post_id": post} for host, post in kept if host]
    _COUNT.run(connection, rows)


def due(connection: Connection, most: int) -> list[str]:
    """Servers of which enough pages were kept to look at what they have in common."""
    query = select(page_hosts.c.host).where(page_hosts.c.pages_left <= 0).order_by(page_hosts.c.pages_left)
    return list(connection.execute(query.limit(most)).scalars())


def newest_pages(connection: Connection, host: str) -> tuple[list[bytes], bytes | None]:
    """The newest pages of a server, the newest first, and its present dictionary."""
    row = connection.execute(select(page_hosts).where(page_hosts.c.host == host)).one()
    owner = select(posts.c.source_id).where(posts.c.id == row.post_id).scalar_subquery()
    newest = select(posts.c.id).where(posts.c.source_id == owner).order_by(posts.c.date.desc()).limit(_LOOKED_THROUGH)
    listed = connection.execute(
        select(pages.c.id, pages.c.post_id, pages.c.final_url).where(pages.c.post_id.in_(newest)).order_by(pages.c.id)
    )
    # Of a page that was kept in several versions the last one: a page is no sample of itself.
    latest = {found.post_id: found.id for found in listed if host_of(found.final_url) == host}
    numbers = sorted(latest.values(), reverse=True)[:_SAMPLE]
    rows = connection.execute(select(pages).where(pages.c.id.in_(numbers)).order_by(pages.c.id.desc())).all()
    bodies, present = [], None
    for found in rows:
        with suppress(StoreError):
            bodies.append(decompressed(connection, found))
    with suppress(StoreError):
        present = None if row.dictionary_id is None else load(connection, row.dictionary_id).as_bytes()
    return bodies, present


def adopt(connection: Connection, host: str, content: bytes | None, now: datetime) -> bool:
    """Compress the pages of a server with this from now on, or go on as before; False where somebody else looked."""
    ours = page_hosts.c.host == host
    values: dict[str, Any] = {"pages_left": NEXT_LOOK}
    taken = connection.execute(update(page_hosts).where(ours, page_hosts.c.pages_left <= 0).values(values)).rowcount
    if taken and content is not None:
        row = {
            "host": host,
            "made_at": utc_text(now),
            "size": len(content),
            "hash": hashlib.sha256(content).hexdigest(),
            "body": compressed(content),
        }
        number = connection.execute(insert(dictionaries).values(row).returning(dictionaries.c.id)).scalar_one()
        connection.execute(update(page_hosts).where(ours).values(dictionary_id=number))
    return bool(taken)
