"""The daemon under the faults of a machine, as processes: each article is stored once, with its own text."""

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from ingestd.poll.workers import WorkerPool
from tests.support.growing_sites import SOURCES, Sites, check, is_complete, is_due, poll_now
from tests.support.installation import HANG_S, Installation, until
from tests.support.server import Server

pytestmark = [pytest.mark.process, pytest.mark.long]

KILLS = 100
#: A daemon is killed after fewer requests.
MAX_REQUESTS_OF_LIFE = 100
#: Seconds for which another program locks the database: twice as long as a write waits.
LOCKED_S = 60.0


def until_requests(installation: Installation, count: int) -> None:
    """Wait for so many requests, or until nothing is due."""
    until(lambda: len(installation.server.requests) >= count or not is_due(installation))


def test_sigkill_at_random_moments_under_load(installation: Installation) -> None:
    rng, sites, requests = random.Random(1), Sites(installation.server), installation.server.requests
    sites.configure(installation)
    assert installation.command("fetch")[0] == 0
    for _ in range(KILLS):
        poll_now(installation)
        killed_at = len(requests) + rng.randrange(MAX_REQUESTS_OF_LIFE)
        with installation.daemon() as daemon:
            until_requests(installation, killed_at)
            time.sleep(rng.choice((0.0, 0.01, 0.1)))
            daemon.send_signal(signal.SIGKILL)
            assert daemon.wait(HANG_S) == -signal.SIGKILL
    assert installation.value("SELECT count(*) FROM posts") > 2 * SOURCES, "some polls ended between two kills"
    check(installation, sites)


def test_two_daemons_of_which_one_is_killed_or_halted(installation: Installation) -> None:
    rng, sites = random.Random(2), Sites(installation.server)
    sites.configure(installation)
    with installation.daemon() as steady:
        for number in range(12):
            with installation.daemon() as other:
                poll_now(installation)
                time.sleep(rng.uniform(0.2, 2.0))
                other.send_signal(signal.SIGSTOP if number % 2 else signal.SIGKILL)
                poll_now(installation)
                time.sleep(rng.uniform(0.2, 2.0))
                other.send_signal(signal.SIGCONT)
        assert steady.poll() is None
        steady.send_signal(signal.SIGTERM)
        assert steady.wait(HANG_S) == 0
    # The leases of those that were killed while their process number was in use again run out.
    installation.execute("DELETE FROM leases")
    (installation.folder / "daemon.log").write_text("")
    check(installation, sites)


def test_few_descriptors(installation: Installation) -> None:
    sites = Sites(installation.server, sources=24, max_entries=6)
    sites.configure(installation)
    with installation.daemon() as daemon:
        until(lambda: "started" in (installation.folder / "daemon.log").read_text())
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (64, 64))
        for _ in range(6):
            poll_now(installation)
            time.sleep(1.0)
        until(lambda: is_complete(installation, sites))
        assert daemon.poll() is None
        installation.stop(daemon)
    check(installation, sites)


def test_a_database_that_is_locked_for_a_minute(installation: Installation) -> None:
    sites = Sites(installation.server)
    sites.configure(installation)
    with installation.daemon() as daemon:
        until(lambda: is_complete(installation, sites) and sites.titles())
        with closing(sqlite3.connect(installation.database, timeout=HANG_S)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("UPDATE sources SET next_poll_at = NULL")
            other.commit()
            other.execute("BEGIN IMMEDIATE")
            time.sleep(LOCKED_S)
            other.rollback()
        poll_now(installation)
        until(lambda: is_complete(installation, sites))
        assert daemon.poll() is None
        installation.stop(daemon)
    check(installation, sites)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    folder.mkdir()
    options = f"size={megabytes}m"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "ingestd-test", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def on_a_small_disk(tmp_path: Path, shared_pool: WorkerPool, empty_database: Path) -> Iterator[Installation]:
    with small_disk(tmp_path / "disk", 24), Server() as server:
        yield Installation(tmp_path / "disk", server, shared_pool, empty_database)


def fill(path: Path) -> None:
    """Write a file until the disk is full."""
    with path.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(4096))
        except OSError:
            pass


def test_a_disk_that_is_full_for_a_while(on_a_small_disk: Installation) -> None:
    installation, sites = on_a_small_disk, Sites(on_a_small_disk.server, max_entries=8)
    sites.configure(installation)
    log = installation.folder / "daemon.log"
    with installation.daemon() as daemon:
        until(lambda: is_complete(installation, sites) and sites.titles())
        poll_now(installation)
        fill(installation.folder / "ballast")
        until(lambda: "store-failed" in log.read_text() or "disk" in log.read_text())
        time.sleep(3.0)
        assert daemon.poll() is None
        (installation.folder / "ballast").unlink()
        until(lambda: is_complete(installation, sites))
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(HANG_S) == 0
    log.write_text("")
    check(installation, sites)


def test_a_database_that_cannot_be_written_is_said_at_the_start(on_a_small_disk: Installation) -> None:
    installation = on_a_small_disk
    Sites(installation.server).configure(installation)
    subprocess.run(["mount", "-o", "remount,ro", installation.folder], check=True)
    said = subprocess.run(
        [sys.executable, "-m", "ingestd", "--config", installation.path, "fetch"],
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert said.returncode == 1 and said.stderr.count("\n") == 1
    assert f"{installation.folder} cannot be written (read-only, or another user's)" in said.stderr


def test_workers_that_are_killed_under_load(installation: Installation) -> None:
    rng, sites = random.Random(3), Sites(installation.server)
    sites.configure(installation)
    with installation.daemon() as daemon:
        for _ in range(40):
            poll_now(installation)
            time.sleep(rng.uniform(0.05, 0.4))
            for child in children(daemon.pid):
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        until(lambda: is_complete(installation, sites))
        assert daemon.poll() is None
        installation.stop(daemon)
    check(installation, sites)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = subprocess.run(["pgrep", "--parent", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in found.stdout.split()]
