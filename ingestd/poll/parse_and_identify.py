"""What a worker makes of a feed's bytes, in one task: its entries, what they mean, and the posts of a feed read alone.

bytes ─parse─▶ Feed ─dedupe─▶ Document ─┬─ decide, as if nothing were known ─▶ Decisions
                                        └─ extract ─▶ Article ─normalise─▶ NewPost

The worker cannot ask the database. Most entries that it is given are new (the known ones are told by their bytes), so
it decides as if none of their keys were known; where one is, the caller decides again, over the document.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ingestd.extract.article import feed_articles
from ingestd.feeds.parse_feed import parse_feed
from ingestd.identity import FreshEntry, decide, key_entries
from ingestd.identity.urls import UrlRules
from ingestd.model.article import Article
from ingestd.model.post import NewPost
from ingestd.model.source import Source
from ingestd.poll.build_post import build_new_post
from ingestd.poll.jobs import ParsedFeed

#: Entries that are read before it is clear that they are new: for an edited one that is done in vain.
MAX_ENTRIES_READ_AHEAD = 3
#: Bytes of a feed whose posts are all made in one task; those of a larger one are made in several, to spare memory.
MAX_FEED_BYTES_ONE_JOB = 1_000_000


def parse_and_identify(
    body: bytes,
    *,
    source: Source,
    rules: UrlRules,
    url: str,
    content_type: str | None,
    known: frozenset[str],
    now: datetime,
    alone: bool,
) -> ParsedFeed:
    """The feed in `body`, fetched from `url` at `now` (UTC). Pure.

    Entries whose digests are in `known` are passed over. `alone`: the pages are not wanted, so posts may be made
    of what the feed says. Raises PermanentError where it is no feed, as `parse_feed`.
    """
    feed = parse_feed(
        body, url=url, content_type=content_type, timezone=source.timezone, language=source.language, known=known
    )
    keyed_entries = key_entries(feed.entries, source, rules)
    parsed = ParsedFeed(replace(feed, entries=()), tuple(sorted(keyed_entries.keys)), decide(keyed_entries, source, {}))
    fresh = parsed.assumed.fresh
    few = len(fresh) <= MAX_ENTRIES_READ_AHEAD
    if not alone or not (few or not known) or len(body) > MAX_FEED_BYTES_ONE_JOB:
        return replace(parsed, keyed_entries=keyed_entries)
    posts = build_posts(fresh, source, now)
    # What a whole feed says crosses into the other process once, as posts.
    return replace(
        parsed, posts=posts, keyed_entries=keyed_entries if few else None, assumed=replace(parsed.assumed, fresh=())
    )


def build_posts(fresh: Sequence[FreshEntry], source: Source, now: datetime) -> tuple[NewPost, ...]:
    """The posts of new articles from what the feed says alone. Pure."""
    articles = feed_articles(tuple(item.entry for item in fresh))
    return tuple(_alone(item, article, source, now) for item, article in zip(fresh, articles, strict=True))


def _alone(fresh: FreshEntry, article: Article, source: Source, now: datetime) -> NewPost:
    keys = tuple((key.kind, key.key) for key in fresh.keys)
    return build_new_post(fresh.entry, article, source, from_url=fresh.from_url, keys=keys, seen_at=now, now=now)
