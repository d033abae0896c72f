"""Which sources are due, and the leases under which they are polled."""

from datetime import timedelta
from itertools import pairwise

import pytest

from ingestd.model.errors import LeaseLostError
from ingestd.model.host_pace import HostPace
from ingestd.store import sources
from ingestd.store.hosts import write_paces
from ingestd.store.leases import (
    acquire_leases,
    acquire_task,
    due_sources,
    has_dead_leases,
    make_due,
    release_dead_leases,
    release_leases,
    release_sources,
    renew_leases,
    under_lease,
)
from ingestd.store.poll_claims import WantedPoll, lease_polls
from ingestd.text.times import utc_text
from tests.store import make


class TestDue:
    @pytest.fixture(autouse=True)
    def _sources(self, database):
        make.configured(database, *"abcde")

    def plan(self, database, name, seconds):
        at = make.later(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        make.run(database, "UPDATE sources SET next_poll_at = :at WHERE name = :name", at=at, name=name)

    def due(self, database, limit=9):
        return database.read(due_sources, make.NOW, limit)

    def test_never_polled_sources_then_the_longest_overdue(self, database):
        for name, seconds in (("a", -5), ("b", 5), ("c", -50), ("e", 0)):
            self.plan(database, name, seconds)
        assert self.due(database) == [4, 3, 1, 5]
        assert self.due(database, limit=2) == [4, 3]

    def test_disabled_paused_and_leased_sources_are_not_due(self, database):
        make.run(database, "UPDATE sources SET enabled = 0 WHERE name = 'a'")
        make.run(database, "UPDATE sources SET paused = 1 WHERE name = 'b'")
        database.write(acquire_leases, [3], "x", make.NOW, 120.0)
        database.write(acquire_leases, [4], "x", make.later(-300), 120.0)
        assert self.due(database) == [4, 5]

    def test_schedule_and_leases_far_in_the_future_are_ignored(self, database):
        future = make.later(10 * 365 * 86_400)
        database.write(acquire_leases, [1, 2, 3, 4, 5], "x", future, 120.0)
        make.run(database, "UPDATE sources SET next_poll_at = '2036-12-01', last_polled_at = '2036-11-01'")
        assert self.due(database) == [1, 2, 3, 4, 5]
        assert database.write(acquire_leases, [1], "y", make.NOW, 120.0).keys() == {1}


class TestDueHostByHost:
    @pytest.fixture(autouse=True)
    def _sources(self, database):
        names = ("a1", "a2", "a3", "b1", "b2", "c1")
        database.write(
            sources.sync, [make.source(name, f"https://{name[0]}.example/{name}") for name in names], make.NOW
        )

    def due(self, database, **options):
        names = {row[0]: row[1] for row in make.rows(database, "SELECT id, name FROM sources")}
        return [names[key] for key in database.read(due_sources, make.NOW, options.pop("limit", 9), **options)]

    def test_the_first_of_every_host_before_the_second_of_any(self, database):
        assert self.due(database) == ["a1", "b1", "c1", "a2", "b2", "a3"]
        assert self.due(database, per_host=1) == ["a1", "b1", "c1"]
        assert self.due(database, limit=4) == ["a1", "b1", "c1", "a2"]

    def test_of_a_host_the_longest_due_first(self, database):
        for name, seconds in (("a1", -1), ("a2", -9), ("a3", -5), ("b1", -3), ("b2", -2), ("c1", -20)):
            at = utc_text(make.later(seconds))
            make.run(database, "UPDATE sources SET next_poll_at = :at WHERE name = :name", at=at, name=name)
        assert self.due(database) == ["c1", "a2", "b1", "a3", "b2", "a1"]

    def test_only_of_hosts_that_may_be_asked_soon(self, database):
        paces = {"a.example": HostPace(next_at=make.later(2)), "b.example": HostPace(paused_until=make.later(60))}
        database.write(write_paces, paces)
        assert self.due(database, per_host=1) == ["c1"]
        assert self.due(database, per_host=1, ahead_s=2.0) == ["a1", "c1"]
        assert self.due(database, per_host=1, ahead_s=60.0) == ["a1", "b1", "c1"]

    def test_a_pace_from_under_a_wrong_clock_is_ignored(self, database):
        future = make.later(10 * 365 * 86_400)
        database.write(write_paces, {"a.example": HostPace(next_at=future, paused_until=future)})
        assert self.due(database, per_host=1) == ["a1", "b1", "c1"]


class TestLeasedPolls:
    @pytest.fixture(autouse=True)
    def _sources(self, database):
        make.configured(database, "a", "b", "c", "d")

    def lease(self, database, *polls, holder="x"):
        wanted = [WantedPoll(*poll) for poll in polls]
        found = database.write(lease_polls, wanted, holder, lambda: make.NOW, 120.0)
        seconds = {key: start and (start - make.NOW).total_seconds() for key, start in found.starts.items()}
        return seconds, set(found.elsewhere)

    def test_sources_of_a_host_without_a_pace_are_leased_at_once_and_nothing_is_claimed(self, database):
        polls = [(key, "free.example", 0.0, 2.0) for key in (1, 2, 3)]
        assert self.lease(database, *polls) == ({1: None, 2: None, 3: None}, set())
        assert make.rows(database, "SELECT * FROM hosts") == []

    def test_starts_lie_apart_and_those_too_far_ahead_are_left(self, database):
        polls = [(key, "a.example", 1.0, 2.0) for key in (1, 2, 3, 4)]
        assert self.lease(database, *polls) == ({1: 0, 2: 1, 3: 2}, set())
        assert make.rows(database, "SELECT host, next_at FROM hosts") == [("a.example", utc_text(make.later(3)))]
        assert self.lease(database, (4, "a.example", 1.0, 10.0), holder="y") == ({4: 3}, set())

    def test_a_source_of_another_process_claims_nothing(self, database):
        self.lease(database, (1, "b.example", 0.0, 2.0), holder="y")
        polls = [(key, "a.example", 1.0, 2.0) for key in (1, 2, 3)]
        assert self.lease(database, *polls) == ({2: 0, 3: 1}, {1})

    def test_nothing_is_leased_while_the_host_is_paused(self, database):
        database.write(write_paces, {"a.example": HostPace(paused_until=make.later(60))})
        assert self.lease(database, (1, "a.example", 0.0, 2.0)) == ({}, set())
        assert make.rows(database, "SELECT * FROM leases") == []
        assert self.lease(database, (1, "a.example", 0.0, 60.0)) == ({1: 60}, set())

    def test_a_spacing_that_was_learnt_holds_without_a_configured_one(self, database):
        database.write(write_paces, {"a.example": HostPace(spacing_s=30.0)})
        polls = [(key, "a.example", 0.0, 2.0) for key in (1, 2)]
        assert self.lease(database, *polls) == ({1: 0}, set())

    def test_a_source_that_was_polled_since_it_was_found_due_is_left_alone(self, database):
        """Between the look at what is due and the lease another process may have polled it, and ended its lease."""
        for key, seconds in ((2, 60), (3, 0)):
            at = utc_text(make.later(seconds))
            make.run(database, "UPDATE sources SET next_poll_at = :at WHERE id = :key", at=at, key=key)
        wanted = [WantedPoll(key, "a.example", 1.0, 9.0) for key in (1, 2, 3)]
        leased = database.write(lease_polls, wanted, "x", lambda: make.NOW, 120.0, only_due=True)
        assert list(leased.starts) == [1, 3]
        assert leased.elsewhere == set()
        # What a user asks for is polled, due or not.
        assert self.lease(database, (2, "b.example", 0.0, 9.0)) == ({2: None}, set())

    @pytest.mark.process
    def test_two_processes_share_no_start(self, database, url):
        make.configured(database, *(f"s{n}" for n in range(60)))
        ids = list(range(5, 65))
        first, second = make.at_once(make.lease_polls_in_process, [(url, "x", ids[:30]), (url, "y", ids[30:])])
        starts = sorted([*first, *second])
        assert len(starts) == 60
        assert min(later - earlier for earlier, later in pairwise(starts)) >= 0.999


class TestLeases:
    @pytest.fixture(autouse=True)
    def _sources(self, database):
        make.configured(database, "a", "b", "c")

    def take(self, database, holder, *ids, at=0.0):
        return set(self.numbers(database, holder, *ids, at=at))

    def numbers(self, database, holder, *ids, at=0.0):
        return database.write(acquire_leases, ids, holder, make.later(at), 120.0)

    def test_lease_goes_to_the_first_holder(self, database):
        assert self.take(database, "x", 1, 2) == {1, 2}
        assert self.take(database, "y", 2, 3) == {3}
        assert self.take(database, "z") == set()

    def test_holder_acquires_a_lease_once(self, database):
        assert self.take(database, "x", 1, 1) == {1}
        assert self.take(database, "x", 1) == set()

    def test_expired_lease_is_taken_over(self, database):
        self.take(database, "x", 1)
        assert self.take(database, "y", 1, at=119.9) == set()
        assert self.take(database, "y", 1, at=120.0) == {1}
        assert make.rows(database, "SELECT holder FROM leases") == [("y",)]

    def test_renewed_lease_is_kept(self, database):
        first, second = self.numbers(database, "x", 1, 2).values()
        assert database.write(renew_leases, [first], make.later(100), 120.0) == {first}
        assert self.take(database, "y", 1, 2, at=150.0) == {2}
        assert database.write(renew_leases, [first, second], make.later(200), 120.0) == {first}
        assert self.take(database, "y", 1, at=300.0) == set()
        assert database.write(renew_leases, [], make.later(200), 120.0) == set()

    def test_renewing_does_not_reclaim_a_lost_lease(self, database):
        lost = self.numbers(database, "x", 1)
        self.take(database, "y", 1, at=200.0)
        assert database.write(renew_leases, lost.values(), make.later(210), 120.0) == set()
        assert make.rows(database, "SELECT holder, expires_at FROM leases") == [("y", "2026-11-22T17:05:20.000Z")]

    def test_each_claim_has_a_greater_number_than_all_before(self, database):
        numbers = [self.numbers(database, "x", 1)[1], self.numbers(database, "y", 2)[2]]
        numbers.append(self.numbers(database, "y", 1, at=200.0)[1])
        database.write(release_leases, "y")
        numbers += [self.numbers(database, "x", 1)[1], database.write(acquire_task, "backup", "x", make.NOW, 60.0)]
        assert numbers == sorted(set(numbers))

    def test_under_a_lease_is_written_until_another_process_has_taken_it(self, database):
        def write(connection, text):
            return connection.exec_driver_sql(f"UPDATE sources SET last_error = '{text}' WHERE id = 1").rowcount

        number = self.numbers(database, "x", 1)[1]
        assert database.write(under_lease, number, write, "in time") == 1
        # It has expired, and nobody has taken it: what is written is not written twice.
        self.take(database, "y", 2, at=200.0)
        assert database.write(under_lease, number, write, "late") == 1
        self.take(database, "y", 1, at=200.0)
        with pytest.raises(LeaseLostError, match="another one took over"):
            database.write(under_lease, number, write, "too late")
        database.write(release_leases, "y")
        assert self.take(database, "x", 1) == {1}
        with pytest.raises(LeaseLostError):
            database.write(under_lease, number, write, "by a later lease of the same process")
        assert make.value(database, "SELECT last_error FROM sources WHERE id = 1") == "late"

    def test_a_task_has_one_holder_until_its_lease_is_over(self, database):
        number = database.write(acquire_task, "backup", "x", make.NOW, 60.0)
        assert database.write(acquire_task, "backup", "y", make.later(59), 60.0) is None
        assert database.write(acquire_task, "backup", "x", make.later(59), 60.0) is None
        assert database.write(acquire_task, "retention", "y", make.later(59), 60.0) > number
        assert database.write(acquire_task, "backup", "y", make.later(60), 60.0) > number
        assert self.take(database, "x", 1, 2, 3) == {1, 2, 3}

    def test_release_of_several_sources(self, database):
        self.take(database, "x", 1, 2)
        self.take(database, "y", 3)
        database.write(release_sources, "x", {1, 3})
        assert self.take(database, "z", 1, 2, 3) == {1}

    def test_release(self, database):
        self.take(database, "x", 1, 2)
        self.take(database, "y", 3)
        database.write(release_leases, "y", 1)
        assert self.take(database, "z", 1) == set()
        database.write(release_leases, "x", 1)
        assert self.take(database, "z", 1, 2) == {1}
        database.write(release_leases, "x")
        assert database.read(has_dead_leases, lambda holder: holder == "y")
        database.write(release_dead_leases, lambda holder: holder == "y")
        assert not database.read(has_dead_leases, lambda holder: holder == "y")
        assert self.take(database, "z", 2, 3) == {2, 3}

    @pytest.mark.process
    def test_two_processes_share_no_lease(self, database, url):
        make.configured(database, *(f"s{n}" for n in range(60)))
        ids = range(4, 64)
        first, second = make.at_once(make.lease_in_process, [(url, "x", ids), (url, "y", ids)])
        assert first | second == set(ids)
        assert not first & second


@pytest.mark.parametrize(("planned", "then"), [(60, 0), (-60, -60)])
def test_make_due_sets_no_poll_later(database, planned, then):
    make.configured(database)
    make.run(database, f"UPDATE sources SET next_poll_at = '{utc_text(make.NOW + timedelta(seconds=planned))}'")
    database.write(make_due, [1], make.NOW)
    expected = utc_text(make.NOW + timedelta(seconds=then))
    assert make.value(database, "SELECT next_poll_at FROM sources WHERE id = 1") == expected
    assert 1 in database.read(due_sources, make.NOW, 10)
