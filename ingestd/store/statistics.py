"""How every source does, and how large the database is: what `ingestd status` and `ingestd db stats` show."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from ingestd.model.article import BodyOrigin
from ingestd.model.errors import Outcome
from ingestd.model.post import DateOrigin
from ingestd.store.models import identities, inbox, pages, post_counts, posts, problems, revisions, sources
from ingestd.text.times import utc_text

#: How much of a post's text tells its language.
_SAMPLE_CHARS = 300


def source_health(connection: Connection, only: Collection[int] | None = None) -> list[dict[str, Any]]:
    """Every source by name, or `only` some: its columns, and its posts, problems, inbox entries and rule misses."""
    counted, troubled, waiting = (
        select(table.c.source_id, func.count().label(table.name))
        .where(*_among(table.c.source_id, only))
        .group_by(table.c.source_id)
        .subquery()
        for table in (posts, problems, inbox)
    )
    query = (
        select(
            sources,
            func.coalesce(counted.c.posts, 0).label("posts"),
            func.coalesce(troubled.c.problems, 0).label("problems"),
            func.coalesce(waiting.c.inbox, 0).label("waiting"),
            _rule_misses().label("rule_misses"),
        )
        .outerjoin(counted, counted.c.source_id == sources.c.id)
        .outerjoin(troubled, troubled.c.source_id == sources.c.id)
        .outerjoin(waiting, waiting.c.source_id == sources.c.id)
        .where(*_among(sources.c.id, only))
        .order_by(sources.c.name)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def listed_sources(connection: Connection, names: Sequence[str]) -> dict[str, Any]:
    """Of the sources of these names, as far as there are: row number, address, last outcome and posts; by name."""
    count = select(func.count()).where(posts.c.source_id == sources.c.id).scalar_subquery()
    columns = (sources.c.id, sources.c.name, sources.c.url, sources.c.last_outcome, count.label("posts"))
    query = select(*columns).where(sources.c.name.in_(list(names)))
    return {row["name"]: row for row in connection.execute(query).mappings()}


def _among(column: ColumnElement[int], only: Collection[int] | None) -> list[ColumnElement[bool]]:
    return [] if only is None else [column.in_(sorted(only))]


@dataclass(frozen=True, slots=True)
class LatestZone:
    """Where the zone of a source's latest date came from, and that post's language and the beginning of its texts."""

    origin: str
    language: str | None
    text: str


def latest_zones(connection: Connection, only: Collection[int] | None = None) -> dict[int, LatestZone]:
    """The zone of the latest date that a feed or a page of a source has stated, by source; of all, or of `only` some.

    One search in the index of source, date and origin for each source, however many posts it has.
    """
    dated = posts.alias()
    latest = (
        select(dated.c.id)
        .where(dated.c.source_id == sources.c.id, dated.c.date_origin != DateOrigin.INGESTED.value)
        .order_by(dated.c.date.desc())
        .limit(1)
        .correlate(sources)
        .scalar_subquery()
    )
    texts = (posts.c.title, func.substr(posts.c.text, 1, _SAMPLE_CHARS).label("beginning"))
    query = select(sources.c.id, posts.c.zone_origin, posts.c.language, *texts).join_from(
        sources, posts, posts.c.id == latest
    )
    return {
        row.id: LatestZone(row.zone_origin, row.language, f"{row.title}\n{row.beginning}")
        for row in connection.execute(query.where(posts.c.zone_origin.is_not(None), *_among(sources.c.id, only)))
    }


def posts_by_day(
    connection: Connection, since: datetime, only: Collection[int] | None = None
) -> dict[int, dict[date, int]]:
    """How many posts each source published on each day (UTC) from that of `since` on, by source.

    For each source a range of the index of source and date is read, however many older posts there are. Sources without
    such posts are left out.
    """
    of_source = and_(posts.c.source_id == sources.c.id, posts.c.date >= utc_text(since)[:10])
    days = select(func.aggregate_strings(func.substr(posts.c.date, 1, 10), " ")).where(of_source).scalar_subquery()
    rows = connection.execute(select(sources.c.id, days).where(*_among(sources.c.id, only)))
    return {
        source_id: {date.fromisoformat(day): count for day, count in Counter(text.split(" ")).items()}
        for source_id, text in rows
        if text
    }


@dataclass(frozen=True, slots=True)
class ChartedPosts:
    """Posts by source and day: the sources with the most, and under the number 0 those of `others` further ones."""

    by_day: dict[int, dict[date, int]]
    others: int


def charted_posts(connection: Connection, first: date, last: date, *, largest: int) -> ChartedPosts:
    """The posts of the days (UTC) from `first` to `last`, from the counts that triggers keep: no post is read."""
    days = (post_counts.c.day.between(str(first), str(last)), post_counts.c.source_id != 0, post_counts.c.posts > 0)
    number = func.sum(post_counts.c.posts).label("number")
    by_source = select(post_counts.c.source_id).where(*days).group_by(post_counts.c.source_id)
    top = connection.execute(by_source.order_by(number.desc(), post_counts.c.source_id).limit(largest)).scalars().all()
    among = connection.execute(select(func.count()).select_from(by_source.subquery())).scalar_one()
    drawn = case((post_counts.c.source_id.in_(top), post_counts.c.source_id), else_=0).label("drawn")
    rows = connection.execute(select(drawn, post_counts.c.day, number).where(*days).group_by(drawn, post_counts.c.day))
    found: dict[int, dict[date, int]] = {}
    for source_id, day, count in rows:
        found.setdefault(source_id, {})[date.fromisoformat(day)] = int(count)
    return ChartedPosts(found, among - len(top))


def _rule_misses() -> Any:
    """How many articles of a source its site rule has found nothing in since it last found something."""
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


def table_counts(connection: Connection) -> dict[str, int]:
    """How many rows each of the main tables has."""
    tables = {"sources": sources, "posts": posts, "revisions": revisions, "pages": pages, "identities": identities}
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one() for name, table in tables.items()
    }
