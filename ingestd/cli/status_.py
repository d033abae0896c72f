"""`ingestd status`: the health of every source, and the latest problems."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import typer

from ingestd.cli.backup_status import backup_record, print_backup
from ingestd.cli.daemon_status import daemon_records, print_daemons
from ingestd.cli.host_status import host_records, is_slowed, print_hosts, waiting_sources
from ingestd.cli.notify_status import print_target_remarks
from ingestd.cli.options import JsonOption
from ingestd.cli.output import JsonItems, print_json, print_note, print_text, print_wrapped
from ingestd.cli.session import Session, current_session
from ingestd.cli.source_status import print_remarks, print_sources, read_sources
from ingestd.cli.status_check import CheckOption, WithoutDaemonOption, print_check
from ingestd.cli.times import to_minute_with_zone
from ingestd.config.settings import Config
from ingestd.config.source_table import table_of
from ingestd.identity.urls import redact
from ingestd.model.errors import StoreError
from ingestd.policy.checks import count_by_state, summary_bounds
from ingestd.store.database import Database
from ingestd.store.notices import all_notices
from ingestd.store.notify_targets import all_targets
from ingestd.store.polls import recent_problems
from ingestd.store.source_conditions import sources_summary, troubled_sources
from ingestd.text.times import utc_now

#: Sources of which each has a line; of more only those that need someone have one, and at most so many of them.
MAX_LISTED = 1_000
MAX_TROUBLED = 100


def command(
    context: typer.Context,
    with_removed: Annotated[
        bool, typer.Option("--all", help="Show the sources too that the configuration does not have any more.")
    ] = False,
    as_json: JsonOption = False,
    check: CheckOption = False,
    without_daemon: WithoutDaemonOption = False,
) -> None:
    """Show how every source does, and what you can do about those that fail or have fallen silent.

    Each with its last outcome, the posts of each of the last 14 days, its last success and its next poll. Of more than
    1,000 sources it shows how many do how, and the first 100 that need someone; --all shows every one.
    """
    if check:
        raise typer.Exit(print_check(context, expects_daemon=not without_daemon))
    now, session = utc_now(), current_session(context)
    if not (as_json or with_removed) and _print_many(session, now):
        return
    config = session.config
    configured = set(table_of(config.sources).names)
    with session.open_existing_database() as database:
        hosts = host_records(database, config, now)
        rows = read_sources(database, configured, waiting_sources(hosts), now)
        if as_json:
            shown = (row for row in rows if with_removed or not row["removed"])
            print_json({"sources": JsonItems(shown), **_as_json(_read(database, config, hosts, []))})
            return
        all_rows = list(rows)
        listed = [row for row in all_rows if with_removed or not row["removed"]]
        found = _read(database, config, hosts, listed)
    _print_status(found, now, removed=len(all_rows) - len(listed))


def _print_many(session: Session, now: datetime) -> bool:
    """Where there are too many sources for a line each: how many do how, and those that need someone. Else False."""
    try:
        with session.open_existing_database() as database:
            summary = database.read(sources_summary, *summary_bounds(now))
            if summary.enabled + summary.disabled <= MAX_LISTED:
                return False
            counts = count_by_state(summary) | ({"not polled": summary.disabled} if summary.disabled else {})
            hosts = host_records(database, session.settings, now, only_slowed=True)
            troubled = database.read(troubled_sources, MAX_TROUBLED)
            rows = list(read_sources(database, (), waiting_sources(hosts), now, troubled))
            found = _read(database, session.settings, hosts, rows)
    except StoreError:
        # It is told with what the whole configuration says.
        return False
    _print_status(found, now, counts=counts)
    return True


def _read(database: Database, config: Config, hosts: list[dict[str, Any]], rows: list[dict[str, Any]]) -> "_Status":
    return _Status(
        sources=rows,
        problems=database.read(recent_problems),
        notices=database.read(all_notices),
        damage=database.marked_damage(),
        daemons=daemon_records(database),
        targets=database.read(all_targets),
        hosts=hosts,
        backup=backup_record(database, config),
    )


@dataclass(frozen=True, slots=True)
class _Status:
    """What is shown: records as JSON has them."""

    sources: list[dict[str, Any]]
    problems: list[dict[str, Any]]
    notices: list[dict[str, Any]]
    damage: str | None
    daemons: list[dict[str, Any]]
    targets: list[dict[str, Any]]
    hosts: list[dict[str, Any]]
    backup: dict[str, Any] | None


def _as_json(found: _Status) -> dict[str, Any]:
    """All but the sources, which are read while they are printed."""
    return {
        "problems": [{**one, "url": redact(one["url"] or "") or None} for one in found.problems],
        "notices": found.notices,
        "hosts": found.hosts,
        "notify": found.targets,
        "backup": found.backup,
        "damage": found.damage,
        "daemons": found.daemons,
    }


def _print_status(found: _Status, now: datetime, *, removed: int = 0, counts: Mapping[str, int] | None = None) -> None:
    """`removed` sources are left out; with `counts` all but those that need someone are."""
    if found.damage is not None:
        print_note(f"the database is damaged: {found.damage}; put a backup in its place (`ingestd db restore FILE`)")
    print_daemons(found.daemons, now)
    print_target_remarks(found.targets)
    for notice in found.notices:
        print_note(f"{notice['kind']} at {to_minute_with_zone(notice['since'])}: {notice['reason']}")
    if counts is not None:
        print_text(_counted(counts))
    if counts is None or found.sources:
        print_sources(found.sources, now)
    if counts is not None:
        print_note(
            f"listed are {len(found.sources)} sources that need someone (`ingestd status --all` lists every one)"
        )
    if removed:
        print_note(f"removed sources, which keep their posts: {removed} (`ingestd status --all` shows them)")
    for row in found.sources:
        print_remarks(row)
    print_backup(found.backup)
    _print_slowed_hosts(found.hosts)
    _print_problems(found.problems)


def _counted(counts: Mapping[str, int]) -> str:
    each = ", ".join(f"{number:,} {state}" for state, number in sorted(counts.items(), key=lambda one: -one[1]))
    return f"{sum(counts.values()):,} sources: {each}"


def _print_slowed_hosts(hosts: list[dict[str, Any]]) -> None:
    if slowed := [host for host in hosts if is_slowed(host)]:
        print_text()
        print_hosts(slowed)


def _print_problems(problems: list[dict[str, Any]]) -> None:
    if problems:
        print_text()
        print_text("latest problems with single entries and pages:")
    for problem in problems:
        url = redact(problem["url"] or "-")
        print_wrapped(f"  {problem['source']}: {url}: {problem['outcome']}: {problem['reason']}")
