"""Whether the network of this machine is down, judged by the failures of several hosts."""

import errno
import socket
from collections import deque

import aiohttp

#: How far back failures count, in seconds, and how many hosts must have failed.
OFFLINE_WINDOW_S = 1_800.0
MIN_UNREACHABLE_HOSTS = 3

_UNREACHABLE_ERRNOS = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ETIMEDOUT})


def is_unreachable(error: BaseException | None) -> bool:
    """Whether nothing at all came back: no response from DNS, no route, no connection in time.

    A refused connection and a name that does not exist are responses.
    """
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.errno in _UNREACHABLE_ERRNOS
    # A bare TimeoutError comes from the resolver; those of an established connection have types of their own.
    return isinstance(error, aiohttp.ConnectionTimeoutError) or type(error) is TimeoutError


class Reachability:
    """Remembers the hosts that were lately unreachable, until any host responds.

    One unreachable host can be down itself. When several are, and none responds, this machine is offline.
    """

    def __init__(self) -> None:
        self._failures: deque[tuple[float, str]] = deque(maxlen=256)

    def record_response(self) -> None:
        """A host has responded, with whatever status."""
        self._failures.clear()

    def record_unreachable(self, host: str, now: float) -> None:
        """A host was unreachable at `now` (monotonic seconds)."""
        self._failures.append((now, host))

    def offline(self, now: float) -> bool:
        """Whether enough hosts were unreachable within the window and none has responded since."""
        return len({host for at, host in self._failures if now - at <= OFFLINE_WINDOW_S}) >= MIN_UNREACHABLE_HOSTS
