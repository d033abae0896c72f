"""HTML on one line, and Liquid as text."""

import time

import pytest
from hypothesis import given

from ingestd.archive.jekyll.liquid import escape_liquid, has_liquid, unescape_liquid
from ingestd.text.one_line import one_line
from tests.archive.examples import hostile_text


@pytest.mark.parametrize(
    ("markup", "line"),
    [
        ("<p>a b</p>", "<p>a b</p>"),
        ("a\nb", "a b"),
        ("a  b", "a  b"),
        ("a \r\n\t b", "a b"),
        ("<p>\n a <b>x</b>\n <i>y</i>\n</p>\n<p>z</p>", "<p>a <b>x</b> <i>y</i></p><p>z</p>"),
        ("a\u3000\nb\u00a0", "a\u3000 b\u00a0"),
        ("<pre>a\r\n  b\n</pre>\nc", "<pre>a&#10;  b&#10;</pre> c"),
        ("<PRE class=x>a\nb", "<PRE class=x>a&#10;b"),
        ("<textarea>\n</textarea>", "<textarea>&#10;</textarea>"),
        ("<script>a\nb</script>x\ny", "<script>a b</script>x y"),
        ("<preface>a\nb</preface>", "<preface>a b</preface>"),
    ],
)
def test_one_line(markup, line):
    assert one_line(markup, tight=True) == line
    assert one_line(line, tight=True) == line


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("{{ a }}", "&#123;{ a }}"),
        ("{{{ a", "&#123;&#123;{ a"),
        ("{%- a -%}", "&#123;%- a -%}"),
        ("{{% a", "&#123;&#123;% a"),
        ("{a} { { }}", "{a} { { }}"),
        ("&#123;{", "&#123;{"),
    ],
)
def test_escape_liquid(text, escaped):
    assert escape_liquid(text) == escaped
    assert not has_liquid(escaped)


@given(hostile_text)
def test_liquid_survives_as_text(text):
    escaped = escape_liquid(text)
    assert not has_liquid(escaped)
    assert escape_liquid(unescape_liquid(escaped)) == escaped
    if "&#123;" not in text:
        assert unescape_liquid(escaped) == text


@pytest.mark.parametrize("part", ["<", "<pre>", "<!--", "<script>", " ", "\n", " \n", "</p", "<p ", "{", "&#123;", "&"])
def test_time_is_linear_in_the_length(part):
    def seconds(count: int) -> float:
        text = f"\n{part * count}x"
        start = time.process_time()
        one_line(text, tight=True), unescape_liquid(escape_liquid(text))
        return time.process_time() - start

    # Ten times the text may take ten times as long, with room for noise; a quadratic function takes a hundred times.
    assert seconds(200_000) < 40 * max(seconds(20_000), 0.01)
