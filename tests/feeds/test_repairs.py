"""Markup that is no well-formed XML: what browsers show of it is what an entry has (HTML Standard, section 13.2.5)."""

import gzip
import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.errors import Outcome, PollError
from tests.feeds.helpers import URL, rss_entry


def read(body: str | bytes, **arguments):
    return parse_feed(body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body, url=URL, **arguments)


def titles(body: str | bytes) -> list[str]:
    return [entry.title for entry in read(body).entries]


RSS = "<rss><channel><title>News</title>{}</channel></rss>"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Q&A", "Q&A"),
        ("Q & A", "Q & A"),
        ("AT&T; more", "AT&T; more"),
        ("a &nbsp; b", "a b"),
        ("caf&eacute;", "café"),
        ("&hellip;&mdash;&ldquo;x&rdquo;", "…—“x”"),
        ("&nosuchentity; stays", "&nosuchentity; stays"),
        ("&copy 2021", "© 2021"),
        ("&#8217;", "’"),
        ("&#x2019;", "’"),
        ("&#X2019;", "’"),
        ("&#146;", "’"),  # a C1 control in a reference is a character of windows-1252
        ("&#x92;", "’"),
        ("&#128;5", "€5"),
        ("&#55357;&#56832;", "😀"),  # surrogate pairs of JavaScript
        ("&#xD83D;&#xDE00;", "😀"),
        ("&#xd83d;&#56832;", "😀"),
        ("a&#55357;b", "ab"),
        ("a&#56832;&#55357;b", "ab"),
        ("a&#0;b", "ab"),
        ("a&#12;b", "ab"),
        ("a&#xFFFF;b", "ab"),
        ("a&#1114112;b", "ab"),
        ("a&#99999999999;b", "a\ufffdb"),
        ("a\x00b\x08c\x1fd", "abcd"),
        ("a\x0bb\x0cc", "abc"),
        ("a\ufffeb\uffffc", "abc"),
        ("a\x92b", "a’b"),
        ("1 < 2", "1 < 2"),
        ("1 <2", "1 <2"),
        ("a <- b", "a <- b"),
        ("a <3 b", "a <3 b"),
        ("a ]]> b", "a ]]> b"),
        ("a <!b", "a <!b"),
        ("x</ y", "x</ y"),
        ("<![CDATA[a & b]]>", "a & b"),
        ("<![CDATA[a &eacute; b]]>", "a é b"),
        ("<![CDATA[a\x08b]]>", "ab"),
        ("a <![CDATA[b]]> c", "a b c"),
        ("<!-- note -->a", "a"),
        ("a<?php x ?>b", "ab"),
    ],
)
def test_text_that_xml_does_not_allow(written, title):
    """The entry before and the one after are whole, too."""
    item = "<item><title>{}</title></item>"
    body = RSS.format(item.format("before") + item.format(written) + item.format("after"))
    assert titles(body) == ["before", title, "after"]


@given(st.integers(0, 0x110FFF), st.booleans())
def test_numeric_references_are_those_of_html(number, is_hexadecimal):
    """Python's `html.unescape` is the oracle; what is no character of XML is left out."""
    reference = f"&#x{number:x};" if is_hexadecimal else f"&#{number};"
    expected = html.unescape(reference)
    if number & 0xFFFE == 0xFFFE:
        return  # no character: XML allows it, HTML drops it
    allowed = all(c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffc" or c > "\uffff" for c in expected)
    title = rss_entry(f"<title>[a{reference}z]</title>").title
    if not expected or not allowed or number >= 0x110000 or 0xD800 <= number < 0xE000:
        assert title == "[az]"
    elif (
        expected.isprintable() and not expected.isspace() and expected not in "<>&" and number not in range(0xAD, 0xAE)
    ):
        assert title == f"[a{expected}z]"


@given(
    st.lists(
        st.sampled_from(["&", "<", ">", "]]>", "a", "&lt;", "&amp;", "&#65;", "é", " ", "<b", "</", "<!", '"']),
        max_size=12,
    )
)
def test_any_mixture_of_markup_keeps_the_other_entries(parts):
    item = "<item><title>{}</title></item>"
    body = RSS.format(item.format("before") + item.format("".join(parts)) + item.format("after"))
    found = titles(body)
    assert found[0] == "before"
    assert found[-1] == "after"


@pytest.mark.parametrize(
    ("item", "field", "value"),
    [
        # Attributes.
        ("<enclosure url=http://e.example/a.mp3 length=5 type=audio/mpeg />", "enclosures", "http://e.example/a.mp3"),
        ('<enclosure url="http://e.example/?a=1&b=2" />', "enclosures", "http://e.example/?a=1&b=2"),
        ("<enclosure url='http://e.example/a'></enclosure>", "enclosures", "http://e.example/a"),
        # Addresses.
        ("<link>http://e.example/?a=1&b=2</link>", "link", "http://e.example/?a=1&b=2"),
        ("<link>http://e.example/?a=1&amp;b=2</link>", "link", "http://e.example/?a=1&b=2"),
        ("<link>http://e.example/?a=1&copy=2</link>", "link", "http://e.example/?a=1&copy=2"),
        ("<link>http://e.example/1<guid>g</guid>", "link", "http://e.example/1"),
        # HTML without escapes or an end.
        ("<description><p>one<br>two</p></description><link>http://e.example/1</link>", "link", "http://e.example/1"),
        ("<description>a &nbsp; b</description>", "summary", "a \xa0 b"),
        ("<description>one < two</description>", "summary", "one < two"),
        ("<description><b>bold</description><guid>g</guid>", "guid", "g"),
    ],
)
def test_item_with_damaged_markup(item, field, value):
    (entry,) = read(RSS.format(f"<item><title>T & U</title>{item}</item>")).entries
    found = getattr(entry, field)
    assert (found[0].url if field == "enclosures" else found) == value
    assert entry.title == "T & U"


@pytest.mark.parametrize(
    ("doctype", "written", "title"),
    [
        ('<!DOCTYPE rss [<!ENTITY co "Example & Sons">]>', "&co;", "Example & Sons"),
        ("<!DOCTYPE rss [<!ENTITY co 'Example'>\n<!ENTITY x \"X\">]>", "&co; &x;", "Example X"),
        ('<!DOCTYPE rss [<!ENTITY eacute "E">]>', "&eacute;", "E"),  # the document's own declaration counts
        ('<!DOCTYPE rss [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>', "&a; &b;", "x &b;"),  # no expansion of expansions
        ('<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>', "&f;", "&f;"),
        (
            '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.com/publish/rss-0.91.dtd">',
            "T",
            "T",
        ),
        ("<!doctype rss>", "T", "T"),
        ("<!DOCTYPE rss [<!ELEMENT rss ANY>] >", "T", "T"),
    ],
)
def test_entities_of_a_document(doctype, written, title):
    assert titles(f'<?xml version="1.0"?>{doctype}' + RSS.format(f"<item><title>{written}</title></item>")) == [title]


FEED = RSS.format("<item><title>One</title></item>")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("\ufeff", ""),
        ("\n\n\ufeff <?xml version='1.0'?>\n", "\n\n"),
        ("<?xml version='1.0'?><?xml version='1.0'?>", ""),
        ("<?xml version='1.0'?><?xml-stylesheet href='x'?><!-- c --><!DOCTYPE rss>", "<!-- generated -->"),
        ("Warning: mysql_connect() in /x.php on line 3\n", ""),
        ("<br />\n<b>Notice</b>: Undefined index\n", ""),
        ("", "<script>track()</script>"),
        ("", "garbage & more <"),
        ("<!-- a -- b -->", ""),
        ("\x00\x00", ""),
    ],
)
def test_text_around_a_feed(before, after):
    assert titles(before + FEED + after) == ["One"]


def test_feed_that_is_escaped_in_a_page():
    assert titles(f"<html><body><pre>{html.escape(FEED)}</pre></body></html>") == ["One"]


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_gzip_without_its_header(layers):
    body = FEED.encode()
    for _ in range(layers):
        body = gzip.compress(body)
    feed = read(body)
    assert [entry.title for entry in feed.entries] == ["One"]
    assert "unpacked" in feed.repairs


def test_four_layers_of_gzip_are_no_feed():
    body = FEED.encode()
    for _ in range(4):
        body = gzip.compress(body)
    with pytest.raises(PollError) as caught:
        read(body)
    assert caught.value.outcome is Outcome.NOT_A_FEED


@pytest.mark.parametrize(
    ("body", "found", "ended"),
    [
        ("<rss><channel><item><title>1</title></item></channel></rss>", ["1"], True),
        ("<rss><channel><item><title>1</title></item></channel>", ["1"], True),
        ("<rss><channel><item><title>1</title></item>", ["1"], False),
        ("<rss><channel><item><title>1</title></item><item><title>2</ti", ["1"], False),
        ("<rss><channel><item><title>1</title><item><title>2</title></channel></rss>", ["1", "2"], True),
        ("<rss><channel><item><title>1</title></item><item/></channel></rss>", ["1", ""], True),
        ("<rss><channel><item ><title>1</title></item ></channel></rss>", ["1"], True),
        ("<rss><channel><ITEM><title>1</title></ITEM></channel></rss>", ["1"], True),
        ("<rss><channel><items><title>0</title></items><item><title>1</title></item></channel></rss>", ["1"], True),
        (
            "<rss><channel><!-- <item><title>0</title></item> --><item><title>1</title></item></channel></rss>",
            ["1"],
            True,
        ),
        ("<rss><channel><item><title><![CDATA[</item>]]></title></item></channel></rss>", ["</item>"], True),
        ("<rss><channel/><item><title>1</title></item></rss>", ["1"], True),
        ("<feed><entry><title>1</title></entry></feed>", ["1"], True),
        ("<feed><entry><title>1</title></entry>", ["1"], False),
        ("<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>1</a:title></a:entry></a:feed>", ["1"], True),
        ("<rdf:RDF><channel/><item><title>1</title></item></rdf:RDF>", ["1"], True),
        ("<rdf:RDF><channel></channel><item><title>1</title></item>", ["1"], False),
    ],
)
def test_where_items_begin_and_end(body, found, ended):
    feed = read(body)
    assert [entry.title for entry in feed.entries] == found
    assert feed.truncated is not ended


def dated(*days: str | None) -> str:
    date = "<pubDate>{}</pubDate>"
    items = (f"<item><title>{n}</title>{date.format(day) if day else ''}</item>" for n, day in enumerate(days))
    return RSS.format("".join(items))


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        (["2021-01-03", "2021-01-02", "2021-01-01"], ["0", "1"]),
        (["2021-01-01", "2021-01-02", "2021-01-03"], ["1", "2"]),
        (["2021-01-01", "2021-01-03", "2021-01-02"], ["1", "2"]),
        (["2021-01-03", "2021-01-01", "2021-01-02"], ["0", "2"]),
        ([None, None, None], ["0", "1"]),
        ([None, "2021-01-01", None], ["0", "1"]),
        ([None, None, "2021-01-01"], ["0", "2"]),
        (["soon", "2021-01-01", "2021-01-02"], ["1", "2"]),
        (["2021-01-01", "2021-01-01", "2021-01-01"], ["0", "1"]),
    ],
)
def test_of_too_many_items_the_newest_are_kept_in_their_order(days, kept):
    feed = read(dated(*days), max_entries=2)
    assert [entry.title for entry in feed.entries] == kept
    assert (feed.total, feed.dropped) == (3, 1)
