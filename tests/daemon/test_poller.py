"""The poller: what becomes of a source whose poll leaves no outcome in the database."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any

import pytest

from ingestd.daemon import poller as poller_module
from ingestd.daemon.poller import MAX_REST_S, Poller
from ingestd.poll import outcome, pipeline
from ingestd.poll.last_resort import record_fault
from ingestd.store import engine, sources
from tests.support.installation import Installation, Item, feed

#: The default of `min_interval`.
MIN_INTERVAL_S = 300.0
BROKEN = "CREATE TRIGGER broken BEFORE INSERT ON polls WHEN new.source_id = 1 BEGIN SELECT RAISE(ABORT, 'no room'); END"


class LoopTime:
    """The time of the event loop, which a test may move on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead_s = 0.0
        loop = asyncio.get_running_loop()
        real = loop.time
        monkeypatch.setattr(loop, "time", lambda: real() + self.ahead_s)


@pytest.fixture
async def running(installation: Installation) -> AsyncIterator[tuple[Installation, Poller]]:
    """A poller of two sources, which may poll one at a time. The outcome of the first one cannot be written."""
    for path in ("/f", "/g"):
        installation.server.route(path, feed(Item("一", f"https://example.org{path}")))
    installation.configure(*({"name": path, "path": path, "article": "never"} for path in ("/f", "/g")))
    installation.execute(BROKEN)
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        poller = Poller({source.id: source for source in stored}, context, max_polls=1)
        yield installation, poller
        await poller.stop(10)


async def tick(poller: Poller) -> None:
    """One tick, and the end of the polls that it starts."""
    await poller.tick()
    until_idle = [task for task in asyncio.all_tasks() if task.get_name().startswith("poll ")]
    await asyncio.gather(*until_idle, return_exceptions=True)


def requests(installation: Installation) -> tuple[int, int]:
    return len(installation.server.to("/f")), len(installation.server.to("/g"))


@pytest.mark.process
async def test_a_source_whose_outcome_cannot_be_written_rests_longer_each_time(
    running: tuple[Installation, Poller], monkeypatch: pytest.MonkeyPatch
):
    installation, poller = running
    for _ in range(4):
        await tick(poller)
    assert requests(installation) == (1, 1)
    assert installation.value("SELECT count(*) FROM leases") == 0
    time = LoopTime(monkeypatch)
    for count, rest_s in ((2, MIN_INTERVAL_S), (3, 2 * MIN_INTERVAL_S), (4, 4 * MIN_INTERVAL_S)):
        time.ahead_s += rest_s - 10
        await tick(poller)
        assert requests(installation)[0] == count - 1
        time.ahead_s += 11
        await tick(poller)
        await tick(poller)
        assert requests(installation)[0] == count
    installation.execute("DROP TRIGGER broken")
    time.ahead_s += MAX_REST_S
    await tick(poller)
    assert [row["outcome"] for row in installation.rows("SELECT outcome FROM polls WHERE source_id = 1")] == ["ok"]


@pytest.mark.process
async def test_a_fault_of_the_last_resort_is_logged_with_its_traceback(
    running: tuple[Installation, Poller], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    installation, poller = running

    async def poll(*_: Any) -> Any:
        raise LookupError("injected")

    monkeypatch.setattr(poller_module, "pipeline", replace_poll(poll))
    for _ in range(3):
        await tick(poller)
    traced = [record for record in caplog.records if record.exc_info]
    assert len(traced) == 2  # one for each source
    assert requests(installation) == (0, 0)


def replace_poll(poll: Any) -> Any:
    return type("pipeline", (), {"poll": staticmethod(poll)})


@pytest.fixture
def other_program(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another program's connection, which takes the lock when the first poll is about to be written and recorded."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    ended = outcome._end
    with closing(sqlite3.connect(installation.database, isolation_level=None)) as other:

        def lock_and_end(*arguments: Any) -> Any:
            if not other.in_transaction:
                other.execute("BEGIN IMMEDIATE")
            return ended(*arguments)

        monkeypatch.setattr(outcome, "_end", lock_and_end)
        yield other


async def one_source(installation: Installation) -> AsyncIterator[Poller]:
    """A poller of one source, in a database whose lock is taken while its first poll is recorded."""
    installation.server.route("/f", feed(Item("一", "https://example.org/f")))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        poller = Poller({source.id: source for source in stored}, context, max_polls=1)
        yield poller
        await poller.stop(10)


@pytest.mark.process
async def test_a_lock_that_outlasts_the_end_of_a_poll(
    installation: Installation, other_program: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
):
    """Neither the posts nor any outcome can be written: the source rests, and is then polled again."""
    async for poller in one_source(installation):
        await tick(poller)
        assert installation.value("SELECT count(*) FROM posts") == 0
        assert installation.value("SELECT count(*) FROM polls") == 0
        monkeypatch.undo()
        other_program.execute("ROLLBACK")
        await tick(poller)
        assert len(installation.server.to("/f")) == 1
        time = LoopTime(monkeypatch)
        time.ahead_s += MIN_INTERVAL_S + 1
        await tick(poller)
    assert [row["outcome"] for row in installation.rows("SELECT outcome FROM polls")] == ["ok"]
    assert installation.value("SELECT count(*) FROM posts") == 1
    assert installation.value("SELECT count(*) FROM leases") == 0


@pytest.mark.process
async def test_a_lock_that_ends_before_the_last_resort(
    installation: Installation, other_program: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
):
    async def unlock_and_record(*arguments: Any) -> Any:
        other_program.execute("ROLLBACK")
        return await record_fault(*arguments)

    monkeypatch.setattr(pipeline, "record_fault", unlock_and_record)
    async for poller in one_source(installation):
        await tick(poller)
        await tick(poller)
    [row] = installation.rows("SELECT outcome, error FROM polls")
    assert row["outcome"] == "store-failed"
    assert "locked" in row["error"]
    assert len(installation.server.to("/f")) == 1
    assert installation.value("SELECT count(*) FROM leases") == 0
