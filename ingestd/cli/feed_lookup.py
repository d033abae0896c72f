"""Fetches feeds without storing anything: what a configured feed holds, and which feeds a site has."""

import asyncio
from collections.abc import Sequence

from ingestd.cli.check_output import left_out_columns, with_mirrors
from ingestd.config.settings import Config
from ingestd.feeds.parse_feed import parse_feed
from ingestd.fetch import Client
from ingestd.fetch.local_feeds import LocalFeeds
from ingestd.identity.urls import redact_text
from ingestd.model.errors import PollError
from ingestd.model.feed import Entry, Feed, FeedLink
from ingestd.model.http import Request, Response
from ingestd.model.source import Source, is_local
from ingestd.policy import answered_at, zone_remark
from ingestd.sources.discovery import feed_links, likely_feed_urls, likely_sitemap_urls, robots_url
from ingestd.text.plain_text import plain_text
from ingestd.text.times import utc_text

#: Guessed URLs that are fetched before a site counts as having no feed.
_MAX_GUESSES = 27
#: Links to articles from which on a page counts as a list of them.
_MIN_LISTED = 3
#: How much of an entry's HTML tells its language.
_MAX_SAMPLED_CHARS = 1_000


async def check_feeds(config: Config, sources: Sequence[Source]) -> list[dict[str, object]]:
    """Fetch and parse the feed of each source; one row a source, as `sources check` prints it, in their order."""
    local_feeds = LocalFeeds(config.fetch.allow_commands, config.fetch.timeout, config.fetch.max_body)
    async with Client(config.fetch, host_limits=config.hosts) as client:
        return list(
            await asyncio.gather(*(_check_feed(source, client, local_feeds) for source in with_mirrors(sources)))
        )


async def _check_feed(source: Source, client: Client, local_feeds: LocalFeeds) -> dict[str, object]:
    keys = ("source", "outcome", "format", "entries", "newest", "title", "zone", "error", "links")
    row: dict[str, object] = dict.fromkeys((*keys, "filtered", "slow_rules"))
    row["source"] = source.name
    try:
        feed = await _fetch_source(source, client, local_feeds)
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
        "zone": _zone_remark(latest, feed) if latest else None,
        "error": _problem(source, feed),
        "links": None if source.kind == "feed" else [_link_row(entry) for entry in feed.entries],
        **left_out_columns(feed, source),
    }


def _problem(source: Source, feed: Feed) -> str | None:
    """Why nothing would be taken of a sitemap or a page that could be read."""
    is_empty = source.kind != "feed" and not feed.total and feed.problems
    return redact_text(feed.problems[0].reason) if is_empty else None


def _link_row(entry: Entry) -> dict[str, str | None]:
    """What would be taken of a sitemap or a page, one link a row."""
    published = utc_text(entry.published.utc) if entry.published else None
    return {"url": entry.link, "title": entry.title, "published": published}


async def _fetch_source(source: Source, client: Client, local_feeds: LocalFeeds) -> Feed:
    """The feed of a source of any kind. Raises PollError."""
    if source.kind == "feed":
        return await _fetch_feed(source.url, client, source, local_feeds)
    from ingestd.poll.parse_and_identify import read_source  # reads pages: slow to import, and feeds do without
    from ingestd.poll.sitemap_step import fetch_whole_sitemap

    if source.kind == "sitemap":
        fetched = await fetch_whole_sitemap(source, client)
        response, documents = fetched.response, fetched.documents
    else:
        request = Request(source.url, "page", headers=source.headers, proxy=source.proxy, ca_file=source.ca_file)
        response, documents = await client.get(request), ()
    return read_source(
        response.body,
        source=source,
        url=response.final_url,
        content_type=response.header("content-type"),
        now=answered_at(response.headers, response.fetched_at),
        documents=documents,
    )


def _zone_remark(entry: Entry, feed: Feed) -> str | None:
    text = f"{entry.title}\n{plain_text((entry.summary or entry.content)[:_MAX_SAMPLED_CHARS])}"
    return zone_remark(entry.published.zone_origin if entry.published else None, entry.language or feed.language, text)


async def _fetch_feed(
    url: str, client: Client, source: Source | None = None, local_feeds: LocalFeeds | None = None
) -> Feed:
    headers = source.headers if source else ()
    proxy, ca_file = (source.proxy, source.ca_file) if source else (None, None)
    if source is not None and local_feeds is not None and is_local(url):
        response = await local_feeds.get(url, source.command)
    else:
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

    Where there is none: its news sitemap, the page itself where it lists articles, and another sitemap.
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
        found = feed_links(response.body, response.final_url) or await _guessed_feeds(response.final_url, client)
        return found or await _without_feed(response, client)


async def _without_feed(response: Response, client: Client) -> list[FeedLink]:
    """What takes the place of a feed: the site's news sitemap, the page where it lists articles, another sitemap."""
    url = response.final_url
    sitemap = await _offered_sitemap(url, client)
    page = await _offered(Source("", url, kind="page"), client)
    is_list = page is not None and page.total >= _MIN_LISTED
    offers = [FeedLink(url, page.title, "page")] if page is not None and is_list else []
    if sitemap is None:
        return offers
    return [sitemap, *offers] if sitemap.type == "news-sitemap" else [*offers, sitemap]


async def _offered_sitemap(url: str, client: Client) -> FeedLink | None:
    """The sitemap that the site's robots.txt names, else one at a usual address."""
    for address in (robots_url(url), *likely_sitemap_urls(url)):
        feed = await _offered(Source("", address, kind="sitemap"), client)
        if feed is not None:
            return FeedLink(address, feed.title, feed.format)
    return None


async def _offered(source: Source, client: Client) -> Feed | None:
    """The feed that a source would make; None where it would have no entry."""
    try:
        feed = await _fetch_source(source, client, LocalFeeds())
    except PollError:
        return None
    return feed if feed.total else None


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
