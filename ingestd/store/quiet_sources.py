"""Sources that have brought nothing new for a while, and the days on which one published."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select

from ingestd.store.models import posts, sources
from ingestd.text.times import from_utc_text, utc_text


@dataclass(frozen=True, slots=True)
class QuietSource:
    """A source, by its row, and when a poll of it last succeeded."""

    id: int
    last_ok_at: datetime


def _quiet(before: datetime) -> Any:
    return and_(
        sources.c.enabled == 1,
        sources.c.paused == 0,
        sources.c.failures == 0,
        sources.c.condition.is_(None),
        sources.c.last_ok_at.is_not(None),
        sources.c.last_new_at < utc_text(before),
    )


def count_quiet_sources(connection: Connection, before: datetime) -> int:
    """How many sources `quiet_sources` has in all its parts."""
    return int(connection.execute(select(func.count()).select_from(sources).where(_quiet(before))).scalar_one())


def quiet_sources(connection: Connection, before: datetime, part: int = 0, parts: int = 1) -> list[QuietSource]:
    """Polled sources that do well, of which nothing is told, and whose last new post came `before` that time.

    `part` is one of the equal `parts`, from 0 on, into which the sources are divided.
    """
    ours = _quiet(before), sources.c.id % parts == part
    query = select(sources.c.id, sources.c.last_ok_at).where(*ours)
    return [QuietSource(row.id, from_utc_text(row.last_ok_at)) for row in connection.execute(query)]


def days_with_posts(connection: Connection, source_id: int, since: datetime) -> list[date]:
    """The days (UTC) from that of `since` on, on which a source published."""
    day = func.substr(posts.c.date, 1, 10)
    query = select(day).where(posts.c.source_id == source_id, posts.c.date >= utc_text(since)[:10]).distinct()
    return [date.fromisoformat(text) for text in connection.execute(query).scalars()]
