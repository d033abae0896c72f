"""The worker job of a source: parse it, identify its entries, and build the posts of those that need no page.

bytes ─parse─▶ Feed ─key─▶ KeyedEntries ─┬─ identify, as if no key were known ─▶ Decisions
                                         └─ extract ─▶ Article ─build─▶ NewPost

A worker has no database. Most entries that it is given are new (known ones are skipped by their digests), so it decides
as if none of their keys were known; where one is, the caller decides again over the keyed entries.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from ingestd.feeds.parse_feed import parse_feed
from ingestd.feeds.sitemaps.entries import read_sitemap
from ingestd.identity.decisions import FreshEntry
from ingestd.identity.keyed_entries import key_entries
from ingestd.identity.urls import UrlRules
from ingestd.model.feed import Feed
from ingestd.model.http import Response
from ingestd.model.post import NewPost
from ingestd.model.sitemap import AddressBound, SitemapDocument
from ingestd.model.source import Source
from ingestd.poll.build_post import build_new_post
from ingestd.poll.foreign_entries import with_place_elsewhere
from ingestd.poll.identify import identify, mark_left_out, with_site
from ingestd.poll.jobs import ParsedFeed

#: Posts are built of up to so many fresh entries before the database has told whether they are new: for an edited entry
#: that work is wasted.
MAX_ENTRIES_BUILT_EARLY = 3
#: Of a larger feed, in bytes, posts are built in several jobs, to bound memory.
MAX_ONE_JOB_FEED_BYTES = 1_000_000


def parse_and_identify(
    body: bytes,
    *,
    source: Source,
    rules: UrlRules,
    url: str,
    content_type: str | None,
    known: frozenset[str],
    now: datetime,
    answered_at: datetime,
    build: bool,
    documents: tuple[SitemapDocument, ...] = (),
    not_before: datetime | None = None,
    bound: AddressBound | None = None,
) -> ParsedFeed:
    """The feed in `body`, fetched from `url` at `now` (UTC); `answered_at` is the time by the server's clock. Pure.

    Of a sitemap `documents` are read in place of `body`.

    Entries whose digests are in `known` are skipped. `build`: posts are built of what the feed says, without pages.
    Entries from before `not_before` are left out, and those of a sitemap over its `bound`.
    Raises PermanentError where it is not a feed (see `parse_feed`).
    """
    feed = read_source(
        body,
        source=source,
        url=url,
        content_type=content_type,
        known=known,
        now=answered_at,
        documents=documents,
        bound=bound,
    )
    source = with_site(source, feed)
    parsed = identify_feed(feed, source, rules, not_before=not_before)
    fresh = parsed.assumed.fresh
    few = len(fresh) <= MAX_ENTRIES_BUILT_EARLY
    if not build or not (few or not known) or len(body) > MAX_ONE_JOB_FEED_BYTES:
        return parsed
    posts = build_posts(fresh, source, now, rules)
    # The entries cross into the main process once: as posts, and again as keyed entries only where they are few.
    assumed = replace(parsed.assumed, fresh=())
    return replace(parsed, posts=posts, keyed_entries=parsed.keyed_entries if few else None, assumed=assumed)


def identify_feed(feed: Feed, source: Source, rules: UrlRules, *, not_before: datetime | None = None) -> ParsedFeed:
    """A parsed feed of a source as the main process gets it, identified as if none of its keys were known. Pure.

    Entries from before `not_before` are left out, as those are that the rules of the source leave out.
    """
    keyed_entries = key_entries(feed.entries, source, rules)
    marked = mark_left_out(keyed_entries, source, not_before, frozenset(feed.history))
    feed = replace(feed, problems=(*feed.problems, *marked))
    assumed = identify(keyed_entries, source, {})
    return ParsedFeed(
        replace(feed, entries=(), history=()),
        tuple(sorted(keyed_entries.keys)),
        assumed,
        named_by_hash=any(item.is_named_by_hash for item in assumed.fresh),
        keyed_entries=keyed_entries,
    )


def read_source(
    body: bytes,
    *,
    source: Source,
    url: str,
    content_type: str | None,
    known: frozenset[str] = frozenset(),
    now: datetime,
    documents: tuple[SitemapDocument, ...] = (),
    bound: AddressBound | None = None,
) -> Feed:
    """The feed of a source of any kind, from what was fetched. Pure. Raises as the reader of its kind does."""
    options = _ReadOptions(timezone=source.timezone, language=source.language, known=known, now=now)
    if source.kind == "sitemap":
        return read_sitemap(documents, site_url=source.url, bound=bound, **options)
    if source.kind == "page":
        from ingestd.extract.list_page.entries import read_list_page  # slow to import, and feeds do without

        headers = (("content-type", content_type),) if content_type else ()
        page = Response(url, url, 200, headers, body, now)
        return read_list_page(page, links=source.links, **options)
    return parse_feed(body, url=url, content_type=content_type, **options)


class _ReadOptions(TypedDict):
    """The arguments that all readers take."""

    timezone: str | None
    language: str | None
    known: frozenset[str]
    now: datetime


def build_posts(fresh: Sequence[FreshEntry], source: Source, now: datetime, rules: UrlRules) -> tuple[NewPost, ...]:
    """The posts of fresh entries from what the feed says alone. Pure."""
    if not fresh:
        return ()
    from ingestd.extract.article import feed_articles  # slow to import, and a feed with nothing new does without

    articles = feed_articles(tuple(item.entry for item in fresh))
    return tuple(
        with_place_elsewhere(
            build_new_post(
                item.entry,
                article,
                source,
                from_url=item.from_url,
                keys=tuple((key.kind, key.key) for key in item.keys),
                seen_at=now,
                now=now,
            ),
            item.entry,
            source,
            rules,
        )
        for item, article in zip(fresh, articles, strict=True)
    )
