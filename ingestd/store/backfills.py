"""The tables `backfills` and `backfill_pages`: how far the history of each source was read.

The entries of a page go into the inbox in the transaction that moves the cursor behind it, so that a process that is
killed at any moment neither loses nor repeats any.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from ingestd.model.history import Backfill, BackfillState
from ingestd.model.poll import WriteBatch
from ingestd.store.codec import json_text, optional_moment, optional_utc_text
from ingestd.store.models import backfill_pages, backfills, inbox, sources
from ingestd.store.prepared_statements import upsert
from ingestd.store.writes import WriteResult, write
from ingestd.text.times import from_utc_text, utc_text


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page of a history that was read: its address, the digest of its entries, how many they are, and their oldest.

    `whole`: all of it was taken, so that it is not to be read again.
    """

    url: str
    digest: str
    entries: int
    oldest: datetime | None = None
    whole: bool = True


def read_backfill(connection: Connection, source_id: int, means: str) -> Backfill | None:
    """How far a source was read by one means; None where it never was."""
    row = connection.execute(select(backfills).where(*_key(source_id, means))).one_or_none()
    return None if row is None else _backfill(row)


def backfills_of(connection: Connection, source_id: int) -> list[Backfill]:
    """Every backfill of a source, the one that went on last first."""
    query = select(backfills).where(backfills.c.source_id == source_id).order_by(backfills.c.updated_at.desc())
    return [_backfill(row) for row in connection.execute(query)]


def latest_backfills(connection: Connection) -> dict[int, Backfill]:
    """The backfill that went on last of each source that has one."""
    query = select(backfills).order_by(backfills.c.updated_at)
    return {row.source_id: _backfill(row) for row in connection.execute(query)}


def begin_backfill(connection: Connection, begin: Backfill, feed: ReadPage | None) -> Backfill:
    """Store a new backfill in place of an earlier one by the same means; `feed` is a page that counts as read."""
    its_pages = backfill_pages.c.source_id == begin.source_id, backfill_pages.c.means == begin.means
    connection.execute(delete(backfill_pages).where(*its_pages))
    connection.execute(delete(backfills).where(*_key(begin.source_id, begin.means)))
    key = {"source_id": begin.source_id, "means": begin.means, "state": begin.state}
    times = {"started_at": utc_text(begin.started_at), "updated_at": utc_text(begin.started_at)}
    connection.execute(insert(backfills).values(**key, **times))
    _store(connection, begin, begin.started_at)
    if feed is not None:
        _record_page(connection, begin, feed, begin.started_at)
    return begin


def write_page(
    connection: Connection, batch: WriteBatch, after: Backfill, page: ReadPage
) -> tuple[Backfill, WriteResult]:
    """Store what a page of the history lists, that it was read, and where the backfill goes on: `after`."""
    written = write(connection, batch)
    if page.whole:
        _record_page(connection, after, page, batch.at)
    _store(connection, after, batch.at)
    if page.oldest is not None:
        _record_reach(connection, after.source_id, page.oldest)
    return _count_new(connection, after, len(written.stored)), written


def write_articles(connection: Connection, batch: WriteBatch, backfill: Backfill) -> tuple[Backfill, WriteResult]:
    """Store posts of a history, whose entries leave the inbox, and count them."""
    written = write(connection, batch)
    oldest = min((new.post.date for new in batch.posts), default=None)
    if oldest is not None:
        _record_reach(connection, backfill.source_id, oldest)
        reached, column = utc_text(oldest), backfills.c.reached_at
        is_older = or_(column.is_(None), column > reached)
        ours = _key(backfill.source_id, backfill.means)
        connection.execute(update(backfills).where(*ours, is_older).values(reached_at=reached))
    return _count_new(connection, backfill, len(written.stored)), written


def stop_backfill(
    connection: Connection, backfill: Backfill, state: BackfillState, reason: str | None, now: datetime
) -> Backfill:
    """Record how a backfill has stopped, and that the source's history is complete where it is."""
    values = {"state": state, "reason": reason, "updated_at": utc_text(now)}
    connection.execute(update(backfills).where(*_key(backfill.source_id, backfill.means)).values(values))
    if state is BackfillState.COMPLETE:
        record_complete_history(connection, backfill.source_id)
    found = read_backfill(connection, backfill.source_id, backfill.means)
    assert found is not None
    return found


def record_complete_history(connection: Connection, source_id: int) -> None:
    """Record that everything that a source lists was read."""
    connection.execute(update(sources).where(sources.c.id == source_id).values(history_complete=1))


def earlier_page(connection: Connection, backfill: Backfill, url: str, digest: str | None = None) -> str | None:
    """The address of a page that was read already and is at `url`, or has the same entries; None where none was."""
    ours = backfill_pages.c.source_id == backfill.source_id, backfill_pages.c.means == backfill.means
    # One query for each: with both conditions in one, every page of the history would be looked at.
    same = [backfill_pages.c.url == url, *([backfill_pages.c.digest == digest] if digest else [])]
    queries = (select(backfill_pages.c.url).where(*ours, condition).limit(1) for condition in same)
    return next((found for query in queries if (found := connection.execute(query).scalar()) is not None), None)


def has_history_inbox(connection: Connection, source_id: int) -> bool:
    """Whether entries of a source's history wait for their pages."""
    query = select(inbox.c.id).where(inbox.c.source_id == source_id, inbox.c.of_history == 1).limit(1)
    return connection.execute(query).scalar() is not None


def due_polls(connection: Connection, host: str, now: datetime) -> set[tuple[int, str | None]]:
    """(source, when it was due) of every source of a host whose poll is due."""
    query = select(sources.c.id, sources.c.next_poll_at).where(
        sources.c.host == host,
        sources.c.enabled == 1,
        sources.c.paused == 0,
        or_(sources.c.next_poll_at.is_(None), sources.c.next_poll_at <= utc_text(now)),
    )
    return {(row.id, row.next_poll_at) for row in connection.execute(query)}


def _key(source_id: int, means: str) -> tuple[Any, Any]:
    return backfills.c.source_id == source_id, backfills.c.means == means


def _store(connection: Connection, backfill: Backfill, at: datetime) -> None:
    values = {
        "state": backfill.state,
        "next_urls": json_text(backfill.next_urls),
        "partial_urls": json_text(backfill.partial_urls),
        "pages": backfill.pages,
        "found": backfill.found,
        "total": backfill.total,
        "reached_at": optional_utc_text(backfill.reached_at),
        "reason": backfill.reason,
        "updated_at": utc_text(at),
    }
    connection.execute(update(backfills).where(*_key(backfill.source_id, backfill.means)).values(values))


def _record_page(connection: Connection, backfill: Backfill, page: ReadPage, at: datetime) -> None:
    values = {"url": page.url, "digest": page.digest, "entries": page.entries, "read_at": utc_text(at)}
    statement = upsert(connection, backfill_pages).values(source_id=backfill.source_id, means=backfill.means, **values)
    connection.execute(statement.on_conflict_do_nothing())


def _count_new(connection: Connection, backfill: Backfill, stored: int) -> Backfill:
    ours = _key(backfill.source_id, backfill.means)
    if stored:
        connection.execute(update(backfills).where(*ours).values(new=backfills.c.new + stored))
    found = read_backfill(connection, backfill.source_id, backfill.means)
    assert found is not None
    return found


def _record_reach(connection: Connection, source_id: int, oldest: datetime) -> None:
    reached = utc_text(oldest)
    is_older = or_(sources.c.history_from.is_(None), sources.c.history_from > reached)
    connection.execute(update(sources).where(sources.c.id == source_id, is_older).values(history_from=reached))


def _backfill(row: Row[Any]) -> Backfill:
    return Backfill(
        source_id=row.source_id,
        means=row.means,
        state=BackfillState(row.state),
        next_urls=tuple(json.loads(row.next_urls)),
        started_at=from_utc_text(row.started_at),
        partial_urls=tuple(json.loads(row.partial_urls)),
        pages=row.pages,
        found=row.found,
        new=row.new,
        total=row.total,
        reached_at=optional_moment(row.reached_at),
        reason=row.reason,
    )
