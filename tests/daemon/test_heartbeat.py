"""A daemon's sign of life in the database."""

import shutil

import pytest

from ingestd.daemon.heartbeat import Heartbeat
from ingestd.poll.lease_holders import new_lease_holder
from ingestd.store import daemons
from ingestd.store.database import Database
from tests.store import make


@pytest.fixture
def database(tmp_path, empty_database):
    path = tmp_path / "ingestd.db"
    shutil.copy(empty_database, path)
    with Database(f"sqlite:///{path}") as opened:
        yield opened


async def test_sign_of_life_from_start_to_stop(database):
    now = 0.0
    heartbeat = Heartbeat(database, "host:1:x-1", lambda: make.later(now))
    await heartbeat.start()
    now = 60.0
    await heartbeat.tick()
    [daemon] = database.read(daemons.running_daemons)
    assert (daemon.started_at, daemon.seen_at) == (make.NOW, make.later(60))
    await heartbeat.stop(1)
    assert database.read(daemons.running_daemons) == []


async def test_a_start_forgets_daemons_that_were_killed_and_keeps_others(database):
    host, _, rest = new_lease_holder().partition(":")
    killed, elsewhere = f"{host}:{2**22 + 5}:{rest.partition(':')[2]}", "other:1:x-1"
    for holder, at in ((killed, make.NOW), (elsewhere, make.NOW), ("old:1:x-1", make.later(-40 * 86_400))):
        database.write(daemons.record_sign_of_life, holder, "1", at, at)
    await Heartbeat(database, "host:1:x-1", lambda: make.NOW).start()
    assert {daemon.holder for daemon in database.read(daemons.running_daemons)} == {elsewhere, "host:1:x-1"}
