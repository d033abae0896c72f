"""What a worker makes of a feed's bytes, in one task: its entries, what they mean, and the posts of a feed read alone.

bytes ─parse─▶ Feed ─dedupe─▶ Document ─┬─ decide, as if nothing were known ─▶ Decisions
                                        └─ extract ─▶ Article ─normalise─▶ NewPost

The worker cannot ask the database. Most entries that it is given are new (the known ones are told by their bytes), so
it decides as if none of their keys were known; where one is, the caller decides again, over the same document.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ingestd.dedupe import Fresh, decide, read_document
from ingestd.extract.batch import extract_entries
from ingestd.meaning import Meaning
from ingestd.normalise import new_post
from ingestd.parse.feeds import parse_feed
from ingestd.records import Article, NewPost, Source
from ingestd.urls import UrlRules


def understand(
    body: bytes,
    *,
    source: Source,
    rules: UrlRules,
    url: str,
    content_type: str | None,
    known: frozenset[str],
    now: datetime,
) -> Meaning:
    """The feed in `body`, fetched from `url` at `now` (UTC). Pure.

    Entries whose digests are in `known` are passed over. Raises PermanentError where it is no feed, as `parse_feed`.
    """
    feed = parse_feed(
        body, url=url, content_type=content_type, timezone=source.timezone, language=source.language, known=known
    )
    document = read_document(feed.entries, source, rules)
    assumed = decide(document, source, {})
    posts = posts_of(assumed.fresh, source, now) if source.article == "never" else {}
    return Meaning(replace(feed, entries=()), document, assumed, posts)


def posts_of(fresh: Sequence[Fresh], source: Source, now: datetime) -> dict[int, NewPost]:
    """The posts of new articles by the places of their entries, from what the feed says alone. Pure."""
    articles = extract_entries(tuple(item.entry for item in fresh))
    return {item.place: _alone(item, article, source, now) for item, article in zip(fresh, articles, strict=True)}


def _alone(fresh: Fresh, article: Article, source: Source, now: datetime) -> NewPost:
    keys = tuple((key.kind, key.key) for key in fresh.keys)
    return new_post(fresh.entry, article, source, from_url=fresh.from_url, keys=keys, seen_at=now, now=now)
