"""RSS 0.91 to 2.0 and RSS 1.0 as their specifications define them, and the names of persons that feeds write."""

import pytest

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.feed import Category, Enclosure
from tests.feeds.helpers import URL, rss, rss_entry


@pytest.mark.parametrize(
    ("channel", "field", "value"),
    [
        ("<link>http://liftoff.msfc.nasa.gov/</link>", "link", "http://liftoff.msfc.nasa.gov/"),
        ("<link>/home</link>", "link", "https://feeds.example/home"),
        ("<link/>", "link", None),
        (
            '<atom:link rel="self" href="https://e.example/f"/><link>http://e.example/</link>',
            "link",
            "http://e.example/",
        ),
        ('<atom:link href="http://e.example/"/>', "link", "http://e.example/"),
        (
            "<image><title>Logo</title><link>http://e.example/</link><url>http://e.example/l.png</url></image>",
            "link",
            None,
        ),
        ("<language>en-us</language>", "language", "en-us"),
        ("<language> zh_CN </language>", "language", "zh-CN"),
        ("<language>English</language>", "language", "English"),
        ("<language>en, de</language>", "language", None),
        ("<dc:language>fr</dc:language>", "language", "fr"),
        ("<managingEditor>geo@herald.com (George Matesky)</managingEditor>", "authors", ("George Matesky",)),
        ("<webMaster>betty@herald.com (Betty Guernsey)</webMaster>", "authors", ()),
        ("<dc:creator>A</dc:creator><managingEditor>b@e.example (B)</managingEditor>", "authors", ("A", "B")),
        ("<itunes:author>Podcast people</itunes:author>", "authors", ("Podcast people",)),
        ("<ttl>60</ttl>", "ttl_s", 3600.0),
        ("<ttl> 90 </ttl>", "ttl_s", 5400.0),
        ("<ttl>0</ttl>", "ttl_s", None),
        ("<ttl>-5</ttl>", "ttl_s", None),
        ("<ttl>soon</ttl>", "ttl_s", None),
        ("<ttl>99999999</ttl>", "ttl_s", 31_536_000.0),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", "ttl_s", 1800.0),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", "ttl_s", 3600.0),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", "ttl_s", 86_400.0),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", "ttl_s", 604_800.0),
        ("<sy:updatePeriod>monthly</sy:updatePeriod>", "ttl_s", 2_592_000.0),
        ("<sy:updatePeriod>yearly</sy:updatePeriod><sy:updateFrequency>365</sy:updateFrequency>", "ttl_s", 86_400.0),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", "ttl_s", 86_400.0),
        ("<sy:updatePeriod>fortnightly</sy:updatePeriod>", "ttl_s", None),
        ("<ttl>120</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", "ttl_s", 7200.0),
        ("<ttl>30</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", "ttl_s", 3600.0),
        ("<skipHours><hour>0</hour><hour>23</hour><hour>7</hour></skipHours>", "skip_hours", (0, 7, 23)),
        ("<skipHours><hour>24</hour></skipHours>", "skip_hours", (0,)),  # RSS 0.91 counts to 24
        ("<skipHours><hour>25</hour><hour>x</hour><hour>-1</hour><hour/></skipHours>", "skip_hours", ()),
        ("<skipHours><hour>07</hour><hour>7</hour></skipHours>", "skip_hours", (7,)),
        ("<skipDays><day>Saturday</day><day>Sunday</day></skipDays>", "skip_days", ("saturday", "sunday")),
        ("<skipDays><day>SUNDAY</day><day>sunday</day><day>Sonntag</day></skipDays>", "skip_days", ("sunday",)),
        ('<atom:link rel="hub" href="https://hub.example/"/>', "hub_urls", ("https://hub.example/",)),
        ('<atom:link rel="self" href="https://e.example/f"/>', "self_url", "https://e.example/f"),
    ],
)
def test_channel(channel, field, value):
    assert getattr(rss("<title>T</title>", channel), field) == value


@pytest.mark.parametrize(
    ("item", "field", "value"),
    [
        ("<title>Venice Film Festival &amp;amp; more</title>", "title", "Venice Film Festival & more"),
        ("<title>&lt;b>Bold&lt;/b> news</title>", "title", "Bold news"),
        ("<title><![CDATA[A &amp; B]]></title>", "title", "A & B"),
        ("<title>1 &lt; 2</title>", "title", "1 < 2"),
        ("<dc:title>From Dublin</dc:title>", "title", "From Dublin"),
        ("<title/><dc:title>From Dublin</dc:title>", "title", "From Dublin"),
        ("<media:title>A</media:title><itunes:title>B</itunes:title>", "title", "A"),
        ("<media:group><media:title>Grouped</media:title></media:group>", "title", "Grouped"),
        ("<description>No &lt;b>title&lt;/b></description>", "title", ""),
        ("<link>http://nytimes.com/2004/12/07FEST.html</link>", "link", "http://nytimes.com/2004/12/07FEST.html"),
        ("<link>\n  http://e.example/1\n</link>", "link", "http://e.example/1"),
        ("<link>http://e.example/a\nb</link>", "link", "http://e.example/ab"),
        ("<link>www.e.example/1</link>", "link", "http://www.e.example/1"),
        ("<link>WWW.e.example/1</link>", "link", "http://WWW.e.example/1"),
        ("<link>http://e.example/a b</link>", "link", "http://e.example/a%20b"),
        ("<link>http://e.example/?a=1&amp;b=2</link>", "link", "http://e.example/?a=1&b=2"),
        ("<link>http://e.example/?</link>", "link", "http://e.example/?"),
        ("<link>ftp://e.example/1</link>", "link", None),
        ("<link>http://e.example/" + "x" * 7_979 + "</link>", "link", "http://e.example/" + "x" * 7_979),
        ("<link>http://e.example/" + "x" * 7_984 + "</link>", "link", None),
        ('<guid isPermaLink="true">http://e.example/1</guid>', "link", "http://e.example/1"),
        ("<guid>http://e.example/1</guid>", "link", "http://e.example/1"),
        ('<guid isPermaLink="false">http://e.example/1</guid>', "link", None),
        ('<guid isPermaLink="FALSE">http://e.example/1</guid>', "link", None),
        ('<guid ispermalink="false">http://e.example/1</guid>', "link", None),
        ('<guid isPermaLink="true">1</guid>', "link", "https://feeds.example/news/1"),
        ("<guid>1</guid>", "link", None),
        ("<guid>http://e.example/g</guid><link>http://e.example/l</link>", "link", "http://e.example/l"),
        (
            "<link>http://e.example/l</link><feedburner:origLink>http://o.example/</feedburner:origLink>",
            "link",
            "http://o.example/",
        ),
        ("<comments>http://e.example/c</comments>", "link", None),
        ('<enclosure url="http://e.example/a.mp3"/>', "link", None),
        ("<guid>some unique string</guid>", "guid", "some unique string"),
        ("<guid>  spaced \n</guid>", "guid", "spaced"),
        ("<guid/>", "guid", None),
        ("<atom:id>urn:1</atom:id>", "guid", "urn:1"),
        ("<dc:identifier>doi:10.1/x</dc:identifier>", "guid", "doi:10.1/x"),
        ("<guid>g</guid><dc:identifier>doi:10.1/x</dc:identifier>", "guid", "g"),
        ("<category>Grateful Dead</category>", "categories", (Category("Grateful Dead"),)),
        (
            '<category domain="http://www.fool.com/cusips">MSFT</category>',
            "categories",
            (Category("MSFT", "http://www.fool.com/cusips"),),
        ),
        (
            "<category>a</category><dc:subject>b</dc:subject><category>a</category>",
            "categories",
            (Category("a"), Category("b")),
        ),
        ("<dc:subject>b</dc:subject><category>a</category>", "categories", (Category("b"), Category("a"))),
        (
            "<itunes:keywords>one, two ,,three</itunes:keywords>",
            "categories",
            tuple(map(Category, ("one", "two", "three"))),
        ),
        ("<category/><category> </category>", "categories", ()),
        (
            '<enclosure url="http://www.scripting.com/mp3s/weather.mp3" length="12216320" type="audio/mpeg" />',
            "enclosures",
            (Enclosure("http://www.scripting.com/mp3s/weather.mp3", "audio/mpeg", 12_216_320),),
        ),
        ('<enclosure url="/a.mp3"/>', "enclosures", (Enclosure("https://feeds.example/a.mp3"),)),
        (
            '<enclosure url="http://e.example/a" length="1,234" type=" a/b "/>',
            "enclosures",
            (Enclosure("http://e.example/a", "a/b", 1234),),
        ),
        ('<enclosure url="http://e.example/a" length="-1"/>', "enclosures", (Enclosure("http://e.example/a"),)),
        ('<enclosure url="http://e.example/a" length="12 MB"/>', "enclosures", (Enclosure("http://e.example/a"),)),
        ('<enclosure url="http://e.example/a" length="٣"/>', "enclosures", (Enclosure("http://e.example/a"),)),
        (
            '<enclosure url="http://e.example/a" length=" 7 "/>',
            "enclosures",
            (Enclosure("http://e.example/a", None, 7),),
        ),
        ('<enclosure href="http://e.example/a"/>', "enclosures", (Enclosure("http://e.example/a"),)),
        ("<enclosure>http://e.example/a</enclosure>", "enclosures", (Enclosure("http://e.example/a"),)),
        ('<enclosure url="data:text/plain,x"/><enclosure/>', "enclosures", ()),
        ("<description>one\n\ntwo</description>", "summary", "<p>one</p><p>two</p>"),
        ("<description>one\ntwo</description>", "summary", "one<br>\ntwo"),
        ("<description>&lt;p>one\ntwo&lt;/p></description>", "summary", "<p>one\ntwo</p>"),
        ("<description>AT&amp;amp;T</description>", "summary", "AT&amp;T"),
        ("<description><![CDATA[<p>one</p>]]></description>", "summary", "<p>one</p>"),
        ("<description>&lt;![CDATA[&lt;p>one&lt;/p>]]&gt;</description>", "summary", "<p>one</p>"),
        ("<content:encoded><![CDATA[<p>all</p>]]></content:encoded>", "content", "<p>all</p>"),
        ("<description/><content:encoded/>", "content", ""),
        ("<author>lawyer@boyer.net (Lawyer Boyer)</author>", "authors", ("Lawyer Boyer",)),
        ("<author>a@e.example</author><dc:creator>B</dc:creator>", "authors", ("B", "a@e.example")),
        ("<dc:creator>A</dc:creator><dc:creator>B</dc:creator><dc:creator>A</dc:creator>", "authors", ("A", "B")),
        ("<itunes:author>P</itunes:author>", "authors", ("P",)),
        ("<itunes:author>P</itunes:author><author>A</author>", "authors", ("A",)),
        ("<dc:contributor>C</dc:contributor>", "authors", ("C",)),
        ("<author><name>N</name></author>", "authors", ("N",)),
        ("<author><foaf:name>N</foaf:name></author>", "authors", ("N",)),
    ],
)
def test_item(item, field, value):
    assert getattr(rss_entry(f"{item}<x/>"), field) == value


@pytest.mark.parametrize(
    ("item", "published", "updated"),
    [
        ("<pubDate>Sun, 19 May 2002 15:21:36 GMT</pubDate>", "2002-05-19 15:21", None),
        ("<dc:date>2002-05-19T15:21:36Z</dc:date>", "2002-05-19 15:21", None),
        ("<dcterms:issued>2002-05-19</dcterms:issued>", "2002-05-19 00:00", None),
        ("<dcterms:created>2002-05-19</dcterms:created>", "2002-05-19 00:00", None),
        ("<prism:publicationDate>2002-05-19</prism:publicationDate>", "2002-05-19 00:00", None),
        ("<atom:published>2002-05-19T15:21:36Z</atom:published>", "2002-05-19 15:21", None),
        ("<atom:updated>2002-05-19T15:21:36Z</atom:updated>", None, "2002-05-19 15:21"),
        ("<dcterms:modified>2002-05-19</dcterms:modified>", None, "2002-05-19 00:00"),
        ("<pubDate>2002-05-20</pubDate><dc:date>2002-05-19</dc:date>", "2002-05-20 00:00", None),
        ("<pubDate>soon</pubDate><dc:date>2002-05-19</dc:date>", "2002-05-19 00:00", None),
        ("<pubDate/><dc:date>2002-05-19</dc:date>", "2002-05-19 00:00", None),
        ("<pubDate>2002-05-19</pubDate><pubDate>2002-05-20</pubDate>", "2002-05-20 00:00", None),
    ],
)
def test_dates_of_an_item(item, published, updated):
    entry = rss_entry(item)
    found = [stamp and f"{stamp.utc:%Y-%m-%d %H:%M}" for stamp in (entry.published, entry.updated)]
    assert found == [published, updated]


def test_dates_that_cannot_be_read_are_kept_for_the_report():
    entry = rss_entry("<pubDate>soon</pubDate><dc:date>later</dc:date><atom:updated>never</atom:updated>")
    assert entry.unread_dates == ("soon", "later", "never")
    many = "".join(f"<pubDate>day {number} of never</pubDate>" for number in range(15))
    assert len(rss_entry(many).unread_dates) == 10


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("bob@example.com (Bob Smith)", "Bob Smith"),
        ("Bob Smith (bob@example.com)", "Bob Smith"),
        ("Bob Smith &lt;bob@example.com&gt;", "Bob Smith"),
        ("&lt;bob@example.com&gt; Bob Smith", "Bob Smith"),
        ('"Bob Smith" &lt;bob@example.com&gt;', "Bob Smith"),
        ("Bob Smith, bob@example.com", "Bob Smith"),
        ("Bob Smith - bob@example.com", "Bob Smith"),
        ("bob@example.com [Bob Smith]", "Bob Smith"),
        ("bob@example.com", "bob@example.com"),
        ("(bob@example.com)", "bob@example.com"),
        ("&lt;bob@example.com&gt;", "bob@example.com"),
        ("mailto:bob@example.com", "bob@example.com"),
        ("bob@example.com ()", "bob@example.com"),
        ("bob@example.com (-)", "bob@example.com"),
        ('&lt;a href="mailto:bob@example.com"&gt;Bob Smith&lt;/a&gt;', "Bob Smith"),
        ('&lt;a href="http://e.example/bob"&gt;Bob Smith&lt;/a&gt;', "Bob Smith"),
        ("By &lt;b&gt;Bob&lt;/b&gt; Smith", "By Bob Smith"),
        ("Bob (Robert) Smith", "Bob (Robert) Smith"),
        ("Bob @ Smith", "Bob @ Smith"),
        ("Bob\n  Smith", "Bob Smith"),
        ("Müller &amp;amp; Söhne", "Müller & Söhne"),
        ("editor@example.com (新闻编辑部)", "新闻编辑部"),
        ("noreply@blogger.com (O'Brien, Pat)", "O'Brien, Pat"),
    ],
)
def test_name_of_a_person(written, name):
    assert rss_entry(f"<author>{written}</author>").authors == (name,)
    assert rss_entry(f"<dc:creator>{written}</dc:creator>").authors == (name,)


RSS_10 = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
 <channel rdf:about="http://meerkat.oreillynet.com/?_fl=rss1.0">
  <title>Meerkat</title><link>http://meerkat.oreillynet.com</link>
  <description>Meerkat: An Open Wire Service</description>
  <items><rdf:Seq><rdf:li resource="http://c.moreover.com/click/here.pl?r123" /></rdf:Seq></items>
 </channel>
 <item rdf:about="http://c.moreover.com/click/here.pl?r123">
  <title>XML: A Disruptive Technology</title><link>http://c.moreover.com/click/here.pl?r123</link>
  <dc:description>XML is placing increasingly heavy loads.</dc:description>
  <dc:creator>Simon St.Laurent (mailto:simonstl@simonstl.com)</dc:creator><dc:subject>XML</dc:subject>
 </item>
 <item rdf:about="http://xml.com/2"><title>No link</title></item>
</rdf:RDF>"""


def test_example_of_rss_10():
    feed = parse_feed(RSS_10.encode(), url=URL)
    first, second = feed.entries
    assert (feed.format, feed.title, feed.link) == ("rss10", "Meerkat", "http://meerkat.oreillynet.com")
    assert first.title == "XML: A Disruptive Technology"
    assert first.guid == first.link == "http://c.moreover.com/click/here.pl?r123"
    assert first.summary == "XML is placing increasingly heavy loads."
    assert first.categories == (Category("XML"),)
    assert second.link == "http://xml.com/2"


@pytest.mark.parametrize(
    ("root", "found"),
    [
        ('<rss version="0.90"><channel>', "rss090"),
        ('<rss version="0.91"><channel>', "rss091"),
        ('<rss version="0.92"><channel>', "rss092"),
        ('<rss version="0.93"><channel>', "rss093"),
        ('<rss version="0.94"><channel>', "rss094"),
        ('<rss version="1.0"><channel>', "rss10"),
        ('<rss version="2.0"><channel>', "rss20"),
        ('<rss version=" 2.0 "><channel>', "rss20"),
        ('<rss version="2.01"><channel>', "rss20"),
        ("<rss><channel>", "rss20"),
        ('<RSS VERSION="2.0"><CHANNEL>', "rss20"),
    ],
)
def test_versions(root, found):
    item = "<title>T</title><item><title>One</title></item>"
    end = "</channel></rss>" if "channel" in root else "</CHANNEL></RSS>"
    feed = parse_feed(f"{root}{item}{end}".encode(), url=URL)
    assert (feed.format, [entry.title for entry in feed.entries]) == (found, ["One"])
