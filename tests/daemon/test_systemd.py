"""Notifications: each case sends to a real AF_UNIX datagram socket, and reads what arrived there."""

import contextlib
import logging
import os
import socket
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestd.daemon.systemd import Notifier
from ingestd.model.errors import ConfigError


@pytest.fixture
def manager():
    """A stand-in for systemd: a datagram socket at a short path (AF_UNIX takes 107 bytes at most)."""
    with tempfile.TemporaryDirectory(prefix="sd-") as directory, _listening(f"{directory}/notify") as listener:
        yield listener


@contextlib.contextmanager
def _listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(60)
        yield listener


def _heard(listener: socket.socket) -> list[str]:
    return listener.recv(65536).decode().split("\n")


def _notifier(listener: socket.socket, **variables: str) -> Notifier:
    return Notifier.from_environment({"NOTIFY_SOCKET": listener.getsockname(), **variables})


@pytest.mark.parametrize(
    ("call", "heard"),
    [
        (lambda n: n.ready(), ["READY=1"]),
        (lambda n: n.ready("15 sources"), ["READY=1", "STATUS=15 sources"]),
        (lambda n: n.status("next poll: 联合早报"), ["STATUS=next poll: 联合早报"]),
        (lambda n: n.alive(), ["WATCHDOG=1"]),
        (lambda n: n.alive("idle"), ["WATCHDOG=1", "STATUS=idle"]),
        (lambda n: n.stopping(), ["STOPPING=1"]),
        (lambda n: n.stopping("2 polls in flight"), ["STOPPING=1", "STATUS=2 polls in flight"]),
    ],
)
def test_each_notification_is_one_datagram(manager, call, heard):
    assert call(_notifier(manager)) is True
    assert _heard(manager) == heard


def test_an_abstract_socket():
    name = f"ingestd-test-{uuid.uuid4().hex}"
    with _listening("\0" + name) as listener:
        assert Notifier.from_environment({"NOTIFY_SOCKET": "@" + name}).ready() is True
        assert _heard(listener) == ["READY=1"]


def test_newlines_in_a_status_cannot_add_assignments(manager):
    _notifier(manager).status("a title\nWATCHDOG=trigger\r\nMAINPID=1")
    assert _heard(manager) == ["STATUS=a title WATCHDOG=trigger MAINPID=1"]


def test_a_long_status_is_cut_between_characters(manager):
    assert _notifier(manager).status("渡" * 5000) is True
    (line,) = _heard(manager)
    assert line.startswith("STATUS=渡渡")
    assert 4090 <= len(line.encode()) <= 4096


@pytest.mark.parametrize("address", ["", "notify", "vsock:2:1234"])
def test_without_a_usable_socket_nothing_is_sent(address):
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "30000000"})
    assert notifier == Notifier()
    assert not notifier.enabled
    assert notifier.ready() is False


def test_the_environment_of_the_process_is_the_default(manager, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", manager.getsockname())
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    notifier = Notifier.from_environment()
    assert notifier.enabled
    assert notifier.watchdog_s == 30
    assert notifier.ready() is True
    assert _heard(manager) == ["READY=1"]


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 30),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "42"}, 0.75),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "41"}, None),  # meant for another process
        ({"WATCHDOG_USEC": ""}, None),
        ({}, None),
    ],
)
def test_the_watchdog_interval_is_half_of_what_systemd_allows(variables, seconds):
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": "/run/systemd/notify", **variables}, pid=42)
    assert notifier.watchdog_s == seconds


@pytest.mark.parametrize("value", ["0", "-1", "1e6", "30s", "٣٠", "9" * 40])
def test_a_watchdog_period_that_is_no_number_is_one_clear_error(value):
    with pytest.raises(ConfigError, match="WATCHDOG_USEC"):
        Notifier.from_environment({"NOTIFY_SOCKET": "/run/systemd/notify", "WATCHDOG_USEC": value})


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def test_closed_socket_is_a_warning(tmp_path: Path):
    handler = _Records()
    logger = logging.getLogger("ingestd")
    logger.addHandler(handler)
    try:
        assert Notifier(str(tmp_path / "gone")).ready() is False
    finally:
        logger.removeHandler(handler)
    assert [(record.levelname, record.getMessage()) for record in handler.records] == [("WARNING", "notify-failed")]


def test_full_socket_does_not_block(manager):
    notifier = _notifier(manager)
    assert notifier.status("first") is True
    # Where the socket's buffer is full a datagram is refused at once, not waited for.
    assert False in (notifier.status(str(number)) for number in range(20_000))
