# ruff: noqa: E501  pages and what comes out of them stand on one line each
"""Simple markup is cleaned without a tree, with the same result."""

import pytest

from ingestd.extract.article import feed_articles
from ingestd.extract.html.clean import clean_by_tree, clean_html
from ingestd.extract.html.safe_subset import clean_safe_subset
from ingestd.model.feed import Entry
from ingestd.text.plain_text import plain_text
from tests.extract.fragments import fragment
from tests.extract.helpers import assert_cpu_time_is_linear

BASE = "https://example.org/a/b.html"

SIMPLE = [
    ("", ""),
    (" \n\u3000", ""),
    ("One", "<p>One</p>"),
    ('<p class="lead">One <b>two</b></p>\n<p>Three</p>', "<p>One <b>two</b></p><p>Three</p>"),
    ("<p>　　第一段。</p><p>&nbsp;</p>", "<p>第一段。</p>"),
    ("<p>It&#8217;s 5 &gt; 4 &amp;&nbsp;so on</p>", "<p>It’s 5 &gt; 4 &amp;&nbsp;so on</p>"),
    ("One<br />two<br><br/>three", "<p>One<br>two</p><p>three</p>"),
    ('<a href="../c?d=1&amp;e=2" target="_blank">x</a>', '<p><a href="https://example.org/c?d=1&amp;e=2" rel="noopener">x</a></p>'),
    ('<a name="x">x</a>', "<p>x</p>"),
    ('<figure><img src="/i.jpg" alt="it\'s &quot;x&quot;" width="640"/><figcaption>Cap <i>tion</i></figcaption></figure>',
     '<figure><img src="https://example.org/i.jpg" alt="it\'s &quot;x&quot;"><figcaption>Cap <i>tion</i></figcaption></figure>'),
    ('<img src="data:image/gif;base64,AA" data-src="https://x.org/i.jpg">', '<p><img src="https://x.org/i.jpg"></p>'),
    ('<p>x<img src="https://x.org/p.gif" width="1" height="1"></p>', "<p>x</p>"),
    ('<ol start="3"><li>a<ul><li><p>b</p></li></ul></li>\n<li></li></ol>', '<ol start="3"><li>a<ul><li>b</li></ul></li></ol>'),
    ("<div><h2>a</h2>b<hr>c</div><blockquote>d</blockquote>", "<h2>a</h2><p>b</p><hr><p>c</p><blockquote><p>d</p></blockquote>"),
    ("<p><b><i></i></b><span></span></p>", ""),
]  # fmt: skip

NOT_SIMPLE = [
    "<p>a<p>b</p>",
    "<p>a",
    "a</p>",
    "<p><b>a</p></b>",
    "<P>a</P>",
    "<p/>a",
    "<p>a<div>b</div></p>",
    "<b><p>a</p></b>",
    '<a href="https://x.org/">a<a href="https://x.org/">b</a></a>',
    "<ul>a<li>b</li></ul>",
    "<ul><br></ul>",
    "<li>a</li>",
    "<figcaption>a</figcaption>",
    "<p>a &copy b</p>",
    "<p>a & b</p>",
    "<p>a &#128; &#x4e2d;</p>",
    "<p>a &#8203;</p>",
    "<p>a &#0128;</p>",
    "<p>a\x00\u200b</p>",
    "<p>1 < 2</p>",
    "<p class=x>a</p>",
    "<p onclick='x'>a</p>",
    '<p title="a>b">a</p>',
    "<!-- a --><p>b</p>",
    "<![CDATA[a]]>",
    "<script>a</script>",
    "<table><tr><td>a</td></tr></table>",
    "<pre>a\nb</pre>",
    '<a href="javascript:alert(1)" href="https://x.org/">a</a>',
    '<a href="https://x.org/a\'onclick=alert(1)">a</a>',
    '<a href="https://xn--a/">a</a>',
    '<a href="https://1.2.3.456/">a</a>',
    '<img src="https://u:p@x.org/i.jpg">',
    '<img src="https://x.org/i.jpg" alt="😀" class="emoji">',
    "<span>" * 60 + "a" + "</span>" * 60,
]


@pytest.mark.parametrize(("html", "expected"), SIMPLE)
def test_usual_markup_is_in_the_safe_subset(html, expected):
    assert clean_safe_subset(html, BASE) == expected == clean_by_tree(html, BASE)


@pytest.mark.parametrize("html", NOT_SIMPLE)
def test_ambiguous_markup_is_not_in_the_safe_subset(html):
    assert clean_safe_subset(html, BASE) is None
    assert clean_html(html, BASE) == clean_by_tree(html, BASE)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 12_000, 3000))
def test_safe_subset_and_parser_give_equal_html(start):
    simple = 0
    for seed in range(start, start + 3000):
        html, base = fragment(seed), BASE if seed % 3 else None
        short = clean_safe_subset(html, base)
        if short is not None:
            assert short == clean_by_tree(html, base), (seed, html)
            text = feed_articles([Entry(content=html, base_url=base)])[0].text
            expected = plain_text(short)
            assert text == expected or len(expected) < 2, (seed, html)
            simple += bool(short)
    assert simple > 600  # else this would say nothing


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", ["<b>", "<b></b>", "<p>x&nbsp;<br></p>", "&nbsp;", "<ul><li>", '<p class="', "&amp;", "<br>x<br>"]
)
def test_the_time_is_linear_in_the_length_of_the_markup(part):
    def run(length):
        clean_safe_subset("x" + part * (length // len(part) - 1), BASE)

    assert_cpu_time_is_linear(run, 50_000)
