"""Fixtures: a loopback server, and clients that may talk to it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest

from ingestd.fetch import Client
from ingestd.fetch.transport import Transport
from tests.support.server import Server


@dataclass(frozen=True)
class Limits:
    """Settings as the configuration gives them. `timeout` only guards against hangs: no test may reach it."""

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
def server():
    with Server() as running:
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
    """Wait for what another thread brings about."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the other thread has no event of this loop
            await asyncio.sleep(0.01)
