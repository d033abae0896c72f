"""The query language: which tree a text gives, and what is said about one that is not valid."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ingestd.text.characters import database_text
from ingestd.text.search.parse_query import (
    MAX_NESTING,
    MAX_QUERY_CHARS,
    MAX_QUERY_TERMS,
    MAX_TERM_CHARS,
    parse_query,
    quoted_term,
)
from ingestd.text.search.query import (
    And,
    Contains,
    Dated,
    FromSource,
    Labelled,
    Not,
    Or,
    QueryError,
    sought_terms,
    source_names,
)

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)


def word(term, field=None):
    return Contains(term, field)


def day(year, month, number):
    return datetime(year, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("气候", word("气候")),
        ("气候 峰会", And((word("气候"), word("峰会")))),
        ("气候 AND 峰会", And((word("气候"), word("峰会")))),
        ("a b OR c", Or((And((word("a"), word("b"))), word("c")))),
        ("a (b OR c)", And((word("a"), Or((word("b"), word("c")))))),
        ("a（b OR c）", And((word("a"), Or((word("b"), word("c")))))),
        ("-a", Not(word("a"))),
        ("NOT a b", And((Not(word("a")), word("b")))),
        ("--a", Not(Not(word("a")))),
        ("-(a b)", Not(And((word("a"), word("b"))))),
        ("COVID-19", word("covid-19")),
        ("a - b", And((word("a"), word("-"), word("b")))),
        ('"Climate  Summit"', word("climate summit")),
        ("“气候 峰会”", word("气候 峰会")),
        (r'"a \"b\" \\"', word(r'a "b" \\'.replace("\\\\", "\\"))),
        ('"OR" or', And((word("or"), word("or")))),
        ("title:选举", word("选举", "title")),
        ("TITLE:选举", word("选举", "title")),
        ("title：选举", word("选举", "title")),
        ('author:"Mary Whitlock"', word("mary whitlock", "author")),
        ("source:联合早报", FromSource("联合早报")),
        ("tag:财经", Labelled("tag", "财经")),
        ('category:"World News"', Labelled("category", "world news")),
        ("-source:联合早报", Not(FromSource("联合早报"))),
        ("https://a.example/x?y=1", word("https://a.example/x?y=1")),
        ("12:30", word("12:30")),
        ('"title:"', word("title:")),
        ("subtitle:", word("subtitle:")),
        ("\u202emuseum\u202c", word("museum")),
        ("\ufefftitle:\u2068mu\u00adseum\u2069 \u200b", word("museum", "title")),
        ("می\u200cخواهم", word("می\u200cخواهم")),
        ('tag:"a\u200bb"', Labelled("tag", "a\u200bb")),
        ("ＡＢＣ É", And((word("abc"), word("e")))),
        ("since:2021-04", Dated(since=day(2021, 4, 1))),
        ("until:2022", Dated(until=day(2023, 1, 1))),
        ("until:2021-12", Dated(until=day(2022, 1, 1))),
        ("until:2024-02-29", Dated(until=day(2024, 3, 1))),
        ("since:2021-04-18T01:45:12+08:00", Dated(since=datetime(2021, 4, 17, 17, 45, 12, tzinfo=UTC))),
        ("since:7d", Dated(since=datetime(2026, 11, 15, 17, tzinfo=UTC))),
        ("a\0b", word("ab")),
        ("\udce4", word("?")),
    ],
)
def test_text_gives_tree(text, tree):
    assert parse_query(text, NOW) == tree


def test_the_whole_language_at_once():
    text = '气候 峰会 OR "climate summit" -广告 title:选举 source:联合早报 author:沈 since:2021-04 until:2022'
    tree = parse_query(text, NOW)
    assert isinstance(tree, Or)
    assert tree.parts[0] == And((word("气候"), word("峰会")))
    assert tree.parts[1] == And(
        (
            word("climate summit"),
            Not(word("广告")),
            word("选举", "title"),
            FromSource("联合早报"),
            word("沈", "author"),
            Dated(since=day(2021, 4, 1)),
            Dated(until=day(2023, 1, 1)),
        )
    )
    assert sought_terms(tree) == ["气候", "峰会", "climate summit", "选举", "沈"]
    assert source_names(Not(tree)) == ["联合早报"]


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "the query is empty"),
        (" \u3000\n", 0, "the query is empty"),
        ("气候 OR", 5, "a word is missing here"),
        ("OR 气候", 0, "a word is missing here"),
        ("a OR OR b", 5, "a word is missing here"),
        ("AND a", 0, "AND stands between two words"),
        ("a AND", 5, "a word is missing here"),
        ("a NOT", 2, "nothing follows the negation"),
        ("-(", 2, "a word is missing here"),
        ("(a", 0, "this parenthesis is not closed"),
        ("a) b", 1, "this parenthesis closes nothing"),
        ("()", 1, "a word is missing here"),
        ('a "b c', 2, "this quotation mark is not closed"),
        ('title:"b c', 6, "this quotation mark is not closed"),
        ('""', 1, "this term is empty"),
        ("title:\u0301", 6, "this term is empty"),
        ("title:", 6, "nothing follows title:"),
        ("Title： 选举", 6, "nothing follows Title："),
        ("(a OR source:)", 13, "nothing follows source:"),
        ("a \u200b-\u200b", 3, "nothing follows the negation"),
        ("\u200b", 0, "the query is empty"),
        ("auther:沈", 0, "there is no field 'auther': author"),
        ("a since:gestern", 8, "not a date: write 2021"),
        ("until:2021-13", 6, "not a date"),
        ("since:2021-02-30", 6, "not a date"),
        ("since:99999999999d", 6, "not a date"),
        ("until:9999", 6, "not a date"),
        ("x" * (MAX_TERM_CHARS + 1), 0, "this term is longer than"),
        ("x " * (MAX_QUERY_TERMS + 1), 2 * MAX_QUERY_TERMS, "the query has more than"),
        ("疫情" * 500_000, MAX_QUERY_CHARS, "the query is longer than"),
        ("(" * (MAX_NESTING + 1) + "a" + ")" * (MAX_NESTING + 1), MAX_NESTING, "are nested"),
        ("-" * (MAX_NESTING + 2) + "a", MAX_NESTING, "are nested"),
    ],
)
def test_fault_is_named_with_its_place(text, position, says):
    with pytest.raises(QueryError, match=says) as caught:
        parse_query(text, NOW)
    assert caught.value.position == position
    assert "\n" not in str(caught.value)


@given(st.text(st.sampled_from("ab气候 \"“()（-ORANDT:\\'title\0\n")).map(str))
def test_every_text_gives_a_tree_or_a_fault_within_it(text):
    try:
        parse_query(text, NOW)
    except QueryError as error:
        assert 0 <= error.position <= len(text)


@given(st.text(max_size=60).filter(bool))
def test_quoted_term_is_one_term(text):
    assume(text == database_text(text))
    assert parse_query(f"source:{quoted_term(text)} -tag:{quoted_term('OR')}", NOW) == And(
        (FromSource(text), Not(Labelled("tag", "or")))
    )
