"""The link line is one link to the post's URL, with the post's title as text, for any title and URL."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from ingestd.archive.jekyll import post_file
from ingestd.archive.jekyll.link_line import link_destination, link_line, link_text, unescape_link_text
from ingestd.archive.jekyll.liquid import has_liquid
from ingestd.extract.html.tree import text_of
from tests.archive.examples import NOW, POST
from tests.extract.helpers import assert_cpu_time_is_linear

URL = "https://a.example/1"

#: Whole titles that break out of a link line which escapes nothing.
HOSTILE_TITLES = [
    "](javascript:alert(1)) [",
    "](javascript:alert(1) '",
    "a](data:text/html,x) ![y](http://count.example/p.gif) [b",
    "![y](http://count.example/p.gif)",
    "!",
    "[x]: javascript:alert(1)",
    "]: javascript:alert(1)",
    "]",
    "[",
    "[]",
    "[[a]]",
    "a\\",
    "\\](x) [",
    "`](javascript:alert(1))`",
    "``` a",
    "*a* **b** _c_ __d__ ~~e~~",
    "* * *",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<javascript:alert(1)>",
    "<3@a.example>",
    "</h2><script>",
    "<!-- a -->",
    "<?x ?>",
    "<![CDATA[x]]>",
    "&lt;script&gt;",
    "&#91;a&#93;(b)",
    "&#x5b;&lbrack;&amp;amp;",
    "AT&T; R&D",
    "^1",
    "^1]: a",
    "a | b",
    "|a|b|",
    "$$x^2$$",
    "$1 and $$2",
    "{::comment} {:.a} {{ site }} {% raw %}",
    "&#123;{ a }}",
    "a {: onclick='alert(1)'}",
    "第一行\n第二行\n======",
    "\u2028[a](b)\x85",
    "a\tb\r\n- c",
]
HOSTILE_URLS = [
    "https://a.example/a)",
    "https://a.example/a) ![y](http://count.example/p.gif",
    "https://a.example/(",
    "https://a.example/)(",
    "https://a.example/Foo_(bar)_(baz(q))",
    "https://a.example/((((deep))))",
    "https://a.example/?a=1&copy=2&amp;b=3&lt;",
    "https://a.example/?q={{x}}&r={%y%}{:z}",
    "https://a.example/?q=a|b|c",
    "https://a.example/?q=a\\",
    "https://a.example/?q=\\)",
    "https://a.example/?q=`a`*b*_c_[d]~~e~~$$f$$",
    "https://a.example/a 'title'",
    'https://a.example/a "title"',
    "https://a.example/a(title)",
    "https://a.example/<b>",
    "https://[::1]/a",
    "https://a.example/#a[b](c)",
]
_PARTS = ["](", ")", "(", "[", "]", "!", "![", "\\", "`", "*", "_", "<", ">", "&", "&lt;", "&#93;", "~", "|", "$", "^"]
_PARTS += [
    "{",
    "}",
    "{:",
    '"',
    "'",
    " ",
    "\n",
    "javascript:alert(1)",
    "http://a.example",
    "a",
    "中",
    "-",
    "=",
    "#",
    ":",
]
titles = st.lists(st.sampled_from(_PARTS) | st.characters(codec="utf-8"), max_size=12).map("".join)
urls = st.lists(st.sampled_from([part for part in _PARTS if part != "\n"]), max_size=8).map(
    lambda parts: "https://a.example/" + "".join(parts).strip()
)
PARSERS = {
    "commonmark": MarkdownIt("commonmark"),
    "tables and struck text": MarkdownIt("commonmark").enable(["table", "strikethrough"]),
}
for parser in PARSERS.values():
    # The destination as it was read, to compare it with the URL.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]


def shown(title: str) -> str:
    """What a browser shows of a title: on one line, white space collapsed."""
    return " ".join(re.sub("[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", title).split())


def assert_is_one_link(page: str, title: str, url: str) -> None:
    tree = lxml_html.fromstring(f"<main>{page}</main>")
    names = [str(element.tag) for element in tree.iterdescendants() if isinstance(element.tag, str)]
    assert sorted(names) == ["a", "div", "h2", "p"], page
    (link,) = tree.iter("a")
    assert link.items() == [("href", url)]
    assert text_of(link) == shown(title)
    assert text_of(tree) == f"{shown(title)} B".strip()


def file_body(title: str, url: str) -> str:
    """A file below its front matter, as Markdown."""
    made = post_file.render(replace(POST, title=title, from_url=url, content="<p>B</p>"))
    return made.decode().split("\n---\n", 1)[1]


@pytest.mark.parametrize("parser", list(PARSERS))
@pytest.mark.parametrize("title", HOSTILE_TITLES)
def test_hostile_title_is_the_text_of_one_link(title, parser):
    assert_is_one_link(PARSERS[parser].render(file_body(title, URL)), title, URL)


@pytest.mark.parametrize("parser", list(PARSERS))
@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_hostile_url_is_the_destination_of_one_link(url, parser):
    assert_is_one_link(PARSERS[parser].render(file_body("标题 A", url)), "标题 A", url)


@settings(max_examples=1_000, deadline=None)
@given(titles, urls)
@example("[", "https://a.example/)")
@pytest.mark.slow
def test_any_title_and_url_are_one_link(title, url):
    for parser in PARSERS.values():
        assert_is_one_link(parser.render(file_body(title, url)), title, url)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(titles, urls)
def test_what_is_written_is_read_back_and_runs_no_liquid(title, url):
    made = post_file.render(replace(POST, title=title, from_url=url, content="<p>B</p>"))
    assert not has_liquid(link_line(title, url))
    result = post_file.read_post(made, "2021-04-18-a.md", now=NOW)
    assert (result.title, result.from_url) == (title.replace("\0", ""), url)
    assert post_file.LINK_LINE_KEY not in dict(result.extra)
    assert post_file.render(result) == made


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("  两端  ", "两端"),
        ("两\n行", "两 行"),
        ("中国期待领导人气候峰会（组图）", "中国期待领导人气候峰会（组图）"),
        ("Don't \"panic\" - it's (only) a test...", "Don't \"panic\" - it's (only) a test..."),
        ("R&D at AT&T; $5 #1 a~b {c} a^b x>y!", "R&D at AT&amp;T; $5 #1 a~b {c} a^b x>y!"),
        ("[a](b) *c* \\d", "&#91;a&#93;(b) &#42;c&#42; &#92;d"),
        ("<b> a < b", "&lt;b> a &lt; b"),
        ("{{ a }} {% b %} {::c} {d}", "&#123;{ a }} &#123;% b %} &#123;::c} {d}"),
        ("&#91; &lt; &nbsp; &x", "&amp;#91; &amp;lt; &amp;nbsp; &x"),
    ],
)
def test_only_markup_is_escaped(title, text):
    assert link_text(title) == text
    assert unescape_link_text(text) == " ".join(title.split())


@pytest.mark.parametrize("text", ["&#91;a", "*a* &#91;", "&#0; &lt", "&#999;&#38;", "&#99999999999;", "&gt;"])
def test_text_that_is_not_written_here_is_read_as_it_is(text):
    assert unescape_link_text(text) == (text if link_text("[a") != text else "[a")


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.example/Foo_(bar)?a=1&b=2#c", "https://a.example/Foo_(bar)?a=1&b=2#c"),
        ("https://a.example/a)", "https://a.example/a&#41;"),
        ("https://a.example/(a", "https://a.example/&#40;a"),
        ("https://a.example/?a&lt;b|c", "https://a.example/?a&amp;lt;b&#124;c"),
    ],
)
def test_url_in_the_link_line(url, written):
    assert link_destination(url) == written


@pytest.mark.parametrize("title", HOSTILE_TITLES)
def test_link_line_of_an_imported_file_stays_as_it_is(title):
    title = shown(title)
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    data = (
        f'---\nlayout: post\ntitle: "{quoted}"\ndate: 2021-04-18T01:45:12.653Z\nauthor: a\nfrom: {URL}\n'
        f"tags: [ a ]\ncategories: [ a ]\n---\n<!--NaN-->\n[{title}]({URL})\n------\n\n<div>\n<p>B</p>\n</div>\n"
    ).encode()
    assert post_file.render(post_file.read_post(data, "a.md", now=NOW)) == data


@pytest.mark.parametrize("part", ["&", "&#", "&a", "[", "(", "<", "~", "$", "{", "\\", "_", " "])
@pytest.mark.slow
def test_time_is_linear_in_the_length(part):
    def run(count):
        text = link_text(part * count)
        unescape_link_text(text)
        link_destination(part * count)

    assert_cpu_time_is_linear(run, 20_000)
