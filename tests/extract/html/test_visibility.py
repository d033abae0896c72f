"""Hidden elements and pixels: left out of feeds, of pages, and of articles under a rule in the same way."""

import pytest

from ingestd.extract.article import extract_article, feed_article
from ingestd.extract.html.clean import clean_by_tree, clean_html, parse_fragment
from ingestd.extract.html.visibility import is_hidden, remove_hidden
from ingestd.model.feed import Entry
from ingestd.model.source import SiteRule
from tests.extract.helpers import PARAGRAPHS, SAETZE, assert_cpu_time_is_linear, page

URL = "https://news.example.org/2024/05/story.html"
TEXT = "".join(f"<p>{line}</p>" for line in PARAGRAPHS)

HIDDEN = [
    '<p style="display:none">Unseen.</p>',
    '<p style="color: red; display : none !important">Unseen.</p>',
    "<div style='DISPLAY:NONE'><p>Unseen.</p></div>",
    '<div style="visibility:hidden">Unseen.</div>',
    '<span style="visibility: collapse">Unseen.</span>',
    "<p hidden>Unseen.</p>",
    '<p hidden="">Unseen.</p>',
    '<p hidden="false">Unseen.</p>',
    '<a href="https://x.example/" hidden="hidden">Unseen.</a>',
    '<table style="display:none"><tr><td>Unseen.</td></tr></table>',
    '<p style="display:&#110;one">Unseen.</p>',
    '<div style="position:absolute; left:-9999px"><a href="https://pills.example/">Unseen.</a></div>',
    '<p style="overflow:hidden;top : -10000.5px;POSITION: fixed">Unseen.</p>',
    '<img src="https://count.example/unseen" style="display:none">',
    '<img src="https://count.example/unseen" style="display:none" alt="">',
    '<img src="https://count.example/unseen" hidden>',
    '<img src="https://count.example/unseen" width="1" height="1">',
    '<img src="https://count.example/unseen" width="0">',
    '<img src="https://count.example/unseen" style="height:1px !important; width:1px">',
    '<img src="https://count.example/unseen" style="width: 0 ! important">',
    '<div style="display:none"><img src="https://count.example/unseen"></div>',
    '<noscript><img src="https://count.example/unseen" style="display:none" height="1" width="1"></noscript>',
]
SHOWN = [
    '<p style="display:block">Seen.</p>',
    '<p style="backface-visibility:hidden">Seen.</p>',
    '<p style="-webkit-backface-visibility: hidden">Seen.</p>',
    '<p style="overflow:hidden">Seen.</p>',
    '<p style="display:nonexistent">Seen.</p>',
    '<p style="position:absolute;left:-20px">Seen.</p>',
    '<p style="margin-left:-9999px;position:absolute">Seen.</p>',
    '<p style="left:-9999px">Seen.</p>',
    '<h2 style="text-indent:-9999px">Seen.</h2>',
    '<p style="opacity:0">Seen.</p>',
    '<p aria-hidden="true">Seen.</p>',
    '<p hidden="until-found">Seen.</p>',
    '<p title="hidden=">Seen.</p>',
    '<img src="https://img.example/Seen." style="display:block">',
    '<img data-src="https://img.example/Seen." style="display:none">',
    '<img data-original="https://img.example/Seen." src="data:image/gif;base64,R0" style="visibility:hidden">',
]


def of_feed(html):
    return feed_article(Entry(link=URL, content=html)).html


def of_page(html):
    return extract_article(None, page(f"<article>{html}</article>", URL)).html


def of_rule(html):
    return extract_article(None, page(f"<article>{html}</article>", URL), source_rule=SiteRule(select="article")).html


@pytest.mark.parametrize("read", [of_feed, of_page, of_rule])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_elements_and_pixels_are_left_out(read, hidden):
    assert read(TEXT + hidden + TEXT.replace("The", "A")) == read(TEXT + TEXT.replace("The", "A"))


@pytest.mark.parametrize("read", [of_feed, of_page, of_rule])
@pytest.mark.parametrize("shown", SHOWN)
def test_shown_elements_stay(read, shown):
    assert "Seen." in read(TEXT + shown + TEXT)


@pytest.mark.parametrize("html", [*HIDDEN, *SHOWN, *(f"<p>a {part} b</p>" for part in HIDDEN)])
def test_both_cleaners_agree(html):
    html = f"<p>text</p>{html}<p>more</p>"
    assert clean_html(html, URL) == clean_by_tree(html, URL)


def test_the_text_after_a_hidden_element_stays():
    assert of_feed('<p>one <span style="display:none">two</span>three</p>') == "<p>one three</p>"


@pytest.mark.parametrize("sentences", [PARAGRAPHS, SAETZE])
@pytest.mark.parametrize("read", [of_feed, of_page, of_rule])
def test_an_article_that_a_script_shows_stays_but_not_what_is_hidden_in_it(read, sentences):
    text = "".join(f"<p>{line}</p>" for line in sentences * 2)
    html = f'<div style="visibility:hidden; opacity:0">{text}<p style="display:none">Unseen.</p></div><p>A note.</p>'
    found = read(html)
    assert sentences[0] in found
    assert sentences[-1] in found
    assert "Unseen." not in found


@pytest.mark.parametrize(
    "html", ["<p hidden>All there is.</p>", '<div style="display:none"><p>All there is.</p></div>']
)
def test_a_text_that_is_hidden_as_a_whole_stays(html):
    assert of_feed(html) == "<p>All there is.</p>"


def test_the_element_that_a_rule_selects_is_the_article_also_where_it_is_hidden():
    html = '<p>Elsewhere on the page.</p><div class="a" hidden>Short.</div><div class="a"><p>The rest of it.</p></div>'
    found = extract_article(None, page(html, URL), source_rule=SiteRule(select=".a"))
    assert found.html == "<p>Short.</p><p>The rest of it.</p>"


def test_hidden_text_beside_a_picture_is_left_out():
    assert of_feed('<p><img src="https://x.example/a.jpg"></p><p hidden>x</p>') == (
        '<p><img src="https://x.example/a.jpg"></p>'
    )


def test_is_hidden_by_attributes():
    assert is_hidden("p", {"hidden": ""})
    assert not is_hidden("p", {"style": ""})
    assert not is_hidden("img", {"hidden": "", "data-src": "https://x.example/a.jpg"})
    assert is_hidden("p", {"hidden": "", "data-src": "x"})


@pytest.mark.process
def test_time_is_linear_in_nested_hidden_elements():
    def run(size):
        root = parse_fragment("<p>x</p>" + ("<div hidden>" * 100 + "text " * 50 + "</div>" * 100) * size)
        assert root is not None
        remove_hidden(root)

    assert_cpu_time_is_linear(run, 400)
