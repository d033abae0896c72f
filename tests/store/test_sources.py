"""Sources between configuration and polls, and who polls them."""

import pytest

from ingestd.model.http import Redirect
from ingestd.store import sources
from ingestd.store.leases import acquire_leases, due_sources, release_dead_leases, release_leases, renew_leases
from ingestd.store.sources import redirects_text
from ingestd.store.statistics import source_health
from tests.store import make
from tests.store.make import source


def sync(database, *configured, at=make.NOW):
    return database.write(sources.sync, configured, at)


def stored(database, columns="name, url, enabled"):
    return make.rows(database, f"SELECT {columns} FROM sources ORDER BY id")


class TestSync:
    A, B = source("a", "https://a.example/"), source("b", "https://b.example/")

    def test_new_ones_are_added_and_kept(self, database):
        first = sync(database, self.A, self.B)
        assert sync(database, self.A, self.B, at=make.later(9)) == first
        assert stored(database, "name, added_at") == [
            ("a", "2026-11-22T17:00:00.000Z"),
            ("b", "2026-11-22T17:00:00.000Z"),
        ]

    def test_one_that_is_gone_is_disabled_and_comes_back(self, database):
        first = sync(database, self.A, self.B)
        sync(database, self.B)
        assert stored(database, "name, enabled") == [("a", 0), ("b", 1)]
        assert sync(database, self.A, self.B) == first
        assert stored(database, "name, enabled") == [("a", 1), ("b", 1)]

    def test_a_renamed_one_keeps_its_row(self, database):
        [before] = sync(database, self.A)
        [after] = sync(database, source("新", self.A.url))
        assert (after.id, after.name) == (before.id, "新")
        assert stored(database) == [("新", self.A.url, 1)]

    def test_renamed_while_it_was_not_configured(self, database):
        sync(database, self.A)
        sync(database)
        assert sync(database, source("新", self.A.url))[0].id == 1

    def test_a_new_address_starts_afresh_and_remembers_the_old(self, database):
        sync(database, self.A)
        make.run(database, "UPDATE sources SET etag = 'x', failures = 9, paused = 1, next_poll_at = '2099'")
        [after] = sync(database, source("a", "https://new.example/"), at=make.later(5))
        assert (after.id, after.url) == (1, "https://new.example/")
        assert stored(database, "etag, failures, paused, next_poll_at") == [(None, 0, 0, None)]
        assert database.read(sources.former_addresses) == {1: [self.A.url]}

    def test_an_address_that_the_site_moved_stays_moved(self, database):
        sync(database, self.A)
        database.write(sources.move, 1, "https://moved.example/", make.NOW)
        [after] = sync(database, self.A)
        assert after.url == "https://moved.example/"

    def test_a_configuration_that_follows_the_move_changes_nothing_else(self, database):
        sync(database, self.A)
        database.write(sources.move, 1, "https://moved.example/", make.NOW)
        make.run(database, "UPDATE sources SET etag = 'x'")
        sync(database, source("a", "https://moved.example/"))
        assert stored(database, "url, config_url, etag") == [("https://moved.example/",) * 2 + ("x",)]
        assert database.read(sources.former_addresses) == {1: [self.A.url]}

    def test_renamed_and_moved_at_once(self, database):
        sync(database, self.A)
        database.write(sources.move, 1, "https://moved.example/", make.NOW)
        assert sync(database, source("新", "https://moved.example/"))[0].id == 1

    def test_one_row_never_serves_two(self, database):
        sync(database, self.A)
        database.write(sources.move, 1, "https://moved.example/", make.NOW)
        after = sync(database, source("x", self.A.url), source("y", "https://moved.example/"))
        assert [item.id for item in after] == [1, 2]

    def test_names_win_where_addresses_are_swapped(self, database):
        sync(database, self.A, self.B)
        after = sync(database, source("a", self.B.url), source("b", self.A.url))
        assert [(item.id, item.name, item.url) for item in after] == [(1, "a", self.B.url), (2, "b", self.A.url)]

    def test_an_address_may_come_and_go(self, database):
        for url in ("https://1.example/", "https://2.example/", "https://1.example/", "https://2.example/"):
            sync(database, source("a", url))
        assert sorted(database.read(sources.former_addresses)[1]) == ["https://1.example/", "https://2.example/"]

    def test_disabled_in_the_configuration(self, database):
        sync(database, source("a", enabled=False))
        assert stored(database, "enabled") == [(0,)]

    @pytest.mark.process
    def test_two_processes_at_once(self, database, url):
        names = ("a", "b", "c")
        first, second = make.at_once(make.sync_in_process, [(url, names), (url, names)])
        assert sorted(first) == sorted(second)
        assert make.value(database, "SELECT count(*) FROM sources") == 3


def test_what_a_source_remembers(database):
    make.configured(database)
    hops = tuple((Redirect(301, f"https://a.example/{n}", "https://b.example/"),) for n in range(4))
    make.run(database, "UPDATE sources SET redirects = :hops", hops=redirects_text(hops))
    state = database.read(sources.state, source(id=1))
    assert (state.redirects, state.source.language, state.waiting) == (hops[-2:], None, False)


def test_health_counts_what_belongs_to_each(database):
    make.configured(database, "a", "b")
    make.store(database, make.new(1), make.new(2), waiting=(make.waiting(3),))
    found = [(row["name"], row["posts"], row["problems"], row["waiting"]) for row in database.read(source_health)]
    assert found == [("a", 2, 0, 1), ("b", 0, 0, 0)]


class TestDue:
    @pytest.fixture(autouse=True)
    def _sources(self, database):
        make.configured(database, *"abcde")

    def plan(self, database, name, seconds):
        at = make.later(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        make.run(database, "UPDATE sources SET next_poll_at = :at WHERE name = :name", at=at, name=name)

    def due(self, database, limit=9):
        return database.read(due_sources, make.NOW, limit)

    def test_never_polled_first_then_the_longest_overdue(self, database):
        for name, seconds in (("a", -5), ("b", 5), ("c", -50), ("e", 0)):
            self.plan(database, name, seconds)
        assert self.due(database) == [4, 3, 1, 5]
        assert self.due(database, limit=2) == [4, 3]

    def test_not_where_disabled_paused_or_polled_by_somebody(self, database):
        make.run(database, "UPDATE sources SET enabled = 0 WHERE name = 'a'")
        make.run(database, "UPDATE sources SET paused = 1 WHERE name = 'b'")
        database.write(acquire_leases, [3], "x", make.NOW, 120.0)
        database.write(acquire_leases, [4], "x", make.later(-300), 120.0)
        assert self.due(database) == [4, 5]

    def test_plans_and_leases_of_a_wrong_clock_do_not_last(self, database):
        future = make.later(10 * 365 * 86_400)
        database.write(acquire_leases, [1, 2, 3, 4, 5], "x", future, 120.0)
        make.run(database, "UPDATE sources SET next_poll_at = '2036-12-01', last_polled_at = '2036-11-01'")
        assert self.due(database) == [1, 2, 3, 4, 5]
        assert database.write(acquire_leases, [1], "y", make.NOW, 120.0) == {1}


class TestLeases:
    @pytest.fixture(autouse=True)
    def _sources(self, database):
        make.configured(database, "a", "b", "c")

    def take(self, database, holder, *ids, at=0.0):
        return database.write(acquire_leases, ids, holder, make.later(at), 120.0)

    def test_the_first_has_it(self, database):
        assert self.take(database, "x", 1, 2) == {1, 2}
        assert self.take(database, "y", 2, 3) == {3}
        assert self.take(database, "z") == set()

    def test_nobody_has_it_twice_not_even_in_one_moment(self, database):
        assert self.take(database, "x", 1, 1) == {1}
        assert self.take(database, "x", 1) == set()

    def test_an_expired_one_is_taken_over(self, database):
        self.take(database, "x", 1)
        assert self.take(database, "y", 1, at=119.9) == set()
        assert self.take(database, "y", 1, at=120.0) == {1}
        assert make.rows(database, "SELECT holder FROM leases") == [("y",)]

    def test_one_that_is_renewed_lasts(self, database):
        self.take(database, "x", 1, 2)
        database.write(renew_leases, "x", make.later(100), 120.0, [1])
        assert self.take(database, "y", 1, 2, at=150.0) == {2}
        database.write(renew_leases, "x", make.later(200), 120.0)
        assert self.take(database, "y", 1, at=300.0) == set()

    def test_renewing_takes_nothing_back(self, database):
        self.take(database, "x", 1)
        self.take(database, "y", 1, at=200.0)
        database.write(renew_leases, "x", make.later(210), 120.0)
        assert make.rows(database, "SELECT holder, expires_at FROM leases") == [("y", "2026-11-22T17:05:20.000Z")]

    def test_release(self, database):
        self.take(database, "x", 1, 2)
        self.take(database, "y", 3)
        database.write(release_leases, "y", 1)
        assert self.take(database, "z", 1) == set()
        database.write(release_leases, "x", 1)
        assert self.take(database, "z", 1, 2) == {1}
        database.write(release_leases, "x")
        database.write(release_dead_leases, lambda holder: holder == "y")
        assert self.take(database, "z", 2, 3) == {2, 3}

    @pytest.mark.process
    def test_of_two_processes_exactly_one_wins_each(self, database, url):
        make.configured(database, *(f"s{n}" for n in range(60)))
        ids = range(4, 64)
        first, second = make.at_once(make.lease_in_process, [(url, "x", ids), (url, "y", ids)])
        assert first | second == set(ids)
        assert not first & second
