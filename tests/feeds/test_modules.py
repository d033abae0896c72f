"""Modules of RSS and Atom (Media RSS, iTunes, Dublin Core, content, XHTML), under every namespace that they had."""

import pytest

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.feed import Category, Enclosure
from tests.feeds.helpers import URL, atom_entry, rss_entry

A, B, C = "http://e.example/a.jpg", "http://e.example/b.jpg", "http://e.example/c.jpg"


def figure(url: str, alt: str = "") -> str:
    return f'<figure><img src="{url}" alt="{alt}"></figure>'


@pytest.mark.parametrize(
    ("prefix", "uri", "element", "field", "value"),
    [
        ("content", "http://purl.org/rss/1.0/modules/content/", "encoded", "content", "v"),
        ("content", "http://purl.org/rss/1.0/modules/content", "encoded", "content", "v"),
        ("content", "https://purl.org/rss/1.0/modules/content/", "encoded", "content", "v"),
        ("content", "HTTP://PURL.ORG/RSS/1.0/MODULES/CONTENT/", "encoded", "content", "v"),
        ("c", "http://purl.org/rss/1.0/modules/content/", "encoded", "content", "v"),
        ("dc", "http://purl.org/dc/elements/1.1/", "creator", "authors", ("v",)),
        ("dc", "http://purl.org/dc/elements/1.0/", "creator", "authors", ("v",)),
        ("d", "http://purl.org/metadata/dublin_core#", "creator", "authors", ()),
        ("d", "http://purl.org/metadata/dublin_core", "creator", "authors", ("v",)),
        ("d", "http://purl.org/dc/elements/1.1/", "title", "title", "v"),
        ("d", "http://purl.org/dc/elements/1.1/", "subject", "categories", (Category("v"),)),
        ("d", "http://purl.org/dc/elements/1.1/", "description", "summary", "v"),
        ("d", "http://purl.org/dc/elements/1.1/", "identifier", "guid", "v"),
        ("i", "http://www.itunes.com/dtds/podcast-1.0.dtd", "author", "authors", ("v",)),
        ("i", "http://www.itunes.com/dtds/Podcast-1.0.dtd", "author", "authors", ("v",)),
        ("i", "http://www.itunes.com/dtds/podcast-1.0.dtd", "summary", "summary", "v"),
        ("i", "http://www.itunes.com/dtds/podcast-1.0.dtd", "subtitle", "summary", "v"),
        ("i", "http://www.itunes.com/dtds/podcast-1.0.dtd", "title", "title", "v"),
        ("i", "http://www.itunes.com/dtds/podcast-1.0.dtd", "keywords", "categories", (Category("v"),)),
        ("g", "http://www.google.com/schemas/play-podcasts/1.0", "author", "authors", ("v",)),
        ("m", "http://search.yahoo.com/mrss/", "title", "title", "v"),
        ("m", "http://search.yahoo.com/mrss", "title", "title", "v"),
        ("m", "http://video.search.yahoo.com/mrss/", "title", "title", "v"),
        ("m", "http://www.rssboard.org/media-rss", "title", "title", "v"),
        ("m", "http://search.yahoo.com/mrss/", "description", "summary", "v"),
        ("m", "http://search.yahoo.com/mrss/", "category", "categories", (Category("v"),)),
        ("a", "http://www.w3.org/2005/Atom", "summary", "summary", "v"),
        ("a", "http://www.w3.org/2005/Atom", "content", "content", "v"),
        ("a", "http://www.w3.org/2005/Atom", "title", "title", "v"),
        ("a", "http://purl.org/atom/ns#", "summary", "summary", "v"),
        ("o", "http://ogp.me/ns#", "author", "authors", ("v",)),
        ("x", "http://www.w3.org/1999/xhtml", "body", "content", "v"),
        ("x", "http://unknown.example/ns", "title", "title", ""),
        ("x", "http://unknown.example/ns", "creator", "authors", ()),
    ],
)
def test_element_of_a_module_is_known_by_its_namespace(prefix, uri, element, field, value):
    item = f'<{prefix}:{element} xmlns:{prefix}="{uri}">v</{prefix}:{element}><x/>'
    body = f'<rss version="2.0"><channel><title>News</title><item>{item}</item></channel></rss>'
    (entry,) = parse_feed(body.encode(), url=URL).entries
    assert getattr(entry, field) == value


@pytest.mark.parametrize(
    ("element", "field", "value"),
    [
        ("dc:creator", "authors", ("v",)),
        ("content:encoded", "content", "v"),
        ("media:title", "title", "v"),
        ("itunes:author", "authors", ("v",)),
        ("a10:summary", "summary", "v"),
        ("atom:summary", "summary", "v"),
        ("dcterms:created", "unread_dates", ("v",)),
    ],
)
def test_prefix_that_a_feed_does_not_declare(element, field, value):
    body = f"<rss><channel><title>News</title><item><{element}>v</{element}></item></channel></rss>"
    (entry,) = parse_feed(body.encode(), url=URL).entries
    assert getattr(entry, field) == value


@pytest.mark.parametrize(
    "namespace",
    [
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://backend.userland.com/rss2",
        "http://backend.userland.com/RSS",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://purl.org/net/rss1.1#",
        "http://www.w3.org/2005/Atom",
        "http://unknown.example/ns",
    ],
)
def test_default_namespace_of_an_rss_feed(namespace):
    body = (
        f'<rss version="2.0" xmlns="{namespace}"><channel><title>News</title><link>http://e.example/</link><item>'
        "<title>One</title><link>http://e.example/1</link><guid>g</guid><description>Text</description>"
        "<pubDate>Sun, 18 Apr 2021 23:18:05 GMT</pubDate><category>c</category></item></channel></rss>"
    )
    feed = parse_feed(body.encode(), url=URL)
    (entry,) = feed.entries
    assert (feed.title, feed.link) == ("News", "http://e.example/")
    assert (entry.title, entry.link, entry.guid, entry.summary) == ("One", "http://e.example/1", "g", "Text")
    assert entry.published is not None
    assert entry.categories == (Category("c"),)


@pytest.mark.parametrize(
    ("media", "pictures"),
    [
        (f'<media:content url="{A}" medium="image"/>', figure(A)),
        (f'<media:content url="{A}" type="image/jpeg"/>', figure(A)),
        (f'<media:content url="{A}" type="IMAGE/JPEG"/>', figure(A)),
        (f'<media:content url="{A}"/>', figure(A)),  # told by its file name
        (f'<media:content url="{A}" type="text/html"/>', ""),
        ('<media:content url="http://e.example/a"/>', ""),
        ('<media:content url="http://e.example/a" medium="image"/>', figure("http://e.example/a")),
        ('<media:content url="/a.jpg" medium="image"/>', figure("https://feeds.example/a.jpg")),
        ('<media:content medium="image"/>', ""),
        ('<media:content url="javascript:x" medium="image"/>', ""),
        ('<media:content url="http://0.gravatar.com/avatar/x.jpg" medium="image"/>', ""),
        ('<media:content url="http://e.example/a.mp4" medium="video"/>', ""),
        (f'<media:thumbnail url="{A}"/>', ""),
        (f'<media:content url="{A}" medium="image"><media:title>One</media:title></media:content>', figure(A, "One")),
        (
            f'<media:content url="{A}" medium="image"><media:title>T</media:title>'
            "<media:description>A &lt;b>dog&lt;/b> &amp;amp; cat</media:description></media:content>",
            figure(A, "A &lt;b&gt;dog&lt;/b&gt; &amp;amp; cat"),
        ),
        (f'<media:content url="{A}" medium="image"/><media:content url="{B}" medium="image"/>', figure(A) + figure(B)),
        (f'<media:content url="{A}" medium="image"/><media:content url="{A}" medium="image"/>', figure(A)),
        (
            f'<media:group><media:content url="{B}" medium="image"/></media:group>'
            f'<media:content url="{A}" medium="image"/>',
            figure(A) + figure(B),
        ),
        # Of one picture in several widths the widest is taken.
        (
            f'<media:content url="{A}?w=100" width="100" medium="image"/><media:content url="{A}?w=300" width="300"'
            f' medium="image"/><media:content url="{A}?w=200" width="200" medium="image"/>',
            figure(f"{A}?w=300"),
        ),
        (
            f'<media:content url="{A}?p=1" medium="image"/><media:content url="{A}?p=2" medium="image"/>',
            figure(f"{A}?p=1") + figure(f"{A}?p=2"),
        ),
        (
            "".join(f'<media:content url="http://e.example/{n}.jpg" medium="image"/>' for n in range(12)),
            "".join(figure(f"http://e.example/{n}.jpg") for n in range(10)),
        ),
    ],
)
def test_pictures_of_media_rss_stand_before_the_text(media, pictures):
    assert rss_entry(f"<description>Text</description>{media}").summary == f"{pictures}Text"
    entry = rss_entry(f"<description>Text</description><content:encoded>All of it</content:encoded>{media}")
    assert (entry.content, entry.summary) == (f"{pictures}All of it", "Text")


@pytest.mark.parametrize("text", [f'&lt;img src="{B}">', f'&lt;IMG SRC="{B}">', f'&lt;p>a &lt;img src="{B}">&lt;/p>'])
def test_a_text_with_a_picture_keeps_its_own(text):
    entry = rss_entry(f'<description>{text}</description><media:content url="{A}" medium="image"/>')
    assert "figure" not in entry.summary


@pytest.mark.parametrize(
    ("item", "files"),
    [
        (
            '<media:content url="http://e.example/a.mp3" type="audio/mpeg" fileSize="12"/>',
            [("a.mp3", "audio/mpeg", 12)],
        ),
        ('<media:content url="http://e.example/a.mp4" medium="video"/>', [("a.mp4", None, None)]),
        (
            '<enclosure url="http://e.example/a.mp3" type="audio/mpeg" length="5"/>'
            '<media:content url="http://e.example/b.mp3" type="audio/mpeg"/>',
            [("a.mp3", "audio/mpeg", 5)],
        ),
        (
            '<enclosure url="http://e.example/a.mp3"/><media:content url="http://e.example/b.jpg" medium="image"/>',
            [("a.mp3", None, None), ("b.jpg", None, None)],
        ),
        (
            '<media:group><media:content url="http://e.example/a.mp4" type="video/mp4"/>'
            '<media:content url="http://e.example/b.webm" type="video/webm"/></media:group>',
            [("a.mp4", "video/mp4", None), ("b.webm", "video/webm", None)],
        ),
        ('<atom:link rel="enclosure" href="http://e.example/a.mp3" length="9"/>', [("a.mp3", None, 9)]),
        (
            '<enclosure url="http://e.example/a.mp3" length="1"/><enclosure url="http://e.example/a.mp3" length="2"/>',
            [("a.mp3", None, 1)],
        ),
        (
            "".join(f'<enclosure url="http://e.example/{n}"/>' for n in range(120)),
            [(str(n), None, None) for n in range(100)],
        ),
    ],
)
def test_files_of_an_entry(item, files):
    expected = tuple(Enclosure(f"http://e.example/{name}", kind, length) for name, kind, length in files)
    assert rss_entry(item).enclosures == expected


@pytest.mark.parametrize(
    ("item", "content", "summary"),
    [
        ("<description>D</description><summary>S</summary>", "S", "D"),  # of two that are alike the last is the content
        ("<summary>S</summary><description>D</description>", "D", "S"),
        ("<description>D</description><summary>Twice as long as D</summary>", "Twice as long as D", "D"),
        ("<description>Twice as long as S</description><summary>S</summary>", "Twice as long as S", "S"),
        ("<description>Same</description><summary>Same</summary>", "", "Same"),
        ("<description>D</description><summary/>", "", "D"),
        ("<description>D</description><dc:description>Other</dc:description>", "", "D"),
        ("<description>D</description><media:description>Other</media:description>", "", "D"),
        ("<itunes:summary>I</itunes:summary><itunes:subtitle>J</itunes:subtitle>", "", "I"),
        ("<media:description>M</media:description><itunes:summary>I</itunes:summary>", "", "M"),
        ("<media:group><media:description>G</media:description></media:group>", "", "G"),
        ("<media:description>1 &lt; 2</media:description>", "", "1 &lt; 2"),
        ("<media:description>a\nb</media:description>", "", "a<br>\nb"),
        ('<media:description type="html">&lt;b>M&lt;/b></media:description>', "", "<b>M</b>"),
        ('<media:description type="plain">&lt;b> is bold</media:description>', "", "&lt;b&gt; is bold"),
        ("<media:description>&lt;b>M&lt;/b></media:description>", "", "<b>M</b>"),
        ("<abstract>A</abstract>", "", "A"),
        ("<tagline>T</tagline>", "", "T"),
        ('<xhtml:body xmlns:xhtml="http://www.w3.org/1999/xhtml"><xhtml:p>X</xhtml:p></xhtml:body>', "<p>X</p>", ""),
        ('<body xmlns="http://www.w3.org/1999/xhtml"><p>X</p></body>', "<p>X</p>", ""),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><p>X</p></div>', "<p>X</p>", ""),
        ("<fullitem>F</fullitem>", "F", ""),
        ("<content:encoded>C</content:encoded><atom:content>A</atom:content>", "C", ""),
        ("<content:encoded/><atom:content>A</atom:content>", "A", ""),
        (
            "<description>D &lt;br> E</description><content:encoded>D</content:encoded>",
            "D &lt;br> E".replace("&lt;", "<"),
            "D <br> E",
        ),
    ],
)
def test_which_element_is_the_content(item, content, summary):
    entry = rss_entry(item)
    assert (entry.content, entry.summary) == (content, summary)


@pytest.mark.parametrize(
    ("content", "summary", "chosen"),
    [
        ("word " * 20, "word " * 10, "content"),
        ("word " * 20, "word " * 40, "content"),  # twice the text is not more than twice
        ("word " * 20, "word " * 60, "summary"),  # the content is a beginning of the summary
        ("other " * 20, "word " * 60, "both"),
        ("&lt;img src='http://e.example/a.jpg'>", "word " * 60, "both"),
        ("&lt;img src='http://e.example/a.jpg'>word word", "word " * 60, "both"),
        ("", "word " * 60, "none"),
    ],
)
def test_a_content_with_less_than_half_of_the_summary_is_completed(content, summary, chosen):
    entry = atom_entry(f'<content type="html">{content}</content><summary type="html">{summary}</summary>')
    plain_content, plain_summary = content.replace("&lt;", "<").strip(), summary.strip()
    assert entry.summary == plain_summary
    assert (
        entry.content
        == {
            "content": plain_content,
            "summary": plain_summary,
            "both": f"{plain_content}\n{plain_summary}",
            "none": "",
        }[chosen]
    )


def test_html_is_preferred_to_plain_text():
    entry = atom_entry('<content type="text/plain">plain</content><content type="html">&lt;p>rich&lt;/p></content>')
    assert entry.content == "<p>rich</p>"


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ('&lt;base href="http://b.example/x/">text', "http://b.example/x/"),
        ("&lt;BASE target=_top HREF='http://b.example/y'>text", "http://b.example/y"),
        ("&lt;base href=http://b.example/z>text", "http://b.example/z"),
        ('&lt;base href="/path/">text', "http://e.example/path/"),
        ('&lt;base href="http://b.example/?a&amp;amp;b">text', "http://b.example/?a&b"),
        ('&lt;base href="javascript:x">text', "http://e.example/1"),
        ("&lt;base>text", "http://e.example/1"),
        ("text", "http://e.example/1"),
    ],
)
def test_base_element_in_a_text(text, base):
    entry = rss_entry(f"<link>http://e.example/1</link><description>{text}</description>")
    assert entry.base_url == base
