"""`labels` and `post_labels` say what the posts say, whoever has written these, and after an upgrade."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError

from ingestd.model.feed import Category
from ingestd.store.database import Database
from ingestd.store.found_posts import count_posts, search_posts, search_statement
from ingestd.text.search.parse_query import parse_query
from tests.store import label_rows, make
from tests.store.test_upgrades import at_revision

LONG = "沈北雁 and " + "many others, " * 30
LABELS = (
    (("财经",), (Category("Politics", "urn:topics"),), "沈北雁"),
    (("财经", "World", "WORLD"), None, "Mary Whitlock"),
    (("a \"b\" 'c' %", "x" * 300), (Category("politics"), Category("Élan"), Category("y" * 199)), LONG),
    ((), (), ""),
)


@pytest.fixture
def labelled(database):
    """Four posts with labels of all kinds."""
    make.configured(database)
    for number, (tags, own, author) in enumerate(LABELS, 1):
        like = make.post(number, tags=tags, categories=("要闻", "politics"), feed_categories=own, author=author)
        like = replace(like, title=f"word{number}")
        make.store(database, make.new(number, like=like))
    return database


_NAMES = (
    "title, date, text, author, tags, categories, feed_categories, content, date_origin, body_origin, fetched_at,"
    " updated_at"
)
_COPY = (
    f"INSERT INTO posts (id, from_url, {_NAMES}) SELECT id + {{added}}, from_url || '{{added}}', {_NAMES} FROM posts"
    " WHERE id < 9"
)


def assert_right(database):
    kept = make.rows(database, label_rows.KEPT)
    assert sorted(map(tuple, kept)) == label_rows.expected(make.rows(database, label_rows.POSTS))


def test_labels_of_new_posts_are_there(labelled):
    assert make.value(labelled, "SELECT count(*) FROM post_labels") == 21
    assert_right(labelled)


BY_HAND = {
    "another author": "UPDATE posts SET author = 'Jo' WHERE id < 3",
    "other tags": """UPDATE posts SET tags = '["World", "b"]' WHERE id < 4""",
    "the same categories": "UPDATE posts SET categories = categories",
    "categories not known": "UPDATE posts SET feed_categories = NULL",
    "objects and numbers": """UPDATE posts SET feed_categories = '[{"term": "a"}, {"scheme": "b"}, null, "c"]'""",
    "no JSON": "UPDATE posts SET tags = 'a, b' WHERE id = 1",
    "deleted": "DELETE FROM posts WHERE id IN (1, 3)",
    "inserted": "INSERT INTO posts (id, from_url, title, date, text, author, tags, content, date_origin, body_origin,"
    " fetched_at, updated_at) VALUES (9, 'x', 'x', 'x', 'x', 'New One', '[\"World\", \"world\"]', '', 'feed', 'feed',"
    " 'x', 'x')",
}


@pytest.mark.parametrize("statement", BY_HAND.values(), ids=BY_HAND)
def test_labels_follow_what_is_done_by_hand(labelled, statement):
    make.run(labelled, statement)
    assert_right(labelled)


def test_what_is_taken_back_leaves_nothing(labelled):
    with pytest.raises(DBAPIError):
        make.run(labelled, "UPDATE posts SET author = 'Jo', title = NULL")
    assert make.value(labelled, "SELECT count(*) FROM labels WHERE label = 'Jo'") == 0
    assert_right(labelled)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("author:沈", [1, 3]),
        ("author:others", [3]),
        ('author:"others, many"', [3]),
        ("author:other", []),
        ("author:mary", [2]),
        ("author:ＭＡＲＹ", [2]),
        (f"tag:{'x' * 300}", [3]),
        (f"tag:{'x' * 299}", []),
        (f"tag:{'x' * 200}", []),
        (f"category:{'Y' * 199}", [3]),
        ("tag:world", [2]),
        ("author:mary tag:财经 category:politics", [2]),
        ("author:mary OR category:élan", [2]),
        ("-author:mary category:要闻", [1, 3, 4]),
        ("word1 author:沈", [1]),
        ("word1 author:沈 tag:财经", [1]),
        ("word2 author:沈", []),
    ],
)
def test_labels_that_are_cut_are_compared_with_the_post(labelled, text, expected):
    query = parse_query(text, make.NOW)
    found = labelled.read(search_posts, query, limit=9).posts
    assert sorted(post.id for post in found) == expected
    assert labelled.read(count_posts, query) == len(expected)


def test_a_label_is_looked_up(labelled):
    if labelled.path is None:
        pytest.skip("a table of four rows is read whole")
    for text in ("author:沈", "tag:财经", "category:politics", "author:沈 tag:财经"):
        statement = labelled.read(search_statement, parse_query(text, make.NOW), 20)
        plan = [str(row[3]) for row in make.rows(labelled, f"EXPLAIN QUERY PLAN {statement}")]
        assert not [step for step in plan if step.startswith(("SCAN posts", "SCAN post_labels"))], (text, plan)


@pytest.mark.parametrize("revision", ["0001", "0027"])
def test_an_upgrade_adds_the_labels_of_all_posts(empty_url, labelled, revision):
    if labelled.path is None:
        pytest.skip("the posts come from SQLite")
    for number in (20_000, 40_001):
        make.run(labelled, _COPY.format(added=number))
    make.run(labelled, "UPDATE posts SET tags = 'a, b' WHERE id = 1")
    with Database(empty_url) as database:
        at_revision(database, revision)
        make.fill_like(database, labelled)
        database.upgrade(now=make.NOW)
        assert make.value(database, "SELECT count(*) FROM post_labels WHERE post_id > 19999") > 5
        assert_right(database)
        # The triggers are there.
        make.run(database, "UPDATE posts SET author = 'Jo' WHERE id < 3")
        assert_right(database)


def test_posts_of_the_trigger_and_of_the_program_have_the_same_labels(labelled):
    make.run(labelled, _COPY.format(added=50))
    assert_right(labelled)
    assert make.value(labelled, "SELECT count(*) FROM post_labels WHERE post_id > 50") == 21


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE posts SET id = 70 WHERE id = 2",
        "UPDATE OR REPLACE posts SET id = 2, author = 'Jo' WHERE id = 1",
        "UPDATE OR REPLACE posts SET id = 2 WHERE id = 1",
        "UPDATE OR REPLACE posts SET from_url = (SELECT from_url FROM posts WHERE id = 2), tags = '[]' WHERE id = 1",
        "INSERT OR REPLACE INTO posts SELECT * FROM posts WHERE id = 3",
    ],
)
@pytest.mark.parametrize("recursive_triggers", ["OFF", "ON"])
def test_numbers_that_change_in_plain_sqlite(labelled, statement, recursive_triggers):
    if labelled.path is None:
        pytest.skip("PostgreSQL replaces no rows")
    with closing(sqlite3.connect(labelled.path)) as user:
        user.execute(f"PRAGMA recursive_triggers = {recursive_triggers}")
        user.execute(statement)
        # Another post, after what was replaced.
        user.execute("UPDATE posts SET author = author || ' Smith' WHERE id = (SELECT max(id) FROM posts)")
        user.commit()
    assert_right(labelled)
