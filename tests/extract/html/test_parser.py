"""Markup is read as HTML requires: void elements, what follows the document's end, elements nested deep."""

import pytest

from ingestd.extract.html.clean import clean_html, parse_fragment
from ingestd.extract.html.parser import markup_for_parser, parse_html
from ingestd.extract.html.tree import raw_text
from ingestd.extract.page.document import parse_document
from tests.extract.helpers import assert_cpu_time_is_linear


def body(html):
    root = parse_fragment(html)
    assert root is not None
    return root


@pytest.mark.parametrize(
    ("html", "given"),
    [
        ("<p>a</p></body></html><p>b</p>", "<p>a</p><p>b</p>"),
        ("<p>a</BODY ><p>b</p>", "<p>a<p>b</p>"),
        ("a<wbr>b<WBR/>c<wbr >d", "a<wbr></wbr>b<WBR/></WBR>c<wbr ></wbr>d"),
        ("<embed src=x>", "<embed src=x></embed>"),
        ("<embed a='b>c' d = \"e'>f\" g=h>i", "<embed a='b>c' d = \"e'>f\" g=h></embed>i"),
        ("<embed title=it's>a'>b", "<embed title=it's></embed>a'>b"),
        ("<source a==><track b=>", "<source a==></source><track b=></track>"),
        ("<embedded>a<embed", "<embedded>a<embed"),
        ("<br><img src=x><param name=y>", "<br><img src=x><param name=y>"),
        ("\ud800", "?"),
    ],
)
def test_markup_that_libxml2_reads_as_html_requires(html, given):
    assert markup_for_parser(html).decode() == given


@pytest.mark.parametrize("tag", ["embed", "source", "track", "wbr", "bgsound", "keygen", "br", "img", "param", "input"])
def test_what_follows_a_void_element_is_not_inside_of_it(tag):
    root = body(f"<div>a<{tag}>b<i>c</i></div>d")
    [element] = root.iter(tag)
    assert len(element) == 0
    assert not element.text
    assert element.tail == "b"


@pytest.mark.parametrize("start", ["<wbr ", "<embed '", '<embed a="', "<embed a='", "<embed a=", "<embed ="])
def test_unclosed_tags_take_linear_time(start):
    assert_cpu_time_is_linear(lambda size: markup_for_parser(start * (size // len(start))), 100_000)


NESTED = [
    *("<div>", "<blockquote>", "<ul><li>", "<table><tr><td>", "<dl><dd>", "<unknown>", "<a href=x><div>", "<fieldset>"),
    *("<b>", "<span class='a>b'>", "<font color=red>", "<SPAN STYLE=x>", "<p><b>", "<a href=x>", "<h2><div>"),
    "<i>a</i><u>",
]


@pytest.mark.parametrize("tag", NESTED)
@pytest.mark.parametrize("count", [255, 300, 3000])
def test_text_in_elements_that_are_nested_deep_is_kept(tag, count):
    html = tag * count + "deep" + "<p>after <i>it</i><br><img src=/i.png></p>"
    document = parse_document(f"<html><head><title>t</title></head><body>{html}", "http://x.org/").root
    assert document.findtext(".//title") == "t"
    for root in (body(html), document):
        assert "deep" in raw_text(root)
        assert raw_text(root).endswith("after it")
        assert len(list(root.iter("img"))) == 1


def test_formatting_alone_goes_where_it_is_nested_deep():
    html = "".join(f"<font>line {number}<br>" for number in range(400)) + "<ul><li><a href=/x>b</a></li></ul>"
    written = clean_html(html, "https://x.org/")
    assert written.startswith("<p>line 0<br>line 1<br>")
    assert written.endswith('<br>line 399</p><ul><li><a href="https://x.org/x" rel="noopener">b</a></li></ul>')


def test_words_are_not_parted_where_formatting_goes():
    assert clean_html("<b>" * 300 + "one w<i>or</i>d") == "<p>one word</p>"


def test_what_is_nested_less_deep_keeps_its_formatting():
    assert clean_html("<div>" * 200 + "a <b>b</b>") == "<p>a b</p>"
    assert clean_html("<div>" * 60 + "a <b>b</b>") == "<p>a <b>b</b></p>"


def test_nothing_is_no_tree():
    assert parse_html(b"") is None


@pytest.mark.parametrize("tag", ["<div>", "<b>", "<a href=x><div>", "<x "])
def test_elements_nested_deep_take_linear_time(tag):
    assert_cpu_time_is_linear(lambda size: body("x" + tag * (size // len(tag))), 50_000)
