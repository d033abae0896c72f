"""Reads and writes of the event loop: queued calls share a transaction, and each has its own result or error."""

import asyncio
import threading

import pytest
from sqlalchemy import Connection, event, text

from ingestd.model.errors import StoreError
from ingestd.store.database import Database
from tests.store import make


@pytest.fixture
def database(tmp_path):
    with Database(f"sqlite:///{tmp_path / 'calls.db'}") as opened:
        opened.write(lambda connection: connection.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)")))
        yield opened


def add(connection: Connection, number: int) -> int:
    connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
    return number


def numbers(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT n FROM t ORDER BY n")).scalars())


class _Commits:
    def __init__(self, database: Database) -> None:
        self.count = 0
        event.listen(database.engine, "commit", self._note)

    def _note(self, _connection: Connection) -> None:
        self.count += 1


async def held(database: Database) -> tuple[threading.Event, "asyncio.Task[object]"]:
    """A write that keeps the thread busy until the event is set, so that later calls are queued."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(_connection: Connection) -> None:
        begun.set()
        assert go_on.wait(make.HANG_GUARD_S)

    task = asyncio.create_task(database.writing(wait))
    assert await asyncio.to_thread(begun.wait, make.HANG_GUARD_S)
    return go_on, task


async def test_queued_writes_share_a_commit(database):
    go_on, busy = await held(database)
    commits = _Commits(database)
    waiting = asyncio.gather(*(database.writing(add, n) for n in range(20)))
    await asyncio.sleep(0)
    go_on.set()
    assert await waiting == list(range(20))
    await busy
    assert commits.count == 2
    assert await database.reading(numbers) == list(range(20))


async def test_a_failed_write_undoes_no_other(database):
    await database.writing(add, 3)
    go_on, busy = await held(database)

    def half(connection: Connection) -> None:
        add(connection, 50)
        add(connection, 3)

    def bug(connection: Connection) -> None:
        add(connection, 60)
        raise ValueError("a mistake of ours")

    waiting = asyncio.gather(
        *(database.writing(what) for what in (half, bug)), database.writing(add, 4), return_exceptions=True
    )
    await asyncio.sleep(0)
    go_on.set()
    conflict, mistake, added = await waiting
    await busy
    assert isinstance(conflict, StoreError)
    assert "UNIQUE" in str(conflict)
    assert isinstance(mistake, ValueError)
    assert added == 4
    assert await database.reading(numbers) == [3, 4]


async def test_a_failed_read_fails_no_other(database):
    await database.writing(add, 1)
    go_on, busy = await held(database)
    waiting = asyncio.gather(
        database.reading(lambda connection: connection.execute(text("SELECT nothing"))),
        database.reading(numbers),
        return_exceptions=True,
    )
    await asyncio.sleep(0)
    go_on.set()
    failed, found = await waiting
    await busy
    assert isinstance(failed, StoreError)
    assert found == [1]


async def test_an_error_at_the_commit_fails_all_its_writes(database):
    def defer(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE child (t REFERENCES t DEFERRABLE INITIALLY DEFERRED)")

    await database.writing(defer)
    go_on, busy = await held(database)
    waiting = asyncio.gather(
        database.writing(lambda connection: connection.execute(text("INSERT INTO child VALUES (99)"))),
        database.writing(add, 1),
        return_exceptions=True,
    )
    await asyncio.sleep(0)
    go_on.set()
    outcomes = await waiting
    await busy
    assert [type(outcome) for outcome in outcomes] == [StoreError, StoreError]
    assert await database.reading(numbers) == []


async def test_a_write_goes_on_when_its_caller_is_cancelled(database):
    go_on, busy = await held(database)
    task = asyncio.create_task(database.writing(add, 7))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await busy
    assert await database.reading(numbers) == [7]


async def test_more_calls_than_one_transaction_holds(database):
    assert await asyncio.gather(*(database.writing(add, n) for n in range(170))) == list(range(170))
    assert await asyncio.gather(*(database.reading(numbers) for _ in range(120))) == [list(range(170))] * 120


async def test_what_is_asked_first_is_done_before_all_that_waits(database):
    go_on, busy = await held(database)
    done: list[str] = []
    waiting = asyncio.gather(
        *(database.writing(lambda _connection: done.append("write")) for _ in range(200)),
        *(database.reading(lambda _connection: done.append("read")) for _ in range(200)),
        database.writing_first(lambda _connection: done.append("first write")),
        database.reading_first(lambda _connection: done.append("first read")),
    )
    await asyncio.sleep(0)
    go_on.set()
    await waiting
    await busy
    assert (done[0], next(one for one in done if "read" in one)) == ("first write", "first read")
