"""Visits that a user asks for: the pages of stored posts are read now, whatever is planned for them."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ingestd.daemon.page_visit import VisitResult, visit_page
from ingestd.daemon.revisits import MAX_CONCURRENT_VISITS
from ingestd.daemon.visit_results import plan_next, record_result
from ingestd.model.errors import Outcome, StoreError
from ingestd.model.feed import Problem
from ingestd.model.post import RevisionReason
from ingestd.model.source import Source
from ingestd.poll.context import PollContext
from ingestd.store.revisit_queue import DueVisit, visits_of_posts
from ingestd.store.saved_source import saved_source


@dataclass(frozen=True, slots=True)
class Visited:
    """What was found at the page of a post; `found` is `failed` where it could not be read, and `error` says why."""

    post_id: int
    url: str
    source: str | None
    found: str
    error: str | None = None


async def visit_now(
    post_ids: Iterable[int],
    sources_by_id: Mapping[int, Source],
    context: PollContext,
    done: Callable[[], None] = lambda: None,
) -> list[Visited]:
    """Read the page of each post, as if for the first time; `done` is called after each. Raises StoreError.

    A post is read under its own source where that reads pages, else under another one that lists it. What is planned
    for a page stays planned, except for one that failed before and is read now.
    """
    saved = await context.database.reading(saved_source)
    readers = {saved.id: saved} if saved else {}
    readers |= {key: source for key, source in sources_by_id.items() if source.article != "never"}
    slots = asyncio.Semaphore(MAX_CONCURRENT_VISITS)

    async def visit(due: DueVisit) -> Visited:
        async with slots:
            visited = await _visit(due, readers.get(due.source_id or 0), context)
        done()
        return visited

    due = await context.database.reading(visits_of_posts, list(post_ids), readers.keys())
    return list(await asyncio.gather(*map(visit, due)))


async def _visit(due: DueVisit, source: Source | None, context: PollContext) -> Visited:
    post = due.post
    if source is None:
        return Visited(post.id, post.from_url, None, "failed", "no configured source that reads pages lists it")
    # Without validators: the page is read also where it has not changed.
    page = replace(due.page, etag=None, last_modified=None) if due.page else None
    due = replace(due, page=page)
    try:
        result = await visit_page(due, source, context)
        await record_result(due, result, source, context)
        if due.purpose == "retry" and result.problem is None:
            await plan_next(due, result, source, context)
    except StoreError:
        raise
    except Exception as error:
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": source.name}})
        reason = f"the page could not be compared: {type(error).__name__}: {error}"
        result = VisitResult(problem=Problem(Outcome.INTERNAL_ERROR, reason, post.from_url))
    failure = result.problem.reason if result.problem is not None else None
    return Visited(post.id, post.from_url, source.name, _found(due, result), failure)


def _found(due: DueVisit, result: VisitResult) -> str:
    """What a visit found, in a word or two."""
    if result.state is not None:
        return result.state
    if result.problem is not None:
        return "failed"
    if due.purpose == "retry":
        return "read"
    if result.reason is RevisionReason.RULE:
        return "extracted anew"
    return "unchanged" if result.reason is None else str(result.reason)
