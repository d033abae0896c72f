"""Imported posts, lists of known URLs, and the files of an export."""

from dataclasses import replace

import pytest

from ingestd.store.archive_files import exported, learn_urls, remember_exported, store_imported
from tests.store import make


def key(number: int) -> str:
    return make.link(number)[1]


def imported(database, *numbers, **values):
    """Import posts with these numbers: for each whether it was new."""
    found = [(make.post(n, **({"source_id": None} | values)), key(n), f"digest {n}") for n in numbers]
    return database.write(store_imported, found, make.NOW)


def stored_urls(database):
    return [url for (url,) in make.rows(database, "SELECT from_url FROM posts ORDER BY id")]


def test_each_post_is_imported_once(database):
    make.configured(database)
    assert imported(database, 1, 2) == [True, True]
    assert imported(database, 2, 3, 1) == [False, True, False]
    assert stored_urls(database) == [key(1), key(2), key(3)]


def test_nothing_is_imported_from_an_empty_list(database):
    assert database.write(store_imported, [], make.NOW) == []


@pytest.mark.parametrize(
    ("values", "source"),
    [
        ({"categories": ("乙",), "tags": ("甲",), "author": "甲"}, "乙"),
        ({"categories": ("无",), "tags": ("无", "甲"), "author": "乙"}, "甲"),
        ({"categories": (), "tags": (), "author": "乙"}, "乙"),
        ({"categories": ("无",), "tags": (), "author": "无"}, None),
    ],
)
def test_source_of_an_imported_post(database, values, source):
    """The first configured name among categories, tags and author."""
    make.configured(database, "甲", "乙")
    imported(database, 1, **values)
    query = "SELECT sources.name FROM posts LEFT JOIN sources ON sources.id = posts.source_id"
    assert make.value(database, query) == source


def test_known_urls_make_an_article_of_a_feed_known(database):
    make.configured(database)
    assert database.write(learn_urls, [key(1), key(2), key(1)], make.NOW) == 2
    assert database.write(learn_urls, [key(2), key(3)], make.NOW) == 1
    written = make.store(database, make.new(1), make.new(4))
    assert [item.post.from_url for _, item in written.stored] == [key(4)]


def test_the_file_of_a_known_url_is_imported_all_the_same(database):
    make.configured(database)
    database.write(learn_urls, [key(1), key(2)], make.NOW)
    assert imported(database, 1) == [True]
    assert make.rows(database, "SELECT key, kind FROM identities ORDER BY key") == [(key(1), "link"), (key(2), "seen")]
    assert imported(database, 1) == [False]


def test_a_url_of_a_stored_post_is_not_learnt_again(database):
    make.configured(database)
    make.store(database, make.new(1))
    assert database.write(learn_urls, [key(1)], make.NOW) == 0
    assert database.write(learn_urls, [], make.NOW) == 0


def test_more_urls_than_a_statement_takes(database):
    assert database.write(learn_urls, [key(n) for n in range(1_234)], make.NOW) == 1_234
    assert database.write(learn_urls, [key(n) for n in range(1_300)], make.NOW) == 66


def test_files_of_an_export(database):
    make.configured(database)
    make.store(database, make.new(1), make.new(2))
    database.write(remember_exported, "/srv/a", [(1, "a/1.md", "d1", "k1"), (2, "a/2.md", "d2", "k2")], make.NOW)
    database.write(remember_exported, "/srv/b", [(1, "b/1.md", "d3", "k1")], make.NOW)
    assert database.read(exported, "/srv/a") == {1: ("a/1.md", "d1", "k1"), 2: ("a/2.md", "d2", "k2")}
    assert database.read(exported, "/srv/b") == {1: ("b/1.md", "d3", "k1")}
    assert database.read(exported, "/srv") == {}


def test_a_file_that_is_written_again_replaces_its_row(database):
    make.configured(database)
    make.store(database, make.new(1))
    database.write(remember_exported, "/srv/a", [(1, "old.md", "d1", "k1")], make.NOW)
    database.write(remember_exported, "/srv/a", [(1, "new.md", "d2", "k2")], make.later(60))
    database.write(remember_exported, "/srv/a", [], make.later(90))
    assert database.read(exported, "/srv/a") == {1: ("new.md", "d2", "k2")}
    assert make.rows(database, "SELECT exported_at FROM exports") == [("2026-11-22T17:01:00.000Z",)]


def test_imported_posts_keep_what_only_files_have(database):
    make.configured(database)
    given = replace(make.post(1, source_id=None), file_name="2021-04-18-x.md", extra=(("a", "b"),), comments=False)
    database.write(store_imported, [(given, key(1), "d")], make.NOW)
    assert make.rows(database, "SELECT file_name, comments FROM posts") in (
        [("2021-04-18-x.md", 0)],
        [("2021-04-18-x.md", False)],
    )
