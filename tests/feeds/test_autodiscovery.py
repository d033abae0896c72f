"""Feed autodiscovery: `link` elements (https://www.rssboard.org/rss-autodiscovery), and links in the text."""

import pytest

from ingestd.feeds.autodiscovery import linked_feeds
from ingestd.model.feed import FeedLink

PAGE = "https://e.example/blog/index.html"


def head(markup: str) -> list[tuple[str, str]]:
    """Address and type of what a page's `link` elements name."""
    found, _ = linked_feeds(f"<html><head>{markup}</head><body><p>Text</p></body></html>", PAGE)
    return [(link.url, link.type) for link in found]


def text(markup: str) -> list[tuple[str, str]]:
    """Address and type of what the links of a page's text name."""
    _, found = linked_feeds(f"<html><body><p>{markup}</p></body></html>", PAGE)
    return [(link.url, link.type) for link in found]


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/feed">', [("https://e.example/feed", "rss")]),
        ('<link rel="alternate" type="application/atom+xml" href="feed">', [("https://e.example/blog/feed", "atom")]),
        (
            '<link rel="alternate" type="application/feed+json" href="?json">',
            [("https://e.example/blog/index.html?json", "json")],
        ),
        ('<link rel="alternate" type="application/rdf+xml" href="/r">', [("https://e.example/r", "rss")]),
        ('<link rel="alternate" type="text/rss+xml" href="/r">', [("https://e.example/r", "rss")]),
        ('<LINK REL="Alternate" TYPE="Application/RSS+XML" HREF="/feed">', [("https://e.example/feed", "rss")]),
        (
            '<link rel="alternate home" type="application/rss+xml; charset=utf-8" href="/f">',
            [("https://e.example/f", "rss")],
        ),
        ("<link rel=alternate type=application/rss+xml href=/feed>", [("https://e.example/feed", "rss")]),
        ('<link rel="feed" href="/f">', [("https://e.example/f", "rss")]),
        ('<link rel="feed" type="application/atom+xml" href="/f">', [("https://e.example/f", "atom")]),
        ('<link rel="feed" type="text/html" href="/feeds.html">', []),
        ('<link rel="alternate" href="/de/" hreflang="de">', []),
        ('<link rel="alternate" type="text/html" href="/rss/">', []),
        ('<link rel="alternate" media="handheld" href="/m/feed">', []),
        ('<link rel="stylesheet" type="application/rss+xml" href="/feed">', []),
        ('<link type="application/rss+xml" href="/feed">', []),
        ('<link rel="alternate" type="application/rss+xml">', []),
        ('<link rel="alternate" type="application/rss+xml" href="">', []),
        ('<link rel="alternate" type="application/rss+xml" href="javascript:x">', []),
        # Types of any XML or JSON count where the address or the title speaks of a feed.
        ('<link rel="alternate" type="text/xml" href="/rss.xml">', [("https://e.example/rss.xml", "rss")]),
        ('<link rel="alternate" type="application/xml" title="Atom feed" href="/x">', [("https://e.example/x", "rss")]),
        (
            '<link rel="alternate" type="application/json" title="JSON Feed" href="/x">',
            [("https://e.example/x", "json")],
        ),
        ('<link rel="alternate" type="application/json" href="/feed.json">', [("https://e.example/feed.json", "json")]),
        ('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/feeds/5">', []),
        ('<link rel="alternate" type="text/xml" href="/sitemap.xml">', []),
        ('<link rel="alternate" type="text/xml" href="/feedback.xml">', []),
        ('<link rel="alternate" type="text/xml" href="/across.xml">', []),
        # Addresses with the scheme of feeds, and with a fragment.
        (
            '<link rel="alternate" type="application/rss+xml" href="feed://x.example/a">',
            [("http://x.example/a", "rss")],
        ),
        (
            '<link rel="alternate" type="application/rss+xml" href="feed:https://x.example/a">',
            [("https://x.example/a", "rss")],
        ),
        (
            '<link rel="alternate" type="application/rss+xml" href="feed://https://x.example/a">',
            [("https://x.example/a", "rss")],
        ),
        ('<link rel="alternate" type="application/rss+xml" href="/feed#top">', [("https://e.example/feed", "rss")]),
        ('<link rel="alternate" type="application/rss+xml" href=" /fe\ned ">', [("https://e.example/feed", "rss")]),
        (
            '<link rel="alternate" type="application/rss+xml" href="//x.example/f?a=1&amp;b">',
            [("https://x.example/f?a=1&b", "rss")],
        ),
        # The base of the page.
        ('<base href="/x/"><link rel="feed" href="f">', [("https://e.example/x/f", "rss")]),
        ('<base href="https://o.example/"><link rel="feed" href="f">', [("https://o.example/f", "rss")]),
        ('<base href="javascript:x"><link rel="feed" href="f">', [("https://e.example/blog/f", "rss")]),
        ('<base target="_blank"><link rel="feed" href="f">', [("https://e.example/blog/f", "rss")]),
        # Several, in document order.
        (
            '<link rel="alternate" type="application/atom+xml" href="/b">'
            '<link rel="alternate" type="application/rss+xml" href="/a">',
            [("https://e.example/b", "atom"), ("https://e.example/a", "rss")],
        ),
    ],
)
def test_link_elements(link, found):
    assert head(link) == found


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ('<a href="/feed">Subscribe</a>', [("https://e.example/feed", "rss")]),
        ('<a href="/feed/">Subscribe</a>', [("https://e.example/feed/", "rss")]),
        ('<a href="/FEED/">Subscribe</a>', [("https://e.example/FEED/", "rss")]),
        ('<a href="rss">RSS</a>', [("https://e.example/blog/rss", "rss")]),
        ('<a href="/rss.xml">RSS</a>', [("https://e.example/rss.xml", "rss")]),
        ('<a href="/feed.xml?x=1">RSS</a>', [("https://e.example/feed.xml?x=1", "rss")]),
        ('<a href="/feed2.xml">RSS</a>', [("https://e.example/feed2.xml", "rss")]),
        ('<a href="/index.xml">RSS</a>', [("https://e.example/index.xml", "rss")]),
        ('<a href="/index.rss">RSS</a>', [("https://e.example/index.rss", "rss")]),
        ('<a href="/atom.xml">Atom</a>', [("https://e.example/atom.xml", "atom")]),
        ('<a href="/feed.atom">Atom</a>', [("https://e.example/feed.atom", "atom")]),
        ('<a href="/feed.json">JSON</a>', [("https://e.example/feed.json", "json")]),
        ('<a href="/feedback">Feedback</a>', []),
        ('<a href="/rss.html">About RSS</a>', []),
        ('<a href="/index.html">Home</a>', []),
        ('<a href="/feed/comments">Comments</a>', []),
        ('<a href="/?feed=rss2">RSS</a>', []),
        ('<a name="feed">x</a>', []),
        ('<a href="mailto:feed@e.example">x</a>', []),
    ],
)
def test_links_in_the_text(link, found):
    assert text(link) == found


def test_titles_of_feeds():
    page = (
        '<link rel="alternate" type="application/rss+xml" title=" All \n news " href="/a">'
        f'<p><a href="/feed">All <b>the</b>\n news {"x" * 300}</a></p>'
    )
    (in_head,), (in_text,) = linked_feeds(page, PAGE)
    assert in_head == FeedLink("https://e.example/a", "All news", "rss")
    assert in_text.title == f"All the news {'x' * 300}"[:200]


@pytest.mark.parametrize("page", ["", "  \n", b"", b"\x00\x00", "no markup at all", '{"a": 1}'])
def test_page_without_links(page):
    assert linked_feeds(page, PAGE) == ([], [])


def test_bytes_are_decoded_as_the_page_declares():
    page = '<meta charset="gbk"><link rel="alternate" type="application/rss+xml" title="新闻" href="/a">'
    assert linked_feeds(page.encode("gbk"), PAGE)[0] == [FeedLink("https://e.example/a", "新闻", "rss")]
    assert linked_feeds(page, PAGE)[0] == [FeedLink("https://e.example/a", "新闻", "rss")]
