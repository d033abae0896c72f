"""Whether the network itself is down. Pure: fed with what each exchange found."""

from collections import deque

#: How far back failures count, in seconds, and how many hosts must have failed.
WINDOW_S = 300.0
MIN_HOSTS = 3


class Reachability:
    """Remembers which hosts were lately out of reach, until any host answers.

    Out of reach means that nothing at all came back: no address, no route, no connection in time. A refused connection
    is an answer. One host can be down for itself; when several are and nobody answers, it is us.
    """

    def __init__(self) -> None:
        self._lost: deque[tuple[float, str]] = deque(maxlen=256)

    def reached(self) -> None:
        """A host has answered, whatever it said."""
        self._lost.clear()

    def lost(self, host: str, now: float) -> None:
        """A host was out of reach at `now` (monotonic seconds)."""
        self._lost.append((now, host))

    def offline(self, now: float) -> bool:
        """Whether everything tried in the last minutes was out of reach, and that was more than a host or two."""
        return len({host for at, host in self._lost if now - at <= WINDOW_S}) >= MIN_HOSTS
