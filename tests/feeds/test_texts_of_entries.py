"""The texts of entries: what counts as HTML and as plain text, where a text is completed, and where pictures stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.feeds.parse_feed import parse_feed
from ingestd.text.plain_text import plain_text
from tests.feeds.helpers import atom_entry, rss_entry

XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


@pytest.mark.parametrize(
    ("element", "field"),
    [
        ("<description>{}</description>", "summary"),
        ("<summary>{}</summary>", "summary"),
        ("<atom:summary>{}</atom:summary>", "summary"),
        ("<content:encoded>{}</content:encoded>", "content"),
        ("<atom:content>{}</atom:content>", "content"),
        ("<fullitem>{}</fullitem>", "content"),
        ("<body>{}</body>", "content"),
        ("<itunes:summary>{}</itunes:summary>", "summary"),
        ("<itunes:subtitle>{}</itunes:subtitle>", "summary"),
        ("<dc:description>{}</dc:description>", "summary"),
        ("<abstract>{}</abstract>", "summary"),
        ('<media:description type="html">{}</media:description>', "summary"),
        ('<media:description type=" HTML ">{}</media:description>', "summary"),
        ('<media:description type="text/html">{}</media:description>', "summary"),
    ],
)
@pytest.mark.parametrize("text", ["<b>bold", "<i>x</i> &amp; y", "<!-- c -->a", "<p>one\ntwo</p>", "<![CDATA[<b>bold"])
def test_texts_of_rss_are_html(element, field, text):
    """RSS 2.0: entity-encoded HTML. A CDATA section that is escaped itself is unpacked."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    assert getattr(rss_entry(element.format(escaped)), field) == text.removeprefix("<![CDATA[")


@pytest.mark.parametrize(
    ("element", "html"),
    [
        ("<content>&lt;b>bold</content>", "&lt;b&gt;bold"),  # RFC 4287, section 3.1.1: without a type it is text
        ("<content>&lt;b>bold&lt;/b></content>", "<b>bold</b>"),  # an end tag shows that it is not
        ("<content>a&lt;br>b</content>", "a<br>b"),
        ("<content>a&lt;img src='x'/>b</content>", "a<img src='x'/>b"),
        ('<content type="text">&lt;b>bold&lt;/b></content>', "&lt;b&gt;bold&lt;/b&gt;"),
        ('<content type="TEXT">&lt;b>bold&lt;/b></content>', "&lt;b&gt;bold&lt;/b&gt;"),
        ('<content type="html">&lt;b>bold</content>', "<b>bold"),
        ('<content type="html; charset=utf-8">&lt;b>bold</content>', "<b>bold"),
        ('<content type="text/markdown">*a* &lt; b</content>', "*a* &lt; b"),
        ('<content type="html">one\ntwo</content>', "one\ntwo"),
        ('<content type="html"><![CDATA[one]]> <![CDATA[two]]></content>', "one two"),
        ('<content type="html"><div>&lt;b>bold&lt;/b></div></content>', "<b>bold</b>"),
        ('<content type="html"><b>bold</b> text</content>', "<b>bold</b> text"),
        (f'<content type="xhtml"><div {XHTML}><p/>a<br/>b<img src="x"/></div></content>', '<p></p>a<br>b<img src="x">'),
        (f'<content type="xhtml"><div {XHTML} class="x"><p>a</p></div></content>', '<div class="x"><p>a</p></div>'),
        (f'<content type="xhtml"><div {XHTML}>a</div>\n</content>', "a"),
        (f'<content type="xhtml">\n<div {XHTML}>a</div></content>', "a"),
        (f'<content type="xhtml">x<div {XHTML}>a</div></content>', "x<div>a</div>"),
        (f'<content type="xhtml"><DIV {XHTML}>a</DIV></content>', "a"),
        (f'<content type="xhtml"><div {XHTML}>1 &lt; 2 &amp; <b title="&quot;">3</b></div></content>', None),
        (f'<content type="xhtml"><div {XHTML}/></content>', ""),
        ('<content type="application/xml"><x:p xmlns:x="urn:x">a</x:p></content>', "<p>a</p>"),
        ('<content type="image/svg+xml"><svg xmlns="http://www.w3.org/2000/svg"/></content>', ""),
        ('<content type="application/octet-stream">no base64!</content>', "no base64!"),
        ('<content type="application/octet-stream">w6k=\n</content>', "é"),
        ('<content type="html" src="http://e.example/1"/>', ""),
        ('<content type="IMAGE/PNG">iVBORw0KGgo=</content>', ""),
        ('<content type="image/png">x</content><content type="html">y</content>', "y"),
        ('<content type="text/plain">plain</content><content>untyped</content>', "untyped"),
        ('<content type="html"> </content><content type="text">t</content>', "t"),
    ],
)
def test_texts_of_atom_are_what_their_type_says(element, html):
    found = atom_entry(f"<title>T</title>{element}").content
    assert found == ('1 &lt; 2 &amp; <b title="&quot;">3</b>' if html is None else html)


@pytest.mark.parametrize(
    ("element", "html"),
    [
        ('<content mode="escaped" type="text/html">&lt;b>x</content>', "<b>x"),
        ('<content mode="ESCAPED" type="text/html">&lt;b>x</content>', "<b>x"),
        ('<content mode="escaped" type="text/plain">&lt;b>x</content>', "&lt;b&gt;x"),
        ('<content mode="escaped">&lt;b>x</content>', "<b>x"),
        ('<content mode="base64" type="text/html">PGI+eDwvYj4=</content>', "<b>x</b>"),
        ('<content mode="BASE64" type="text/html">PGI+ eDwv\nYj4=</content>', "<b>x</b>"),
        (f'<content mode="xml" type="application/xhtml+xml"><div {XHTML}><b>x</b></div></content>', "<b>x</b>"),
        ("<content>&lt;b>x</content>", "&lt;b&gt;x"),
    ],
)
def test_texts_of_atom_03_are_what_their_mode_says(element, html):
    body = f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>F</title><entry>{element}</entry></feed>'
    (entry,) = parse_feed(body.encode(), url="http://e.example/").entries
    assert entry.content == html


@pytest.mark.parametrize(
    ("element", "html"),
    [
        ('<atom:content type="text">&lt;b>x</atom:content>', "&lt;b&gt;x"),  # in RSS, too, a stated type counts
        ('<atom:content type="html">&lt;b>x</atom:content>', "<b>x"),
        ('<content type="text/plain">1 &lt; 2</content><content type="text/html">&lt;b>x</content>', "<b>x"),
        ("<content:encoded>&lt;p>a</content:encoded><content:encoded>b</content:encoded>", "<p>a"),
        ("<content:encoded> </content:encoded><content:encoded>b</content:encoded>", "b"),
        ("<content:encoded><p>not <b>escaped</b></p></content:encoded>", "<p>not <b>escaped</b></p>"),
        ("<content:encoded>a<br/>b<p/></content:encoded>", "a<br>b<p></p>"),
    ],
)
def test_content_elements_of_rss(element, html):
    assert rss_entry(f"{element}<x/>").content == html


@pytest.mark.parametrize(
    ("described", "summed", "content", "summary"),
    [
        ("ab", "abcd", "abcd", "ab"),  # twice as long
        ("abcd", "ab", "abcd", "ab"),
        ("abc", "abcde", "abcde", "abc"),  # less than twice: the one that comes last
        ("abcde", "abc", "abc", "abcde"),
        ("&lt;b>x", "&lt;i>longer text", "<i>longer text", "<b>x"),
        ("", "abc", "", "abc"),
        ("abc", "", "", "abc"),
    ],
)
def test_description_beside_summary(described, summed, content, summary):
    entry = rss_entry(f"<description>{described}</description><summary>{summed}</summary><x/>")
    assert (entry.content, entry.summary) == (content, summary)


PARTS = [
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<br>",
    "<img src='x'>",
    '<a href="http://e.example/a/long/address">',
    "</a>",
    "word",
    "a",
    " ",
    "long word",
]
MARKUP = st.lists(st.sampled_from(PARTS), max_size=14).map("".join)


@given(MARKUP, MARKUP)
def test_a_content_is_completed_where_the_summary_has_more_than_twice_its_text(content, summary):
    """The shortcut that spares extracting the texts gives the same answer as the texts themselves."""
    entry = atom_entry(
        "<title>T</title>"
        f'<content type="html"><![CDATA[{content}]]></content><summary type="html"><![CDATA[{summary}]]></summary>'
    )
    content, summary = content.strip(), summary.strip()
    visible, whole = plain_text(content), plain_text(summary)
    if not content or not summary or len(whole) <= 2 * len(visible):
        expected = content
    elif visible and visible in whole and "<img" not in content:
        expected = summary
    else:
        expected = f"{content}\n{summary}"
    assert entry.content == expected
    assert entry.summary == summary


PICTURE = '<media:content url="http://e.example/p.jpg" medium="image"/>'
FIGURE = '<figure><img src="http://e.example/p.jpg" alt=""></figure>'


@pytest.mark.parametrize(
    ("texts", "content", "summary"),
    [
        ("<description>S</description>", "", f"{FIGURE}S"),
        ("<description>S</description><content:encoded>C longer</content:encoded>", f"{FIGURE}C longer", "S"),
        ("", "", FIGURE),
        ("<description>S</description><content:encoded>&lt;IMG src='x'>C</content:encoded>", "<IMG src='x'>C", "S"),
        ("<description>&lt;Img src='x'></description><content:encoded>C</content:encoded>", "C", "<Img src='x'>"),
    ],
)
def test_where_a_picture_stands(texts, content, summary):
    entry = rss_entry(f"{texts}{PICTURE}")
    assert (entry.content, entry.summary) == (content, summary)


@pytest.mark.parametrize(
    ("pictures", "shown"),
    [
        ([("a.jpg?w=1", 1), ("a.jpg?w=2", 2)], ["a.jpg?w=2"]),
        ([("a.jpg?w=2", 2), ("a.jpg?w=1", 1)], ["a.jpg?w=2"]),
        ([("a.jpg?w=1", 1), ("a.jpg?w=1b", 1)], ["a.jpg?w=1"]),
        ([("a.jpg?x?1", 1), ("a.jpg?y?2", 2)], ["a.jpg?y?2"]),
        ([("a.jpg?w=1", 1), ("b.jpg?w=2", 2)], ["a.jpg?w=1", "b.jpg?w=2"]),
        ([("a.jpg?w=1", None), ("a.jpg?w=2", None)], ["a.jpg?w=1", "a.jpg?w=2"]),
        ([("a.jpg", "wide"), ("a.jpg", 5)], ["a.jpg"]),
    ],
)
def test_one_picture_in_several_widths_is_shown_once(pictures, shown):
    form = '<media:content url="http://e.example/{}" medium="image"{}/>'
    media = "".join(form.format(name, "" if width is None else f' width="{width}"') for name, width in pictures)
    summary = rss_entry(f"<media:group>{media}</media:group>").summary
    assert summary == "".join(f'<figure><img src="http://e.example/{name}" alt=""></figure>' for name in shown)


@pytest.mark.parametrize(
    ("entry", "base"),
    [
        ("<link>http://e.example/1</link><content:encoded>x</content:encoded>", "http://e.example/1"),
        ("<content:encoded>x</content:encoded>", "https://feeds.example/news/feed.xml"),
        (
            "<link>http://e.example/1</link>"
            '<content:encoded xml:base="http://c.example/d/">&lt;base href="x/">y</content:encoded>',
            "http://c.example/d/x/",
        ),
        ('<link>http://e.example/1</link><content:encoded xml:base="/d/">y</content:encoded>', "http://e.example/d/"),
        ("<link>http://e.example/1</link><description>&lt;base href='/x/'>y</description>", "http://e.example/x/"),
    ],
)
def test_base_of_the_text_of_an_rss_entry(entry, base):
    assert rss_entry(entry).base_url == base
