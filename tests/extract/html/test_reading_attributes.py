# ruff: noqa: E501  pages and what comes out of them stand on one line each
"""Attributes that matter to readers: language, direction, targets inside the article, numbers of lists, code."""

import pytest

from ingestd.extract.article import extract_article
from ingestd.extract.html.clean import clean_by_tree, clean_html
from tests.extract.helpers import PARAGRAPHS, assert_cpu_time_is_linear, page

BASE = "https://example.org/a/b.html"

KEPT = [
    ("paragraph from right to left", '<p dir="rtl">שלום</p>', '<p dir="rtl">שלום</p>'),
    ("box from right to left", '<div dir="RTL"><p>שלום</p><ul><li>א</li></ul></div>', '<p dir="rtl">שלום</p><ul dir="rtl"><li>א</li></ul>'),
    ("left to right inside", '<div dir=rtl><p>א</p><p dir=ltr>a</p></div>', '<p dir="rtl">א</p><p dir="ltr">a</p>'),
    ("left to right alone says nothing", '<div dir="ltr"><p>a</p></div>', "<p>a</p>"),
    ("language of a quotation", '<p>a <span lang="ja">漢字</span> <i lang=fr>b</i></p>', '<p>a <span lang="ja">漢字</span> <i lang="fr">b</i></p>'),
    ("language that is inherited", '<div lang="de"><p lang="de">a <i lang="de">b</i></p></div>', '<p lang="de">a <i>b</i></p>'),
    ("language and direction of text alone", '<div lang=ar dir=rtl>مرحبا</div>', '<p lang="ar" dir="rtl">مرحبا</p>'),
    ("language that is none", '<p lang="x y" dir="up">a</p>', "<p>a</p>"),
    ("footnote", '<p>a<sup id="r1"><a href="#n1">1</a></sup></p><ol><li id="n1"><p>note <a href="#r1">↩</a></p></li></ol>',
     '<p>a<sup id="r1"><a href="#n1" rel="noopener">1</a></sup></p><ol><li id="n1">note <a href="#r1" rel="noopener">↩</a></li></ol>'),
    ("footnote by the page's address", f'<p>a<a href="{BASE}#n1">1</a></p><p id=n1>note</p>', '<p>a<a href="#n1" rel="noopener">1</a></p><p id="n1">note</p>'),
    ("id of a box", '<p><a href="#n1">1</a></p><div id=n1><p>note</p><p>more</p></div>', '<p><a href="#n1" rel="noopener">1</a></p><p id="n1">note</p><p>more</p>'),
    ("id of a box of text", '<p><a href="#n1">1</a></p><div id=n1>note</div>', '<p><a href="#n1" rel="noopener">1</a></p><p id="n1">note</p>'),
    ("named anchor", '<p><a href="#n1">1</a></p><p><a name="n1"></a>note</p>', '<p><a href="#n1" rel="noopener">1</a></p><p id="n1">note</p>'),
    ("contents", '<ul><li><a href="#teil-%C3%A4">x</a></li></ul><h2 id="teil-ä">x</h2>', '<ul><li><a href="#teil-ä" rel="noopener">x</a></li></ul><h2 id="teil-ä">x</h2>'),
    ("id without a link", '<h2 id="x">a</h2>', "<h2>a</h2>"),
    ("link without a target", '<p><a href="#x">a</a></p>', f'<p><a href="{BASE}#x" rel="noopener">a</a></p>'),
    ("target that is left out", '<p><a href="#x">a</a></p><script id=x></script>', f'<p><a href="{BASE}#x" rel="noopener">a</a></p>'),
    ("id of one link, a link of text", '<p id="x">&lt;a href="#x"&gt;</p>', '<p>&lt;a href="#x"&gt;</p>'),
    ("numbers of a list", '<ol start="5" type="i" reversed><li value="9">a</li><li value="b">b</li></ol>', '<ol start="5" type="i" reversed=""><li value="9">a</li><li>b</li></ol>'),
    ("language of code", '<pre><code class="hljs language-Python">x</code></pre>', '<pre><code class="language-python">x</code></pre>'),
    ("language of code in a box", '<div class="highlight-c++ notranslate"><div class="highlight"><pre>x</pre></div></div>', '<pre><code class="language-c++">x</code></pre>'),
    ("language of code of older scripts", '<pre class="brush: js; gutter: false">x</pre><pre data-lang="go">y</pre><pre class="sourceCode r"><code>z</code></pre>',
     '<pre><code class="language-js">x</code></pre><pre><code class="language-go">y</code></pre><pre><code class="language-r">z</code></pre>'),
    ("telephone", '<p>Call <a href="tel:+41441234567">us</a>.</p>', "<p>Call us (tel:+41441234567).</p>"),
    ("telephone that is shown", '<p>Call <a href="tel:+41441234567">044 123 45 67</a></p>', "<p>Call 044 123 45 67</p>"),
    ("magnet", '<p><a href="magnet:?xt=urn:btih:ab&amp;dn=x">Film</a></p>', "<p>Film (magnet:?xt=urn:btih:ab&amp;dn=x)</p>"),
    ("mail", '<p><a href="mailto:a@b.example">Write</a></p>', '<p><a href="mailto:a@b.example" rel="noopener">Write</a></p>'),
    ("script as a target", '<p><a href="javascript:alert(1)">a</a></p>', "<p>a</p>"),
]  # fmt: skip


@pytest.mark.parametrize(("_name", "html", "expected"), KEPT, ids=[case[0] for case in KEPT])
def test_what_matters_to_readers_is_kept(_name, html, expected):
    assert clean_html(html, BASE) == clean_by_tree(html, BASE) == expected
    assert clean_html(expected, BASE) == expected


def test_an_article_of_a_page_from_right_to_left_says_so():
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    article = extract_article(None, page(f'<html dir="rtl"><title>T</title><div class=content>{body}</div></html>'))
    assert article.html.startswith(f'<p dir="rtl">{PARAGRAPHS[0]}</p>')


@pytest.mark.parametrize(
    "part", ['<a href="#n1">1</a>', '<p id="n1">x</p>', '<span lang="ja">x</span>', '<b dir="rtl">']
)
def test_the_time_is_linear(part):
    assert_cpu_time_is_linear(
        lambda size: clean_by_tree('<a href="#n1">1</a>' + part * (size // len(part)), BASE), 40_000
    )
