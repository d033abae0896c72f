"""The posts that keys lead to."""

from ingestd.model.poll import WriteBatch
from ingestd.store import writes
from ingestd.store.identities import known_posts
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


def test_more_keys_than_parameters_of_a_statement(filled):
    keys = [make.link(n)[1] for n in range(1, 2001)]
    assert len(filled.read(known_posts, keys, 1)) == 8
