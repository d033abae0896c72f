"""What is wrong with an installation, and how bad that is: for `status --check`, `/health` and the metrics. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from ingestd.model.condition import ConditionGroup, Disk, SourcesSummary
from ingestd.policy.condition import FAILING, SILENT
from ingestd.policy.schedule import LONG_FAILURE

#: How old a daemon's last sign of life may be, of which it gives one a minute.
MAX_DAEMON_SILENCE = timedelta(minutes=3)
#: How long polls may be overdue while none ends.
LATE_POLLING, STALLED_POLLING = timedelta(minutes=15), timedelta(hours=1)
#: For how long a possible loss is reported.
LOSS_REPORTED = timedelta(days=1)
#: Free space below which a disk is nearly full: the smaller of a size in bytes and a share of the disk.
LOW_DISK = (1_000_000_000, 0.1)
NO_DISK = (200_000_000, 0.02)
#: A backup is too old after so many of its intervals.
LATE_BACKUPS, MISSING_BACKUPS = 1.5, 3.0
#: The words of `source_state`.
SOURCE_STATES = ("well", "new", SILENT, FAILING, "dead", "paused")
#: Names of sources that one finding lists.
MAX_LISTED_NAMES = 3


class Level(IntEnum):
    """How bad something is; the numbers are the exit statuses of monitoring plugins."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, in words."""

    level: Level
    text: str


def summary_bounds(now: datetime) -> tuple[datetime, datetime, int]:
    """What the summary of the sources is read with: dead since when, losses since when, and how many names."""
    return now - LONG_FAILURE, now - LOSS_REPORTED, MAX_LISTED_NAMES


def source_state(group: ConditionGroup) -> str:
    """One word: paused, dead (failing for so long that it is polled once a week), failing, silent, new or well."""
    if group.is_paused:
        return "paused"
    if group.is_dead:
        return "dead"
    return group.condition or ("new" if group.is_new else "well")


def count_by_state(sources: SourcesSummary) -> dict[str, int]:
    """How many enabled sources are in each state, without those that none is in."""
    counts: dict[str, int] = {}
    for group in sources.groups:
        state = source_state(group)
        counts[state] = counts.get(state, 0) + group.number
    return counts


def damage_findings(damage: str | None) -> list[Finding]:
    """Whether the file of the database was found to be damaged; `damage` says what is wrong with it."""
    return [] if damage is None else [Finding(Level.CRITICAL, f"the database is damaged: {damage}")]


def daemon_findings(seen_at: datetime | None, now: datetime) -> list[Finding]:
    """Whether a daemon runs; `seen_at` is the latest sign of life of one that has not stopped."""
    if seen_at is None:
        return [Finding(Level.CRITICAL, "no daemon is running")]
    if now - seen_at > MAX_DAEMON_SILENCE:
        return [Finding(Level.CRITICAL, f"the daemon has given no sign of life for {words(now - seen_at)}")]
    return []


def polling_findings(sources: SourcesSummary, now: datetime) -> list[Finding]:
    """Whether polls that are due are made: not while one is overdue and no poll has ended since."""
    if sources.next_poll_at is None:
        return []
    overdue = now - sources.next_poll_at
    idle = min(overdue, now - sources.last_polled_at) if sources.last_polled_at else overdue
    if idle < LATE_POLLING:
        return []
    level = Level.CRITICAL if idle >= STALLED_POLLING else Level.WARNING
    return [Finding(level, f"nothing was polled for {words(idle)} though polls are due")]


def source_findings(sources: SourcesSummary) -> list[Finding]:
    """Sources that are dead, failing or silent, or may have missed articles; critical where every source fails."""
    counts, found = count_by_state(sources), []
    unwell = sum(counts.get(state, 0) for state in ("paused", "dead", FAILING))
    if unwell and unwell == sources.enabled:
        found.append(Finding(Level.CRITICAL, f"all {unwell} sources fail" if unwell > 1 else "the only source fails"))
    else:
        found += _in_state(sources, "paused", "paused: the site has withdrawn the feed")
        found += _in_state(sources, "dead", "dead for 30 days or longer")
        found += _in_state(sources, FAILING, "failing")
    found += _in_state(sources, SILENT, "silent for longer than usual")
    return found + _listed(sources.lost, sources.lost_names, "may have missed articles within a day")


def _in_state(sources: SourcesSummary, state: str, meaning: str) -> list[Finding]:
    groups = [group for group in sources.groups if source_state(group) == state]
    names = [name for group in groups for name in group.names]
    return _listed(sum(group.number for group in groups), names, meaning)


def _listed(number: int, names: Sequence[str], meaning: str) -> list[Finding]:
    if not number:
        return []
    more = ", …" if number > MAX_LISTED_NAMES else ""
    return [Finding(Level.WARNING, f"{number} {meaning} ({', '.join(names[:MAX_LISTED_NAMES])}{more})")]


def disk_findings(disk: Disk | None) -> list[Finding]:
    """Whether the disk is nearly full; None where the database is on a server."""
    if disk is None or disk.free >= low_disk_bytes(disk.total):
        return []
    level = Level.CRITICAL if disk.free < no_disk_bytes(disk.total) else Level.WARNING
    return [Finding(level, f"{disk.free / 1e6:.0f} MB are free on the disk of the database")]


def low_disk_bytes(total: int) -> int:
    """Free bytes below which a disk of this size is nearly full."""
    return int(min(LOW_DISK[0], LOW_DISK[1] * total))


def no_disk_bytes(total: int) -> int:
    """Free bytes below which writes will soon fail."""
    return int(min(NO_DISK[0], NO_DISK[1] * total))


def backup_findings(newest_at: datetime | None, every_s: float, now: datetime) -> list[Finding]:
    """Whether the newest backup is too old; None where there is none."""
    if newest_at is None:
        return [Finding(Level.WARNING, "there is no backup yet")]
    age = now - newest_at
    if age.total_seconds() <= LATE_BACKUPS * every_s:
        return []
    level = Level.CRITICAL if age.total_seconds() > MISSING_BACKUPS * every_s else Level.WARNING
    return [Finding(level, f"the newest backup is {words(age)} old")]


def worst(findings: Iterable[Finding]) -> Level:
    """The level of the whole: critical counts more than unknown."""
    order = (Level.OK, Level.WARNING, Level.UNKNOWN, Level.CRITICAL)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)


def words(duration: timedelta) -> str:
    """A duration in one unit: `3 min`, `5 h`, `2 d`."""
    seconds = max(int(duration.total_seconds()), 0)
    if seconds < 2 * 3_600:
        return f"{seconds // 60} min"
    return f"{seconds // 3_600} h" if seconds < 2 * 86_400 else f"{seconds // 86_400} d"
