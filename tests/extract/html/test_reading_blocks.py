"""Articles as blocks of text to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.extract.html.clean import clean_html
from ingestd.extract.html.reading_blocks import Block, BlockKind, ReadableArticle, readable_article
from ingestd.text.plain_text import plain_text


def text(content: str, first: str = "", rest: str = "", *, tight: bool = False) -> Block:
    return Block(TEXT, content, first, rest, tight=tight)


HEADING, TEXT, CODE, TABLE, RULE = BlockKind


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("", []),
        ("<p> </p>", []),
        ("plain", [text("plain")]),
        ("<p>one\n  <b>two</b> three</p><p>四</p>", [text("one two three"), text("四")]),
        ("<p>a<br>b</p>", [text("a\nb")]),
        ("<h2>A <em>b</em></h2>", [Block(HEADING, "A b", level=2)]),
        ("<h6>A</h6>", [Block(HEADING, "A", level=6)]),
        ("<ul><li>a</li><li>b</li></ul>", [text("a", "• ", "  "), text("b", "• ", "  ", tight=True)]),
        ('<ol start="9"><li>a</li><li>b</li></ol>', [text("a", "9. ", "   "), text("b", "10. ", "    ", tight=True)]),
        (
            "<ul><li>a<ul><li>b</li></ul></li></ul><p>c</p>",
            [text("a", "• ", "  "), text("b", "  ◦ ", "    ", tight=True), text("c")],
        ),
        ("<ul><li><ul><li>b</li></ul></li></ul>", [text("b", "• ◦ ", "    ")]),
        ("<ul><li><p>a</p><p>b</p></li></ul>", [text("a", "• ", "  "), text("b", "  ", "  ")]),
        ("<blockquote><p>a</p><p>b</p></blockquote>", [text("a", "> ", "> "), text("b", "> ", "> ")]),
        ("<blockquote><ul><li>a</li></ul></blockquote>", [text("a", "> • ", ">   ")]),
        ("<dl><dt>a</dt><dd>b</dd></dl>", [text("a"), text("b", "    ", "    ", tight=True)]),
        ("<pre>a\n\tb  c\n</pre>", [Block(CODE, "a\n    b  c")]),
        ("<pre><code>a &lt;b&gt;</code></pre>", [Block(CODE, "a <b>")]),
        ("<p>a</p><hr><p>b</p>", [text("a"), Block(RULE), text("b")]),
        (
            "<table><tr><th>a</th><th>b</th></tr><tr><td><p>c</p><p>d</p></td></tr></table>",
            [Block(TABLE, rows=(("a", "b"), ("c d", "")))],
        ),
        (
            "<table><caption>A</caption><tr><td>b</td><td>c</td></tr></table>",
            [text("A"), Block(TABLE, tight=True, rows=(("b", "c"),))],
        ),
        (
            "<table><tr><td>a<table><tr><td>b</td><td>c</td></tr></table></td></tr></table>",
            [text("a"), Block(TABLE, rows=(("b", "c"),))],
        ),
        ("<table><tr><td></td></tr></table>", []),
        ("<p>10<sup>6</sup> H<sub>2</sub>O <ruby>漢<rt>かん</rt></ruby></p>", [text("10^6 H2O 漢(かん)")]),
        ("<p><q>a</q> <del>b</del> <code>c</code></p>", [text("“a” ~~b~~ `c`")]),
        ("<p>a<script>alert(1)</script><style>x</style></p>", [text("a")]),
        ("<ul><li>a", [text("a", "• ", "  ")]),
    ],
)
def test_blocks(html, blocks):
    assert readable_article(html).blocks == tuple(blocks)


@pytest.mark.parametrize(
    ("html", "shown", "links"),
    [
        ('<p><a href="https://a.example/1">one</a> two</p>', "one‹1› two", ("https://a.example/1",)),
        ('<p><a href="/1">one</a></p>', "one‹1›", ("https://b.example/1",)),
        ('<p><a href="https://a.example/1">https://a.example/1</a></p>', "https://a.example/1", ()),
        (
            '<p><a href="https://a.example/1">a</a> <a href="https://a.example/2">b</a>'
            ' <a href="https://a.example/1">c</a></p>',
            "a‹1› b‹2› c‹1›",
            ("https://a.example/1", "https://a.example/2"),
        ),
        ('<p><a href="javascript:alert(1)">a</a></p>', "a", ()),
        ('<p id="x">b <a href="#x">a</a></p>', "b a", ()),
        (
            '<p><img src="https://a.example/1.png" alt="A  ferry"></p>',
            "[image: A ferry]‹1›",
            ("https://a.example/1.png",),
        ),
        ('<p>a<img src="https://a.example/1.png"></p>', "a[image]‹1›", ("https://a.example/1.png",)),
    ],
)
def test_links_and_images_are_numbered(html, shown, links):
    article = readable_article(html, "https://b.example/")
    assert ([block.text for block in article.blocks], article.links) == ([shown], links)


def test_caption_follows_its_image():
    html = '<figure><img src="https://a.example/1.png" alt="A"><figcaption>B</figcaption></figure>'
    assert [(block.text, block.tight) for block in readable_article(html).blocks] == [
        ("[image: A]‹1›", False),
        ("B", True),
    ]


def shown_text(article: ReadableArticle) -> str:
    return "".join(block.text + "".join(cell for row in block.rows for cell in row) for block in article.blocks)


@pytest.mark.parametrize("tag", ["blockquote", "ul><li", "div", "table><tr><td", "dl><dd", "b"])
def test_deep_nesting(tag):
    article = readable_article(f"<{tag}>" * 3_000 + "deep")
    assert "deep" in "".join(
        block.text + "".join(cell for row in block.rows for cell in row) for block in article.blocks
    )
    assert all(len(block.rest) <= 40 for block in article.blocks)


@pytest.mark.parametrize(
    "html", ["</td></li></ol></blockquote></table></pre>a", '<ol start="9999999999999999999"><li>a']
)
def test_odd_markup(html):
    assert [block.text for block in readable_article(html).blocks] == ["a"]


_PIECES = (
    "<p> </p> <ul> <li> </li> </ul> <table> <tr> <td> </td> </table> <pre> </pre> <br> <h2> </h2> <q> word 渡轮"
    " <blockquote> </blockquote> <caption> <a> </a> <dd> <sup> </sup> <hr>"
)


@given(st.lists(st.sampled_from(_PIECES.split()), max_size=30))
def test_no_word_is_lost(parts):
    html = " ".join(parts)
    article = readable_article(html)
    shown = shown_text(article)
    for word in ("word", "渡轮"):
        assert shown.count(word) == plain_text(clean_html(html)).count(word)


def test_an_empty_article():
    assert readable_article("") == ReadableArticle((), ())
