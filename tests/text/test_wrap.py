"""Lines of texts on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.text.display_width import display_width
from ingestd.text.wrap import wrap

URL = "https://a.example/a-long-path/that-is-wider/than-the-line?x=1"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, [""]),
        ("one two three", 20, ["one two three"]),
        ("one two three", 7, ["one two", "three"]),
        ("one  two\tthree", 9, ["one two", "three"]),
        ("one two", None, ["one two"]),
        ("one\ntwo three", 5, ["one", "two", "three"]),
        ("one\n\ntwo", None, ["one", "", "two"]),
        ("渡轮停航两天", 6, ["渡轮停", "航两天"]),
        ("渡轮停，航两天。", 6, ["渡轮", "停，航", "两天。"]),
        ("渡轮（停航）两天", 7, ["渡轮", "（停", "航）两", "天"]),
        ("渡轮ABC停航", 6, ["渡轮", "ABC停", "航"]),
        (f"see {URL} there", 12, ["see", URL, "there"]),
        (f"见{URL} 那里", 12, ["见", URL, "那里"]),
        ("incomprehensibilities are long", 10, ["incomprehensibilities", "are long"]),
    ],
)
def test_lines(text, width, lines):
    assert wrap(text, width) == lines


def test_prefixes():
    assert wrap("one two three\nfour", 7, first="* ", rest="  ") == ["* one", "  two", "  three", "  four"]
    assert wrap("\n", 7, first="> ", rest="> ") == [">", ">"]
    assert wrap("one\ntwo", None, first="> ", rest="> ") == ["> one", "> two"]


@given(text=st.text(alphabet="ab 渡轮，（）\n"), width=st.integers(4, 20))
def test_no_character_is_lost_and_lines_fit(text, width):
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        is_one_piece = not any(char in line for char in " 渡轮")
        assert display_width(line) <= width or is_one_piece or line.count("渡") + line.count("轮") == 1


@given(text=st.text(max_size=200), width=st.integers(1, 20))
def test_any_text_keeps_its_words(text, width):
    assert "".join("".join(wrap(text, width)).split()) == "".join(text.split())


def test_time_is_linear():
    assert len(wrap("（" * 200_000, 10)) >= 1
    assert len(wrap("a" * 200_000 + " " * 200_000, 10)) == 1
