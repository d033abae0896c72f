"""Titles and names as one line of plain text: how many layers of escapes are resolved, and which tags are text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.feeds.parse_feed import parse_feed
from tests.feeds.helpers import atom_entry, rss_entry


def xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


@pytest.mark.parametrize(
    ("written", "title"),
    [
        # RSS: one layer of HTML, and what software that escapes too often adds to it.
        ("AT&T", "AT&T"),
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("AT&amp;amp;amp;T", "AT&T"),
        ("AT&amp;amp;amp;amp;T", "AT&amp;T"),  # four layers: the last stays
        ("&#39;&quot;&eacute;", "'\"é"),
        ("&amp;#39;&amp;quot;&amp;eacute;", "'\"é"),
        ("&amp;#8217;", "’"),
        ("a &nbsp; b", "a b"),
        ("1 < 2", "1 < 2"),
        ("1 &lt; 2", "1 < 2"),
        ("<b>bold</b>", "bold"),
        ("&lt;b&gt;bold&lt;/b&gt;", "bold"),
        ("<b>bold</b> &lt;i&gt;", "bold <i>"),  # once tags are gone, an escaped one is text
        ("The &lt;b&gt; element", "The <b> element"),
        ("The <b> element", "The <b> element"),
        ("<b>The</b> <p> element", "The <p> element"),
        ("one<br>two", "one two"),
        ("one<br/>two", "one two"),
        ("<![CDATA[AT&amp;T]]>", "AT&T"),
        ("<![CDATA[ <b>x</b> ]]> ", "x"),
        ("  \n two \t lines\n ", "two lines"),
        ("a\u200bb\u202ec\x85d", "abc d"),
        ("vector<int> & co", "vector<int> & co"),
        ("<script>alert(1)</script>News", "News"),
        ("x" * 25_000, "x" * 2_000),
        ("", ""),
    ],
)
def test_title_of_rss(written, title):
    assert rss_entry(f"<title>{xml(written)}</title><x/>").title == title


@pytest.mark.parametrize(
    ("attributes", "written", "title"),
    [
        ('type="text"', "AT&T", "AT&T"),
        ('type="text"', "AT&amp;T", "AT&T"),
        ('type="text"', "AT&amp;amp;T", "AT&amp;T"),
        ('type="text"', "&quot;a&quot; &#39;b&#39; &apos;c&apos; d&nbsp;e", "\"a\" 'b' 'c' d e"),
        ('type="text"', "&eacute; &lt;b&gt;", "&eacute; &lt;b&gt;"),
        ('type="text"', "<b>x</b>", "<b>x</b>"),
        ('type="text/plain"', "<b>x</b>", "<b>x</b>"),
        ('type="html"', "<b>x</b>", "x"),
        ('type="html"', "&lt;b&gt;x&lt;/b&gt;", "<b>x</b>"),
        ('type="html"', "AT&amp;T", "AT&T"),
        ('type="html"', "AT&amp;amp;T", "AT&T"),
        ('type="html"', "AT&amp;amp;amp;T", "AT&amp;T"),
        ('type="html"', " <b>x</b> <i> ", "x <i>"),
        ('type="html"', "<![CDATA[<b>x</b>]]>", "x"),
        ('type="html"', "a&eacute;", "aé"),
        ("", "AT&T", "AT&T"),
        ("", "<b>x</b>", "x"),
        ("", "The <b> element", "The <b> element"),
        ('type="unknown/type"', "<b>x</b>", None),
    ],
)
def test_title_of_atom(attributes, written, title):
    found = atom_entry(f"<title {attributes}>{xml(written)}</title><id>1</id>").title
    assert found == title if title is not None else found


@pytest.mark.parametrize(
    ("element", "title"),
    [
        ('<title mode="escaped" type="text/html">&lt;b>x&lt;/b></title>', "x"),
        ('<title mode="escaped" type="text/plain">&lt;b>x&lt;/b></title>', "<b>x</b>"),
        ('<title mode="ESCAPED" type="TEXT/HTML">&lt;b>x&lt;/b></title>', "x"),
        ('<title mode="escaped">&lt;b>x&lt;/b></title>', "x"),
        ('<title mode="base64" type="text/html">PGI+eDwvYj4=</title>', "x"),
        ('<title mode="base64" type="text/plain">PGI+eDwvYj4=</title>', "<b>x</b>"),
        ('<title mode="base64">PGI+eDwvYj4=</title>', "<b>x</b>"),
        ('<title mode="Base64" type="text/html">PGI+ eDwv Yj4=</title>', "x"),
        ('<title mode="base64" type="text/html">not base64</title>', "not base64"),
        (
            '<title mode="xml" type="application/xhtml+xml"><b xmlns="http://www.w3.org/1999/xhtml">x</b> y</title>',
            "x y",
        ),
        ("<title>1 &lt; 2</title>", "1 < 2"),
    ],
)
def test_title_of_atom_03(element, title):
    body = f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>F</title><entry>{element}</entry></feed>'
    (entry,) = parse_feed(body.encode(), url="http://e.example/").entries
    assert entry.title == title


@pytest.mark.parametrize(
    ("element", "title"),
    [
        ("<title>A <b>bold</b> one</title>", "A bold one"),
        ("<title><b>One</b><b>two</b></title>", "Onetwo"),
        ("<title><p>One</p><p>two</p></title>", "One two"),
        ("<title>A<!-- note -->B</title>", "AB"),
        ("<title>A<?x?>B</title>", "AB"),
        ("<title><![CDATA[A]]> &amp; <![CDATA[B]]></title>", "A & B"),
    ],
)
def test_title_with_elements(element, title):
    assert rss_entry(f"{element}<x/>").title == title


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\r\ntwo", "one<br>\ntwo"),
        ("one\r\n\r\ntwo", "<p>one</p><p>two</p>"),
        ("one\n \t\ntwo", "<p>one</p><p>two</p>"),
        ("one\n\n\n\ntwo\nthree", "<p>one</p><p>two<br>\nthree</p>"),
        ("  one  \n  two  ", "one<br>\ntwo"),
        ("\n\none\n\n", "one"),
        ("one", "one"),
        ('"quoted" & <b>', '"quoted" &amp; &lt;b&gt;'),
    ],
)
def test_lines_of_plain_text(text, html):
    written = xml(text).replace("\r", "&#13;")
    assert atom_entry(f'<content type="text">{written}</content>').content == html


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Zs", "Cn", "Co"]), max_size=30))
def test_any_text_is_a_title_of_type_text(text):
    """Text without references is itself, whatever it looks like."""
    if "&" not in text:
        assert atom_entry(f'<title type="text">{xml(text)}</title><id>1</id>').title == text


@given(st.text(st.sampled_from("ab&;<>/ #1amplgt\"'"), max_size=24), st.integers(1, 3))
def test_a_title_is_the_same_however_often_it_is_escaped(text, layers):
    """A text of one line without markup and references, escaped up to three times, is itself."""
    import html

    line = " ".join(text.split())
    if html.unescape(line) != line or "<" in line:
        return
    escaped = line
    for _ in range(layers):
        escaped = html.escape(escaped)
    assert rss_entry(f"<title>{xml(escaped)}</title><x/>").title == line
