"""The one HTTP client, for feeds and article pages alike: a good guest on a hostile web."""

from ingestd.fetch.client import Client
from ingestd.fetch.guard import shown_url
from ingestd.fetch.limits import FetchLimits

__all__ = ["Client", "FetchLimits", "shown_url"]
