"""Markup of pages reduced in place: code without line numbers, captions in figures, headings without permalinks."""

import pytest
from lxml import etree

from ingestd.extract.html.clean import parse_fragment
from ingestd.extract.html.simplify import remove_player_fallbacks, simplify_tree


def simplified(html: str, change=simplify_tree) -> str:
    root = parse_fragment(html)
    assert root is not None
    change(root)
    written = etree.tostring(root, encoding="unicode", method="html").replace("</source>", "")
    return written.removeprefix("<body>").removesuffix("</body>")


LONG = "word " * 51
NUMBERS = '<td class="gutter"><pre>1\n2</pre></td>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a</p>", "<p>a</p>"),
        ("<tt>a</tt><strike>b</strike><acronym>c</acronym>", "<code>a</code><s>b</s><abbr>c</abbr>"),
        # a form around a page, and one to search
        (f"<form>{LONG}</form>", f"<div>{LONG}</div>"),
        ("<form>search</form>", "<form>search</form>"),
        # players
        ('<object data="/a.swf"><p>no player</p></object>b', '<iframe data="/a.swf" src="/a.swf"></iframe>b'),
        ("<object><param name=MOVIE value=/a.swf></object>", '<iframe src="/a.swf"></iframe>'),
        ("<object><param name=wmode value=x><embed src=/b.swf></object>", '<iframe src="/b.swf"></iframe>'),
        ("<object>no player</object>", "<iframe></iframe>"),
        # headings
        ("<h2>a<a class=headerlink href='#a'>¶</a></h2>", "<h2>a</h2>"),
        ("<h2><a class=anchor href='#a'></a>a</h2>", "<h2>a</h2>"),
        ("<h2><a href='/x'>#</a>a</h2>", '<h2><a href="/x">#</a>a</h2>'),
        ("<h2><a href='#a'>a title</a></h2>", '<h2><a href="#a">a title</a></h2>'),
        ("<p><a class=anchor href='#a'>#</a></p>", '<p><a class="anchor" href="#a">#</a></p>'),
        # icons of a font
        ("<i>\ue001</i><b> \uf101\uf102 </b><i>\ue001\ue002\ue003</i>", "<i></i><b></b><i>\ue001\ue002\ue003</i>"),
        # items outside of a list
        ("<div><li>a</li><li>b</li></div>", "<div><ul><li>a</li><li>b</li></ul></div>"),
        ("<div><li>a</li>text<li>b</li></div>", "<div><ul><li>a</li></ul>text<ul><li>b</li></ul></div>"),
        ("<ol><li>a</li></ol>", "<ol><li>a</li></ol>"),
    ],
)
def test_elements(html, expected):
    assert simplified(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<pre><span class="lineno">1 </span>a\n<span class="lineno">2 </span>b</pre>', "<pre>a\nb</pre>"),
        ('<pre><span class="lineno">one</span>a</pre>', '<pre><span class="lineno">one</span>a</pre>'),
        ('<pre><span class="k">1</span></pre>', '<pre><span class="k">1</span></pre>'),
        # a table of numbers and code: in one row, and a row for each line
        (f'<table class="highlight"><tr>{NUMBERS}<td><pre>a\nb</pre></td></tr></table>', "<div><pre>a\nb</pre></div>"),
        (
            '<table class="blob"><tr><td>1</td><td>a</td></tr><tr><td>2</td><td>b</td></tr></table>',
            '<pre class="blob">a\nb</pre>',
        ),
        ('<figure class="highlight"><pre>a</pre></figure>', '<div class="highlight"><pre>a</pre></div>'),
        (
            '<figure class="highlight"><pre>a</pre><figcaption>b</figcaption></figure>',
            '<figure class="highlight"><pre>a</pre><figcaption>b</figcaption></figure>',
        ),
    ],
)
def test_code_has_no_line_numbers(html, expected):
    found = simplified(html)
    assert found.replace(' class="highlight"', "") == expected.replace(' class="highlight"', "")


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>1</td><td>a</td></tr><tr><td>2</td><td>b</td></tr></table>",
        '<table class="code"><tr><td>one</td><td>a</td></tr><tr><td>2</td><td>b</td></tr></table>',
        '<table class="code"><tr><td>1</td><td>a</td><td>b</td></tr><tr><td>2</td><td>b</td><td>c</td></tr></table>',
        '<table class="code"><tr><td>1</td><td>a</td></tr></table>',
    ],
)
def test_a_table_of_data_stays(html):
    assert simplified(html) == html


def test_the_footer_of_a_table_comes_last():
    html = "<table><tfoot><tr><td>sum</td></tr></tfoot><tbody><tr><td>1</td></tr></tbody></table>"
    found = simplified(html)
    assert found.index("1") < found.index("sum")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<div class="wp-caption"><img src="a"><p class="wp-caption-text">b</p></div>',
            '<figure class="wp-caption"><img src="a"><figcaption class="wp-caption-text">b</figcaption></figure>',
        ),
        ('<div class="wp-caption"><p class="wp-caption-text">b</p></div>', None),
        ('<div class="wp-caption"><img src="a"><p>b</p></div>', None),
        ('<div class="wp-captions"><img src="a"><p class="wp-caption-text">b</p></div>', None),
    ],
)
def test_the_caption_box_of_old_wordpress_is_a_figure(html, expected):
    assert simplified(html) == (html if expected is None else expected)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<video src=/a>Your browser does not …<p>x</p></video>b", '<video src="/a" title="▶"></video>b'),
        (
            "<audio><source src=/a>fallback</audio>b",
            '<audio title="▶"><source src="/a"></audio>b',
        ),
        (
            "<object><param name=movie value=/a>text<p>x</p></object>",
            '<object title="▶"><param name="movie" value="/a"></object>',
        ),
        ("<iframe src=/a title='YouTube video player'></iframe>", '<iframe src="/a" title="▶"></iframe>'),
    ],
)
def test_players_have_no_fallback_text(html, expected):
    assert simplified(html, remove_player_fallbacks) == expected
