"""The second step of a poll: the article behind each fresh entry.

InboxEntry ─fetch─▶ Page ─extract─▶ Article ─build─▶ NewPost
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ingestd.identity.decisions import FreshEntry
from ingestd.identity.evidence import similar_titles
from ingestd.identity.keys import ABOUT, FINAL, GUID, LINK
from ingestd.identity.ownership import about_entry, has_own_text, own_permalink
from ingestd.model.article import PAGE_ORIGINS, Article, BodyOrigin, FetchedArticle
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Entry, Problem
from ingestd.model.http import Response
from ingestd.model.poll import InboxEntry
from ingestd.model.post import NewPost
from ingestd.model.source import Source
from ingestd.poll.article_pages import (
    EXTRACT_DEADLINE_S,
    extract,
    fetch_article,
    fetch_page,
    too_costly,
    with_further_pages,
)
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
from ingestd.poll.jobs import BUILD_POSTS, READ_PAGE, PageReading
from ingestd.poll.page_posts import RETRY_DELAYS_S, is_page_of_another, new_post, problems_at
from ingestd.text.plain_text import plain_text

#: Characters of entries whose posts are built in one job, and entries: those of a large sitemap have no text.
MAX_BATCH_CHARS = 1_000_000
MAX_BATCH_ENTRIES = 2_000


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
        page, problem = await fetch_page(waiting.entry, waiting.from_url, source, context)
        reading, page, problem = await _read_page(waiting, page, problem, source, context)
        if reading.post is not None:
            return FetchedEntry((reading.post,), reading.problems)
        fetched = await with_further_pages(FetchedArticle(reading.article, page, problem), source, context)
        if is_page_of_another(waiting, fetched):
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


async def _read_page(
    waiting: InboxEntry, page: Response | None, problem: Problem | None, source: Source, context: PollContext
) -> tuple[PageReading, Response | None, Problem | None]:
    """What a worker makes of an entry and its page, with the page and its problem; without one that is too costly."""
    if (reading := await _read_in_worker(waiting, page, problem, source, context)) is not None:
        return reading, page, problem
    problem = too_costly(waiting.from_url)
    reading = await _read_in_worker(waiting, None, problem, source, context)
    return reading or PageReading(), None, problem


async def _read_in_worker(
    waiting: InboxEntry, page: Response | None, problem: Problem | None, source: Source, context: PollContext
) -> PageReading | None:
    read = context.workers.run(
        READ_PAGE,
        waiting,
        page,
        problem,
        source,
        site_rules=context.site_rules,
        settings=context.post_settings,
        now=context.clock(),
        deadline=EXTRACT_DEADLINE_S,
        too_costly=Outcome.PAGE_TOO_COSTLY,
    )
    try:
        with context.client.hosts.bodies.holding(0 if page is None else len(page.body)):
            return await read
    except PermanentError:
        return None


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


def _new_post(waiting: InboxEntry, fetched: FetchedArticle, source: Source, context: PollContext) -> NewPost:
    return new_post(waiting, fetched, source, context.post_settings, context.clock())


def _pages_of(posts: Sequence[NewPost | None]) -> list[int]:
    """For each post the index of the one to whose address its own leads; its own index where it leads to none."""
    links = {key: index for index, new in enumerate(posts) if new for kind, key in new.keys if kind == LINK}
    finals = [next((key for kind, key in new.keys if kind == FINAL), None) if new else None for new in posts]
    return [links.get(final or "", index) for index, final in enumerate(finals)]


# ---------------------------------------------------------------------------------------------------------------------
# Sources whose pages are not fetched: `article = "never"`.


def batches_by_text(fresh: Sequence[FreshEntry]) -> Iterator[Sequence[FreshEntry]]:
    """Fresh entries in batches of at most `MAX_BATCH_ENTRIES`, and `MAX_BATCH_CHARS` of text, at least one entry."""
    start = size = 0
    for index, item in enumerate(fresh):
        chars = len(item.entry.content) + len(item.entry.summary)
        is_full = size + chars > MAX_BATCH_CHARS or index - start >= MAX_BATCH_ENTRIES
        if index > start and is_full:
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
