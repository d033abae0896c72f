"""The literals of a search's SQL, against SQLite: any text is quoted, and patterns match what they stand for alone."""

import re
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from ingestd.store.codec import MAX_PARAMETERS, chunks, json_text
from ingestd.store.in_list import in_list, json_texts
from ingestd.store.models import items
from ingestd.store.search_conditions import USUAL_EDGE, _glob_class, index_expression, quoted
from ingestd.text.search.characters import WORD_BOUNDARIES, equal_characters, folded
from tests.store import make

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
HOSTILE = [
    *("'", "''", "' OR 1=1 --", '"', "\\", "\\'", "%", "_", "?", ":name", "%s", ";"),
    *("\n", "\x1b[31m", "\u202e", "\u2028", "😀", "\x00"),
]


def sqlite(expression: str) -> object:
    with closing(sqlite3.connect(":memory:")) as connection:
        return connection.execute(f"SELECT {expression}").fetchone()[0]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_quoted(text):
    literal = quoted(text)
    assert sqlite(literal) == text.replace("\0", "")
    assert literal.isprintable()


@given(TEXTS)
def test_any_text_is_quoted(text):
    literal = quoted(text)
    assert sqlite(literal) == text.replace("\0", "")
    assert literal.isprintable()


@given(TEXTS)
def test_a_literal_of_postgresql_is_of_the_same_text(text):
    """chr() in place of char(), the rest alike: a literal of SQLite with that name is read back by it."""
    literal = quoted(text, "postgresql")
    assert literal.isprintable()
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.create_function("chr", 1, chr)
        assert connection.execute(f"SELECT {literal}").fetchone()[0] == text.replace("\0", "")


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


@given(CHARACTERS, CHARACTERS)
def test_a_character_of_a_pattern_matches_its_equals_alone(char, other):
    char = folded(char)[:1]
    if not char:
        return
    pattern = _glob_class(char).replace("'", "''")
    with closing(sqlite3.connect(":memory:")) as connection:

        def matches(text: str) -> bool:
            return bool(connection.execute(f"SELECT ? GLOB '{pattern}'", (text,)).fetchone()[0])

        assert all(matches(equal) for equal in equal_characters(char))
        assert matches(other) == (other in equal_characters(char))


def test_usual_boundaries_are_boundaries():
    usual = {char for char in map(chr, range(1, 0xFFFF)) if re.match(USUAL_EDGE, char)}
    assert {" ", "'", "]", "_", "~", "，", "中"} <= usual
    assert usual <= {char for char in usual if re.match(f"[{WORD_BOUNDARIES}]", char)}


@pytest.mark.parametrize("char", list("*?[]^-!\\'\"%_.aAéЖ中"))
def test_characters_with_a_meaning_in_patterns(char):
    pattern = _glob_class(folded(char)).replace("'", "''")
    others = "*?[]^-!\\'\"%_.aAáéeЖж中国x"
    found = [other for other in others if sqlite(f"{quoted(other)} GLOB '{pattern}'")]
    assert found == [other for other in others if folded(other) == folded(char)]


@pytest.mark.parametrize(
    ("term", "expression"),
    [
        ("climate", '"climate"'),
        ("climate summit", '"climate" AND "summit"'),
        ("气候", '"气候"'),
        ("气候峰会", '"气候" AND "候峰" AND "峰会"'),
        ("covid-19", '"covid" AND "19"'),
        ("!?", None),
        ("-", None),
    ],
)
def test_what_the_index_is_asked_for(term, expression):
    found = index_expression(term, "sqlite")
    if found is not None and "OR" in found:
        pytest.skip("opencc is installed: every form of a Han character is asked for")
    assert found == expression


@given(st.lists(TEXTS, max_size=6))
def test_list_of_texts_as_one_parameter(texts):
    wanted = json_texts(texts)
    with closing(sqlite3.connect(":memory:")) as connection:
        found = connection.execute("SELECT value FROM json_each(?)", (wanted,)).fetchall()
    assert [text for (text,) in found] == list(dict.fromkeys(texts)) or any("\0" in text for text in texts)


def test_column_in_a_list_of_texts(database):
    make.configured(database, "甲")
    make.store(database, items=(("a", None), ("b'c", None), ('d"e', None), ("中", None)))
    query = select(items.c.digest).where(in_list(items.c.digest, "wanted")).order_by(items.c.digest)

    def found(*texts: str) -> list[str]:
        return list(
            database.read(lambda connection: connection.execute(query, {"wanted": json_texts(texts)}).scalars())
        )

    assert found("a", "a", "none") == ["a"]
    assert sorted(found("b'c", 'd"e', "中")) == sorted(["b'c", 'd"e', "中"])
    assert found() == []
    assert found(*(str(number) for number in range(5_000)), "a") == ["a"]


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1_000, 1_001])
def test_parts_that_a_statement_takes(count):
    parts = chunks(list(range(count)))
    assert [number for part in parts for number in part] == list(range(count))
    assert all(0 < len(part) <= MAX_PARAMETERS for part in parts)
    assert len(parts) == -(-count // MAX_PARAMETERS)


def test_json_of_columns():
    assert json_text({"标题": ["é", None, 1.5, True]}) == '{"标题": ["é", null, 1.5, true]}'
