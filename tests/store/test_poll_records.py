"""What is recorded of polls, of problems and of the daemon, and that no secret gets into a record."""

from typing import Any

import pytest

from ingestd.model.errors import Outcome
from ingestd.model.feed import Problem
from ingestd.model.poll import Poll, WriteBatch
from ingestd.store.feed_items import item_digests
from ingestd.store.leases import acquire_leases
from ingestd.store.notices import all_notices, clear_notice, put_notice
from ingestd.store.polls import recent_problems, record_poll, record_problems, record_unplanned_poll
from ingestd.store.sightings import sightings_of
from ingestd.store.writes import write
from tests.store import make

SECRET = "https://anna:geheim@a.example/f?token=geheim"


@pytest.fixture
def two(database):
    make.configured(database, "甲", "乙")
    return database


def poll(**values) -> Poll:
    given: dict[str, Any] = {
        "source_id": 1,
        "name": "甲",
        "started_at": make.NOW,
        "seconds": 1.23456,
        "outcome": Outcome.OK,
    }
    return Poll(**(given | values))


def test_every_count_of_a_poll_is_recorded(two):
    counts = {"entries": 9, "new": 1, "updated": 2, "duplicate": 3, "failed": 4, "known": 5}
    two.write(record_poll, poll(http_status=200, suspected_loss=True, error=None, **counts))
    columns = "source_id, started_at, seconds, outcome, http_status, entries, new, updated, duplicate, failed, known"
    assert make.rows(two, f"SELECT {columns}, suspected_loss, error FROM polls") == [
        (1, "2026-11-22T17:00:00.000Z", 1.235, "ok", 200, 9, 1, 2, 3, 4, 5, 1, None)
    ]


def test_no_password_is_recorded(two):
    two.write(record_poll, poll(outcome=Outcome.TIMEOUT, error=f"no answer from {SECRET}"))
    two.write(record_problems, 1, [Problem(Outcome.ENTRY_BROKEN, f"cannot read {SECRET}")], make.NOW)
    two.write(put_notice, "schedule", f"cannot reach {SECRET}", make.NOW)
    texts = make.rows(
        two, "SELECT error FROM polls UNION ALL SELECT reason FROM problems UNION ALL SELECT reason FROM notices"
    )
    assert len(texts) == 3
    assert not any("geheim" in text for (text,) in texts)


def problem(
    reason: str = "because", outcome: Outcome = Outcome.ENTRY_BROKEN, url: str | None = "https://a.example/1"
) -> Problem:
    return Problem(outcome, reason, url)


def test_a_problem_that_comes_again_is_counted(two):
    for minute in range(3):
        two.write(record_problems, 1, [problem(f"reason {minute}")], make.later(60 * minute))
    assert make.rows(two, "SELECT url, outcome, reason, first_at, last_at, times FROM problems") == [
        (
            "https://a.example/1",
            str(Outcome.ENTRY_BROKEN),
            "reason 2",
            "2026-11-22T17:00:00.000Z",
            "2026-11-22T17:02:00.000Z",
            3,
        )
    ]


def test_problems_differ_by_source_address_and_outcome(two):
    found = [problem(), problem(outcome=Outcome.TIMEOUT), problem(url="https://a.example/2"), problem(url=None)]
    two.write(record_problems, 1, found, make.NOW)
    two.write(record_problems, 2, found[:1], make.NOW)
    two.write(record_problems, 1, [], make.NOW)
    assert make.value(two, "SELECT count(*) FROM problems") == 5


def test_latest_problems_come_first(two):
    for minute, source_id in enumerate((1, 2, 1)):
        two.write(record_problems, source_id, [problem(url=f"https://a.example/{minute}")], make.later(60 * minute))
    found = two.read(recent_problems)
    assert [(row["url"][-1], row["source"]) for row in found] == [("2", "甲"), ("1", "乙"), ("0", "甲")]
    assert [row["url"][-1] for row in two.read(recent_problems, 1)] == ["2", "0"]
    assert [row["url"][-1] for row in two.read(recent_problems, None, 1)] == ["2"]
    assert two.read(recent_problems, 99) == []


def state(database, source_id=1):
    columns = "last_outcome, last_error, failures, failing_since, next_poll_at"
    return make.rows(database, f"SELECT {columns} FROM sources WHERE id = {source_id}")[0]


def test_a_poll_whose_end_failed_counts_as_a_failure(two):
    failed = poll(outcome=Outcome.STORE_FAILED, error="broken")
    two.write(acquire_leases, [1, 2], "me", make.NOW, 120.0)
    two.write(record_unplanned_poll, failed, make.NOW, make.later(300), "me")
    two.write(record_unplanned_poll, failed, make.later(300), make.later(900), "me")
    assert state(two) == (
        "store-failed",
        "broken",
        2,
        "2026-11-22T17:00:00.000Z",
        "2026-11-22T17:15:00.000Z",
    )
    assert make.value(two, "SELECT count(*) FROM polls") == 2
    assert make.rows(two, "SELECT source_id FROM leases") == [(2,)]


def test_a_push_whose_end_failed_changes_nothing_about_its_source(two):
    before = state(two)
    two.write(acquire_leases, [1], "other", make.NOW, 120.0)
    two.write(record_unplanned_poll, poll(outcome=Outcome.TIMEOUT, error="x"), make.NOW, None, "me")
    assert state(two) == before
    assert make.value(two, "SELECT count(*) FROM polls") == 1
    assert make.rows(two, "SELECT source_id FROM leases") == [(1,)]


def test_one_notice_of_each_kind(database):
    database.write(put_notice, "b", "one", make.NOW)
    database.write(put_notice, "a", "two", make.NOW)
    database.write(put_notice, "b", "three", make.later(60))
    found = database.read(all_notices)
    assert [(row["kind"], row["reason"], row["since"]) for row in found] == [
        ("a", "two", "2026-11-22T17:00:00.000Z"),
        ("b", "three", "2026-11-22T17:01:00.000Z"),
    ]
    database.write(clear_notice, "a")
    database.write(clear_notice, "none")
    assert [row["kind"] for row in database.read(all_notices)] == ["b"]


def test_sightings_say_since_when_each_source_lists_a_post(two):
    make.store(two, make.new(1))
    make.store(two, make.new(1, like=make.post(1, source_id=2)), source_id=2, at=make.later(60))
    two.write(write, WriteBatch(1, make.later(120), sightings=(1, 1)))
    assert two.read(sightings_of, 1) == [
        {"source": "甲", "first_seen_at": "2026-11-22T17:00:00.000Z", "last_seen_at": "2026-11-22T17:02:00.000Z"},
        {"source": "乙", "first_seen_at": "2026-11-22T17:01:00.000Z", "last_seen_at": "2026-11-22T17:01:00.000Z"},
    ]
    assert two.read(sightings_of, 2) == []


class TestItems:
    """The digests of the entries that a feed lists, with the posts that they became."""

    def test_digests_of_a_source(self, two):
        make.store(two, make.new(1), items=(("a", None), ("b", 1)))
        make.store(two, items=(("a", None),), source_id=2)
        assert two.read(item_digests, 1) == {"item 1": 1, "a": None, "b": 1}
        assert two.read(item_digests, 2) == {"a": None}

    def test_a_whole_feed_replaces_what_it_no_more_lists(self, two):
        make.store(two, items=(("a", None), ("b", None), ("c", None)))
        make.store(two, items=(("d", None),), items_kept=("b",), items_replace=True)
        assert set(two.read(item_digests, 1)) == {"b", "d"}

    def test_a_push_replaces_nothing(self, two):
        make.store(two, items=(("a", None), ("b", None)))
        make.store(two, items=(("c", None),))
        assert set(two.read(item_digests, 1)) == {"a", "b", "c"}

    def test_a_digest_does_not_lose_its_post(self, two):
        make.store(two, make.new(1), items=(("a", 1),))
        make.store(two, items=(("a", None),))
        assert two.read(item_digests, 1)["a"] == 1

    def test_a_changed_entry_that_is_not_read_yet_is_marked(self, two):
        """The mark takes the place of its digest, until the new text is read."""
        make.store(two, make.new(1), make.new(2))
        make.store(two, items_kept=("item 2",), items_replace=True, unread=(1,))
        assert two.read(item_digests, 1) == {"item 2": 2, "unread:1": 1}
        make.store(two, items=(("new 1", 1),), items_kept=("item 2",), items_replace=True)
        assert two.read(item_digests, 1) == {"item 2": 2, "new 1": 1}

    def test_a_push_of_a_changed_entry_is_marked_alike(self, two):
        make.store(two, make.new(1), make.new(2))
        make.store(two, unread=(1,))
        assert two.read(item_digests, 1) == {"item 2": 2, "unread:1": 1}
        make.store(two, items=(("new 1", 1),))
        assert two.read(item_digests, 1) == {"item 2": 2, "new 1": 1}
