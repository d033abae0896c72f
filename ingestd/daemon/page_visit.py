"""One visit to the page of a stored post: fetched, extracted, and compared with what was found there before."""

from dataclasses import dataclass

from ingestd.identity.urls import is_home, leads_to_list, normalise, same_site
from ingestd.model.article import PAGE_ORIGINS, Article
from ingestd.model.errors import LOCAL_OUTCOMES, Outcome, PollError
from ingestd.model.feed import Entry, Problem
from ingestd.model.http import Request, Response
from ingestd.model.post import Post, RevisionReason
from ingestd.model.source import Source
from ingestd.poll.article_pages import extract
from ingestd.poll.attribution import page_difference
from ingestd.poll.context import PollContext
from ingestd.poll.edits import can_be_edit_of
from ingestd.poll.extract_again import article_digest, kept_article
from ingestd.poll.foreign_entries import is_about, is_foreign
from ingestd.store.revisit_queue import DueVisit

#: Seconds until a page is visited again that this machine could not ask for.
LOCAL_RETRY_S = 1_800.0
_GONE_OUTCOMES = frozenset({Outcome.NOT_FOUND, Outcome.GONE})


@dataclass(frozen=True, slots=True)
class VisitResult:
    """What a visit found. `state` is changed, gone, moved, there (again), or None for unchanged.

    `reason` says whose change it is that the page gives another text than before, None where it does not. `kept` is
    what the present rules make of the page that was kept. `wait_s`: the page was not asked for, because its host, or
    any, may be asked again in so many seconds only.
    """

    state: str | None = None
    article: Article | None = None
    response: Response | None = None
    problem: Problem | None = None
    reason: RevisionReason | None = None
    kept: Article | None = None
    wait_s: float | None = None


async def visit_page(due: DueVisit, source: Source, context: PollContext) -> VisitResult:
    """Fetch a page and compare it with its post."""
    try:
        response = await context.client.get(_request(due, source))
    except PollError as error:
        problem = Problem(error.outcome, error.reason, due.post.from_url)
        gone = error.outcome in _GONE_OUTCOMES and due.purpose == "revisit"
        return VisitResult("gone" if gone else None, problem=problem, wait_s=_wait_s(error))
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


def _wait_s(error: PollError) -> float | None:
    """Seconds until a page may be asked for that was not read; None where its host answered.

    One whose redirect has to wait is tried again: counted as made, no visit would ever read a page that has moved
    within a slow host.
    """
    if error.outcome in LOCAL_OUTCOMES:
        return LOCAL_RETRY_S
    was_sent = error.outcome is not Outcome.RATE_LIMITED or error.http_status is not None
    return None if was_sent else error.retry_after_s


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
        ca_file=source.ca_file,
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
