"""Sources in the database: what the configuration says of them, what polls found, and who polls them now."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from ingestd.records import Source, SourceState
from ingestd.store.codec import optional_moment, placeholders, text_redirects
from ingestd.store.models import inbox, leases, polls, posts, problems, source_urls, sources
from ingestd.times import utc_text


def upsert(connection: Connection, table: Any) -> Any:
    """An INSERT that knows ON CONFLICT in the dialect of `connection`."""
    return (sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert)(table)


def sync(connection: Connection, configured: Sequence[Source], now: datetime) -> list[Source]:
    """Make `sources` follow the configuration; the sources come back with their row and their present address.

    A source is known by its name, or by its address where it was renamed. One that is no longer configured is disabled
    and keeps everything. An address that the site moved stays moved until the configuration names another one.
    """
    rows = {row.name: row for row in connection.execute(select(sources))}
    by_url = {row.config_url: row for row in rows.values()}
    wanted_names = {source.name for source in configured}
    result, kept = [], set()
    for source in configured:
        row = rows.get(source.name)
        if row is None and (renamed := by_url.get(source.url)) is not None and renamed.name not in wanted_names:
            row = renamed
        stored = _adopt(connection, source, row, now)
        kept.add(stored.id)
        result.append(stored)
    for row in rows.values():
        if row.id not in kept and row.enabled:
            connection.execute(update(sources).where(sources.c.id == row.id).values(enabled=0))
    return result


def _adopt(connection: Connection, source: Source, row: Row[Any] | None, now: datetime) -> Source:
    if row is None:
        values = {
            "name": source.name,
            "url": source.url,
            "config_url": source.url,
            "enabled": int(source.enabled),
            "added_at": utc_text(now),
        }
        return replace(
            source, id=connection.execute(insert(sources).values(values).returning(sources.c.id)).scalar_one()
        )
    changes: dict[str, Any] = {}
    if row.name != source.name:
        changes["name"] = source.name
    if row.enabled != int(source.enabled):
        changes["enabled"] = int(source.enabled)
    url = row.url
    if row.config_url != source.url:
        _remember_address(connection, row.id, row.url, now, "changed in the configuration")
        url = source.url
        changes |= {"url": url, "config_url": url, "etag": None, "last_modified": None, "body_digest": None}
        changes |= {"paused": 0, "failures": 0, "failing_since": None, "next_poll_at": None, "redirects": "[]"}
    if changes:
        connection.execute(update(sources).where(sources.c.id == row.id).values(changes))
    return replace(source, id=row.id, url=url)


def _remember_address(connection: Connection, source_id: int, url: str, now: datetime, reason: str) -> None:
    statement = upsert(connection, source_urls).values(
        source_id=source_id, url=url, until_at=utc_text(now), reason=reason
    )
    connection.execute(statement.on_conflict_do_nothing())


def move(connection: Connection, source_id: int, url: str, now: datetime) -> None:
    """Poll a source at `url` from now on; the address before is remembered."""
    before = connection.execute(select(sources.c.url).where(sources.c.id == source_id)).scalar_one()
    _remember_address(connection, source_id, before, now, "moved by the site")
    connection.execute(update(sources).where(sources.c.id == source_id).values(url=url, redirects="[]"))


_STATE = select(
    sources,
    exists().where(inbox.c.source_id == sources.c.id).label("waiting"),
).where(sources.c.id == bindparam("source_id"))


def state(connection: Connection, source: Source) -> SourceState:
    """What is remembered of a source since its last poll."""
    row = connection.execute(_STATE, {"source_id": source.id}).one()
    return SourceState(
        source=replace(source, url=row.url),
        etag=row.etag,
        last_modified=row.last_modified,
        body_digest=row.body_digest,
        conditional_polls=row.conditional_polls,
        failures=row.failures,
        failing_since=optional_moment(row.failing_since),
        interval_s=row.interval_s,
        paused=bool(row.paused),
        redirects=text_redirects(row.redirects),
        feed_ttl_s=row.feed_ttl_s,
        skip_hours=tuple(json.loads(row.skip_hours)),
        skip_days=tuple(json.loads(row.skip_days)),
        last_new_at=optional_moment(row.last_new_at),
        waiting=bool(row.waiting),
    )


_DUE = (
    select(sources.c.id)
    .outerjoin(leases, leases.c.source_id == sources.c.id)
    .where(
        sources.c.enabled == 1,
        sources.c.paused == 0,
        or_(sources.c.next_poll_at.is_(None), sources.c.next_poll_at <= bindparam("now")),
        or_(leases.c.source_id.is_(None), leases.c.expires_at <= bindparam("now")),
    )
    # Those that were never polled come first, then the longest overdue.
    .order_by(case((sources.c.next_poll_at.is_(None), 0), else_=1), sources.c.next_poll_at, sources.c.id)
    .limit(bindparam("most"))
)


def due(connection: Connection, now: datetime, most: int) -> list[int]:
    """Sources whose poll is due and which nobody polls, the longest overdue first, at most `most`."""
    return list(connection.execute(_DUE, {"now": utc_text(now), "most": most}).scalars())


def waiting_sources(connection: Connection) -> list[int]:
    """Sources with entries in the inbox."""
    return list(connection.execute(select(inbox.c.source_id).distinct().order_by(inbox.c.source_id)).scalars())


def lease(connection: Connection, source_ids: Iterable[int], holder: str, now: datetime, seconds: float) -> set[int]:
    """Take the lease of each source that is free or expired: the sources that `holder` may poll now."""
    ids = list(source_ids)
    expires = utc_text(now + timedelta(seconds=seconds))
    for run in placeholders(ids):
        statement = upsert(connection, leases).values(
            [{"source_id": source_id, "holder": holder, "expires_at": expires} for source_id in run]
        )
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["source_id"],
                set_={"holder": holder, "expires_at": expires},
                where=leases.c.expires_at <= utc_text(now),
            )
        )
    held = select(leases.c.source_id).where(leases.c.holder == holder, leases.c.expires_at == expires)
    return {source_id for source_id in connection.execute(held).scalars() if source_id in set(ids)}


def renew(connection: Connection, holder: str, now: datetime, seconds: float) -> None:
    """Prolong every lease of `holder`."""
    expires = utc_text(now + timedelta(seconds=seconds))
    connection.execute(update(leases).where(leases.c.holder == holder).values(expires_at=expires))


def release(connection: Connection, holder: str, source_id: int | None = None) -> None:
    """End one lease of `holder`, or all."""
    ours = leases.c.holder == holder
    connection.execute(delete(leases).where(ours if source_id is None else and_(ours, leases.c.source_id == source_id)))


def release_where(connection: Connection, is_dead: Callable[[str], bool]) -> None:
    """End the leases of every holder of which `is_dead` holds."""
    for holder in connection.execute(select(leases.c.holder).distinct()).scalars().all():
        if is_dead(holder):
            release(connection, holder)


def next_due(connection: Connection) -> str | None:
    """When the next poll of any source is due (UTC text); None where one is due that was never polled, or none is."""
    polled = sources.c.enabled == 1, sources.c.paused == 0
    earliest: str | None = connection.execute(select(func.min(sources.c.next_poll_at)).where(*polled)).scalar_one()
    return earliest


def health(connection: Connection) -> list[dict[str, Any]]:
    """Every source with how it does: the columns of `sources`, and how many posts and problems it has."""
    counted = select(posts.c.source_id, func.count().label("posts")).group_by(posts.c.source_id).subquery()
    troubled = select(problems.c.source_id, func.count().label("problems")).group_by(problems.c.source_id).subquery()
    waiting = select(inbox.c.source_id, func.count().label("waiting")).group_by(inbox.c.source_id).subquery()
    query = (
        select(
            sources,
            func.coalesce(counted.c.posts, 0).label("posts"),
            func.coalesce(troubled.c.problems, 0).label("problems"),
            func.coalesce(waiting.c.waiting, 0).label("waiting"),
        )
        .outerjoin(counted, counted.c.source_id == sources.c.id)
        .outerjoin(troubled, troubled.c.source_id == sources.c.id)
        .outerjoin(waiting, waiting.c.source_id == sources.c.id)
        .order_by(sources.c.name)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def recent_problems(connection: Connection, source_id: int | None = None, most: int = 20) -> list[dict[str, Any]]:
    """The latest failures of single entries and pages, the newest first."""
    query = select(problems, sources.c.name.label("source")).join(sources, sources.c.id == problems.c.source_id)
    if source_id is not None:
        query = query.where(problems.c.source_id == source_id)
    return [dict(row) for row in connection.execute(query.order_by(problems.c.last_at.desc()).limit(most)).mappings()]


def former_addresses(connection: Connection) -> dict[int, list[str]]:
    """The addresses that sources had before, by source."""
    found: dict[int, list[str]] = {}
    for row in connection.execute(select(source_urls).order_by(source_urls.c.until_at)):
        found.setdefault(row.source_id, []).append(row.url)
    return found


def recent_polls(connection: Connection, source_id: int, most: int) -> list[dict[str, Any]]:
    """The latest polls of a source, the newest first."""
    query = select(polls).where(polls.c.source_id == source_id).order_by(polls.c.id.desc()).limit(most)
    return [dict(row) for row in connection.execute(query).mappings()]
