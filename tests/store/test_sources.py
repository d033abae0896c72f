"""Sources: followed from the configuration, and their state between polls."""

from dataclasses import replace

import pytest

from ingestd.model.http import Redirect
from ingestd.store import sources
from ingestd.store.sources import redirects_text, stored_sources
from tests.store import make
from tests.store.make import source


def sync(database, *configured, at=make.NOW):
    return database.write(sources.sync, configured, at)


def stored(database, columns="name, url, enabled"):
    return make.rows(database, f"SELECT {columns} FROM sources ORDER BY id")


class TestSync:
    A, B = source("a", "https://a.example/"), source("b", "https://b.example/")

    def test_new_sources_are_added_and_kept(self, database):
        first = sync(database, self.A, self.B)
        assert sync(database, self.A, self.B, at=make.later(9)) == first
        assert stored(database, "name, added_at") == [
            ("a", "2026-11-22T17:00:00.000Z"),
            ("b", "2026-11-22T17:00:00.000Z"),
        ]

    def test_removed_source_is_disabled_and_enabled_when_configured_again(self, database):
        first = sync(database, self.A, self.B)
        sync(database, self.B)
        assert stored(database, "name, enabled") == [("a", 0), ("b", 1)]
        assert sync(database, self.A, self.B) == first
        assert stored(database, "name, enabled") == [("a", 1), ("b", 1)]

    def test_renamed_source_keeps_its_row(self, database):
        [before] = sync(database, self.A)
        [after] = sync(database, source("新", self.A.url))
        assert (after.id, after.name) == (before.id, "新")
        assert stored(database) == [("新", self.A.url, 1)]

    def test_renamed_while_it_was_not_configured(self, database):
        sync(database, self.A)
        sync(database)
        assert sync(database, source("新", self.A.url))[0].id == 1

    def test_new_url_resets_the_state_and_keeps_the_former_url(self, database):
        sync(database, self.A)
        make.run(database, "UPDATE sources SET etag = 'x', failures = 9, paused = 1, next_poll_at = '2099'")
        [after] = sync(database, source("a", "https://new.example/"), at=make.later(5))
        assert (after.id, after.url) == (1, "https://new.example/")
        assert stored(database, "etag, failures, paused, next_poll_at") == [(None, 0, 0, None)]
        assert database.read(sources.former_addresses) == {1: [self.A.url]}

    def test_url_after_permanent_redirects_is_kept(self, database):
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

    def test_two_configured_sources_get_two_rows(self, database):
        sync(database, self.A)
        database.write(sources.move, 1, "https://moved.example/", make.NOW)
        after = sync(database, source("x", self.A.url), source("y", "https://moved.example/"))
        assert [item.id for item in after] == [1, 2]

    def test_name_takes_precedence_where_urls_are_swapped(self, database):
        sync(database, self.A, self.B)
        after = sync(database, source("a", self.B.url), source("b", self.A.url))
        assert [(item.id, item.name, item.url) for item in after] == [(1, "a", self.B.url), (2, "b", self.A.url)]

    def test_url_may_change_back_and_forth(self, database):
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


def test_stored_sources_are_those_that_need_no_change(database):
    known = make.configured(database, "a", "b")
    given = [make.source("b")]
    assert database.read(stored_sources, given) == known[1:]
    for changed in (
        replace(given[0], enabled=False),
        replace(given[0], url="https://other.example/"),
        make.source("c"),
    ):
        assert database.read(stored_sources, [*given, changed]) is None
    make.run(database, "UPDATE sources SET url = 'https://moved.example/', host = 'moved.example' WHERE name = 'b'")
    assert [source.url for source in database.read(stored_sources, given) or ()] == ["https://moved.example/"]


def test_state_keeps_the_last_two_redirect_chains(database):
    make.configured(database)
    hops = tuple((Redirect(301, f"https://a.example/{n}", "https://b.example/"),) for n in range(4))
    make.run(database, "UPDATE sources SET redirects = :hops", hops=redirects_text(hops))
    state = database.read(sources.state, source(id=1))
    assert (state.redirects, state.source.language, state.waiting) == (hops[-2:], None, False)
