"""Searching gives the same answers with the index, behind it, and without it."""

import sqlite3
from contextlib import closing

import pytest

from ingestd.model.poll import WriteBatch
from ingestd.store import posts, schema, search, writes
from ingestd.store.database import Database
from ingestd.store.inbox import read_inbox
from ingestd.store.posts import PostFilter, filtered_posts
from tests.store import make
from tests.store.test_schema import at_revision

TEXTS = {
    1: ("渡輪公司宣布停航", "香港渡輪公司今日宣布，長洲航線停航。"),
    2: ("Ferry company stops", 'The "Star Ferry" AND its (old) 100%_boats*: C++ NOT rust.'),
    3: ("天氣", "渡 輪 公 司 各自獨立；emoji 😀😀😀 在此"),
    4: ("渡輪", "短"),
}

CASES = [
    (["渡輪公司"], [1]),
    (["渡輪"], [1, 4]),
    (["渡"], [1, 3, 4]),
    (["長洲航線", "宣布停航"], [1]),
    (["長洲航線", "天氣"], []),
    (["FERRY"], [2]),
    (["star ferry"], [2]),
    (['"star'], [2]),
    (["100%_b"], [2]),
    (["100%xb"], []),
    (["boats*:"], [2]),
    (["c++ NOT"], [2]),
    (["(old)"], [2]),
    (["😀😀😀"], [3]),
    (["^'\"*"], []),
    ([], [1, 2, 3, 4]),
    (['The "Star Ferry" AND its (old) 100%_boats*: C++ NOT rust.'], [2]),
]


def found(database, words):
    return sorted(post.id for post in database.read(filtered_posts, PostFilter(words=tuple(words)), limit=99))


@pytest.fixture
def filled(database):
    make.configured(database)
    for number, (title, text) in TEXTS.items():
        make.store(database, make.new(number, like=make.post(number, title=title, text=text)))
    return database


@pytest.fixture(params=[0, 2, 4], ids=["nothing indexed", "half indexed", "all indexed"])
def indexed(request, filled):
    if filled.path is None and request.param:
        pytest.skip("PostgreSQL has no index")
    if request.param:
        filled.write(search.index_posts, request.param)
    return filled


def hits(database, trigram):
    """Posts that the index finds."""
    query = "SELECT rowid FROM posts_fts WHERE posts_fts MATCH :sought ORDER BY rowid"
    return [row for (row,) in make.rows(database, query, sought=f'"{trigram}"')]


@pytest.mark.parametrize(("words", "expected"), CASES)
def test_results_have_every_word_in_title_or_text(indexed, words, expected):
    assert found(indexed, words) == expected


def test_results_without_the_index_are_equal(file):
    make.configured(file)
    for number, (title, text) in TEXTS.items():
        make.store(file, make.new(number, like=make.post(number, title=title, text=text)))
    for name in ("insert", "update", "delete"):
        make.run(file, f"DROP TRIGGER posts_fts_{name}")
    make.run(file, "DROP TABLE posts_fts")
    assert file.write(search.index_posts, 100) == 0
    assert [found(file, words) for words, _ in CASES] == [expected for _, expected in CASES]


class TestIndex:
    @pytest.fixture
    def file(self, file):
        make.configured(file)
        for number, (title, text) in TEXTS.items():
            make.store(file, make.new(number, like=make.post(number, title=title, text=text)))
        return file

    def test_index_is_filled_in_batches(self, file):
        assert hits(file, "輪公司") == []
        assert [file.write(search.index_posts, 3) for _ in range(3)] == [3, 1, 0]
        assert hits(file, "輪公司") == [1]

    def test_query_uses_the_index(self, file):
        file.write(search.index_posts, 9)
        with file.engine.connect().execution_options(reads=True) as connection:
            query = posts._select(connection, PostFilter(words=("渡輪公司",)))
            compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
            plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled!s}"))
        assert "posts_fts VIRTUAL TABLE INDEX" in plan
        assert "SCAN posts'" not in plan

    def test_index_answers_like_queries(self, file):
        file.write(search.index_posts, 9)
        assert make.rows(file, "SELECT rowid FROM posts_fts WHERE text LIKE '%香港渡輪公%'") == [(1,)]

    def test_index_follows_changes_by_other_programs(self, file):
        file.write(search.index_posts, 3)
        with closing(sqlite3.connect(file.path)) as user:
            user.execute("UPDATE posts SET text = '巴士公司照常' WHERE id = 1")
            user.execute("UPDATE posts SET title = '巴士公司加班' WHERE id = 4")
            user.execute("DELETE FROM posts WHERE id = 2")
            user.commit()
        assert (hits(file, "輪公司"), hits(file, "士公司"), hits(file, "fer")) == ([1], [1], [])
        assert found(file, ["巴士公司"]) == [1, 4]
        assert found(file, ["香港渡輪"]) == []
        file.write(search.index_posts, 9)
        assert found(file, ["巴士公司"]) == [1, 4]
        make.run(file, "INSERT INTO posts_fts (posts_fts, rank) VALUES ('integrity-check', 1)")

    def test_an_edited_post_is_found_by_its_new_words(self, file):
        file.write(search.index_posts, 9)
        file.write(writes.write, WriteBatch(1, make.NOW, updates=(make.update(1, "新的文字"),)))
        assert (found(file, ["新的文字"]), found(file, ["長洲航線"])) == ([1], [])

    def test_row_inserted_below_the_last_id_is_found(self, file):
        make.run(file, "DELETE FROM posts WHERE id = 2")
        file.write(search.index_posts, 9)
        make.run(
            file,
            "INSERT INTO posts (id, from_url, title, date, author, content, text, date_origin, body_origin, fetched_at,"
            " updated_at) VALUES (2, 'x', '手工加入', '', '', '', '', 'feed', 'feed', '', '')",
        )
        assert hits(file, "手工加") == [2]


def test_upgraded_database_is_searched_with_and_without_its_index(tmp_path):
    with Database(f"sqlite:///{tmp_path}/old.db") as database:
        at_revision(database, "0001")
        make.configured(database)
        make.store(database, *(make.new(n, like=make.post(n, text=f"第{n}號渡輪停航")) for n in range(1, 51)))
        make.store(database, make.new(60))
        make.run(
            database,
            "INSERT INTO inbox (source_id, key, from_url, entry, received_at)"
            " VALUES (1, 'k', 'https://a.example/', '{}', '2026-11-22T17:00:00.000Z')",
        )
        before = make.rows(database, "SELECT * FROM posts ORDER BY id")

        assert database.upgrade(now=make.NOW)[:2] == ("0001", schema.head())

        assert make.rows(database, "SELECT * FROM posts ORDER BY id") == before
        assert [item.keys for item in database.read(read_inbox, 1)] == [()]
        assert found(database, ["7號渡輪"]) == [7, 17, 27, 37, 47]
        while database.write(search.index_posts, 20):
            pass
        assert found(database, ["7號渡輪"]) == [7, 17, 27, 37, 47]
        assert len(hits(database, "號渡輪")) == 50
