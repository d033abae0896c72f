"""The HTTP client for feeds, pages, images and hubs: with limits per host, and bounds against hostile responses."""

from ingestd.fetch import library_imports  # noqa: F401 - before any module that imports httpx or aiohttp
from ingestd.fetch.client import Client
from ingestd.fetch.limits import FetchLimits

__all__ = ["Client", "FetchLimits"]
