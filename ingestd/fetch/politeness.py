"""Paces the requests to each host: how many at once, how far apart, and when it asks for a pause.

A host is a name, with its port where that is not 80 or 443. Hosting services that give every user a subdomain count as
one host, because the same servers answer for all of them.

A request waits for its host's slot before it takes one of the slots that all hosts share (`slots`), so a slow host
never occupies shared slots with requests that cannot start. A host whose last request got no response in time takes no
shared slot until it responds again: its requests run without one.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yarl import URL

from ingestd.fetch.slots import Slot, Slots
from ingestd.identity.urls import host_and_port_key
from ingestd.model.errors import Outcome, TemporaryError

#: A Retry-After of up to so many seconds is waited for; a longer one is an error at once.
MAX_INLINE_WAIT_S = 5.0
#: The longest distance between two starts, in seconds, that 429 responses or a Crawl-delay lead to.
MAX_BACK_OFF_DELAY_S = 10.0
MAX_CRAWL_DELAY_S = 60.0
#: The distance, in seconds, that is doubled by a 429 where `min_delay` is shorter, and how often it is doubled.
BASE_BACK_OFF_DELAY_S = 0.5
MAX_BACK_OFF_STEPS = 8
#: Hosts that are remembered.
MAX_HOSTS = 4096


def host_key(url: URL) -> str:
    """The name under which requests to `url` are counted together."""
    return host_and_port_key(url.raw_host or "", url.port)


class _Host:
    """One host's state. Times are the event loop's, in seconds."""

    def __init__(self, per_host: int) -> None:
        self.slots = asyncio.Semaphore(per_host)
        self.start_lock = asyncio.Lock()
        self.requests = 0
        self.next_start = 0.0
        self.paused_until = 0.0
        self.crawl_delay_s = 0.0
        self.back_off_steps = 0
        self.unresponsive = False


class HostLimiter:
    """Lets requests start by the limits of their hosts and of all hosts together."""

    def __init__(self, *, concurrency: int, per_host: int, min_delay: float) -> None:
        self._shared = Slots(concurrency)
        self._per_host = per_host
        self._min_delay_s = min_delay
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def slot(self, key: str) -> AsyncIterator[Slot]:
        """Wait until a request to the host may start, and count it until the block ends.

        Raises `TemporaryError` (`RATE_LIMITED`, with the seconds left) while the host has asked for a pause that is
        longer than `MAX_INLINE_WAIT_S`.
        """
        host = self._host(key)
        host.requests += 1
        try:
            async with host.slots:
                slot = await self._start(host, key)
                try:
                    yield slot
                finally:
                    host.unresponsive = slot.release()
        finally:
            host.requests -= 1

    async def _start(self, host: _Host, key: str) -> Slot:
        loop = asyncio.get_running_loop()
        async with host.start_lock:
            while (wait := max(host.next_start, host.paused_until) - loop.time()) > 0:
                left = host.paused_until - loop.time()
                if left > MAX_INLINE_WAIT_S:
                    reason = f"{key} has asked to be left in peace for another {left:.0f} s"
                    raise TemporaryError(Outcome.RATE_LIMITED, reason, retry_after_s=left)
                await asyncio.sleep(wait)
            slot = await self._shared.acquire(slotless=host.unresponsive)
            host.next_start = loop.time() + self._delay_s(host)
        return slot

    def retry_after(self, key: str, seconds: float) -> None:
        """Pause a host, as its Retry-After asks."""
        host = self._host(key)
        host.paused_until = max(host.paused_until, asyncio.get_running_loop().time() + seconds)

    def increase_delay(self, key: str) -> None:
        """Double the distance between two starts, after a 429."""
        host = self._host(key)
        host.back_off_steps = min(host.back_off_steps + 1, MAX_BACK_OFF_STEPS)

    def decrease_delay(self, key: str) -> None:
        """Halve the distance again, after a response below 400."""
        host = self._host(key)
        host.back_off_steps = max(host.back_off_steps - 1, 0)

    def set_crawl_delay(self, key: str, seconds: float) -> None:
        """Keep the distance between two starts that the host's robots.txt asks for, up to `MAX_CRAWL_DELAY_S`."""
        self._host(key).crawl_delay_s = min(max(seconds, 0.0), MAX_CRAWL_DELAY_S)

    def _delay_s(self, host: _Host) -> float:
        delay = max(self._min_delay_s, host.crawl_delay_s)
        if host.back_off_steps:
            back_off = max(self._min_delay_s, BASE_BACK_OFF_DELAY_S) * 2**host.back_off_steps
            delay = max(delay, min(MAX_BACK_OFF_DELAY_S, back_off))
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
        """Bound the table: drop the hosts longest unused that have no request, no pause and no distance to keep."""
        if len(self._hosts) < MAX_HOSTS:
            return
        now = asyncio.get_running_loop().time()
        for key, host in list(self._hosts.items())[: MAX_HOSTS // 4]:
            if not host.requests and host.next_start <= now and host.paused_until <= now:
                del self._hosts[key]
