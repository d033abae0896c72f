"""The table `pages`: article pages as they were served, compressed with the dictionary of their server."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, insert, select

from ingestd.identity.urls import host_of
from ingestd.model.article import KeptPage
from ingestd.model.errors import StoreError
from ingestd.store import dictionaries
from ingestd.store.models import pages
from ingestd.store.post_rows import compress
from ingestd.store.prepared_statements import PreparedStatement
from ingestd.text.times import from_utc_text, utc_text
from ingestd.text.zstd import Dictionary, decompress

#: How `pages.body` is compressed: by itself, or with the dictionary that `dictionary_id` names.
PLAIN, WITH_DICTIONARY = "zstd", "zstd-dictionary"

_INSERT_PAGE = PreparedStatement(lambda _insert: insert(pages))


def store_pages(connection: Connection, kept: Iterable[tuple[int, KeptPage]]) -> None:
    """Store pages, each as (post, page)."""
    found = [(post_id, page, host_of(page.final_url) or "") for post_id, page in kept]
    known = dictionaries.dictionaries_of_hosts(connection, {host for _, _, host in found})
    rows = []
    for post_id, page, host in found:
        number, dictionary = _ready(connection, known.get(host))
        rows.append(_row(post_id, page, number, *_body_and_size(page, dictionary)))
    _INSERT_PAGE.run(connection, rows)
    dictionaries.count_kept_pages(connection, [(host, post_id) for post_id, _, host in found])


def _ready(connection: Connection, number: int | None) -> tuple[int | None, Dictionary | None]:
    """A dictionary and its row; (None, None) where it cannot be read: the page is then compressed without one."""
    if number is None:
        return None, None
    try:
        return number, dictionaries.load_dictionary(connection, number)
    except StoreError:
        return None, None


def _body_and_size(page: KeptPage, dictionary: Dictionary | None) -> tuple[bytes, int]:
    """The body of a page as it is stored, and the size of what was served."""
    if page.compressed is None:
        return compress(page.body, dictionary), len(page.body)
    if dictionary is None:
        return page.compressed
    return compress(decompress(*page.compressed), dictionary), page.compressed[1]


def _row(post_id: int, page: KeptPage, number: int | None, body: bytes, size: int) -> dict[str, Any]:
    return {
        "post_id": post_id,
        "url": page.url,
        "final_url": page.final_url,
        "fetched_at": utc_text(page.fetched_at),
        "http_status": page.http_status,
        "charset": page.charset,
        "content_type": page.content_type,
        "etag": page.etag,
        "last_modified": page.last_modified,
        "encoding": PLAIN if number is None else WITH_DICTIONARY,
        "dictionary_id": number,
        "size": size,
        "body": body,
    }


def latest(connection: Connection, post_id: int) -> KeptPage | None:
    """The newest stored page of a post. Raises StoreError where its dictionary is damaged."""
    query = select(pages).where(pages.c.post_id == post_id).order_by(pages.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _page(row, dictionaries.decompress_page(connection, row))


def latest_without_body(connection: Connection, post_id: int) -> KeptPage | None:
    """The newest stored page of a post with an empty body, so that nothing is decompressed."""
    columns = [column for column in pages.c if column.name != "body"]
    query = select(*columns).where(pages.c.post_id == post_id).order_by(pages.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _page(row, b"")


def versions(connection: Connection, post_id: int) -> list[KeptPage]:
    """Every stored version of a post's page, the oldest first. Raises StoreError as `latest` does."""
    query = select(pages).where(pages.c.post_id == post_id).order_by(pages.c.id)
    return [_page(row, dictionaries.decompress_page(connection, row)) for row in connection.execute(query).all()]


def _page(row: Any, body: bytes) -> KeptPage:
    return KeptPage(
        url=row.url,
        final_url=row.final_url,
        fetched_at=from_utc_text(row.fetched_at),
        http_status=row.http_status,
        body=body,
        charset=row.charset,
        content_type=row.content_type,
        etag=row.etag,
        last_modified=row.last_modified,
    )
