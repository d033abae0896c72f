"""`ingestd status`: the health of every source, and the latest problems."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import typer

from ingestd.cli.backup_status import backup_record, print_backup
from ingestd.cli.daemon_status import daemon_records, print_daemons
from ingestd.cli.host_status import host_records, is_slowed, print_hosts, waiting_sources
from ingestd.cli.notify_status import print_target_remarks
from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_note, print_text, print_wrapped
from ingestd.cli.session import current_session
from ingestd.cli.source_status import print_remarks, print_sources, read_sources
from ingestd.cli.status_check import CheckOption, WithoutDaemonOption, print_check
from ingestd.cli.times import to_minute_with_zone
from ingestd.config.source_table import table_of
from ingestd.identity.urls import redact
from ingestd.store.notices import all_notices
from ingestd.store.notify_targets import all_targets
from ingestd.store.polls import recent_problems
from ingestd.text.times import utc_now


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

    Each with its last outcome, the posts of each of the last 14 days, its last success and its next poll.
    """
    if check:
        raise typer.Exit(print_check(context, expects_daemon=not without_daemon))
    now = utc_now()
    config = current_session(context).config
    configured = set(table_of(config.sources).names)
    with current_session(context).open_existing_database() as database:
        problems = database.read(recent_problems)
        notices = database.read(all_notices)
        damage = database.marked_damage()
        daemons = daemon_records(database)
        targets = database.read(all_targets)
        hosts = host_records(database, config, now)
        backup = backup_record(database, config)
        rows = read_sources(database, configured, waiting_sources(hosts), now)
    shown = [row for row in rows if with_removed or not row["removed"]]
    found = _Status(shown, len(rows) - len(shown), problems, notices, damage, daemons, targets, hosts, backup)
    if as_json:
        print_json(_as_json(found))
    else:
        _print_status(found, now)


@dataclass(frozen=True, slots=True)
class _Status:
    """What is shown: records as JSON has them; `removed` counts the sources that are left out."""

    sources: list[dict[str, Any]]
    removed: int
    problems: list[dict[str, Any]]
    notices: list[dict[str, Any]]
    damage: str | None
    daemons: list[dict[str, Any]]
    targets: list[dict[str, Any]]
    hosts: list[dict[str, Any]]
    backup: dict[str, Any] | None


def _as_json(found: _Status) -> dict[str, Any]:
    return {
        "sources": found.sources,
        "problems": [{**one, "url": redact(one["url"] or "") or None} for one in found.problems],
        "notices": found.notices,
        "hosts": found.hosts,
        "notify": found.targets,
        "backup": found.backup,
        "damage": found.damage,
        "daemons": found.daemons,
    }


def _print_status(found: _Status, now: datetime) -> None:
    if found.damage is not None:
        print_note(f"the database is damaged: {found.damage}; put a backup in its place (`ingestd db restore FILE`)")
    print_daemons(found.daemons, now)
    print_target_remarks(found.targets)
    for notice in found.notices:
        print_note(f"{notice['kind']} at {to_minute_with_zone(notice['since'])}: {notice['reason']}")
    print_sources(found.sources, now)
    if found.removed:
        print_note(f"removed sources, which keep their posts: {found.removed} (`ingestd status --all` shows them)")
    for row in found.sources:
        print_remarks(row)
    print_backup(found.backup)
    _print_slowed_hosts(found.hosts)
    _print_problems(found.problems)


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
