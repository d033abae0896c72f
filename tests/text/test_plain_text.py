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
    ("markup", "text"),
    [
        ("since 1911<sup>1</sup> he", "since 1911[1] he"),
        ("word<sup><a href='#n2'>2</a></sup>.", "word[2]."),
        ("word<a href='#n2'><sup>2</sup></a>.", "word[2]."),
        ("said.<sup>1, 2</sup> Then", "said.[1, 2] Then"),
        ("word<sup>[3]</sup>", "word[3]"),
        ("measured<sup>a</sup>", "measured[a]"),
        ("a<sup>1</sup><sup>2</sup>", "a[1][2]"),
        ("人口<sup>3</sup>。", "人口[3]。"),
        ("(he said so)<sup>4</sup>", "(he said so)[4]"),
        ("(2019)<sup>5</sup>", "(2019)[5]"),
        ("10<sup><a href='#n6'>6</a></sup>", "10[6]"),
        ("<p>text</p><p><sup>1</sup> A note.</p>", "text\n[1] A note."),
        ("10<sup>6</sup> m", "10^6 m"),
        ("1.5 × 10<sup>&minus;3</sup>", "1.5 × 10^−3"),
        ("110<sup>6</sup>", "110[6]"),
        ("x<sup>2</sup> + 2y<sup>n</sup>", "x^2 + 2y^n"),
        ("E = mc<sup>2</sup>, πr<sup>2</sup>", "E = mc^2, πr^2"),
        ("5 km<sup>2</sup>, 100平方公里<sup>2</sup>", "5 km^2, 100平方公里^2"),
        ("kg m<sup>-3</sup>", "kg m^-3"),
        ("(a + b)<sup>2</sup>", "(a + b)^2"),
        ("e<sup>kt</sup>, 2<sup>n+1</sup>", "e^(kt), 2^(n+1)"),
        ("Ca<sup>2+</sup>", "Ca^2+"),
        ("<sup>14</sup>C dating", "14C dating"),
        ("2<sup>64</sup> against 2<sup>3</sup>", "2^64 against 2[3]"),
        ("1<sup>st</sup>, 2<sup>e</sup>, XIX<sup>e</sup>, M<sup>me</sup>", "1st, 2e, XIXe, Mme"),
        ("Acme<SUP>TM</SUP> 1911<SUP>1</SUP>", "AcmeTM 1911[1]"),
        ("H<sub>2</sub>O", "H2O"),
        ("never <sup>closed 1", "never closed 1"),
        ("b<sup>", "b"),
        ("x\x01y\x02z<sup>2</sup>", "xyz[2]"),
    ],
)
def test_powers_and_footnote_marks_stand_apart_from_what_they_are_raised_over(markup, text):
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>です", "漢字(かんじ)です"),
        ("<ruby>漢字<rt>かんじ</rt></ruby>です", "漢字(かんじ)です"),
        ("<ruby>漢<rt>kan</rt>字<rt>ji</rt></ruby>", "漢(kan)字(ji)"),
        ("<ruby><rb>漢</rb><rp>（<rt> kan <rp>）</ruby>x", "漢(kan)x"),
        ("<ruby>漢<rt></rt></ruby>x", "漢x"),
    ],
)
def test_ruby_stands_in_brackets_once(markup, text):
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("un\xadhappy", "unhappy"),
        ("<b>un&shy;</b>happy", "unhappy"),
        ("a&#8203;b\u2060c\ufeffd<wbr>e", "abcde"),
        ("क्\u200dष می\u200cخواهم", "क्\u200dष می\u200cخواهم"),
    ],
)
def test_marks_of_possible_breaks_are_removed_and_joiners_stay(markup, text):
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
        ("10<sup>6</sup> and H<sub>2</sub>O on the 1<sup>st</sup>", "10^6 and H2O on the 1st"),
        ("word<sup><a href='#1'>1</a></sup>, 10<sup>6 without end", "word[1], 10<sup>6 without end"),
        ("<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>", "漢字(かんじ)"),
        ("10\x016\x02 <b>is</b> \x04x", "106 is x"),
    ],
)
def test_closed_and_void_tags_are_stripped(markup, text):
    assert strip_closed_tags(markup) == text


def test_entities_are_resolved_before_raised_text_is_read():
    assert strip_closed_tags("10<sup>&minus;3</sup> &lt;b&gt;", unescape=True) == "10^−3 <b>"


@pytest.mark.parametrize(
    "part",
    [
        "<",
        "<!--",
        "<a",
        '<a b="',
        "<a b='",
        "<script>",
        "</p",
        "&",
        "&#",
        "<![CDATA[",
        "<p>",
        "<?",
        "\n ",
        "<sup>",
        "a<sup>1</sup>",
        "<rt>",
        "<rp>x",
        "<sup>((((",
    ],
)
@pytest.mark.slow
def test_time_is_linear(part):
    """Processor time, which other programs do not add to: four times the length costs about four times as much."""

    def cost_s(length: int) -> float:
        started = time.process_time()
        plain_text(part * (length // len(part)))
        strip_closed_tags(part * (length // len(part)))
        return time.process_time() - started

    assert cost_s(200_000) < 10 * cost_s(50_000) + 0.2


@given(st.text(alphabet="<>/!-abpscript\"'= &;\n", max_size=200))
def test_any_markup_gives_text_without_double_spaces(markup):
    assert "  " not in plain_text(markup)


@given(st.text())
def test_a_clean_line_is_stable(text):
    assert clean_line(clean_line(text)) == clean_line(text)
