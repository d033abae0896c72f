"""Several daemons on one database, halted, killed or cut off from it at times: nothing is done twice or lost."""

import contextlib
import random
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ingestd.poll.workers import WorkerPool
from tests.support.database_proxy import DatabaseProxy
from tests.support.growing_sites import Sites, is_complete, is_due, path_of, poll_now
from tests.support.installation import HANG_S, Installation, Item, feed, installation_on, until
from tests.support.server import HANG, Raw, Server

pytestmark = pytest.mark.process

#: The seconds of a lease in these tests.
LEASE_S = 2.0
#: Seconds of faults, and the seed that chooses them.
FAULTS_S = 45.0
SEED = 20
WORKERS = 4
#: Seconds for which no source may be left out: a fault, a lease, and what a busy machine needs to begin a poll.
LEFT_OUT_S = 2.5 * LEASE_S + LEASE_S + 13.0


@pytest.fixture(params=["sqlite", "postgresql"])
def on_both(
    request: pytest.FixtureRequest, tmp_path: Path, shared_pool: WorkerPool, empty_database: Path
) -> Iterator[Installation]:
    with installation_on(request, tmp_path, shared_pool, empty_database) as found:
        yield found


def stop(*daemons: Any) -> None:
    for daemon in daemons:
        daemon.send_signal(signal.SIGTERM)
    assert [daemon.wait(HANG_S) for daemon in daemons] == [0] * len(daemons)


def said(installation: Installation, event: str) -> list[dict[str, Any]]:
    return [line for line in installation.log() if line["event"] == event]


@pytest.mark.parametrize("answer", ["never", "meanwhile"])
def test_a_daemon_that_was_halted_for_longer_than_its_lease_writes_nothing(on_both: Installation, answer: str):
    """Its answer never comes, or has come when it wakes; another daemon has polled the source by then."""
    installation = on_both
    installation.lease_s = LEASE_S
    item = Item("一", "https://example.org/1")
    late = Raw(HANG) if answer == "never" else feed(Item("旧", "https://example.org/0"), item, delay=0.5)
    installation.server.route("/f", late, feed(item))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    with installation.daemon() as halted:
        until(lambda: installation.server.to("/f"))
        halted.send_signal(signal.SIGSTOP)
        with installation.daemon() as other:
            until(lambda: installation.value("SELECT count(*) FROM polls") == 1)
            stored = installation.rows("SELECT * FROM sources")
            halted.send_signal(signal.SIGCONT)
            until(lambda: said(installation, "lease-lost"))
            stop(halted, other)
    [lost] = said(installation, "lease-lost")
    assert (lost["source"], lost["url"]) == ("甲", installation.server.url("/f"))
    assert "dropped" in lost["error"]
    assert len(installation.server.to("/f")) == 2
    assert installation.rows("SELECT outcome FROM polls") == [{"outcome": "ok"}]
    assert installation.rows("SELECT title FROM posts") == [{"title": "一"}]
    assert installation.rows("SELECT * FROM sources") == stored
    assert installation.value("SELECT count(*) FROM leases") == 0


class Faults:
    """Four daemons, of which one after the other is killed or halted, while the database is cut off at times."""

    def __init__(self, installation: Installation, proxy: DatabaseProxy, stack: contextlib.ExitStack) -> None:
        self.random = random.Random(SEED)
        self._installation = installation
        self._proxy = proxy
        self._stack = stack
        self.daemons = [self._start() for _ in range(WORKERS)]
        self.done: list[str] = []

    def _start(self) -> Any:
        return self._stack.enter_context(self._installation.daemon())

    def supervise(self) -> None:
        """Start again what could not start while the database was cut off, as systemd does."""
        self.daemons = [daemon if daemon.poll() is None else self._start() for daemon in self.daemons]

    def one(self) -> None:
        """One fault, and its end."""
        self.supervise()
        number = self.random.randrange(WORKERS)
        name = self.random.choice(["kill", "halt", "halt", "cut", "silence"])
        seconds = self.random.uniform(0.2, 2.5 * LEASE_S)
        self.done.append(name)
        if name == "kill":
            self.daemons[number].kill()
            self.daemons[number].wait()
            self.daemons[number] = self._start()
        elif name == "halt":
            self.daemons[number].send_signal(signal.SIGSTOP)
            time.sleep(seconds)
            self.daemons[number].send_signal(signal.SIGCONT)
        elif name == "cut":
            self._proxy.cut()
        else:
            self._proxy.fall_silent()
            time.sleep(seconds)
            self._proxy.speak()


@pytest.mark.long
def test_four_daemons_that_are_killed_halted_and_cut_off(
    tmp_path: Path, shared_pool: WorkerPool, empty_database: Path, postgresql_with_schema: Any
):
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server())
        url = stack.enter_context(postgresql_with_schema.lent())
        proxy = stack.enter_context(DatabaseProxy(url))
        installation = Installation(tmp_path, server, shared_pool, empty_database, proxy.url)
        installation.lease_s = LEASE_S
        sites = Sites(server, sources=8, max_entries=40, delay_s=0.2)
        sites.configure(installation)
        # What looks at the database does not go through the proxy.
        installation.server_url = url
        faults = Faults(installation, proxy, stack)
        until(lambda: min(sites.entries.values()) >= 1 and is_complete(installation, sites))
        end = time.monotonic() + FAULTS_S
        while time.monotonic() < end:
            poll_now(installation)
            faults.one()
            time.sleep(faults.random.uniform(0.0, 1.0))
        sites.is_growing = False
        poll_now(installation)
        faults.supervise()
        until(lambda: not is_due(installation) and is_complete(installation, sites))
        assert {"kill", "halt", "cut", "silence"} == set(faults.done)
        stop(*faults.daemons)
        posts = installation.rows("SELECT title FROM posts ORDER BY title")
        assert sorted(post["title"] for post in posts) == sites.titles()
        assert installation.rows("SELECT 1 FROM revisions") == []
        assert installation.value("SELECT count(*) FROM leases") == 0
        feeds = {path_of(name) for name in sites.entries}
        assert {path: times for path, times in server.overlaps.items() if times and path in feeds} == {}
        assert not said(installation, "internal-error")
        for path in feeds:
            times = [request.at for request in server.to(path)]
            assert max(later - earlier for earlier, later in pairwise(times)) < LEFT_OUT_S
