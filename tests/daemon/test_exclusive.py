"""Services that run on one daemon of a database at a time, and move to another one where that has ended."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ingestd.daemon.exclusive import MIN_TASK_S, Exclusive
from ingestd.daemon.service import PeriodicService
from ingestd.poll.context import PollContext
from ingestd.poll.held_leases import HeldLeases
from ingestd.store.leases import release_leases, under_lease
from tests.support.installation import Installation


class Counting(PeriodicService):
    interval_s = 15.0

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def start(self) -> None:
        self.calls.append("start")

    async def tick(self) -> None:
        self.calls.append("tick")

    async def stop(self, grace_s: float) -> None:
        self.calls.append("stop")


class Daemon:
    """One daemon of a database, with one exclusive service."""

    def __init__(self, context: PollContext, name: str) -> None:
        self.context = replace(context, lease_holder=f"{name}:1:abc", leases=HeldLeases())
        self.counting = Counting()
        self.service = Exclusive("count", self.counting, self.context)

    def calls(self) -> str:
        found, self.counting.calls = self.counting.calls, []
        return " ".join(found)


@pytest.fixture
async def daemons(installation: Installation) -> AsyncIterator[tuple[Daemon, Daemon]]:
    installation.configure()
    async for context in installation.open():
        yield Daemon(context, "first"), Daemon(context, "second")


@pytest.mark.process
async def test_one_daemon_runs_the_service(daemons: tuple[Daemon, Daemon], installation: Installation):
    first, second = daemons
    for daemon in daemons:
        await daemon.service.start()
    for _ in range(3):
        for daemon in daemons:
            await daemon.service.tick()
    assert (first.calls(), second.calls()) == ("start tick tick tick", "")
    assert installation.rows("SELECT source_id, task, holder FROM leases") == [
        {"source_id": None, "task": "count", "holder": "first:1:abc"}
    ]
    for daemon in daemons:
        await daemon.service.stop(0.0)
    assert (first.calls(), second.calls()) == ("stop", "")


@pytest.mark.process
async def test_another_daemon_goes_on_where_the_first_one_stops(daemons: tuple[Daemon, Daemon]):
    first, second = daemons
    await first.service.start()
    await second.service.start()
    await first.context.database.writing(release_leases, "first:1:abc")
    await second.service.tick()
    await second.service.tick()
    assert second.calls() == "start tick"


@pytest.mark.process
async def test_a_daemon_that_was_halted_finds_the_service_taken_over(
    daemons: tuple[Daemon, Daemon], installation: Installation, monkeypatch: pytest.MonkeyPatch
):
    first, second = daemons
    await first.service.start()
    installation.clock.forward(seconds=MIN_TASK_S + 1)
    await second.service.tick()
    # By the clock of the event loop too, it has been halted for so long.
    [number] = [first.context.leases.number("count")]
    assert number is not None
    first.context.leases.claimed({"count": number}, float("-inf"))
    await first.service.tick()
    assert (first.calls(), second.calls()) == ("start", "start")
    with pytest.raises(Exception, match="took over"):
        await first.context.database.writing(under_lease, number, lambda _connection: None)


@pytest.mark.process
async def test_a_lease_that_nobody_took_goes_on(daemons: tuple[Daemon, Daemon], installation: Installation):
    first, _ = daemons
    await first.service.start()
    installation.clock.forward(seconds=10 * MIN_TASK_S)
    number = first.context.leases.number("count")
    assert number is not None
    first.context.leases.claimed({"count": number}, float("-inf"))
    await first.service.tick()
    assert first.calls() == "start tick"
    assert first.context.leases.number("count") == number
