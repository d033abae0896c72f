"""Categories of entries in the database: what is written is read back, and SQL can part it."""

from ingestd.model.feed import Category
from ingestd.store.post_rows import category_text
from ingestd.store.posts import text_categories
from tests.store import make


def test_categories_are_read_back_as_they_were_stated(database):
    stated = (Category("World"), Category("t1", "https://s.example/"))
    make.configured(database)
    make.store(database, make.new(1, like=make.post(1, feed_categories=stated)), make.new(2), make.new(3))
    make.run(database, "UPDATE posts SET feed_categories = '[]' WHERE id = 3")
    rows = make.rows(database, "SELECT feed_categories FROM posts ORDER BY id")
    assert [text_categories(row[0]) for row in rows] == [stated, None, ()]


def test_text_of_categories():
    assert category_text(None) is None
    assert category_text(()) == "[]"
    assert category_text((Category("世界"), Category("a", "b"))) == '["世界", {"term": "a", "scheme": "b"}]'
