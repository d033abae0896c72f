"""The second step of a poll: the article behind each fresh entry.

InboxEntry ─fetch─▶ Page ─extract─▶ Article ─build─▶ NewPost
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ingestd.identity import FreshEntry, entry_keys, page_keys, similar_titles
from ingestd.model.article import BodyOrigin, FetchedArticle
from ingestd.model.errors import Outcome
from ingestd.model.feed import Problem
from ingestd.model.poll import InboxEntry
from ingestd.model.post import NewPost
from ingestd.model.source import Source
from ingestd.poll.article_pages import EXTRACT_DEADLINE_S, fetch_article
from ingestd.poll.build_post import build_new_post, page_digest
from ingestd.poll.context import PollContext
from ingestd.poll.jobs import BUILD_POSTS

#: Characters of entries whose posts are built in one job.
MAX_BATCH_CHARS = 1_000_000
#: Delays before a page that failed is fetched again, in seconds, one an attempt.
RETRY_DELAYS_S = (3600.0, 21_600.0, 86_400.0)

#: Bodies that stand in for an article that its page did not give.
_WITHOUT_ARTICLE = frozenset({BodyOrigin.SUMMARY, BodyOrigin.NONE})
#: Failures that another attempt would repeat.
_FINAL_OUTCOMES = frozenset({Outcome.ROBOTS_DISALLOWED, Outcome.ADDRESS_REFUSED})
#: Pages without an article may have one later: a site in trouble, or a page that is not finished.
RETRIED_OUTCOMES = frozenset({Outcome.PAGE_EMPTY, Outcome.NO_ARTICLE})


async def fetch_new_posts(
    batch: Sequence[InboxEntry], source: Source, context: PollContext
) -> list[tuple[NewPost | None, tuple[Problem, ...]]]:
    """The posts of fresh entries, their pages fetched concurrently.

    Pages that show one text under several headlines (a login or consent wall) give no article: those posts get the
    feed's text, and the pages are fetched again later.
    """
    fetched = await asyncio.gather(*(_fetch_new_post(item, source, context) for item in batch))
    for index in _same_text_under_other_titles([new for new, _ in fetched]):
        new, _ = await _fetch_new_post(batch[index], replace(source, article="never"), context)
        problem = Problem(Outcome.NO_ARTICLE, "the page shows the same text as that of another", batch[index].from_url)
        later = ("retry", context.clock() + timedelta(seconds=RETRY_DELAYS_S[0]), 1)
        fetched[index] = (new and replace(new, visit=later), (*fetched[index][1], problem))
    return fetched


async def _fetch_new_post(
    waiting: InboxEntry, source: Source, context: PollContext
) -> tuple[NewPost | None, tuple[Problem, ...]]:
    """The post of a fresh entry. Where its page fails the post has the feed's text, and a retry is planned."""
    try:
        fetched = await fetch_article(waiting.entry, waiting.from_url, source, context)
        return _new_post(waiting, fetched, source, context), problems_at(fetched, waiting.from_url)
    except Exception as error:
        # An entry that cannot be handled does not affect others.
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": source.name}})
        reason = f"the entry could not be made a post: {type(error).__name__}: {error}"
        return None, (Problem(Outcome.ENTRY_BROKEN, reason, waiting.from_url),)


def problems_at(fetched: FetchedArticle, url: str) -> tuple[Problem, ...]:
    """The problems of a fetched article; those without a URL get `url`."""
    own = (fetched.problem,) if fetched.problem else ()
    return own + tuple(replace(problem, url=problem.url or url) for problem in fetched.article.problems)


def _same_text_under_other_titles(posts: Sequence[NewPost | None]) -> list[int]:
    """The indexes of posts whose page gave the same text as the page of a post with another title."""
    by_text: dict[str, list[int]] = {}
    for index, new in enumerate(posts):
        if new is not None and new.post.body_origin is BodyOrigin.PAGE and new.post.text:
            by_text.setdefault(new.post.text, []).append(index)
    titles = [new.post.title if new else "" for new in posts]
    return [
        index
        for group in by_text.values()
        for index in group
        if any(similar_titles(titles[index], titles[other]) is False for other in group)
    ]


def _new_post(waiting: InboxEntry, fetched: FetchedArticle, source: Source, context: PollContext) -> NewPost:
    now = context.clock()
    new = build_new_post(
        waiting.entry,
        fetched.article,
        source,
        from_url=waiting.from_url,
        keys=_keys(waiting, source, fetched, context),
        seen_at=waiting.received_at,
        now=now,
    )
    return replace(
        new,
        page_digest=page_digest(fetched),
        page=fetched.page if context.keep_pages else None,
        visit=_first_visit(fetched, source, context, now),
        waiting_id=waiting.id or None,
    )


def _keys(
    waiting: InboxEntry, source: Source, fetched: FetchedArticle, context: PollContext
) -> tuple[tuple[str, str], ...]:
    """The keys of the entry and of its page. A guid or link that several articles share is not among `waiting.keys`."""
    own = {key: kind for kind, key in waiting.keys}
    if not own:
        own = {key.key: key.kind for key in entry_keys(waiting.entry, source.id, context.url_rules)}
    for key in page_keys(waiting.from_url, fetched.response, fetched.article, context.url_rules):
        own.setdefault(key.key, key.kind)
    return tuple((kind, key) for key, kind in own.items())


def _first_visit(
    fetched: FetchedArticle, source: Source, context: PollContext, now: datetime
) -> tuple[str, datetime, int] | None:
    """(purpose, due, attempt) of the next visit to the page: a retry where it gave no article, else a revisit."""
    if fetched.problem is not None and fetched.problem.outcome in _FINAL_OUTCOMES:
        return None
    gave_none = any(problem.outcome in RETRIED_OUTCOMES for problem in fetched.article.problems)
    stand_in = fetched.response is not None and fetched.article.body_origin in _WITHOUT_ARTICLE
    if fetched.problem is not None or gave_none or stand_in:
        return "retry", now + timedelta(seconds=RETRY_DELAYS_S[0]), 1
    if fetched.response is not None and source.revisit and context.schedule.revisit:
        return "revisit", now + timedelta(seconds=context.schedule.revisit[0]), 1
    return None


# ---------------------------------------------------------------------------------------------------------------------
# Sources whose pages are not fetched: `article = "never"`.


def batches_by_text(fresh: Sequence[FreshEntry]) -> Iterator[Sequence[FreshEntry]]:
    """Fresh entries in batches of at most `MAX_BATCH_CHARS` of text, and at least one entry."""
    start = size = 0
    for index, item in enumerate(fresh):
        chars = len(item.entry.content) + len(item.entry.summary)
        if index > start and size + chars > MAX_BATCH_CHARS:
            yield fresh[start:index]
            start, size = index, 0
        size += chars
    if start < len(fresh):
        yield fresh[start:]


async def build_posts_of_feed(fresh: Sequence[FreshEntry], source: Source, context: PollContext) -> tuple[NewPost, ...]:
    """The posts of fresh entries from what the feed says alone, in one worker job."""
    return await context.workers.run(
        BUILD_POSTS, fresh, source, context.clock(), deadline=EXTRACT_DEADLINE_S, too_costly=Outcome.FEED_TOO_COSTLY
    )
