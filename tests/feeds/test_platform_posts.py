"""Lists of posts of WordPress's REST API and of Tumblr's first API: the values of their entries, and what is none."""

import json
from datetime import UTC, datetime

import pytest

from ingestd.feeds.fields import DateContext
from ingestd.feeds.tumblr_posts import read_tumblr_posts
from ingestd.feeds.wordpress_posts import read_wordpress_posts
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Category, Entry, Feed, ZoneOrigin

URL = "https://a.example/wp-json/wp/v2/posts?page=1"
POST = {
    "date": "2024-05-01T20:00:00",
    "date_gmt": "2024-05-01T12:00:00",
    "modified_gmt": "2024-05-02T12:00:00",
    "guid": {"rendered": "https://a.example/?post_type=post&#038;p=7"},
    "link": "https://a.example/2024/05/river/",
    "title": {"rendered": "The river &#8217;s &lt;edge&gt; &amp; more"},
    "content": {"rendered": "<p>Text</p>", "protected": False},
    "excerpt": {"rendered": "<p>Short</p>"},
    "_embedded": {
        "author": [{"name": "Zhang &amp; Li"}, {"code": "rest_user_invalid_id"}],
        "wp:term": [[{"taxonomy": "category", "name": "News"}], [{"taxonomy": "post_tag", "name": "a &amp; b"}], None],
    },
}


def wordpress(*posts: object) -> Feed:
    return read_wordpress_posts(json.dumps(posts).encode(), url=URL, dates=DateContext("Asia/Shanghai"))


def wordpress_entry(**changes: object) -> Entry:
    (entry,) = wordpress(POST | changes).entries
    return entry


def test_values_of_a_wordpress_post():
    entry = wordpress_entry()
    assert entry.title == "The river \N{RIGHT SINGLE QUOTATION MARK}s <edge> & more"
    assert (entry.link, entry.guid) == (POST["link"], "https://a.example/?post_type=post&p=7")
    assert entry.published is not None and entry.published.utc == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert entry.updated is not None and entry.updated.utc == datetime(2024, 5, 2, 12, tzinfo=UTC)
    assert (entry.content, entry.summary, entry.authors) == ("<p>Text</p>", "<p>Short</p>", ("Zhang & Li",))
    assert entry.categories == (Category("News"), Category("a & b"))


@pytest.mark.parametrize(
    ("changes", "published"),
    [
        ({"date_gmt": None}, datetime(2024, 5, 1, 12, tzinfo=UTC)),
        ({"date_gmt": "0000-00-00T00:00:00"}, datetime(2024, 5, 1, 12, tzinfo=UTC)),
        ({"date_gmt": None, "date": "soon"}, None),
    ],
)
def test_a_post_without_a_time_in_utc_has_the_sites_own(changes: dict[str, object], published: datetime | None):
    entry = wordpress_entry(**changes)
    assert (entry.published and entry.published.utc) == published
    assert entry.unread_dates == (() if published else ("soon",))


def test_equal_posts_have_equal_digests_whatever_is_embedded():
    assert wordpress_entry().digest == wordpress_entry(_embedded={}).digest != wordpress_entry(slug="x").digest


def test_items_that_are_no_posts_are_problems():
    feed = wordpress(POST, 7, {"id": 1}, {"link": ["x"]})
    assert (len(feed.entries), feed.total, [p.outcome for p in feed.problems]) == (1, 4, [Outcome.ENTRY_BROKEN] * 3)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html></html>", "the answer is no JSON, but WordPress's list of posts is"),
        (b'{"code": "rest_no_route", "message": "No route"}', "the answer is no list of posts: No route"),
        (b"[" * 100_000, "the answer is no JSON"),
        (b'"text"', "the answer is no list of posts"),
    ],
)
def test_what_is_no_list_of_posts(body: bytes, reason: str):
    with pytest.raises(PermanentError, match=reason) as raised:
        read_wordpress_posts(body, url=URL, dates=DateContext())
    assert raised.value.outcome is Outcome.NOT_A_FEED


def tumblr(posts: str, total: str = 'total="1234"') -> tuple[Feed, int | None]:
    text = f'<?xml version="1.0"?><tumblr version="1.0"><tumblelog name="x"/><posts {total}>{posts}</posts></tumblr>'
    return read_tumblr_posts(text.encode(), url="https://x.tumblr.com/api/read")


def test_values_of_a_tumblr_post():
    feed, total = tumblr(
        '<post id="7" url="https://x.tumblr.com/post/7" url-with-slug="https://x.tumblr.com/post/7/a" type="photo"'
        ' date-gmt="2012-04-15 16:00:00 GMT" unix-timestamp="1334505600"><photo-caption>&lt;p&gt;River&lt;/p&gt;'
        '</photo-caption><photo-url max-width="1280">https://64.example/1.jpg</photo-url><tag>a</tag><tag>a</tag></post>'
    )
    (entry,) = feed.entries
    assert total == 1234
    assert (entry.link, entry.guid) == ("https://x.tumblr.com/post/7/a", "https://x.tumblr.com/post/7")
    assert entry.content == '<p><img src="https://64.example/1.jpg"></p><p>River</p>'
    assert entry.published is not None
    assert (entry.published.utc, entry.published.zone_origin) == (
        datetime(2012, 4, 15, 16, tzinfo=UTC),
        ZoneOrigin.STATED,
    )
    assert entry.categories == (Category("a"),)


@pytest.mark.parametrize(
    ("post", "title", "content"),
    [
        ("<regular-title>T</regular-title><regular-body>B</regular-body>", "T", "B"),
        ("<link-text>L</link-text><link-description>D</link-description>", "L", "D"),
        ("<quote-text>Q</quote-text><quote-source>S</quote-source>", "", "Q\nS"),
        ("<question>Why?</question><answer>So.</answer>", "Why?", "So."),
        ("<photo-url>javascript:alert(1)</photo-url><photo-caption>C</photo-caption>", "", "C"),
        ("", "", ""),
    ],
)
def test_kinds_of_tumblr_posts(post: str, title: str, content: str):
    (entry,) = tumblr(f'<post url="https://x.tumblr.com/post/1">{post}</post>')[0].entries
    assert (entry.title, entry.content) == (title, content)


def test_damaged_tumblr_lists():
    feed, total = tumblr('<post id="1"/><post url="https://x.tumblr.com/post/2" unix-timestamp="-5"/>', 'total="lots"')
    assert (total, len(feed.entries), feed.total, len(feed.problems)) == (None, 1, 2, 1)
    assert feed.entries[0].published is None
    with pytest.raises(PermanentError, match="no list of Tumblr's posts"):
        read_tumblr_posts(b"<html>not here</html>", url="https://x.tumblr.com/api/read")
