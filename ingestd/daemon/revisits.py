"""Visiting article pages again: to read those that failed, and to notice silent edits and deletions.

DueVisit ─fetch─▶ Page ─extract─▶ Article ─compare─▶ changed, gone, moved, or as it was
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ingestd.config.logs import log_event
from ingestd.identity.urls import is_home, is_home_or_section, normalise, same_site
from ingestd.model.article import Article
from ingestd.model.errors import Outcome, PollError, StoreError
from ingestd.model.feed import Entry, Problem
from ingestd.model.http import Request, Response
from ingestd.model.poll import WriteBatch
from ingestd.model.post import Post
from ingestd.model.source import Source
from ingestd.poll.article_pages import FROM_PAGE, FetchedArticle, extract, with_further_pages
from ingestd.poll.article_step import RETRY_DELAYS_S, may_follow, update_of
from ingestd.poll.context import PollContext
from ingestd.store import revisit_queue, writes
from ingestd.store.revisit_queue import DueVisit
from ingestd.text.content_digest import content_digest

_GONE = frozenset({Outcome.NOT_FOUND, Outcome.GONE})


@dataclass(frozen=True, slots=True)
class VisitResult:
    """What a visit found. `state` is changed, gone, moved, there (again), or None; `article` what the page says now."""

    state: str | None = None
    article: Article | None = None
    response: Response | None = None
    problem: Problem | None = None


async def revisit(due: DueVisit, source: Source | None, context: PollContext) -> None:
    """Visit one page, write down what was found, and plan the next visit. Never raises for what the site does."""
    if source is None or source.article == "never":
        await context.database.writing(revisit_queue.end_visits, due.post.id)
        return
    try:
        finding = await _look(due, source, context)
        await _write_down(due, finding, source, context)
        await _plan_next(due, finding, source, context)
    except StoreError as error:
        log_event("store-failed", level=logging.ERROR, source=source.name, url=due.post.from_url, error=str(error))
    except Exception as error:
        # One page that cannot be handled must not come up again at once, nor keep the others from being visited.
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": source.name}})
        reason = f"the page could not be compared: {type(error).__name__}: {error}"
        problem = Problem(Outcome.INTERNAL_ERROR, reason, due.post.from_url)
        await _plan_next(due, VisitResult(problem=problem), source, context)


async def _look(due: DueVisit, source: Source, context: PollContext) -> VisitResult:
    try:
        response = await context.client.get(_request(due, source))
    except PollError as error:
        problem = Problem(error.outcome, error.reason, due.post.from_url)
        return VisitResult("gone" if error.outcome in _GONE and due.purpose == "revisit" else None, problem=problem)
    back = "there" if due.page_state == "gone" else None
    if response.status == 304:
        return VisitResult(back)
    moved = _has_moved(due, response, context)
    elsewhere = is_home if due.purpose == "retry" else is_home_or_section
    if moved and elsewhere(response.final_url):
        # So some sites treat what they took away; what stands there is not this article.
        reason = "the address now leads to a home page or a section"
        return VisitResult(problem=Problem(Outcome.NO_ARTICLE, reason, due.post.from_url))
    # A page that never was read is weighed against what the feed gave; a page that was is compared with itself.
    entry = _as_entry(due.post) if due.purpose == "retry" else None
    article = await extract(entry, response, source, context, mode=None if entry else "always")
    if article is None or article.body_origin not in FROM_PAGE:
        problem = Problem(Outcome.NO_ARTICLE, "the page no longer holds an article", due.post.from_url)
        return VisitResult(problem=problem)
    if due.purpose == "revisit" and not may_follow(article, due.post):
        problem = Problem(Outcome.NO_ARTICLE, "the page shows something else than before", due.post.from_url)
        return VisitResult(problem=problem)
    return VisitResult(_difference(due, article, moved=moved) or back, article, response)


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


def _as_entry(post: Post) -> Entry:
    return Entry(title=post.title, link=post.from_url, summary=post.content)


def _difference(due: DueVisit, article: Article, *, moved: bool) -> str | None:
    if due.purpose == "retry":
        return None
    if due.page_digest is not None and content_digest(article.title or "", article.text) != due.page_digest:
        return "changed"
    return "moved" if moved else None


def _has_moved(due: DueVisit, response: Response, context: PollContext) -> bool:
    """Whether a page answers from an address at which it was not found before."""
    before = (due.post.from_url, due.page.final_url) if due.page else (due.post.from_url,)
    return normalise(response.final_url, context.url_rules) not in {normalise(url, context.url_rules) for url in before}


async def _write_down(due: DueVisit, finding: VisitResult, source: Source, context: PollContext) -> None:
    now = context.clock()
    if finding.problem is not None:
        changes = WriteBatch(source.id, now, problems=(finding.problem,))
        await context.database.writing(writes.write, changes)
    elif finding.article is not None and (finding.state == "changed" or due.purpose == "retry"):
        reading = await with_further_pages(FetchedArticle(finding.article, finding.response), source, context)
        # A retry completes what was incomplete; only what a site changes is an edit.
        reason = "page" if finding.state == "changed" else None
        entry = Entry(title=finding.article.title or due.post.title)
        update = update_of(entry, reading, due.post, source, context, reason=reason)
        await context.database.writing(writes.write, WriteBatch(source.id, now, updates=(update,)))
    elif finding.article is not None and due.page_digest is None:
        digest = content_digest(finding.article.title or "", finding.article.text)
        await context.database.writing(revisit_queue.set_page_digest, due.post.id, digest)
    moved = finding.response.final_url if finding.state == "moved" and finding.response else None
    key = normalise(moved, context.url_rules) if moved else None
    await context.database.writing(revisit_queue.record_visit, due.post.id, now, finding.state, key)
    log_event(
        "revisit",
        level=logging.INFO if finding.problem is None else logging.WARNING,
        source=source.name,
        url=due.post.from_url,
        purpose=due.purpose,
        found=finding.state,
        outcome=str(finding.problem.outcome) if finding.problem else str(Outcome.OK),
        error=finding.problem.reason if finding.problem else None,
    )


async def _plan_next(due: DueVisit, finding: VisitResult, source: Source, context: PollContext) -> None:
    """Retries give way to revisits once the page was read; both end after their last delay."""
    failed = finding.problem is not None and finding.state != "gone"
    if due.purpose == "retry" and failed:
        delays: Sequence[float] = RETRY_DELAYS_S
        purpose, attempt = "retry", due.attempt
    else:
        delays = context.schedule.revisit if source.revisit else ()
        purpose, attempt = "revisit", due.attempt if due.purpose == "revisit" else 0
    if attempt >= len(delays):
        await context.database.writing(revisit_queue.end_visits, due.post.id)
        return
    # The delays count from publication on: the next one is what lies between two of them.
    earlier = delays[attempt - 1] if purpose == "revisit" and attempt else 0.0
    at = context.clock() + timedelta(seconds=max(delays[attempt] - earlier, 60.0))
    await context.database.writing(revisit_queue.plan_visit, due.post.id, purpose, at, attempt + 1)
