"""`ingestd status`: the health of every source, and the latest problems."""

from typing import Any

import typer

from ingestd.cli.host_status import host_records, is_slowed, print_hosts, waiting_sources
from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_note, print_table, print_text, to_minute
from ingestd.cli.session import current_session
from ingestd.cli.websub_status import describe_subscription, subscriptions_by_source
from ingestd.identity.urls import redact
from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome
from ingestd.model.feed import ZoneOrigin
from ingestd.policy import health, leads_to, zone_remark
from ingestd.store import image_queue, sources
from ingestd.store.codec import optional_moment
from ingestd.store.notices import all_notices
from ingestd.store.polls import recent_problems
from ingestd.store.sources import text_redirects
from ingestd.store.statistics import LatestZone, latest_zones, source_health
from ingestd.text.times import utc_now

#: Misses in a row after which a site rule is reported.
MAX_RULE_MISSES = 3


def command(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show how every source does: its last outcome, what it brought, when it is polled next, and what you can do."""
    now = utc_now()
    with current_session(context).open_existing_database() as database:
        rows = database.read(source_health)
        problems = database.read(recent_problems)
        former_urls = database.read(sources.former_addresses)
        subscriptions = subscriptions_by_source(database, now)
        image_failures = database.read(image_queue.failures_by_source)
        notices = database.read(all_notices)
        zones = database.read(latest_zones)
        hosts = host_records(database, current_session(context).config, now)
    waits = waiting_sources(hosts)
    for row in rows:
        row["moved_to"] = _permanent_redirect(row)
        row["zone_remark"] = _zone_remark(row, zones.get(row["id"]))
        row["url"], row["config_url"] = redact(row["url"]), redact(row["config_url"])
        row["images_failing"], row["images_given_up"] = image_failures.get(row["id"], (0, 0))
        row["waits_for_host"] = row["name"] in waits
    if as_json:
        listed = [_record(row, former_urls.get(row["id"], []), subscriptions.get(row["id"])) for row in rows]
        shown = [{**one, "url": redact(one["url"] or "") or None} for one in problems]
        print_json({"sources": listed, "problems": shown, "notices": notices, "hosts": hosts})
        return
    for notice in notices:
        print_note(f"{notice['kind']} at {to_minute(notice['since'])}: {notice['reason']}")
    _print_sources(rows, subscriptions)
    for row in rows:
        _print_remarks(row)
    if slowed := [host for host in hosts if is_slowed(host)]:
        print_text()
        print_hosts(slowed)
    _print_problems(problems)


def _permanent_redirect(row: dict[str, Any]) -> str | None:
    """The URL to which the source is permanently redirected, without secrets."""
    found = leads_to(row["url"], text_redirects(row.pop("redirects")))
    return redact(found) if found else None


def _zone_remark(row: dict[str, Any], zone: LatestZone | None) -> str | None:
    return zone_remark(ZoneOrigin(zone.origin), zone.language, zone.text) if zone and row["enabled"] else None


def _record(row: dict[str, Any], former_urls: list[str], push: dict[str, Any] | None) -> dict[str, Any]:
    return {**row, "former_urls": [redact(url) for url in former_urls], "advice": _advice(row), "push": push}


def _advice(row: dict[str, Any]) -> str | None:
    """What failed, since when, and what the user can do; None for a source that succeeds."""
    if row["last_outcome"] is None or row["last_outcome"] in SUCCESSFUL_OUTCOMES:
        return None
    return health(
        Outcome(row["last_outcome"]),
        row["last_error"] or "",
        failures=row["failures"],
        failing_since=optional_moment(row["failing_since"]),
        now=utc_now(),
    )


def _print_sources(rows: list[dict[str, Any]], subscriptions: dict[int, dict[str, Any]]) -> None:
    more = ("pushes",) if subscriptions else ()
    print_table(
        ("source", "outcome", "posts", "failures", "last new", "next poll", "problems", *more),
        [
            (
                row["name"],
                _state(row),
                row["posts"],
                row["failures"],
                to_minute(row["last_new_at"]),
                "waits for its host" if row["waits_for_host"] else to_minute(row["next_poll_at"]),
                row["problems"],
                *(describe_subscription(subscriptions.get(row["id"])) for _ in more),
            )
            for row in rows
        ],
        empty="no sources yet: `ingestd fetch` reads the configuration",
    )


def _state(row: dict[str, Any]) -> str:
    if not row["enabled"]:
        return "disabled"
    return "paused" if row["paused"] else row["last_outcome"] or "not polled yet"


def _print_remarks(row: dict[str, Any]) -> None:
    """Print one line for each thing about a source that the user may act on."""
    if row["last_outcome"] and row["last_outcome"] not in SUCCESSFUL_OUTCOMES and row["enabled"]:
        print_text(f"{row['name']}: {row['url']}: {row['last_outcome']}: {_advice(row)}")
    elif row["moved_to"] and row["enabled"]:
        print_text(
            f"{row['name']}: moved to {row['moved_to']}: its address follows when three polls in a row have led there"
        )
    if row["rule_misses"] >= MAX_RULE_MISSES:
        print_text(
            f"{row['name']}: its site rule found nothing {row['rule_misses']} times in a row: the site may have changed"
        )
    if row["images_failing"] or row["images_given_up"]:
        failing = f"{row['images_failing']} tried again, {row['images_given_up']} given up"
        print_text(f"{row['name']}: images that could not be fetched: {failing}: see `ingestd media list --failed`")
    if row["zone_remark"]:
        print_text(f"{row['name']}: {row['zone_remark']}")
    if row["suspected_loss_at"]:
        since = row["suspected_loss_at"]
        print_note(f"{row['name']}: articles may have been missed before {since}: it is polled more often now")


def _print_problems(problems: list[dict[str, Any]]) -> None:
    if problems:
        print_text()
        print_text("latest problems with single entries and pages:")
    for problem in problems:
        url = redact(problem["url"] or "-")
        print_text(f"  {problem['source']}: {url}: {problem['outcome']}: {problem['reason']}")
