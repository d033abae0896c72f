"""What is read: listings for people, runs for exports, and what the pipeline compares."""

import pytest

from ingestd.model.poll import WriteBatch
from ingestd.model.post import DateOrigin
from ingestd.store import pages, revisit_queue, writes
from ingestd.store.identities import known_posts
from ingestd.store.posts import PostFilter, list_posts, recent_dates
from ingestd.store.revisit_queue import due_visits
from ingestd.store.statistics import table_counts
from tests.store import make


@pytest.fixture
def filled(database):
    make.configured(database, "a", "b")
    make.store(database, *(make.new(n) for n in range(1, 8)))
    make.store(database, make.new(3, like=make.post(3, source_id=2)), source_id=2)
    make.store(database, make.new(8, like=make.post(8, source_id=2)), source_id=2, at=make.later(60))
    return database


def listed(database, limit=99, **wanted):
    return [post.id for post in database.read(list_posts, PostFilter(**wanted), limit=limit)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8]),
        ({"limit": 3}, [1, 2, 3]),
        ({"source": "a"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"source": "b"}, [3, 8]),
        ({"source": "nobody"}, []),
        ({"since": make.later(-3 * 3600)}, [1, 2, 3]),
        ({"until": make.later(-6 * 3600)}, [7, 8]),
        ({"since": make.later(-5 * 3600), "until": make.later(-4 * 3600)}, [5]),
        ({"changed_since": make.later(1)}, []),
        ({"ids": (2, 99, 5)}, [2, 5]),
        ({"source": "b", "words": ("正文 8",)}, [8]),
    ],
)
def test_listing(filled, wanted, expected):
    assert listed(filled, **wanted) == expected


def test_known_posts_tell_what_is_weighed(filled):
    filled.write(
        writes.write, WriteBatch(2, make.NOW, keys=(("guid", "2:g", 3), ("canonical", "https://c.example/", 3)))
    )
    known = filled.read(known_posts, [make.link(3)[1], "https://c.example/", "https://no.example/"], 2)
    assert sorted(known) == ["https://c.example/", make.link(3)[1]]
    item = known[make.link(3)[1]]
    assert (item.post_id, item.source_id, item.kind, item.guids, item.digest) == (3, 1, "link", ("2:g",), "item 3")
    assert known["https://c.example/"].kind == "canonical"
    assert filled.read(known_posts, [], 1) == {}


def test_more_keys_than_a_statement_takes(filled):
    keys = [make.link(n)[1] for n in range(1, 2001)]
    assert len(filled.read(known_posts, keys, 1)) == 8


def test_recent_dates_leave_out_what_is_only_ours(filled):
    make.store(filled, make.new(9, like=make.post(9, date=make.later(9), date_origin=DateOrigin.INGESTED)))
    assert filled.read(recent_dates, 1, 2) == (make.later(-3600), make.later(-7200))


def test_pages_come_back_whole_the_latest_one(filled):
    body = "<p>正文</p>".encode("gbk") * 1000
    filled.write(pages.store_pages, [(1, make.page(b"old"))])
    filled.write(pages.store_pages, [(1, make.page(body, charset="gbk", etag="x"))])
    assert filled.read(pages.latest, 1) == make.page(body, charset="gbk", etag="x")
    assert make.value(filled, "SELECT max(length(body)) FROM pages") < len(body) / 20
    assert filled.read(pages.latest, 2) is None


class TestVisits:
    def test_the_longest_overdue_come_first_with_what_they_compare(self, filled):
        filled.write(revisit_queue.plan_visit, 1, "revisit", make.later(-5), 1)
        filled.write(revisit_queue.plan_visit, 2, "retry", make.later(-9), 2)
        filled.write(revisit_queue.plan_visit, 3, "retry", make.later(5), 1)
        filled.write(pages.store_pages, [(2, make.page(b"x", etag="e"))])
        due = filled.read(due_visits, make.NOW, 9)
        assert [(item.post.id, item.purpose, item.attempt) for item in due] == [(2, "retry", 2), (1, "revisit", 1)]
        assert due[0].content_digest == "text 2"
        assert due[0].page == make.page(b"", etag="e"), "a visit compares digests and validators, never bodies"
        assert due[1].page is None
        assert len(filled.read(due_visits, make.NOW, 1)) == 1
        filled.write(revisit_queue.plan_visit, 2, "revisit", make.later(99), 1)
        filled.write(revisit_queue.end_visits, 1)
        assert filled.read(due_visits, make.NOW, 9) == []

    def test_gone_moved_and_there_again(self, filled):
        filled.write(revisit_queue.record_visit, 1, make.later(9), "gone")
        assert make.rows(filled, "SELECT post_id, noticed_at, source FROM gone") == [
            (1, "2026-11-22T17:00:09.000Z", "a")
        ]
        assert listed(filled, changed_since=make.later(1)) == [1]
        filled.write(revisit_queue.record_visit, 1, make.later(19), None)
        assert make.value(filled, "SELECT count(*) FROM gone") == 1
        filled.write(revisit_queue.record_visit, 1, make.later(29), "there", None)
        assert make.value(filled, "SELECT count(*) FROM gone") == 0
        filled.write(revisit_queue.record_visit, 1, make.later(39), "moved", "https://moved.example/")
        assert filled.read(known_posts, ["https://moved.example/"], 1)["https://moved.example/"].post_id == 1

    def test_a_post_deleted_meanwhile_costs_nothing(self, filled):
        make.run(filled, "DELETE FROM posts WHERE id = 1")
        filled.write(revisit_queue.plan_visit, 1, "retry", make.NOW, 1)
        filled.write(revisit_queue.record_visit, 1, make.NOW, "moved", "https://moved.example/")
        assert make.value(filled, "SELECT count(*) FROM identities WHERE kind = 'final'") == 0


class TestViews:
    def test_front_matter_has_the_formats_own_names(self, filled):
        [row] = make.rows(filled, 'SELECT * FROM front_matter WHERE "from" = :url', url=make.link(1)[1])
        assert row == (
            "post",
            make.post(1).title,
            "2026-11-22T16:00:00.000Z",
            "记者",
            make.link(1)[1],
            '["联合早报"]',
            '["联合早报", "香港"]',
        )

    def test_source_health(self, filled):
        query = "SELECT name, enabled, failures, posts, problems FROM source_health ORDER BY name"
        assert make.rows(filled, query) == [("a", 1, 0, 7, 0), ("b", 1, 0, 1, 0)]

    def test_posts_per_day(self, filled):
        query = "SELECT day, source, posts FROM posts_per_day ORDER BY source"
        assert make.rows(filled, query) == [("2026-11-22", "a", 7), ("2026-11-22", "b", 1)]

    def test_edits_are_the_sites_own(self, filled):
        updates = (make.update(1, "B", reason="page"), make.update(2, "B", reason="rule"))
        filled.write(writes.write, WriteBatch(1, make.NOW, updates=updates))
        assert make.rows(filled, "SELECT post_id, reason, new_title FROM edits") == [(1, "page", "标题 B")]


def test_counts(filled):
    assert filled.read(table_counts) == {"sources": 2, "posts": 8, "revisions": 0, "pages": 0, "identities": 8}


def test_recent_dates_are_told_by_an_index_alone(filled):
    if filled.path is None:
        pytest.skip("asks how SQLite does it")
    plan = make.rows(
        filled,
        "EXPLAIN QUERY PLAN SELECT date FROM posts WHERE source_id = 1 AND date_origin != 'ingested'"
        " ORDER BY date DESC LIMIT 30",
    )
    assert ["COVERING INDEX" in row[-1] for row in plan] == [True]
