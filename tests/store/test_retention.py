"""Retention drops pages and bodies of one source, and never identities."""

from datetime import timedelta

import pytest

from ingestd.store.integrity import check_database
from ingestd.store.pages import store_pages
from ingestd.store.retention import drop_bodies, drop_pages
from tests.store import make


@pytest.fixture
def stored(database):
    """Source a has posts 1 to 3, of which 3 is a day younger; b has post 4. Each has a page."""
    make.configured(database, "a", "b")
    make.store(database, *(make.new(n) for n in (1, 2)))
    make.store(database, make.new(3))
    make.run(database, "UPDATE posts SET fetched_at = '2026-11-23T17:00:00.000Z' WHERE id = 3")
    make.store(database, make.new(4, like=make.post(4, source_id=2)), source_id=2)
    database.write(store_pages, [(n, make.page(b"<html>%d" % n)) for n in (1, 2, 3, 4)])
    make.run(database, "UPDATE pages SET fetched_at = (SELECT fetched_at FROM posts WHERE posts.id = pages.post_id)")
    return database


def bodies(database):
    return [row[0] for row in make.rows(database, "SELECT id FROM posts WHERE content <> '' AND text <> '' ORDER BY 1")]


def kept_pages(database):
    return [row[0] for row in make.rows(database, "SELECT post_id FROM pages ORDER BY 1")]


def test_pages_of_a_source_that_are_old(stored):
    before = make.NOW + timedelta(hours=1)
    assert [stored.write(drop_pages, "a", before, 1, make.NOW) for _ in range(3)] == [1, 1, 0]
    assert (kept_pages(stored), bodies(stored)) == ([3, 4], [1, 2, 3, 4])


def test_bodies_of_a_source_that_are_old(stored):
    identities = make.rows(stored, "SELECT kind, key, post_id FROM identities ORDER BY 1, 2")
    digests = make.rows(stored, "SELECT content_digest, entry_digest FROM posts ORDER BY id")
    before = make.NOW + timedelta(hours=1)
    assert [stored.write(drop_bodies, "a", before, 1, make.NOW) for _ in range(3)] == [1, 1, 0]
    assert bodies(stored) == [3, 4]
    assert make.rows(stored, "SELECT id, body_origin FROM posts WHERE body_origin = 'expired' ORDER BY 1") == [
        (1, "expired"),
        (2, "expired"),
    ]
    assert make.rows(stored, "SELECT kind, key, post_id FROM identities ORDER BY 1, 2") == identities
    assert make.rows(stored, "SELECT content_digest, entry_digest FROM posts ORDER BY id") == digests
    assert make.value(stored, "SELECT count(*) FROM posts WHERE title = ''") == 0
    assert check_database(stored.engine) == []
