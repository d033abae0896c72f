"""Feeds that break off before their end: nothing is taken as unchanged afterwards, and the loss is recorded once."""

import json
from datetime import datetime

import pytest

from ingestd.policy.truncation import HABIT_POLLS
from tests.support.installation import Installation, Item, rss
from tests.support.server import Answer, Raw, Received

ITEMS = [Item(f"第{number}条", f"https://a.example/{number}") for number in range(10)]
WHOLE = rss(*ITEMS)
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": item.link, "url": item.link, "title": item.title} for item in ITEMS],
    }
)
MIN_INTERVAL_S = 300


@pytest.fixture
def source(installation: Installation) -> Installation:
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    return installation


def cut(text: str, number: int) -> str:
    """A feed that ends within entry `number`."""
    return text[: text.index(f"a.example/{number}")]


def delay_s(source: Installation) -> float:
    """Seconds from the end of the last poll to the next."""
    [row] = source.rows("SELECT last_polled_at, next_poll_at FROM sources")
    return (datetime.fromisoformat(row["next_poll_at"]) - datetime.fromisoformat(row["last_polled_at"])).total_seconds()


def caching(body: str) -> Answer:
    headers = {"ETag": '"v1"', "Last-Modified": "Sat, 04 May 2024 10:00:00 GMT", "Cache-Control": "max-age=86400"}
    return Answer(body=body, headers=headers)


@pytest.mark.parametrize("whole", [WHOLE, JSON], ids=["rss", "json"])
async def test_the_rest_of_a_truncated_feed_comes_with_the_next_poll(source: Installation, whole: str):
    answers = [caching(cut(whole, 6)), caching(whole)]

    def answer(got: Received) -> Answer:
        if got.header("if-none-match") or got.header("if-modified-since"):
            return Answer(304)
        return answers.pop(0)

    source.server.route("/f", answer)
    first = await source.fetch_one()
    assert (first.outcome, first.new, first.entries, first.failed, first.suspected_loss) == ("ok", 6, 6, 0, True)
    assert first.error == "the feed breaks off within entry 7, before its end: what follows is missing"
    [row] = source.rows("SELECT etag, last_modified, body_digest, truncated_polls, suspected_loss_at FROM sources")
    assert (row["etag"], row["last_modified"], row["body_digest"], row["truncated_polls"]) == (None, None, None, 1)
    assert row["suspected_loss_at"]
    [problem] = source.rows("SELECT outcome, url, times FROM problems")
    assert (problem["outcome"], problem["url"], problem["times"]) == ("feed-truncated", source.server.url("/f"), 1)
    # Cache-Control would have it asked again in a day.
    assert delay_s(source) == pytest.approx(MIN_INTERVAL_S, rel=0.11)
    second = await source.fetch_one()
    assert (second.outcome, second.new, second.known, second.suspected_loss) == ("ok", 4, 6, False)
    [row] = source.rows("SELECT etag, truncated_polls FROM sources")
    assert (row["etag"], row["truncated_polls"]) == ('"v1"', 0)
    assert (await source.fetch_one()).outcome == "not-modified"


async def test_the_same_truncated_body_is_read_again(source: Installation):
    """Entries that are known are not parsed again, and those behind the break stay known."""
    source.server.route("/f", caching(WHOLE), caching(cut(WHOLE, 6)), caching(cut(WHOLE, 6)), caching(WHOLE))
    await source.fetch_one()
    items = source.rows("SELECT digest FROM items ORDER BY digest")
    for _ in range(2):
        poll = await source.fetch_one(force=False)
        assert (poll.outcome, poll.known, poll.new) == ("ok", 6, 0)
        assert source.rows("SELECT digest FROM items ORDER BY digest") == items
    last = await source.fetch_one()
    assert (last.outcome, last.known, last.new, last.entries) == ("ok", 10, 0, 10)


async def test_a_body_whose_length_nobody_states(source: Installation):
    """The end of the connection ends the body: only the feed itself can show that it was cut."""
    head = b'HTTP/1.0 200 OK\r\nETag: "v1"\r\nContent-Type: application/rss+xml\r\n\r\n'
    source.server.route("/f", Raw(head + cut(WHOLE, 3).encode()), caching(WHOLE))
    assert (await source.fetch_one()).suspected_loss
    assert source.server.requests[-1].header("if-none-match") is None
    assert (await source.fetch_one()).new == 7


async def test_a_feed_that_never_has_its_end(source: Installation):
    """It is asked less and less often, up to the usual rate, leaves one row, and gets conditional requests at last."""
    published = list(ITEMS[:3])

    def answer(got: Received) -> Answer:
        published.append(ITEMS[len(published) % 10])
        body = rss(*published).removesuffix("</channel></rss>")
        etag = f'"{len(published)}"'
        return Answer(304) if got.header("if-none-match") == etag else Answer(body=body, headers={"ETag": etag})

    source.server.route("/f", answer)
    delays = []
    for _ in range(HABIT_POLLS + 2):
        poll = await source.fetch_one()
        assert poll.outcome == "ok"
        assert (poll.error or "").startswith(f"the feed breaks off after {poll.entries} entries, before its end")
        delays.append(delay_s(source))
    assert delays[0] < 1.2 * MIN_INTERVAL_S
    assert delays[1] > 1.7 * MIN_INTERVAL_S
    assert min(delays[3:]) > 1_600  # the configured interval, and ten per cent at random
    assert source.value("SELECT count(*) FROM polls WHERE suspected_loss = 1") == 1
    assert [row["times"] for row in source.rows("SELECT times FROM problems")] == [HABIT_POLLS + 2]
    asked = [request.header("if-none-match") is not None for request in source.server.to("/f")]
    assert asked == [False] * (HABIT_POLLS + 1) + [True]
    # What the feed has dropped is no longer listed as its entries.
    published[:] = [Item("新的", "https://a.example/new")]
    await source.fetch_one(force=True)
    assert source.value("SELECT count(*) FROM items") == 2


async def test_a_feed_whose_last_entry_is_always_cut_gets_no_conditional_requests(source: Installation):
    source.server.route("/f", caching(cut(WHOLE, 6)))
    for _ in range(HABIT_POLLS + 3):
        await source.fetch_one()
    assert all(request.header("if-none-match") is None for request in source.server.to("/f"))
    assert source.value("SELECT count(*) FROM polls WHERE suspected_loss = 1") == 1
    assert delay_s(source) > 1_600


async def test_a_feed_that_breaks_off_now_and_then_leaves_a_row_each_time(source: Installation):
    source.server.route("/f", *(caching(body) for body in (cut(WHOLE, 6), WHOLE, cut(WHOLE, 8), WHOLE)))
    assert [(await source.fetch_one(force=True)).suspected_loss for _ in range(4)] == [True, False, True, False]


async def test_a_feed_cut_before_its_first_entry_fails_and_is_asked_again_soon(source: Installation):
    source.server.route("/f", caching(cut(WHOLE, 0)), caching(WHOLE))
    poll = await source.fetch_one()
    assert (poll.outcome, poll.error) == ("feed-truncated", "the feed breaks off before its first entry")
    assert delay_s(source) == pytest.approx(MIN_INTERVAL_S, rel=0.11)
    assert (await source.fetch_one()).new == 10
