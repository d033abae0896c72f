"""Fixtures: a loopback server, and clients that may talk to it."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest

from ingestd.fetch import Client
from tests.support.server import Server


@dataclass(frozen=True)
class Limits:
    """Settings as the configuration gives them, quick enough for tests."""

    concurrency: int = 32
    per_host: int = 32
    min_delay: float = 0.0
    timeout: float = 5.0
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
