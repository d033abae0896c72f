"""The first step of a poll: fetch the feed (or accept a push), parse it, and tell which entries are new.

Source ─fetch─▶ Response ─parse and identify, in a worker─▶ ParsedFeed ─identify with what is stored─▶ FeedResult
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from ingestd import policy
from ingestd.feeds.fingerprint import fingerprint
from ingestd.identity.keyed_entries import KeyedEntries
from ingestd.identity.urls import same_site
from ingestd.model.errors import Outcome
from ingestd.model.feed import Feed
from ingestd.model.http import Request, Response
from ingestd.model.post import KnownPost
from ingestd.model.sitemap import AddressBound, SitemapDocument
from ingestd.model.source import Source, SourceState, is_local
from ingestd.policy.mirrors import in_own_addresses
from ingestd.poll.context import PollContext, off_loop
from ingestd.poll.identify import FeedResult, feed_result, identify, with_site
from ingestd.poll.jobs import PARSE_AND_IDENTIFY, ParsedFeed
from ingestd.poll.mirror_step import fetch_in_turn
from ingestd.poll.progress import suspects_loss
from ingestd.store.feed_items import item_digests
from ingestd.store.filtered_entries import rules_by_key
from ingestd.store.identities import known_posts, posts_by_id

#: CPU seconds that the job of one feed may take.
PARSE_DEADLINE_S = 20.0
#: Posts that have left a feed and are compared with entries that may be edits of them: the latest.
MAX_GONE_POSTS = 200


async def fetch_feed(state: SourceState, context: PollContext, *, force: bool) -> FeedResult:
    """Fetch and read a source's feed. Raises PollError; `force` ignores validators and what is known of the feed."""
    # Other rules may take entries that were left out: the feed is read whole.
    anew = force or policy.rules_digest(state.source) != state.rules_digest
    if state.source.kind == "sitemap":
        return await _read_sitemap(state, context, force=force, anew=anew)
    if state.source.mirrors:
        read_at = partial(_fetch_at, state=state, context=context, force=force, anew=anew)
        return await fetch_in_turn(state, context.clock(), read_at)
    if state.answered_by is not None:
        # Its validators are those of a mirror that it has no more.
        state = replace(state, etag=None, last_modified=None)
    mark = _links_mark(state.source)
    # With other `links` the same page lists other articles.
    anew = anew or bool(state.body_digest and not state.body_digest.endswith(mark))
    response = await _get(state, context, anew=anew)
    if response.status == 304:
        return FeedResult(Outcome.NOT_MODIFIED, response, body_digest=state.body_digest)
    # From here on nothing more is requested until the feed is stored.
    context.client.hosts.bodies.hold_for(state.source.id, len(response.body))
    return await _read_body(response, state, context, force=force, anew=anew)


async def _fetch_at(address: str, *, state: SourceState, context: PollContext, force: bool, anew: bool) -> FeedResult:
    """The feed at one address of a source with mirrors; validators are sent to the one that gave them."""
    own = state.source.url
    asked = state if address == (state.answered_by or own) else replace(state, etag=None, last_modified=None)
    response = await context.client.get(_request(asked, force=anew, mirror=None if address == own else address))
    if response.status == 304:
        return FeedResult(Outcome.NOT_MODIFIED, response, body_digest=state.body_digest)
    site_url = state.source.site_url
    read = in_own_addresses(response, state.source, address, site_url)
    result = await _read_body(read, state, context, force=force, anew=anew)
    if site_url is None and result.feed is not None and result.feed.link is not None:
        # Now it is known what the feed is of.
        read = in_own_addresses(response, state.source, address, result.feed.link)
        if read.body != response.body:
            return await _read_body(read, state, context, force=force, anew=anew)
    return result


async def _read_body(
    response: Response, state: SourceState, context: PollContext, *, force: bool, anew: bool
) -> FeedResult:
    """Read a response, unless its body is that of the last poll. Raises PollError."""
    body_digest = fingerprint(response.body) + _links_mark(state.source)
    if body_digest == state.body_digest and not anew:
        return FeedResult(Outcome.UNCHANGED, response, body_digest=body_digest)
    result = _with_completeness(await _read(response, state, context, body_digest, force=force), state)
    return replace(result, body=response.body) if suspects_loss(state, result) else result


async def _read_sitemap(state: SourceState, context: PollContext, *, force: bool, anew: bool) -> FeedResult:
    """The same for a sitemap: those of its files that have changed are read. Raises PollError."""
    from ingestd.poll.sitemap_step import fetch_sitemap  # slow to import, and feeds do without

    fetched = await fetch_sitemap(state, context, force=anew)
    if not fetched.documents:
        return FeedResult(
            fetched.outcome,
            fetched.response,
            body_digest=fetched.body_digest,
            problems=fetched.problems,
            sitemap_files=fetched.files,
        )
    result = await _read(
        fetched.response, state, context, fetched.body_digest or "", force=force, documents=fetched.documents
    )
    result = _with_completeness(result, state)
    return replace(
        result,
        complete=result.complete and fetched.complete,
        sitemap_files=fetched.files,
        problems=(*result.problems, *fetched.problems),
    )


def _with_completeness(result: FeedResult, state: SourceState) -> FeedResult:
    """The result, marked as incomplete where the feed breaks off and mostly does not."""
    truncated = result.feed is not None and result.feed.truncated
    return replace(result, complete=not truncated or policy.is_habit(state.truncated_polls + 1))


async def accept_push(pushed: Response, state: SourceState, context: PollContext) -> FeedResult:
    """Read the body that a hub pushed, as if it had been fetched. Raises PollError."""
    result = await _read(pushed, state, context, fingerprint(pushed.body), force=False)
    return replace(result, complete=False)


def _links_mark(source: Source) -> str:
    """The end of the body digests of a page that lists articles: it tells which links of the page were read."""
    return f"-{fingerprint((source.links or '').encode())[:8]}" if source.kind == "page" else ""


async def _get(state: SourceState, context: PollContext, *, anew: bool) -> Response:
    source = state.source
    if is_local(source.url):
        return await context.local_feeds.get(source.url, source.command)
    return await context.client.get(_request(state, force=anew))


def _request(state: SourceState, *, force: bool, mirror: str | None = None) -> Request:
    """A conditional GET, except at every n-th poll (see `policy.should_skip_validators`)."""
    unconditional = force or policy.should_skip_validators(state.conditional_polls)
    return Request(
        url=mirror or state.source.url,
        accept="page" if state.source.kind == "page" else "feed",
        etag=None if unconditional else state.etag,
        last_modified=None if unconditional else state.last_modified,
        # A key or a cookie is for the source's own site, not for that of a mirror.
        headers=state.source.headers if mirror is None or same_site(mirror, state.source.url) else (),
        proxy=state.source.proxy,
        ca_file=state.source.ca_file,
    )


async def _remembered_rules(
    source: Source, parsed: ParsedFeed, state: SourceState, context: PollContext
) -> dict[str, str]:
    """The rules that left out entries of the feed at an earlier poll, by key."""
    may_leave_out = policy.has_rules(source) or state.rules_digest is not None or source.kind == "sitemap"
    if parsed.keys and may_leave_out:
        return await context.database.reading(rules_by_key, source.id, parsed.keys)
    return {}


async def _read(
    response: Response,
    state: SourceState,
    context: PollContext,
    body_digest: str,
    *,
    force: bool,
    documents: tuple[SitemapDocument, ...] = (),
) -> FeedResult:
    """Parse and identify. An entry is known by the digest of its bytes, else by its keys, in one query for all."""
    source, without_body = state.source, replace(response, body=b"")
    stored_items = await context.database.reading(item_digests, source.id)
    items = {} if force else stored_items
    if policy.rules_digest(source) != state.rules_digest:
        items = {digest: post_id for digest, post_id in items.items() if post_id is not None}
    not_before = _oldest_at_first_poll(state, response)
    bound = AddressBound(state.added_at if state.read_before else None) if documents else None
    parse = partial(_parse, response, source, items, context, documents, not_before=not_before, bound=bound)
    parsed = await parse(build_posts=source.article == "never")
    source = with_site(source, parsed.feed)
    known = await context.database.reading(known_posts, parsed.keys, source.id) if parsed.keys else {}
    remembered = await _remembered_rules(source, parsed, state, context)
    if not known and not remembered and not (parsed.named_by_hash and stored_items):
        return feed_result(
            parsed.assumed,
            parsed.feed,
            without_body,
            {},
            source,
            posts=parsed.posts or (),
            body_digest=body_digest,
        )
    keyed_entries = parsed.keyed_entries
    if keyed_entries is None:
        keyed_entries = (await parse(build_posts=False)).keyed_entries
    assert keyed_entries is not None
    listed = {post_id for item in parsed.feed.known if (post_id := items.get(item)) is not None}
    decide = partial(identify, keyed_entries, source, listed=listed, remembered=remembered)
    decisions = await off_loop(len(keyed_entries.items), lambda: decide(known))
    if any(fresh.is_named_by_hash for fresh in decisions.fresh):
        gone = await _posts_gone_from_feed(stored_items, parsed.feed, keyed_entries, source, context)
        known |= {f"post {post.post_id}": post for post in gone}
        if gone:
            decisions = await off_loop(len(keyed_entries.items), lambda: decide(known, gone=gone))
    return feed_result(decisions, parsed.feed, without_body, known, source, body_digest=body_digest)


def _oldest_at_first_poll(state: SourceState, response: Response) -> datetime | None:
    """Entries from before this time are left out; None at a later poll, and where the source takes all."""
    max_age_s = state.source.max_age_s
    if max_age_s is None or state.read_before:
        return None
    return response.fetched_at - timedelta(seconds=max_age_s)


async def _posts_gone_from_feed(
    items: Mapping[str, int | None], feed: Feed, entries: KeyedEntries, source: Source, context: PollContext
) -> list[KnownPost]:
    """The posts whose entries the last feed had, and the present one has no more as they were."""
    present = {*feed.known, *(item.entry.digest for item in entries.items)}
    kept = {post_id for digest, post_id in items.items() if digest in present}
    gone = {post_id for digest, post_id in items.items() if post_id is not None and post_id not in kept}
    if not gone:
        return []
    return await context.database.reading(posts_by_id, sorted(gone)[-MAX_GONE_POSTS:], source.id)


async def _parse(
    response: Response,
    source: Source,
    items: Mapping[str, int | None],
    context: PollContext,
    documents: tuple[SitemapDocument, ...],
    *,
    build_posts: bool,
    not_before: datetime | None,
    bound: AddressBound | None,
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
        answered_at=policy.answered_at(response.headers, response.fetched_at),
        build=build_posts,
        documents=documents,
        not_before=not_before,
        bound=bound,
        deadline=PARSE_DEADLINE_S,
        too_costly=Outcome.FEED_TOO_COSTLY,
    )
