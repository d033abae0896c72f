"""Paces the requests to each host: how many at once, how far apart, and when it asks for a pause.

A host is a name, with its port where that is not 80 or 443 (see `host_and_port_key`). A request claims its start from
`HostPaces`, which other processes may share, and waits for it before it takes one of the slots that all hosts share
(`slots`): so a slow host never occupies shared slots with requests that cannot start. One request of a host at a time
claims; the others wait behind it, and another process comes in between. A host whose last request got no response in
time takes no shared slot until it responds again: its requests run without one.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from yarl import URL

from ingestd.fetch.held_bodies import HeldBodies
from ingestd.fetch.host_pace import ISOLATED_AFTER, PaceSignal, after_response
from ingestd.fetch.slots import Slot, Slots
from ingestd.identity.urls import host_and_port_key
from ingestd.model.errors import Outcome, TemporaryError
from ingestd.model.host_pace import HostPace, Refusal

#: A pause of up to so many seconds that a host asks for is waited for; a longer one is an error at once.
MAX_INLINE_WAIT_S = 5.0
#: The same for a start that the host's spacing or quota delays.
MAX_SPACING_WAIT_S = 120.0
MAX_CRAWL_DELAY_S = 60.0
#: Hosts that are remembered, and refused URLs of one host.
MAX_HOSTS = 4096
MAX_REFUSED_URLS = 64

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def host_key(url: URL) -> str:
    """The name under which requests to `url` are counted together."""
    return host_and_port_key(url.raw_host or "", url.port)


class HostLimits(Protocol):
    """The settings of one host; None where those of all hosts hold."""

    @property
    def min_delay(self) -> float | None: ...
    @property
    def per_host(self) -> int | None: ...


class HostPaces(Protocol):
    """Where the paces of hosts are kept. `known` is what this process last knew of a host's pace."""

    def now(self) -> datetime:
        """The time in UTC."""

    async def claim(
        self, key: str, known: HostPace, min_spacing_s: float, max_wait_s: float
    ) -> tuple[datetime, HostPace]:
        """The start of the next request, and the pace; a start in more than `max_wait_s` seconds is not claimed."""

    async def change(
        self, key: str, known: HostPace, change: Callable[[HostPace], HostPace], refusal: Refusal | None
    ) -> HostPace:
        """Apply `change` to the pace, and record a refusal; the pace afterwards."""


class LocalPaces:
    """Paces that this process keeps to itself, in the event loop's time."""

    def now(self) -> datetime:
        """The event loop's time, as if it counted from 1970."""
        return _EPOCH + timedelta(seconds=asyncio.get_running_loop().time())

    async def claim(
        self,
        key: str,  # noqa: ARG002 - the protocol's
        known: HostPace,
        min_spacing_s: float,
        max_wait_s: float,
    ) -> tuple[datetime, HostPace]:
        """See `HostPaces`."""
        now = self.now()
        start, claimed = known.claim(now, min_spacing_s)
        return start, claimed if start <= now + timedelta(seconds=max_wait_s) else known

    async def change(
        self,
        key: str,  # noqa: ARG002 - the protocol's
        known: HostPace,
        change: Callable[[HostPace], HostPace],
        refusal: Refusal | None,  # noqa: ARG002 - the protocol's
    ) -> HostPace:
        """See `HostPaces`."""
        return change(known)


class _Host:
    """One host's state. `pace` is as this process last knew it; `last_start` is in the event loop's seconds."""

    def __init__(self, per_host: int, min_delay_s: float) -> None:
        self.slots = asyncio.Semaphore(per_host)
        self.claim_lock = asyncio.Lock()
        self.start_lock = asyncio.Lock()
        self.requests = 0
        self.min_delay_s = min_delay_s
        self.crawl_delay_s = 0.0
        self.pace = HostPace()
        self.delays = 0  # how often a response has delayed what was claimed before
        self.last_start = float("-inf")
        self.reserved: dict[str, datetime] = {}
        self.refused_urls: set[str] = set()
        self.unresponsive = False

    @property
    def min_spacing_s(self) -> float:
        """The distance between two starts where the host's responses have taught none."""
        return max(self.min_delay_s, self.crawl_delay_s)


class HostLimiter:
    """Lets requests start by the limits of their hosts and of all hosts together.

    `hosts` are the settings of single hosts by their key. `paces` is where paces are kept: here, until it is set.
    `bodies` are those that hold up further requests.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        per_host: int,
        min_delay: float,
        hosts: Mapping[str, HostLimits] | None = None,
    ) -> None:
        self._shared = Slots(concurrency, lambda: self.bodies.are_too_large)
        self.bodies = HeldBodies(self._shared.grant)
        self._per_host = per_host
        self._min_delay_s = min_delay
        self._settings = hosts or {}
        self.paces: HostPaces = LocalPaces()
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    def now(self) -> datetime:
        """The time in which starts are claimed."""
        return self.paces.now()

    @asynccontextmanager
    async def slot(self, key: str, url: str = "") -> AsyncIterator[Slot]:
        """Wait until a request to the host may start, and count it until the block ends.

        A start that was reserved for `url` is used. Raises `TemporaryError` (`RATE_LIMITED`, with the seconds left)
        while the host has asked for a pause of more than `MAX_INLINE_WAIT_S`, and where its pace allows no request
        within `MAX_SPACING_WAIT_S`.
        """
        host = self._host(key)
        host.requests += 1
        try:
            slot = await self._start(host, key, url)
            try:
                yield slot
            finally:
                host.unresponsive = slot.release()
                host.slots.release()
        finally:
            host.requests -= 1

    def reserve(self, key: str, url: str, start: datetime) -> None:
        """Keep a start that was claimed from the shared paces for the next request to `url`."""
        self._host(key).reserved[url] = start

    def learn(self, key: str, pace: HostPace) -> None:
        """Take over a host's pace as another part of the process has read it."""
        self._host(key).pace = pace

    def min_spacing_s(self, key: str) -> float:
        """The distance between two starts that is configured for a host, or that its robots.txt asks for."""
        host = self._hosts.get(key)
        return self._configured_delay_s(key) if host is None else host.min_spacing_s

    def wait_s(self, key: str) -> float:
        """Seconds until a host may be asked again, as far as this process knows."""
        host = self._hosts.get(key)
        now = self.now()
        return (host.pace.may_start_at(now) - now).total_seconds() if host else 0.0

    def slowed_wait_s(self, key: str) -> float:
        """Seconds until a host may be asked again whose responses have slowed it down; 0 for any other."""
        host = self._hosts.get(key)
        wait_s = self.wait_s(key)
        return wait_s if host and (host.pace.spacing_s or wait_s > host.min_spacing_s) else 0.0

    async def record(self, key: str, url: str, status: int, signal: PaceSignal, started_at: datetime) -> None:
        """Change the pace of a host by a response to a request that started at `started_at`.

        Where one URL is refused again while the host accepts others, the refusal says nothing about the host.
        """
        host = self._host(key)
        now = self.now()
        refusal = Refusal(now, status) if signal.refused else None
        if signal.refused and url in host.refused_urls and host.pace.accepted >= ISOLATED_AFTER:
            signal = replace(signal, refused=False, pause_s=0.0)
        elif signal.refused and len(host.refused_urls) < MAX_REFUSED_URLS:
            host.refused_urls.add(url)
        elif signal.accepted:
            host.refused_urls.discard(url)

        def change(pace: HostPace) -> HostPace:
            return after_response(pace, signal, started_at=started_at, now=now, min_spacing_s=host.min_spacing_s)

        expected = change(host.pace)
        if expected is host.pace and refusal is None:
            return
        if signal.refused or signal.pause_s or expected.next_at != host.pace.next_at:
            host.delays += 1
            host.reserved.clear()
        host.pace = await self.paces.change(key, host.pace, change, refusal)

    def set_crawl_delay(self, key: str, seconds: float) -> None:
        """Keep the distance between two starts that the host's robots.txt asks for, up to `MAX_CRAWL_DELAY_S`."""
        self._host(key).crawl_delay_s = min(max(seconds, 0.0), MAX_CRAWL_DELAY_S)

    async def _start(self, host: _Host, key: str, url: str) -> Slot:
        reserved = host.reserved.pop(url, None)
        if reserved is not None and await self._keeps(host, reserved):
            return await self._take_slots(host)
        async with host.claim_lock:
            await self._wait_for_claimed_start(host, key)
            return await self._take_slots(host)

    async def _wait_for_claimed_start(self, host: _Host, key: str) -> None:
        while True:
            now = self.now()
            _refuse_long_pause(host.pace, key, now)
            if not host.min_spacing_s and not host.pace.spacing_s and host.pace.may_start_at(now) <= now:
                return
            start, host.pace = await self.paces.claim(key, host.pace, host.min_spacing_s, MAX_SPACING_WAIT_S)
            _refuse_long_pause(host.pace, key, now)
            if (wait_s := (start - now).total_seconds()) > MAX_SPACING_WAIT_S:
                reason = f"{key} may be asked again in {wait_s:.0f} s ({host.pace.reason or 'its pace'})"
                raise TemporaryError(Outcome.RATE_LIMITED, reason, retry_after_s=wait_s)
            if await self._keeps(host, start):
                return

    async def _keeps(self, host: _Host, start: datetime) -> bool:
        """Wait for a start; False where a response has delayed it meanwhile."""
        delays = host.delays
        if (wait_s := (start - self.now()).total_seconds()) > 0:
            await asyncio.sleep(wait_s)
        return host.delays == delays

    async def _take_slots(self, host: _Host) -> Slot:
        loop = asyncio.get_running_loop()
        async with host.start_lock:
            await host.slots.acquire()
            try:
                # A request that started late, because it waited for a slot, delays the next one.
                spacing_s = max(host.min_spacing_s, host.pace.spacing_s)
                if spacing_s and (wait_s := host.last_start + spacing_s - loop.time()) > 0:
                    await asyncio.sleep(wait_s)
                slot = await self._shared.acquire(slotless=host.unresponsive)
            except BaseException:
                host.slots.release()
                raise
            host.last_start = loop.time()
            return slot

    def _configured_delay_s(self, key: str) -> float:
        own = self._settings.get(key)
        return self._min_delay_s if own is None or own.min_delay is None else own.min_delay

    def _host(self, key: str) -> _Host:
        host = self._hosts.get(key)
        if host is None:
            self._forget_idle()
            own = self._settings.get(key)
            per_host = self._per_host if own is None or own.per_host is None else own.per_host
            host = self._hosts[key] = _Host(per_host, self._configured_delay_s(key))
        else:
            self._hosts.move_to_end(key)
        return host

    def _forget_idle(self) -> None:
        """Bound the table: drop the hosts longest unused that have no request, no pause and no distance to keep."""
        if len(self._hosts) < MAX_HOSTS:
            return
        now = self.now()
        for key, host in list(self._hosts.items())[: MAX_HOSTS // 4]:
            if not host.requests and not host.reserved and host.pace.may_start_at(now) <= now:
                del self._hosts[key]


def _refuse_long_pause(pace: HostPace, key: str, now: datetime) -> None:
    if (left := pace.pause_left_s(now)) > MAX_INLINE_WAIT_S:
        reason = f"{key} has asked to be left in peace for another {left:.0f} s"
        raise TemporaryError(Outcome.RATE_LIMITED, reason, retry_after_s=left)
