"""The first half of a poll: what the source's feed says, and which of it is new.

Source ─fetch─▶ Response ─understand─▶ Document ─dedupe─▶ FeedResult
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ingestd import policy
from ingestd.feeds.fingerprint import fingerprint
from ingestd.identity import Decisions, FreshEntry, SeenEntry, decide
from ingestd.model.errors import Outcome
from ingestd.model.feed import Feed, Problem
from ingestd.model.http import Request, Response
from ingestd.model.poll import InboxEntry, WriteBatch
from ingestd.model.post import KnownPost, NewPost
from ingestd.model.source import Source, SourceState
from ingestd.poll.context import PollContext, off_loop
from ingestd.poll.jobs import PARSE_AND_IDENTIFY, ParsedFeed
from ingestd.store.feed_items import item_digests
from ingestd.store.identities import known_posts

#: CPU seconds that one feed may cost.
PARSE_DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True)
class FeedResult:
    """What a feed said this time. `edited` are known articles whose entry now says something else.

    New articles are in `read` where the worker made posts of them, in `fresh` where they are still to be read.
    `whole` is False for a push, which may hold no more than what is new: what it leaves out is still in the feed.
    """

    outcome: Outcome
    response: Response | None = None
    feed: Feed | None = None
    body_digest: str | None = None
    fresh: tuple[FreshEntry, ...] = ()
    read: tuple[NewPost, ...] = ()
    edited: tuple[SeenEntry, ...] = ()
    sightings: tuple[int, ...] = ()
    keys: tuple[tuple[str, str, int], ...] = ()
    items: tuple[tuple[str, int | None], ...] = ()
    problems: tuple[Problem, ...] = ()
    known: int = 0
    duplicate: int = 0
    new: int = 0
    whole: bool = True

    @property
    def entries(self) -> int:
        """How many entries the feed has."""
        return self.feed.total if self.feed else 0


async def fetch_feed(state: SourceState, context: PollContext, *, force: bool) -> FeedResult:
    """Ask a source what there is. Raises PollError where it cannot be told; `force` asks as if for the first time."""
    response = await context.client.get(_request(state, force=force))
    if response.status == 304:
        return FeedResult(Outcome.NOT_MODIFIED, response, body_digest=state.body_digest)
    body_digest = fingerprint(response.body)
    if body_digest == state.body_digest and not force:
        return FeedResult(Outcome.UNCHANGED, response, body_digest=body_digest)
    return await _understand(response, state, context, body_digest, force=force)


async def accept_push(pushed: Response, state: SourceState, context: PollContext) -> FeedResult:
    """Hear what a hub pushed, as if the source had been asked. Raises PollError where it cannot be read."""
    heard = await _understand(pushed, state, context, fingerprint(pushed.body), force=False)
    return replace(heard, whole=False)


async def _understand(
    response: Response, state: SourceState, context: PollContext, digest: str, *, force: bool
) -> FeedResult:
    """Which of the entries are known: by their bytes, or by their keys, asked of the database in one statement."""
    source, bare = state.source, replace(response, body=b"")
    items = {} if force else await context.database.reading(item_digests, source.id)
    parsed = await _ask(response, source, items, context, alone=source.article == "never")
    known = await context.database.reading(known_posts, parsed.keys, source.id) if parsed.keys else {}
    if not known:
        return _intake(bare, parsed, parsed.assumed, {}, source.id, digest)
    keyed_entries = parsed.keyed_entries or (await _ask(response, source, items, context, alone=False)).keyed_entries
    assert keyed_entries is not None
    listed = {post_id for item in parsed.feed.known if (post_id := items.get(item)) is not None}
    decisions = await off_loop(len(keyed_entries.items), lambda: decide(keyed_entries, source, known, listed=listed))
    return _intake(bare, replace(parsed, posts=None), decisions, known, source.id, digest)


async def _ask(
    response: Response, source: Source, items: Mapping[str, int | None], context: PollContext, *, alone: bool
) -> ParsedFeed:
    return await context.workers.run(
        PARSE_AND_IDENTIFY,
        response.body,
        source=source,
        rules=context.url_rules,
        url=response.final_url,
        content_type=response.header("content-type"),
        known=frozenset(items),
        now=response.fetched_at,
        alone=alone,
        deadline=PARSE_DEADLINE_S,
        too_costly=Outcome.FEED_TOO_COSTLY,
    )


def _request(state: SourceState, *, force: bool) -> Request:
    """Validators go back as they were given, except now and then: some sites answer 304 for ever."""
    plain = force or policy.should_skip_validators(state.conditional_polls)
    return Request(
        url=state.source.url,
        accept="feed",
        etag=None if plain else state.etag,
        last_modified=None if plain else state.last_modified,
        headers=state.source.headers,
        proxy=state.source.proxy,
    )


def _intake(
    response: Response,
    parsed: ParsedFeed,
    decisions: Decisions,
    known: Mapping[str, KnownPost],
    source_id: int,
    digest: str,
) -> FeedResult:
    feed = parsed.feed
    posts = {post.post_id: post for post in known.values()}
    alive = [seen for seen in decisions.seen if not posts[seen.post_id].deleted]
    dead = [seen for seen in decisions.seen if posts[seen.post_id].deleted]
    elsewhere = [s for s in alive if posts[s.post_id].digest is None and posts[s.post_id].source_id != source_id]
    return FeedResult(
        outcome=Outcome.OK,
        # What it said is understood by now, and pages may take long to read: megabytes need not wait with it.
        response=replace(response, body=b""),
        feed=feed,
        body_digest=digest,
        fresh=decisions.fresh,
        read=parsed.posts or (),
        edited=tuple(seen for seen in alive if seen.changed),
        sightings=tuple(seen.post_id for seen in alive),
        keys=tuple((key.kind, key.key, seen.post_id) for seen in alive for key in seen.new_keys),
        items=tuple((seen.entry.digest, seen.post_id) for seen in alive if seen.entry.digest)
        + tuple((seen.entry.digest, None) for seen in dead if seen.entry.digest),
        problems=(*_cut(feed, response), *feed.problems, *decisions.problems),
        known=len(feed.known) + len(decisions.seen),
        duplicate=len(elsewhere) + decisions.repeated,
    )


def _cut(feed: Feed, response: Response) -> tuple[Problem, ...]:
    """What is said of a feed with more entries than are read."""
    if not feed.dropped:
        return ()
    reason = f"the feed has {feed.total:,} entries, of which the newest {feed.total - feed.dropped:,} are read"
    return (Problem(Outcome.TOO_LARGE, reason, response.final_url),)


def inbox_entries(intake: FeedResult, received: Response) -> tuple[InboxEntry, ...]:
    """The fresh entries as the inbox keeps them."""
    return tuple(
        InboxEntry(
            fresh.entry,
            fresh.from_url,
            fresh.keys[0].key if fresh.keys else fresh.from_url,
            received.fetched_at,
            keys=tuple((key.kind, key.key) for key in fresh.keys),
        )
        for fresh in intake.fresh
    )


def feed_writes(intake: FeedResult, source_id: int) -> WriteBatch:
    """What the first half writes: sightings, keys and the entries that are known by their bytes from now on."""
    assert intake.response is not None
    changes = WriteBatch(source_id, intake.response.fetched_at, posts=intake.read, problems=intake.problems)
    if intake.feed is None:
        return changes
    edited = {seen.entry.digest for seen in intake.edited}
    return replace(
        changes,
        sightings=intake.sightings,
        keys=intake.keys,
        waiting=inbox_entries(intake, intake.response),
        items=tuple(item for item in intake.items if item[0] not in edited)
        + tuple((fresh.entry.digest, None) for fresh in intake.fresh if fresh.entry.digest),
        items_kept=intake.feed.known,
        items_replace=intake.whole,
        unread=tuple(seen.post_id for seen in intake.edited),
    )
