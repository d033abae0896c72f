"""Which entries of a feed are new articles, which list stored ones again, and what the feed step writes of both. Pure.

`identify` is the one place of the line where the identity of entries is decided. It is called twice for some feeds: in
the worker process, which has no database, as if no key were known (most entries that it parses are new); and again in
the main process, where the database knows one of the keys.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ingestd import policy
from ingestd.identity.decide import decide
from ingestd.identity.decisions import Decisions, FreshEntry, SeenEntry
from ingestd.identity.keyed_entries import KeyedEntries
from ingestd.model.errors import Outcome
from ingestd.model.feed import Feed, Problem
from ingestd.model.http import Response
from ingestd.model.poll import FilteredEntry, InboxEntry, WriteBatch
from ingestd.model.post import KnownPost, NewPost
from ingestd.model.sitemap import SitemapFile
from ingestd.model.source import Source

if TYPE_CHECKING:
    from ingestd.store.writes import WriteResult  # worker processes import this module, and have no database

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class FeedResult:
    """What the feed step found.

    New articles are in `posts` where the worker built their posts already, in `fresh` where pages are still to be
    fetched. `edited` are stored articles whose entry has changed. `sightings` are posts that the feed lists again,
    `keys` further (kind, key, post_id), `items` (entry digest, post_id or None). `complete` is False for a push, which
    may hold only what is new, and for a feed that breaks off: entries that it leaves out are still in the feed.
    `filtered` are new articles that the source leaves out, `unfiltered` the keys of fresh ones that it left out before.
    `answered_by` is the address of a source with mirrors that gave the feed, `stood_still` one whose feed was older,
    `mirror_problems` are failures of others; `mirrors_compared`: it stood still, and they were asked too.
    `sitemap_files` are the files of a sitemap's index that the next poll has to know, `body` the bytes of a feed that
    may have lost articles, else empty. `known`, `duplicate`, `new` and `left_out` are counts;
    `left_out` of articles that were not left out before.
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
    filtered: tuple[FreshEntry, ...] = ()
    unfiltered: tuple[str, ...] = ()
    left_out: int = 0
    answered_by: str | None = None
    stood_still: str | None = None
    mirrors_compared: bool = False
    mirror_problems: tuple[Problem, ...] = ()
    known: int = 0
    duplicate: int = 0
    new: int = 0
    complete: bool = True
    sitemap_files: tuple[SitemapFile, ...] = ()
    body: bytes = b""

    @property
    def entries(self) -> int:
        """How many entries the feed has."""
        return self.feed.total if self.feed else 0

    def after(self, written: "WriteResult") -> "FeedResult":
        """The result after a batch of it was written."""
        return replace(self, new=self.new + len(written.stored), duplicate=self.duplicate + written.already_known)


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
    remembered: Mapping[str, str] = NOTHING,
) -> Decisions:
    """Tell fresh entries from those of stored articles (see `identity.decide`), and from those that are left out.

    Every fresh entry of every feed passes here and nowhere else. An entry is left out by its rule (`mark_left_out`),
    or by that of `remembered`, by key, which has left it out before.
    """
    decisions = decide(keyed_entries, source, known, listed=listed, gone=gone)
    if not remembered and all(new.left_out_by is None for new in decisions.fresh):
        return decisions
    unfiltered: list[str] = []
    fresh, filtered, again, newly = [], [], 0, 0
    for new in decisions.fresh:
        earlier = {key.key: remembered[key.key] for key in new.keys if key.key in remembered}
        holding = (rule for rule in earlier.values() if policy.still_holds(rule, source))
        rule = new.left_out_by or next(holding, None)
        again += bool(earlier)
        newly += rule is not None and not earlier
        if rule is None:
            fresh.append(new)
            unfiltered += earlier
        else:
            filtered.append(replace(new, left_out_by=rule))
    return replace(
        decisions,
        fresh=tuple(fresh),
        filtered=tuple(filtered),
        remembered=again,
        newly_filtered=newly,
        unfiltered=tuple(unfiltered),
    )


def mark_left_out(
    keyed_entries: KeyedEntries, source: Source, not_before: datetime | None = None, history: Collection[str] = ()
) -> tuple[Problem, ...]:
    """Mark the entries that the source's rules leave out; returns the problems of rules that took too long.

    `history` are the digests of those that are left to a backfill.
    """
    if history:
        for item in keyed_entries.items:
            item.left_out_by = policy.HISTORY if item.entry.digest in history else None
    found = policy.left_out([item.entry for item in keyed_entries.items], source, not_before=not_before)
    for index, rule in found.rules.items():
        keyed_entries.items[index].left_out_by = rule
    took = f"took longer than {policy.MAX_EXPRESSION_S:g} s on an entry, which is taken"
    return tuple(
        Problem(Outcome.FILTER_TOO_COSTLY, f"the rule {rule!r} {took}", source.url)
        for rule in dict.fromkeys(found.slow)
    )


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
        # Those of an entry that takes over are written with its words: by its guid alone the post would be its own.
        keys=tuple(key for seen in alive if not seen.takes_over for key in seen.keys_of_post),
        items=tuple((seen.entry.digest, seen.post_id) for seen in alive if seen.entry.digest)
        + tuple((seen.entry.digest, None) for seen in deleted if seen.entry.digest),
        problems=(
            *_truncated(feed, response),
            *_over_bound(feed, response),
            *_left_to_backfill(decisions, source, response),
            *feed.problems,
            *decisions.problems,
        ),
        filtered=decisions.filtered,
        unfiltered=decisions.unfiltered,
        left_out=decisions.newly_filtered,
        known=len(feed.known) + len(decisions.seen) + decisions.remembered,
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


def _left_to_backfill(decisions: Decisions, source: Source, response: Response) -> tuple[Problem, ...]:
    """The problem of a sitemap of which a poll takes the newest addresses alone."""
    count = sum(item.left_out_by == policy.HISTORY for item in decisions.filtered)
    if not count or not decisions.newly_filtered:
        return ()
    reason = f"{count:,} older addresses of the sitemap are left out: `ingestd backfill {source.name}` reads them"
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
        + tuple((new.entry.digest, None) for new in (*result.fresh, *result.filtered) if new.entry.digest),
        filtered=tuple(map(_filtered_entry, result.filtered)),
        unfiltered=result.unfiltered,
        items_kept=result.feed.known,
        items_replace=result.complete,
        unread=tuple(seen.post_id for seen in result.edited),
        fetches_pages=source.article != "never",
    )


def _filtered_entry(new: FreshEntry) -> FilteredEntry:
    stamp = new.entry.published or new.entry.updated
    keys = tuple(key.key for key in new.keys)
    return FilteredEntry(keys, new.from_url, new.entry.title, stamp.utc if stamp else None, new.left_out_by or "")


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
