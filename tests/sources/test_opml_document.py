"""Damaged lists of feeds: what is certain is repaired, and what is not is named."""

# ruff: noqa: E501 - exports have the lines that readers write

import pytest

from ingestd.model.errors import ArchiveError
from ingestd.sources.opml import feed_url, read_feed_list

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0"><head><title>t</title></head><body>\n'
TAIL = "</body></opml>\n"


def opml(*outlines: str) -> str:
    return HEAD + "\n".join(outlines) + TAIL


def outline(title: str, url: str = "https://a.example/f", more: str = "") -> str:
    return f'<outline type="rss" text="{title}" xmlUrl="{url}"{more}/>'


def hundred() -> str:
    return opml(*(outline(f"Feed {number}", f"https://a.example/{number}") for number in range(100)))


class TestCertainRepairs:
    @pytest.mark.parametrize(
        ("written", "url"),
        [
            ("https://a.example/?a=1&b=2", "https://a.example/?a=1&b=2"),
            ("https://a.example/?a=1&amp;b=2", "https://a.example/?a=1&b=2"),
            ("https://a.example/?a=1&copy=2&lt=3", "https://a.example/?a=1&copy=2&lt=3"),
            ("https://a.example/?a=1&#38;b=2", "https://a.example/?a=1&b=2"),
            ("https://a.example/?a&unknown;b", "https://a.example/?a&unknown;b"),
            ("HTTP://A.example/Feed", "http://A.example/Feed"),
            ("HTTPS://a.example/", "https://a.example/"),
            ("feed://a.example/rss", "http://a.example/rss"),
            ("feed:https://a.example/rss", "https://a.example/rss"),
        ],
    )
    def test_of_addresses(self, written, url):
        found = read_feed_list(opml(outline("A", written)).encode())
        assert [one.xml_url for one in found.subscriptions] == [url]
        assert found.problems == ()

    @pytest.mark.parametrize(
        ("written", "title"),
        [
            ("AT&T", "AT&T"),
            ("A & B", "A & B"),
            ("caf&eacute;&nbsp;noir", "café noir"),
            ("It&#8217;s", "It’s"),
            ("It&#146;s", "It’s"),
            ("I &lt;3 NY", "I <3 NY"),
            ("I <3 NY", "I <3 NY"),
            ("<b>bold</b> > plain", "<b>bold</b> > plain"),
            ("&#x1F600;", "😀"),
            ("a\x0bb", "ab"),
        ],
    )
    def test_of_titles(self, written, title):
        found = read_feed_list(opml(outline(written), outline("Next", "https://b.example/f")).encode())
        assert [one.title for one in found.subscriptions] == [title, "Next"]
        assert found.problems == ()

    @pytest.mark.parametrize(
        "data",
        [
            opml(outline("联合早报")).encode("utf-8-sig"),
            opml(outline("联合早报")).encode("utf-16"),
            opml(outline("联合早报")).encode("utf-16-le"),
            opml(outline("联合早报")).replace("UTF-8", "ISO-8859-1").encode(),
            opml(outline("联合早报")).replace("UTF-8", "utf8mb4").encode(),
            opml(outline("联合早报")).replace("UTF-8", "gb2312").encode("gb18030"),
            opml(outline("联合早报")).replace(' encoding="UTF-8"', "").encode(),
            b"\r\n \n" + opml(outline("联合早报")).encode(),
            b"<!-- <opml> of a reader -- made by hand -->\n" + opml(outline("联合早报")).encode(),
            ("<br /><b>Warning</b>: in export.php\n" + opml(outline("联合早报")) + "\n<!-- 3 ms -->\x00").encode(),
            opml(outline("联合早报", more=' frss:priority="main"')).encode(),
            opml(outline("联合早报"))
            .replace("<opml", '<OPML xmlns="http://opml.org/spec2"')
            .replace("/opml", "/OPML")
            .encode(),
            opml("<outline text='联合早报' XMLURL=https://a.example/f />").encode(),
        ],
    )
    def test_of_charset_and_surroundings(self, data):
        found = read_feed_list(data)
        assert [(one.title, one.xml_url) for one in found.subscriptions] == [("联合早报", "https://a.example/f")]
        assert found.problems == ()


class TestDamage:
    @pytest.mark.parametrize("cut_at", [0.3, 0.5, 0.51, 0.52, 0.53, 0.54, 0.9])
    def test_a_list_that_was_cut_is_named_and_gives_no_cut_address(self, cut_at):
        text = hundred()
        found = read_feed_list(text[: int(len(text) * cut_at)].encode())
        assert found.problems[0] == "the list ends before its end, without </opml>: feeds are missing"
        assert {one.xml_url for one in found.subscriptions} < {f"https://a.example/{number}" for number in range(100)}
        assert len(found.subscriptions) > 20

    def test_a_list_cut_after_its_last_feed_is_named_too(self):
        found = read_feed_list(hundred()[: -len(TAIL)].encode())
        assert len(found.subscriptions) == 100
        assert len(found.problems) == 1

    @pytest.mark.parametrize(
        ("broken", "line"),
        [
            ('<outline type="rss" text="a "quoted" title" xmlUrl="https://b.example/f"/>', 4),
            ('<outline type="rss" text="a" text="b" xmlUrl="https://b.example/f"/>', 4),
            ('<outline type="rss" text="no end xmlUrl="https://b.example/f"/>', 4),
            ('<outline text="folder">', 5),
            ("</outline>", 4),
        ],
    )
    def test_what_may_mean_several_things_is_named_with_its_line(self, broken, line):
        found = read_feed_list(opml(outline("A"), broken, outline("C", "https://c.example/f")).encode())
        assert found.subscriptions[0].title == "A"
        assert any(
            f"the list is damaged in line {line}: feeds or their folders may be missing" in one
            for one in found.problems
        )

    @pytest.mark.parametrize(
        ("damaged", "says"),
        [
            (outline("A", "https://a.example/\x01f"), "A: no web address: 'https://a.example/"),
            (outline("A", "//a.example/f"), "A: no web address: '//a.example/f'"),
            (outline("A", "www.a.example/f"), "A: no web address: 'www.a.example/f'"),
            (outline("A", "https://a.example:99999/f"), "A: no web address: 'https://a.example:99999/f'"),
            (outline("A", "https://a.example/ f"), "A: no web address: 'https://a.example/ f'"),
            (outline("A", "ftp://me:secret@a.example/f"), "A: no web address: 'ftp://a.example/f'"),
            ('<outline type="rss" text="A" htmlUrl="https://a.example/"/>', "A: a feed without an address"),
            (
                '<outline type="HTML+XPath" text="A" xmlUrl="https://a.example/" frss:xPathItem="//p"/>',
                "A: a page of the type html+xpath, not a feed: https://a.example/",
            ),
            (
                '<outline type="include" text="A" url="https://a.example/more.opml"/>',
                "A: another list, which is not read: https://a.example/more.opml",
            ),
        ],
    )
    def test_an_outline_that_is_not_taken_is_named(self, damaged, says):
        found = read_feed_list(opml(damaged, outline("B", "https://b.example/f")).encode())
        assert [one.title for one in found.subscriptions] == ["B"]
        assert len(found.problems) == 1
        assert found.problems[0].startswith(says)

    def test_every_address_of_a_site_in_subs_json_is_taken_or_named(self):
        found = read_feed_list(
            b'[{"site": "A", "url": ["https://a.example/1", "ftp://a.example/2", 3, "HTTPS://a.example/4"]}]'
        )
        assert [one.xml_url for one in found.subscriptions] == ["https://a.example/1", "https://a.example/4"]
        assert found.problems == ("item 1: no web address: 'ftp://a.example/2'", "item 1: no web address: '3'")


class TestOtherFiles:
    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (b"", "no OPML: the file is empty"),
            (b"\xef\xbb\xbf \n", "no OPML: the file is empty"),
            (b"<!doctype html><html><body>Log in</body></html>", "not <opml>, but <html>: it is a web page"),
            (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "not <opml>, but <rss>: it is a feed"),
            (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "not <opml>, but <feed>: it is a feed"),
            (b"a.example/f\n", "no OPML: it begins with 'a.example/f"),
            (b"\x00" * 100, "no OPML: it begins with "),
            (b"PK\x03\x04", "no OPML: it begins with "),
        ],
    )
    def test_are_refused_by_what_they_are(self, data, says):
        with pytest.raises(ArchiveError) as caught:
            read_feed_list(data)
        assert says in str(caught.value)

    def test_an_empty_list_is_no_damage(self):
        assert read_feed_list(b"<opml/>").problems == ()
        assert read_feed_list(b"<opml version='2.0'><body/></opml>").problems == ()


# What readers write, each in the manner of its own export.
EXPORTS = {
    "Feedly": """<?xml version="1.0" encoding="UTF-8"?>

<opml version="1.0">
    <head>
        <title>Jo subscriptions in feedly Cloud</title>
    </head>
    <body>
        <outline text="News" title="News">
            <outline type="rss" text="One" title="One" xmlUrl="https://one.example/f" htmlUrl="https://one.example/"/>
            <outline type="rss" text="Two" title="Two" xmlUrl="https://two.example/f" htmlUrl="https://two.example/"/>
        </outline>
        <outline text="More" title="More">
            <outline type="rss" text="One" title="One" xmlUrl="https://one.example/f" htmlUrl="https://one.example/"/>
        </outline>
    </body>
</opml>
""",
    "NetNewsWire": """<?xml version="1.0" encoding="UTF-8"?>
<!-- OPML generated by NetNewsWire -->
<opml version="1.1">
\t<head>
\t\t<title>Subscriptions.opml</title>
\t</head>
<body>
\t<outline text="News" title="News">
\t\t<outline text="One" title="One" description="" type="rss" version="RSS" htmlUrl="https://one.example/" xmlUrl="https://one.example/f"/>
\t\t<outline text="Two" title="Two" description="" type="rss" version="RSS" htmlUrl="https://two.example/" xmlUrl="https://two.example/f"/>
\t</outline>
\t<outline text="More" title="More">
\t\t<outline text="One" title="One" description="" type="rss" version="RSS" htmlUrl="https://one.example/" xmlUrl="https://one.example/f"/>
\t</outline>
</body>
</opml>
""",
    "FreshRSS": """<?xml version="1.0" encoding="UTF-8"?>
<opml xmlns:frss="https://freshrss.org/opml" version="2.0">
  <head><title>FreshRSS</title><dateCreated>Mon, 05 Jan 2026 10:00:00 +0000</dateCreated></head>
  <body>
    <outline text="News" frss:opmlUrl="">
      <outline text="One" type="rss" xmlUrl="https://one.example/f" htmlUrl="https://one.example/" description="d"
        frss:priority="main" frss:cssFullContent="article"/>
      <outline text="Two" type="JSONFeed" xmlUrl="https://two.example/f" htmlUrl="https://two.example/" description=""/>
    </outline>
    <outline text="More">
      <outline text="One" type="rss" xmlUrl="https://one.example/f" htmlUrl="https://one.example/" description=""/>
    </outline>
  </body>
</opml>
""",
    "Miniflux": """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
    <head>
        <title>Miniflux</title>
        <dateCreated>Mon, 05 Jan 2026 10:00:00 UTC</dateCreated>
    </head>
    <body>
        <outline text="News">
            <outline title="One" text="One" xmlUrl="https://one.example/f" htmlUrl="https://one.example/" description="" type="rss"></outline>
            <outline title="Two" text="Two" xmlUrl="https://two.example/f" htmlUrl="https://two.example/" description="" type="rss"></outline>
        </outline>
        <outline text="More">
            <outline title="One" text="One" xmlUrl="https://one.example/f" htmlUrl="https://one.example/" description="" type="rss"></outline>
        </outline>
    </body>
</opml>
""",
}


@pytest.mark.parametrize("reader", EXPORTS)
def test_exports_of_readers(reader):
    found = read_feed_list(EXPORTS[reader].encode())
    assert [(one.title, one.xml_url, one.html_url, one.tags) for one in found.subscriptions] == [
        ("One", "https://one.example/f", "https://one.example/", ("News", "More")),
        ("Two", "https://two.example/f", "https://two.example/", ("News",)),
    ]
    assert found.problems == (), "a feed in two folders loses nothing"


def test_the_export_of_newsboat_has_titles_alone():
    text = (
        '<?xml version="1.0"?>\n<opml version="1.0">\n  <head>\n    <title>newsboat - Exported Feeds</title>\n  </head>\n'
        '  <body>\n    <outline type="rss" xmlUrl="https://one.example/f" htmlUrl="https://one.example/" title="One"/>\n'
        '    <outline type="rss" xmlUrl="https://two.example/f" htmlUrl="" title=""/>\n  </body>\n</opml>\n'
    )
    found = read_feed_list(text.encode())
    assert [(one.title, one.xml_url) for one in found.subscriptions] == [
        ("One", "https://one.example/f"),
        ("two.example", "https://two.example/f"),
    ]
    assert found.problems == ()


@pytest.mark.parametrize(
    "text", ["", "feed:", "feed://", "http://", "https:///f", "javascript:alert(1)", "feed:ftp://x/"]
)
def test_what_is_no_address_of_a_feed(text):
    assert feed_url(text) is None
