"""Fetches feeds without storing anything: what a configured feed holds, and which feeds a site has."""

import asyncio
from collections.abc import Sequence

from ingestd.config.settings import Config
from ingestd.feeds.autodiscovery import FeedLink
from ingestd.feeds.parse_feed import parse_feed
from ingestd.fetch import Client
from ingestd.identity.urls import redact_text
from ingestd.model.errors import PollError
from ingestd.model.feed import Entry, Feed
from ingestd.model.http import Request
from ingestd.model.source import Source
from ingestd.policy import answered_at, zone_remark
from ingestd.sources.discovery import feed_links, likely_feed_urls
from ingestd.text.plain_text import plain_text
from ingestd.text.times import utc_text

#: Guessed URLs that are fetched before a site counts as having no feed.
_MAX_GUESSES = 27
#: How much of an entry's HTML tells its language.
_MAX_SAMPLED_CHARS = 1_000


async def check_feeds(config: Config, sources: Sequence[Source]) -> list[dict[str, object]]:
    """Fetch and parse the feed of each source; one row a source, as `sources check` prints it, in their order."""
    async with Client(config.fetch, host_limits=config.hosts) as client:
        return list(await asyncio.gather(*(_check_feed(source, client) for source in sources)))


async def _check_feed(source: Source, client: Client) -> dict[str, object]:
    keys = ("source", "outcome", "format", "entries", "newest", "title", "zone", "error")
    row: dict[str, object] = dict.fromkeys(keys)
    row["source"] = source.name
    try:
        feed = await _fetch_feed(source.url, client, source)
    except PollError as error:
        return row | {"outcome": str(error.outcome), "error": redact_text(f"{source.url}: {error.reason}")}
    dated = [(entry.published.utc, number) for number, entry in enumerate(feed.entries) if entry.published]
    latest = feed.entries[max(dated)[1]] if dated else None
    newest = utc_text(max(dated)[0]) if dated else None
    return row | {
        "outcome": "ok",
        "format": feed.format,
        "entries": feed.total,
        "newest": newest,
        "title": feed.title,
        "zone": _zone_remark(latest) if latest else None,
    }


def _zone_remark(entry: Entry) -> str | None:
    text = f"{entry.title}\n{plain_text((entry.summary or entry.content)[:_MAX_SAMPLED_CHARS])}"
    return zone_remark(entry.published.zone_origin if entry.published else None, entry.language, text)


async def _fetch_feed(url: str, client: Client, source: Source | None = None) -> Feed:
    headers = source.headers if source else ()
    proxy, ca_file = (source.proxy, source.ca_file) if source else (None, None)
    response = await client.get(Request(url, accept="feed", headers=headers, proxy=proxy, ca_file=ca_file))
    return parse_feed(
        response.body,
        url=response.final_url,
        content_type=response.header("content-type"),
        timezone=source.timezone if source else None,
        language=source.language if source else None,
        now=answered_at(response.headers, response.fetched_at),
    )


async def discover_feeds(config: Config, url: str) -> list[FeedLink]:
    """The feeds of the site at `url`: the page itself where it is one, those it links, else those at usual addresses.

    Raises PollError where the page cannot be fetched and no usual address has a feed.
    """
    async with Client(config.fetch, host_limits=config.hosts) as client:
        try:
            response = await client.get(Request(url, accept="any"))
        except PollError as error:
            # A server that refuses the page may still serve its feed; one that gives no HTTP response cannot.
            found = await _guessed_feeds(url, client) if error.http_status is not None else []
            if found:
                return found
            raise
        if (feed := _parsed_or_none(response.body, response.final_url)) is not None:
            return [FeedLink(response.final_url, feed.title, feed.format)]
        return feed_links(response.body, response.final_url) or await _guessed_feeds(response.final_url, client)


async def _guessed_feeds(url: str, client: Client) -> list[FeedLink]:
    found = []
    for guess in likely_feed_urls(url)[:_MAX_GUESSES]:
        try:
            feed = await _fetch_feed(guess, client)
        except PollError:
            continue
        found.append(FeedLink(guess, feed.title, feed.format))
    return found


def _parsed_or_none(body: bytes, url: str) -> Feed | None:
    try:
        return parse_feed(body, url=url)
    except PollError:
        return None
