"""What a batch writes beside posts: planned visits, filtered entries, and what one of the history leaves alone."""

from datetime import timedelta

import pytest

from ingestd.model.article import BodyOrigin
from ingestd.model.event import EventKind
from ingestd.model.poll import FilteredEntry, WriteBatch
from ingestd.store import filtered_entries, writes
from ingestd.store.notify_targets import sync_targets
from tests.store import make

DUE = make.NOW + timedelta(days=7)


@pytest.fixture
def sources(database):
    """A database with two sources."""
    make.configured(database, "联合早报", "端传媒")
    return database


def visits(database):
    return make.rows(database, "SELECT post_id, purpose, due_at, attempt FROM visits ORDER BY post_id")


class TestVisits:
    @pytest.mark.parametrize(
        ("page_digest", "planned"),
        [
            ("other words", ("revisit", "2026-11-22T17:01:00.000Z", 2)),
            ("words", ("revisit", "2026-11-29T17:00:00.000Z", 3)),
        ],
    )
    def test_a_page_that_says_something_else_under_another_address_is_visited_now(self, sources, page_digest, planned):
        guid = ("guid", "1:g")
        make.store(sources, make.new(1, make.link(1), guid, page_digest="words", visit=("revisit", DUE, 3)))
        again = make.new(2, make.link(2), guid, page_digest=page_digest, visit=("revisit", DUE, 3))
        make.store(sources, again, at=make.later(60))
        assert visits(sources) == [(1, *planned)]

    @pytest.mark.parametrize("fetches_pages", [True, False])
    def test_a_source_that_reads_pages_reads_those_of_a_post_of_another_source(self, sources, fetches_pages):
        summary = make.post(1, body_origin=BodyOrigin.SUMMARY)
        make.store(sources, make.new(1, like=summary))
        sources.write(writes.write, WriteBatch(2, make.later(60), sightings=(1,), fetches_pages=fetches_pages))
        assert visits(sources) == [(1, "retry", "2026-11-22T17:01:00.000Z", 0)] * fetches_pages


def test_a_batch_without_a_source_records_no_sightings(sources):
    make.store(sources, make.new(1))
    sources.write(writes.write, WriteBatch(0, make.later(60), sightings=(1,)))
    assert make.rows(sources, "SELECT source_id, last_seen_at FROM sightings") == [(1, "2026-11-22T17:00:00.000Z")]


def test_entries_that_a_rule_leaves_out_are_recorded_until_they_are_taken(sources):
    left_out = FilteredEntry(("guid:1",), "https://news.example/1", "广告", make.NOW, "title")
    sources.write(writes.write, WriteBatch(1, make.NOW, filtered=(left_out,)))
    assert sources.read(filtered_entries.rules_by_key, 1, ["guid:1"]) == {"guid:1": "title"}
    sources.write(writes.write, WriteBatch(1, make.later(60), unfiltered=("guid:1",)))
    assert sources.read(filtered_entries.rules_by_key, 1, ["guid:1"]) == {}


class TestHistory:
    def test_items_of_the_present_feed_stay(self, sources):
        make.store(sources, make.new(1))
        make.store(sources, make.new(2), of_history=True, items_replace=True)
        assert make.rows(sources, "SELECT digest FROM items") == [("item 1",)]

    @pytest.mark.parametrize("of_history", [True, False])
    def test_nobody_is_told_of_its_posts(self, sources, of_history):
        sources.write(sync_targets, {"all": [str(kind) for kind in EventKind]}, make.NOW)
        make.store(sources, make.new(1), of_history=of_history)
        assert make.value(sources, "SELECT count(*) FROM outbox") == (0 if of_history else 1)
