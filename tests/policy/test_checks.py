"""What is wrong with an installation, and how bad that is."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestd.model.condition import Disk, SourceCondition
from ingestd.policy.checks import (
    Finding,
    Level,
    backup_findings,
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


def source(name: str = "甲", **values) -> SourceCondition:
    return SourceCondition(name, **({"last_polled_at": ago(minutes=5), "next_poll_at": ago(hours=-1)} | values))


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "well"),
        ({"last_polled_at": None}, "new"),
        ({"condition": "silent"}, "silent"),
        ({"condition": "failing", "failing_since": ago(days=29)}, "failing"),
        ({"condition": "failing", "failing_since": ago(days=30)}, "dead"),
        ({"condition": "failing", "failing_since": ago(days=30), "paused": True}, "paused"),
    ],
)
def test_state_of_a_source(values, state):
    assert source_state(source(**values), NOW) == state


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
        ([], None, ""),
        ([source()], None, ""),
        ([source(next_poll_at=None)], None, ""),
        ([source(next_poll_at=ago(minutes=14), last_polled_at=ago(days=1))], None, ""),
        ([source(next_poll_at=ago(minutes=15), last_polled_at=ago(days=1))], Level.WARNING, "for 15 min though"),
        ([source(next_poll_at=ago(hours=3), last_polled_at=ago(days=1))], Level.CRITICAL, "for 3 h though"),
        ([source(next_poll_at=ago(hours=3), last_polled_at=None)], Level.CRITICAL, "for 3 h though"),
        # One waits for its host, and another was polled.
        ([source(next_poll_at=ago(hours=3), last_polled_at=ago(days=1)), source("乙")], None, ""),
        ([source(next_poll_at=ago(hours=3), last_polled_at=ago(days=1), paused=True)], None, ""),
    ],
)
def test_polling(sources, level, text):
    found = polling_findings(sources, NOW)
    assert [finding.level for finding in found] == ([] if level is None else [level])
    assert all(text in finding.text for finding in found)


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([], []),
        ([source()], []),
        (
            [source(), source("乙", condition="failing", failing_since=ago(hours=1))],
            [Finding(Level.WARNING, "1 failing (乙)")],
        ),
        (
            [source(), *(source(name, condition="silent") for name in "abcd")],
            [Finding(Level.WARNING, "4 silent for longer than usual (a, b, c, …)")],
        ),
        (
            [source("a", failing_since=ago(days=40)), source("b", paused=True), source("c", condition="failing")],
            [Finding(Level.CRITICAL, "all 3 sources fail")],
        ),
        (
            [source(), source("a", failing_since=ago(days=40)), source("b", paused=True)],
            [
                Finding(Level.WARNING, "1 paused: the site has withdrawn the feed (b)"),
                Finding(Level.WARNING, "1 dead for 30 days or longer (a)"),
            ],
        ),
        (
            [source(suspected_loss_at=ago(hours=23))],
            [Finding(Level.WARNING, "1 may have missed articles within a day (甲)")],
        ),
        ([source(suspected_loss_at=ago(hours=24))], []),
    ],
)
def test_sources(sources, expected):
    assert source_findings(sources, NOW) == expected


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
