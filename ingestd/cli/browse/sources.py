"""How every source does, for the pages: what `ingestd status` prints."""

from datetime import date, datetime, timedelta
from typing import Any

from ingestd.cli.browse.chart import sparkline
from ingestd.identity.urls import redact
from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome
from ingestd.policy import health, silence
from ingestd.policy.silence import HABIT_DAYS
from ingestd.store import statistics
from ingestd.store.codec import optional_moment

_SPARKLINE_DAYS = 14


def source_rows(connection: Any, now: datetime) -> list[dict[str, Any]]:
    """Every source by name: its columns without secrets, its posts of the last days, and what to do about it."""
    by_day = statistics.posts_by_day(connection, now - timedelta(days=HABIT_DAYS))
    rows = statistics.source_health(connection)
    for row in rows:
        days = by_day.get(row["id"], {})
        row["url"], row["config_url"] = redact(row["url"]), redact(row["config_url"])
        row["state"] = _state(row)
        row["is_failing"] = row["enabled"] and row["state"] not in (*SUCCESSFUL_OUTCOMES, "not polled yet")
        row["sparkline"] = sparkline([days.get(day, 0) for day in _last_days(now.date())])
        row["recent_posts"] = sum(days.get(day, 0) for day in _last_days(now.date()))
        row["remarks"] = _remarks(row, days, now) if row["enabled"] else []
    return rows


def _last_days(today: date) -> list[date]:
    return [today - timedelta(days=ago) for ago in reversed(range(_SPARKLINE_DAYS))]


def _state(row: dict[str, Any]) -> str:
    if not row["enabled"]:
        return "disabled"
    return "paused" if row["paused"] else row["last_outcome"] or "not polled yet"


def _remarks(row: dict[str, Any], days: dict[date, int], now: datetime) -> list[str]:
    remarks = []
    if row["last_outcome"] and row["last_outcome"] not in SUCCESSFUL_OUTCOMES:
        remarks.append(
            health(
                Outcome(row["last_outcome"]),
                row["last_error"] or "",
                failures=row["failures"],
                failing_since=optional_moment(row["failing_since"]),
                now=now,
            )
        )
    found = silence(now.date(), list(days))
    if found is not None and (remark := found.remark()):
        remarks.append(remark)
    return remarks
