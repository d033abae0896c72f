"""OPML and subs.json: documents of other programs are read; what is written is standard OPML."""

import json
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.model.errors import ArchiveError
from ingestd.sources.opml import FeedList, ListedFeed, read_feed_list, write_opml

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

NESTED = """\
<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>我的订阅</title></head><body>
  <outline text="新闻" title="新闻">
    <outline text="亚洲">
      <outline type="rss" text="联合早报" title="联合早报" xmlUrl="https://a.example/feed?x=1&amp;y=2" htmlUrl="https://a.example/"/>
    </outline>
    <outline type="rss" text="B" xmlUrl="https://b.example/feed" category="/science/physics,daily"/>
  </outline>
  <outline TEXT="lower" xmlurl=" https://c.example/rss "/>
  <outline type="atom" text="D" url="https://d.example/atom"/>
  <outline type="link" text="a page" url="https://e.example/"/>
  <outline text="bad" xmlUrl="file:///etc/passwd"/>
  <outline xmlUrl="https://www.f.example/feed"/>
</body></opml>
"""


def test_nested_outlines_become_tags():
    assert read_feed_list(NESTED.encode()) == FeedList(
        (
            ListedFeed("联合早报", "https://a.example/feed?x=1&y=2", "https://a.example/", ("新闻", "亚洲")),
            ListedFeed("B", "https://b.example/feed", None, ("新闻", "science", "physics", "daily")),
            ListedFeed("lower", "https://c.example/rss"),
            ListedFeed("D", "https://d.example/atom"),
            ListedFeed("f.example", "https://www.f.example/feed"),
        ),
        ("bad: no web address: 'file:///etc/passwd'",),
    )


def test_the_declared_encoding_is_used():
    text = NESTED.replace("UTF-8", "GB18030")
    assert read_feed_list(text.encode("gb18030")).subscriptions[0].title == "联合早报"


def opml(*outlines: str, doctype: str = "") -> bytes:
    return f'{doctype}<opml version="1.0"><body>{"".join(outlines)}</body></opml>'.encode()


def outline(title: str, url: str) -> str:
    return f'<outline text="{title}" xmlUrl="{url}"/>'


def test_names_are_made_distinct():
    found = read_feed_list(
        opml(
            outline("News", "https://a.example/1"),
            outline("News", "https://b.example/1"),
            outline("News", "https://b.example/2?c=3"),
            outline("News", "https://b.example/1#x"),
            outline("News", "https://b.example/1#y"),
        )
    )
    assert [one.title for one in found.subscriptions] == [
        "News",
        "News (b.example)",
        "News (2?c=3)",
        "News (1)",
        "News 2",
    ]


def test_an_address_listed_twice_is_one_feed_with_the_tags_of_both():
    found = read_feed_list(
        opml(f'<outline text="x">{outline("A", "https://a.example/1")}</outline>', outline("B", "https://a.example/1"))
    )
    assert found.subscriptions == (ListedFeed("A", "https://a.example/1", None, ("x",)),)
    assert found.problems == ("B: listed twice: https://a.example/1",)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;&b;&b;">]>',
    ],
)
def test_nothing_is_loaded_or_expanded(doctype):
    document = opml('<outline text="T">&x;</outline>', outline("A", "https://a.example/1"), doctype=doctype)
    (only,) = read_feed_list(document).subscriptions
    assert only.xml_url == "https://a.example/1"
    assert "root:" not in only.title


def test_broken_xml_is_repaired():
    document = opml(outline("A & B", "https://a.example/?a=1&b=2"), outline("C", "https://c.example/"))[:-14]
    assert [one.xml_url for one in read_feed_list(document).subscriptions][1] == "https://c.example/"


def test_deep_nesting_is_bounded():
    assert read_feed_list(b"<opml><body>" + b'<outline text="x">' * 100_000).subscriptions == ()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no OPML"),
        (b"<html></html>", "first element is not <opml>"),
        (b"plain text", "no OPML"),
        (b'{"site": "x"}', "no JSON array"),
        (b"[1, 2", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[\xff]", "no JSON"),
    ],
)
def test_other_data_raises_an_error_with_its_reason(data, reason):
    with pytest.raises(ArchiveError, match=reason):
        read_feed_list(data)


def test_subs_json():
    items = [
        {"site": "中参馆", "url": "https://a.example/feed"},
        {"site": "Matters", "url": "https://b.example/1.xml"},
        {"site": "Matters", "url": "https://b.example/2.xml"},
        {"site": "Matters", "url": "https://c.example/3.xml"},
        {"site": "Many", "url": ["https://d.example/1", "https://d.example/2"]},
        {"url": "https://e.example/feed"},
        {"site": "none"},
        {"site": "bad", "url": "javascript:alert(1)"},
        "text",
    ]
    found = read_feed_list(b"\xef\xbb\xbf" + json.dumps(items, ensure_ascii=False).encode())
    assert [(one.title, one.xml_url, one.tags) for one in found.subscriptions] == [
        ("中参馆", "https://a.example/feed", ("中参馆",)),
        ("Matters", "https://b.example/1.xml", ("Matters",)),
        ("Matters (b.example)", "https://b.example/2.xml", ("Matters",)),
        ("Matters (c.example)", "https://c.example/3.xml", ("Matters",)),
        ("Many", "https://d.example/1", ("Many",)),
        ("Many (d.example)", "https://d.example/2", ("Many",)),
        ("e.example", "https://e.example/feed", ()),
    ]
    assert [problem.split(":")[0] for problem in found.problems] == ["item 7", "item 8", "item 9"]


def test_written_opml_has_folders_and_categories():
    text = write_opml(
        [
            ListedFeed('A "&" <B>', "https://a.example/?x=1&y=2", "https://a.example/", ("新闻", "daily")),
            ListedFeed("C", "https://c.example/feed"),
            ListedFeed("D", "https://d.example/feed", None, ("新闻",)),
        ],
        title="ingestd",
        now=NOW,
    )
    root = ElementTree.fromstring(text)
    assert root.attrib == {"version": "2.0"}
    assert root.findtext("head/dateCreated") == "Fri, 02 Jan 2026 03:04:05 GMT"
    top = root.findall("body/outline")
    # Miniflux and FreshRSS take the outline around a feed for its category, newsboat for its tag.
    assert [one.get("text") for one in top] == ["C", "新闻"]
    assert top[0].attrib == {"type": "rss", "text": "C", "title": "C", "xmlUrl": "https://c.example/feed"}
    assert [one.get("text") for one in top[1]] == ['A "&" <B>', "D"]
    assert top[1][0].get("category") == "daily"
    assert top[1][0].get("xmlUrl") == "https://a.example/?x=1&y=2"


words = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cn", "Co"), exclude_characters=",/\ufffe\uffff"),
    min_size=1,
)


@pytest.mark.slow
@given(st.dictionaries(words, st.lists(words, max_size=3, unique=True).map(tuple), max_size=5))
def test_written_feeds_are_read_back(feeds):
    subscriptions = {
        ListedFeed(title, f"https://a.example/{number}", None, tags)
        for number, (title, tags) in enumerate(feeds.items())
    }
    result = read_feed_list(write_opml(subscriptions, title="t", now=NOW).encode())
    assert set(result.subscriptions) == subscriptions
    assert result.problems == ()


NEWSBOAT = """
# my feeds
https://a.example/feed "News of the day" 中文 "~The A"
feed://b.example/rss   # the old scheme
HTTPS://a.example/feed more
"query:Unread:unread = \\"yes\\""
exec:~/bin/feed.sh
filter:~/f.sh:https://c.example/f
https://d.example/feed ! "!"
not an address
"""


def test_lists_of_newsboat_and_plain_ones():
    found = read_feed_list(NEWSBOAT.encode())
    assert found.subscriptions == (
        ListedFeed("The A", "https://a.example/feed", None, ("News of the day", "中文", "more")),
        ListedFeed("b.example", "http://b.example/rss"),
        ListedFeed("d.example", "https://d.example/feed"),
    )
    assert [problem.split(": ")[:2] for problem in found.problems] == [
        ["line 5", "no feed, but a command of newsboat"],
        ["line 6", "no feed, but a command of newsboat"],
        ["line 7", "no feed, but a command of newsboat"],
        ["line 9", "no web address"],
    ]
    plain = read_feed_list(b"\xef\xbb\xbfhttps://a.example/1\r\nfeed:https://a.example/2\r\n")
    assert [one.xml_url for one in plain.subscriptions] == ["https://a.example/1", "https://a.example/2"]


@pytest.mark.parametrize("text", ["no list at all", "# only a comment", "ftp://a.example/"])
def test_a_text_that_begins_with_no_address_is_no_list(text: str):
    with pytest.raises(ArchiveError, match="the list is no OPML"):
        read_feed_list(text.encode())
