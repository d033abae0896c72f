"""Every query finds in both databases what a scan of all posts in Python finds, and its SQL runs in plain sqlite3."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestd.model.errors import UsageError
from ingestd.model.feed import Category
from ingestd.store import found_posts, search
from ingestd.store.found_labels import found_labels
from ingestd.store.found_posts import check_sources, count_posts, search_posts, search_statement
from ingestd.text.search.characters import folded
from ingestd.text.search.parse_query import MAX_QUERY_TERMS, MAX_TERM_CHARS, parse_query
from ingestd.text.search.query import And, Contains, Dated, FromSource, Labelled, Not, Or
from tests.store import make
from tests.store.search_texts import PIECES, contains, texts

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def scan(query, post):
    """Whether a query finds a post, by its meaning."""
    match query:
        case Contains(term, field):
            values = [getattr(post, name) for name in ((field,) if field else ("title", "text"))]
            return any(contains(term, f" {value} ") for value in values)
        case FromSource(name):
            return {1: "a", 2: "b"}[post.source_id] == name
        case Labelled(kind, label):
            own = [category.term for category in post.feed_categories or ()]
            labels = post.tags if kind == "tag" else (*own, *post.categories)
            return label in [re.sub("[A-Z]", lambda letter: letter[0].lower(), one) for one in labels]
        case Dated(since, until):
            return (since is None or post.date >= since) and (until is None or post.date < until)
        case Not(part):
            return not scan(part, post)
        case And(parts):
            return all(scan(part, post) for part in parts)
        case Or(parts):
            return any(scan(part, post) for part in parts)


terms = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)
terms = terms.map(lambda text: " ".join(folded(text).split())).filter(bool)
dates = st.integers(0, 6).map(lambda days: DAY + timedelta(days=days))
leaves = st.one_of(
    st.builds(Contains, terms, st.sampled_from([None, None, None, "title", "text", "author"])),
    st.builds(FromSource, st.sampled_from("ab")),
    st.builds(Labelled, st.sampled_from(["tag", "category"]), st.sampled_from(["联合早报", "香港", "none"])),
    st.builds(Dated, st.none() | dates, st.none() | dates),
)
queries = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=6,
)
stored = st.lists(st.tuples(texts, texts, texts, st.sampled_from([1, 2])), min_size=1, max_size=5)


def fill(database, rows):
    for table in ("posts", "identities"):
        make.run(database, f"DELETE FROM {table}")
    make.configured(database, "a", "b")
    found = {}
    for n, (title, text, author, source_id) in enumerate(rows):
        post = make.post(n, title=title, text=text, author=author, source_id=source_id, date=DAY + timedelta(days=n))
        found[make.store(database, make.new(n, like=post), source_id=source_id).stored[0][0]] = post
    return found


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=stored, asked=st.lists(queries, min_size=3, max_size=6), indexed=st.booleans())
@pytest.mark.slow
def test_search_finds_what_a_scan_finds(database, rows, asked, indexed):
    there = fill(database, rows)
    with pytest.MonkeyPatch.context() as patch:
        if not indexed:
            patch.setattr(search, "index_name", lambda _connection: None)
        for query in asked:
            expected = [number for number, post in reversed(there.items()) if scan(query, post)]
            assert [post.id for post in database.read(search_posts, query, limit=99).posts] == expected, query
            assert database.read(count_posts, query) == len(expected)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=stored, query=queries, limit=st.integers(1, 3))
def test_many_candidates_are_walked_through_with_the_same_answer(file, rows, query, limit):
    there = fill(file, rows)
    expected = [number for number, post in reversed(there.items()) if scan(query, post)][:limit]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(found_posts, "isqrt", lambda _: 0)
        assert [post.id for post in file.read(search_posts, query, limit=limit).posts] == expected


@pytest.fixture
def ferries(database):
    rows = [
        ("渡轮停航", "climate summit 2026", "沈北雁", 1),
        ("天气", "渡轮 渡轮 渡轮 广告", "Mary Whitlock", 2),
        ("Climate", "the summit's climate; art show", "沈", 1),
        ("smart show", "the party art, 渡轮公司 100% 'sure'", "", 2),
    ]
    fill(database, rows)
    return database


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("渡轮 -广告", ["smart show", "渡轮停航"]),
        ('气候 OR "climate summit"', ["渡轮停航"]),
        ("title:climate", ["Climate"]),
        ("author:沈", ["Climate", "渡轮停航"]),
        ("渡轮 source:b", ["smart show", "天气"]),
        ("渡轮 since:2026-11-02 until:2026-11-02", ["天气"]),
        ('"art show"', ["Climate"]),
        ("(渡轮公司 OR art) -title:smart", ["Climate"]),
        ("\"100% 'sure'\"", ["smart show"]),
        ("-渡轮", ["Climate"]),
        ("text:渡轮 -title:天气", ["smart show"]),
    ],
)
def test_language(ferries, text, expected):
    query = parse_query(text, DAY)
    found = ferries.read(search_posts, query, limit=9)
    assert [post.title for post in found.posts] == expected
    assert ferries.read(count_posts, query) == len(expected)
    if ferries.path is not None:
        with closing(sqlite3.connect(ferries.path)) as user:
            assert [row[3] for row in user.execute(found.sql)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tag:财经", [1, 2]),
        ("tag:WORLD", [2]),
        ("tag:wor", []),
        ('tag:"a \\"b\\" \'c\' %"', [3]),
        ("category:politics", [1, 3]),
        ("category:要闻", [1, 2, 3]),
        ("category:Élan", [3]),
        ("category:élan", []),
        ("category:politics -tag:财经", [3]),
        ("category:urn:topics", []),
    ],
)
def test_labels(database, text, expected):
    make.configured(database)
    labels = (
        (("财经",), (Category("Politics", "urn:topics"),)),
        (("财经", "World"), None),
        (("a \"b\" 'c' %",), (Category("politics"), Category("Élan"))),
    )
    for number, (tags, own) in enumerate(labels, 1):
        post = make.post(number, tags=tags, categories=("要闻",), feed_categories=own, date=make.later(number))
        make.store(database, make.new(number, like=post))
    query = parse_query(text, DAY)
    assert [post.id for post in reversed(database.read(search_posts, query, limit=9).posts)] == expected
    assert database.read(count_posts, query) == len(expected)


def test_order_by_relevance(ferries):
    found = ferries.read(search_posts, parse_query("渡轮", DAY), limit=2, by_relevance=True)
    assert [post.title for post in found.posts] == ["渡轮停航", "天气"]
    assert found.ranked == 3


def test_the_costliest_query_runs(database):
    make.configured(database)
    term = "ea" * ((MAX_TERM_CHARS - 2) // 2) + " e"
    for query in (
        And(tuple(Contains(f"{term[:36]} {n}") for n in range(MAX_QUERY_TERMS))),
        Or(tuple(Not(Contains("轮后面" * (MAX_TERM_CHARS // 3))) for _ in range(20))),
        Contains(term),
    ):
        assert database.read(count_posts, query) in (0, 1)


def test_sql_uses_the_index(file):
    fill(file, [("渡轮", "公司", "", 1)])
    statement = file.read(search_statement, parse_query("渡轮 (气候 OR 公司) -广告 title:渡轮", DAY), 20)
    plan = " ".join(str(row) for row in make.rows(file, f"EXPLAIN QUERY PLAN {statement}"))
    assert "SEARCH posts USING INTEGER PRIMARY KEY" in plan
    assert statement.count("MATCH") == 2, "once for what must be there, once for what must not"


def test_counting_ends_where_it_is_told_to(database):
    fill(database, [("渡轮公司", "", "", 1)] * 3 + [("渡轮", "公司", "沈", 1)])
    for text, all_of_them in (("渡轮公司", 3), ("author:沈", 1), ("-天气", 4)):
        query = parse_query(text, DAY)
        assert database.read(count_posts, query, at_most=2) == min(2, all_of_them), text
        assert database.read(count_posts, query, at_most=9) == database.read(count_posts, query) == all_of_them
    assert database.read(count_posts, parse_query("渡轮", DAY), at_most=2) == 4, "the index counts all at once"


def test_labels_of_posts_that_are_known(database):
    there = fill(database, [("渡轮", "", "", 1), ("渡轮", "", "", 2), ("天气", "", "", 1)])
    query = parse_query("渡轮", DAY)
    known = database.read(found_labels, query, sorted(there)[:2])
    assert known == database.read(found_labels, query)
    assert known.posts == 2
    assert database.read(found_labels, query, []).posts == 0


@pytest.mark.parametrize(
    ("posts", "limit", "walks"), [(3, 1, True), (3, 9, False), (1, 1, False)], ids=["many", "few wanted", "few found"]
)
def test_posts_are_walked_through_where_many_are_found_and_few_are_wanted(file, posts, limit, walks):
    fill(file, [("渡轮", "", "", 1)] * posts + [("天气", "", "", 1)] * (4 - posts))
    assert ("+posts.id" in file.read(search_statement, parse_query("渡轮", DAY), limit)) == walks


def test_what_the_index_tells_alone_is_counted_there(file):
    fill(file, [("渡轮", "公司", "", 1), ("渡轮公司", "", "", 1)])
    for text, alone, count in (
        ("渡轮", True, 2),
        ("渡轮 公司", True, 2),
        ("渡轮公司", False, 1),
        ("渡轮 -天气", False, 2),
    ):
        query = parse_query(text, DAY)
        assert (" posts " not in file.read(search.search_sql, query).count()) == alone, text
        assert file.read(count_posts, query) == count
    file.write(lambda connection: connection.exec_driver_sql("DELETE FROM posts WHERE title = '渡轮'"))
    assert file.read(count_posts, parse_query("渡轮", DAY)) == 1


@pytest.mark.parametrize("edge", [" ", ".", "中", "，", "«", "\u2014"])
def test_a_phrase_has_any_boundary_beside_it(file, edge):
    fill(
        file,
        [("", f"x{edge}art show{edge}x", "", 1), ("", f"{edge}art shows", "", 1), ("", f"smart show{edge}", "", 1)],
    )
    assert file.read(count_posts, parse_query('"art show"', DAY)) == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("联合早保", "there is no source '联合早保': perhaps 联合早报"),
        ("bbc", "there is no source 'bbc': perhaps BBC News"),
        ("qqq", "there is no source 'qqq'$"),
        ("", "there is no source ''$"),
    ],
)
def test_names_of_sources_are_suggested(database, name, says):
    make.configured(database, "联合早报", "BBC News")
    with pytest.raises(UsageError, match=says):
        database.read(check_sources, Not(FromSource(name)))
    database.read(check_sources, And((FromSource("联合早报"), FromSource("BBC News"))))
