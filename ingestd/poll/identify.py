"""Which entries of a feed are new articles, which list stored ones again, and what the feed step writes of both. Pure.

`identify` is the one place of the line where the identity of entries is decided. It is called twice for some feeds: in
the worker process, which has no database, as if no key were known (most entries that it parses are new); and again in
the main process, where the database knows one of the keys.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from ingestd.identity.decide import decide
from ingestd.identity.decisions import Decisions, FreshEntry, SeenEntry
from ingestd.identity.keyed_entries import KeyedEntries
from ingestd.model.errors import Outcome
from ingestd.model.feed import Feed, Problem
from ingestd.model.http import Response
from ingestd.model.poll import InboxEntry, WriteBatch
from ingestd.model.post import KnownPost, NewPost
from ingestd.model.sitemap import SitemapFile
from ingestd.model.source import Source


@dataclass(frozen=True, slots=True)
class FeedResult:
    """What the feed step found.

    New articles are in `posts` where the worker built their posts already, in `fresh` where pages are still to be
    fetched. `edited` are stored articles whose entry has changed. `sightings` are posts that the feed lists again,
    `keys` further (kind, key, post_id), `items` (entry digest, post_id or None). `complete` is False for a push, which
    may hold only what is new, and for a feed that breaks off: entries that it leaves out are still in the feed.
    `sitemap_files` are the files of a sitemap's index that the next poll has to know. `known`, `duplicate` and `new`
    are counts.
    """

    outcome: Outcome
    response: Response | None = None
    feed: Feed | None = None
    body_digest: str | None = None
    fresh: tuple[FreshEntry, ...] = ()
    posts: tuple[NewPost, ...] = ()
    edited: tuple[SeenEntry, ...] = ()
    sightings: tuple[int, ...] = ()
    keys: tuple[tuple[str, str, int], ...] = ()
    items: tuple[tuple[str, int | None], ...] = ()
    problems: tuple[Problem, ...] = ()
    known: int = 0
    duplicate: int = 0
    new: int = 0
    complete: bool = True
    sitemap_files: tuple[SitemapFile, ...] = ()

    @property
    def entries(self) -> int:
        """How many entries the feed has."""
        return self.feed.total if self.feed else 0


def with_site(source: Source, feed: Feed) -> Source:
    """The source with the site that its feed says it is of; as it was where the feed names none."""
    return replace(source, site_url=feed.link) if feed.link else source


def identify(
    keyed_entries: KeyedEntries,
    source: Source,
    known: Mapping[str, KnownPost],
    *,
    listed: Collection[int] = (),
    gone: Collection[KnownPost] = (),
) -> Decisions:
    """Tell fresh entries from those of stored articles (see `identity.decide`).

    Every fresh entry of every feed passes here and nowhere else: this is where a filter on entries belongs.
    """
    return decide(keyed_entries, source, known, listed=listed, gone=gone)


def feed_result(
    decisions: Decisions,
    feed: Feed,
    response: Response,
    known: Mapping[str, KnownPost],
    source: Source,
    *,
    posts: tuple[NewPost, ...] = (),
    body_digest: str | None = None,
) -> FeedResult:
    """The result of a feed step, from the decision about its entries; `known` are the posts it was decided with."""
    stored = {post.post_id: post for post in known.values()}
    alive = [seen for seen in decisions.seen if not stored[seen.post_id].deleted]
    deleted = [seen for seen in decisions.seen if stored[seen.post_id].deleted]
    from_others = [
        seen for seen in alive if stored[seen.post_id].digest is None and stored[seen.post_id].source_id != source.id
    ]
    return FeedResult(
        outcome=Outcome.OK,
        # The pages may take long to fetch: the body, up to megabytes, is not held until then.
        response=replace(response, body=b""),
        feed=feed,
        body_digest=body_digest,
        fresh=decisions.fresh,
        posts=posts,
        edited=tuple(seen for seen in alive if seen.changed),
        sightings=tuple(seen.post_id for seen in alive),
        keys=tuple((key.kind, key.key, seen.post_id) for seen in alive for key in seen.new_keys),
        items=tuple((seen.entry.digest, seen.post_id) for seen in alive if seen.entry.digest)
        + tuple((seen.entry.digest, None) for seen in deleted if seen.entry.digest),
        problems=(*_truncated(feed, response), *_over_bound(feed, response), *feed.problems, *decisions.problems),
        known=len(feed.known) + len(decisions.seen),
        duplicate=len(from_others) + decisions.repeated,
    )


def _truncated(feed: Feed, response: Response) -> tuple[Problem, ...]:
    """The problem of a feed that breaks off before its end."""
    if not feed.truncated:
        return ()
    where = f"within entry {feed.total + 1:,}" if feed.entry_cut else f"after {feed.total:,} entries"
    reason = f"the feed breaks off {where}, before its end: what follows is missing"
    return (Problem(Outcome.FEED_TRUNCATED, reason, response.final_url),)


def _over_bound(feed: Feed, response: Response) -> tuple[Problem, ...]:
    """The problem of a feed with more entries than are read."""
    if not feed.dropped:
        return ()
    reason = f"the feed has {feed.total:,} entries, of which the newest {feed.total - feed.dropped:,} are read"
    return (Problem(Outcome.TOO_LARGE, reason, response.final_url),)


def feed_writes(result: FeedResult, source: Source) -> WriteBatch:
    """What the feed step writes: sightings, keys, inbox entries, and the entry digests by which the next poll skips."""
    assert result.response is not None
    batch = WriteBatch(source.id, result.response.fetched_at, posts=result.posts, problems=result.problems)
    if result.feed is None:
        return batch
    # The digest of an edited entry is written with its new text: a crash before that leaves the edit to be found again.
    edited = {seen.entry.digest for seen in result.edited}
    return replace(
        batch,
        sightings=result.sightings,
        keys=result.keys,
        waiting=inbox_entries(result, result.response),
        items=tuple(item for item in result.items if item[0] not in edited)
        + tuple((fresh.entry.digest, None) for fresh in result.fresh if fresh.entry.digest),
        items_kept=result.feed.known,
        items_replace=result.complete,
        unread=tuple(seen.post_id for seen in result.edited),
        fetches_pages=source.article != "never",
    )


def inbox_entries(result: FeedResult, response: Response) -> tuple[InboxEntry, ...]:
    """The fresh entries as the inbox stores them."""
    return tuple(
        InboxEntry(
            fresh.entry,
            fresh.from_url,
            fresh.keys[0].key if fresh.keys else fresh.from_url,
            response.fetched_at,
            keys=tuple((key.kind, key.key) for key in fresh.keys),
        )
        for fresh in result.fresh
    )
