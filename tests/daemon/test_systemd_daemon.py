"""The real daemon under a stand-in for systemd: its notifications, in their order."""

import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ingestd.cli import run_
from ingestd.cli.demo.config import demo_config
from ingestd.config.load import load_config
from ingestd.daemon.app import Restart
from ingestd.model.errors import StoreError
from ingestd.store.engine import open_engine
from ingestd.store.integrity import check_database
from tests.support.installation import HANG_S, Installation, feed

pytestmark = pytest.mark.process

#: SQLite's shared memory of the write-ahead log has 32 KiB.
MAX_FILE_BYTES = 40_000


@pytest.fixture
def manager() -> Iterator[socket.socket]:
    # AF_UNIX takes 107 bytes at most: pytest's own directories can be longer.
    with (
        tempfile.TemporaryDirectory(prefix="sd-") as directory,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one,
    ):
        one.bind(f"{directory}/notify")
        one.settimeout(HANG_S)
        yield one


def _start(manager: socket.socket, configuration: Path, **variables: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ingestd", "--config", str(configuration), "run"],
        env={**os.environ, "NOTIFY_SOCKET": manager.getsockname(), **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _until(manager: socket.socket, state: str) -> list[str]:
    """The first lines of all notifications until one that is `state`."""
    heard: list[str] = []
    while state not in heard:
        heard.append(manager.recv(65536).decode().split("\n")[0])
    return heard


def test_ready_alive_and_stopping(manager: socket.socket, tmp_path: Path):
    # The port is the discard service's: polls fail at once, and the daemon is ready all the same.
    (tmp_path / "ingestd.toml").write_text(demo_config("http://127.0.0.1:9", tmp_path / "ingestd.db"), encoding="utf-8")
    daemon = _start(manager, tmp_path / "ingestd.toml", WATCHDOG_USEC="600000")
    try:
        assert _until(manager, "READY=1")[-1] == "READY=1"
        engine = open_engine(f"sqlite:///{tmp_path / 'ingestd.db'}")
        assert check_database(engine) == []  # ready only once the schema is there
        engine.dispose()
        assert _until(manager, "WATCHDOG=1")
        daemon.send_signal(signal.SIGTERM)
        assert "STOPPING=1" in _until(manager, "STOPPING=1")
        assert daemon.wait(HANG_S) == 0
    finally:
        daemon.kill()
        daemon.wait()


def test_invalid_configuration_sends_no_ready(manager: socket.socket, tmp_path: Path):
    (tmp_path / "ingestd.toml").write_text("[fetch]\nconcurency = 3\n")
    daemon = _start(manager, tmp_path / "ingestd.toml")
    # The unit's RestartPreventExitStatus keeps systemd from trying again.
    assert daemon.wait(HANG_S) == 78
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(4096)


@pytest.fixture
def fed(installation: Installation) -> Installation:
    """A source that is polled every second."""
    installation.server.route("/f", feed())
    installation.configure({"name": "甲", "path": "/f", "interval": "1s"}, schedule='min_interval = "1s"\n')
    return installation


def _status(manager: socket.socket, wanted: str) -> str:
    """The next status line that has the words."""
    while True:
        lines = manager.recv(65536).decode().split("\n")
        for line in lines:
            if line.startswith("STATUS=") and wanted in line:
                return line


def test_trouble_with_the_database_and_its_end_are_said_in_the_status(manager: socket.socket, fed: Installation):
    with fed.daemon(NOTIFY_SOCKET=manager.getsockname()) as daemon:
        assert _status(manager, "polling") == "STATUS=polling 1 sources"
        # What is written to the disk fails from now on, as on a full one.
        hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (0, hard))
        assert _status(manager, f"the database {fed.database} cannot be written: ")
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert _status(manager, "polling") == "STATUS=polling 1 sources"


def test_a_daemon_that_cannot_write_is_not_ready_and_says_why(
    manager: socket.socket, fed: Installation, monkeypatch: pytest.MonkeyPatch
):
    assert fed.command("fetch")[0] == 0
    monkeypatch.setenv("NOTIFY_SOCKET", manager.getsockname())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    hangup = signal.getsignal(signal.SIGHUP)
    with _large_write_ahead_log(fed):
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, hard))
        try:
            with pytest.raises(StoreError, match="cannot be written"):
                run_._run(Restart(load_config(fed.path)), None)
        finally:
            signal.signal(signal.SIGHUP, hangup)
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    manager.setblocking(False)
    assert manager.recv(65536).decode().startswith(f"STATUS=the database {fed.database} cannot be written: ")
    with pytest.raises(BlockingIOError):
        manager.recv(4096)


@contextmanager
def _large_write_ahead_log(installation: Installation) -> Iterator[None]:
    """The log has more than `MAX_FILE_BYTES`, and another connection, which reads, keeps it so."""
    with closing(sqlite3.connect(installation.database, isolation_level=None)) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("CREATE TABLE x AS SELECT randomblob(?)", (2 * MAX_FILE_BYTES,))
        other.execute("DROP TABLE x")
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM sources").fetchall()
        assert installation.database.with_name("ingestd.db-wal").stat().st_size > MAX_FILE_BYTES
        yield
