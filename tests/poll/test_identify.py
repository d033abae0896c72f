"""From the decision about a feed's entries to what the feed step writes: pure, in tables."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingestd.identity.decisions import Decisions, FreshEntry, SeenEntry
from ingestd.identity.keyed_entries import key_entries
from ingestd.identity.keys import Key
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Feed, Problem
from ingestd.model.http import Response
from ingestd.model.post import KnownPost
from ingestd.model.source import Source
from ingestd.poll.identify import FeedResult, feed_result, feed_writes, identify

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SOURCE = Source("晨报", "https://news.example/feed", id=3)
RESPONSE = Response(SOURCE.url, SOURCE.url, 200, (), b"<rss/>", NOW)
FEED = Feed("rss20", total=3)


def entry(number: int, **values: str) -> Entry:
    given = {"title": f"第{number}条", "link": f"https://news.example/{number}", "digest": f"digest {number}"}
    return Entry(**(given | values))  # type: ignore[arg-type] # text fields only


def fresh(number: int) -> FreshEntry:
    of = entry(number)
    return FreshEntry(of, str(of.link), (Key("link", str(of.link)), Key("guid", f"3:{number}")), "")


def seen(number: int, post_id: int, *, changed: bool = False) -> SeenEntry:
    return SeenEntry(entry(number), post_id, (Key("guid", f"3:{number}"),), changed, "")


def known(*posts: KnownPost) -> dict[str, KnownPost]:
    return {f"key {post.post_id}": post for post in posts}


def result(decisions: Decisions, *posts: KnownPost, feed: Feed = FEED) -> FeedResult:
    return feed_result(decisions, feed, RESPONSE, known(*posts), SOURCE, body_digest="body")


class TestFeedResult:
    def test_fresh_entry_enters_the_inbox(self):
        found = result(Decisions(fresh=(fresh(1),)))
        assert (found.fresh, found.outcome, found.body_digest) == ((fresh(1),), Outcome.OK, "body")
        assert (found.known, found.duplicate, found.sightings, found.items) == (0, 0, (), ())

    def test_a_listed_post_is_a_sighting_with_its_keys_and_its_digest(self):
        found = result(Decisions(seen=(seen(1, 7),)), KnownPost(7, source_id=3, digest="digest 1"))
        assert (found.sightings, found.keys) == ((7,), (("guid", "3:1", 7),))
        assert (found.items, found.edited, found.known) == ((("digest 1", 7),), (), 1)

    def test_the_keys_of_an_entry_that_takes_over_are_written_with_its_words_only(self):
        taking = replace(seen(1, 7, changed=True), takes_over=True)
        found = result(Decisions(seen=(taking,)), KnownPost(7, source_id=4))
        assert (found.sightings, found.keys, found.edited) == ((7,), (), (taking,))
        assert taking.keys_of_post == (("guid", "3:1", 7),)

    def test_a_changed_entry_is_an_edit(self):
        found = result(Decisions(seen=(seen(1, 7, changed=True),)), KnownPost(7, source_id=3, digest="older"))
        assert [item.post_id for item in found.edited] == [7]

    def test_a_deleted_post_is_no_sighting_but_its_entry_is_remembered(self):
        found = result(Decisions(seen=(seen(1, 7),)), KnownPost(7, deleted=True))
        assert (found.sightings, found.keys, found.edited) == ((), (), ())
        assert found.items == (("digest 1", None),)

    @pytest.mark.parametrize(
        ("post", "duplicates"),
        [
            (KnownPost(7, source_id=4), 1),
            (KnownPost(7, source_id=3), 0),
            (KnownPost(7, source_id=4, digest="listed before"), 0),
        ],
        ids=["another source's", "its own", "another's that it listed before"],
    )
    def test_a_duplicate_is_another_sources_post_at_its_first_sighting(self, post: KnownPost, duplicates: int):
        assert result(Decisions(seen=(seen(1, 7),)), post).duplicate == duplicates

    def test_an_entry_that_the_feed_lists_twice_is_a_duplicate(self):
        assert result(Decisions(fresh=(fresh(1),), repeated=2)).duplicate == 2

    def test_entries_over_the_bound_are_a_problem_with_their_numbers(self):
        found = result(Decisions(), feed=replace(FEED, total=6_000, dropped=1_000))
        assert [problem.outcome for problem in found.problems] == [Outcome.TOO_LARGE]
        assert "6,000 entries, of which the newest 5,000" in found.problems[0].reason

    def test_the_body_is_not_kept_while_pages_are_fetched(self):
        found = result(Decisions())
        assert found.response == replace(RESPONSE, body=b"")

    def test_entries_known_by_their_digest_count_as_known(self):
        assert result(Decisions(seen=(seen(1, 7),)), KnownPost(7), feed=replace(FEED, known=("a", "b"))).known == 3


class TestFeedWrites:
    def test_a_response_without_a_feed_writes_its_problems_alone(self):
        batch = feed_writes(FeedResult(Outcome.NOT_MODIFIED, RESPONSE), SOURCE)
        assert (batch.source_id, batch.at, batch.items_replace, batch.items) == (3, NOW, False, ())

    def test_a_fresh_entry_enters_the_inbox_under_its_first_key(self):
        batch = feed_writes(result(Decisions(fresh=(fresh(1),))), SOURCE)
        [waiting] = batch.waiting
        assert (waiting.key, waiting.from_url, waiting.received_at) == (fresh(1).from_url, fresh(1).from_url, NOW)
        assert waiting.keys == (("link", fresh(1).from_url), ("guid", "3:1"))
        assert batch.items == (("digest 1", None),)

    def test_the_digest_of_an_edited_entry_is_written_with_its_new_text_only(self):
        decided = Decisions(seen=(seen(1, 7, changed=True), seen(2, 8)))
        batch = feed_writes(result(decided, KnownPost(7, digest="older"), KnownPost(8, digest="digest 2")), SOURCE)
        assert batch.items == (("digest 2", 8),)
        assert batch.unread == (7,)

    @pytest.mark.parametrize("complete", [True, False])
    def test_only_a_complete_feed_replaces_what_is_remembered_of_it(self, complete: bool):
        batch = feed_writes(replace(result(Decisions()), complete=complete), SOURCE)
        assert batch.items_replace is complete

    @pytest.mark.parametrize(("article", "fetches"), [("auto", True), ("always", True), ("never", False)])
    def test_whether_the_source_fetches_pages_is_said(self, article: str, fetches: bool):
        assert feed_writes(result(Decisions()), replace(SOURCE, article=article)).fetches_pages is fetches

    def test_problems_of_the_feed_are_written(self):
        problem = Problem(Outcome.ENTRY_BROKEN, "no title", None)
        batch = feed_writes(result(Decisions(problems=(problem,))), SOURCE)
        assert batch.problems == (problem,)


def test_entries_are_decided_with_what_is_known():
    keyed = key_entries((entry(1), entry(2)), SOURCE)
    assumed = identify(keyed, SOURCE, {})
    assert [item.from_url for item in assumed.fresh] == ["https://news.example/1", "https://news.example/2"]
    stored = {"https://news.example/1": KnownPost(7, 3, "https://news.example/1", "第1条", digest="older")}
    decided = identify(keyed, SOURCE, stored)
    assert [item.from_url for item in decided.fresh] == ["https://news.example/2"]
    assert [(item.post_id, item.changed) for item in decided.seen] == [(7, True)]
