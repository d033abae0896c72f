"""`ingestd sources discover` and `check`: feeds are found and read, and nothing is stored."""

import json

import pytest

from tests.support.server import Answer, Server

RSS = (
    '<rss version="2.0"><channel><title>Daily</title><link>https://a.example/</link><description/>'
    "<item><title>One</title><link>https://a.example/1</link>"
    "<pubDate>Sat, 04 May 2024 10:00:00 GMT</pubDate></item></channel></rss>"
)
JSON_FEED = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": []})


@pytest.fixture
def server():
    with Server() as running:
        running.otherwise(Answer(status=404))
        yield running


def test_discover_feeds_linked_by_a_page(ingestd, server):
    server.route("/", Answer(body='<html><head><link rel="alternate" type="application/rss+xml" href="/f" title="F">'))
    done = ingestd("sources", "discover", server.url("/"), "--json")
    assert done.json == [{"url": server.url("/f"), "title": "F", "type": "rss"}]
    assert done.status == 0


@pytest.mark.parametrize(("path", "body", "kind"), [("/feed.xml", RSS, "rss"), ("/feed.json", JSON_FEED, "json")])
def test_discover_feeds_at_usual_addresses(ingestd, server, path, body, kind):
    server.route("/blog/", Answer(body="<html><body>no links here</body></html>"))
    server.route(path, Answer(body=body))
    (found,) = ingestd("sources", "discover", server.url("/blog/"), "--json").json
    assert found["url"] == server.url(path)
    assert kind in found["type"]


def test_discover_the_feed_itself(ingestd, server):
    server.route("/f", Answer(body=RSS))
    (found,) = ingestd("sources", "discover", server.url("/f"), "--json").json
    assert (found["url"], found["title"]) == (server.url("/f"), "Daily")


def test_discover_no_feed(ingestd, server):
    server.route("/", Answer(body="<html><body>nothing</body></html>"))
    done = ingestd("sources", "discover", server.url("/"))
    assert done.status == 1
    assert "no feed was found" in done.err


def test_discover_feed_of_a_site_whose_home_page_fails(ingestd, server):
    server.route("/", Answer(status=403))
    server.route("/feed", Answer(body=RSS))
    assert [one["url"] for one in ingestd("sources", "discover", server.url("/"), "--json").json] == [
        server.url("/feed")
    ]


def test_check_stores_nothing(without_database, server):
    server.route("/f", Answer(body=RSS))
    server.route("/page", Answer(body="<html><body>a page</body></html>"))
    with without_database.config.open("a") as config:
        for name in ("f", "page", "gone"):
            config.write(f'[[sources]]\nname = "{name}"\nurl = "{server.url("/" + name)}"\n')
    done = without_database("sources", "check", "f", "--json")
    assert done.status == 0
    (row,) = done.json
    assert (row["outcome"], row["entries"], row["newest"], row["title"]) == (
        "ok",
        1,
        "2024-05-04T10:00:00.000Z",
        "Daily",
    )
    done = without_database("sources", "check", "--json")
    assert done.status == 1
    assert [bool(row["error"]) for row in done.json] == [False, True, True]
    assert not without_database.database.exists()
    assert without_database("sources", "check", "nobody").status == 2


def test_check_names_the_zone_of_the_language_of_the_texts(ingestd, server):
    feed = (
        "<rss version='2.0'><channel><title>F</title><item><title>서울의 새로운 소식</title>"
        f"<link>{server.url('/1')}</link><pubDate>2020/1/10 14:33:00</pubDate></item></channel></rss>"
    )
    server.route("/f", Answer(body=feed))
    with ingestd.config.open("a") as config:
        config.write(f'[[sources]]\nname = "f"\nurl = "{server.url("/f")}"\n')
    assert 'texts is assumed: add `timezone = "Asia/Seoul"` to the source' in ingestd("sources", "check").out


def test_check_tells_where_a_zone_is_assumed(ingestd, server):
    feed = (
        "<rss version='2.0'><channel><title>F</title><language>zh-cn</language><item><title>T</title>"
        f"<link>{server.url('/1')}</link><pubDate>2020/1/10 14:33:00</pubDate></item></channel></rss>"
    )
    server.route("/f", Answer(body=feed))
    with ingestd.config.open("a") as config:
        config.write(f'[[sources]]\nname = "f"\nurl = "{server.url("/f")}"\n')
    assert 'add `timezone = "Asia/Shanghai"` to the source' in ingestd("sources", "check").out
    with ingestd.config.open("a") as config:
        config.write('timezone = "Asia/Taipei"\n')
    (row,) = ingestd("sources", "check", "--json").json
    assert (row["newest"], row["zone"]) == ("2020-01-10T06:33:00.000Z", None)
