"""The posts that keys lead to."""

import pytest

from ingestd.model.article import BodyOrigin
from ingestd.model.poll import WriteBatch
from ingestd.store import writes
from ingestd.store.identities import known_posts, posts_by_id
from tests.store import make


def test_known_posts_have_what_same_article_compares(filled):
    filled.write(
        writes.write, WriteBatch(2, make.NOW, keys=(("guid", "2:g", 3), ("canonical", "https://c.example/", 3)))
    )
    known = filled.read(known_posts, [make.link(3)[1], "https://c.example/", "https://no.example/"], 2)
    assert sorted(known) == ["https://c.example/", make.link(3)[1]]
    item = known[make.link(3)[1]]
    assert (item.post_id, item.source_id, item.kind, item.guids, item.digest) == (3, 1, "link", ("2:g",), "item 3")
    assert known["https://c.example/"].kind == "canonical"
    assert filled.read(known_posts, [], 1) == {}


def test_how_many_hashes_of_an_entry_lead_to_a_post(filled):
    keys = [("link", f"https://x.example/#guid=sha256:{n}") for n in range(3)]
    others = (("link", "https://x.example/#guid=7", 3), ("guid", "1:#guid=sha256:1", 3))
    filled.write(writes.write, WriteBatch(1, make.NOW, keys=(*((*key, 3) for key in keys), *others)))
    known = filled.read(known_posts, [make.link(3)[1], make.link(2)[1], keys[0][1]], 1)
    assert {key: post.hash_keys for key, post in known.items()} == {
        make.link(3)[1]: 3,
        make.link(2)[1]: 0,
        keys[0][1]: 3,
    }


def test_more_keys_than_parameters_of_a_statement(filled):
    keys = [make.link(n)[1] for n in range(1, 2001)]
    assert len(filled.read(known_posts, keys, 1)) == 8


@pytest.mark.parametrize("origin", list(BodyOrigin))
def test_whether_the_feed_gave_the_text_of_a_known_post(database, origin):
    make.configured(database)
    make.store(database, make.new(1, like=make.post(1, body_origin=origin)))
    known = database.read(known_posts, [make.link(1)[1]], 1)[make.link(1)[1]]
    assert known.text_of_feed is (origin in (BodyOrigin.FEED, BodyOrigin.SUMMARY, BodyOrigin.NONE))


def test_posts_by_their_numbers(filled):
    found = {post.post_id: post for post in filled.read(posts_by_id, [3, 2, 999], 1)}
    assert sorted(found) == [2, 3]
    assert (found[3].from_url, found[3].digest, found[3].kind) == (make.link(3)[1], "item 3", "link")


def test_a_key_that_several_articles_turn_out_to_have_is_kept_as_shared(database):
    make.configured(database)
    make.store(database, make.new(1, make.link(1), ("guid", "1:g")))
    shared = (("shared", make.link(1)[1]), ("shared", "1:g"))
    make.store(database, make.new(2, make.link(2), *shared), make.new(3, make.link(3), *shared))
    rows = make.rows(database, "SELECT key, kind, post_id FROM identities WHERE kind = 'shared' ORDER BY key")
    assert rows == [("1:g", "shared", 1), (make.link(1)[1], "shared", 1)]
    assert make.value(database, "SELECT count(*) FROM posts") == 3
