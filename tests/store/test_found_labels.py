"""What the posts that a search finds have in common: sources, days, tags, categories."""

import pytest

from ingestd.model.feed import Category
from ingestd.store import found_labels as module
from ingestd.store.found_labels import found_labels
from ingestd.text.search.query import And, FromSource
from tests.store import make


@pytest.fixture
def labelled(database):
    make.configured(database, "a", "b")
    rows = (
        (1, ("x", "y"), (Category("c", "s"), Category("c")), ("k",)),
        (1, ("x",), None, ("k", "c")),
        (2, (), (), ("k",)),
    )
    for number, (source_id, tags, own, categories) in enumerate(rows, 1):
        values = {"tags": tags, "feed_categories": own, "categories": categories, "source_id": source_id}
        post = make.post(number, date=make.later(-86_400 * number), **values)
        make.store(database, make.new(number, like=post), source_id=source_id)
    make.run(database, "INSERT INTO sightings VALUES (1, 2, '2026-11-22', '2026-11-22')")
    return database


def test_labels_are_counted_once_a_post(labelled):
    found = labelled.read(found_labels, And(()))
    assert (found.posts, found.is_complete) == (3, True)
    assert found.sources == (("a", 2), ("b", 2))
    assert found.days == (("2026-11-21", 1), ("2026-11-20", 1), ("2026-11-19", 1))
    assert found.tags == (("x", 2), ("y", 1))
    assert found.categories == (("k", 3), ("c", 2))


def test_only_posts_found_are_counted(labelled):
    found = labelled.read(found_labels, FromSource("b"))
    assert (found.posts, found.sources, found.tags) == (2, (("b", 2), ("a", 1)), (("x", 1), ("y", 1)))


def test_the_newest_are_counted(labelled, monkeypatch):
    monkeypatch.setattr(module, "MAX_COUNTED_POSTS", 1)
    found = labelled.read(found_labels, And(()))
    assert (found.posts, found.is_complete, found.days) == (1, False, (("2026-11-21", 1),))
