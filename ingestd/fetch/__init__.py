"""The HTTP client for feeds, pages, images and hubs: polite to sites, and bounded against hostile ones."""

from ingestd.fetch.client import Client
from ingestd.fetch.guard import shown_url
from ingestd.fetch.limits import FetchLimits

__all__ = ["Client", "FetchLimits", "shown_url"]
