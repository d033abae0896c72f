"""Visits to the pages of stored posts: retries of failed ones, and revisits that find unannounced edits and deletions.

DueVisit ─fetch─▶ Page ─extract─▶ Article ─compare─▶ changed, gone, moved, or unchanged
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingestd.config.logs import log_event
from ingestd.daemon.service import finish
from ingestd.identity import similar_titles
from ingestd.identity.urls import is_home, leads_to_list, normalise, same_site
from ingestd.model.article import PAGE_ORIGINS, Article, FetchedArticle
from ingestd.model.errors import Outcome, PollError, StoreError
from ingestd.model.feed import Entry, Problem
from ingestd.model.http import Request, Response
from ingestd.model.poll import WriteBatch
from ingestd.model.post import Post, PostUpdate, RevisionReason
from ingestd.model.source import Source
from ingestd.poll.article_pages import extract, with_further_pages
from ingestd.poll.article_step import RETRY_DELAYS_S
from ingestd.poll.attribution import page_difference
from ingestd.poll.build_post import build_fetched_update
from ingestd.poll.context import PollContext
from ingestd.poll.edits import can_be_edit_of
from ingestd.poll.extract_again import article_digest, kept_article, own_update
from ingestd.poll.foreign_entries import is_about, is_foreign
from ingestd.store import revisit_queue, writes
from ingestd.store.merged_posts import merge_moved
from ingestd.store.revisit_queue import DueVisit, claim_visits, due_visits
from ingestd.text.content_digest import content_digest

#: Pages that are visited concurrently.
MAX_CONCURRENT_VISITS = 16
#: Seconds between the planning of a visit and the visit, at least.
MIN_VISIT_DELAY_S = 60.0
#: Seconds for which a visit is held that leaves no result: a share of the time for which its post is stored, between
#: an hour and a week.
MIN_HOLD_S = 3_600.0
MAX_HOLD_S = 604_800.0
HELD_SHARE_OF_AGE = 0.1

_GONE_OUTCOMES = frozenset({Outcome.NOT_FOUND, Outcome.GONE})


@dataclass(frozen=True, slots=True)
class VisitResult:
    """What a visit found. `state` is changed, gone, moved, there (again), or None for unchanged.

    `reason` says whose change it is that the page gives another text than before, None where it does not. `kept` is
    what the present rules make of the page that was kept.
    """

    state: str | None = None
    article: Article | None = None
    response: Response | None = None
    problem: Problem | None = None
    reason: RevisionReason | None = None
    kept: Article | None = None


class Revisits:
    """The daemon's service: visits due pages, a batch at a time."""

    interval_s = 5.0

    def __init__(self, sources_by_id: Mapping[int, Source], context: PollContext) -> None:
        self._sources = sources_by_id
        self._context = context
        self._batch: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def in_flight(self) -> int:
        """1 while a batch of visits is under way."""
        return int(self._batch is not None)

    async def start(self) -> None:
        """Nothing to begin."""

    async def tick(self) -> None:
        """Start a batch in the background, unless one is under way."""
        if self._batch is None and not self._stopping:
            self._batch = asyncio.create_task(self._visit_due(), name="visits")

    async def stop(self, grace_s: float) -> None:
        """Start no further batch. The visits of a cancelled one stay due."""
        self._stopping = True
        if self._batch is not None:
            await finish([self._batch], grace_s)

    async def _visit_due(self) -> None:
        try:
            due = await claim_due(self._sources, self._context)
            visits = (revisit(item, self._sources.get(item.post.source_id or 0), self._context) for item in due)
            await asyncio.gather(*visits)
        except StoreError as error:
            log_event("store-failed", level=logging.ERROR, error=str(error))
        except Exception:
            logging.getLogger("ingestd").exception("internal-error")
        finally:
            self._batch = None


async def claim_due(sources_by_id: Mapping[int, Source], context: PollContext) -> list[DueVisit]:
    """Take the visits that are due now, before any page is asked for. Raises StoreError.

    Those of other sources, which are disabled or fetch no pages now, stay due until they do.
    """
    now = context.clock()
    wanted = [source_id for source_id, source in sources_by_id.items() if source.article != "never"]
    if not await context.database.reading(due_visits, now, 1, wanted):
        return []
    return await context.database.writing(
        claim_visits, now, MAX_CONCURRENT_VISITS, wanted, lambda post: now + timedelta(seconds=_hold_s(post, now))
    )


def _hold_s(post: Post, now: datetime) -> float:
    """Seconds until a page is asked again whose visit left no result: the older the post, the more.

    A page whose result can never be written is asked for less and less often, without a count of the attempts.
    """
    age_s = (now - post.fetched_at).total_seconds()
    return min(max(MIN_HOLD_S, HELD_SHARE_OF_AGE * age_s), MAX_HOLD_S)


async def revisit(due: DueVisit, source: Source | None, context: PollContext) -> None:
    """Visit one page, record what was found, and plan the next visit.

    A post without a source (None) is visited no more. Where the result cannot be written, the visit stays held; that of
    a task that is cancelled is due at once.
    """
    try:
        if source is None:
            await context.database.writing(revisit_queue.end_visits, due.post.id)
        else:
            await _visit_and_record(due, source, context)
    except StoreError as error:
        name = source.name if source else None
        log_event("store-failed", level=logging.ERROR, source=name, url=due.post.from_url, error=str(error))
    except asyncio.CancelledError:
        with contextlib.suppress(StoreError):
            now = context.clock()
            await context.database.writing(revisit_queue.plan_visit, due.post.id, due.purpose, now, due.attempt)
        raise


async def _visit_and_record(due: DueVisit, source: Source, context: PollContext) -> None:
    try:
        result = await _visit(due, source, context)
        await _record(due, result, source, context)
    except StoreError:
        raise
    except Exception as error:
        # A page that cannot be handled counts as a visit: it must not be due again at once.
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": source.name}})
        reason = f"the page could not be compared: {type(error).__name__}: {error}"
        result = VisitResult(problem=Problem(Outcome.INTERNAL_ERROR, reason, due.post.from_url))
    await _plan_next(due, result, source, context)


async def _visit(due: DueVisit, source: Source, context: PollContext) -> VisitResult:
    try:
        response = await context.client.get(_request(due, source))
    except PollError as error:
        problem = Problem(error.outcome, error.reason, due.post.from_url)
        gone = error.outcome in _GONE_OUTCOMES and due.purpose == "revisit"
        return VisitResult("gone" if gone else None, problem=problem)
    back = "there" if due.page_state == "gone" else None
    if response.status == 304:
        return VisitResult(back)
    moved = _has_moved(due, response, context)
    final_url = response.final_url
    is_list = is_home(final_url) if due.purpose == "retry" else leads_to_list(final_url, due.post.from_url)
    if moved and is_list:
        # Some sites redirect the URLs of deleted articles there: it is not a move.
        return _without_article(due, "the address now leads to a home page or a section")
    # A page that was never read is compared with the feed's text, one that was with itself.
    entry = _stored_entry(due.post) if due.purpose == "retry" else None
    article = await extract(entry, response, source, context)
    if article is None or article.body_origin not in PAGE_ORIGINS:
        return _without_article(due, "the page no longer holds an article")
    if entry is not None and is_foreign(due.post.from_url, response, source) and is_about(entry, article):
        return _without_article(due, "the page says something else than another site's entry about it; the text stays")
    if due.purpose == "revisit" and not can_be_edit_of(article, due.post):
        return _without_article(due, "the page shows something else than before")
    if due.purpose == "retry":
        return VisitResult(back, article, response)
    reason, kept = await _difference(due, article, source, context)
    state = "changed" if reason is RevisionReason.PAGE else "moved" if moved else back
    return VisitResult(state, article, response, reason=reason, kept=kept)


def _without_article(due: DueVisit, reason: str) -> VisitResult:
    return VisitResult(problem=Problem(Outcome.NO_ARTICLE, reason, due.post.from_url))


def _request(due: DueVisit, source: Source) -> Request:
    page = due.page
    return Request(
        url=due.post.from_url,
        accept="page",
        etag=page.etag if page else None,
        last_modified=page.last_modified if page else None,
        headers=source.headers if same_site(source.url, due.post.from_url) else (),
        proxy=source.proxy,
    )


def _stored_entry(post: Post) -> Entry:
    return Entry(title=post.title, link=post.from_url, summary=post.content)


async def _difference(
    due: DueVisit, article: Article, source: Source, context: PollContext
) -> tuple[RevisionReason | None, Article | None]:
    """Whose change it is that a page gives another text than when it was last seen; and what the kept page gives.

    A post that took the feed's text has no digest of its page yet: its page is compared with the kept one.
    """
    digest = article_digest(article)
    if digest == due.page_digest:
        return None, None
    kept = await kept_article(due.post, None, source, context)
    if due.page_digest is None and (kept is None or article_digest(kept) == digest):
        return None, None
    return page_difference(due.post, article, kept), kept


def _has_moved(due: DueVisit, response: Response, context: PollContext) -> bool:
    """Whether the page was redirected to a URL at which it was not found before."""
    before = (due.post.from_url, due.page.final_url) if due.page else (due.post.from_url,)
    rules = context.url_rules
    return normalise(response.final_url, rules) not in {normalise(url, rules) for url in before}


async def _record(due: DueVisit, result: VisitResult, source: Source, context: PollContext) -> None:
    now, write = context.clock(), context.database.writing
    if result.problem is not None:
        await write(writes.write, WriteBatch(source.id, now, problems=(result.problem,)))
    elif result.article is not None and (due.purpose == "retry" or result.reason is not None):
        await write(writes.write, WriteBatch(source.id, now, updates=await _updates(due, result, source, context)))
    if result.article is not None and (due.page_digest is None or result.reason is RevisionReason.RULE):
        digest = article_digest(result.article)
        await write(revisit_queue.set_page_digest, due.post.id, digest, before=due.page_digest)
    moved_to = result.response.final_url if result.state == "moved" and result.response else None
    key = normalise(moved_to, context.url_rules) if moved_to else None
    await write(revisit_queue.record_visit, due.post.id, now, result.state, key)
    if key is not None:
        await write(merge_moved, due.post, key, now)
    log_event(
        "visit",
        level=logging.INFO if result.problem is None else logging.WARNING,
        source=source.name,
        url=due.post.from_url,
        purpose=due.purpose,
        found=result.state,
        outcome=str(result.problem.outcome) if result.problem else str(Outcome.OK),
        error=result.problem.reason if result.problem else None,
    )


async def _updates(due: DueVisit, result: VisitResult, source: Source, context: PollContext) -> tuple[PostUpdate, ...]:
    """The updates by a page that gives another text: what our rules make of the kept page, then the site's edit."""
    post, kept, now = due.post, result.kept, context.clock()
    assert result.article is not None
    is_by_page = post.body_origin in PAGE_ORIGINS
    # The text of the feed chose between candidates for what the present rules made: that is not chosen again.
    is_present = is_by_page and post.extraction_version == result.article.extraction_version
    # Of an article in several parts only the first page is kept: its whole text cannot be extracted again.
    own = () if kept is None or kept.next_page or is_present else (own_update(post, kept, source, now),)
    if result.reason is RevisionReason.RULE:
        return own if is_by_page else ()
    fetched = await with_further_pages(FetchedArticle(result.article, result.response), source, context)
    update = build_fetched_update(
        post,
        fetched,
        source,
        entry=Entry(title=_title(due, result)),
        now=now,
        # A retry completes a post that was incomplete: that is no edit, and makes no revision.
        reason=result.reason,
        keep_page=context.keep_pages,
    )
    # The entry says what it said when it was last seen.
    return (*own, replace(update, entry_digest=None))


def _title(due: DueVisit, result: VisitResult) -> str:
    """The title after an edit: the page's, but for one that says the same as before, when the feed's was taken."""
    found, stored = (result.article.title if result.article else None) or "", due.post.title
    if result.kept is not None and content_digest(result.kept.title or "", "") == content_digest(found, ""):
        return stored
    if result.reason is RevisionReason.UNCLEAR and similar_titles(found, stored):
        return stored
    return found or stored


async def _plan_next(due: DueVisit, result: VisitResult, source: Source, context: PollContext) -> None:
    """Plan the next visit: retries until the page is read, then revisits; none after the last delay of either."""
    failed = result.problem is not None and result.state != "gone"
    if due.purpose == "retry" and failed:
        delays: Sequence[float] = RETRY_DELAYS_S
        purpose, attempt = "retry", due.attempt
    else:
        delays = context.schedule.revisit if source.revisit else ()
        purpose, attempt = "revisit", due.attempt if due.purpose == "revisit" else 0
    if attempt >= len(delays):
        await context.database.writing(revisit_queue.end_visits, due.post.id)
        return
    # Revisit delays count from publication: the next one is the difference of two of them.
    earlier = delays[attempt - 1] if purpose == "revisit" and attempt else 0.0
    at = context.clock() + timedelta(seconds=max(delays[attempt] - earlier, MIN_VISIT_DELAY_S))
    await context.database.writing(revisit_queue.plan_visit, due.post.id, purpose, at, attempt + 1)
