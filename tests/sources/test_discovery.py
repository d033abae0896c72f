"""Which feeds a page names, and where feeds usually are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.model.feed import FeedLink
from ingestd.sources.discovery import MAX_LINKS, feed_links, likely_feed_urls

PAGE = "https://a.example/blog/post"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (
            '<link rel="alternate" type="application/rss+xml" title=" 最新  文章 " href="/feed.xml">',
            FeedLink("https://a.example/feed.xml", "最新 文章", "rss"),
        ),
        (
            '<link rel=ALTERNATE type="application/atom+xml; charset=utf-8" href=a.atom>',
            FeedLink("https://a.example/blog/a.atom", "", "atom"),
        ),
        (
            '<link rel="alternate" type="application/feed+json" href="//b.example/f">',
            FeedLink("https://b.example/f", "", "json"),
        ),
        (
            '<link rel="alternate" type="application/json" href="/feed.json">',
            FeedLink("https://a.example/feed.json", "", "json"),
        ),
        ('<link rel="alternate" type="text/xml" title="RSS" href="/x">', FeedLink("https://a.example/x", "RSS", "rss")),
        ('<link rel="feed" href="/x">', FeedLink("https://a.example/x", "", "rss")),
        (
            '<link rel="alternate home" type="application/rss+xml" href="feed:https://b.example/f#x">',
            FeedLink("https://b.example/f", "", "rss"),
        ),
        (
            '<base href="https://c.example/d/"><link rel="alternate" type="application/rss+xml" href="f">',
            FeedLink("https://c.example/d/f", "", "rss"),
        ),
        ('<p><a href="/rss.xml">RSS <b>feed</b></a>', FeedLink("https://a.example/rss.xml", "RSS feed", "rss")),
        ('<a href="/atom/">x</a>', FeedLink("https://a.example/atom/", "x", "atom")),
        ('<a href="/feed.json">x</a>', FeedLink("https://a.example/feed.json", "x", "json")),
    ],
)
def test_feeds_linked_by_a_page(markup, expected):
    assert feed_links(f"<html><head>{markup}", PAGE) == [expected]
    assert feed_links(f"<html><head><meta charset=utf-8>{markup}".encode(), PAGE) == [expected]


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "   ",
        "plain text",
        '<link rel="stylesheet" type="application/rss+xml" href="/feed">',
        '<link rel="alternate" hreflang="en" href="/en/">',
        '<link rel="alternate" type="application/json" href="/wp-json/feed/1">',
        '<link rel="alternate" type="application/json+oembed" href="/feed">',
        '<link rel="alternate" type="application/json" href="/api">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">',
        '<link rel="alternate" type="application/rss+xml" href="http://[x">',
        '<a href="/feedback">feedback</a><a href="mailto:a@feed">x</a>',
        '<?xml version="1.0" encoding="x-none"?><p>x',
    ],
)
def test_pages_without_feeds(markup):
    assert feed_links(markup, PAGE) == []
    assert feed_links(markup.encode(), PAGE) == []


def test_order_and_number():
    head = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{n}">' for n in range(1000))
    found = feed_links(
        f'<a href="/rss">early</a>{head}<link rel="alternate" type="application/atom+xml" href="/0">', PAGE
    )
    assert [link.url for link in found[:3]] == [f"https://a.example/{n}" for n in range(3)]
    assert len(found) == MAX_LINKS
    assert found[0].type == "rss"


def test_the_feed_of_a_youtube_channel_has_its_own_id():
    page = '<script>{"channelId":"UCaaaaaaaaaaaaaaaaaaaaaa"},{"channelId":"UCbbbbbbbbbbbbbbbbbbbbbb"}</script>'
    feed = FeedLink("https://www.youtube.com/feeds/videos.xml?channel_id=UCaaaaaaaaaaaaaaaaaaaaaa", "", "atom")
    assert feed_links(page, "https://www.youtube.com/@name") == [feed]
    assert feed_links(page, "https://youtube.com.evil.example/@name") == []


def test_likely_urls_go_from_the_page_to_the_root():
    found = likely_feed_urls("https://a.example/blog/?page=2#top")
    assert found[0] == "https://a.example/blog/feed"
    assert "https://a.example/feed.json" in found
    assert found.index("https://a.example/blog/atom.xml") < found.index("https://a.example/rss.xml")
    assert len(found) == len(set(found))
    assert "https://a.example/blog/2024/rss" in likely_feed_urls("https://a.example/blog/2024/post.html")
    assert likely_feed_urls("https://a.example")[0] == "https://a.example/feed"


@pytest.mark.parametrize(
    ("url", "feeds"),
    [
        ("https://www.youtube.com/channel/UCaaaaaaaaaaaaaaaaaaaaaa/videos", ["channel_id=UCaaaaaaaaaaaaaaaaaaaaaa"]),
        ("https://m.youtube.com/playlist?list=PLabcdefghijklmnop", ["playlist_id=PLabcdefghijklmnop"]),
        ("https://youtube.com/watch?v=x&list=PLabcdefghijklmnop", ["playlist_id=PLabcdefghijklmnop"]),
        ("https://www.youtube.com/user/some%20one", ["user=some%2520one"]),
    ],
)
def test_youtube_feed_urls(url, feeds):
    assert likely_feed_urls(url) == [f"https://www.youtube.com/feeds/videos.xml?{feed}" for feed in feeds]


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "http://[x", "javascript:alert(1)", "a.example"])
def test_no_likely_urls_without_a_web_address(url):
    assert likely_feed_urls(url) == []


@given(st.binary(max_size=300) | st.text(max_size=300), st.text(max_size=50))
def test_any_page_and_any_url_are_accepted(page, url):
    for link in feed_links(page, url):
        assert link.url.lower().startswith(("http://", "https://"))
    likely_feed_urls(url)
