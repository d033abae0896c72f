"""Sources in the database: what the configuration says of them, what polls found, and who polls them now."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, delete, exists, func, insert, or_, select, update

from ingestd.model.article import BodyOrigin
from ingestd.model.errors import Outcome
from ingestd.model.source import Source, SourceState
from ingestd.store.codec import optional_moment, text_redirects
from ingestd.store.models import inbox, leases, polls, posts, problems, source_urls, sources
from ingestd.store.reads import recent_dates
from ingestd.store.statements import insert_in
from ingestd.text.times import utc_text


def upsert(connection: Connection, table: Any) -> Any:
    """An INSERT that knows ON CONFLICT in the dialect of `connection`."""
    return insert_in(connection.dialect)(table)


def sync(connection: Connection, configured: Sequence[Source], now: datetime) -> list[Source]:
    """Make `sources` follow the configuration; the sources come back with their row and their present address.

    A source is known by its name, or by its address where it was renamed. One that is no longer configured is disabled
    and keeps everything. An address that the site moved stays moved until the configuration names another one.
    """
    rows = list(connection.execute(select(sources).order_by(sources.c.id)))
    matches = _match(configured, rows)
    result = [_adopt(connection, source, row, now) for source, row in zip(configured, matches, strict=True)]
    kept = {source.id for source in result}
    for row in rows:
        if row.id not in kept and row.enabled:
            connection.execute(update(sources).where(sources.c.id == row.id).values(enabled=0))
    return result


def _match(configured: Sequence[Source], rows: Sequence[Row[Any]]) -> list[Row[Any] | None]:
    """The row of each configured source; no row serves two."""
    by_name = {row.name: row for row in rows}
    wanted = {source.name for source in configured}
    renamed: dict[str, Row[Any]] = {}
    # The configured address tells more than the one that the site moved to, and a source in use more than another.
    for known in sorted(rows, key=lambda row: row.enabled, reverse=True):
        renamed.setdefault(known.config_url, known)
    for known in rows:
        renamed.setdefault(known.url, known)
    taken: set[int] = set()
    result: list[Row[Any] | None] = []
    for source in configured:
        row = by_name.get(source.name)
        if row is None:
            row = renamed.get(source.url)
            row = None if row is not None and (row.name in wanted or row.id in taken) else row
        if row is not None:
            taken.add(row.id)
        result.append(row)
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
    if row.config_url != source.url and url == source.url:
        # The configuration follows a move that was noticed already: nothing about the feed is new.
        changes["config_url"] = url
    elif row.config_url != source.url:
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
        recent=recent_dates(connection, source.id),
    )


#: No lease is ever taken for as long as this, in seconds: one that ends later was taken under a wrong clock.
_LONGEST_LEASE_S = 3600.0

_DUE = (
    select(sources.c.id)
    .outerjoin(leases, leases.c.source_id == sources.c.id)
    .where(
        sources.c.enabled == 1,
        sources.c.paused == 0,
        or_(
            sources.c.next_poll_at.is_(None),
            sources.c.next_poll_at <= bindparam("now"),
            # A poll that ended in the future was made under a wrong clock, and so was its plan for the next one.
            sources.c.last_polled_at > bindparam("later"),
        ),
        or_(
            leases.c.source_id.is_(None),
            leases.c.expires_at <= bindparam("now"),
            leases.c.expires_at > bindparam("later"),
        ),
    )
    # Those that were never polled come first, then the longest overdue.
    .order_by(case((sources.c.next_poll_at.is_(None), 0), else_=1), sources.c.next_poll_at, sources.c.id)
    .limit(bindparam("most"))
)


def due(connection: Connection, now: datetime, most: int) -> list[int]:
    """Sources whose poll is due and which nobody polls, the longest overdue first, at most `most`."""
    return list(connection.execute(_DUE, {"now": utc_text(now), "later": _later(now), "most": most}).scalars())


def _later(now: datetime) -> str:
    return utc_text(now + timedelta(seconds=_LONGEST_LEASE_S))


def waiting_sources(connection: Connection) -> list[int]:
    """Sources with entries in the inbox."""
    return list(connection.execute(select(inbox.c.source_id).distinct().order_by(inbox.c.source_id)).scalars())


def lease(connection: Connection, source_ids: Iterable[int], holder: str, now: datetime, seconds: float) -> set[int]:
    """Take the lease of each source that is free or expired: the sources that `holder` may poll now.

    A lease that `holder` has already is not given twice. `seconds` is an hour at most.
    """
    rows = [
        {"source_id": source_id, "holder": holder, "expires_at": utc_text(now + timedelta(seconds=seconds))}
        for source_id in dict.fromkeys(source_ids)
    ]
    if not rows:
        return set()
    statement = upsert(connection, leases)
    taking = statement.on_conflict_do_update(
        index_elements=["source_id"],
        set_={"holder": statement.excluded.holder, "expires_at": statement.excluded.expires_at},
        where=or_(leases.c.expires_at <= utc_text(now), leases.c.expires_at > _later(now)),
    )
    return set(connection.execute(taking.returning(leases.c.source_id), rows).scalars())


def renew(
    connection: Connection, holder: str, now: datetime, seconds: float, source_ids: Collection[int] | None = None
) -> None:
    """Prolong the leases of `holder`: those of `source_ids`, or all."""
    expires = utc_text(now + timedelta(seconds=seconds))
    ours = leases.c.holder == holder
    if source_ids is not None:
        ours = and_(ours, leases.c.source_id.in_(sorted(source_ids)))
    connection.execute(update(leases).where(ours).values(expires_at=expires))


def release(connection: Connection, holder: str, source_id: int | None = None) -> None:
    """End one lease of `holder`, or all."""
    ours = leases.c.holder == holder
    connection.execute(delete(leases).where(ours if source_id is None else and_(ours, leases.c.source_id == source_id)))


def release_where(connection: Connection, is_dead: Callable[[str], bool]) -> None:
    """End the leases of every holder of which `is_dead` holds."""
    for holder in connection.execute(select(leases.c.holder).distinct()).scalars().all():
        if is_dead(holder):
            release(connection, holder)


def make_due(connection: Connection, source_ids: Sequence[int], now: datetime) -> None:
    """Let these polls be due now: one that begins out of turn and is killed is made up for like any other."""
    later = sources.c.next_poll_at > utc_text(now)
    ours = [{"row": source_id} for source_id in source_ids]
    if ours:
        connection.execute(
            update(sources).where(sources.c.id == bindparam("row"), later).values(next_poll_at=utc_text(now)), ours
        )


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
            _rule_misses().label("rule_misses"),
        )
        .outerjoin(counted, counted.c.source_id == sources.c.id)
        .outerjoin(troubled, troubled.c.source_id == sources.c.id)
        .outerjoin(waiting, waiting.c.source_id == sources.c.id)
        .order_by(sources.c.name)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _rule_misses() -> Any:
    """How many articles of a source, one behind the other up to now, its site rule found nothing in."""
    last_hit = select(func.max(posts.c.fetched_at)).where(
        posts.c.source_id == sources.c.id, posts.c.body_origin == BodyOrigin.RULE.value
    )
    return (
        select(func.count())
        .where(
            problems.c.source_id == sources.c.id,
            problems.c.outcome == Outcome.RULE_MISSED.value,
            problems.c.last_at > func.coalesce(last_hit.scalar_subquery(), ""),
        )
        .scalar_subquery()
    )


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
