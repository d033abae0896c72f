"""The pace of hosts in `status` and in `sources list --by-host`."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from ingestd.text.times import utc_text

# The commands take the machine's clock, and the suite may take long: minutes from here are not far enough.
NOW = datetime.now(UTC)
SOON, LATE = utc_text(NOW + timedelta(hours=5)), utc_text(NOW + timedelta(hours=9))
SLOWED = (
    "INSERT INTO hosts (host, next_at, spacing_s, reason) "
    "SELECT host, '{next_at}', 61.5, '429, Retry-After: 60 s' FROM sources WHERE name = '甲'"
)


ONE_HOST = "UPDATE sources SET host = 'hub.example'"


def hosts(two_sources) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(two_sources("sources", "list", "--by-host", "--json").out)
    return found


def test_every_host_with_its_sources(two_sources):
    two_sources.sql(f"{ONE_HOST}, next_poll_at = CASE name WHEN '乙' THEN '{LATE}' END")
    [host] = hosts(two_sources)
    assert host["names"] == ["乙", "甲"]
    assert (host["sources"], host["waiting"], host["refusals"]) == (2, ["甲"], 0)
    assert (host["spacing_s"], host["next_at"], host["reason"], host["learnt"]) == (0.001, None, None, False)
    lines = [line.split("\t") for line in two_sources("sources", "list", "--by-host").out.splitlines()]
    assert lines[0][:5] == ["host", "sources", "pace", "may be asked", "refusals in 24 h"]
    assert lines[1][1:6] == ["2", "1 in 0.001 s", "now", "0", "1"]


def test_a_host_that_was_slowed_down(two_sources):
    two_sources.sql(ONE_HOST)
    two_sources.sql(SLOWED.format(next_at=SOON))
    for hours in (1, 18, 25):
        at = utc_text(NOW - timedelta(hours=hours))
        two_sources.sql(f"INSERT INTO refusals (host, at, http_status) SELECT host, '{at}', 429 FROM hosts")
    [host] = hosts(two_sources)
    assert (host["spacing_s"], host["next_at"], host["refusals"], host["learnt"]) == (61.5, SOON, 2, True)
    assert host["reason"] == "429, Retry-After: 60 s"
    status = two_sources("status").out
    assert "\t2\t1 in 61.5 s\t" in status
    assert "429, Retry-After: 60 s" in status


def test_a_source_that_waits_for_its_host_says_so(two_sources):
    two_sources.sql(ONE_HOST)
    two_sources.sql(SLOWED.format(next_at=SOON))
    two_sources.sql(f"UPDATE sources SET next_poll_at = '{LATE}' WHERE name = '乙'")
    rows = {row["name"]: row for row in json.loads(two_sources("status", "--json").out)["sources"]}
    assert (rows["甲"]["waits_for_host"], rows["乙"]["waits_for_host"]) == (True, False)
    lines = {line.split("\t")[0]: line for line in two_sources("status").out.splitlines()}
    assert "waits for its host" in lines["甲"]
    assert "waits for its host" not in lines["乙"]


def test_hosts_that_nothing_slows_down_are_not_in_the_way_of_the_sources(two_sources):
    assert "host" not in two_sources("status").out.splitlines()[-1]
    assert json.loads(two_sources("status", "--json").out)["hosts"] == hosts(two_sources)
