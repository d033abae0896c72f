"""Times are shown in the user's zone, which is said; with `--utc` in UTC; JSON has UTC."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestd.cli import times
from tests.cli.test_read_commands import add_post

WINTER, SUMMER = "2026-01-07T22:30:45.678Z", "2026-07-07T22:30:45.678Z"


@pytest.fixture(autouse=True)
def fresh_zone():
    times.show_utc(False)
    yield
    times.show_utc(False)


@pytest.mark.parametrize(
    ("zone", "stored", "minute", "with_zone"),
    [
        ("UTC", WINTER, "2026-01-07 22:30", "2026-01-07 22:30 UTC"),
        ("Etc/UTC", WINTER, "2026-01-07 22:30", "2026-01-07 22:30 UTC"),
        ("", WINTER, "2026-01-07 22:30", "2026-01-07 22:30 UTC"),
        ("Europe/Berlin", WINTER, "2026-01-07 23:30", "2026-01-07 23:30 +01:00"),
        (":Europe/Berlin", SUMMER, "2026-07-08 00:30", "2026-07-08 00:30 +02:00"),
        ("America/St_Johns", WINTER, "2026-01-07 19:00", "2026-01-07 19:00 -03:30"),
        ("Asia/Kolkata", SUMMER, "2026-07-08 04:00", "2026-07-08 04:00 +05:30"),
        ("Europe/London", WINTER, "2026-01-07 22:30", "2026-01-07 22:30 +00:00"),
        ("Asia/Shanghai", "0001-01-01T00:00:00.000Z", "0001-01-01 08:05", "0001-01-01 08:05 +08:05"),
        ("America/New_York", "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z"),
        ("Asia/Shanghai", "nonsense", "nonsense", "nonsense"),
        ("Asia/Shanghai", None, "", ""),
        ("Asia/Shanghai", "", "", ""),
    ],
)
def test_in_the_zone_of_the_user(monkeypatch, zone, stored, minute, with_zone):
    monkeypatch.setenv("TZ", zone)
    assert times.to_minute(stored) == minute
    assert times.to_minute_with_zone(stored) == with_zone


def test_moments(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    assert times.to_second_with_zone(datetime(2026, 1, 7, 22, 30, 45, tzinfo=UTC)) == "2026-01-08 06:30:45 +08:00"
    assert times.column_head("date") == "date (Asia/Shanghai)"
    times.show_utc(True)
    assert times.to_second_with_zone(WINTER) == "2026-01-07 22:30:45 UTC"
    assert times.column_head("date") == "date (UTC)"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("2026-11-22T01:02:00.000Z", "09:02"),
        ("2026-11-21T17:00:00.000Z", "01:00"),
        ("2026-11-21T15:00:00.000Z", "11-21 23:00"),
        ("2025-11-21T15:00:00.000Z", "2025-11-21"),
        (None, ""),
    ],
)
def test_at_a_glance(monkeypatch, stored, shown):
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    assert times.at_a_glance(stored, datetime(2026, 11, 22, 4, tzinfo=UTC)) == shown


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("/usr/share/zoneinfo/posix/Asia/Tokyo", "Asia/Tokyo"),
        ("/usr/share/zoneinfo/Etc/UTC", "UTC"),
        (None, "UTC"),
    ],
)
def test_zone_of_the_machine(tmp_path: Path, target, name):
    link = tmp_path / "localtime"
    if target:
        zone = tmp_path / target.lstrip("/")
        zone.parent.mkdir(parents=True)
        zone.touch()
        link.symlink_to(zone)
    assert times.user_zone(None, link).name == name


@pytest.mark.parametrize("name", ["Nowhere/Town", "../../etc/passwd", "CET-1CEST,M3.5.0,M10.5.0/3", "/etc/hosts", "\0"])
def test_zone_without_a_known_name_is_the_systems_own(tmp_path: Path, name):
    zone = times.user_zone(name, tmp_path)
    assert zone.rules is None
    assert zone.name == "UTC" or zone.name[0] in "+-"


def test_every_command_says_the_zone(two_sources, monkeypatch):
    add_post(two_sources, 7)
    two_sources.sql("UPDATE sources SET last_ok_at = '2026-01-07T22:30:00.000Z'")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    for command in (("posts", "list"), ("posts", "search", "正文")):
        head, row = two_sources(*command).out.splitlines()
        assert head.split("\t")[1] == "date (Asia/Shanghai)"
        assert row.split("\t")[1] == "2026-01-07 16:00"
        head, row = two_sources(*command, "--utc").out.splitlines()
        assert (head.split("\t")[1], row.split("\t")[1]) == ("date (UTC)", "2026-01-07 08:00")
        assert two_sources(*command, "--json").json[0]["date"] == "2026-01-07T08:00:00.000Z"
    assert "2026-01-08 06:30" in two_sources("status").out
    assert "2026-01-07 22:30" in two_sources("status", "--utc").out
    assert two_sources("status", "--json").json["sources"][0]["last_ok_at"] == "2026-01-07T22:30:00.000Z"
