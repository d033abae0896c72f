"""The outbox is delivered in order, again after failures, and one target does not hold up another."""

import asyncio
import json
import shutil

import pytest

from ingestd.daemon.notifications import service
from ingestd.daemon.notifications.service import Notifications
from ingestd.daemon.notifications.targets import DeliveryError
from ingestd.store import notify_targets, outbox
from ingestd.store.database import Database
from ingestd.text.times import utc_text
from tests.store import make


class Receiver:
    """A target that notes what it is given; it fails while `fails` is set."""

    def __init__(self):
        self.got, self.fails, self.is_open = [], None, False
        self.taking, self.asked = asyncio.Event(), asyncio.Event()
        self.taking.set()

    async def open(self):
        self.is_open = True

    async def close(self):
        self.is_open = False

    async def deliver(self, sent):
        self.asked.set()
        await self.taking.wait()
        if self.fails is not None:
            raise self.fails
        self.got.append(json.loads(sent.body)["post"]["id"])


class World:
    """A database with posts, and a daemon's service over it; `now` are the seconds since NOW."""

    def __init__(self, database):
        self.database, self.now = database, 0.0
        self.one, self.two = Receiver(), Receiver()
        self.stored = 0

    def daemon(self, holder="host:1:x-1", targets=("one", "two")):
        found = {name: getattr(self, name) for name in targets}
        events = {name: ["post-new"] for name in targets}
        return Notifications(found, events, self.database, holder=holder, clock=lambda: make.later(self.now))

    def store(self, count=1):
        numbers = range(self.stored + 1, self.stored + count + 1)
        make.store(self.database, *(make.new(n) for n in numbers), at=make.later(self.now))
        self.stored += count

    def row(self, name="one"):
        return next(row for row in self.database.read(notify_targets.all_targets) if row["name"] == name)


async def turn(daemon):
    """One tick, and everything that it begins."""
    await daemon.tick()
    await asyncio.gather(*daemon._tasks.values())


@pytest.fixture
def world(tmp_path, empty_database):
    path = tmp_path / "ingestd.db"
    shutil.copy(empty_database, path)
    with Database(f"sqlite:///{path}") as database:
        make.configured(database)
        yield World(database)


async def test_events_are_delivered_in_order_to_each_target(world, monkeypatch):
    monkeypatch.setattr(service, "BATCH_EVENTS", 2)
    daemon = world.daemon()
    await daemon.start()
    world.store(5)
    await turn(daemon)
    assert world.one.got == world.two.got == [1, 2, 3, 4, 5]
    assert (world.row()["queued"], world.row()["delivered"], world.row()["holder"]) == (0, 5, None)
    await daemon.stop(1)
    assert not world.one.is_open


async def test_a_failure_holds_up_the_queue_of_its_target_alone_until_it_is_tried_again(world):
    daemon = world.daemon()
    await daemon.start()
    world.one.fails = DeliveryError("timeout: no answer")
    world.store(2)
    await turn(daemon)
    assert (world.one.got, world.two.got) == ([], [1, 2])
    row = world.row()
    assert (row["queued"], row["failures"], row["last_error"]) == (2, 1, "timeout: no answer")
    world.one.fails = None
    world.store(1)
    world.now = 9.9
    await turn(daemon)
    assert (world.one.got, world.two.got) == ([], [1, 2, 3])
    world.now = 10.0
    await turn(daemon)
    assert world.one.got == [1, 2, 3]
    assert (world.row()["failures"], world.row()["last_error"]) == (0, None)
    await daemon.stop(1)


async def test_back_off_grows_and_follows_what_the_target_asks(world):
    daemon = world.daemon(targets=("one",))
    await daemon.start()
    world.store()
    waits = []
    for asked_s in (None, None, None, 900.0):
        world.one.fails = DeliveryError("refused", asked_s)
        await turn(daemon)
        next_try = world.row()["next_try_at"]
        before, world.now = world.now, next(n for n in range(5000) if utc_text(make.later(n)) == next_try)
        waits.append(world.now - before)
    assert waits == [10, 20, 40, 900]
    await daemon.stop(1)


async def test_a_slow_target_holds_up_neither_ticks_nor_other_targets(world):
    daemon = world.daemon()
    await daemon.start()
    world.one.taking.clear()
    world.store()
    await daemon.tick()
    await daemon._tasks["two"]
    await daemon.tick()
    assert (world.one.got, daemon.in_flight) == ([], 1)
    world.one.taking.set()
    await turn(daemon)
    assert world.one.got == [1]
    await daemon.stop(1)


async def test_one_of_two_daemons_delivers(world):
    first, second = (world.daemon(f"host:{n}:x-{n}", targets=("one",)) for n in (1, 2))
    await first.start()
    world.one.taking.clear()
    world.store(2)
    await first.tick()
    delivering = first._tasks["one"]
    await second.tick()
    await asyncio.gather(*second._tasks.values())
    assert (world.one.got, delivering.done()) == ([], False)
    world.one.taking.set()
    await delivering
    assert world.one.got == [1, 2]
    await first.stop(1)


@pytest.mark.parametrize("cancelled", ["the claim", "the delivery"])
async def test_what_is_cancelled_by_a_stop_is_delivered_by_the_next_daemon(world, cancelled):
    daemon = world.daemon(targets=("one",))
    await daemon.start()
    world.one.taking.clear()
    world.store()
    await daemon.tick()
    if cancelled == "the delivery":
        await world.one.asked.wait()
    else:
        await asyncio.sleep(0)  # the task of the delivery begins, and asks the database
    await daemon.stop(0)
    world.one.taking.set()
    again = world.daemon("host:2:x-2", targets=("one",))
    await again.start()
    await turn(again)
    assert world.one.got == [1]
    await again.stop(1)


async def test_what_waits_too_long_is_dropped_with_a_word(world, caplog):
    daemon = world.daemon(targets=("one",))
    await daemon.start()
    world.one.fails = DeliveryError("refused")
    world.store(2)
    await turn(daemon)
    world.now = outbox.MAX_AGE.total_seconds() + 1
    await turn(daemon)
    assert (world.row()["queued"], world.row()["dropped"]) == (0, 2)
    [said] = [record for record in caplog.records if record.getMessage() == "notifications-dropped"]
    assert said.fields["error"] == "2 events were dropped: they waited longer than 14 days"
    await daemon.stop(1)


async def test_a_target_that_leaves_the_configuration_is_forgotten_with_a_word(world, caplog):
    daemon = world.daemon()
    await daemon.start()
    world.store(2)
    await daemon.stop(1)
    await world.daemon(targets=("two",)).start()
    [said] = [record for record in caplog.records if record.getMessage() == "notify-target-removed"]
    assert (said.fields, said.levelname) == ({"target": "one", "undelivered": 2}, "WARNING")
