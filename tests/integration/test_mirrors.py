"""A source with mirrors over many polls: who is asked, who answers, and that each article comes once."""

import json
from datetime import timedelta
from email.utils import format_datetime

import pytest

from ingestd.model.errors import Outcome
from tests.support.installation import Installation
from tests.support.server import Answer


@pytest.fixture
def source(installation: Installation) -> Installation:
    mirrors = [installation.server.url(f"/{name}/feed") for name in "bc"]
    installation.configure({"name": "甲", "path": "/a/feed", "article": "never", "mirrors": mirrors})
    return installation


def document(source: Installation, instance: str, *numbers: int, ages_h: float = 1.0) -> Answer:
    """A feed in which the instance's own address stands in the guid and in the link of each entry."""
    base = source.server.url(f"/{instance}")
    items = "".join(
        f"<item><title>第{n}条</title><link>{base}/{n}</link><guid>{base}/{n}</guid>"
        f"<pubDate>{format_datetime(source.clock() - timedelta(hours=ages_h * (numbers[-1] - n + 1)))}</pubDate></item>"
        for n in numbers
    )
    body = f"<rss version='2.0'><channel><title>F</title><link>https://paper.example/</link>{items}</channel></rss>"
    headers = {"ETag": f'"{instance}{numbers}"', "Content-Type": "text/xml"}
    return Answer(body=body, headers=headers)


def titles(source: Installation) -> list[str]:
    return sorted(row["title"] for row in source.rows("SELECT title FROM posts"))


def asked(source: Installation) -> list[str]:
    """The addresses of the requests since the last call."""
    paths = [got.path.split("/")[1] for got in source.server.requests]
    source.server.requests.clear()
    return paths


async def test_the_next_address_is_asked_and_remembered(source):
    server = source.server
    server.route("/a/feed", document(source, "a", 1, 2))
    server.route("/b/feed", Answer(body="<html><title>Login</title>"))
    server.route("/c/feed", document(source, "c", 1, 2, 3))
    await source.fetch_one()
    assert asked(source) == ["a"]
    server.route("/a/feed", Answer(503))
    poll = await source.fetch_one()
    assert (poll.outcome, poll.new, poll.suspected_loss) == (Outcome.OK, 1, False)
    assert asked(source) == ["a", "b", "c"]
    assert titles(source) == ["第1条", "第2条", "第3条"]
    assert {row["from_url"] for row in source.rows("SELECT from_url FROM posts")} == {
        server.url(f"/a/{n}") for n in (1, 2, 3)
    }
    outcomes = {row["outcome"] for row in source.rows("SELECT outcome FROM problems")}
    assert outcomes == {"server-error", "not-a-feed"}
    await source.fetch_one()
    assert asked(source) == ["c"]
    _, out, _ = source.command("status")
    assert f"answered by its mirror {server.url('/c/feed')}" in out
    assert "server-error" in out
    _, out, _ = source.command("status", "--json")
    assert json.loads(out)["sources"][0]["answered_by"] == server.url("/c/feed")


async def test_validators_belong_to_the_address_that_gave_them(source):
    server = source.server
    for name in "abc":
        answer = document(source, name, 1)
        server.route(f"/{name}/feed", lambda got, answer=answer: Answer(304) if got.header("if-none-match") else answer)
    await source.fetch_one()
    assert (await source.fetch_one()).outcome is Outcome.NOT_MODIFIED
    server.route("/a/feed", Answer(404))
    assert (await source.fetch_one()).outcome is Outcome.UNCHANGED, "the same feed, but for its own address"
    assert (await source.fetch_one()).outcome is Outcome.NOT_MODIFIED
    assert [got.header("if-none-match") for got in server.requests if got.path == "/b/feed"] == [None, '"b(1,)"']
    source.configure({"name": "甲", "path": "/a/feed", "article": "never"})
    server.route("/a/feed", document(source, "a", 1))
    await source.fetch_one()
    assert server.requests[-1].header("if-none-match") is None
    assert source.value("SELECT answered_by FROM sources") is None


async def test_a_feed_that_stands_still_gives_way_to_one_that_has_newer_entries(source):
    server = source.server
    server.route("/a/feed", document(source, "a", *range(1, 9)))
    server.route("/b/feed", Answer(500))
    server.route("/c/feed", document(source, "c", *range(1, 9)))
    await source.fetch_one()
    source.clock.forward(hours=1.5)
    await source.fetch_one()
    assert asked(source) == ["a", "a"]
    source.clock.forward(hours=2)
    poll = await source.fetch_one()
    assert (asked(source), poll.new) == (["a", "b", "c"], 0)
    await source.fetch_one()
    assert asked(source) == ["a"], "not compared again at once"
    source.clock.forward(hours=4)
    server.route("/c/feed", document(source, "c", *range(1, 11)))
    poll = await source.fetch_one()
    assert (asked(source), poll.new) == (["a", "b", "c"], 2)
    assert source.value("SELECT mirror_reason FROM sources") == "its feed stands still"
    await source.fetch_one()
    assert asked(source) == ["c"]
    assert source.value("SELECT count(*) FROM posts") == 10


def test_check_reads_the_mirrors_too(source):
    source.server.route("/a/feed", document(source, "a", 1))
    source.server.route("/b/feed", document(source, "b", 1, 2))
    source.server.route("/c/feed", Answer(404))
    status, out, _ = source.command("sources", "check", "--json")
    rows = [(row["source"].partition(" ")[0], row["outcome"], row["entries"]) for row in json.loads(out)]
    assert (status, rows) == (1, [("甲", "ok", 1), ("甲", "ok", 2), ("甲", "not-found", None)])


async def test_where_all_fail_the_poll_says_so_of_each(source):
    for name, answer in (("a", Answer(503)), ("b", Answer(404)), ("c", Answer(body="nothing"))):
        source.server.route(f"/{name}/feed", answer)
    poll = await source.fetch_one()
    assert poll.outcome is Outcome.SERVER_ERROR
    assert "not-found" in str(poll.error)
    assert "not-a-feed" in str(poll.error)
    assert source.value("SELECT answered_by FROM sources") is None


async def test_a_mirror_answers_the_first_poll(source):
    """What the feed is of is known from its own words: its guids are those of the source's address from the start."""
    source.server.route("/a/feed", Answer(503))
    source.server.route("/b/feed", document(source, "b", 1, 2))
    assert (await source.fetch_one()).new == 2
    source.server.route("/b/feed", Answer(503))
    source.server.route("/c/feed", document(source, "c", 1, 2))
    await source.fetch_one()
    assert source.value("SELECT count(*) FROM posts") == 2


async def test_headers_are_not_sent_to_another_site(installation: Installation):
    other = installation.server.url("/b/feed").replace("127.0.0.1", "127.0.0.2")
    installation.configure(
        {"name": "甲", "path": "/a/feed", "article": "never", "mirrors": [other], "headers": {"X-Key": "sesame"}}
    )
    installation.server.route("/a/feed", Answer(503))
    await installation.fetch_one()
    assert [got.header("x-key") for got in installation.server.requests if got.path == "/a/feed"] == ["sesame"]
    assert all(got.header("x-key") is None for got in installation.server.requests if got.path == "/b/feed")
