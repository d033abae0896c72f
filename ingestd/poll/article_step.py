"""The second step of a poll: the article behind each fresh entry.

InboxEntry ─fetch─▶ Page ─extract─▶ Article ─build─▶ NewPost
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingestd.identity.decisions import FreshEntry
from ingestd.identity.evidence import similar_texts, similar_titles
from ingestd.identity.keys import ABOUT, FINAL, GUID, LINK, entry_keys
from ingestd.identity.ownership import about_entry, has_own_text, own_permalink
from ingestd.identity.page_identity import page_keys
from ingestd.identity.urls import same_site
from ingestd.model.article import PAGE_ORIGINS, Article, BodyOrigin, FetchedArticle
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.model.poll import InboxEntry
from ingestd.model.post import NewPost
from ingestd.model.source import Source
from ingestd.poll.article_pages import EXTRACT_DEADLINE_S, extract, fetch_article
from ingestd.poll.build_post import build_new_post, page_digest
from ingestd.poll.context import PollContext
from ingestd.poll.foreign_entries import (
    is_about,
    is_foreign,
    keys_at,
    own_address,
    page_entry,
    with_feed_time,
    with_place_elsewhere,
)
from ingestd.poll.jobs import BUILD_POSTS
from ingestd.text.plain_text import plain_text

#: Characters of entries whose posts are built in one job.
MAX_BATCH_CHARS = 1_000_000
#: Delays before a page that failed is fetched again, in seconds, one an attempt.
RETRY_DELAYS_S = (3600.0, 21_600.0, 86_400.0)

#: Bodies that stand in for an article that its page did not give.
_WITHOUT_ARTICLE = frozenset({BodyOrigin.SUMMARY, BodyOrigin.NONE})
#: Failures that another attempt would repeat.
FINAL_OUTCOMES = frozenset({Outcome.ROBOTS_DISALLOWED, Outcome.ADDRESS_REFUSED})
_PERMANENT_REDIRECTS = frozenset({301, 308})
#: Failures of a page after which it may be fetched again soon.
TEMPORARY_OUTCOMES = frozenset(
    (
        *(Outcome.DNS_FAILED, Outcome.CONNECT_FAILED, Outcome.TIMEOUT, Outcome.CONNECTION_LOST),
        *(Outcome.RATE_LIMITED, Outcome.SERVER_ERROR, Outcome.OFFLINE),
    )
)
#: Pages without an article may have one later: a site in trouble, or a page that is not finished.
RETRIED_OUTCOMES = frozenset({Outcome.PAGE_EMPTY, Outcome.NO_ARTICLE})


@dataclass(frozen=True, slots=True)
class FetchedEntry:
    """The posts of one fresh entry: mostly one, none where it cannot be handled, and what failed."""

    posts: tuple[NewPost, ...]
    problems: tuple[Problem, ...]


async def fetch_new_posts(batch: Sequence[InboxEntry], source: Source, context: PollContext) -> list[FetchedEntry]:
    """The posts of fresh entries, their pages fetched concurrently.

    Pages that show one text under several headlines (a login or consent wall) give no article: those posts get the
    feed's text, and the pages are fetched again later.
    """
    fetched = await asyncio.gather(*(_fetch_entry(item, source, context) for item in batch))
    posts = [item.posts[0] if item.posts else None for item in fetched]
    for index in _same_text_under_other_titles(posts, [item.entry.title for item in batch]):
        again = await _fetch_entry(batch[index], replace(source, article="never"), context)
        problem = Problem(Outcome.NO_ARTICLE, "the page shows the same text as that of another", batch[index].from_url)
        later = ("retry", context.clock() + timedelta(seconds=RETRY_DELAYS_S[0]), 1)
        again_posts = tuple(replace(new, visit=later) for new in again.posts)
        fetched[index] = FetchedEntry(again_posts, (*fetched[index].problems, problem))
    return fetched


async def _fetch_entry(waiting: InboxEntry, source: Source, context: PollContext) -> FetchedEntry:
    """The posts of a fresh entry. Where its page fails the post has the feed's text, and a retry is planned."""
    try:
        fetched = await fetch_article(waiting.entry, waiting.from_url, source, context)
        if _is_page_of_another(waiting, fetched):
            reason = "the address leads to the page of another article, with neither title nor words of the entry"
            problem = Problem(Outcome.NO_ARTICLE, reason, waiting.from_url)
            own = await extract(waiting.entry, None, source, context)
            fetched = FetchedArticle(own or Article("", "", BodyOrigin.NONE), None, problem)
        if is_foreign(waiting.from_url, fetched.response, source):
            return await _fetch_foreign(waiting, fetched, source, context)
        return FetchedEntry((_new_post(waiting, fetched, source, context),), problems_at(fetched, waiting.from_url))
    except Exception as error:
        # An entry that cannot be handled does not affect others.
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": source.name}})
        reason = f"the entry could not be made a post: {type(error).__name__}: {error}"
        return FetchedEntry((), (Problem(Outcome.ENTRY_BROKEN, reason, waiting.from_url),))


async def _fetch_foreign(
    waiting: InboxEntry, fetched: FetchedArticle, source: Source, context: PollContext
) -> FetchedEntry:
    """The posts of an entry that links to another site: what its page says, and the entry's own where that differs."""
    entry, problems, rules = waiting.entry, problems_at(fetched, waiting.from_url), context.url_rules
    fetched = await in_words_of_page(fetched, entry, source, context)
    article = fetched.article
    if article.body_origin in PAGE_ORIGINS:
        is_listing = not is_about(entry, article)
        in_its_words = replace(waiting, entry=page_entry(entry, article, is_listing=is_listing))
        if is_listing:
            new = with_feed_time(_new_post(in_its_words, fetched, source, context), entry)
            if similar_titles(entry.title, article.title or "") is False:
                # The page of a wall would lead every article to one.
                new = replace(new, keys=waiting.keys or new.keys)
            return FetchedEntry((replace(new, by_own_source=False),), problems)
        links = tuple(pair for pair in waiting.keys if pair[0] != GUID)
        new = _new_post(replace(in_its_words, keys=links), fetched, source, context)
        own, more = await _fetch_own(waiting, source, context)
        of_page = replace(new, entry_digest=None, item_digest=None, by_own_source=False)
        return FetchedEntry((of_page, own), problems + more)
    if own_permalink(entry, source) and has_own_text(plain_text(entry.content or entry.summary)):
        own, more = await _fetch_own(waiting, source, context)
        about = tuple((ABOUT, key) for kind, key in waiting.keys if kind == LINK)
        return FetchedEntry((replace(own, keys=own.keys + about),), problems + more)
    new = _new_post(waiting, fetched, source, context)
    return FetchedEntry((with_place_elsewhere(new, entry, source, rules),), problems)


async def in_words_of_page(
    fetched: FetchedArticle, entry: Entry, source: Source, context: PollContext
) -> FetchedArticle:
    """The article with the page's own text, where the feed's was taken as the whole article."""
    if fetched.response is None or fetched.article.body_origin in PAGE_ORIGINS or source.article == "never":
        return fetched
    of_page = await extract(entry, fetched.response, replace(source, article="always"), context)
    if of_page is None:
        return fetched
    # What the source's own settings would say of the page: a later visit compares with them.
    return replace(fetched, article=replace(of_page, extraction_version=fetched.article.extraction_version))


async def _fetch_own(waiting: InboxEntry, source: Source, context: PollContext) -> tuple[NewPost, tuple[Problem, ...]]:
    """The post of an entry under its own address; its link is kept in its text."""
    guid = waiting.entry.guid if any(kind == GUID for kind, _ in waiting.keys) else None
    url = own_address(waiting.entry, guid, source)
    keys = keys_at(url, waiting.entry, waiting.keys, source, context.url_rules)
    own = replace(waiting, entry=about_entry(waiting.entry, url), from_url=url, keys=keys)
    fetched = await fetch_article(own.entry, url, source, context)
    return _new_post(own, fetched, source, context), problems_at(fetched, url)


def _is_page_of_another(waiting: InboxEntry, fetched: FetchedArticle) -> bool:
    """Whether an address was redirected, on its own site, to a page that shows another article than the entry.

    Behind a permanent redirect title and text must both be others; a temporary one leads to logins and consent walls,
    where the title is sufficient unless the page has the entry's words.
    """
    response, article, entry = fetched.response, fetched.article, waiting.entry
    if response is None or not response.redirects or article.body_origin not in PAGE_ORIGINS:
        return False
    if not same_site(waiting.from_url, response.final_url) or not article.title:
        return False
    if similar_titles(entry.title, article.title) is not False:
        return False
    same_text = similar_texts(plain_text(entry.content or entry.summary), article.text)
    is_permanent = all(redirect.status in _PERMANENT_REDIRECTS for redirect in response.redirects)
    return same_text is False if is_permanent else same_text is not True


def problems_at(fetched: FetchedArticle, url: str) -> tuple[Problem, ...]:
    """The problems of a fetched article; those without a URL get `url`."""
    own = (fetched.problem,) if fetched.problem else ()
    return own + tuple(replace(problem, url=problem.url or url) for problem in fetched.article.problems)


def _same_text_under_other_titles(posts: Sequence[NewPost | None], titles: Sequence[str]) -> list[int]:
    """The indexes of posts whose page gave the same text as the page of one whose entry has another title.

    Addresses that lead to one page, which is the address of one of the posts, are not meant: they are one article.
    """
    by_text: dict[str, list[int]] = {}
    for index, new in enumerate(posts):
        if new is not None and new.post.body_origin is BodyOrigin.PAGE and new.post.text:
            by_text.setdefault(new.post.text, []).append(index)
    pages = _pages_of(posts)
    return [
        index
        for group in by_text.values()
        for index in group
        if any(
            pages[index] != pages[other] and similar_titles(titles[index], titles[other]) is False for other in group
        )
    ]


def _pages_of(posts: Sequence[NewPost | None]) -> list[int]:
    """For each post the index of the one to whose address its own leads; its own index where it leads to none."""
    links = {key: index for index, new in enumerate(posts) if new for kind, key in new.keys if kind == LINK}
    finals = [next((key for kind, key in new.keys if kind == FINAL), None) if new else None for new in posts]
    return [links.get(final or "", index) for index, final in enumerate(finals)]


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
        visit=first_visit(fetched, source, context, now),
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


def first_visit(
    fetched: FetchedArticle, source: Source, context: PollContext, now: datetime
) -> tuple[str, datetime, int] | None:
    """(purpose, due, attempt) of the next visit to the page: a retry where it gave no article, else a revisit."""
    if fetched.problem is not None and fetched.problem.outcome in FINAL_OUTCOMES:
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
        BUILD_POSTS,
        fresh,
        source,
        context.clock(),
        context.url_rules,
        deadline=EXTRACT_DEADLINE_S,
        too_costly=Outcome.FEED_TOO_COSTLY,
    )
