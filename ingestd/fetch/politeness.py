"""Whose turn it is: how many requests a host gets at once, how far apart, and when it is left in peace.

A host is a name, with its port where that is not 80 or 443: two servers on one machine are two hosts. Services that
give every user a name of their own count as one host, because one machine room answers for them all.

A request waits for its host before it takes one of the places that all hosts share (`places`), so a slow host never
keeps others out. And a host that has kept us waiting in vain gets no such place at all until it answers again: its
requests go on among the silent ones, where waiting costs nobody anything.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yarl import URL

from ingestd.fetch.slots import Place, Places
from ingestd.model.errors import Outcome, TemporaryError

#: A rest shorter than this, in seconds, is sat out; a longer one is an error at once.
SHORT_REST_S = 5.0
#: The longest distance between two starts, in seconds, that a host's complaints or its robots.txt lead to.
MAX_STRAINED_DELAY_S = 10.0
MAX_CRAWL_DELAY_S = 60.0
#: Hosts that are remembered.
MAX_HOSTS = 4096

#: Services that answer under many names, each of two words.
SERVICES = frozenset(
    {
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
    }
)


def host_key(url: URL) -> str:
    """The name under which requests to `url` are counted together."""
    host = (url.raw_host or "").rstrip(".").lower()
    port = "" if url.port in (80, 443) else f":{url.port}"
    service = ".".join(host.rsplit(".", 2)[-2:])
    return (service if service in SERVICES else host) + port


class _Host:
    def __init__(self, per_host: int) -> None:
        self.places = asyncio.Semaphore(per_host)
        self.pace = asyncio.Lock()
        self.users = 0
        self.next_start = 0.0
        self.resting_until = 0.0
        self.crawl_delay = 0.0
        self.strain = 0
        self.silent = False


class Hosts:
    """Gives every request its turn. Times are the event loop's own, in seconds."""

    def __init__(self, *, concurrency: int, per_host: int, min_delay: float) -> None:
        self._shared = Places(concurrency)
        self._per_host = per_host
        self._min_delay = min_delay
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[Place]:
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
                    host.silent = place.give_back()
        finally:
            host.users -= 1

    async def _start(self, host: _Host, key: str) -> Place:
        loop = asyncio.get_running_loop()
        async with host.pace:
            while (wait := max(host.next_start, host.resting_until) - loop.time()) > 0:
                left = host.resting_until - loop.time()
                if left > SHORT_REST_S:
                    reason = f"{key} has asked to be left in peace for another {left:.0f} s"
                    raise TemporaryError(Outcome.RATE_LIMITED, reason, retry_after_s=left)
                await asyncio.sleep(wait)
            place = await self._shared.take(silent=host.silent)
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
