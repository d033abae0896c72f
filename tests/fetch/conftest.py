"""Fixtures: a loopback server, and clients that may talk to it, both in an event loop with a virtual clock."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest

from ingestd.fetch import Client
from ingestd.fetch.transport import Transport
from tests.support.server import Server
from tests.support.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run the asynchronous tests of this folder in virtual time, but for those that wait for threads."""
    real = item.get_closest_marker("real_clock") is not None
    return {"real" if real else "virtual": asyncio.SelectorEventLoop if real else VirtualTimeLoop}


@dataclass(frozen=True)
class Limits:
    """Settings as the configuration gives them. Times are in seconds of the virtual clock."""

    concurrency: int = 32
    per_host: int = 32
    min_delay: float = 0.0
    timeout: float = 60.0
    max_body: int = 15_000_000
    allow_private_networks: bool = False
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = (ip_network("127.0.0.1/32"),)
    robots: bool = True
    user_agent: str = "ingestd/test (+https://example.org/contact)"
    proxy: str | None = None


@pytest.fixture
async def server():
    async with Server() as running:
        yield running


@pytest.fixture
async def client():
    async with Client(Limits()) as running:
        yield running


@pytest.fixture
def starts(monkeypatch):
    """The path and the start of each request, in seconds of the client's own loop."""
    found: list[tuple[str, float]] = []
    exchange = Transport.exchange

    def recorded(self, url, headers, **options):
        found.append((url.path, asyncio.get_running_loop().time()))
        return exchange(self, url, headers, **options)

    monkeypatch.setattr(Transport, "exchange", recorded)
    return found


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another task or thread brings about."""
    async with asyncio.timeout(300):
        while not condition():  # noqa: ASYNC110 - a list or a counter has no event
            await asyncio.sleep(0.01)
