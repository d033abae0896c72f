"""The state of each source for `ingestd status`: one record, one row of the table, and remarks in words."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from ingestd.cli.history_status import history_cell, history_record, history_remark
from ingestd.cli.output import print_note, print_table, print_wrapped, terminal_width
from ingestd.cli.sparkline import sparkline
from ingestd.cli.times import at_a_glance, column_head, shown_zone, to_minute, to_minute_with_zone
from ingestd.cli.websub_status import describe_subscription, subscriptions_by_source
from ingestd.identity.urls import redact
from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome
from ingestd.model.feed import ZoneOrigin
from ingestd.policy import HABIT_DAYS, Silence, health, leads_to, silence, zone_remark
from ingestd.store import image_queue, sources
from ingestd.store.backfills import latest_backfills
from ingestd.store.codec import chunks, optional_moment
from ingestd.store.database import Database
from ingestd.store.filtered_entries import counts_by_source
from ingestd.store.saved_source import SAVED_URL
from ingestd.store.sources import text_redirects
from ingestd.store.statistics import LatestZone, latest_zones, posts_by_day, source_health

#: Misses in a row after which a site rule is reported.
MAX_RULE_MISSES = 3
#: Days, the last one today, whose posts are drawn.
DRAWN_DAYS = 14
#: On a narrower terminal some columns are left out.
MIN_FULL_WIDTH = 76

Row = dict[str, Any]


def read_sources(
    database: Database,
    configured: Collection[str],
    waiting: Collection[str],
    now: datetime,
    only: Sequence[int] | None = None,
) -> Iterator[Row]:
    """What `status` knows of every source by name, without secrets: the columns of its row, and what follows from them.

    `configured` are the names in the configuration, `waiting` those of sources that wait for their host. `only` some
    are read where it says which. Some are read at a time.
    """
    former_urls = database.read(sources.former_addresses)
    backfills = database.read(latest_backfills)
    subscriptions = subscriptions_by_source(database, now)
    image_failures = database.read(image_queue.failures_by_source)
    filtered = database.read(counts_by_source)
    for part in chunks(database.read(sources.ids_by_name) if only is None else only, sources.SOURCES_AT_ONCE):
        for row in _described(database, part, now):
            yield {
                **row,
                **dict(zip(("images_failing", "images_given_up"), image_failures.get(row["id"], (0, 0)), strict=True)),
                "waits_for_host": row["name"] in waiting,
                "removed": not row["enabled"] and row["name"] not in configured and row["config_url"] != SAVED_URL,
                "former_urls": [redact(url) for url in former_urls.get(row["id"], [])],
                "push": subscriptions.get(row["id"]),
                "backfill": history_record(backfills[row["id"]]) if row["id"] in backfills else None,
                "filtered": filtered.get(row["id"], 0),
            }


def _described(database: Database, only: Collection[int], now: datetime) -> Iterator[Row]:
    zones = database.read(latest_zones, only)
    by_day = database.read(posts_by_day, now - timedelta(days=HABIT_DAYS), only)
    for row in database.read(source_health, only):
        yield describe_source(row, zone=zones.get(row["id"]), by_day=by_day.get(row["id"], {}), now=now)


def describe_source(row: Row, *, zone: LatestZone | None, by_day: Mapping[date, int], now: datetime) -> Row:
    """A row of `source_health` with what follows from it: where it has moved, advice, how it publishes."""
    moved_to = leads_to(row["url"], text_redirects(row["redirects"]))
    quiet = _silence(row, by_day, now)
    return {
        **{name: value for name, value in row.items() if name != "redirects"},
        "url": redact(row["url"]),
        "answered_by": redact(row["answered_by"]) if row["answered_by"] else None,
        "config_url": redact(row["config_url"]),
        "moved_to": redact(moved_to) if moved_to else None,
        "zone_remark": _zone_remark(zone) if zone and row["enabled"] else None,
        "advice": _advice(row, now),
        "posts_by_day": _drawn_days(by_day, now.date()),
        "silent_days": quiet.days if quiet else None,
        "usual_silence_days": quiet.usual_days if quiet else None,
        "silence_remark": quiet.remark() if quiet else None,
    }


def _drawn_days(by_day: Mapping[date, int], today: date) -> list[int]:
    if not by_day:
        return [0] * DRAWN_DAYS
    return [by_day.get(today - timedelta(days=ago), 0) for ago in reversed(range(DRAWN_DAYS))]


def _silence(row: Row, by_day: Mapping[date, int], now: datetime) -> Silence | None:
    """None where a source is not polled, or its polls fail: that says more."""
    is_polled = row["enabled"] and not row["paused"] and row["last_outcome"] in SUCCESSFUL_OUTCOMES
    return silence(now.date(), by_day) if is_polled else None


def _zone_remark(zone: LatestZone) -> str | None:
    return zone_remark(ZoneOrigin(zone.origin), zone.language, zone.text)


def _advice(row: Row, now: datetime) -> str | None:
    """What failed, since when, and what the user can do; None for a source that succeeds."""
    if row["last_outcome"] is None or row["last_outcome"] in SUCCESSFUL_OUTCOMES:
        return None
    return health(
        Outcome(row["last_outcome"]),
        row["last_error"] or "",
        failures=row["failures"],
        failing_since=optional_moment(row["failing_since"]),
        now=now,
    )


def print_sources(rows: list[Row], now: datetime) -> None:
    """Print a table of described sources: at a glance on a terminal, with every number elsewhere."""
    width = terminal_width()
    columns = _plain(rows) if width is None else _glance(rows, now)
    if width is not None and width < MIN_FULL_WIDTH:
        del columns["posts"], columns["silent"]
    if any(row["filtered"] for row in rows):
        columns["left out"] = [row["filtered"] for row in rows]
    if any(row["history_from"] or row["history_complete"] for row in rows):
        columns["history from"] = [history_cell(row) for row in rows]
    if any(row["push"] for row in rows):
        columns["pushes"] = [describe_subscription(row["push"]) for row in rows]
    print_table(
        list(columns),
        zip(*columns.values(), strict=True),
        empty="no sources yet: `ingestd fetch` reads the configuration",
        rigid=[name for name in columns if name not in ("source", "outcome", "pushes")],
    )
    if rows and width is not None:
        print_note(f"the last {DRAWN_DAYS} days in UTC, other times in {shown_zone().name}")


def _glance(rows: list[Row], now: datetime) -> dict[str, list[object]]:
    return {
        "source": [row["name"] for row in rows],
        "outcome": [state_of(row) for row in rows],
        "posts": [row["posts"] for row in rows],
        f"{DRAWN_DAYS} days": [sparkline(row["posts_by_day"]) for row in rows],
        "silent": [_silence_cell(row) for row in rows],
        "last success": [at_a_glance(row["last_ok_at"], now) for row in rows],
        "next poll": [_next_poll(row, at_a_glance(row["next_poll_at"], now)) for row in rows],
    }


def _plain(rows: list[Row]) -> dict[str, list[object]]:
    return {
        "source": [row["name"] for row in rows],
        "outcome": [state_of(row) for row in rows],
        "posts": [row["posts"] for row in rows],
        "failures": [row["failures"] for row in rows],
        column_head("last new"): [to_minute(row["last_new_at"]) for row in rows],
        column_head("next poll"): [_next_poll(row, to_minute(row["next_poll_at"])) for row in rows],
        "problems": [row["problems"] for row in rows],
        column_head("last success"): [to_minute(row["last_ok_at"]) for row in rows],
        "silent days": [row["silent_days"] for row in rows],
        f"{DRAWN_DAYS} days": [sparkline(row["posts_by_day"]) for row in rows],
    }


def state_of(row: Row) -> str:
    """How a source does, in a word: its last outcome, or why it is not polled."""
    if row["removed"]:
        return "removed"
    if row["config_url"] == SAVED_URL:
        return "single pages"
    if not row["enabled"]:
        return "disabled"
    return "paused" if row["paused"] else row["last_outcome"] or "not polled yet"


def _next_poll(row: Row, at: str) -> str:
    if not row["enabled"]:
        return ""
    return "waits for its host" if row["waits_for_host"] else at


def _silence_cell(row: Row) -> str:
    days = row["silent_days"]
    return f"{days} d{'!' if row['silence_remark'] else ''}" if days else ""


def print_remarks(row: Row) -> None:
    """Print one line for each thing about a source that the user may act on."""
    for remark in remarks_of(row):
        print_wrapped(f"{row['name']}: {remark}")
    if loss := loss_remark(row):
        print_note(f"{row['name']}: {loss}")


def remarks_of(row: Row) -> list[str]:
    """What the user may act on, in words."""
    remarks = []
    if row["advice"] and row["enabled"]:
        remarks.append(f"{row['url']}: {row['last_outcome']}: {row['advice']}")
    elif row["moved_to"] and row["enabled"]:
        remarks.append(f"moved to {row['moved_to']}: its address follows when three polls in a row have led there")
    if row["answered_by"] and row["enabled"]:
        because = f": {row['mirror_reason']}" if row["mirror_reason"] else ""
        remarks.append(f"answered by its mirror {row['answered_by']}, not by {row['url']}{because}")
    if row["rule_misses"] >= MAX_RULE_MISSES:
        times = f"{row['rule_misses']} times in a row"
        remarks.append(f"its site rule found nothing {times}: the site may have changed")
    if row["images_failing"] or row["images_given_up"]:
        failing = f"{row['images_failing']} tried again, {row['images_given_up']} given up"
        remarks.append(f"images that could not be fetched: {failing}: see `ingestd media list --failed`")
    more = row["silence_remark"], row["zone_remark"], history_remark(row)
    return [*remarks, *(remark for remark in more if remark)]


def loss_remark(row: Row) -> str | None:
    """That articles may have been missed; None where none were."""
    if not row["suspected_loss_at"]:
        return None
    since = to_minute_with_zone(row["suspected_loss_at"])
    return f"articles may have been missed before {since}: it is polled more often now"
