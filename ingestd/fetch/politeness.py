"""Whose turn it is: how many requests a host gets at once, how far apart, and when it is left in peace.

A host is a name, with its port where that is not 80 or 443: two servers on one machine are two hosts. Services that
give every user a name of their own count as one host, because one machine room answers for them all.

A request waits for its host before it takes one of the places that all hosts share, so a slow host never keeps others
out. And while others wait for such a place, it keeps it only for a few times as long as answers usually take: one that
is still waiting then steps aside and goes on among the slow ones, of which there may be many, because waiting costs
nothing.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yarl import URL

from ingestd.errors import Outcome, TemporaryError

#: How many times the usual wait for an answer a request may keep one of the shared places while others wait for it, and
#: that time's bounds in seconds; the first applies until there is anything usual.
PATIENCE = 4.0
FIRST_PATIENCE_S = 1.0
MIN_PATIENCE_S = 0.25
MAX_PATIENCE_S = 2.0
#: Requests that may go on waiting without a shared place.
MAX_SLOW = 256
#: A rest shorter than this, in seconds, is sat out; a longer one is an error at once.
SHORT_REST_S = 5.0
#: The longest distance between two starts, in seconds, that a host's complaints or its robots.txt lead to.
MAX_STRAINED_DELAY_S = 10.0
MAX_CRAWL_DELAY_S = 60.0
#: Hosts that are remembered.
MAX_HOSTS = 4096

#: Services that answer under many names.
SERVICES = (
    "blogspot.com",
    "bandcamp.com",
    "cnblogs.com",
    "csdn.net",
    "feedburner.com",
    "ghost.io",
    "github.io",
    "hatenablog.com",
    "libsyn.com",
    "livejournal.com",
    "medium.com",
    "over-blog.com",
    "reddit.com",
    "substack.com",
    "tumblr.com",
    "typepad.com",
    "wordpress.com",
    "youtube.com",
)


def host_key(url: URL) -> str:
    """The name under which requests to `url` are counted together."""
    host = (url.raw_host or "").rstrip(".").lower()
    port = "" if url.port in (80, 443) else f":{url.port}"
    service = next((name for name in SERVICES if host == name or host.endswith("." + name)), None)
    return (service or host) + port


class _Host:
    def __init__(self, per_host: int) -> None:
        self.places = asyncio.Semaphore(per_host)
        self.pace = asyncio.Lock()
        self.users = 0
        self.next_start = 0.0
        self.resting_until = 0.0
        self.crawl_delay = 0.0
        self.strain = 0


class Hosts:
    """Gives every request its turn. Times are the event loop's own, in seconds."""

    def __init__(self, *, concurrency: int, per_host: int, min_delay: float) -> None:
        self._shared = _SharedPlaces(concurrency)
        self._per_host = per_host
        self._min_delay = min_delay
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator["Place"]:
        """Wait until a request to the host may start, and count it while it lasts.

        Raises `TemporaryError` (`RATE_LIMITED`, with the seconds left) while the host rests for longer than a moment.
        """
        host = self._host(key)
        host.users += 1
        try:
            async with host.places:
                place = await self._start(host, key)
                try:
                    yield place
                finally:
                    place.give_back()
        finally:
            host.users -= 1

    async def _start(self, host: _Host, key: str) -> "Place":
        loop = asyncio.get_running_loop()
        async with host.pace:
            while (wait := max(host.next_start, host.resting_until) - loop.time()) > 0:
                left = host.resting_until - loop.time()
                if left > SHORT_REST_S:
                    reason = f"{key} has asked to be left in peace for another {left:.0f} s"
                    raise TemporaryError(Outcome.RATE_LIMITED, reason, retry_after_s=left)
                await asyncio.sleep(wait)
            place = await self._shared.take()
            host.next_start = loop.time() + self._delay(host)
        return place

    def rest(self, key: str, seconds: float) -> None:
        """Leave a host in peace, as it has asked."""
        host = self._host(key)
        host.resting_until = max(host.resting_until, asyncio.get_running_loop().time() + seconds)

    def complained(self, key: str) -> None:
        """The host has said that we come too often: keep twice the distance from now on."""
        host = self._host(key)
        host.strain = min(host.strain + 1, 8)

    def content(self, key: str) -> None:
        """The host has answered well: take half of the distance back."""
        host = self._host(key)
        host.strain = max(host.strain - 1, 0)

    def crawl_delay(self, key: str, seconds: float) -> None:
        """Keep at least this distance between two starts, as the host's robots.txt asks."""
        self._host(key).crawl_delay = min(max(seconds, 0.0), MAX_CRAWL_DELAY_S)

    def _delay(self, host: _Host) -> float:
        delay = max(self._min_delay, host.crawl_delay)
        if host.strain:
            delay = max(delay, min(MAX_STRAINED_DELAY_S, max(self._min_delay, 0.5) * 2**host.strain))
        return delay

    def _host(self, key: str) -> _Host:
        host = self._hosts.get(key)
        if host is None:
            self._forget_idle()
            host = self._hosts[key] = _Host(self._per_host)
        else:
            self._hosts.move_to_end(key)
        return host

    def _forget_idle(self) -> None:
        """Keep the table small: drop the hosts longest unused that nobody waits for and nothing is owed to."""
        if len(self._hosts) < MAX_HOSTS:
            return
        now = asyncio.get_running_loop().time()
        for key, host in list(self._hosts.items())[: MAX_HOSTS // 4]:
            if not host.users and host.next_start <= now and host.resting_until <= now:
                del self._hosts[key]


class _SharedPlaces:
    """The places of all hosts together, and how long an answer usually takes."""

    def __init__(self, places: int) -> None:
        self.free = asyncio.Semaphore(places)
        self.slow = 0
        self._usual_s: float | None = None

    @property
    def patience_s(self) -> float:
        """Seconds that a request may keep a place while others wait for one."""
        if self._usual_s is None:
            return FIRST_PATIENCE_S
        return min(max(PATIENCE * self._usual_s, MIN_PATIENCE_S), MAX_PATIENCE_S)

    async def take(self) -> "Place":
        await self.free.acquire()
        return Place(self)

    def learn(self, seconds: float) -> None:
        """An answer has begun after so many seconds."""
        self._usual_s = seconds if self._usual_s is None else 0.9 * self._usual_s + 0.1 * seconds


class Place:
    """One request's place: given up by itself when the request is slow and others wait, given back when it ends."""

    def __init__(self, shared: _SharedPlaces) -> None:
        self._shared = shared
        self._held = True
        self._loop = asyncio.get_running_loop()
        self._taken = self._loop.time()
        self._timer = self._loop.call_later(MIN_PATIENCE_S, self._look_around)

    def answered(self) -> None:
        """The answer has begun: what it took tells how long others may take."""
        self._shared.learn(self._loop.time() - self._taken)

    def _look_around(self) -> None:
        patience = self._shared.patience_s
        waited = self._loop.time() - self._taken
        if waited < patience or self._shared.slow >= MAX_SLOW or not self._shared.free.locked():
            self._timer = self._loop.call_later(max(patience - waited, MIN_PATIENCE_S), self._look_around)
            return
        self._held = False
        self._shared.slow += 1
        self._shared.free.release()

    def give_back(self) -> None:
        self._timer.cancel()
        if self._held:
            self._shared.free.release()
        else:
            self._shared.slow -= 1
