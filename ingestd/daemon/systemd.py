"""Notifications to systemd: ready, alive, stopping, and one line of status.

The protocol is one datagram of `NAME=value` lines to the AF_UNIX socket named by `$NOTIFY_SOCKET` (sd_notify(3)).
Without that variable, as in a terminal or a container, nothing is sent. A notification that fails raises nothing.
"""

import logging
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingestd.config.logs import log_event
from ingestd.daemon.service import PeriodicService
from ingestd.model.errors import ConfigError

# systemd reads at most this many bytes of one notification.
_MAX_DATAGRAM_BYTES = 4096
_USEC_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class Notifier:
    """Sends the daemon's state to its service manager; does nothing where there is none.

    `address` is what `socket.connect` takes (a path, or a name that starts with a NUL byte for an abstract socket),
    None where there is no socket. `watchdog_s` is how often, in seconds, `alive()` is to be called: half of what the
    manager allows; None where it does not watch.
    """

    address: str | None = None
    watchdog_s: float | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, pid: int | None = None) -> "Notifier":
        """Read `$NOTIFY_SOCKET`, `$WATCHDOG_USEC` and `$WATCHDOG_PID` (sd_notify(3), sd_watchdog_enabled(3)).

        Raises ConfigError for a watchdog period that is not a number.
        """
        variables = os.environ if environment is None else environment
        address = _address(variables.get("NOTIFY_SOCKET", ""))
        period = _watchdog_period(variables, os.getpid() if pid is None else pid)
        return cls(address, None if address is None or period is None else period / 2)

    @property
    def enabled(self) -> bool:
        """Whether a service manager listens."""
        return self.address is not None

    def ready(self, status: str = "") -> bool:
        """The daemon does its work from now on; with Type=notify, units that wait for it start now."""
        return self._send("READY=1", _status(status))

    def status(self, text: str) -> bool:
        """One line for `systemctl status`."""
        return self._send(_status(text))

    def alive(self, status: str = "") -> bool:
        """Reset the watchdog. Called from the event loop only: a blocked loop must miss it."""
        return self._send("WATCHDOG=1", _status(status))

    def stopping(self, status: str = "") -> bool:
        """The daemon has begun to stop."""
        return self._send("STOPPING=1", _status(status))

    def _send(self, *lines: str) -> bool:
        """Send the lines that are not empty; True where the manager's socket took them."""
        if self.address is None:
            return False
        # A cut in the middle of a character is dropped, not sent: systemd refuses what is not UTF-8.
        text = "\n".join(line for line in lines if line).encode()[:_MAX_DATAGRAM_BYTES].decode(errors="ignore")
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                # Non-blocking: where the manager does not read, the notification is lost and the daemon goes on.
                sender.setblocking(False)
                sender.connect(self.address)
                sender.sendall(text.encode())
        except OSError as error:
            log_event("notify-failed", level=logging.WARNING, state=lines[0], error=error)
            return False
        return True


def _address(value: str) -> str | None:
    """The address that `$NOTIFY_SOCKET` names: an absolute path, or `@name` for an abstract socket."""
    if value.startswith("@"):
        return "\0" + value[1:]
    # Anything else (vsock:…, a relative path) is a transport that a daemon on the same machine never gets.
    return value if value.startswith("/") else None


def _watchdog_period(variables: Mapping[str, str], pid: int) -> float | None:
    """Seconds within which the manager expects a sign of life from process `pid`; None where it expects none."""
    value = variables.get("WATCHDOG_USEC", "")
    if not value or variables.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    # isdecimal alone also takes the digits of other scripts, and int() reads them.
    if not (value.isascii() and value.isdecimal() and 0 < len(value) <= 18) or int(value) == 0:
        raise ConfigError(f"WATCHDOG_USEC: {value!r} is not a number of microseconds above 0")
    return int(value) / _USEC_PER_S


def _status(text: str) -> str:
    """A STATUS line; newlines would end it early and let the rest be read as assignments of their own."""
    return "STATUS=" + " ".join(text.split()) if text else ""


class Watchdog(PeriodicService):
    """Resets systemd's watchdog from the event loop: where the loop is blocked, systemd restarts the daemon."""

    def __init__(self, notifier: Notifier, interval_s: float) -> None:
        self._notifier = notifier
        self.interval_s = interval_s

    async def tick(self) -> None:
        """Send one sign of life."""
        self._notifier.alive()


class StatusLine(PeriodicService):
    """Keeps the line of `systemctl status` in step with what the daemon does, or cannot do."""

    interval_s = 2.0

    def __init__(self, notifier: Notifier, text: Callable[[], str], said: str) -> None:
        """`text` gives the line as it should be, `said` is the one that the manager has."""
        self._notifier = notifier
        self._text = text
        self._said = said

    async def tick(self) -> None:
        """Send the line where it has changed."""
        text = self._text()
        if text != self._said and self._notifier.status(text):
            self._said = text
