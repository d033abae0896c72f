"""The tables `polls` and `problems`: how each poll ended, and which single entries and pages failed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, literal_column, select, update

from ingestd.identity.urls import redact_text
from ingestd.model.feed import Problem
from ingestd.model.poll import Poll
from ingestd.store.leases import release_leases
from ingestd.store.models import polls, problems, sources
from ingestd.store.prepared_statements import PreparedStatement
from ingestd.text.times import utc_text


def record_poll(connection: Connection, poll: Poll) -> None:
    """Store the record of a poll."""
    _INSERT_POLL.run(connection, [_poll_row(poll)])


_INSERT_POLL = PreparedStatement(lambda insert: insert(polls))


def record_unplanned_poll(
    connection: Connection, poll: Poll, at: datetime, next_poll_at: datetime | None, holder: str
) -> None:
    """Store a poll whose end failed, count it among the failures of its source, and release `holder`'s lease.

    `next_poll_at` is None for a push, which changes nothing about the source.
    """
    record_poll(connection, poll)
    if next_poll_at is not None:
        values = {
            "last_polled_at": utc_text(at),
            "last_outcome": str(poll.outcome),
            "last_error": poll.error,
            "next_poll_at": utc_text(next_poll_at),
            "failures": sources.c.failures + 1,
            "failing_since": func.coalesce(sources.c.failing_since, utc_text(at)),
        }
        connection.execute(update(sources).where(sources.c.id == poll.source_id).values(values))
    release_leases(connection, holder, poll.source_id)


def _poll_row(poll: Poll) -> dict[str, Any]:
    return {
        "source_id": poll.source_id,
        "started_at": utc_text(poll.started_at),
        "seconds": round(poll.seconds, 3),
        "outcome": str(poll.outcome),
        "http_status": poll.http_status,
        "entries": poll.entries,
        "new": poll.new,
        "updated": poll.updated,
        "duplicate": poll.duplicate,
        "filtered": poll.filtered,
        "failed": poll.failed,
        "known": poll.known,
        "suspected_loss": int(poll.suspected_loss),
        "gap": poll.gap,
        "gap_new": poll.gap_new,
        "error": redact_text(poll.error) if poll.error else None,
    }


def record_problems(connection: Connection, source_id: int, found: Sequence[Problem], at: datetime) -> None:
    """Count what failed: one row for each source, address and kind of failure."""
    _UPSERT_PROBLEM.run(
        connection,
        [
            {
                "source_id": source_id,
                "url": problem.url or "",
                "outcome": str(problem.outcome),
                "reason": redact_text(problem.reason),
                "first_at": utc_text(at),
                "last_at": utc_text(at),
            }
            for problem in found
        ],
    )


def _upsert_problem(insert: Callable[[Any], Any]) -> Any:
    statement = insert(problems)
    return statement.on_conflict_do_update(
        index_elements=["source_id", "url", "outcome"],
        set_={
            "reason": statement.excluded.reason,
            "last_at": statement.excluded.last_at,
            "times": problems.c.times + literal_column("1"),
        },
    )


_UPSERT_PROBLEM = PreparedStatement(_upsert_problem)


def recent_problems(connection: Connection, source_id: int | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """The latest failures of single entries and pages, the newest first."""
    query = select(problems, sources.c.name.label("source")).join(sources, sources.c.id == problems.c.source_id)
    if source_id is not None:
        query = query.where(problems.c.source_id == source_id)
    return [dict(row) for row in connection.execute(query.order_by(problems.c.last_at.desc()).limit(limit)).mappings()]
