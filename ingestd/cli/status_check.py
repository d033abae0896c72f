"""`ingestd status --check`: one line and an exit status for monitoring systems, as the plugins of Nagios give them.

https://www.monitoring-plugins.org/doc/guidelines.html: 0 fine, 1 warning, 2 critical, 3 unknown; numbers behind `|`.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ingestd.cli.output import print_text
from ingestd.cli.session import current_session
from ingestd.config.settings import Config
from ingestd.identity.urls import redact_text
from ingestd.model.condition import Disk, SourcesSummary
from ingestd.model.errors import IngestdError, StoreDamagedError
from ingestd.policy.checks import (
    SOURCE_STATES,
    Finding,
    Level,
    backup_findings,
    count_by_state,
    daemon_findings,
    damage_findings,
    disk_findings,
    low_disk_bytes,
    no_disk_bytes,
    polling_findings,
    source_findings,
    summary_bounds,
    words,
    worst,
)
from ingestd.poll.lease_holders import is_dead_holder
from ingestd.store.daemons import running_daemons
from ingestd.store.database import Database
from ingestd.store.newest_backup import newest_backup_at
from ingestd.store.notices import all_notices
from ingestd.store.notify_targets import all_targets
from ingestd.store.source_conditions import disk_of, sources_summary
from ingestd.text.times import utc_now

#: Characters of one line.
MAX_LINE_CHARS = 1_000
#: How often backups are expected that a timer makes, and not the daemon, in seconds.
DAY_S = 86_400.0
CheckOption = Annotated[
    bool, typer.Option("--check", help="Print one line for monitoring: exit status 0 fine, 1 warning, 2 critical.")
]
WithoutDaemonOption = Annotated[
    bool, typer.Option("--without-daemon", help="With --check: no daemon is expected; `ingestd fetch` polls, by cron.")
]


def print_check(context: typer.Context, *, expects_daemon: bool) -> int:
    """Print the line; the exit status."""
    now = utc_now()
    try:
        # No source's own settings are needed: the daemon tells of a configuration that it could not take over.
        config = current_session(context).settings
        with current_session(context).open_existing_database() as database:
            sources = database.read(sources_summary, *summary_bounds(now))
            findings = _findings(database, sources, config, now, expects_daemon=expects_daemon)
            disk = disk_of(database.path)
    except StoreDamagedError as error:
        findings, sources, disk = [Finding(Level.CRITICAL, redact_text(str(error)))], SourcesSummary(), None
    except IngestdError as error:
        findings, sources, disk = [Finding(Level.UNKNOWN, redact_text(str(error)))], SourcesSummary(), None
    level = worst(findings)
    told = "; ".join(finding.text for finding in findings) or _summary(sources, now)
    numbers = _performance(sources, disk)
    print_text(f"ingestd {level.name}: {told.replace('|', '/')[:MAX_LINE_CHARS]} | {numbers}".rstrip("| "))
    return int(level)


def _findings(
    database: Database, sources: SourcesSummary, config: Config, now: datetime, *, expects_daemon: bool
) -> list[Finding]:
    alive = [daemon for daemon in database.read(running_daemons) if not is_dead_holder(daemon.holder)]
    seen_at = max((daemon.seen_at for daemon in alive), default=None)
    found = [
        *damage_findings(database.marked_damage()),
        *(daemon_findings(seen_at, now) if expects_daemon else []),
        *polling_findings(sources, now),
        *source_findings(sources),
        *disk_findings(disk_of(database.path)),
    ]
    if config.backup.folder and database.path is not None:
        newest_at = database.read(newest_backup_at, database.path, Path(config.backup.folder))
        found += backup_findings(newest_at, config.backup.every or DAY_S, now)
    found += [
        Finding(Level.WARNING, f"notifications to {row['name']} fail")
        for row in database.read(all_targets)
        if row["failures"]
    ]
    found += [Finding(Level.WARNING, f"{row['kind']}: {row['reason']}") for row in database.read(all_notices)]
    return sorted(found, key=lambda finding: -finding.level)


def _summary(sources: SourcesSummary, now: datetime) -> str:
    polled = sources.last_polled_at
    last = f"the last poll ended {words(now - polled)} ago" if polled else "none was polled yet"
    return f"{sources.enabled} source{'' if sources.enabled == 1 else 's'}, {last}"


def _performance(sources: SourcesSummary, disk: Disk | None) -> str:
    """The numbers, as `label=value[unit];[warning];[critical]`."""
    states = count_by_state(sources)
    numbers = [f"sources={sources.enabled}", *(f"{state}={states.get(state, 0)}" for state in SOURCE_STATES)]
    if disk is not None:
        numbers.append(f"disk_free={disk.free}B;{low_disk_bytes(disk.total)}:;{no_disk_bytes(disk.total)}:")
    return " ".join(numbers) if sources.enabled or disk else ""
