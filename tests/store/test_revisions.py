"""A changed text is stored beside the previous one; alternating texts are stored once each."""

import pytest

from ingestd.model.article import BodyOrigin
from ingestd.model.poll import WriteBatch
from ingestd.store import pages, writes
from ingestd.store.posts import get_post
from ingestd.store.revisions import page_of_present_text, revisions_of
from tests.store import make


@pytest.fixture(autouse=True)
def _one_post(database):
    make.configured(database)
    make.store(
        database, make.new(1, content_digest="A", like=make.post(1, title="标题 A", content="<p>A</p>", text="A"))
    )


def revise(database, *versions, **values):
    return [
        database.write(writes.write, WriteBatch(1, make.NOW, updates=(make.update(1, version, **values),))).revised
        for version in versions
    ]


def kept(database):
    return [(row["revision"], row["content"]) for row in database.read(revisions_of, 1)]


def test_edit_stores_the_previous_text(database):
    assert revise(database, "B") == [1]
    post = database.read(get_post, 1)
    assert (post.title, post.content, post.text, post.revision) == ("标题 B", "<p>B</p>", "B", 2)
    assert post.date == make.post(1).date
    [row] = database.read(revisions_of, 1)
    assert (row["revision"], row["title"], row["content"], row["reason"]) == (1, "标题 A", "<p>A</p>", "entry")
    assert make.rows(database, "SELECT revision, old_title, new_title FROM edits") == [(1, "标题 A", "标题 B")]


def test_two_versions_that_alternate_are_kept_once_each(database):
    counted = revise(database, *("BA" * 20))
    assert kept(database) == [(1, "<p>A</p>"), (2, "<p>B</p>")]
    assert counted == [1, 1] + [0] * 38
    assert database.read(get_post, 1).text == "A"
    revise(database, "B")
    assert database.read(get_post, 1).text == "B", "the post follows the feed"


def test_a_third_version_after_that_is_an_edit(database):
    revise(database, *"BABAB")
    before = database.read(get_post, 1).revision
    assert revise(database, "C") == [1]
    assert database.read(get_post, 1).revision == before + 1
    assert kept(database) == [(1, "<p>A</p>"), (2, "<p>B</p>")]
    assert revise(database, "A") == [1]
    assert [content for _, content in kept(database)] == ["<p>A</p>", "<p>B</p>", "<p>C</p>"]


def test_pages_of_versions_that_alternate_are_kept_once_each(database):
    revise(database, *("BA" * 10), page=make.page(b"<html>" * 100))
    assert make.value(database, "SELECT count(*) FROM pages") == 2


def test_changed_counter_is_no_edit(database):
    assert revise(database, "A", title="标题 A (12 comments)", entry_digest="e2") == [0]
    post = database.read(get_post, 1)
    assert (post.title, post.updated_at, post.revision) == ("标题 A", make.NOW, 1)
    assert make.value(database, "SELECT entry_digest FROM posts") == "e2"


def test_better_extraction_replaces_the_text_without_a_revision(database):
    [revised] = revise(database, "B", reason=None, body_origin=BodyOrigin.PAGE, page=make.page(b"<html>B"))
    post = database.read(get_post, 1)
    assert (revised, post.text, post.revision, post.updated_at) == (0, "B", 1, make.later(60))
    assert kept(database) == []
    assert database.read(pages.latest, 1).body == b"<html>B"


def test_a_text_of_unknown_digest_is_kept(database):
    make.run(database, "UPDATE posts SET content_digest = NULL")
    assert revise(database, "B") == [1]
    assert kept(database) == [(1, "<p>A</p>")]


def test_missing_post_is_skipped(database):
    changes = WriteBatch(1, make.NOW, updates=(make.update(99, "B"),))
    assert database.write(writes.write, changes).revised == 0


def test_several_texts_of_one_post_in_a_batch_are_one_revised_post(database):
    steps = (make.update(1, "B", reason="rule"), make.update(1, "C", reason="page"))
    assert database.write(writes.write, WriteBatch(1, make.NOW, updates=steps)).revised == 1
    assert [row["reason"] for row in database.read(revisions_of, 1)] == ["rule", "page"]
    assert make.rows(database, "SELECT revision, reason FROM edits") == [(2, "page")]


@pytest.mark.parametrize("reason", ["rule", "unclear", "import", "merge"])
def test_what_is_not_known_to_be_the_sites_is_no_edit(database, reason):
    assert revise(database, "B", reason=reason) == [1]
    assert kept(database) == [(1, "<p>A</p>")]
    assert make.rows(database, "SELECT * FROM edits") == []


class TestPageOfPresentText:
    def page(self, database):
        found = database.read(page_of_present_text, 1)
        return None if found is None else found.body

    def test_is_the_newest_kept_one(self, database):
        assert self.page(database) is None
        revise(database, "B", page=make.page(b"B"))
        assert self.page(database) == b"B"
        revise(database, "C", page=make.page(b"C"))
        assert self.page(database) == b"C"

    def test_is_not_known_of_a_text_that_returned(self, database):
        revise(database, "B", page=make.page(b"B"))
        revise(database, "A", page=make.page(b"A"))
        assert database.read(get_post, 1).text == "A"
        assert self.page(database) is None
        revise(database, "C", page=make.page(b"C"))
        assert self.page(database) == b"C"

    def test_stays_that_of_the_text_while_rules_come_and_go(self, database):
        revise(database, "B", page=make.page(b"B"))
        revise(database, "B by a rule", "B", reason="rule")
        assert database.read(get_post, 1).text == "B"
        assert self.page(database) == b"B"

    def test_of_a_post_that_was_deleted(self, database):
        make.run(database, "DELETE FROM posts")
        assert self.page(database) is None


def test_version_follows_the_content(database):
    revise(database, "B", body_origin=BodyOrigin.PAGE, extraction_version="feed 2")
    assert database.read(get_post, 1).extraction_version == "feed 2"
    # The same words: the content stays, and with it how it was made.
    revise(database, "B", body_origin=BodyOrigin.PAGE, extraction_version="feed 3", content="<p>b</p>")
    assert database.read(get_post, 1).extraction_version == "feed 2"
    # A title alone says nothing of the content.
    revise(database, "C", content="<p>B</p>", body_origin=None)
    assert database.read(get_post, 1).extraction_version == "feed 2"
    revise(database, "C", body_origin=BodyOrigin.PAGE, extraction_version="feed 4", reason=None)
    assert database.read(get_post, 1).extraction_version == "feed 4"
