"""The pace of hosts in `status` and in `sources list --by-host`."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from ingestd.text.times import utc_text

SLOWED = (
    "INSERT INTO hosts (host, next_at, spacing_s, reason) "
    "SELECT host, '{next_at}', 61.5, '429, Retry-After: 60 s' FROM sources WHERE name = '甲'"
)


ONE_HOST = "UPDATE sources SET host = 'hub.example'"


def ahead(**duration: float) -> str:
    """A time from now on. The commands take the machine's clock, so a test asks for it when it begins."""
    return utc_text(datetime.now(UTC) + timedelta(**duration))


def hosts(two_sources) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(two_sources("sources", "list", "--by-host", "--json").out)
    return found


def test_every_host_with_its_sources(two_sources):
    two_sources.sql(f"{ONE_HOST}, next_poll_at = CASE name WHEN '乙' THEN '{ahead(hours=5)}' END")
    [host] = hosts(two_sources)
    assert host["names"] == ["乙", "甲"]
    assert (host["sources"], host["waiting"], host["refusals"]) == (2, ["甲"], 0)
    assert (host["spacing_s"], host["next_at"], host["reason"], host["learnt"]) == (0.001, None, None, False)
    lines = [line.split("\t") for line in two_sources("sources", "list", "--by-host").out.splitlines()]
    assert lines[0][:5] == ["host", "sources", "pace", "may be asked (UTC)", "refusals in 24 h"]
    assert lines[1][1:6] == ["2", "1 in 0.001 s", "now", "0", "1"]


def test_a_host_that_was_slowed_down(two_sources):
    two_sources.sql(ONE_HOST)
    soon = ahead(minutes=5)
    two_sources.sql(SLOWED.format(next_at=soon))
    for hours in (1, 23, 25):
        at = ahead(hours=-hours)
        two_sources.sql(f"INSERT INTO refusals (host, at, http_status) SELECT host, '{at}', 429 FROM hosts")
    [host] = hosts(two_sources)
    assert (host["spacing_s"], host["next_at"], host["refusals"], host["learnt"]) == (61.5, soon, 2, True)
    assert host["reason"] == "429, Retry-After: 60 s"
    status = two_sources("status").out
    assert "\t2\t1 in 61.5 s\t" in status
    assert "429, Retry-After: 60 s" in status


def test_a_source_that_waits_for_its_host_says_so(two_sources):
    two_sources.sql(ONE_HOST)
    two_sources.sql(SLOWED.format(next_at=ahead(minutes=5)))
    two_sources.sql(f"UPDATE sources SET next_poll_at = '{ahead(hours=5)}' WHERE name = '乙'")
    rows = {row["name"]: row for row in json.loads(two_sources("status", "--json").out)["sources"]}
    assert (rows["甲"]["waits_for_host"], rows["乙"]["waits_for_host"]) == (True, False)
    lines = {line.split("\t")[0]: line for line in two_sources("status").out.splitlines()}
    assert "waits for its host" in lines["甲"]
    assert "waits for its host" not in lines["乙"]


def test_hosts_that_nothing_slows_down_are_not_in_the_way_of_the_sources(two_sources):
    assert "host" not in two_sources("status").out.splitlines()[-1]
    assert json.loads(two_sources("status", "--json").out)["hosts"] == hosts(two_sources)
