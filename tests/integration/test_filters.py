"""The rules of a source over many polls: what is left out, remembered, counted, and brought back."""

import json
from datetime import timedelta
from email.utils import format_datetime

import pytest

from ingestd.model.errors import Outcome
from tests.support.installation import Installation, Item, feed, page, prose, rss
from tests.support.server import Answer

LOTTERY = Item("彩票开奖", "https://a.example/1", guid="1")
FERRY = Item("渡轮停航", "https://a.example/2", guid="2")
FLOOD = Item("洪水退去", "https://a.example/3", guid="3")
OLD = Item("旧闻一则", "https://a.example/4", guid="4", date="Sun, 05 Jan 2020 08:00:00 +0800")
BLOCK = ["title: 彩票"]


@pytest.fixture
def configure(installation: Installation):
    def configure(more: str = "", **rules: object) -> Installation:
        installation.configure({"name": "甲", "path": "/f", "article": "never", **rules}, more=more)
        return installation

    return configure


def titles(installation: Installation) -> list[str]:
    return [row["title"] for row in installation.rows("SELECT title FROM posts ORDER BY id")]


def remembered(installation: Installation) -> list[tuple[str, str]]:
    return [
        (row["title"], row["rule"]) for row in installation.rows("SELECT title, rule FROM filtered_entries ORDER BY id")
    ]


async def test_what_is_left_out_is_counted_once_and_is_no_possible_loss(configure):
    source = configure(block=BLOCK)
    source.server.route("/f", feed(LOTTERY, FERRY), feed(LOTTERY, FERRY, FLOOD), feed(LOTTERY))
    polls = [await source.fetch_one() for _ in range(3)]
    assert [(poll.new, poll.filtered, poll.known, poll.suspected_loss) for poll in polls] == [
        (1, 1, 0, False),
        (1, 0, 2, False),
        (0, 0, 1, False),
    ]
    assert [row["filtered"] for row in source.rows("SELECT filtered FROM polls ORDER BY id")] == [1, 0, 0]
    assert titles(source) == [FERRY.title, FLOOD.title]
    assert remembered(source) == [(LOTTERY.title, "title: 彩票")]


async def test_no_page_of_what_is_left_out_is_fetched_whatever_its_title_becomes(installation):
    installation.configure({"name": "甲", "path": "/f", "block": BLOCK})
    link = installation.server.url("/1")
    installation.server.route("/1", page("彩票开奖", prose("彩票")))
    blocked = Item("彩票开奖", link, guid="1")
    installation.server.route(
        "/f", feed(blocked), feed(Item("开奖结果", link, guid="1")), feed(Item("开奖", link + "?b"))
    )
    assert [(await installation.fetch_one()).new for _ in range(3)] == [0, 0, 1]
    assert [got.path for got in installation.server.requests if got.path == "/1"] == ["/1"], "another article"


async def test_an_edit_that_a_rule_of_keep_matches_brings_an_entry_in(configure):
    source = configure(keep=["title: 渡轮"])
    source.server.route("/f", feed(FLOOD, FERRY), feed(Item("洪水退去，渡轮复航", FLOOD.link, guid="3"), FERRY))
    polls = [await source.fetch_one() for _ in range(2)]
    assert [(poll.new, poll.filtered) for poll in polls] == [(1, 1), (1, 0)]
    assert remembered(source) == []


@pytest.mark.parametrize("answers", ["304", "the same bytes"])
async def test_a_rule_that_is_removed_brings_back_what_the_feed_still_lists(configure, answers):
    source = configure(block=[*BLOCK, "title: 洪水"])
    whole = feed(LOTTERY, FERRY, FLOOD, etag='"1"' if answers == "304" else None)
    source.server.route("/f", lambda got: Answer(304) if got.header("if-none-match") else whole)
    await source.fetch_one()
    assert (await source.fetch_one()).outcome is (Outcome.NOT_MODIFIED if answers == "304" else Outcome.UNCHANGED)
    source = configure(block=["title: 洪水"])
    poll = await source.fetch_one()
    assert (poll.outcome, poll.new, poll.filtered, poll.suspected_loss) == (Outcome.OK, 1, 0, False)
    source = configure()
    assert (await source.fetch_one()).new == 1
    assert titles(source) == [FERRY.title, LOTTERY.title, FLOOD.title]
    assert remembered(source) == []
    assert (await source.fetch_one()).outcome is (Outcome.NOT_MODIFIED if answers == "304" else Outcome.UNCHANGED)


async def test_a_new_rule_keeps_what_is_stored(configure):
    source = configure()
    source.server.route("/f", feed(LOTTERY))
    await source.fetch_one()
    source = configure(block=BLOCK)
    assert (await source.fetch_one()).filtered == 0
    assert titles(source) == [LOTTERY.title]


async def test_rules_for_all_sources_are_joined_with_their_own(configure):
    more = '[filters]\nblock = ["any: 洪水"]\nmax_age = "1y"\n'
    source = configure(more, block=BLOCK)
    source.server.route("/f", feed(LOTTERY, FERRY, FLOOD, OLD))
    assert (await source.fetch_one()).filtered == 4
    assert [rule for _, rule in remembered(source)] == ["title: 彩票", "max_age", "any: 洪水", "max_age"]


async def test_the_age_is_bounded_at_the_first_poll_alone(configure):
    source = configure(max_age="2300d")
    source.server.route("/f", Answer(500))
    assert (await source.fetch_one()).outcome is Outcome.SERVER_ERROR
    edited = Item("旧闻二则", OLD.link, guid="4", date=OLD.date)
    source.server.route(
        "/f",
        feed(OLD, FERRY),
        feed(edited, FERRY),
        feed(edited, FERRY, Item("x", "https://a.example/9", date=OLD.date)),
    )
    polls = [await source.fetch_one() for _ in range(3)]
    assert [(poll.new, poll.filtered) for poll in polls] == [(1, 1), (0, 0), (1, 0)]
    source = configure()
    assert (await source.fetch_one()).new == 1, "without the bound it comes in"


async def test_a_rule_that_takes_too_long_is_a_problem_and_leaves_nothing_out(configure):
    source = configure(block=["title: /^(a|aa)+$/"])
    source.server.route("/f", feed(Item("a" * 60 + "!", "https://a.example/1"), FERRY))
    poll = await source.fetch_one()
    assert (poll.new, poll.filtered, poll.failed) == (2, 0, 0)
    assert [row["outcome"] for row in source.rows("SELECT outcome FROM problems")] == ["filter-too-costly"]


def test_check_shows_what_the_rules_would_leave_out(configure):
    source = configure(block=BLOCK, keep=["title: 彩票", "title: 渡轮"])
    source.server.route("/f", feed(LOTTERY, FERRY, FLOOD))
    status, out, _ = source.command("sources", "check")
    assert (status, out.splitlines()[-3:]) == (
        0,
        [
            "甲: the rules would leave out 2 of 3 entries",
            "  彩票开奖 (title: 彩票)",
            "  洪水退去 (no rule of `keep` matches)",
        ],
    )
    _, out, _ = source.command("fetch")
    assert out.splitlines()[-1] == "1 new, 2 left out by rules, 0 of 1 sources failed"
    _, out, _ = source.command("sources", "check", "--json")
    assert [item["rule"] for item in json.loads(out)[0]["filtered"]] == ["title: 彩票", "keep"]


async def test_status_shows_how_much_was_left_out(configure):
    source = configure(block=BLOCK)
    source.server.route("/f", feed(LOTTERY, FERRY))
    await source.fetch_one()
    _, out, _ = source.command("status")
    assert "left out" in out
    _, out, _ = source.command("status", "--json")
    assert json.loads(out)["sources"][0]["filtered"] == 1


async def test_times_of_what_is_left_out_count_for_the_interval(configure):
    """A source that publishes much of which little is taken is polled as often as its feed needs it."""
    interval = "SELECT interval_s FROM sources"
    found: list[float] = []
    for rules in ({}, {"block": ["any: 第"]}):
        source = configure(**rules, name=f"甲{len(found)}", url=f"{configure().server.url('/f')}?{len(found)}")
        times = [source.clock() - timedelta(minutes=10 * n) for n in range(20)]
        items = [
            Item(f"第{n}条", f"https://a.example/{len(found)}/{n}", date=format_datetime(at))
            for n, at in enumerate(times)
        ]
        source.server.route("/f", feed(*items))
        await source.fetch_one(f"甲{len(found)}")
        found.append(source.value(f"{interval} WHERE name = '甲{len(found)}'"))
    assert max(found) < 1000, found


def test_rules_hold_for_the_history_too_and_the_age_bound_of_the_first_poll_does_not(configure):
    source = configure(block=BLOCK, max_age="2300d")

    def listed(next_page: str, *items: Item) -> Answer:
        link = f'<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="{source.server.url(next_page)}"/>'
        body = rss(*items).replace("<item>", (link if next_page else "") + "<item>", 1)
        return Answer(body=body, headers={"Content-Type": "application/rss+xml"})

    source.server.route("/f", listed("/2", FERRY))
    source.server.route("/2", listed("", LOTTERY, FLOOD, OLD))
    assert source.command("fetch")[0] == 0
    status, out, err = source.command("backfill", "甲")
    assert status == 0, out + err
    assert set(titles(source)) == {FERRY.title, FLOOD.title, OLD.title}
    assert remembered(source) == [(LOTTERY.title, "title: 彩票")]
