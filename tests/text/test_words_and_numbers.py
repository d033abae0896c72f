"""Words and numbers of a text are the same by the tables of Latin letters as by the regular expressions."""

import random
import re

import pytest

from ingestd.text.words_and_numbers import words_and_numbers


def by_expressions(text: str) -> tuple[list[str], list[str]]:
    return re.findall(r"\w+", text.lower()), re.findall(r"\d+(?:[.,:]\d+)*", text)


@pytest.mark.parametrize(
    ("text", "words", "numbers"),
    [
        (
            "The Ferry's 1,000.5 tonnes, at 12:30.",
            ["the", "ferry", "s", "1", "000", "5", "tonnes", "at", "12", "30"],
            2,
        ),
        ("“Été” – 3²… ½ STRASSE ß", ["été", "3²", "½", "strasse", "ß"], 1),
        ("香港 12:30 停航，共３艘", ["香港", "12", "30", "停航", "共３艘"], 2),
        ("Œuvre 7", ["œuvre", "7"], 1),
        ("", [], 0),
    ],
)
def test_words_are_in_lower_case_and_numbers_keep_their_points(text, words, numbers):
    found = words_and_numbers(text)
    assert found == by_expressions(text)
    assert (found[0], len(found[1])) == (words, numbers)


def test_every_letter_of_latin_1_is_read_as_the_expressions_read_it():
    for code in range(0x250):
        text = f"a{chr(code)}b 1{chr(code)}2"
        assert words_and_numbers(text) == by_expressions(text), hex(code)


def test_texts_of_any_letters_are_read_as_the_expressions_read_them():
    draw = random.Random(21)
    letters = "abCD1 9.,:é“”’—…\u200bßµªº²½ÿ×\xa0\x85ÀŒĀΣİ香，３😀\ud800\0"
    for _ in range(2000):
        text = "".join(draw.choices(letters[: draw.randint(8, len(letters))], k=draw.randint(1, 80)))
        assert words_and_numbers(text) == by_expressions(text)
