"""Visits are held before their page is asked for: none is made again at once, none is lost."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from ingestd.daemon import revisits
from ingestd.daemon.revisits import MAX_HOLD_S, MIN_HOLD_S, Revisits
from ingestd.store import sources
from tests.support.installation import Installation, Item, PollContext, feed, page, prose
from tests.support.server import HANG, Answer, Raw, Received

COUNT = 20
REFUSED = "CREATE TRIGGER refused BEFORE UPDATE OF {} ON {} BEGIN SELECT RAISE(ABORT, 'no room'); END"


@pytest.fixture
async def due(installation: Installation) -> Installation:
    """Twenty articles whose pages failed, and are due to be visited again."""
    links = [installation.server.route(f"/a/{number}", Answer(503)) for number in range(COUNT)]
    installation.server.route("/f", feed(*(Item(f"第{number}条", link) for number, link in enumerate(links))))
    configure(installation)
    assert (await installation.fetch_one()).new == COUNT
    installation.server.requests.clear()
    installation.clock.forward(hours=2)
    return installation


def configure(installation: Installation, **more: Any) -> None:
    installation.configure({"name": "甲", "path": "/f", **more})


def asked(installation: Installation) -> int:
    return sum(request.path.startswith("/a/") for request in installation.server.requests)


async def service(installation: Installation, context: PollContext) -> Revisits:
    stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
    return Revisits({source.id: source for source in stored if source.enabled}, context)


async def ticks(visits: Revisits, count: int) -> None:
    for _ in range(count):
        await visits.tick()
        if visits._batch is not None:
            await visits._batch


@pytest.mark.parametrize("column", ["page_checked_at ON posts", "purpose ON visits"])
async def test_a_result_that_cannot_be_written_is_not_asked_for_again_at_once(due: Installation, column: str):
    due.execute(REFUSED.format(*column.split(" ON ")))
    async for context in due.open():
        await ticks(await service(due, context), 10)
    assert asked(due) == COUNT
    earliest = min(datetime.fromisoformat(row["due_at"]) for row in due.rows("SELECT due_at FROM visits"))
    assert earliest > due.clock() + timedelta(seconds=MIN_HOLD_S - 60)
    assert due.value("SELECT count(*) FROM visits WHERE purpose = 'retry' AND attempt = 1") == COUNT
    # When it can be written again, the visits are made.
    due.execute("DROP TRIGGER refused")
    due.clock.forward(hours=2)
    assert await due.visit() == COUNT
    assert due.value("SELECT count(*) FROM visits WHERE purpose = 'retry' AND attempt = 2") == COUNT


async def test_a_visit_that_cannot_be_held_is_not_made(due: Installation):
    due.execute(REFUSED.format("due_at", "visits"))
    async for context in due.open():
        await ticks(await service(due, context), 3)
    assert asked(due) == 0


async def test_the_older_the_post_the_longer_a_visit_is_held(due: Installation):
    holds = []
    due.execute(REFUSED.format("page_checked_at", "posts"))
    for days in (0, 30, 3_650):
        due.clock.forward(days=days)
        await due.visit()
        [row] = due.rows("SELECT min(due_at) AS at FROM visits")
        holds.append((datetime.fromisoformat(row["at"]) - due.clock()).total_seconds())
    assert holds == pytest.approx([MIN_HOLD_S, 3.0 * 86_400, MAX_HOLD_S], rel=0.01)


@pytest.mark.parametrize("left_out", [{"enabled": False}, {"article": "never"}])
async def test_visits_of_a_source_that_is_left_out_for_a_while_are_made_afterwards(
    due: Installation, left_out: dict[str, object]
):
    configure(due, **left_out)
    async for context in due.open():
        await ticks(await service(due, context), 3)
    assert (asked(due), due.value("SELECT count(*) FROM visits")) == (0, COUNT)
    configure(due)
    for number in range(COUNT):
        due.server.route(f"/a/{number}", page(f"第{number}条", prose(f"长江{number}")))
    assert await due.visit() == COUNT
    assert due.value("SELECT count(*) FROM posts WHERE body_origin = 'page'") == COUNT


async def test_others_do_not_wait_behind_the_visits_of_a_source_that_is_left_out(due: Installation):
    link = due.server.route("/b/1", Answer(503), page("别的", prose("黄河")))
    due.server.route("/g", feed(Item("别的", link)))
    due.configure({"name": "甲", "path": "/f", "enabled": False}, {"name": "乙", "path": "/g"})
    await due.fetch("乙")
    due.clock.forward(hours=2)
    assert await due.visit() == 1
    assert len(due.server.to("/b/1")) == 2


async def test_visits_of_posts_without_a_source_end(due: Installation):
    due.execute("DELETE FROM sightings")
    due.execute("UPDATE posts SET source_id = NULL")
    assert await due.visit() == COUNT
    assert (asked(due), due.value("SELECT count(*) FROM visits")) == (0, 0)


async def test_visits_that_a_stop_interrupts_are_due_at_once(due: Installation):
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()

    def hang(_request: Received) -> Raw:
        loop.call_soon_threadsafe(arrived.set)
        return Raw(HANG)

    for number in range(COUNT):
        due.server.route(f"/a/{number}", hang)
    async for context in due.open():
        visits = await service(due, context)
        await visits.tick()
        await arrived.wait()
        await visits.stop(0)
    soon = (due.clock() + timedelta(minutes=1)).isoformat()[:19]
    assert due.value("SELECT count(*) FROM visits WHERE due_at > ?", soon) == 0
    assert due.value("SELECT count(*) FROM visits WHERE attempt = 1") == COUNT


async def test_no_two_processes_are_given_one_visit(due: Installation):
    async for context in due.open():
        stored = await context.database.writing(sources.sync, due.configured(), due.clock())
        by_id = {source.id: source for source in stored}
        first, second = [await revisits.claim_due(by_id, context) for _ in range(2)]
        assert not {visit.post.id for visit in first} & {visit.post.id for visit in second}
        assert len(first) + len(second) == COUNT
        assert await revisits.claim_due(by_id, context) == []
