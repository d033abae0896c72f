"""Search finds what a scan finds, in both databases, at any time: stored, changed by hand, upgraded, half indexed."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DatabaseError

from ingestd.model.poll import WriteBatch
from ingestd.store import posts, schema, search, writes
from ingestd.store.database import Database
from ingestd.store.posts import PostFilter, filtered_posts
from ingestd.text.search.characters import folded
from ingestd.text.search.han_variants import has_variants
from ingestd.text.search.query import And, Contains
from tests.store import make
from tests.store.search_texts import contains, texts
from tests.store.test_schema import at_revision

TEXTS = {
    1: ("渡輪公司宣布停航", "香港渡輪公司今日宣布，長洲航線停航。疫情"),
    2: ("Ferry company stops", 'The "Star Ferry" AND its (old) 100%_boats*: C++ NOT rust. Москва, Ärger\nim Büro'),
    3: ("天氣", "渡 輪 公 司 各自獨立；emoji 😀😀😀 在此。ＣＯＶＩＤ１９疫"),
    4: ("渡輪", "短"),
}

CASES = [
    (["渡輪公司"], [1]),
    (["渡輪"], [1, 4]),
    (["渡"], [1, 3, 4]),
    (["情"], [1]),
    (["疫"], [1, 3]),
    (["疫情"], [1]),
    (["長洲航線", "宣布停航"], [1]),
    (["長洲航線", "天氣"], []),
    (["FERRY"], [2]),
    (["ferr"], []),
    (["star ferry"], [2]),
    (["tar ferry"], []),
    (['"star'], [2]),
    (["100%_boats"], [2]),
    (["100%xboats"], []),
    (["boats*:"], [2]),
    (["c++ NOT"], [2]),
    (["(old)"], [2]),
    (["москва"], [2]),
    (["МОСКВА"], [2]),
    (["arger im buro"], [2]),
    (["covid19"], [3]),
    (["19疫"], []),
    (["covid19疫"], [3]),
    (["😀😀😀"], [3]),
    (["^'\"*"], []),
    ([], [1, 2, 3, 4]),
    (['The "Star Ferry" AND its (old) 100%_boats*: C++ NOT rust.'], [2]),
]


def all_of(words):
    return And(tuple(Contains(folded(word)) for word in words))


def found(database, words):
    return sorted(post.id for post in database.read(filtered_posts, PostFilter(query=all_of(words)), limit=999))


def fill(database):
    make.configured(database)
    for number, (title, text) in TEXTS.items():
        make.store(database, make.new(number, like=make.post(number, title=title, text=text)))


def hits(database, expression):
    """What a user of plain sqlite3 finds."""
    with closing(sqlite3.connect(database.path)) as user:
        query = "SELECT rowid FROM posts_fts WHERE posts_fts MATCH ? ORDER BY rowid"
        return [row for (row,) in user.execute(query, (expression,))]


@pytest.fixture
def filled(database):
    fill(database)
    return database


@pytest.fixture
def filled_file(file):
    fill(file)
    return file


@pytest.mark.slow
@pytest.mark.parametrize(("words", "expected"), CASES)
def test_every_word_stands_in_title_or_text(filled, words, expected):
    assert found(filled, words) == expected


@pytest.mark.parametrize(("words", "expected"), [(["渡轮"], [1, 4]), (["渡轮公司"], [1]), (["长洲航线"], [1])])
def test_simplified_characters_find_traditional_ones(filled, words, expected):
    if not has_variants():
        pytest.skip("opencc is not installed")
    assert found(filled, words) == expected


def test_without_an_index_the_answers_are_the_same(filled_file):
    for name in ("insert", "update", "delete"):
        make.run(filled_file, f"DROP TRIGGER posts_fts_{name}")
    make.run(filled_file, "DROP TABLE posts_fts")
    make.store(filled_file, make.new(5, like=make.post(5, title="第五", text="条")))
    make.run(filled_file, "DELETE FROM posts WHERE id = 5")
    assert filled_file.write(search.fill_index, 100) == 0
    assert [found(filled_file, words) for words, _ in CASES if words] == [
        expected for words, expected in CASES if words
    ]


class TestPlainSqlite:
    """What users see who open the file with sqlite3, pandas or DuckDB."""

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("疫情", [1]),
            ("疫*", [1, 3]),
            ("渡輪", [1, 4]),
            ("渡輪 輪公 公司", [1]),
            ("москва", [2]),
            ("covid19 OR ferry", [2, 3]),
            ("渡輪 NOT 疫情", [4]),
        ],
    )
    def test_match_finds_every_post(self, filled_file, expression, expected):
        assert hits(filled_file, expression) == expected

    def test_columns_are_those_of_the_posts(self, filled_file):
        query = "SELECT title, text FROM posts_fts WHERE posts_fts MATCH '疫情'"
        assert make.rows(filled_file, query) == [TEXTS[1]]

    @pytest.mark.parametrize("word", ["疫情", "香港渡輪公", "Star Ferry"])
    def test_like_finds_what_it_finds_in_posts(self, filled_file, word):
        like = f"WHERE text LIKE '%{word}%'"
        expected = make.rows(filled_file, f"SELECT id FROM posts {like}")
        assert make.rows(filled_file, f"SELECT rowid FROM posts_fts {like}") == expected
        assert len(expected) == 1

    def test_a_post_is_found_within_the_transaction_that_stores_it(self, filled_file):
        with filled_file.engine.begin() as connection:
            writes.write(connection, WriteBatch(1, make.NOW, posts=(make.new(9, like=make.post(9, text="新消息")),)))
            query = "SELECT rowid FROM posts_fts WHERE posts_fts MATCH '消息'"
            assert connection.exec_driver_sql(query).all() == [(5,)]
            connection.rollback()
        assert hits(filled_file, "消息") == []


def by_hand(database, *statements):
    """What a user does with plain sqlite3."""
    with closing(sqlite3.connect(database.path)) as user:
        for statement in statements:
            user.execute(statement)
        user.commit()


_INSERT = (
    "INSERT INTO posts (id, from_url, title, date, author, content, text, date_origin, body_origin, fetched_at,"
    " updated_at) VALUES ({id}, 'x{id}', '{title}', '2026-11-22T17:00:00.000Z', '', '', '{text}', 'feed', 'feed',"
    " '2026-11-22T17:00:00.000Z', '2026-11-22T17:00:00.000Z')"
)


class TestChanges:
    def test_by_hand_are_followed(self, filled_file):
        by_hand(
            filled_file,
            "UPDATE posts SET text = '巴士公司照常' WHERE id = 1",
            "UPDATE posts SET title = '巴士公司加班' WHERE id = 4",
            "DELETE FROM posts WHERE id = 2",
            _INSERT.format(id=2, title="手工加入", text="ｆｅｒ"),
        )
        sought = ("輪公", "士公", "ferry", "手工", "fer")
        assert [hits(filled_file, word) for word in sought] == [[1], [1, 4], [], [2], [2]]
        assert found(filled_file, ["巴士公司"]) == [1, 4]
        assert found(filled_file, ["香港渡輪"]) == []

    def test_an_edit_is_followed(self, filled):
        filled.write(writes.write, WriteBatch(1, make.NOW, updates=(make.update(1, "新的文字"),)))
        assert (found(filled, ["新的文字"]), found(filled, ["長洲航線"])) == ([1], [])

    def test_by_hand_are_followed_in_both_databases(self, filled):
        make.run(filled, "UPDATE posts SET text = '巴士公司照常' WHERE id = 1")
        make.run(filled, "DELETE FROM posts WHERE id = 2")
        make.run(filled, _INSERT.format(id=77, title="手工加入", text="巴士"))
        assert (found(filled, ["巴士"]), found(filled, ["長洲航線"]), found(filled, ["ferry"])) == ([1, 77], [], [])

    def test_deleting_every_post_leaves_nothing_in_the_index(self, filled_file):
        by_hand(
            filled_file, _INSERT.format(id=50, title="手工 ＡＢＣ", text="a\u0301疫\u0301情😀"), "DELETE FROM posts"
        )
        assert make.rows(filled_file, "SELECT count(*) FROM posts_fts_docsize") == [(0,)]
        # The total of all words, which FTS5 keeps by column: 0 only where each was removed as it had been added.
        assert make.rows(filled_file, "SELECT hex(block) FROM posts_fts_data WHERE id = 1") == [("000000",)]

    def test_what_does_not_concern_the_texts_leaves_the_index_alone(self, filled_file):
        before = make.rows(filled_file, "SELECT count(*), max(id) FROM posts_fts_data")
        by_hand(filled_file, "UPDATE posts SET author = 'x', text = text WHERE id = 1")
        assert make.rows(filled_file, "SELECT count(*), max(id) FROM posts_fts_data") == before


def words_of(database):
    """The words that the index has of each post."""
    with closing(sqlite3.connect(database.path)) as user:
        user.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'posts_fts', 'instance')")
        found: dict[int, set[str]] = {}
        for post_id, word in user.execute("SELECT doc, term FROM temp.words"):
            found.setdefault(post_id, set()).add(word)
        return found


class TestScan:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(stored=st.lists(st.tuples(texts, texts), min_size=1, max_size=4), data=st.data())
    @example(stored=[("", "疫\u0301情"), ("ジョン・スミス", "C++ ＣＯＶＩＤ")], data=None)
    @pytest.mark.slow
    def test_search_finds_what_a_scan_finds(self, database, stored, data):
        make.run(database, "DELETE FROM posts")
        make.run(database, "DELETE FROM identities")
        make.configured(database)
        ids = [
            make.store(database, make.new(n, like=make.post(n, title=title, text=text))).stored[0][0]
            for n, (title, text) in enumerate(stored)
        ]
        # A NUL and a surrogate cannot be stored; what is stored is what is compared.
        whole = "\n".join(part for pair in stored for part in pair)
        for _ in range(8):
            if data is None:
                term = "疫情"
            else:
                start = data.draw(st.integers(0, max(0, len(whole) - 1)))
                term = data.draw(st.one_of(st.just(whole[start : start + data.draw(st.integers(1, 9))]), texts))
            term = folded(term)
            if not term.strip():
                continue
            expected = [
                row
                for row, (title, text) in zip(ids, stored, strict=True)
                if contains(term, f" {title} ") or contains(term, f" {text} ")
            ]
            assert found(database, [term]) == expected, term

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(title=texts, text=texts.flatmap(lambda one: st.sampled_from([one, one * 40])))
    def test_a_trigger_makes_the_same_words_as_ingestd(self, file, title, text):
        make.run(file, "DELETE FROM posts")
        make.run(file, "DELETE FROM identities")
        make.configured(file)
        first = make.store(file, make.new(1, like=make.post(1, title=title, text=text))).stored[0][0]
        make.run(
            file,
            "INSERT INTO posts (from_url, title, date, author, content, text, date_origin, body_origin, fetched_at,"
            " updated_at) SELECT 'copy', title, date, author, content, text, 'feed', 'feed', '', '' FROM posts",
        )
        words = words_of(file)
        assert words.pop(first, None) == words.pop(first + 1, None)
        sizes = make.rows(file, "SELECT hex(sz) FROM posts_fts_docsize")
        assert sizes[0] == sizes[1]
        make.run(file, "DELETE FROM posts")
        assert make.rows(file, "SELECT hex(block) FROM posts_fts_data WHERE id = 1") == [("000000",)]


@pytest.fixture
def fifty_posts(file):
    """A database of the present schema with fifty-one posts."""
    make.configured(file)
    numbered = (make.post(n, title="題目", text=f"第{n}號渡輪停航") for n in range(1, 51))
    make.store(file, *(make.new(n, like=post) for n, post in enumerate(numbered, 1)))
    make.store(file, make.new(60, like=make.post(60, title="別的", text="別的")))
    return file


@pytest.fixture(params=["0001", *(pytest.param(revision, marks=pytest.mark.slow) for revision in ("0007", "0009"))])
def upgraded(request, empty_url, fifty_posts):
    """The same database as earlier versions made it, upgraded: its index is still empty."""
    with Database(empty_url) as database:
        at_revision(database, request.param)
        make.fill_like(database, fifty_posts)
        query = "SELECT id, title, text, date, from_url FROM posts ORDER BY id"
        before = make.rows(database, query)
        assert database.upgrade(now=make.NOW)[:2] == (request.param, schema.head())
        assert make.rows(database, query) == before
        yield database


class TestUpgrade:
    def test_search_is_complete_at_once_and_in_every_step(self, upgraded):
        for left in (31, 11, 0, 0):
            assert found(upgraded, ["第7號渡輪"]) == [7]
            assert len(found(upgraded, ["渡輪"])) == 50
            assert upgraded.write(search.fill_index, 20) == left
        assert found(upgraded, ["第7號渡輪"]) == [7]
        assert upgraded.read(search.index_name) == "posts_fts"

    def test_a_user_sees_no_index_until_it_is_complete(self, upgraded):
        for _ in range(3):
            with pytest.raises(DatabaseError, match=r"posts_fts.* does not exist|no such table: posts_fts"):
                make.rows(upgraded, "SELECT * FROM posts_fts")
            upgraded.write(search.fill_index, 20)
        assert make.value(upgraded, "SELECT count(*) FROM posts_fts") == 51

    def test_changes_between_the_steps_are_followed(self, upgraded):
        upgraded.write(search.fill_index, 20)
        make.run(upgraded, "UPDATE posts SET text = '巴士' WHERE id IN (1, 50)")
        make.run(upgraded, "DELETE FROM posts WHERE id IN (2, 49)")
        make.store(upgraded, make.new(70, like=make.post(70, title="新的", text="新的巴士")))
        assert found(upgraded, ["巴士"]) == [1, 50, 52]
        while upgraded.write(search.fill_index, 20):
            pass
        assert found(upgraded, ["巴士"]) == [1, 50, 52]
        assert len(found(upgraded, ["渡輪"])) == 46
        make.run(upgraded, "UPDATE posts SET text = '火車' WHERE id = 50")
        assert (found(upgraded, ["巴士"]), found(upgraded, ["火車"])) == ([1, 52], [50])

    def test_a_step_that_is_interrupted_is_taken_again(self, upgraded, monkeypatch):
        def interrupted(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
            broken.setattr(search, "create_triggers", interrupted)
            upgraded.write(search.fill_index, 100)
        assert upgraded.read(search.index_name) == "posts_fts_filling"
        assert upgraded.read(search.backlog) == 51
        assert len(found(upgraded, ["渡輪"])) == 50
        assert upgraded.write(search.fill_index, 100) == 0
        assert len(found(upgraded, ["渡輪"])) == 50

    def test_a_new_database_has_its_index_at_once(self, database):
        assert database.read(search.index_name) == "posts_fts"
        assert database.read(search.backlog) == 0


def test_the_index_is_what_answers(filled_file):
    with filled_file.engine.connect().execution_options(reads=True) as connection:
        query = posts._select(connection, PostFilter(query=all_of(["渡輪公司"])))
        compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled!s}"))
    assert "posts_fts VIRTUAL TABLE INDEX" in plan
    assert "SCAN posts'" not in plan


def test_in_postgresql_the_index_is_what_answers(filled):
    if filled.path is not None:
        pytest.skip("SQLite has its own test")
    with filled.engine.connect().execution_options(reads=True) as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        plan = connection.exec_driver_sql("EXPLAIN SELECT post_id FROM posts_fts WHERE words && ARRAY['渡輪']").all()
    assert "ix_posts_fts_words" in str(plan)
