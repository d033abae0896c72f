"""The classes of characters agree with the tokenizer of SQLite's FTS5, character by character."""

import re
import sqlite3
from contextlib import closing

import pytest

from ingestd.text.search.characters import ACCENTS, CJK_LETTERS, SYMBOLS, WORD_BOUNDARIES, equal_characters, folded
from ingestd.text.search.index_words import index_text, index_words, is_one_index_word


@pytest.fixture(scope="module")
def tokens():
    """What unicode61 makes of each character between two letters: its folded form, '' where it goes, None for a gap."""
    codes = (*range(1, 0xD800), *range(0xE000, 0x11000), *range(0x1F000, 0x1FC00), *range(0x20000, 0x20400))
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 2', detail=none)")
        database.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
        database.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", [(code, f"a{chr(code)}b") for code in codes])
        found: dict[int, list[str]] = {}
        for term, code in database.execute("SELECT term, doc FROM v"):
            found.setdefault(code, []).append(term)
    return {code: found[code][0][1:-1] if len(found[code]) == 1 else None for code in codes}


@pytest.mark.slow
def test_boundaries_of_words_are_those_of_the_tokenizer(tokens):
    ours = re.compile(f"[{SYMBOLS}{CJK_LETTERS}{ACCENTS}]")
    boundary = re.compile(f"[{WORD_BOUNDARIES}]")
    wrong = [
        hex(code)
        for code, token in tokens.items()
        if not ours.match(chr(code)) and (boundary.match(chr(code)) is None) != bool(token)
    ]
    assert wrong == []


def test_every_cjk_letter_is_a_letter_of_the_tokenizer(tokens):
    letter = re.compile(f"[{CJK_LETTERS}]")
    assert [hex(code) for code, token in tokens.items() if letter.match(chr(code)) and not token] == []


def test_case_and_accents_are_folded_as_the_tokenizer_does(tokens):
    wide = re.compile("[\uff01-\uff5e\uff66-\uff9d]")
    wrong = [
        (hex(code), token, folded(chr(code)))
        for code, token in tokens.items()
        if token and not wide.match(chr(code)) and folded(chr(code)) != token
    ]
    assert wrong == []
    assert [hex(code) for code, token in tokens.items() if token == "" and folded(chr(code)) != ""] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＡＢＣ１９", "abc19"),
        ("ｶﾀｶﾅ", "カタカナ"),
        ("МОСКВА", "москва"),
        ("e\u0301té É\u3000x\ny", "ete e x y"),
        ("，！", ",!"),
    ],
)
def test_folding(text, expected):
    assert folded(text) == expected


def test_equal_characters_fold_to_one():
    assert set("aAÀＡａ") < set(equal_characters("A"))
    assert {folded(char) for char in equal_characters("ü")} == {"u"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("香港渡轮", "香港 港渡 渡轮 轮"),
        ("新冠COVID-19病毒", "新冠 冠 COVID-19 病毒 毒"),
        ("ジョン・スミス", "ジョ ョン ン ・ スミ ミス ス"),
        ("ａｂ", "ａｂ ab"),
        ("疫\u0301情😀ok", "疫情 情 ok"),
        ("plain ASCII", "plain ASCII"),
    ],
)
def test_text_for_the_index(text, expected):
    assert index_text(text).split() == expected.split()


@pytest.mark.parametrize(
    ("term", "expected", "alone"),
    [
        ("疫情", (["疫情"], None), True),
        ("疫", ([], "疫"), True),
        ("渡轮公司", (["渡轮", "轮公", "公司"], None), False),
        ("冠covid", (["冠", "covid"], None), False),
        ("covid冠", (["covid"], "冠"), False),
        ("climate summit", (["climate", "summit"], None), False),
        ("climate", (["climate"], None), True),
        ("c++", (["c"], None), False),
        ("++", ([], None), False),
    ],
)
def test_words_of_a_term(term, expected, alone):
    assert index_words(term) == expected
    assert is_one_index_word(term) is alone
