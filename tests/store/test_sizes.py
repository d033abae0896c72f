"""Bytes by table and by source, exact and estimated, on both kinds of database."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import text

from ingestd.model.article import BodyOrigin
from ingestd.store import sizes
from tests.store import make


@pytest.fixture
def two_posts(database):
    """A post of 'a' that was polled with its page, one of 'b' that was imported, and an earlier text of the first."""
    make.configured(database, "a", "b")
    kept = make.page(random.Random(1).randbytes(20_000))
    make.store(database, make.new(1, like=make.post(1, title="甲", content="<p>乙</p>", text="乙"), page=kept))
    imported = make.post(2, title="b", content="c" * 5_000, text="", source_id=2, body_origin=BodyOrigin.ARCHIVE)
    make.store(database, make.new(2, like=imported), source_id=2)
    make.run(
        database,
        "INSERT INTO revisions (post_id, revision, title, content, recorded_at, reason)"
        " VALUES (1, 1, '旧', 'old', '2026-11-22T17:00:00.000Z', 'entry')",
    )
    return database


def test_bytes_of_sources(two_posts):
    page_bytes = make.value(two_posts, "SELECT length(body) FROM pages")
    second, first = sorted(
        two_posts.read(sizes.source_sizes, make.NOW - timedelta(days=1)), key=lambda one: one.name or "", reverse=True
    )
    assert first == sizes.SourceSize("a", 1, 3 + 10 + 3, page_bytes, 3 + 3, 0, 1, 3 + 10 + 3 + page_bytes + 6, 0)
    assert second == sizes.SourceSize("b", 1, 5_001, 0, 0, 0, 0, 0, 0)
    assert first.bytes == 16 + page_bytes + 6


def test_what_was_stored_before_is_no_growth(two_posts):
    found = two_posts.read(sizes.source_sizes, make.NOW + timedelta(seconds=1))
    assert [(one.new_posts, one.new_bytes) for one in found] == [(0, 0), (0, 0)]


def test_an_image_of_two_sources_counts_once(two_posts):
    for number, source in enumerate((1, 2, 2), 1):
        make.run(
            two_posts,
            "INSERT INTO media (url, host, source_id, added_at, fetched_at, outcome, hash, type, bytes, attempts)"
            " VALUES (:url, 'a.example', :source, '2026', :at, 'ok', :hash, 'image/png', 700, 0)",
            url=f"https://a.example/{number}",
            source=source,
            at="2026-11-22T17:00:00.000Z",
            hash="ab" if number < 3 else "cd",
        )
    found = {one.name: one for one in two_posts.read(sizes.source_sizes, make.NOW - timedelta(days=1))}
    assert [(found[name].images, found[name].new_images) for name in "ab"] == [(700, 700), (700, 700)]


def test_sizes_of_tables(two_posts):
    found = {one.name: one for one in two_posts.read(sizes.table_sizes)}
    assert (found["posts"].rows, found["sources"].rows, found["identities"].rows) == (2, 2, 2)
    assert found["posts"].bytes >= 5_000
    assert found["posts"].index_bytes
    assert [one.total for one in found.values()] == sorted((one.total for one in found.values()), reverse=True)
    whole = two_posts.read(sizes.database_bytes)
    if two_posts.path is None:
        assert sum(one.total for one in found.values()) < whole
        return
    # The tables of the full-text index are counted as one, and the schema is all that is missing.
    assert "posts_fts" in found
    assert not [name for name in found if name.startswith("posts_fts_")]
    schema = make.value(two_posts, "SELECT sum(pgsize) FROM dbstat WHERE name = 'sqlite_schema'")
    assert sum(one.total for one in found.values()) == whole - schema


def test_estimated_sizes_make_up_the_file(two_posts):
    if two_posts.path is None:
        pytest.skip("a server tells its sizes")
    found = two_posts.read(sizes.estimated_sizes)
    assert {one.index_bytes for one in found} == {None}
    assert found[0].name in ("documentation", "posts")
    whole = two_posts.read(sizes.database_bytes)
    assert whole * 0.99 < sum(one.total for one in found) <= whole


def test_without_dbstat_sizes_are_estimated(two_posts, monkeypatch):
    if two_posts.path is None:
        pytest.skip("a server tells its sizes")
    monkeypatch.setattr(sizes, "_SQLITE_SIZES", text("SELECT name FROM no_such_table"))
    assert two_posts.read(sizes.table_sizes) == two_posts.read(sizes.estimated_sizes)


def test_free_pages_do_not_count(two_posts):
    if two_posts.path is None:
        pytest.skip("pages are SQLite's")
    before = two_posts.read(sizes.database_bytes)
    make.run(two_posts, "DELETE FROM pages")
    assert two_posts.read(sizes.database_bytes) < before
