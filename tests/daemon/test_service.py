"""What the daemon runs: a tick that fails is called again, and a stop waits no longer than its grace period."""

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestd.daemon.maintenance import DatabaseFileWatch, FingerprintFilling, SearchIndexing
from ingestd.daemon.service import PeriodicService, finish, guarded_tick
from ingestd.daemon.systemd import Notifier, Watchdog
from ingestd.model.errors import StoreError
from ingestd.store.database import Database
from ingestd.store.notices import prove_writable
from tests.support.file_changes import LOSSES, change_file


class Failing(PeriodicService):
    def __init__(self, error: Exception) -> None:
        self.error = error
        self.ticks = 0

    async def tick(self) -> None:
        self.ticks += 1
        raise self.error


async def test_a_tick_that_cannot_use_the_database_is_logged_and_called_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(logging.getLogger("ingestd"), "propagate", True)
    service = Failing(StoreError("the disk is full"))
    await guarded_tick(service)
    await guarded_tick(service)
    assert service.ticks == 2
    assert [record.getMessage() for record in caplog.records] == ["store-failed"] * 2
    assert caplog.records[0].__dict__["fields"] == {"error": "the disk is full"}


async def test_other_errors_of_a_tick_are_raised():
    with pytest.raises(ZeroDivisionError):
        await guarded_tick(Failing(ZeroDivisionError()))


class TestFinish:
    async def test_work_within_the_grace_period_is_not_cancelled(self):
        done = asyncio.Event()
        task = asyncio.create_task(done.wait())
        asyncio.get_running_loop().call_soon(done.set)
        await finish({task}, 60)
        assert task.done() and not task.cancelled()

    async def test_work_after_the_grace_period_is_cancelled_and_awaited(self):
        ended = []

        async def late() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                ended.append("cleaned up")

        task = asyncio.create_task(late())
        await asyncio.sleep(0)
        await finish([task], 0.0)
        assert task.cancelled()
        assert ended == ["cleaned up"]

    async def test_error_of_cancelled_work_does_not_affect_others(self):
        async def broken() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                raise ValueError("on the way out")

        tasks = [asyncio.create_task(broken()) for _ in range(2)]
        await asyncio.sleep(0)
        await finish(tasks, 0.0)
        assert all(isinstance(task.exception(), ValueError) for task in tasks)

    async def test_without_work_in_flight_finish_returns_at_once(self):
        await finish((), 60)


class TestDatabaseFile:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "ingestd.db"
        with Database(f"sqlite:///{path}") as database:
            database.upgrade(now=datetime.now(UTC))
        return path

    @pytest.mark.parametrize(("change", "name"), LOSSES)
    async def test_a_file_that_is_deleted_or_replaced_is_detected(self, path: Path, change: str, name: str):
        lost: list[Path] = []
        with Database(f"sqlite:///{path}") as database:
            await database.writing(prove_writable, datetime.now(UTC))
            watch = DatabaseFileWatch(database, lost.append)
            await watch.tick()
            assert lost == []
            change_file(path.with_name(name), change)
            await watch.tick()
            assert lost == [path.with_name(name)]

    async def test_damage_that_a_read_or_a_write_has_met_is_passed_on(self, path: Path):
        found: list[str] = []
        with Database(f"sqlite:///{path}") as database:
            watch = DatabaseFileWatch(database, lambda _: None, found.append)
            database.damage = "the database is damaged: a page"
            await watch.tick()
            assert found == ["the database is damaged: a page"]


async def test_the_search_index_is_filled_step_by_step_until_it_is_complete():
    left = [200, 100, 0]

    class Recording:
        async def writing(self, function: object, *arguments: object) -> int:
            return left.pop(0)

    indexing = SearchIndexing(Recording())  # type: ignore[arg-type] # one method is all that it uses
    for _ in range(5):
        await indexing.tick()
    assert left == []


async def test_fingerprints_are_filled_step_by_step_as_long_as_some_are_missing():
    missing, taken = [120], []

    class Recording:
        async def reading(self, function: object) -> bool:
            return missing[0] > 0

        async def writing(self, function: object, limit: int) -> int:
            taken.append(min(limit, missing[0]))
            missing[0] -= taken[-1]
            return taken[-1]

    filling = FingerprintFilling(Recording())  # type: ignore[arg-type] # two methods are all that it uses
    for _ in range(5):
        await filling.tick()
    assert (sum(taken), len(taken)) == (120, 3)
    missing[0] = 1
    await filling.tick()
    assert taken[-1] == 1


async def test_the_watchdog_is_reset_by_each_tick():
    sent = []

    class Manager(Notifier):
        def alive(self, status: str = "") -> bool:
            sent.append(status)
            return True

    watchdog = Watchdog(Manager(), 5.0)
    await watchdog.start()
    await watchdog.tick()
    await watchdog.tick()
    await watchdog.stop(2.0)
    assert (watchdog.interval_s, watchdog.in_flight, sent) == (5.0, 0, ["", ""])
