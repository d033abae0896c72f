"""The lease of a source whose history is read: shared with other processes, and released for polls that are due."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from ingestd.config.settings import FetchConfig, ScheduleConfig
from ingestd.fetch import Client
from ingestd.model.source import Source
from ingestd.poll.backfill import source_lease
from ingestd.poll.backfill.source_lease import MAX_YIELD_S, SourceLease
from ingestd.poll.context import PollContext
from ingestd.poll.lease_holders import new_lease_holder
from ingestd.poll.workers import WorkerPool
from ingestd.store import daemons, leases, sources
from ingestd.store.database import Database
from ingestd.text.times import utc_text
from tests.support.virtual_time import run
from tests.world.virtual_time import LoopExecutor

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OURS = "vm:1:ours"


@pytest.fixture
def database(tmp_path: Path, empty_database: Path) -> Iterator[Database]:
    path = tmp_path / "a.db"
    path.write_bytes(empty_database.read_bytes())
    with Database(f"sqlite:///{path}", executor=LoopExecutor()) as opened:
        configured = [
            Source("甲", "https://a.example/1"),
            Source("乙", "https://a.example/2"),
            Source("丙", "https://c.example/"),
        ]
        opened.write(sources.sync, configured, NOW)
        plan(opened, later=("甲", "乙"))
        yield opened


def plan(database: Database, *, later: tuple[str, ...] = (), due: tuple[str, ...] = ()) -> None:
    """Set when sources are polled next."""
    with database.engine.begin() as connection:
        for names, at in ((later, NOW + timedelta(hours=1)), (due, NOW - timedelta(minutes=1))):
            for name in names:
                connection.exec_driver_sql("UPDATE sources SET next_poll_at = ? WHERE name = ?", (utc_text(at), name))


def context(database: Database) -> PollContext:
    return PollContext(
        client=Client(FetchConfig.model_validate({})),
        workers=cast(WorkerPool, None),  # no job runs
        database=database,
        schedule=ScheduleConfig(),
        clock=lambda: NOW,
        random=random.Random(1),
        lease_holder=OURS,
    )


def holders(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT holder FROM leases")]


def let_polls_go_first(database: Database, while_waiting: dict[float, tuple[str, ...]]) -> float:
    """Seconds that a backfill of 甲 waits; `while_waiting` has the sources that are polled after so many seconds."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        for seconds, names in while_waiting.items():
            loop.call_later(seconds, partial(plan, database, later=names))
        source = Source("甲", "https://a.example/1", id=1)
        async with SourceLease(source, context(database)) as lease:
            assert holders(database) == [OURS]
            started = loop.time()
            await lease.let_polls_go_first()
            first = loop.time() - started
            assert holders(database) == [OURS]
            await lease.let_polls_go_first()
            assert loop.time() - started == first, "what nobody polls is waited for once"
        assert holders(database) == []
        return first

    return run(main())


def daemon_runs(database: Database, seen: datetime = NOW) -> None:
    database.write(daemons.record_sign_of_life, new_lease_holder(), "1", seen, seen)


def test_nothing_is_waited_for_where_nothing_is_due(database: Database):
    daemon_runs(database)
    assert let_polls_go_first(database, {}) == 0


@pytest.mark.parametrize("due", ["甲", "乙"])
def test_a_poll_of_the_host_goes_first(database: Database, due: str):
    daemon_runs(database)
    plan(database, due=(due,))
    assert 3 <= let_polls_go_first(database, {3.0: (due,)}) <= 3 + source_lease.RETRY_S


def test_a_poll_that_nobody_makes_is_waited_for_once(database: Database):
    daemon_runs(database)
    plan(database, due=("乙",))
    assert let_polls_go_first(database, {}) == MAX_YIELD_S


@pytest.mark.parametrize("seen", [None, NOW - timedelta(hours=1)])
def test_without_a_daemon_nothing_is_waited_for(database: Database, seen: datetime | None):
    plan(database, due=("甲", "乙"))
    if seen is not None:
        daemon_runs(database, seen)
    assert let_polls_go_first(database, {}) == 0


def test_a_source_that_another_process_polls_is_waited_for(database: Database):
    told = []

    async def main() -> float:
        loop = asyncio.get_running_loop()
        database.write(leases.acquire_leases, [1], "vm:2:other", NOW, 120.0)
        loop.call_later(5, lambda: database.write(leases.release_leases, "vm:2:other"))
        async with SourceLease(Source("甲", "https://a.example/1", id=1), context(database), lambda: told.append(1)):
            return loop.time()

    assert 5 <= run(main()) <= 5 + source_lease.RETRY_S
    assert told == [1]
