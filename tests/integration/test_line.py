"""The straight line, end to end: what two polls in a row make of what sites serve."""

import socket
from contextlib import AsyncExitStack

import pytest

from ingestd.poll import pipeline
from ingestd.poll.progress import PollProgress
from ingestd.store import sources
from tests.support.installation import Installation, Item, feed, page, prose, rss
from tests.support.server import RESET, Answer, Raw, Server


async def test_a_second_fetch_stores_nothing_new(installation: Installation):
    installation.server.route(
        "/f", feed(Item("一", installation.server.url("/a/1")), Item("二", installation.server.url("/a/2")))
    )
    installation.server.route("/a/1", page("一", prose("长江")))
    installation.server.route("/a/2", page("二", prose("黄河")))
    installation.configure({"name": "甲", "path": "/f"})
    first, second = await installation.fetch_one(), await installation.fetch_one(force=True)
    assert (first.outcome, first.new, first.entries, first.http_status) == ("ok", 2, 2, 200)
    assert (second.outcome, second.new, second.updated, second.duplicate, second.failed) == ("ok", 0, 0, 0, 0)
    posts = installation.rows("SELECT * FROM posts ORDER BY id")
    assert [post["title"] for post in posts] == ["一", "二"]
    assert posts[0]["date"] == "2021-04-18T07:18:00.000Z"
    assert posts[0]["author"] == "甲"
    assert posts[0]["tags"] == posts[0]["categories"] == '["甲"]'
    assert posts[0]["body_origin"] == "page"
    assert "长江的第12段" in posts[0]["text"]
    assert "版权所有" not in posts[0]["text"]
    assert installation.value("SELECT count(*) FROM polls") == 2
    assert installation.value("SELECT count(*) FROM leases") == 0
    assert installation.value("SELECT count(*) FROM inbox") == 0
    assert installation.value("SELECT count(*) FROM pages") == 2


async def test_not_modified_and_equal_bytes_are_not_parsed(installation: Installation):
    item = Item("一", "https://example.org/1")
    installation.server.route("/f", feed(item, etag='"v1"'), Answer(304), feed(item, etag='"v2"'))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    outcomes = [(await installation.fetch_one()).outcome for _ in range(3)]
    assert outcomes == ["ok", "not-modified", "unchanged"]
    assert [request.header("if-none-match") for request in installation.server.to("/f")] == [None, '"v1"', '"v1"']
    assert installation.value("SELECT etag FROM sources") == '"v2"'


async def test_force_polls_without_validators(installation: Installation):
    installation.server.route("/f", feed(Item("一", "https://example.org/1"), etag='"v1"'))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    await installation.fetch_one()
    assert (await installation.fetch_one(force=True)).outcome == "ok"
    assert installation.server.requests[-1].header("if-none-match") is None


@pytest.mark.parametrize(
    "other",
    [
        "http://EXAMPLE.org/a?b=2&a=1",
        "https://example.org/a?a=1&b=2&utm_source=rss&fbclid=x",
        "https://example.org/a?a=1&b=2#top",
        "https://example.org:443/./a?b=2&a=1",
    ],
)
async def test_forms_of_one_url_are_one_article(installation: Installation, other: str):
    installation.server.route("/f", feed(Item("一", "https://example.org/a?a=1&b=2")))
    installation.server.route("/g", feed(Item("一", other)))
    installation.configure(
        {"name": "甲", "path": "/f", "article": "never"}, {"name": "乙", "path": "/g", "article": "never"}
    )
    assert (await installation.fetch("甲"))["甲"].new == 1
    assert [(poll.new, poll.duplicate) for poll in (await installation.fetch("乙")).values()] == [(0, 1)]
    assert installation.value("SELECT from_url FROM posts") == "https://example.org/a?a=1&b=2"
    assert installation.value("SELECT count(*) FROM sightings") == 2


@pytest.mark.parametrize("shared", [0, 1, 6])
async def test_first_poll_of_a_feed_with_known_articles_stores_the_others(installation: Installation, shared: int):
    items = [Item(f"第{n}条", f"https://example.org/{n}", text=f"第{n}条的正文。") for n in range(12)]
    installation.server.route("/f", feed(*items[:shared], Item("别的", "https://example.org/else")))
    installation.server.route("/g", feed(*items[:6]), feed(*items[5:]))
    installation.configure(
        {"name": "甲", "path": "/f", "article": "never"}, {"name": "乙", "path": "/g", "article": "never"}
    )
    await installation.fetch("甲")
    first = (await installation.fetch("乙"))["乙"]
    assert (first.entries, first.new, first.duplicate, first.known) == (6, 6 - shared, shared, shared)
    second = (await installation.fetch("乙"))["乙"]
    assert (second.entries, second.new, second.known) == (7, 6, 1)
    assert installation.value("SELECT count(*) FROM posts") == 13
    assert installation.value("SELECT count(DISTINCT text) FROM posts WHERE text LIKE '第%条的正文。'") == 12
    assert installation.value("SELECT count(*) FROM sightings") == 13 + shared


async def test_two_sources_polled_at_once_store_a_shared_article_once(installation: Installation):
    link = installation.server.route("/a", page("一", prose("长江")))
    for name in "fgh":
        installation.server.route(f"/{name}", feed(Item("一", link)))
    installation.configure(*({"name": name, "path": f"/{name}"} for name in "fgh"))
    polls = await installation.fetch()
    assert sum(poll.new for poll in polls.values()) == 1
    assert sum(poll.duplicate for poll in polls.values()) == 2
    assert installation.value("SELECT count(*) FROM posts") == 1
    assert installation.value("SELECT count(*) FROM sightings") == 3


@pytest.mark.parametrize("pair", [("/article/101", "/article/1012"), ("/p?id=1", "/p?id=2"), ("/a", "/A")])
async def test_similar_urls_are_two_articles(installation: Installation, pair: tuple[str, str]):
    installation.server.route("/f", feed(*(Item("每日要闻", f"https://example.org{path}") for path in pair)))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    assert (await installation.fetch_one()).new == 2


async def test_deleted_post_is_not_stored_again(installation: Installation):
    link = "https://example.org/1"
    installation.server.route(
        "/f", feed(Item("一", link, guid="g1")), feed(Item("一改", link + "?utm_source=x", guid="g1"))
    )
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    await installation.fetch_one()
    installation.execute("DELETE FROM posts")
    for _ in range(2):
        poll = await installation.fetch_one(force=True)
        assert (poll.outcome, poll.new, poll.updated) == ("ok", 0, 0)
    assert installation.value("SELECT count(*) FROM posts") == 0


SOURCES: list[tuple[str, Answer | Raw, str, int | None]] = [
    ("gone", Answer(410), "gone", 410),
    ("missing", Answer(404), "not-found", 404),
    ("fault", Answer(500), "server-error", 500),
    ("cut", Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<rss>", RESET), "connection-lost", None),
    ("slow", Answer(delay=60), "timeout", None),
    ("page", page("主页", prose("长江")), "not-a-feed", None),
    ("empty", Answer(), "not-a-feed", None),
    ("garbage", Answer(body=bytes(range(256)) * 40), "not-a-feed", None),
]


async def test_failing_source_does_not_affect_others(installation: Installation):
    with Server("127.0.0.2") as busy:
        busy.route("/busy", Answer(429, headers={"Retry-After": "7200"}))
        await _poll_them_all(installation, busy.url("/busy"))


async def _poll_them_all(installation: Installation, busy: str):
    for name, answer, _, _ in SOURCES:
        installation.server.route(f"/{name}", answer)
    installation.server.route("/well", feed(Item("一", "https://example.org/1")))
    installation.configure(
        *({"name": name, "path": f"/{name}"} for name, *_ in SOURCES),
        {"name": "down", "url": f"http://127.0.0.1:{_free_port()}/feed"},
        {"name": "busy", "url": busy},
        {"name": "private", "url": "http://10.0.0.1/feed"},
        {"name": "well", "path": "/well", "article": "never"},
        fetch="concurrency = 64\n",
        timeout="3s",
    )
    polls = await installation.fetch()
    expected = {name: outcome for name, _, outcome, _ in SOURCES}
    expected |= {"down": "connect-failed", "private": "address-refused", "busy": "rate-limited", "well": "ok"}
    assert {name: str(poll.outcome) for name, poll in polls.items()} == expected
    assert polls["well"].new == 1
    for name, _, _, status in SOURCES:
        if status:
            assert polls[name].http_status == status
        assert "\n" not in (polls[name].error or "\n")
    rows = {row["name"]: row for row in installation.rows("SELECT * FROM sources")}
    assert all(row["last_outcome"] == expected[name] for name, row in rows.items())
    assert all(
        row["last_error"] and row["failures"] == (name != "busy") for name, row in rows.items() if name != "well"
    )
    assert rows["gone"]["paused"] == 0, "one odd answer is no proof"
    assert rows["busy"]["next_poll_at"] > rows["busy"]["last_polled_at"]
    assert installation.value("SELECT count(*) FROM polls") == len(expected)
    assert installation.value("SELECT count(*) FROM leases") == 0
    await installation.fetch("gone")
    assert installation.value("SELECT paused FROM sources WHERE name = 'gone'") == 1


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


async def test_broken_xml_is_repaired(installation: Installation):
    whole = rss(Item("一", "https://example.org/1"), Item("二 & 三", "https://example.org/2"))
    installation.server.route("/f", Answer(body=whole.replace("&amp;", "&")[:-16]))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    poll = await installation.fetch_one()
    assert (poll.outcome, poll.new) == ("ok", 2)
    assert [row["title"] for row in installation.rows("SELECT title FROM posts ORDER BY id")] == ["一", "二 & 三"]


async def test_entries_without_link_title_or_date(installation: Installation):
    installation.server.route(
        "/f",
        feed(
            Item("无链接", None, text="没有链接的正文"),
            Item(None, "https://example.org/2", text="没有标题的正文，足够长，可以当作标题。"),
            Item("无日期", "https://example.org/3", date=None),
            Item("坏日期", "https://example.org/4", date="the day after tomorrow"),
            Item("好的", "https://example.org/5"),
        ),
    )
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    poll = await installation.fetch_one()
    assert poll.outcome == "ok"
    assert poll.new + poll.failed == poll.entries == 5
    posts = {row["from_url"]: row for row in installation.rows("SELECT * FROM posts")}
    assert posts["https://example.org/2"]["title"]
    assert posts["https://example.org/3"]["date_origin"] == "ingested"
    assert posts["https://example.org/3"]["published_ms"] is None
    assert posts["https://example.org/4"]["date_raw"] == "the day after tomorrow"
    assert "https://example.org/5" in posts
    if poll.failed:
        assert installation.value("SELECT outcome FROM problems") == "entry-without-link"


PAGES = [
    ("missing", Answer(404), "not-found"),
    ("gone", Answer(410), "gone"),
    ("fault", Answer(503), "server-error"),
    ("empty", Answer(headers={"Content-Type": "text/html"}), "page-empty"),
    ("image", Answer(body=b"\x89PNG\r\n\x1a\n" + bytes(200), headers={"Content-Type": "image/png"}), "not-html"),
    ("forbidden", page("一", prose("长江")), "robots-disallowed"),
]


async def test_failing_page_leaves_the_feed_text(installation: Installation):
    installation.server.route("/robots.txt", Answer(body="User-agent: *\nDisallow: /forbidden\n"))
    for name, answer, _ in PAGES:
        installation.server.route(f"/{name}", answer)
    installation.server.route("/well", page("好的", prose("黄河")))
    names = [*(name for name, *_ in PAGES), "well"]
    installation.server.route(
        "/f", feed(*(Item(name, installation.server.url(f"/{name}"), text=f"{name}的摘要") for name in names))
    )
    installation.configure({"name": "甲", "path": "/f"})
    poll = await installation.fetch_one()
    assert (poll.outcome, poll.new, poll.failed) == ("ok", len(names), 0)
    problems = {row["url"].rpartition("/")[2]: row for row in installation.rows("SELECT * FROM problems")}
    assert {name: row["outcome"] for name, row in problems.items()} == {name: outcome for name, _, outcome in PAGES}
    assert all(row["reason"] and "\n" not in row["reason"] for row in problems.values())
    posts = {row["title"]: row for row in installation.rows("SELECT * FROM posts")}
    assert all(posts[name]["text"] == f"{name}的摘要" for name, *_ in PAGES)
    assert posts["well"]["body_origin"] == "page"
    retried = {
        row["title"]
        for row in installation.rows("SELECT title FROM visits JOIN posts ON id = post_id WHERE purpose = 'retry'")
    }
    assert retried == {"missing", "gone", "fault", "empty", "image"}
    assert installation.server.counts()["/forbidden"] == 0


async def test_article_never_always_and_auto(installation: Installation):
    whole = prose("整篇", 30)
    link = installation.server.route("/a", page("一", prose("网页")))
    installation.server.route("/f", feed(Item("一", link, text=whole)))
    found = {}
    for mode in ("never", "auto", "always"):
        installation.configure({"name": "甲", "path": "/f", "article": mode})
        await installation.fetch_one(force=True)
        found[mode] = installation.rows("SELECT body_origin, text FROM posts")[0]
        installation.execute("DELETE FROM posts")
        installation.execute("DELETE FROM identities")
        installation.execute("DELETE FROM items")
    assert {mode: row["body_origin"] for mode, row in found.items()} == {
        "never": "feed",
        "auto": "feed",
        "always": "page",
    }
    assert "网页" in found["always"]["text"]
    assert "整篇" in found["auto"]["text"]


async def test_inbox_is_processed_when_the_feed_fails(installation: Installation):
    link = installation.server.route("/a", page("一", prose("长江")))
    installation.server.route("/f", feed(Item("一", link)), Answer(500))
    installation.configure({"name": "甲", "path": "/f"})
    # A poll that was killed between its halves leaves exactly this.
    async for context in installation.open():
        from_stop = await _stopped_between(installation, context)
    assert from_stop == 1
    poll = await installation.fetch_one()
    assert (poll.outcome, poll.new) == ("server-error", 1)
    assert installation.value("SELECT body_origin FROM posts") == "page"
    assert installation.value("SELECT count(*) FROM inbox") == 0


async def _stopped_between(installation: Installation, context) -> int:
    stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
    state = await context.database.reading(sources.state, stored[0])
    async with AsyncExitStack() as slot:
        await pipeline._feed_step(state, PollProgress(), context, slot, force=False, pushed=None)
    return int(installation.value("SELECT count(*) FROM inbox"))
