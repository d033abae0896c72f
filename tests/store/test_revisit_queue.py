"""Planned visits of pages, and what visits found."""

import pytest

from ingestd.model.errors import LeaseLostError
from ingestd.store import pages, revisit_queue
from ingestd.store.identities import known_posts
from ingestd.store.posts import PostFilter, filtered_posts
from ingestd.store.revisit_queue import due_visits, has_due_visit
from tests.store import make


def test_due_visits_are_ordered_by_time_and_have_what_a_visit_compares(filled):
    filled.write(revisit_queue.plan_visit, 1, "revisit", make.later(-5), 1)
    filled.write(revisit_queue.plan_visit, 2, "retry", make.later(-9), 2)
    filled.write(revisit_queue.plan_visit, 3, "retry", make.later(5), 1)
    filled.write(pages.store_pages, [(2, make.page(b"x", etag="e"))])
    assert filled.read(has_due_visit, make.NOW)
    due = filled.read(due_visits, make.NOW, 9, [1])
    assert [(item.post.id, item.purpose, item.attempt) for item in due] == [(2, "retry", 2), (1, "revisit", 1)]
    assert due[0].content_digest == "text 2"
    assert due[0].page == make.page(b"", etag="e"), "a visit compares digests and validators, never bodies"
    assert due[1].page is None
    assert len(filled.read(due_visits, make.NOW, 1, [1])) == 1
    filled.write(revisit_queue.plan_visit, 2, "revisit", make.later(99), 1)
    filled.write(revisit_queue.end_visits, 1)
    assert filled.read(due_visits, make.NOW, 9, [1]) == []
    assert not filled.read(has_due_visit, make.NOW)


@pytest.mark.parametrize(
    ("polled", "visited"),
    [
        # Source 1 has the posts 1 to 7, source 2 has 8 and lists 3.
        ([1, 2], {1: 1, 3: 1, 8: 2}),
        ([1], {1: 1, 3: 1}),
        ([2], {3: 2, 8: 2}),
        ([], {}),
        ([9], {}),
    ],
)
def test_page_is_visited_for_a_polled_source_that_lists_the_post(filled, polled, visited):
    for post_id in (1, 3, 8):
        filled.write(revisit_queue.plan_visit, post_id, "revisit", make.later(-post_id), 1)
    due = filled.read(due_visits, make.NOW, 9, polled)
    assert {item.post.id: item.source_id for item in due} == visited


def test_visits_under_any_number_of_sources(filled):
    filled.write(revisit_queue.plan_visit, 1, "revisit", make.NOW, 1)
    assert [visit.source_id for visit in filled.read(due_visits, make.NOW, 1, dict.fromkeys(range(1, 300_000)))] == [1]


def test_page_of_a_post_whose_own_source_was_removed(filled):
    make.run(filled, "UPDATE posts SET source_id = NULL WHERE id IN (1, 3)")
    make.run(filled, "DELETE FROM sightings WHERE source_id = 1")
    for post_id in (1, 3):
        filled.write(revisit_queue.plan_visit, post_id, "revisit", make.later(-post_id), 1)
    due = filled.read(due_visits, make.NOW, 9, [2])
    assert {item.post.id: item.source_id for item in due} == {1: None, 3: 2}


def test_visits_of_gone_moved_and_present_pages(filled):
    filled.write(revisit_queue.record_visit, 1, make.later(9), "gone")
    assert make.rows(filled, "SELECT post_id, noticed_at, source FROM gone") == [(1, "2026-11-22T17:00:09.000Z", "a")]
    assert [post.id for post in filled.read(filtered_posts, PostFilter(changed_since=make.later(1)), limit=99)] == [1]
    filled.write(revisit_queue.record_visit, 1, make.later(19), None)
    assert make.value(filled, "SELECT count(*) FROM gone") == 1
    filled.write(revisit_queue.record_visit, 1, make.later(29), "there", None)
    assert make.value(filled, "SELECT count(*) FROM gone") == 0
    filled.write(revisit_queue.record_visit, 1, make.later(39), "moved", "https://moved.example/")
    assert filled.read(known_posts, ["https://moved.example/"], 1)["https://moved.example/"].post_id == 1


def test_nothing_is_stored_for_a_deleted_post(filled):
    make.run(filled, "DELETE FROM posts WHERE id = 1")
    filled.write(revisit_queue.plan_visit, 1, "retry", make.NOW, 1)
    filled.write(revisit_queue.record_visit, 1, make.NOW, "moved", "https://moved.example/")
    assert make.value(filled, "SELECT count(*) FROM identities WHERE kind = 'final'") == 0


def test_page_digest_is_set_where_it_is_what_the_visit_compared_with(database):
    make.configured(database)
    make.store(database, make.new(1))
    for digest, before, after in (("a", None, "a"), ("b", None, "a"), ("b", "a", "b")):
        database.write(revisit_queue.set_page_digest, 1, digest, before=before)
        assert make.value(database, "SELECT page_digest FROM posts") == after


def test_due_visits_are_found_by_their_time(file):
    """Not by the posts of the sources, which are all posts."""
    plan = make.query_plan(file, lambda connection: due_visits(connection, make.NOW, 1, range(1, 50)))
    assert plan[0].startswith("SEARCH visits USING INDEX ix_visits_due_at (due_at<?)")


@pytest.mark.parametrize(
    ("change", "planned"),
    [
        # Source 2 lists 3 and 8; it has not listed 1 to 7 otherwise.
        ("UPDATE posts SET body_origin = 'summary'", [1, 2]),
        ("UPDATE posts SET body_origin = 'none' WHERE id = 2", [2]),
        ("UPDATE posts SET body_origin = 'feed'", []),
        ("UPDATE posts SET body_origin = 'summary', source_id = 2", []),
        ("UPDATE posts SET body_origin = 'summary', source_id = NULL", [1, 2]),
        ("DELETE FROM posts", []),
    ],
)
def test_first_reading_is_planned_of_posts_without_a_text_of_their_page(filled, change, planned):
    make.run(filled, change)
    filled.write(revisit_queue.plan_first_reading, 2, [3, 2, 1, 1, 8], make.NOW)
    query = "SELECT post_id, purpose, due_at, attempt FROM visits ORDER BY post_id"
    assert make.rows(filled, query) == [(post_id, "retry", "2026-11-22T17:00:00.000Z", 0) for post_id in planned]


def test_first_reading_leaves_a_planned_visit_as_it_is(filled):
    make.run(filled, "UPDATE posts SET body_origin = 'summary'")
    filled.write(revisit_queue.plan_visit, 1, "retry", make.later(99), 2)
    filled.write(revisit_queue.plan_first_reading, 2, [1], make.NOW)
    assert make.rows(filled, "SELECT due_at, attempt FROM visits") == [("2026-11-22T17:01:39.000Z", 2)]


@pytest.mark.parametrize(
    ("planned", "after"),
    [
        (None, ("revisit", "2026-11-22T17:01:00.000Z", 4)),
        (("revisit", make.later(9999), 3), ("revisit", "2026-11-22T17:01:00.000Z", 2)),
        (("retry", make.later(9999), 0), ("retry", "2026-11-22T17:01:00.000Z", 0)),
        (("revisit", make.later(30), 3), ("revisit", "2026-11-22T17:00:30.000Z", 3)),
    ],
)
def test_a_visit_is_brought_forward_and_counts_no_attempt(filled, planned, after):
    if planned:
        filled.write(revisit_queue.plan_visit, 1, *planned)
    filled.write(revisit_queue.bring_visit_forward, 1, make.later(60), 4)
    assert make.rows(filled, "SELECT purpose, due_at, attempt FROM visits") == [after]


class TestClaims:
    def claim(self, filled, at=0):
        hold = make.later(at + 3600)
        [visit] = filled.write(revisit_queue.claim_visits, make.later(at), 9, [1], lambda _post: hold)
        return visit

    def record(self, filled, visit, state):
        filled.write(revisit_queue.under_claim, visit, revisit_queue.record_visit, 1, make.later(9), state)

    def state(self, filled):
        return make.value(filled, "SELECT page_state FROM posts WHERE id = 1")

    @pytest.fixture(autouse=True)
    def _due(self, filled):
        filled.write(revisit_queue.plan_visit, 1, "revisit", make.NOW, 1)

    def test_a_visit_is_written_by_who_holds_it(self, filled):
        halted = self.claim(filled)
        other = self.claim(filled, at=3600)
        with pytest.raises(LeaseLostError, match="another process visits the page"):
            self.record(filled, halted, "changed")
        self.record(filled, other, "gone")
        filled.write(revisit_queue.under_claim, other, revisit_queue.end_visits, 1)
        with pytest.raises(LeaseLostError):
            self.record(filled, halted, "changed")
        assert self.state(filled) == "gone"

    def test_a_visit_that_was_brought_forward_is_made_anew(self, filled):
        begun = self.claim(filled)
        filled.write(revisit_queue.bring_visit_forward, 1, make.later(5), 0)
        with pytest.raises(LeaseLostError, match="planned meanwhile"):
            filled.write(revisit_queue.under_claim, begun, revisit_queue.end_visits, 1)
        assert self.claim(filled, at=5).post.id == 1

    def test_what_is_not_claimed_and_what_is_deleted_meanwhile_is_no_lost_claim(self, filled):
        [unclaimed] = filled.read(due_visits, make.NOW, 9, [1])
        claimed = self.claim(filled)
        self.record(filled, unclaimed, "gone")
        assert self.state(filled) == "gone"
        make.run(filled, "DELETE FROM posts WHERE id = 1")
        self.record(filled, claimed, "gone")
