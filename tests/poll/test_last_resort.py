"""Faults while a poll is concluded: one outcome all the same, a traceback in the log, and a next poll far off."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingestd import policy
from ingestd.model.errors import StoreError
from ingestd.model.http import Request
from ingestd.model.poll import Poll
from ingestd.poll import feed_step, outcome, pipeline
from ingestd.poll.last_resort import record_fault
from ingestd.poll.progress import PollProgress
from ingestd.store import sources, writes
from ingestd.store.sources import recent_times
from tests.support.installation import Installation, Item, feed
from tests.support.server import Answer

DAY_S, INTERVAL_S = 86_400, 1_800


class FaultError(Exception):
    """What no code expects."""


def fails(*_: Any, **__: Any) -> Any:
    raise FaultError("injected")


def cannot_be_stored(*_: Any, **__: Any) -> Any:
    raise StoreError("the database cannot be written: injected")


@pytest.fixture
def source(installation: Installation) -> Installation:
    installation.server.route("/f", feed(Item("一", "https://example.org/1")))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    return installation


def next_poll_after_s(source: Installation) -> float:
    [row] = source.rows("SELECT last_polled_at, next_poll_at FROM sources")
    return (datetime.fromisoformat(row["next_poll_at"]) - datetime.fromisoformat(row["last_polled_at"])).total_seconds()


def unless_first(function: Callable[..., Any], failing: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose first call is made, and whose others fail: the feed step's, then those of the end."""
    calls = iter([function])

    def call(*args: Any, **kwargs: Any) -> Any:
        return next(calls, failing)(*args, **kwargs)

    return call


#: Where a fault is: the module, the function, and what stands in its place.
FAULTS: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "state": (sources, "state", lambda _: fails),
    "record": (outcome, "_poll", lambda _: fails),
    "recent posts": (sources, "recent_times", lambda found: unless_first(found, fails)),
    "summary": (policy, "freshness_s", lambda _: fails),
    "schedule": (policy, "next_poll", lambda _: fails),
    "columns": (outcome, "source_update", lambda _: fails),
    "write": (writes, "write_end", lambda _: fails),
}


@pytest.mark.parametrize("stage", FAULTS)
async def test_a_fault_while_a_poll_is_concluded_is_its_outcome(
    source: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, stage: str
):
    module, name, stand_in = FAULTS[stage]
    monkeypatch.setattr(module, name, stand_in(getattr(module, name)))
    poll = await source.fetch_one()
    monkeypatch.undo()
    assert poll.outcome == "internal-error"
    assert poll.error == (
        "the end of the poll could not be recorded: FaultError: injected; the source is polled again in 24 h"
    )
    [row] = source.rows("SELECT outcome, error, new FROM polls")
    assert (row["outcome"], row["error"]) == ("internal-error", poll.error)
    assert row["new"] == source.value("SELECT count(*) FROM posts")
    [state] = source.rows("SELECT last_outcome, last_error, failures, failing_since FROM sources")
    assert (state["last_outcome"], state["last_error"], state["failures"]) == ("internal-error", poll.error, 1)
    assert state["failing_since"]
    assert next_poll_after_s(source) == DAY_S
    assert source.value("SELECT count(*) FROM leases") == 0
    [logged] = [record for record in caplog.records if record.exc_info]
    assert (logged.getMessage(), logged.levelno) == ("internal-error", logging.ERROR)
    assert isinstance((logged.exc_info or (None, None))[1], FaultError)
    [line] = [record.__dict__["fields"] for record in caplog.records if record.getMessage() == "poll"]
    assert (line["outcome"], line["error"], line["url"]) == ("internal-error", poll.error, source.server.url("/f"))
    # The next poll is like any other, and what was stored is there once.
    assert (await source.fetch_one()).outcome == "ok"
    assert source.rows("SELECT failures, failing_since FROM sources") == [{"failures": 0, "failing_since": None}]
    assert source.value("SELECT count(*) FROM posts") == 1


@pytest.mark.parametrize("stage", ["state", "recent posts", "write"])
async def test_an_outcome_that_cannot_be_written_waits_for_the_usual_interval(
    source: Installation, monkeypatch: pytest.MonkeyPatch, stage: str
):
    module, name, _ = FAULTS[stage]
    monkeypatch.setattr(module, name, cannot_be_stored)
    poll = await source.fetch_one()
    assert poll.outcome == "store-failed"
    assert source.rows("SELECT outcome FROM polls") == [{"outcome": "store-failed"}]
    assert next_poll_after_s(source) == INTERVAL_S


async def test_a_row_that_the_database_refuses(source: Installation):
    """A constraint, a trigger, a full disk: whatever makes one transaction fail and not the next."""
    source.execute("CREATE TRIGGER refused BEFORE UPDATE OF etag ON sources BEGIN SELECT RAISE(ABORT, 'no room'); END")
    poll = await source.fetch_one()
    assert (poll.outcome, poll.new) == ("store-failed", 1)
    assert "no room" in (poll.error or "")
    assert source.rows("SELECT outcome, new FROM polls") == [{"outcome": "store-failed", "new": 1}]


async def test_values_in_the_database_that_nobody_can_read(source: Installation):
    await source.fetch_one()
    source.execute("UPDATE sources SET redirects = 'no JSON'")
    poll = await source.fetch_one()
    assert poll.outcome == "internal-error"
    assert "JSONDecodeError" in (poll.error or "")
    assert next_poll_after_s(source) == DAY_S


@pytest.mark.parametrize("good_calls", [0, 1])
async def test_a_clock_that_fails(source: Installation, good_calls: int):
    """Then the machine's own time is used."""
    calls = iter([source.clock] * good_calls)

    def clock() -> datetime:
        return next(calls, fails)()

    async for context in source.open():
        stored = await context.database.writing(sources.sync, source.configured(), source.clock())
        poll = await pipeline.poll(stored[0], replace(context, clock=clock))
        assert poll.outcome == "internal-error"
        assert abs(poll.started_at - datetime.now(UTC)) < timedelta(hours=1)
    assert source.value("SELECT count(*) FROM polls") == 1
    assert next_poll_after_s(source) == DAY_S


@pytest.mark.parametrize("name", ["log_outcome", "_record_move"])
async def test_a_fault_after_the_outcome_is_written_adds_no_second_one(
    source: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
):
    monkeypatch.setattr(outcome, name, fails)
    assert (await source.fetch_one()).outcome == "ok"
    assert source.rows("SELECT outcome FROM polls") == [{"outcome": "ok"}]
    assert [record.getMessage() for record in caplog.records if record.exc_info] == ["internal-error"]


async def test_a_fault_before_the_end_backs_off_as_before(source: Installation, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feed_step, "fingerprint", fails)
    poll = await source.fetch_one()
    assert (poll.outcome, poll.error) == ("internal-error", "FaultError: injected")
    assert 300 <= next_poll_after_s(source) <= 330


async def test_where_nothing_can_be_written_the_error_is_raised(source: Installation):
    source.execute("CREATE TRIGGER refused BEFORE INSERT ON polls BEGIN SELECT RAISE(ABORT, 'no room'); END")
    with pytest.raises(StoreError, match="no room"):
        await source.fetch_one()


async def test_the_end_of_a_poll_is_not_interrupted(source: Installation, monkeypatch: pytest.MonkeyPatch):
    """A poll that is cancelled while its outcome is being written has that outcome."""
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[Any]] = []

    def cancelling(*arguments: Any) -> Any:
        loop.call_soon_threadsafe(tasks[0].cancel)
        return recent_times(*arguments)

    monkeypatch.setattr(sources, "recent_times", unless_first(recent_times, cancelling))
    async for context in source.open():
        stored = await context.database.writing(sources.sync, source.configured(), source.clock())
        tasks.append(asyncio.create_task(pipeline.poll(stored[0], context)))
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
    assert source.rows("SELECT outcome, new FROM polls") == [{"outcome": "ok", "new": 1}]


async def test_a_push_whose_end_fails_plans_nothing(source: Installation, monkeypatch: pytest.MonkeyPatch):
    await source.fetch_one()
    before = source.rows("SELECT * FROM sources")
    async for context in source.open():
        stored = await context.database.writing(sources.sync, source.configured(), source.clock())
        pushed = await context.client.get(Request(source.server.url("/f")))
        monkeypatch.setattr(policy, "next_poll", fails)
        poll = await pipeline.poll(stored[0], context, pushed=pushed)
    assert (poll.outcome, poll.error) == (
        "internal-error",
        "the end of the poll could not be recorded: FaultError: injected",
    )
    assert source.rows("SELECT * FROM sources") == before
    assert [row["outcome"] for row in source.rows("SELECT outcome FROM polls ORDER BY id")] == ["ok", "internal-error"]


async def test_other_sources_are_polled_beside_it(source: Installation, monkeypatch: pytest.MonkeyPatch):
    source.server.route("/g", feed(Item("二", "https://example.org/2")), Answer(304))
    source.configure({"name": "甲", "path": "/f", "article": "never"}, {"name": "乙", "path": "/g", "article": "never"})
    found = sources.state

    def state(connection: Any, one: Any) -> Any:
        return fails() if one.name == "甲" else found(connection, one)

    monkeypatch.setattr(sources, "state", state)
    polls = await source.fetch()
    assert {name: str(poll.outcome) for name, poll in polls.items()} == {"甲": "internal-error", "乙": "ok"}


NOW = datetime(2026, 1, 2, tzinfo=UTC)


async def recorded(source: Installation, error: Exception, *, started: datetime | None, interval_s: float) -> Poll:
    """What `record_fault` makes of a poll that ended at NOW."""
    found: list[Poll] = []
    async for context in source.open():
        [stored] = await context.database.writing(sources.sync, source.configured(), NOW)
        progress = PollProgress(new=2, updated=1)
        timed = replace(context, clock=lambda: NOW)
        found.append(await record_fault(replace(stored, interval_s=interval_s), started, progress, error, timed))
    return found[0]


@pytest.mark.parametrize(
    ("interval_s", "words"),
    [
        (30, "1 min"),
        (90, "2 min"),
        (2_700, "45 min"),
        (3_599.5, "60 min"),
        (3_600, "1 h"),
        (3_617, "1 h"),
        (3_619, "1.01 h"),
    ],
)
async def test_the_wait_in_words(source: Installation, interval_s: float, words: str):
    poll = await recorded(source, StoreError("no room"), started=NOW, interval_s=interval_s)
    assert poll.error == f"the end of the poll could not be recorded: no room; the source is polled again in {words}"
    assert (poll.new, poll.updated) == (2, 1)
    assert next_poll_after_s(source) == interval_s


@pytest.mark.parametrize(
    ("started", "started_at", "seconds"),
    [
        (NOW - timedelta(seconds=90.5), NOW - timedelta(seconds=90.5), 90.5),
        (NOW - timedelta(seconds=0.25), NOW - timedelta(seconds=0.25), 0.25),
        (NOW + timedelta(seconds=60), NOW + timedelta(seconds=60), 0.0),  # the clock was set back
        (None, NOW, 0.0),
    ],
)
async def test_the_time_of_the_poll(
    source: Installation, started: datetime | None, started_at: datetime, seconds: float
):
    poll = await recorded(source, FaultError(), started=started, interval_s=INTERVAL_S)
    assert (poll.started_at, poll.seconds) == (started_at, seconds)
    assert next_poll_after_s(source) == DAY_S


@pytest.mark.parametrize("has_validators", [True, False])
@pytest.mark.parametrize("as_push", [False, True])
async def test_an_edit_that_is_taken_back_after_an_unrecorded_end_is_taken_back(
    source: Installation, monkeypatch: pytest.MonkeyPatch, *, has_validators: bool, as_push: bool
):
    """The feed is as it was when it was read last, and the post is not: neither 304 nor the same bytes say the same."""
    first = feed(Item("渡轮停航", "https://example.org/1"), etag='"1"' if has_validators else None)
    edited = feed(Item("渡轮停航三天", "https://example.org/1"), etag='"2"' if has_validators else None)
    source.server.route("/f", first)
    await source.fetch_one()
    source.server.route("/f", edited)
    async for context in source.open():
        stored = await context.database.writing(sources.sync, source.configured(), source.clock())
        pushed = await context.client.get(Request(source.server.url("/f"))) if as_push else None
        with monkeypatch.context() as patch:
            patch.setattr(policy, "next_poll", fails)
            poll = await pipeline.poll(stored[0], context, pushed=pushed)
    assert (poll.outcome, poll.updated) == ("internal-error", 1)
    assert source.value("SELECT title FROM posts") == "渡轮停航三天"
    source.server.route("/f", lambda got: Answer(304) if got.header("if-none-match") == '"1"' else first)
    await source.fetch_one()
    assert source.value("SELECT title FROM posts") == "渡轮停航"
