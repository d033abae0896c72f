"""Atom as RFC 4287 defines it, section by section, with its examples."""

import pytest

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.feed import Category, Enclosure
from tests.feeds.helpers import URL, atom, atom_entry

BRIEF = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title>Example Feed</title>
  <link href="http://example.org/"/>
  <updated>2003-12-13T18:30:02Z</updated>
  <author><name>John Doe</name></author>
  <id>urn:uuid:60a76c80-d399-11d9-b93C-0003939e0af6</id>
  <entry>
    <title>Atom-Powered Robots Run Amok</title>
    <link href="http://example.org/2003/12/13/atom03"/>
    <id>urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a</id>
    <updated>2003-12-13T18:30:02Z</updated>
    <summary>Some text.</summary>
  </entry>
</feed>"""
EXTENSIVE = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title type="text">dive into mark</title>
  <subtitle type="html">A &lt;em&gt;lot&lt;/em&gt; of effort went into making this effortless</subtitle>
  <updated>2005-07-31T12:29:29Z</updated>
  <id>tag:example.org,2003:3</id>
  <link rel="alternate" type="text/html" hreflang="en" href="http://example.org/"/>
  <link rel="self" type="application/atom+xml" href="http://example.org/feed.atom"/>
  <rights>Copyright (c) 2003, Mark Pilgrim</rights>
  <generator uri="http://www.example.com/" version="1.0">Example Toolkit</generator>
  <entry>
    <title>Atom draft-07 snapshot</title>
    <link rel="alternate" type="text/html" href="http://example.org/2005/04/02/atom"/>
    <link rel="enclosure" type="audio/mpeg" length="1337" href="http://example.org/audio/ph34r_my_podcast.mp3"/>
    <id>tag:example.org,2003:3.2397</id>
    <updated>2005-07-31T12:29:29Z</updated>
    <published>2003-12-13T08:29:29-04:00</published>
    <author><name>Mark Pilgrim</name><uri>http://example.org/</uri><email>f8dy@example.com</email></author>
    <contributor><name>Sam Ruby</name></contributor>
    <contributor><name>Joe Gregorio</name></contributor>
    <content type="xhtml" xml:lang="en" xml:base="http://diveintomark.org/">
      <div xmlns="http://www.w3.org/1999/xhtml"><p><i>[Update: The Atom draft is finished.]</i></p></div>
    </content>
  </entry>
</feed>"""


def test_brief_example():
    feed = parse_feed(BRIEF.encode(), url=URL)
    (entry,) = feed.entries
    assert (feed.format, feed.title, feed.link, feed.authors) == (
        "atom10",
        "Example Feed",
        "http://example.org/",
        ("John Doe",),
    )
    assert entry.title == "Atom-Powered Robots Run Amok"
    assert entry.link == "http://example.org/2003/12/13/atom03"
    assert entry.guid == "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a"
    assert entry.authors == ("John Doe",)
    assert entry.summary == "Some text."
    assert entry.content == ""
    assert entry.published is None
    assert entry.updated is not None
    assert entry.updated.utc.isoformat() == "2003-12-13T18:30:02+00:00"


def test_extensive_example():
    feed = parse_feed(EXTENSIVE.encode(), url=URL)
    (entry,) = feed.entries
    assert (feed.title, feed.link, feed.self_url) == (
        "dive into mark",
        "http://example.org/",
        "http://example.org/feed.atom",
    )
    assert feed.authors == ()
    assert entry.title == "Atom draft-07 snapshot"
    assert entry.link == "http://example.org/2005/04/02/atom"
    assert entry.enclosures == (Enclosure("http://example.org/audio/ph34r_my_podcast.mp3", "audio/mpeg", 1337),)
    assert entry.authors == ("Mark Pilgrim",)
    assert entry.content == "<p><i>[Update: The Atom draft is finished.]</i></p>"
    assert entry.base_url == "http://diveintomark.org/"
    assert entry.published is not None
    assert entry.published.utc.isoformat() == "2003-12-13T12:29:29+00:00"


@pytest.mark.parametrize(
    ("construct", "line"),
    [
        # Section 3.1.1.1, text: no child elements, and what looks like markup is text.
        ("<title>Less: &lt;</title>", "Less: <"),
        ('<title type="text">Less: &lt;</title>', "Less: <"),
        ('<title type="text">Less: &lt;em> &amp;lt; &lt;/em></title>', "Less: <em> &lt; </em>"),
        ('<title type="text">AT&amp;T</title>', "AT&T"),
        # Section 3.1.1.2, html: escaped markup.
        ('<title type="html">Less: &lt;em> &amp;lt; &lt;/em></title>', "Less: <"),
        ('<title type="html">&lt;b>Bold&lt;/b> &amp;amp; plain</title>', "Bold & plain"),
        ('<title type="html">caf&amp;eacute; &amp;#8212; open</title>', "café — open"),
        ('<title type="HTML">&lt;b>Bold&lt;/b></title>', "Bold"),
        # Section 3.1.1.3, xhtml: a div, which is not part of the content.
        (
            '<title type="xhtml" xmlns:xhtml="http://www.w3.org/1999/xhtml"><xhtml:div>Less:'
            " <xhtml:em> &lt; </xhtml:em></xhtml:div></title>",
            "Less: <",
        ),
        ('<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>b</b> c</div></title>', "A b c"),
        ("<title><![CDATA[One & two]]></title>", "One & two"),
        ("<title>  Two\n  lines </title>", "Two lines"),
        ("<title/>", ""),
        ("", ""),
    ],
)
def test_titles_are_plain_text(construct, line):
    assert atom_entry(f"{construct}<id>1</id>").title == line


@pytest.mark.parametrize(
    ("construct", "html"),
    [
        # Section 4.1.3.3: how the type of atom:content decides.
        ('<content type="text">1 &lt; 2 &amp; 3</content>', "1 &lt; 2 &amp; 3"),
        ('<content type="text">one\ntwo</content>', "one<br>\ntwo"),
        ('<content type="text">one\n\ntwo</content>', "<p>one</p><p>two</p>"),
        ('<content type="html">&lt;p>1 &amp;lt; 2&lt;/p></content>', "<p>1 &lt; 2</p>"),
        ('<content type="html"><![CDATA[<p>one</p>]]></content>', "<p>one</p>"),
        ('<content type="text/html">&lt;p>one&lt;/p></content>', "<p>one</p>"),
        ('<content type="text/html; charset=utf-8">&lt;p>one&lt;/p></content>', "<p>one</p>"),
        ('<content type="text/plain">1 &lt; 2</content>', "1 &lt; 2"),
        (
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>a<br/>b</p></div></content>',
            "<p>a<br>b</p>",
        ),
        (
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>a</p></div> and <b>b</b></content>',
            "<div><p>a</p></div> and <b>b</b>",
        ),
        (
            '<content type="xhtml"><x:div xmlns:x="http://www.w3.org/1999/xhtml"><x:p>a</x:p></x:div></content>',
            "<p>a</p>",
        ),
        ('<content type="application/xhtml+xml"><p xmlns="http://www.w3.org/1999/xhtml">a</p></content>', "<p>a</p>"),
        ('<content type="text/plain" mode="base64">PHA+b25lPC9wPg==</content>', "<p>one</p>"),
        ('<content type="application/octet-stream">PHA+b25lPC9wPg==</content>', "<p>one</p>"),
        # A file elsewhere (section 4.1.3.2) or inside is no text.
        ('<content type="text/html" src="http://example.org/page.html"/>', ""),
        ('<content type="image/png">iVBORw0KGgo=</content>', ""),
        ('<content type="audio/mpeg">SUQz</content>', ""),
        ('<content type="video/mp4">AAAA</content>', ""),
        ("<content/>", ""),
    ],
)
def test_content_by_its_type(construct, html):
    assert atom_entry(f"<title>T</title>{construct}").content == html


@pytest.mark.parametrize(
    ("links", "link"),
    [
        # Section 4.2.7.2: a link without rel is an alternate; other relations are other resources.
        ('<link href="http://e.example/1"/>', "http://e.example/1"),
        ('<link rel="alternate" href="http://e.example/1"/>', "http://e.example/1"),
        ('<link rel="ALTERNATE" href="http://e.example/1"/>', "http://e.example/1"),
        (
            '<link rel="http://www.iana.org/assignments/relation/alternate" href="http://e.example/1"/>',
            "http://e.example/1",
        ),
        ('<link rel="self" href="http://e.example/1.atom"/><link href="http://e.example/1"/>', "http://e.example/1"),
        ('<link rel="edit" href="http://e.example/edit"/>', None),
        ('<link rel="replies" href="http://e.example/r"/>', None),
        ('<link rel="related" href="http://e.example/r"/>', None),
        ('<link rel="via" href="http://e.example/v"/>', None),
        ('<link rel="enclosure" href="http://e.example/a.mp3"/>', None),
        (
            '<link type="application/pdf" href="http://e.example/p"/><link href="http://e.example/1"/>',
            "http://e.example/1",
        ),
        ('<link type="application/pdf" href="http://e.example/p"/>', "http://e.example/p"),
        (
            '<link href="http://e.example/untold"/><link rel="alternate" href="http://e.example/told"/>',
            "http://e.example/told",
        ),
        # References are resolved against the base in scope (section 2, RFC 3986).
        ('<link href="1"/>', "https://feeds.example/news/1"),
        ('<link href="/1"/>', "https://feeds.example/1"),
        ('<link href="//e.example/1"/>', "https://e.example/1"),
        ('<link href="?p=1"/>', "https://feeds.example/news/feed.xml?p=1"),
        ('<link xml:base="http://e.example/a/" href="../1"/>', "http://e.example/1"),
        ('<link href="mailto:a@e.example"/>', None),
        ('<link href="javascript:alert(1)"/>', None),
        ('<link href=""/>', None),
        ("<link>http://e.example/1</link>", "http://e.example/1"),
    ],
)
def test_link_of_an_entry(links, link):
    assert atom_entry(f"<title>T</title>{links}<id>urn:x</id>").link == link


@pytest.mark.parametrize(
    ("attributes", "entry", "base"),
    [
        ("", "<title>T</title>", URL),
        ('xml:base="http://e.example/f/"', "<title>T</title>", "http://e.example/f/"),
        ('xml:base="/f/"', "<title>T</title>", "https://feeds.example/f/"),
        ('xml:base="http://e.example/f/"', '<content xml:base="x/" type="html">a</content>', "http://e.example/f/x/"),
        ('xml:base="http://e.example/f/"', '<content xml:base="/y/" type="html">a</content>', "http://e.example/y/"),
        ('xml:base="javascript:x"', "<title>T</title>", URL),
    ],
)
def test_base_of_relative_references(attributes, entry, base):
    assert atom_entry(entry, attributes=attributes).base_url == base


def test_base_of_the_entry_itself():
    body = BRIEF.replace("<entry>", '<entry xml:base="/sub/">').replace("http://example.org/2003/12/13/atom03", "one")
    (entry,) = parse_feed(body.encode(), url=URL).entries
    assert entry.link == "https://feeds.example/sub/one"
    assert entry.base_url == "https://feeds.example/sub/"


@pytest.mark.parametrize(
    ("feed", "entry", "authors"),
    [
        # Section 4.2.1: an entry without authors has those of its source, and then those of the feed.
        ("<author><name>F</name></author>", "<author><name>E</name></author>", ("E",)),
        ("<author><name>F</name></author>", "", ("F",)),
        ("<author><name>F</name></author><author><name>G</name></author>", "", ("F", "G")),
        ("<author><name>F</name></author>", "<source><author><name>S</name></author></source>", ("S",)),
        ("<author><name>F</name></author>", "<source><title>S</title></source>", ("F",)),
        ("", "<author><name>A</name></author><author><name>B</name></author>", ("A", "B")),
        ("", "<author><name>A</name></author><author><name>a</name></author>", ("A",)),
        ("", "<author><email>a@e.example</email></author>", ("a@e.example",)),
        ("", "<author><uri>http://e.example/a</uri></author>", ("http://e.example/a",)),
        ("", "<author><name>A</name><email>a@e.example</email><uri>http://e.example/a</uri></author>", ("A",)),
        ("", "<author><email>a@e.example</email><uri>http://e.example/a</uri></author>", ("a@e.example",)),
        ("", "<author><name> </name><email>a@e.example</email></author>", ("a@e.example",)),
        ("", "<author>Plain</author>", ("Plain",)),
        ("", "<contributor><name>C</name></contributor>", ()),
        ("", "<author><name>A &amp; B</name></author>", ("A & B",)),
        ("", "<author><name>a@e.example (A B)</name></author>", ("A B",)),
    ],
)
def test_authors_of_an_entry(feed, entry, authors):
    assert atom_entry(f"<title>T</title>{entry}", feed).authors == authors


def test_categories_have_a_scheme():
    """Section 4.2.2: the term counts, not the label for people."""
    categories = atom_entry(
        '<title>T</title><category term="a" scheme="http://e.example/s" label="A label"/><category term="b"/>'
        '<category label="only a label"/><category term=""/><category term="a"/>'
    ).categories
    assert categories == (Category("a", "http://e.example/s"), Category("b"), Category("only a label"))


@pytest.mark.parametrize(
    ("attributes", "entry", "language"),
    [
        ('xml:lang="de"', "<title>T</title>", "de"),
        ('xml:lang="de_AT"', "<title>T</title>", "de-AT"),
        ('xml:lang="de"', "<title>T</title><dc:language>fr</dc:language>", "fr"),
        ("", "<title>T</title>", None),
        ('xml:lang="not a tag"', "<title>T</title>", None),
        ('xml:lang="zh-Hant-TW"', "<title>T</title>", "zh-Hant-TW"),
    ],
)
def test_language_of_an_entry(attributes, entry, language):
    assert atom_entry(entry, attributes=attributes).language == language


@pytest.mark.parametrize(
    ("feed", "hubs", "self_url"),
    [
        ('<link rel="hub" href="https://hub.example/"/>', ("https://hub.example/",), None),
        (
            '<link rel="hub" href="https://a.example/"/><link rel="hub" href="/b"/>',
            ("https://a.example/", "https://feeds.example/b"),
            None,
        ),
        ('<link rel="self" href="https://e.example/feed"/>', (), "https://e.example/feed"),
        ('<link rel="hub" href="ftp://a.example/"/>', (), None),
    ],
)
def test_hubs_and_self_of_websub(feed, hubs, self_url):
    """WebSub, section 4: links of the feed with the relations hub and self."""
    found = atom("<title>T</title>", feed)
    assert (found.hub_urls, found.self_url) == (hubs, self_url)


def test_other_addresses_of_an_entry():
    """Link blogs name the page that they are about as `alternate`, and their own as `related`, or both alternate."""
    entry = atom_entry(
        '<title>T</title><link href="http://a.example/1"/><link rel="related" href="http://b.example/1"/>'
        '<link rel="alternate" href="http://c.example/1"/><link rel="via" href="http://d.example/1"/>'
        '<link rel="related" type="image/png" href="http://e.example/1.png"/><link rel="related" href="http://b.example/1"/>'
    )
    assert entry.link == "http://c.example/1"
    assert entry.other_links == ("http://a.example/1", "http://b.example/1")
