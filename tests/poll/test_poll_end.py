"""The last batch of a poll and its end are written together, and the end cannot take the batch with it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from ingestd.model.errors import StoreError
from ingestd.poll import pipeline
from ingestd.store import poll_ends, sources, writes
from tests.support.installation import Installation, Item, feed, page, prose


@pytest.fixture
def source(installation: Installation) -> Installation:
    link = installation.server.route("/a", page("一", prose("长江")))
    installation.server.route("/f", feed(Item("一", link)))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    return installation


def counted(monkeypatch: pytest.MonkeyPatch, module: Any, *names: str) -> list[str]:
    """The calls of these functions, by name, while the test runs."""
    calls: list[str] = []

    def noting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            calls.append(name)
            return function(*args)

        return call

    for name in names:
        monkeypatch.setattr(module, name, noting(name, getattr(module, name)))
    return calls


async def test_a_feed_without_pages_is_written_with_the_end_of_its_poll(
    source: Installation, monkeypatch: pytest.MonkeyPatch
):
    writing = counted(monkeypatch, poll_ends, "write_and_record_end", "record_end")
    alone = counted(monkeypatch, writes, "write")
    poll = await source.fetch_one()
    assert (poll.outcome, poll.new) == ("ok", 1)
    assert (writing, alone) == (["write_and_record_end", "record_end"], ["write"])
    assert source.rows("SELECT outcome, new FROM polls") == [{"outcome": "ok", "new": 1}]


@pytest.mark.parametrize(("entries", "alone"), [(1, 1), (9, 2)])
async def test_the_last_pages_are_written_with_the_end_of_their_poll(
    source: Installation, monkeypatch: pytest.MonkeyPatch, *, entries: int, alone: int
):
    """The feed is written by itself, then the pages, eight at a time."""
    links = [source.server.route(f"/a/{n}", page(f"第{n}篇", prose(f"江{n}"))) for n in range(entries)]
    source.server.route("/f", feed(*(Item(f"第{n}篇", link) for n, link in enumerate(links))))
    source.configure({"name": "甲", "path": "/f"})
    ends = counted(monkeypatch, poll_ends, "write_and_record_end", "record_end")
    written = counted(monkeypatch, writes, "write")
    assert (await source.fetch_one()).new == entries
    assert ends == ["write_and_record_end", "record_end"]
    assert len(written) == alone + 1
    assert source.value("SELECT count(*) FROM posts") == entries
    assert source.value("SELECT count(*) FROM inbox") == 0


async def test_pages_that_cannot_be_written_stay_in_the_inbox(source: Installation):
    source.configure({"name": "甲", "path": "/f"})
    source.execute("CREATE TRIGGER refused BEFORE INSERT ON posts BEGIN SELECT RAISE(ABORT, 'no room'); END")
    poll = await source.fetch_one()
    assert (poll.outcome, poll.new, poll.entries) == ("store-failed", 0, 1)
    assert source.value("SELECT count(*) FROM inbox") == 1
    source.execute("DROP TRIGGER refused")
    assert (await source.fetch_one()).new == 1


async def test_a_batch_that_cannot_be_written_is_the_outcome(source: Installation):
    source.execute("CREATE TRIGGER refused BEFORE INSERT ON posts BEGIN SELECT RAISE(ABORT, 'no room'); END")
    poll = await source.fetch_one()
    assert (poll.outcome, poll.new) == ("store-failed", 0)
    assert source.rows("SELECT outcome, new FROM polls") == [{"outcome": "store-failed", "new": 0}]
    source.execute("DROP TRIGGER refused")
    assert (await source.fetch_one()).new == 1


async def test_an_end_that_fails_once_is_written_by_itself(source: Installation, monkeypatch: pytest.MonkeyPatch):
    found, failures = writes.write_end, [StoreError("injected")]

    def once(*args: Any) -> None:
        found(*args)
        if failures:
            raise failures.pop()

    monkeypatch.setattr(writes, "write_end", once)
    poll = await source.fetch_one()
    assert (poll.outcome, poll.new) == ("ok", 1)
    assert source.rows("SELECT outcome, new FROM polls") == [{"outcome": "ok", "new": 1}]
    assert source.value("SELECT count(*) FROM posts") == 1
    assert source.value("SELECT count(*) FROM leases") == 0


@pytest.mark.parametrize("fails", [True, False])
async def test_a_poll_that_is_cancelled_while_it_is_written_has_one_outcome(
    source: Installation, monkeypatch: pytest.MonkeyPatch, *, fails: bool
):
    loop, found = asyncio.get_running_loop(), writes.write
    tasks: list[asyncio.Task[Any]] = []

    def cancelling(*args: Any) -> Any:
        loop.call_soon_threadsafe(tasks[0].cancel)
        if fails:
            raise StoreError("injected")
        return found(*args)

    monkeypatch.setattr(writes, "write", cancelling)
    async for context in source.open():
        stored = await context.database.writing(sources.sync, source.configured(), source.clock())
        tasks.append(asyncio.create_task(pipeline.poll(stored[0], context)))
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
    outcome, new = ("store-failed", 0) if fails else ("ok", 1)
    assert source.rows("SELECT outcome, new FROM polls") == [{"outcome": outcome, "new": new}]
    assert source.value("SELECT count(*) FROM posts") == new


async def test_slots_for_polls_are_free_again(source: Installation):
    async for context in source.open():
        stored = await context.database.writing(sources.sync, source.configured(), source.clock())
        before = context.poll_slots._value
        await pipeline.poll(stored[0], context)
        assert context.poll_slots._value == before
