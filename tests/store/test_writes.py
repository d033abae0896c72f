"""What a poll writes: every article once, also with concurrent writers."""

from dataclasses import replace

import pytest

from ingestd.model.errors import Outcome
from ingestd.model.feed import Problem
from ingestd.model.poll import Poll, WriteBatch
from ingestd.model.source import SourceUpdate
from ingestd.store import pages, sources, writes
from ingestd.store.identities import known_posts
from ingestd.store.inbox import read_inbox
from ingestd.store.leases import acquire_leases
from ingestd.store.polls import recent_problems
from ingestd.store.posts import get_post
from tests.store import make


@pytest.fixture(autouse=True)
def _two_sources(request):
    if "database" in request.fixturenames:
        make.configured(request.getfixturevalue("database"), "联合早报", "端传媒")


def other(number, *keys, **values):
    """The same article as the second source lists it."""
    return make.new(number, *keys, like=make.post(number, source_id=2), **values)


class TestNewPosts:
    def test_post_is_read_back_as_stored(self, database):
        given = make.post(1, language="zh-CN", image="https://a.example/1.jpg", comments=True, extra=(("a", "乙"),))
        written = make.store(database, make.new(1, like=given))
        [(post_id, stored)] = written.stored
        assert stored.post == given
        assert database.read(get_post, post_id) == replace(given, id=post_id, updated_at=make.NOW)

    def test_result_pairs_rows_with_their_posts(self, database):
        written = make.store(database, *(make.new(n) for n in range(1, 40)))
        for post_id, stored in written.stored:
            assert database.read(get_post, post_id).from_url == stored.post.from_url

    def test_repeated_article_is_a_sighting(self, database):
        make.store(database, make.new(1))
        again = make.store(database, other(1), source_id=2, at=make.later(60))
        assert (again.stored, again.already_known) == ((), 1)
        assert make.rows(database, "SELECT source_id, last_seen_at FROM sightings ORDER BY source_id") == [
            (1, "2026-11-22T17:00:00.000Z"),
            (2, "2026-11-22T17:01:00.000Z"),
        ]

    def test_article_repeated_in_one_batch_is_one_post(self, database):
        guid = ("guid", "1:g")
        written = make.store(database, make.new(1, make.link(1), guid), make.new(2, make.link(2), guid), make.new(3))
        assert [item.post.from_url[-1] for _, item in written.stored] == ["1", "3"]
        assert written.already_known == 1
        assert make.rows(database, "SELECT digest, post_id FROM items ORDER BY digest") == [
            ("item 1", 1),
            ("item 2", 1),
            ("item 3", 2),
        ]

    def test_one_url_is_one_post_with_any_keys(self, database):
        make.store(database, make.new(1, ("guid", "1:a")))
        written = make.store(database, make.new(1, ("guid", "1:b")))
        assert (written.stored, written.already_known) == ((), 1)
        assert make.value(database, "SELECT count(*) FROM posts") == 1

    def test_url_that_extends_another_is_another_article(self, database):
        written = make.store(database, make.new(101), make.new(1012))
        assert len(written.stored) == 2

    def test_more_than_a_thousand_posts_in_one_transaction(self, database):
        written = make.store(database, *(make.new(n, make.link(n), ("guid", f"1:{n}")) for n in range(1, 1201)))
        assert len(written.stored) == 1200
        assert make.store(database, *(make.new(n) for n in range(1, 1201))).already_known == 1200

    def test_nul_and_surrogates_are_replaced(self, database):
        odd = "坏\0\ud800字"
        kept = make.page(b"", etag=odd, content_type=odd, url="https://a.example/" + odd)
        given = make.post(1, title=odd, text=odd, author=odd, file_name=odd, language=odd, image=odd)
        make.store(database, make.new(1, ("guid", "1:" + odd), like=given, page=kept))
        assert database.read(get_post, 1).title == "坏?字"
        assert database.read(pages.latest, 1).etag == "坏?字"
        # The same odd key leads to it, and it is handed back as it was asked for.
        assert database.read(known_posts, ["1:" + odd], 1)["1:" + odd].post_id == 1
        assert make.store(database, make.new(2, ("guid", "1:" + odd))).already_known == 1


class TestKeysOfPages:
    """Two entries whose pages name one canonical URL: one article only where title and evidence agree."""

    CANONICAL = ("canonical", "https://news.example/canonical")

    @staticmethod
    def copy(number, *keys, **values):
        """Article 1 under the link of another number."""
        first = make.post(1)
        values = {"title": first.title, "published_ms": first.published_ms, "text": first.text, **values}
        return make.new(number, make.link(number), *keys, like=make.post(number, **values))

    def test_the_same_article_under_another_link_is_a_sighting(self, database):
        make.store(database, make.new(1, make.link(1), self.CANONICAL))
        written = make.store(database, self.copy(2, self.CANONICAL, source_id=2), source_id=2)
        assert (written.stored, written.already_known) == ((), 1)
        assert make.rows(database, "SELECT post_id, source_id FROM sightings ORDER BY source_id") == [(1, 1), (1, 2)]

    @pytest.mark.parametrize(
        "differs",
        [
            {"title": "另一个标题，与前一个毫无关系", "published_ms": 1, "text": "别的正文"},
            {"title": "第2条 \u201c渡轮\u201d 停航 😀"},
            {"published_ms": 1, "text": "别的正文" * 20},
        ],
        ids=["everything", "a number in the title", "time and text"],
    )
    def test_title_time_and_text_of_the_stored_post_are_compared(self, database, differs):
        first = make.post(1, text="正文" * 20 + "一二三四五六七八九十" * 3)
        make.store(database, make.new(1, make.link(1), self.CANONICAL, like=first))
        written = make.store(database, self.copy(2, self.CANONICAL, source_id=2, **differs), source_id=2)
        assert len(written.stored) == 1

    def test_link_and_guid_of_a_duplicate_become_keys(self, database):
        make.store(database, make.new(1, make.link(1), self.CANONICAL))
        make.store(database, self.copy(2, ("guid", "2:b"), self.CANONICAL, source_id=2), source_id=2)
        # Its page fails this time, so that there is no canonical link.
        again = make.store(database, other(2, make.link(2)), source_id=2)
        assert (again.stored, again.already_known) == ((), 1)
        assert database.read(known_posts, ["2:b"], 2)["2:b"].post_id == 1

    def test_another_article_does_not_get_the_shared_key(self, database):
        make.store(database, make.new(1, make.link(1), self.CANONICAL))
        written = make.store(database, make.new(2, make.link(2), self.CANONICAL))
        assert len(written.stored) == 1
        assert make.rows(database, "SELECT post_id FROM identities WHERE key = :key", key=self.CANONICAL[1]) == [(1,)]
        assert make.value(database, "SELECT count(*) FROM identities WHERE post_id = 2") == 1

    def test_posts_of_one_batch_are_compared_too(self, database):
        batch = [make.new(1, make.link(1), self.CANONICAL), *(self.copy(n, self.CANONICAL) for n in (2, 3))]
        written = make.store(database, *batch)
        assert len(written.stored) == 1
        assert make.value(database, "SELECT count(*) FROM identities WHERE post_id = 1") == 4

    def test_the_entrys_own_link_needs_no_evidence(self, database):
        make.store(database, make.new(1))
        unlike = make.post(1, source_id=2, title="毫不相干", text="别的正文" * 20, published_ms=1)
        assert make.store(database, make.new(1, like=unlike), source_id=2).already_known == 1


class TestDeletedPosts:
    def test_deleted_post_is_not_stored_again(self, database):
        make.store(database, make.new(1, make.link(1), ("guid", "1:g"), ("canonical", "https://news.example/c")))
        make.run(database, "DELETE FROM posts")
        for keys in ([make.link(1)], [("guid", "1:g")], [make.link(1), ("canonical", "https://news.example/c")]):
            written = make.store(database, make.new(9, *keys))
            assert (written.stored, written.already_known) == ((), 0)
        assert make.rows(database, "SELECT count(*) FROM sightings") == [(0,)]

    def test_deleted_post_is_not_stored_again_under_a_duplicates_link(self, database):
        canonical = TestKeysOfPages.CANONICAL
        make.store(database, make.new(1, make.link(1), canonical))
        make.store(database, TestKeysOfPages.copy(9, canonical))
        make.run(database, "DELETE FROM posts")
        assert make.store(database, make.new(9)).stored == ()

    def test_canonical_key_of_a_deleted_post_does_not_block_other_articles(self, database):
        # Sites with one canonical URL in every page would lose all their articles to one deleted post.
        make.store(database, make.new(1, make.link(1), TestKeysOfPages.CANONICAL))
        make.run(database, "DELETE FROM posts")
        assert len(make.store(database, make.new(9, make.link(9), TestKeysOfPages.CANONICAL)).stored) == 1

    def test_known_posts_marks_deleted_posts(self, database):
        make.store(database, make.new(1, make.link(1), ("guid", "1:g")))
        make.run(database, "DELETE FROM posts")
        known = database.read(known_posts, [make.link(1)[1], "1:g"], 1)
        assert [item.deleted for item in known.values()] == [True, True]
        assert len({item.post_id for item in known.values()}) == 2

    def test_post_deleted_during_the_poll(self, database):
        make.store(database, make.new(1), make.new(2))
        make.run(database, "DELETE FROM posts WHERE id = 1")
        changes = WriteBatch(
            1,
            make.NOW,
            sightings=(1, 2),
            keys=(("link", "https://a.example/1", 1), ("link", "https://a.example/2", 2)),
            items=(("x", 1), ("y", 2)),
            updates=(make.update(1, "B"), make.update(2, "B")),
            unread=(1,),
            items_replace=True,
        )
        assert database.write(writes.write, changes).revised == 1
        assert make.rows(database, "SELECT key, post_id FROM identities WHERE key LIKE 'https://a%' ORDER BY key") == [
            ("https://a.example/1", None),
            ("https://a.example/2", 2),
        ]
        assert make.rows(database, "SELECT digest, post_id FROM items ORDER BY digest") == [("x", None), ("y", 2)]

    def test_ids_are_not_reused(self, database):
        make.store(database, make.new(1), make.new(2))
        make.run(database, "DELETE FROM posts WHERE id = 2")
        [(post_id, _)] = make.store(database, make.new(3)).stored
        assert post_id == 3


@pytest.mark.process
def test_two_processes_store_the_same_articles_once(database, url):
    results = make.at_once(make.store_in_process, [(url, 1, range(1, 41)), (url, 2, range(1, 41))])
    assert sum(stored for stored, _ in results) == 40
    assert sum(known for _, known in results) == 40
    assert make.rows(database, "SELECT count(*), count(DISTINCT from_url) FROM posts") == [(40, 40)]
    assert make.value(database, "SELECT count(*) FROM sightings") == 80


class TestItems:
    """The entries of the present feed by their bytes."""

    def stored(self, database):
        return dict(make.rows(database, "SELECT digest, post_id FROM items WHERE source_id = 1"))

    def take_in(self, database, **values):
        database.write(writes.write, WriteBatch(1, make.later(60), items_replace=True, **values))

    def test_items_no_longer_in_the_feed_are_deleted(self, database):
        make.store(database, make.new(1), make.new(2), make.new(3))
        self.take_in(database, items_kept=("item 2",), items=(("item 4", None),))
        assert self.stored(database) == {"item 2": 2, "item 4": None}

    def test_items_of_other_sources_are_kept(self, database):
        make.store(database, other(1), source_id=2)
        self.take_in(database)
        assert make.value(database, "SELECT count(*) FROM items") == 1

    def test_item_gets_the_post_id_of_its_entry(self, database):
        self.take_in(database, items=(("item 1", None),))
        make.store(database, make.new(1))
        assert self.stored(database) == {"item 1": 1}

    def test_item_gets_the_id_of_a_known_post(self, database):
        make.store(database, other(1, item_digest="theirs"), source_id=2)
        self.take_in(database, items=(("item 1", None),))
        make.store(database, make.new(1))
        assert self.stored(database) == {"item 1": 1}

    def test_post_id_of_an_item_is_kept(self, database):
        make.store(database, make.new(1))
        self.take_in(database, items=(("item 1", None),))
        assert self.stored(database) == {"item 1": 1}

    def test_kept_items_update_sightings(self, database):
        make.store(database, make.new(1), make.new(2))
        self.take_in(database, items_kept=("item 2",))
        assert make.rows(database, "SELECT post_id, last_seen_at FROM sightings ORDER BY post_id") == [
            (1, "2026-11-22T17:00:00.000Z"),
            (2, "2026-11-22T17:01:00.000Z"),
        ]

    def test_edits_do_not_add_items(self, database):
        make.store(database, make.new(1))
        for version in range(30):
            self.take_in(database, unread=(1,))
            changes = WriteBatch(
                1, make.NOW, items=((f"version {version}", 1),), updates=(make.update(1, str(version)),)
            )
            database.write(writes.write, changes)
        assert self.stored(database) == {"version 29": 1}

    def test_unprocessed_edit_is_detected_again_after_a_crash(self, database):
        make.store(database, make.new(1))
        self.take_in(database, unread=(1,))
        known = database.read(known_posts, [make.link(1)[1]], 1)[make.link(1)[1]]
        assert known.digest not in (None, "item 1"), "the entry must differ from what was listed last"

    def test_a_push_of_an_edit_forgets_the_earlier_bytes_of_its_entry(self, database):
        make.store(database, make.new(1), make.new(2))
        database.write(writes.write, WriteBatch(1, make.NOW, unread=(1,)))
        assert self.stored(database) == {"unread:1": 1, "item 2": 2}
        database.write(writes.write, WriteBatch(1, make.NOW, updates=(make.update(1, "B"),), items=(("item 1b", 1),)))
        assert self.stored(database) == {"item 1b": 1, "item 2": 2}

    def test_a_push_keeps_both_versions_that_it_lists_of_one_entry(self, database):
        make.store(database, make.new(1))
        database.write(writes.write, WriteBatch(1, make.NOW, items=(("item 1b", 1),)))
        database.write(writes.write, WriteBatch(1, make.NOW, unread=(1,), items_kept=("item 1",)))
        assert self.stored(database) == {"item 1": 1, "unread:1": 1}

    def test_processed_edit_updates_the_item_digest(self, database):
        make.store(database, make.new(1))
        self.take_in(database, unread=(1,))
        database.write(writes.write, WriteBatch(1, make.NOW, updates=(make.update(1, "B"),), items=(("item 1b", 1),)))
        known = database.read(known_posts, [make.link(1)[1]], 1)[make.link(1)[1]]
        assert known.digest == "item 1b"


class TestInbox:
    def test_inbox_keeps_the_order_of_arrival(self, database):
        database.write(writes.write, WriteBatch(1, make.NOW, waiting=(make.waiting(2), make.waiting(1))))
        found = database.read(read_inbox, 1)
        assert [item.from_url[-1] for item in found] == ["2", "1"]
        assert (found[1].entry, found[1].keys) == (make.waiting(1).entry, make.waiting(1).keys)
        assert make.rows(database, "SELECT DISTINCT source_id FROM inbox") == [(1,)]

    def test_repeated_entry_replaces_its_inbox_row(self, database):
        database.write(writes.write, WriteBatch(1, make.NOW, waiting=(make.waiting(1), make.waiting(2))))
        database.write(writes.write, WriteBatch(1, make.later(60), waiting=(make.waiting(1, title="改了"),)))
        assert [item.entry.title for item in database.read(read_inbox, 1)] == ["改了", "标题 2"]

    @pytest.mark.parametrize("known", [False, True])
    def test_stored_post_removes_its_inbox_row(self, database, known):
        if known:
            make.store(database, other(1), source_id=2)
        database.write(writes.write, WriteBatch(1, make.NOW, waiting=(make.waiting(1), make.waiting(2))))
        make.store(database, make.new(1, waiting_id=database.read(read_inbox, 1)[0].id))
        assert [item.from_url[-1] for item in database.read(read_inbox, 1)] == ["2"]


class TestProblemsPollsAndLeases:
    def test_repeated_problem_is_one_row_with_a_count(self, database):
        gone = Problem(Outcome.NOT_FOUND, "404", "https://news.example/1")
        nowhere = Problem(Outcome.ENTRY_WITHOUT_LINK, "no link")
        database.write(writes.write, WriteBatch(1, make.NOW, problems=(gone, nowhere, nowhere)))
        database.write(writes.write, WriteBatch(1, make.later(60), problems=(replace(gone, reason="still\0 404"),)))
        query = "SELECT url, outcome, reason, first_at < last_at, times FROM problems ORDER BY url"
        assert make.rows(database, query) == [
            ("", "entry-without-link", "no link", False, 2),
            ("https://news.example/1", "not-found", "still 404", True, 2),
        ]
        assert [item["source"] for item in database.read(recent_problems)] == ["联合早报"] * 2

    def test_a_poll_is_one_row(self, database):
        poll = Poll(1, "联合早报", make.NOW, 1.23456, Outcome.TIMEOUT, error="late", entries=5, known=4, failed=1)
        database.write(writes.write, WriteBatch(1, make.NOW, poll=poll))
        query = "SELECT source_id, outcome, seconds, entries, known, error FROM polls"
        assert make.rows(database, query) == [(1, "timeout", 1.235, 5, 4, "late")]

    def test_source_state_is_updated(self, database):
        found = SourceUpdate(1, (("etag", 'W/"\udcff"'), ("failures", 2)))
        database.write(writes.write, WriteBatch(1, make.NOW, source=found))
        state = database.read(sources.state, make.source(id=1))
        assert (state.etag, state.failures) == ('W/"?"', 2)

    def test_a_lease_ends_with_the_poll_of_its_holder_only(self, database):
        database.write(acquire_leases, [1, 2], "me", make.NOW, 120.0)
        database.write(writes.write, WriteBatch(1, make.NOW, lease="somebody else"))
        database.write(writes.write, WriteBatch(2, make.NOW, lease="me"))
        assert make.rows(database, "SELECT source_id FROM leases") == [(1,)]

    def test_the_end_of_a_poll_is_written_by_itself(self, database):
        database.write(acquire_leases, [1, 2], "me", make.NOW, 120.0)
        end = WriteBatch(
            1,
            make.NOW,
            problems=(Problem(Outcome.NOT_FOUND, "404", "https://news.example/1"),),
            poll=Poll(1, "联合早报", make.NOW, 2.5, Outcome.OK, entries=5),
            source=SourceUpdate(1, (("etag", '"1"'), ("failures", 2))),
            lease="me",
        )
        database.write(writes.write_end, end)
        assert make.rows(database, "SELECT url, outcome FROM problems") == [("https://news.example/1", "not-found")]
        assert make.rows(database, "SELECT source_id, seconds, entries FROM polls") == [(1, 2.5, 5)]
        assert database.read(sources.state, make.source(id=1)).etag == '"1"'
        assert make.rows(database, "SELECT source_id FROM leases") == [(2,)]
        database.write(writes.write_end, WriteBatch(2, make.NOW, lease="somebody else"))
        database.write(writes.write_end, WriteBatch(2, make.NOW))
        assert make.rows(database, "SELECT source_id FROM leases") == [(2,)]

    def test_imports_have_no_source(self, database):
        make.store(database, make.new(1, like=make.post(1, source_id=None)), source_id=0)
        again = make.store(database, make.new(1, like=make.post(1, source_id=None)), source_id=0)
        assert again.already_known == 1
        assert make.rows(database, "SELECT source_id FROM identities") == [(None,)]
        assert make.value(database, "SELECT count(*) FROM sightings") == 0


def test_failed_batch_is_rolled_back(database):
    broken = make.new(2, like=make.post(2, source_id=77))
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        make.store(database, make.new(1), broken, waiting=(make.waiting(3),))
    assert make.rows(database, "SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM inbox)") == [(0, 0)]


def test_a_visit_is_kept_with_its_post(database):
    make.configured(database, "联合早报")
    make.store(database, make.new(1, visit=("retry", make.later(90), 2)), make.new(2))
    assert make.rows(database, "SELECT post_id, purpose, due_at, attempt FROM visits") == [
        (1, "retry", "2026-11-22T17:01:30.000Z", 2)
    ]


def test_empty_batch_writes_nothing(database):
    make.configured(database, "联合早报")
    assert database.write(writes.write, WriteBatch(1, make.NOW)) == writes.WriteResult((), 0, 0)
    assert writes.WriteResult() == writes.WriteResult((), 0, 0)


def test_keys_that_a_poll_finds_are_those_of_its_source(database):
    """Also those of a post that was deleted meanwhile: they keep it away."""
    make.configured(database, "联合早报", "端传媒")
    make.store(database, make.new(1))
    found = (("guid", "2:g", 1), ("guid", "2:h", 77))
    database.write(writes.write, WriteBatch(2, make.later(60), keys=found))
    query = "SELECT key, post_id, source_id FROM identities WHERE kind = 'guid' ORDER BY key"
    assert make.rows(database, query) == [("2:g", 1, 2), ("2:h", None, 2)]


def test_listed_posts_get_a_new_last_seen_at(database):
    make.configured(database, "联合早报")
    make.store(database, make.new(1), make.new(2))
    database.write(writes.write, WriteBatch(1, make.later(60), sightings=(1, 77)))
    assert make.rows(database, "SELECT post_id, last_seen_at FROM sightings ORDER BY post_id") == [
        (1, "2026-11-22T17:01:00.000Z"),
        (2, "2026-11-22T17:00:00.000Z"),
    ]


@pytest.mark.parametrize("kind", ["link", "guid"])
def test_link_or_guid_needs_no_evidence(database, kind):
    make.configured(database, "联合早报")
    key = (kind, "1:shared")
    unlike = make.post(2, title="毫不相干", text="别的正文" * 20, published_ms=1)
    written = make.store(database, make.new(1, key), make.new(2, key, like=unlike))
    assert ([row for row, _ in written.stored], written.already_known) == ([1], 1)
    again = make.store(database, make.new(3, key, like=replace(unlike, from_url=make.link(3)[1])))
    assert (again.stored, again.already_known) == ((), 1)


def test_one_address_twice_in_a_batch_is_one_post(database):
    make.configured(database, "联合早报")
    written = make.store(database, make.new(1, ("guid", "1:a")), make.new(1, ("guid", "1:b")), make.new(2))
    assert [row for row, _ in written.stored] == [1, 2]
    assert written.already_known == 1
    assert make.rows(database, "SELECT key, post_id FROM identities WHERE kind = 'guid' ORDER BY key") == [
        ("1:a", 1),
        ("1:b", 1),
    ]


def test_page_key_of_another_article_is_not_reassigned(database):
    make.configured(database, "联合早报")
    shared, own = ("canonical", "https://news.example/c"), ("final", "https://news.example/f")
    make.store(database, make.new(1, make.link(1), shared))
    [(_, stored)] = make.store(database, make.new(2, make.link(2), shared, own)).stored
    assert stored.keys == (make.link(2), own)
    assert make.rows(database, "SELECT kind, key FROM identities WHERE post_id = 2 ORDER BY kind") == [
        own,
        make.link(2),
    ]


def test_posts_without_a_digest_of_their_entry_are_no_items(database):
    make.configured(database, "联合早报")
    make.store(database, make.new(1, item_digest=None), make.new(2), make.new(2, item_digest=None))
    assert make.rows(database, "SELECT digest, post_id FROM items") == [("item 2", 2)]


class TestBatches:
    """Posts of one batch that are one article, beside rows that were there before."""

    def test_a_sighting_belongs_to_the_row_of_its_own_batch(self, database):
        make.store(database, make.new(1), make.new(2), make.new(3))
        first = make.new(8, make.link(8), ("guid", "1:g8"))
        again = make.new(9, make.link(9), ("guid", "1:g8"), like=make.post(9, source_id=1))
        written = make.store(database, first, again)
        [(row, _)] = written.stored
        assert row > 3
        assert written.already_known == 1
        assert make.value(database, "SELECT post_id FROM identities WHERE key = :key", key=make.link(9)[1]) == row

    def test_every_post_of_a_batch_is_compared_with_all_before_it(self, database):
        batch = [make.new(n, make.link(n), ("guid", f"1:g{n}")) for n in (1, 2)]
        batch.append(make.new(3, make.link(3), ("guid", "1:g2")))
        batch.append(make.new(4, make.link(4), ("guid", "1:g1")))
        written = make.store(database, *batch)
        assert [new.post.from_url for _, new in written.stored] == [make.link(1)[1], make.link(2)[1]]
        rows = dict(make.rows(database, "SELECT key, post_id FROM identities WHERE kind = 'link'"))
        assert rows == {make.link(1)[1]: 1, make.link(2)[1]: 2, make.link(3)[1]: 2, make.link(4)[1]: 1}


class TestWithoutASource:
    """What an import or a repeated extraction writes: nothing of it belongs to a source."""

    def test_images_are_queued_for_no_source(self, database):
        make.store(database, make.new(1))
        update = make.update(1, "b", media=("https://a.example/b.png",))
        database.write(writes.write, WriteBatch(0, make.NOW, updates=(update,)))
        assert make.rows(database, "SELECT url, source_id FROM media") == [("https://a.example/b.png", None)]

    def test_keys_are_found_by_no_source(self, database):
        make.store(database, make.new(1))
        database.write(writes.write, WriteBatch(0, make.NOW, keys=(("link", "https://a.example/k", 1),)))
        query = "SELECT post_id, source_id FROM identities WHERE key = 'https://a.example/k'"
        assert make.rows(database, query) == [(1, None)]


def test_posts_and_updates_without_images_queue_none(database):
    make.store(database, make.new(1), make.new(2))
    database.write(writes.write, WriteBatch(1, make.NOW, updates=(make.update(1, "b"),)))
    assert make.value(database, "SELECT count(*) FROM media") == 0


def test_a_batch_without_a_lease_ends_none(database):
    database.write(acquire_leases, [1], "me", make.NOW, 120.0)
    make.store(database, make.new(1))
    assert make.rows(database, "SELECT holder FROM leases") == [("me",)]
