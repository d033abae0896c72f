"""`ingestd status --check`: one line and the exit status of a monitoring plugin."""

import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from ingestd.cli import status_check
from ingestd.model.condition import Disk
from ingestd.poll.lease_holders import new_lease_holder
from ingestd.store.file_faults import mark_damaged
from ingestd.text.times import utc_text

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
PERFDATA = re.compile(r"(?:[a-z_]+=\d+B?(?:;\d*:?;\d*:?)?)(?: [a-z_]+=\d+B?(?:;\d*:?;\d*:?)?)*")


@pytest.fixture
def ingestd(two_sources, monkeypatch):
    """Two sources that do well, a daemon that runs, and a disk with room."""
    monkeypatch.setattr(status_check, "utc_now", lambda: NOW)
    monkeypatch.setattr(status_check, "disk_of", lambda _path: Disk(50_000_000_000, 100_000_000_000))
    two_sources.sql(
        "UPDATE sources SET last_outcome = 'ok', last_polled_at = ?, next_poll_at = ?",
        *(utc_text(NOW - timedelta(minutes=3)), utc_text(NOW + timedelta(minutes=27))),
    )
    daemon(two_sources, new_lease_holder())
    return two_sources


def daemon(ingestd, holder, seen_at=NOW):
    ingestd.sql("DELETE FROM daemons")
    ingestd.sql("INSERT INTO daemons VALUES (?, '1', ?, ?)", holder, utc_text(NOW), utc_text(seen_at))


def check(ingestd, *options):
    """(exit status, text, numbers)."""
    done = ingestd("status", "--check", *options)
    assert done.err == "" and done.out.count("\n") == 1
    text, _, numbers = done.out.strip().partition(" | ")
    assert not numbers or PERFDATA.fullmatch(numbers), numbers
    return done.status, text, numbers


def test_all_is_well(ingestd):
    status, text, numbers = check(ingestd)
    assert (status, text) == (0, "ingestd OK: 2 sources, the last poll ended 3 min ago")
    assert numbers.startswith("sources=2 well=2 new=0 silent=0 failing=0 dead=0 paused=0 disk_free=50000000000B;")


@pytest.mark.parametrize(
    ("statement", "status", "text"),
    [
        ("UPDATE sources SET condition = 'silent' WHERE id = 1", 1, "1 silent for longer than usual (甲)"),
        ("UPDATE sources SET condition = 'failing'", 2, "all 2 sources fail"),
        ("UPDATE sources SET condition = 'failing', enabled = id - 1", 2, "the only source fails"),
        ("UPDATE sources SET next_poll_at = '2026-01-01T00:00:00.000Z'", 0, "2 sources"),
        (
            "UPDATE sources SET last_polled_at = NULL, next_poll_at = '2026-01-01T00:00:00.000Z'",
            2,
            "nothing was polled",
        ),
        ("INSERT INTO notices VALUES ('reload-failed', '2026', 'a | b')", 1, "reload-failed: a / b"),
        ("INSERT INTO notify_targets (name, added_at, failures) VALUES ('x', '', 1)", 1, "notifications to x fail"),
        ("DELETE FROM daemons", 2, "no daemon is running"),
    ],
)
def test_what_is_wrong(ingestd, statement, status, text):
    ingestd.sql(statement)
    found = check(ingestd)
    assert found[0] == status
    assert text in found[1]
    assert found[1].startswith(f"ingestd {('OK', 'WARNING', 'CRITICAL')[status]}: ")


def test_the_worst_is_said_first(ingestd):
    ingestd.sql("UPDATE sources SET condition = 'silent'")
    ingestd.sql("DELETE FROM daemons")
    assert check(ingestd)[1].startswith("ingestd CRITICAL: no daemon is running; 2 silent")


def test_a_daemon_that_was_killed_or_hangs_is_none(ingestd):
    host, _, rest = new_lease_holder().partition(":")
    daemon(ingestd, f"{host}:{2**22 + 5}:{rest.partition(':')[2]}")
    assert check(ingestd)[:2] == (2, "ingestd CRITICAL: no daemon is running")
    daemon(ingestd, f"{host}:{os.getpid()}:{rest.partition(':')[2]}", NOW - timedelta(minutes=5))
    assert "no sign of life for 5 min" in check(ingestd)[1]


def test_a_damaged_database_is_critical(ingestd):
    mark_damaged(ingestd.database, "database disk image is malformed")
    assert check(ingestd)[:2] == (2, "ingestd CRITICAL: the database is damaged: database disk image is malformed")
    assert "put a backup in its place (`ingestd db restore FILE`)" in ingestd("status").err
    assert ingestd("status", "--json").json["damage"] == "database disk image is malformed"
    with ingestd.database.open("r+b") as file:
        file.write(bytes(100))
    status, text, _ = check(ingestd)
    assert (status, "is damaged: file is not a database" in text) == (2, True)


def test_without_a_daemon_polls_alone_are_looked_at(ingestd):
    ingestd.sql("DELETE FROM daemons")
    assert check(ingestd, "--without-daemon")[0] == 0


def test_what_cannot_be_known(without_database):
    assert check(without_database)[:2] == (
        3,
        f"ingestd UNKNOWN: the database {without_database.database} does not exist yet:"
        " `ingestd fetch` or `ingestd run` makes it",
    )
    without_database.config.write_text("[nonsense]\n")
    status, text, numbers = check(without_database)
    assert (status, numbers) == (3, "")
    assert text.endswith("ingestd.toml:1: nonsense: unknown key")


def test_no_source_of_the_configuration_is_read(ingestd):
    with ingestd.config.open("a") as config:
        config.write('[[sources]]\nname = "new"\nurl = "nonsense"\n')
    assert check(ingestd)[0] == 0


def test_backups_that_are_configured_are_expected(ingestd):
    folder = ingestd.folder / "b"
    with ingestd.config.open("a") as config:
        config.write(f'[backup]\nfolder = "{folder}"\nevery = "1h"\n')
    assert check(ingestd)[:2] == (1, "ingestd WARNING: there is no backup yet")
    folder.mkdir()
    for hours, status in ((5, 2), (2, 1), (1, 0)):
        (folder / f"ingestd-{NOW - timedelta(hours=hours):%Y%m%dT%H%M%SZ}.db").touch()
        assert check(ingestd)[0] == status
