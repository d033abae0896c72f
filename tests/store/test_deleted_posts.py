"""Posts that the user deletes."""

import pytest

from ingestd.model.errors import UsageError
from ingestd.store.deleted_posts import delete_posts
from ingestd.store.integrity import check_database
from ingestd.store.pages import store_pages
from tests.store import make


@pytest.fixture
def stored(database):
    make.configured(database)
    make.store(database, *(make.new(n, media=(f"https://a.example/{n}.png",)) for n in range(1, 4)))
    database.write(store_pages, [(1, make.page(b"<html>1"))])
    return database


def test_posts_are_deleted_with_what_belongs_to_them_and_keep_their_keys(stored):
    before = make.rows(stored, "SELECT kind, key, source_id FROM identities ORDER BY 1, 2, 3")
    deleted = stored.write(delete_posts, [3, 1, 3])
    assert [row["id"] for row in deleted] == [3, 1]
    assert set(deleted[0]) == {"id", "title", "from_url"}
    assert make.rows(stored, "SELECT id FROM posts") == [(2,)]
    for table in ("pages", "sightings", "revisions", "visits"):
        assert make.value(stored, f"SELECT count(*) FROM {table} WHERE post_id <> 2") == 0, table
    assert make.rows(stored, "SELECT kind, key, source_id FROM identities ORDER BY 1, 2, 3") == before
    assert make.value(stored, "SELECT count(*) FROM identities WHERE post_id IS NULL") > 0
    assert check_database(stored.engine) == []


def test_a_deleted_post_that_is_stored_again_is_not_new(stored):
    stored.write(delete_posts, [1])
    make.store(stored, make.new(1))
    assert make.rows(stored, "SELECT id FROM posts ORDER BY id") == [(2,), (3,)]


def test_nothing_is_deleted_where_one_does_not_exist(stored):
    with pytest.raises(UsageError, match=r"no post has the number 7, 9: nothing was deleted"):
        stored.write(delete_posts, [1, 7, 2, 9])
    assert make.value(stored, "SELECT count(*) FROM posts") == 3
