"""HTML as plain text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.text.plain_text import clean_line, plain_text, strip_closed_tags


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<p>One\n two</p>", "One two"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>x</li><li>y</li></ul>", "x\ny"),
        ("<td>a</td><td>b</td>", "a b"),
        ("<b>bo</b>ld", "bold"),
        ("a<script>var x = '<p>';</script>b", "ab"),
        ("a<STYLE>p{}</STYLE>b", "ab"),
        ("a<script>never closed", "anever closed"),
        ("a<!-- <p>hidden</p> -->b", "ab"),
        ("a<!-- never closed>b", "ab"),
        ("1 < 2 &lt; 3 &amp; 4", "1 < 2 < 3 & 4"),
        ("&nbsp;x&#8217;s&hellip;", "x’s…"),
        ('<a title="x > y" href=z>link</a>', "link"),
        ('<a title="never closed>text</a>', "text"),
        ("<!DOCTYPE html><html><head><title>t</title></head><body>b</body></html>", "b"),
        ("中文<strong>正文</strong>。", "中文正文。"),
        ("tail <", "tail <"),
        ("tail <b", "tail <b"),
        ("plain\r\nlines", "plain\nlines"),
        ("", ""),
    ],
)
def test_plain_text(markup, text):
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("  a \n b\t", "a b"),
        ("a\u202eb\u2066c", "abc"),
        ("a\x00b\x1b[0m", "ab[0m"),
        ("\ufeffa\u200bb", "ab"),
        ("a\u3000b", "a b"),
        ("שלום\u200f", "שלום\u200f"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("lone \ud83d", "lone"),
    ],
)
def test_clean_line(raw, line):
    assert clean_line(raw) == line


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("vector<int> is <b>bold</b> & <foo>", "vector<int> is bold & <foo>"),
        ("The <dialog> element", "The <dialog> element"),
        ("Closing </dialog> alone", "Closing </dialog> alone"),
        ("<i>The <dialog> element</i>", "The <dialog> element"),
        ("one<br>two<img src='a>b'>three<hr/>", "one twothree "),
        ("<span/>empty", "empty"),
        ("<p>One</p><p>Two</p>", " One  Two "),
        ("<b>un<i>even</b> ends</i>", "uneven ends"),
        ("<B>upper</b> case", "upper case"),
        ("a<!-- note -->b", "ab"),
        ("Item <!-- Title", "Item <!-- Title"),
        ("a<!-- note --> <!-- Title", "a <!-- Title"),
        ("a<script>alert('<b>')</script>b", "a b"),
        ("a<script>never closed", "a<script>never closed"),
        ("<a href='x'>link</a> 1 < 2 > 0", "link 1 < 2 > 0"),
        ("&lt;b&gt;", "&lt;b&gt;"),
    ],
)
def test_closed_and_void_tags_are_stripped(markup, text):
    assert strip_closed_tags(markup) == text


@pytest.mark.parametrize(
    "part", ["<", "<!--", "<a", '<a b="', "<a b='", "<script>", "</p", "&", "&#", "<![CDATA[", "<p>", "<?", "\n "]
)
def test_time_is_linear(part):
    """Processor time, which other programs do not add to: four times the length costs about four times as much."""

    def cost_s(length: int) -> float:
        started = time.process_time()
        plain_text(part * (length // len(part)))
        strip_closed_tags(part * (length // len(part)))
        return time.process_time() - started

    assert cost_s(1_000_000) < 10 * cost_s(250_000) + 0.5


@given(st.text(alphabet="<>/!-abpscript\"'= &;\n", max_size=200))
def test_any_markup_gives_text_without_double_spaces(markup):
    assert "  " not in plain_text(markup)


@given(st.text())
def test_a_clean_line_is_stable(text):
    assert clean_line(clean_line(text)) == clean_line(text)
