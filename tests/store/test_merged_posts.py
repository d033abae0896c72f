"""Two posts of one article become one, with everything that both had."""

from dataclasses import replace

from ingestd.model.poll import WriteBatch
from ingestd.store import writes
from ingestd.store.merged_posts import merge_moved
from ingestd.store.posts import get_post
from tests.store import make

LONG = "渡轮公司说，台风过后第一班船要等到星期五中午才能开，岛上的居民只好在码头过夜。"


def stored(database, **first):
    """Two posts, the second edited once; what is different in the first one is given."""
    make.configured(database)
    same = {"title": "渡轮停航", "published_ms": 5, "text": LONG, "content": f"<p>{LONG}</p>"}
    make.store(
        database,
        make.new(1, like=make.post(1, **(same | first))),
        make.new(2, like=make.post(2, **same)),
    )
    edit = replace(make.update(2, LONG + "天亮了。"), title="渡轮停航")
    database.write(writes.write, WriteBatch(1, make.later(60), updates=(edit,), items=(("item 2b", 2),)))
    return database.read(get_post, 1)


def test_the_earlier_post_has_the_keys_listings_and_texts_of_both(database):
    post = stored(database)
    database.write(merge_moved, post, make.link(2)[1], make.later(120))
    assert make.rows(database, "SELECT id, title, text, revision FROM posts") == [(1, "渡轮停航", LONG + "天亮了。", 3)]
    assert make.rows(database, "SELECT DISTINCT post_id FROM identities") == [(1,)]
    assert make.rows(database, "SELECT DISTINCT post_id FROM items") == [(1,)]
    assert make.rows(database, "SELECT post_id, source_id FROM sightings") == [(1, 1)]
    assert make.rows(database, "SELECT revision, reason FROM revisions ORDER BY revision") == [
        (1, "merge"),
        (2, "entry"),
    ]


def test_another_article_at_the_new_address_stays(database):
    post = stored(
        database, title="灯塔", text="守塔人说，冬天的风暴从来没有像这一回来得早，窗户上的玻璃一夜之间碎了三块。"
    )
    database.write(merge_moved, post, make.link(2)[1], make.later(120))
    assert make.value(database, "SELECT count(*) FROM posts") == 2


def test_nothing_happens_without_another_post(database):
    post = stored(database)
    for key in (make.link(1)[1], "https://no.example/"):
        database.write(merge_moved, post, key, make.later(120))
    assert make.value(database, "SELECT count(*) FROM posts") == 2
