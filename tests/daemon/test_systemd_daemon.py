"""The real daemon under a stand-in for systemd: its notifications, in their order."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestd.cli.demo.config import demo_config
from ingestd.store.engine import open_engine
from ingestd.store.integrity import check_database
from tests.support.installation import HANG_S

pytestmark = pytest.mark.process


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
