"""Edited entries, alternation, suspected loss, and a loop that never stands still."""

import asyncio
import time

from ingestd import pipeline, runner
from ingestd.store import sources
from tests.integration.house import House, Item, feed, prose, rss
from tests.server import Answer

LINK = "https://example.org/1"


def serve(house: House, *texts: str) -> None:
    house.server.route("/f", *(feed(Item("一", LINK, text=text)) for text in texts))
    house.configure({"name": "甲", "path": "/f", "article": "never"})


async def test_an_edited_entry_keeps_what_it_said(house: House):
    serve(house, prose("长江"), prose("黄河"))
    await house.fetch_one()
    before = house.rows("SELECT * FROM posts")[0]
    poll = await house.fetch_one()
    after = house.rows("SELECT * FROM posts")[0]
    assert (poll.new, poll.updated) == (0, 1)
    assert (after["revision"], after["date"], after["id"]) == (2, before["date"], before["id"])
    assert "黄河" in after["text"]
    assert house.rows("SELECT content, reason FROM revisions") == [{"content": before["content"], "reason": "entry"}]


async def test_a_feed_that_alternates_does_not_grow_the_table(house: House):
    one, two = prose("长江"), prose("黄河")
    serve(house, one, two, one, two, one, two)
    for _ in range(6):
        await house.fetch_one()
    assert house.value("SELECT count(*) FROM revisions") <= 2
    assert "黄河" in house.value("SELECT text FROM posts")


async def test_loss_is_noticed(house: House):
    house.server.route(
        "/f", *(feed(*(Item(f"{n}", f"https://example.org/{n}") for n in run)) for run in ((1, 2), (8, 9)))
    )
    house.configure({"name": "甲", "path": "/f", "article": "never"})
    first = await house.fetch_one()
    second = await house.fetch_one()
    assert (first.suspected_loss, second.suspected_loss) == (False, True)
    assert house.value("SELECT count(*) FROM polls WHERE suspected_loss = 1") == 1
    assert house.value("SELECT suspected_loss_at FROM sources")
    assert house.value("SELECT interval_s FROM sources") < 1800


async def test_large_feeds_do_not_hold_up_the_loop(house: House):
    for name in "abc":
        items = (
            Item(f"第{n}篇", f"https://example.org/{name}/{n}?utm_source=x", text=prose(name, 3)) for n in range(1500)
        )
        house.server.route(f"/{name}", Answer(body=rss(*items)))
    house.configure(*({"name": name, "path": f"/{name}", "article": "never"} for name in "abc"))
    async for tools in house.open():
        stored = await tools.database.writing(sources.sync, house.configured(), house.clock())
        held = await runner.lease(stored, tools)
        polls = asyncio.gather(*(pipeline.poll(source, tools) for source in held))
        pauses = []
        while not polls.done():
            before = time.thread_time()
            await asyncio.sleep(0.002)
            # The loop's own CPU time: what else runs on this machine does not count.
            pauses.append(time.thread_time() - before)
        assert [poll.new for poll in await polls] == [1500] * 3
    # One step may be the garbage collector's, or the first of its kind.
    longest = sorted(pauses)[-2]
    assert longest < 0.05, f"{longest:.3f} s in one step"
