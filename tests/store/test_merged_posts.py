"""Two posts of one article become one, with everything that both had."""

from dataclasses import replace

import pytest

from ingestd.model.article import BodyOrigin
from ingestd.model.poll import WriteBatch
from ingestd.store import writes
from ingestd.store.merged_posts import merge_moved
from ingestd.store.posts import get_post
from tests.store import make

LONG = "渡轮公司说，台风过后第一班船要等到星期五中午才能开，岛上的居民只好在码头过夜。"
TITLE, EDITED = "渡轮停航", LONG + "天亮了。"


def stored(database, *, second_source_id=1, second=None, **first):
    """Two posts of one article, the second edited once; what is different in the first one is given."""
    make.configured(database, "甲", "乙")
    same = {"title": TITLE, "published_ms": 5, "text": LONG, "content": f"<p>{LONG}</p>"}
    make.store(database, make.new(1, like=make.post(1, **(same | first))))
    like = make.post(2, **(same | (second or {})), source_id=second_source_id)
    make.store(database, make.new(2, like=like), source_id=second_source_id)
    edit = replace(make.update(2, EDITED), title=TITLE)
    changes = WriteBatch(second_source_id, make.later(60), updates=(edit,), items=(("item 2b", 2),))
    database.write(writes.write, changes)


def merge(database, post_id: int, moved_to: int, seconds: float = 120) -> None:
    """The page of a post is found under the address of another one."""
    post = database.read(get_post, post_id)
    database.write(merge_moved, post, make.link(moved_to)[1], make.later(seconds))


@pytest.mark.parametrize(("moved", "to"), [(1, 2), (2, 1)])
def test_the_earlier_post_has_the_keys_listings_and_texts_of_both(database, moved, to):
    stored(database)
    merge(database, moved, to)
    columns = "id, from_url, title, text, content, content_digest, revision, updated_at"
    assert make.rows(database, f"SELECT {columns} FROM posts") == [
        (1, make.link(1)[1], TITLE, EDITED, f"<p>{EDITED}</p>", EDITED, 3, "2026-11-22T17:02:00.000Z")
    ]
    assert make.rows(database, "SELECT key, post_id FROM identities ORDER BY key") == [
        (make.link(1)[1], 1),
        (make.link(2)[1], 1),
    ]
    assert make.rows(database, "SELECT digest, post_id FROM items ORDER BY digest") == [
        ("item 1", 1),
        ("item 2", 1),
        ("item 2b", 1),
    ]
    assert make.rows(database, "SELECT post_id, source_id FROM sightings") == [(1, 1)]
    assert make.rows(database, "SELECT revision, content, reason FROM revisions ORDER BY revision") == [
        (1, f"<p>{LONG}</p>", "merge"),
        (2, f"<p>{LONG}</p>", "entry"),
    ]


def test_other_posts_stay_as_they_are(database):
    stored(database)
    other = make.new(3, like=make.post(3), page=make.page())
    make.store(database, other)
    edit = make.update(3, "另一个版本")
    database.write(writes.write, WriteBatch(1, make.later(60), updates=(edit,), sightings=(3,)))
    tables = ("identities", "items", "pages", "sightings", "revisions")
    before = [make.rows(database, f"SELECT * FROM {table} WHERE post_id = 3") for table in tables]
    assert all(before)
    merge(database, 2, 1)
    assert [make.rows(database, f"SELECT * FROM {table} WHERE post_id = 3") for table in tables] == before
    assert make.rows(database, "SELECT id FROM posts ORDER BY id") == [(1,), (3,)]


def test_the_pages_of_both_are_kept(database):
    stored(database)
    for post_id in (1, 2):
        update = make.update(post_id, f"版本{post_id}", page=make.page(b"<html>%d" % post_id))
        database.write(writes.write, WriteBatch(1, make.later(60), updates=(replace(update, title=TITLE),)))
    make.run(database, "UPDATE posts SET text = :text", text=LONG)
    merge(database, 2, 1)
    assert make.rows(database, "SELECT post_id FROM pages") == [(1,), (1,)]


@pytest.mark.parametrize(
    ("of_first", "of_second", "last"), [(10, 90, 90), (90, 10, 90), (None, 90, 90), (90, None, 90)]
)
def test_each_source_was_seen_to_list_the_article_last_when_it_listed_either(database, of_first, of_second, last):
    stored(database)
    for post_id, seconds in ((1, of_first), (2, of_second)):
        if seconds is not None:
            database.write(writes.write, WriteBatch(2, make.later(seconds), sightings=(post_id,)))
    merge(database, 1, 2)
    assert make.rows(database, "SELECT post_id, source_id, last_seen_at FROM sightings ORDER BY source_id") == [
        (1, 1, "2026-11-22T17:00:00.000Z"),
        (1, 2, f"2026-11-22T17:0{last // 60}:{last % 60}.000Z"),
    ]


def test_the_later_text_becomes_the_present_one_with_where_it_came_from(database):
    stored(database)
    database.write(
        writes.write,
        WriteBatch(
            1,
            make.later(90),
            updates=(
                replace(
                    make.update(2, EDITED + "。"),
                    title=TITLE,
                    body_origin=BodyOrigin.SUMMARY,
                    extraction_version="feed 5",
                    entry_digest="e",
                    page_digest="p",
                ),
            ),
        ),
    )
    merge(database, 1, 2)
    columns = "body_origin, extraction_version, entry_digest, page_digest"
    assert make.rows(database, f"SELECT {columns} FROM posts") == [("summary", "feed 5", "e", "p")]


def test_search_finds_the_article_once(file):
    stored(file)
    merge(file, 1, 2)
    query = "SELECT rowid FROM posts_fts WHERE posts_fts MATCH '渡轮'"
    assert make.rows(file, query) == [(1,)]
    assert make.rows(file, "SELECT id FROM posts_fts_docsize") == [(1,)]


@pytest.mark.parametrize(
    "different",
    [
        {"title": "灯塔", "text": "守塔人说，冬天的风暴从来没有像这一回来得早，窗户上的玻璃一夜之间碎了三块。"},
        {"second_source_id": 2},
    ],
)
def test_another_article_at_the_new_address_stays(database, different):
    stored(database, **different)
    merge(database, 1, 2)
    assert make.value(database, "SELECT count(*) FROM posts") == 2


def test_nothing_happens_without_another_post(database):
    stored(database)
    merge(database, 1, 1)
    merge(database, 1, 9)
    make.run(database, "UPDATE identities SET post_id = NULL WHERE post_id = 2")
    merge(database, 1, 2)
    assert make.value(database, "SELECT count(*) FROM posts") == 2
    assert make.value(database, "SELECT count(*) FROM revisions") == 1
