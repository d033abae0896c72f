"""The table `media`: images of posts that are to be fetched, and the files of those that were."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select, update

from ingestd.archive.images.formats import Image
from ingestd.archive.images.html_images import image_urls
from ingestd.identity.urls import redact_text
from ingestd.model.errors import LeaseLostError, Outcome
from ingestd.store.codec import chunks, optional_utc_text
from ingestd.store.in_list import in_numbers
from ingestd.store.models import media, posts, sources
from ingestd.store.posts import PostFilter, posts_after
from ingestd.store.prepared_statements import PreparedStatement
from ingestd.text.times import utc_text

T = TypeVar("T")

_IS_STORED = media.c.outcome == Outcome.OK.value
_IS_QUEUED = media.c.next_try_at.is_not(None)
_IS_GIVEN_UP = and_(media.c.outcome.is_not(None), ~_IS_STORED, ~_IS_QUEUED)


@dataclass(frozen=True, slots=True)
class QueuedImage:
    """An image that is to be fetched now: for which source, after how many failed attempts, shown on which page.

    `held_until` is the claim of the process that fetches it.
    """

    id: int
    url: str
    source_id: int
    attempts: int
    shown_on: str | None = None
    held_until: str | None = None


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A stored image's file: the SHA-256 of its bytes, its media type and size, and an address that it came from."""

    hash: str
    type: str
    bytes: int
    url: str


def queue_images(connection: Connection, wishes: Sequence[tuple[int, int | None, Sequence[str]]], at: datetime) -> None:
    """Queue images, each as (post, source, addresses). Images that are stored, queued or given up stay as they are."""
    now = utc_text(at)
    rows = [
        {"url": url, "host": _host(url), "source_id": source, "post_id": post, "added_at": now, "next_try_at": now}
        for post, source, urls in wishes
        for url in urls
    ]
    _UPSERT_IMAGE.run(connection, [row for row in rows if row["host"]])


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _upsert_image(insert: Callable[[Any], Any]) -> Any:
    statement = insert(media)
    # The newest source whose post shows it: the first one may be removed from the configuration.
    return statement.on_conflict_do_update(
        index_elements=["url"], set_={"source_id": statement.excluded.source_id}, where=_IS_QUEUED
    )


_UPSERT_IMAGE = PreparedStatement(_upsert_image)


def queue_images_of_posts(
    connection: Connection, source: str, since: datetime | None, last: int, at: datetime
) -> int | None:
    """Queue the images of a source's next stored posts, those above row `last`: the last row, or None at the end."""
    found = posts_after(connection, PostFilter(source=source, since=since), last)
    owner = connection.execute(select(sources.c.id).where(sources.c.name == source)).scalar()
    queue_images(connection, [(post.id, owner, image_urls(post)) for post in found], at)
    return found[-1].id if found else None


def _due_of(connection: Connection, source_ids: Collection[int], now: datetime, *host: Any) -> Any:
    """The condition of the images that are due of these sources.

    The sources of what is due are looked up first: they are few, where the configured ones may be 100,000.
    """
    due = and_(media.c.next_try_at <= utc_text(now), *host)
    found = connection.execute(select(media.c.source_id).where(due).distinct()).scalars()
    return and_(due, in_numbers(media.c.source_id, [source_id for source_id in found if source_id in source_ids]))


def hosts_with_due_images(
    connection: Connection, source_ids: Collection[int], busy: Collection[str], now: datetime, limit: int
) -> list[str]:
    """Servers with images of these sources that are due, the longest overdue first, without the `busy` ones."""
    longest = func.min(media.c.next_try_at)
    due = _due_of(connection, source_ids, now)
    query = select(media.c.host).where(due, media.c.host.not_in(sorted(busy)))
    return list(connection.execute(query.group_by(media.c.host).order_by(longest).limit(limit)).scalars())


def take_image(
    connection: Connection, source_ids: Collection[int], host: str, now: datetime, until: datetime
) -> QueuedImage | None:
    """The next image of a server, reserved until `until`; then it is due again, if this process has ended."""
    query = (
        select(media.c.id, media.c.url, media.c.source_id, media.c.attempts, posts.c.from_url)
        .outerjoin(posts, posts.c.id == media.c.post_id)
        .where(_due_of(connection, source_ids, now, media.c.host == host))
        .order_by(media.c.next_try_at, media.c.id)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    connection.execute(update(media).where(media.c.id == row.id).values(next_try_at=utc_text(until)))
    return QueuedImage(row.id, row.url, row.source_id, row.attempts, row.from_url, utc_text(until))


def under_claim(connection: Connection, queued: QueuedImage, function: Callable[..., T], *args: object) -> T:
    """`function(connection, row, …)`, where the image is still held by who took it: in the transaction that writes.

    Raises LeaseLostError where another process has taken it, because this one was halted or cut off.
    """
    ours = select(media.c.next_try_at).where(media.c.id == queued.id)
    if connection.execute(ours).scalar() != queued.held_until:
        raise LeaseLostError("another process has taken the image meanwhile")
    return function(connection, queued.id, *args)


def record_stored(connection: Connection, row: int, image: Image, digest: str, size: int, at: datetime) -> None:
    """Record that an image is stored: `digest` is the SHA-256 of its bytes, `size` their number."""
    values = {"hash": digest, "type": image.type, "bytes": size, "width": image.width, "height": image.height}
    values |= {"fetched_at": utc_text(at), "outcome": Outcome.OK.value, "reason": None, "next_try_at": None}
    connection.execute(update(media).where(media.c.id == row).values(values))


def record_failure(
    connection: Connection, row: int, outcome: Outcome, reason: str, next_try: datetime | None, counts: bool = True
) -> None:
    """Record a failed attempt and the time of the next one (None: never). `counts`: it counts in `attempts`."""
    values = {
        "outcome": outcome.value,
        "reason": redact_text(reason),
        "attempts": media.c.attempts + int(counts),
        "next_try_at": optional_utc_text(next_try),
    }
    connection.execute(update(media).where(media.c.id == row).values(values))


def release_image(connection: Connection, row: int, at: datetime) -> None:
    """Make an image that was taken due at `at`, because its fetching was stopped."""
    connection.execute(update(media).where(media.c.id == row).values(next_try_at=utc_text(at)))


def retry_images(connection: Connection, source_ids: Collection[int], lost: Sequence[str], now: datetime) -> None:
    """Queue again what was given up for these sources, and the images whose files are lost, by their hashes."""
    anew = {"next_try_at": utc_text(now), "attempts": 0}
    ours = in_numbers(media.c.source_id, source_ids)
    connection.execute(update(media).where(ours, _IS_GIVEN_UP).values(anew))
    for run in chunks(lost):
        gone = {**anew, "outcome": None, "hash": None, "fetched_at": None}
        connection.execute(update(media).where(ours, media.c.hash.in_(run)).values(gone))


_STORED_FILES = select(media.c.url, media.c.hash, media.c.type, media.c.bytes).where(
    media.c.url.in_(bindparam("urls", expanding=True)), _IS_STORED
)


def files_by_url(connection: Connection, urls: Sequence[str]) -> dict[str, ImageFile]:
    """The stored images among these addresses, by address."""
    rows = connection.execute(_STORED_FILES, {"urls": list(urls)}) if urls else ()
    return {row.url: ImageFile(row.hash, row.type, row.bytes, row.url) for row in rows}


def all_files(connection: Connection) -> Iterator[ImageFile]:
    """Every file that must exist, each once."""
    query = select(media.c.hash, media.c.type, func.min(media.c.bytes).label("bytes"), func.min(media.c.url))
    for row in connection.execute(query.where(_IS_STORED).group_by(media.c.hash, media.c.type).order_by(media.c.hash)):
        yield ImageFile(*row)


def image_counts(connection: Connection) -> dict[str, int]:
    """How many images are known, stored, queued and given up; the files and bytes of the stored ones."""
    query = select(
        func.count().label("images"),
        func.count(case((_IS_STORED, 1))).label("images_here"),
        func.count(case((_IS_QUEUED, 1))).label("images_waiting"),
        func.count(case((_IS_GIVEN_UP, 1))).label("images_given_up"),
    ).select_from(media)
    unique = select(media.c.bytes).where(_IS_STORED).group_by(media.c.hash, media.c.bytes).subquery()
    taken = select(func.count().label("image_files"), func.coalesce(func.sum(unique.c.bytes), 0).label("image_bytes"))
    found = {**connection.execute(query).mappings().one(), **connection.execute(taken).mappings().one()}
    return {str(name): int(value) for name, value in found.items()}


def count_waiting(connection: Connection, source_ids: Collection[int]) -> int:
    """How many images of these sources are still to be fetched."""
    query = select(func.count()).select_from(media).where(_IS_QUEUED, in_numbers(media.c.source_id, source_ids))
    return int(connection.execute(query).scalar_one())


def failures_by_source(connection: Connection) -> dict[int, tuple[int, int]]:
    """(failed and tried again, given up) by source, for those that have such images."""
    retried = and_(media.c.outcome.is_not(None), _IS_QUEUED)
    query = select(media.c.source_id, func.count(case((retried, 1))), func.count(case((_IS_GIVEN_UP, 1))))
    rows = connection.execute(query.where(or_(retried, _IS_GIVEN_UP)).group_by(media.c.source_id))
    return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}


def list_images(connection: Connection, *, source: str | None, failures: bool, limit: int) -> list[dict[str, Any]]:
    """Images, the newest first; `failures`: only those whose last attempt failed."""
    query = select(media, sources.c.name.label("source")).outerjoin(sources, sources.c.id == media.c.source_id)
    if source is not None:
        query = query.where(sources.c.name == source)
    if failures:
        query = query.where(media.c.outcome.is_not(None), ~_IS_STORED)
    return [dict(row) for row in connection.execute(query.order_by(media.c.id.desc()).limit(limit)).mappings()]
