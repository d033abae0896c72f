"""A source that falls silent against its habit is told of once."""

import json
import shutil
from datetime import timedelta

import pytest

from ingestd.daemon import silence_watch
from ingestd.daemon.silence_watch import SilenceWatch, parts_of
from ingestd.store.database import Database
from ingestd.store.notify_targets import sync_targets
from ingestd.store.outbox import queued_events
from ingestd.text.times import utc_text
from tests.store import make

DAY_S = 86_400


@pytest.fixture
def database(tmp_path, empty_database):
    path = tmp_path / "ingestd.db"
    shutil.copy(empty_database, path)
    with Database(f"sqlite:///{path}") as opened:
        make.configured(opened)
        opened.write(sync_targets, {"all": ["source-silent"]}, make.NOW)
        daily = (make.new(n, like=make.post(n, date=make.later(-DAY_S * n))) for n in range(1, 20))
        make.store(opened, *daily)
        yield opened


def polled(database, *, last_new: timedelta, last_ok: timedelta = timedelta(), **more):
    values = {
        "last_new_at": utc_text(make.NOW - last_new),
        "last_ok_at": utc_text(make.NOW - last_ok + timedelta(days=4)),
        **more,
    }
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    make.run(database, f"UPDATE sources SET {assignments}", **values)


async def test_silence_is_told_of_once(database):
    watch = SilenceWatch(database, lambda: make.later(4 * DAY_S))
    polled(database, last_new=timedelta(days=1))
    await watch.tick()
    await watch.tick()
    [event] = database.read(queued_events, "all", 9)
    told = json.loads(event.payload)
    assert event.event == "source-silent"
    assert told["reason"].startswith("it has published nothing for 5 days, and usually does every day")
    assert make.value(database, "SELECT condition FROM sources") == "silent"


@pytest.mark.parametrize(
    "state",
    [
        {"last_new": timedelta(days=-3)},
        {"last_new": timedelta(days=1), "last_ok": timedelta(days=4)},  # nothing was polled since
        {"last_new": timedelta(days=1), "enabled": 0},
        {"last_new": timedelta(days=1), "paused": 1},
        {"last_new": timedelta(days=1), "failures": 1},
        {"last_new": timedelta(days=1), "condition": "failing"},
    ],
)
async def test_what_is_no_silence(database, state):
    polled(database, **state)
    await SilenceWatch(database, lambda: make.later(4 * DAY_S)).tick()
    assert database.read(queued_events, "all", 9) == []


@pytest.mark.parametrize(("quiet", "parts"), [(0, 1), (1_000, 1), (1_001, 2), (24_000, 24), (1_000_000, 24)])
def test_looks_at_many_sources_are_spread_over_a_day_at_most(quiet, parts):
    assert parts_of(quiet) == parts


async def test_each_of_many_sources_has_its_turn(database, monkeypatch):
    monkeypatch.setattr(silence_watch, "MAX_LOOKS", 1)
    make.configured(database, "联合早报", *(f"quiet {n}" for n in range(4)))
    polled(database, last_new=timedelta(days=1))
    looked = []

    async def look_at(source):
        looked.append(source.id)

    watch = SilenceWatch(database, lambda: make.later(4 * DAY_S))
    monkeypatch.setattr(watch, "_look_at", look_at)
    before = []
    for _ in range(5):
        await watch.tick()
        before.append(len(looked))
    assert sorted(looked) == [1, 2, 3, 4, 5]
    assert before == [1, 2, 3, 4, 5]
