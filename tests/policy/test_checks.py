"""What is wrong with an installation, and how bad that is."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestd.model.condition import ConditionGroup, Disk, SourcesSummary
from ingestd.policy.checks import (
    Finding,
    Level,
    backup_findings,
    count_by_state,
    daemon_findings,
    disk_findings,
    polling_findings,
    source_findings,
    source_state,
    words,
    worst,
)

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
DAY_S = 86_400.0


def ago(**duration: float) -> datetime:
    return NOW - timedelta(**duration)


def group(*names: str, number: int | None = None, **values) -> ConditionGroup:
    return ConditionGroup(len(names) if number is None else number, names=names, **values)


def polls(due: datetime | None, ended: datetime | None) -> SourcesSummary:
    return SourcesSummary([ConditionGroup(1)], next_poll_at=due, last_polled_at=ended)


WELL = ConditionGroup(1)


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (WELL, "well"),
        (group(is_new=True), "new"),
        (group(condition="silent"), "silent"),
        (group(condition="failing"), "failing"),
        (group(condition="failing", is_dead=True), "dead"),
        (group(condition="failing", is_dead=True, is_paused=True), "paused"),
    ],
)
def test_state_of_a_source(found, state):
    assert source_state(found) == state


def test_sources_are_counted_by_state():
    groups = [group("a", "b", is_dead=True), group("c", condition="failing", is_dead=True), ConditionGroup(7)]
    assert count_by_state(SourcesSummary(groups)) == {"dead": 3, "well": 7}


@pytest.mark.parametrize(
    ("seen_at", "text"),
    [
        (ago(minutes=3), None),
        (ago(minutes=-5), None),
        (ago(minutes=4), "the daemon has given no sign of life for 4 min"),
        (None, "no daemon is running"),
    ],
)
def test_daemon(seen_at, text):
    assert daemon_findings(seen_at, NOW) == ([Finding(Level.CRITICAL, text)] if text else [])


@pytest.mark.parametrize(
    ("sources", "level", "text"),
    [
        (SourcesSummary(), None, ""),
        (polls(ago(hours=-1), ago(minutes=5)), None, ""),
        (polls(None, ago(minutes=5)), None, ""),
        (polls(ago(minutes=14), ago(days=1)), None, ""),
        (polls(ago(minutes=15), ago(days=1)), Level.WARNING, "for 15 min though"),
        (polls(ago(hours=3), ago(days=1)), Level.CRITICAL, "for 3 h though"),
        (polls(ago(hours=3), None), Level.CRITICAL, "for 3 h though"),
        # One waits for its host, and another was polled.
        (polls(ago(hours=3), ago(minutes=5)), None, ""),
    ],
)
def test_polling(sources, level, text):
    found = polling_findings(sources, NOW)
    assert [finding.level for finding in found] == ([] if level is None else [level])
    assert all(text in finding.text for finding in found)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([], []),
        ([WELL], []),
        ([WELL, group("乙", condition="failing")], [Finding(Level.WARNING, "1 failing (乙)")]),
        (
            [WELL, group("a", "b", "c", number=4, condition="silent")],
            [Finding(Level.WARNING, "4 silent for longer than usual (a, b, c, …)")],
        ),
        (
            [group("a", is_dead=True), group("b", is_paused=True), group("c", condition="failing")],
            [Finding(Level.CRITICAL, "all 3 sources fail")],
        ),
        ([group("a", is_paused=True)], [Finding(Level.CRITICAL, "the only source fails")]),
        (
            [WELL, group("c", "d", is_dead=True), group("b", is_paused=True), group("a", "e", number=2, is_dead=True)],
            [
                Finding(Level.WARNING, "1 paused: the site has withdrawn the feed (b)"),
                Finding(Level.WARNING, "4 dead for 30 days or longer (c, d, a, …)"),
            ],
        ),
    ],
)
def test_sources(groups, expected):
    assert source_findings(SourcesSummary(groups)) == expected


def test_losses():
    found = source_findings(SourcesSummary([WELL], lost=4, lost_names=["a", "b", "c"]))
    assert found == [Finding(Level.WARNING, "4 may have missed articles within a day (a, b, c, …)")]


@pytest.mark.parametrize(
    ("disk", "level"),
    [
        (None, None),
        (Disk(1_000_000_000, 500_000_000_000), None),
        (Disk(999_999_999, 500_000_000_000), Level.WARNING),
        (Disk(199_999_999, 500_000_000_000), Level.CRITICAL),
        (Disk(400_000_000, 4_000_000_000), None),
        (Disk(399_999_999, 4_000_000_000), Level.WARNING),
        (Disk(79_999_999, 4_000_000_000), Level.CRITICAL),
    ],
)
def test_disk(disk, level):
    assert [finding.level for finding in disk_findings(disk)] == ([] if level is None else [level])


@pytest.mark.parametrize(
    ("newest_at", "every_s", "expected"),
    [
        (None, DAY_S, [Finding(Level.WARNING, "there is no backup yet")]),
        (ago(hours=36), DAY_S, []),
        (ago(hours=37), DAY_S, [Finding(Level.WARNING, "the newest backup is 37 h old")]),
        (ago(days=4), DAY_S, [Finding(Level.CRITICAL, "the newest backup is 4 d old")]),
    ],
)
def test_backups(newest_at, every_s, expected):
    assert backup_findings(newest_at, every_s, NOW) == expected


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([], Level.OK),
        ([Level.WARNING, Level.OK], Level.WARNING),
        ([Level.WARNING, Level.UNKNOWN], Level.UNKNOWN),
        ([Level.CRITICAL, Level.UNKNOWN], Level.CRITICAL),
    ],
)
def test_the_worst_level_is_that_of_the_whole(levels, expected):
    assert worst(Finding(level, "") for level in levels) is expected


def test_durations_in_words():
    assert [words(timedelta(seconds=s)) for s in (-5, 59, 7199, 7200, 172_799, 172_800)] == [
        *("0 min", "0 min", "119 min", "2 h", "47 h", "2 d")
    ]
