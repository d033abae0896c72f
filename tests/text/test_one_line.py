"""HTML on one line."""

import pytest

from ingestd.text.one_line import one_line
from tests.extract.helpers import assert_cpu_time_is_linear


@pytest.mark.parametrize(
    ("markup", "loose", "tight"),
    [
        ("  as it is  ", "  as it is  ", "  as it is  "),
        ("one \r\n\t two", "one two", "one two"),
        ("\n<p>a</p>\n<p>b\nc</p>\n", "<p>a</p> <p>b c</p>", "<p>a</p><p>b c</p>"),
        ("<b>a</b>\n<i>b</i>", "<b>a</b> <i>b</i>", "<b>a</b> <i>b</i>"),
        ("<p>a</p>  <p>b</p>", "<p>a</p>  <p>b</p>", "<p>a</p>  <p>b</p>"),
        ("<pre>a\n b\r\nc</pre>\nd", "<pre>a&#10; b&#10;c</pre> d", "<pre>a&#10; b&#10;c</pre> d"),
        ("<pre>never\nclosed", "<pre>never&#10;closed", "<pre>never&#10;closed"),
        ("a\n\xa0\u3000b", "a \xa0\u3000b", "a \xa0\u3000b"),
    ],
)
def test_line_breaks(markup, loose, tight):
    assert one_line(markup) == loose
    assert one_line(markup, tight=True) == tight
    assert one_line(loose) == loose


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
def test_tight_line(markup, line):
    assert one_line(markup, tight=True) == line
    assert one_line(line, tight=True) == line


@pytest.mark.slow
@pytest.mark.parametrize("part", ["<", "<pre>", "<!--", "<script>", " ", "\n", " \n", "</p", "<p ", "{", "&#123;", "&"])
def test_time_is_linear_in_the_length(part):
    assert_cpu_time_is_linear(lambda count: one_line(f"\n{part * count}x", tight=True), 50_000)
