"""What a worker makes of a feed's bytes, in one task: its entries, what they mean, and the posts of a feed read alone.

bytes ─parse─▶ Feed ─dedupe─▶ Document ─┬─ decide, as if nothing were known ─▶ Decisions
                                        └─ extract ─▶ Article ─normalise─▶ NewPost

The worker cannot ask the database. Most entries that it is given are new (the known ones are told by their bytes), so
it decides as if none of their keys were known; where one is, the caller decides again, over the same document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ingestd.dedupe import Decisions, Document, Fresh, decide, read_document
from ingestd.extract import extract_entries
from ingestd.normalise import new_post
from ingestd.parse import parse_feed
from ingestd.records import Article, Feed, NewPost, Source
from ingestd.urls import UrlRules


@dataclass(frozen=True, slots=True)
class Understood:
    """A feed as a worker understood it. Its entries stand in `document`, and no longer in `feed`.

    `assumed` is what they mean if none of the document's keys is known. `posts` are those of the entries in
    `assumed.fresh`, by their places; empty where the article's pages are to be read.
    """

    feed: Feed
    document: Document
    assumed: Decisions
    posts: Mapping[int, NewPost] = field(default_factory=dict)


def understand(
    body: bytes,
    *,
    source: Source,
    rules: UrlRules,
    url: str,
    content_type: str | None,
    known: frozenset[str],
    now: datetime,
) -> Understood:
    """The feed in `body`, fetched from `url` at `now` (UTC). Pure.

    Entries whose digests are in `known` are passed over. Raises PermanentError where it is no feed, as `parse_feed`.
    """
    feed = parse_feed(
        body, url=url, content_type=content_type, timezone=source.timezone, language=source.language, known=known
    )
    document = read_document(feed.entries, source, rules)
    assumed = decide(document, source, {})
    posts = posts_of(assumed.fresh, source, now) if source.article == "never" else {}
    return Understood(replace(feed, entries=()), document, assumed, posts)


def posts_of(fresh: Sequence[Fresh], source: Source, now: datetime) -> dict[int, NewPost]:
    """The posts of new articles by the places of their entries, from what the feed says alone. Pure."""
    articles = extract_entries(tuple(item.entry for item in fresh))
    return {item.place: _alone(item, article, source, now) for item, article in zip(fresh, articles, strict=True)}


def _alone(fresh: Fresh, article: Article, source: Source, now: datetime) -> NewPost:
    keys = tuple((key.kind, key.key) for key in fresh.keys)
    return new_post(fresh.entry, article, source, from_url=fresh.from_url, keys=keys, seen_at=now, now=now)
