"""`ingestd status`: how every source does."""

from typing import Any

import typer

from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_note, print_table, print_text
from ingestd.cli.session import current_session, utc_now
from ingestd.cli.websub_status import describe_subscription, subscriptions_by_source
from ingestd.identity.urls import redact
from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome
from ingestd.policy import health, leads_to
from ingestd.store import image_queue, sources
from ingestd.store.codec import optional_moment
from ingestd.store.health import source_health
from ingestd.store.polls import recent_problems
from ingestd.store.sources import text_redirects

#: Misses in a row after which a site rule counts as rotten.
ROT = 3


def command(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show how every source does: its last outcome, what it brought, when it is polled next, and what you can do."""
    with current_session(context).open_existing_database() as database:
        rows = database.read(source_health)
        problems = database.read(recent_problems)
        before = database.read(sources.former_addresses)
        pushed = subscriptions_by_source(database, utc_now())
        images = database.read(image_queue.failures_by_source)
    for row in rows:
        row["moved_to"] = _leads_to(row)
        row["url"], row["config_url"] = redact(row["url"]), redact(row["config_url"])
        row["images_failing"], row["images_given_up"] = images.get(row["id"], (0, 0))
    if as_json:
        listed = [_record(row, before.get(row["id"], []), pushed.get(row["id"])) for row in rows]
        print_json(
            {"sources": listed, "problems": [{**one, "url": redact(one["url"] or "") or None} for one in problems]}
        )
        return
    more = ("pushes",) if pushed else ()
    print_table(
        ("source", "outcome", "posts", "failures", "last new", "next poll", "problems", *more),
        [
            (
                row["name"],
                _word(row),
                row["posts"],
                row["failures"],
                _minute(row["last_new_at"]),
                _minute(row["next_poll_at"]),
                row["problems"],
                *(describe_subscription(pushed.get(row["id"])) for _ in more),
            )
            for row in rows
        ],
        empty="no sources yet: `ingestd fetch` reads the configuration",
    )
    for row in rows:
        _explain(row)
    if problems:
        print_text()
        print_text("latest problems with single entries and pages:")
    for problem in problems:
        url = redact(problem["url"] or "-")
        print_text(f"  {problem['source']}: {url}: {problem['outcome']}: {problem['reason']}")


def _leads_to(row: dict[str, Any]) -> str | None:
    """Where the source is redirected for good, without what is secret in it."""
    found = leads_to(row["url"], text_redirects(row.pop("redirects")))
    return redact(found) if found else None


def _word(row: dict[str, Any]) -> str:
    if not row["enabled"]:
        return "disabled"
    return "paused" if row["paused"] else row["last_outcome"] or "not polled yet"


def _minute(text: str | None) -> str | None:
    return f"{text[:10]} {text[11:16]}" if text else None


def _explain(row: dict[str, Any]) -> None:
    if row["last_outcome"] and row["last_outcome"] not in SUCCESSFUL_OUTCOMES and row["enabled"]:
        print_text(f"{row['name']}: {row['url']}: {row['last_outcome']}: {_advice(row)}")
    elif row["moved_to"] and row["enabled"]:
        print_text(
            f"{row['name']}: moved to {row['moved_to']}: its address follows when three polls in a row have led there"
        )
    if row["rule_misses"] >= ROT:
        print_text(
            f"{row['name']}: its site rule found nothing {row['rule_misses']} times in a row: the site may have changed"
        )
    if row["images_failing"] or row["images_given_up"]:
        failing = f"{row['images_failing']} tried again, {row['images_given_up']} given up"
        print_text(f"{row['name']}: images that could not be fetched: {failing}: see `ingestd media list --failed`")
    if row["suspected_loss_at"]:
        since = row["suspected_loss_at"]
        print_note(f"{row['name']}: articles may have been missed before {since}: it is polled more often now")


def _advice(row: dict[str, Any]) -> str | None:
    """What happened, for how long, and what the user can do."""
    if row["last_outcome"] is None or row["last_outcome"] in SUCCESSFUL_OUTCOMES:
        return None
    return health(
        Outcome(row["last_outcome"]),
        row["last_error"] or "",
        failures=row["failures"],
        failing_since=optional_moment(row["failing_since"]),
        now=utc_now(),
    )


def _record(row: dict[str, Any], before: list[str], push: dict[str, Any] | None) -> dict[str, Any]:
    return {**row, "former_urls": [redact(url) for url in before], "advice": _advice(row), "push": push}
