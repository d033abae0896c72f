"""The first half of a poll: what the source's feed says, and which of it is new.

Source ─fetch─▶ Response ─parse─▶ Feed ─dedupe─▶ Intake
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ingestd import policy
from ingestd.dedupe import Fresh, Seen, decide, read_document
from ingestd.errors import Outcome
from ingestd.normalise import content_digest
from ingestd.parse import fingerprint, parse_feed
from ingestd.plaintext import plain_text
from ingestd.records import Changes, Entry, Feed, Problem, Request, Response, Source, SourceState, Waiting
from ingestd.store import reads
from ingestd.tools import Tools, aside

#: CPU seconds that one feed may cost.
PARSE_DEADLINE = 20.0


@dataclass(frozen=True, slots=True)
class Intake:
    """What a feed said this time. `fresh` are new articles, `edited` known ones whose entry now says something else.

    `whole` is False for a push, which may hold no more than what is new: what it leaves out is still in the feed.
    """

    outcome: Outcome
    response: Response | None = None
    feed: Feed | None = None
    body_digest: str | None = None
    fresh: tuple[Fresh, ...] = ()
    edited: tuple[Seen, ...] = ()
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


async def listen(state: SourceState, tools: Tools, *, force: bool) -> Intake:
    """Ask a source what there is. Raises PollError where it cannot be told; `force` asks as if for the first time."""
    response = await tools.client.get(_request(state, force=force))
    if response.status == 304:
        return Intake(Outcome.NOT_MODIFIED, response, body_digest=state.body_digest)
    body_digest = fingerprint(response.body)
    if body_digest == state.body_digest and not force:
        return Intake(Outcome.UNCHANGED, response, body_digest=body_digest)
    return await _understand(response, state.source, tools, body_digest, force=force)


async def take(pushed: Response, state: SourceState, tools: Tools) -> Intake:
    """Hear what a hub pushed, as if the source had been asked. Raises PollError where it cannot be read."""
    heard = await _understand(pushed, state.source, tools, fingerprint(pushed.body), force=False)
    return replace(heard, whole=False)


async def _understand(response: Response, source: Source, tools: Tools, body_digest: str, *, force: bool) -> Intake:
    known_items = {} if force else await tools.database.reading(reads.item_digests, source.id)
    feed = await _parse(response, source, frozenset(known_items), tools)
    return await _sort_out(response, feed, source, known_items, tools, body_digest)


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


async def _parse(response: Response, source: Source, known: frozenset[str], tools: Tools) -> Feed:
    return await tools.workers.run(
        parse_feed,
        response.body,
        url=response.final_url,
        content_type=response.header("content-type"),
        timezone=source.timezone,
        language=source.language,
        known=known,
        deadline=PARSE_DEADLINE,
        too_costly=Outcome.FEED_TOO_COSTLY,
    )


async def _sort_out(
    response: Response, feed: Feed, source: Source, known_items: Mapping[str, int | None], tools: Tools, digest: str
) -> Intake:
    size = len(feed.entries)
    document = await aside(size, lambda: read_document(feed.entries, source, tools.url_rules))
    known = await tools.database.reading(reads.known_posts, sorted(document.keys), source.id) if document.items else {}
    listed = {post_id for item in feed.known if (post_id := known_items.get(item)) is not None}
    decisions = await aside(size, lambda: decide(document, source, known, listed=listed))
    posts = {post.post_id: post for post in known.values()}
    alive = [seen for seen in decisions.seen if not posts[seen.post_id].deleted]
    dead = [seen for seen in decisions.seen if posts[seen.post_id].deleted]
    elsewhere = [s for s in alive if posts[s.post_id].digest is None and posts[s.post_id].source_id != source.id]
    return Intake(
        outcome=Outcome.OK,
        response=response,
        feed=feed,
        body_digest=digest,
        fresh=decisions.fresh,
        edited=tuple(seen for seen in alive if seen.changed),
        sightings=tuple(seen.post_id for seen in alive),
        keys=tuple((key.kind, key.key, seen.post_id) for seen in alive for key in seen.new_keys),
        items=tuple((seen.entry.digest, seen.post_id) for seen in alive if seen.entry.digest)
        + tuple((seen.entry.digest, None) for seen in dead if seen.entry.digest),
        problems=(*feed.problems, *decisions.problems),
        known=len(feed.known) + len(decisions.seen),
        duplicate=len(elsewhere) + decisions.repeated,
    )


def waiting_of(intake: Intake, received: Response) -> tuple[Waiting, ...]:
    """The fresh entries as the inbox keeps them."""
    return tuple(
        Waiting(
            fresh.entry,
            fresh.from_url,
            fresh.keys[0].key if fresh.keys else fresh.from_url,
            received.fetched_at,
            keys=tuple((key.kind, key.key) for key in fresh.keys),
        )
        for fresh in intake.fresh
    )


def changes_of(intake: Intake, source_id: int) -> Changes:
    """What the first half writes: sightings, keys and the entries that are known by their bytes from now on."""
    assert intake.response is not None
    changes = Changes(source_id, intake.response.fetched_at, problems=intake.problems)
    if intake.feed is None:
        return changes
    edited = {seen.entry.digest for seen in intake.edited}
    return replace(
        changes,
        sightings=intake.sightings,
        keys=intake.keys,
        waiting=waiting_of(intake, intake.response),
        items=tuple(item for item in intake.items if item[0] not in edited)
        + tuple((fresh.entry.digest, None) for fresh in intake.fresh if fresh.entry.digest),
        items_kept=intake.feed.known,
        items_replace=intake.whole,
        unread=tuple(seen.post_id for seen in intake.edited),
    )


def entry_digest(entry: Entry) -> str:
    """What an entry says by itself: equal as long as its title and its text are."""
    return content_digest(entry.title, plain_text(entry.content or entry.summary))
