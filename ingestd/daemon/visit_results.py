"""What follows from a visit: rows of its post, one line in the log, and the time of the next visit."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from ingestd.config.logs import log_event
from ingestd.daemon.page_visit import VisitResult
from ingestd.identity.evidence import similar_titles
from ingestd.identity.urls import normalise
from ingestd.model.article import PAGE_ORIGINS, Article, FetchedArticle
from ingestd.model.errors import LOCAL_OUTCOMES, Outcome
from ingestd.model.feed import Entry
from ingestd.model.poll import WriteBatch
from ingestd.model.post import PostUpdate, RevisionReason
from ingestd.model.source import Source
from ingestd.poll.article_pages import with_further_pages
from ingestd.poll.build_post import build_fetched_update
from ingestd.poll.context import PollContext
from ingestd.poll.extract_again import article_digest, own_update
from ingestd.poll.page_posts import FINAL_OUTCOMES, RETRIED_OUTCOMES, RETRY_DELAYS_S, TEMPORARY_OUTCOMES
from ingestd.store import revisit_queue, writes
from ingestd.store.merged_posts import merge_moved
from ingestd.store.revisit_queue import DueVisit
from ingestd.text.content_digest import content_digest

T = TypeVar("T")

#: Seconds between the planning of a visit and the visit, at least.
MIN_VISIT_DELAY_S = 60.0


async def write_claimed(due: DueVisit, context: PollContext, function: Callable[..., T], *args: object) -> T:
    """`database.writing` of what a visit found. Raises LeaseLostError where this process has the visit no more."""
    return await context.database.writing(revisit_queue.under_claim, due, function, *args)


async def record_result(due: DueVisit, result: VisitResult, source: Source, context: PollContext) -> None:
    """Write what a visit found: new text, the state of the page, its new address, problems. Raises StoreError."""
    now, write = context.clock(), partial(write_claimed, due, context)
    if result.problem is not None and result.problem.outcome not in LOCAL_OUTCOMES:
        await write(writes.write, WriteBatch(source.id, now, problems=(result.problem,)))
    elif result.article is not None and (due.purpose == "retry" or result.reason is not None):
        await write(writes.write, WriteBatch(source.id, now, updates=await _updates(due, result, source, context)))
    if result.article is not None and (due.page_digest is None or result.reason is RevisionReason.RULE):
        digest = article_digest(result.article)
        await write(revisit_queue.set_page_digest, due.post.id, digest, due.page_digest)
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
    if result.reason is RevisionReason.RULE and (is_by_page or kept is None or _is_as_kept(result.article, kept)):
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
    update = replace(update, entry_digest=None)
    if result.reason is not RevisionReason.RULE:
        return (*own, update)
    # The page says what the feed said before. It is kept also where the text is the same.
    is_same = update.content_digest == content_digest(post.title, post.text)
    return (replace(update, reason=None) if is_same else update,)


def _is_as_kept(article: Article, kept: Article) -> bool:
    return article_digest(article) == article_digest(kept)


def _title(due: DueVisit, result: VisitResult) -> str:
    """The title after an edit: the page's, but for one that says the same as before, when the feed's was taken."""
    found, stored = (result.article.title if result.article else None) or "", due.post.title
    if result.kept is not None and content_digest(result.kept.title or "", "") == content_digest(found, ""):
        return stored
    if result.reason is RevisionReason.UNCLEAR and similar_titles(found, stored):
        return stored
    return found or stored


async def plan_next(due: DueVisit, result: VisitResult, source: Source, context: PollContext) -> None:
    """Plan the next visit: retries until the page is read, then revisits; none after the last delay of either.

    The last revisit is repeated where it fails by what may pass, after the delays of retries. A page that was not asked
    for is visited when its host may be asked, and the attempt does not count.
    """
    if result.wait_s is not None:
        at = context.clock() + timedelta(seconds=max(result.wait_s, MIN_VISIT_DELAY_S))
        await write_claimed(due, context, revisit_queue.plan_visit, due.post.id, due.purpose, at, due.attempt)
        return
    failed = result.problem is not None and result.state != "gone"
    if due.purpose == "retry" and failed:
        is_final = result.problem is not None and result.problem.outcome in FINAL_OUTCOMES
        delays: Sequence[float] = () if is_final else RETRY_DELAYS_S
        purpose, attempt = "retry", due.attempt
    else:
        delays = context.schedule.revisit if source.revisit else ()
        purpose, attempt = "revisit", due.attempt if due.purpose == "revisit" else 0
    delay_s = _delay_s(delays, attempt, since_publication=purpose == "revisit")
    if delay_s is None and purpose == "revisit" and delays and _may_pass(result):
        # No later visit would find what this one could not.
        repeated = attempt - len(delays)
        delay_s = RETRY_DELAYS_S[repeated] if repeated < len(RETRY_DELAYS_S) else None
    if delay_s is None:
        await write_claimed(due, context, revisit_queue.end_visits, due.post.id)
        return
    at = context.clock() + timedelta(seconds=max(delay_s, MIN_VISIT_DELAY_S))
    await write_claimed(due, context, revisit_queue.plan_visit, due.post.id, purpose, at, attempt + 1)


def _delay_s(delays: Sequence[float], attempt: int, *, since_publication: bool) -> float | None:
    """Seconds until the visit after `attempt` visits; None after the last. Those of revisits count from publication."""
    if attempt >= len(delays):
        return None
    return delays[attempt] - (delays[attempt - 1] if since_publication and attempt else 0.0)


def _may_pass(result: VisitResult) -> bool:
    """Whether a visit failed by what another one may not meet: a site in trouble, or a page that stood in for it."""
    return result.problem is not None and result.problem.outcome in TEMPORARY_OUTCOMES | RETRIED_OUTCOMES
