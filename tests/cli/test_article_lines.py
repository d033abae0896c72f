"""Articles as lines on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.cli.article_lines import article_lines
from ingestd.extract.html.reading_blocks import readable_article
from ingestd.text.display_width import display_width
from tests.cli.test_read_commands import add_post

TABLE = "<table><tr><th>班次</th><th>note</th></tr><tr><td>1</td><td>every day but Sunday</td></tr></table>"


def lines(html: str, width: int | None = None) -> list[str]:
    return [line for line, _ in article_lines(readable_article(html, "https://a.example/"), width)]


@pytest.mark.parametrize(
    ("html", "width", "expected"),
    [
        ("", 40, []),
        ("<p>one two</p><p>three</p>", None, ["one two", "", "three"]),
        ("<p>one two</p><p>three</p>", 5, ["one", "two", "", "three"]),
        ("<h2>A</h2><p>b</p>", None, ["## A", "", "b"]),
        ("<ul><li>one two</li><li>b</li></ul>", 7, ["• one", "  two", "• b"]),
        ("<blockquote><p>one two</p><p>b</p></blockquote>", 7, ["> one", "> two", ">", "> b"]),
        (
            "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote><p>c</p>",
            None,
            ["> a", ">", "> > b", "", "c"],
        ),
        ("<pre>one two three\n  four</pre>", 5, ["    one two three", "      four"]),
        ("<p>a</p><hr>", 40, ["a", "", "─" * 20]),
        (TABLE, None, ["班次  note", "────  ────────────────────", "1     every day but Sunday"]),
        (TABLE, 17, ["班次  note", "────  ───────────", "1     every day", "      but Sunday"]),
        (TABLE, 9, ["班次: 1", "note:", "  every", "  day but", "  Sunday"]),
        (
            '<p><a href="https://a.example/a/long/address/of/a/page">one</a> two</p>',
            10,
            ["one‹1› two", "", "‹1› https://a.example/a/long/address/of/a/page"],
        ),
        ("<p>see https://a.example/a/long/address</p>", 10, ["see", "https://a.example/a/long/address"]),
    ],
)
def test_lines(html, width, expected):
    assert lines(html, width) == expected


def test_headings_are_marked_for_their_style():
    article = readable_article("<h3>A</h3><p>b</p>")
    assert list(article_lines(article, 80)) == [("### A", True), ("", False), ("b", False)]


def test_long_lines_of_wide_terminals_are_easy_to_read():
    assert max(map(display_width, lines(f"<p>{'word ' * 100}</p>", 300))) <= 100


@pytest.mark.parametrize("char", ["\u202e", "\u009b", "\u2066", "\u200f"])
@pytest.mark.parametrize(
    "html",
    [
        "<p>a{}b</p>",
        "<pre>a{}b</pre>",
        "<h2>a{}b</h2>",
        "<table><tr><td>a{}b</td><td>c</td></tr></table>",
        '<p><a href="https://a.example/{}">a</a></p>',
        '<p><img src="https://a.example/1.png" alt="a{}b"></p>',
        "<p>a&#27;[31m&#x9b;b</p>",
    ],
)
def test_no_control_character_reaches_the_terminal(html, char):
    for width in (None, 40):
        shown = "\n".join(lines(html.format(char), width))
        assert shown
        assert not set(shown) & {char, "\x1b", "\x9b"}


@given(words=st.lists(st.sampled_from(["渡轮", "word", "，", "（", "a"]), max_size=60), width=st.integers(20, 60))
def test_no_line_of_text_is_wider_than_the_terminal(words, width):
    text = " ".join(words)
    html = f"<p>{text}</p><ul><li>{text}<ul><li>{text}</li></ul></li></ul><blockquote>{text}</blockquote>"
    assert all(display_width(line) <= width for line in lines(html, width))


HTML = '<h2>小标题</h2><p>第一段 <a href="https://b.example/2">链接</a>。</p><ul><li>一</li></ul>'


def test_posts_show_prints_the_article(two_sources):
    add_post(two_sources, 7, content=HTML, text="小标题\n第一段 链接。\n一")
    out = two_sources("posts", "show", "7").out
    assert out.endswith("\n\n## 小标题\n\n第一段 链接‹1›。\n\n• 一\n\n‹1› https://b.example/2\n")
    assert two_sources("posts", "show", "7", "--html").out.endswith(f"\n\n{HTML}\n")
    assert two_sources("posts", "show", "7", "--json").json["text"] == "小标题\n第一段 链接。\n一"


def test_posts_show_with_a_width(two_sources):
    add_post(two_sources, 7, content=f"<p>{'渡轮' * 20}</p>")
    assert two_sources("posts", "show", "7", "--width", "40").out.endswith(f"\n\n{'渡轮' * 10}\n{'渡轮' * 10}\n")
    assert two_sources("posts", "show", "7", "--width", "3").status == 2


def test_posts_show_of_a_post_without_html_prints_its_text(two_sources):
    add_post(two_sources, 7, content="", text="a\x1bb")
    assert two_sources("posts", "show", "7").out.endswith("\n\na\\u001bb\n")
