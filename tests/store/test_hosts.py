"""The pace of hosts in the database: claimed starts, what responses change, refusals, and what is forgotten."""

from dataclasses import replace

from ingestd.model.host_pace import HostPace, Refusal
from ingestd.store import hosts, sources
from ingestd.text.times import utc_text
from tests.store import make

LEARNT = HostPace(
    next_at=make.later(5),
    paused_until=make.later(60),
    spacing_s=61.5,
    accepted_spacing_s=62.0,
    refused_spacing_s=59.25,
    accepted=7,
    refused_at=make.later(-60),
    reason="429, Retry-After: 60",
)


def test_a_pace_is_read_as_it_was_written(database):
    database.write(hosts.write_paces, {"a.example": LEARNT, "b.example": HostPace()})
    database.write(hosts.write_paces, {"b.example": HostPace(accepted=1)})
    paces = {"a.example": LEARNT, "b.example": HostPace(accepted=1)}
    assert database.read(hosts.host_paces) == paces
    assert database.read(hosts.host_paces, ["a.example", "c.example"]) == {"a.example": LEARNT}


def claim(database, host: str = "a.example", *, latest: float = 100.0, spacing: float = 2.0) -> float:
    start, _ = database.write(hosts.claim_start, host, lambda: make.NOW, spacing, latest)
    seconds: float = (start - make.NOW).total_seconds()
    return seconds


def test_claimed_starts_lie_apart_by_the_spacing_of_the_caller_or_of_the_host(database):
    assert [claim(database), claim(database), claim(database, spacing=7), claim(database)] == [0, 2, 4, 11]
    assert claim(database, "b.example") == 0
    database.write(hosts.write_paces, {"c.example": HostPace(spacing_s=30)})
    assert [claim(database, "c.example"), claim(database, "c.example")] == [0, 30]


def test_a_start_that_is_too_late_is_not_claimed(database):
    assert [claim(database, latest=2.0) for _ in range(5)] == [0, 2, 4, 4, 4]


def test_no_request_starts_within_a_pause(database):
    database.write(hosts.write_paces, {"a.example": HostPace(paused_until=make.later(50))})
    assert [claim(database), claim(database)] == [50, 52]


def test_times_further_ahead_than_any_wait_are_ignored(database):
    future = make.later(10 * 365 * 86_400)
    database.write(hosts.write_paces, {"a.example": HostPace(next_at=future, paused_until=future)})
    assert claim(database) == 0
    database.write(hosts.write_paces, {"b.example": HostPace(next_at=make.later(3 * 3600))})
    assert claim(database, "b.example") == 0, "the clock was three hours ahead"


def test_a_change_is_applied_to_the_stored_pace_and_its_refusal_recorded(database):
    database.write(hosts.write_paces, {"a.example": LEARNT})
    refusal = Refusal(make.later(1), 429)
    after = database.write(hosts.change_pace, "a.example", lambda pace: replace(pace, accepted=8), refusal)
    assert after == replace(LEARNT, accepted=8)
    assert database.read(hosts.host_paces) == {"a.example": after}
    database.write(hosts.change_pace, "b.example", lambda pace: pace)
    assert database.read(hosts.host_paces) == {"a.example": after}, "no row for a host without a pace"
    assert make.rows(database, "SELECT host, at, http_status FROM refusals") == [
        ("a.example", utc_text(make.later(1)), 429)
    ]


def test_idle_hosts_and_old_refusals_are_forgotten(database):
    make.configured(database)
    day, week = -86_400.0, -7 * 86_400.0
    paces = {
        "feeds.example": HostPace(next_at=make.later(2 * day)),
        "taught.example": HostPace(next_at=make.later(2 * day), spacing_s=4.0),
        "recent.example": HostPace(next_at=make.later(day + 1)),
        "idle.example": HostPace(next_at=make.later(day - 1)),
    }
    database.write(hosts.write_paces, paces)
    for at in (week - 1, week + 1):
        database.write(hosts.change_pace, "a.example", lambda pace: pace, Refusal(make.later(at), 429))
    database.write(hosts.forget_idle_hosts, make.NOW)
    assert set(database.read(hosts.host_paces)) == {"feeds.example", "taught.example", "recent.example"}
    assert make.rows(database, "SELECT at FROM refusals") == [(utc_text(make.later(week + 1)),)]


def test_a_source_has_the_host_of_its_present_address(database):
    configured = [make.source("甲", "http://feeds.example:8080/a"), make.source("乙", "https://m.blogspot.com/b")]
    stored = database.write(sources.sync, configured, make.NOW)
    query = "SELECT host FROM sources ORDER BY id"
    assert make.rows(database, query) == [("feeds.example:8080",), ("blogspot.com",)]
    database.write(sources.move, stored[0].id, "https://new.example/a", make.NOW)
    assert make.rows(database, query) == [("new.example",), ("blogspot.com",)]
    database.write(sources.sync, configured, make.NOW)
    assert make.rows(database, query) == [("new.example",), ("blogspot.com",)]
    database.write(sources.sync, [replace(configured[0], url="https://other.example/"), configured[1]], make.NOW)
    assert make.rows(database, query) == [("other.example",), ("blogspot.com",)]


def test_sources_of_an_older_database_get_their_host(database):
    make.configured(database)
    make.run(database, "UPDATE sources SET host = NULL")
    make.configured(database)
    assert make.value(database, "SELECT host FROM sources") == "feeds.example"
