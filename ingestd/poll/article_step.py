"""The second half of a poll: the article behind each entry.

Entry ─fetch─▶ Page ─extract─▶ Article ─normalise─▶ Post
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ingestd.archive.images.formats import image_urls
from ingestd.identity import FreshEntry, SeenEntry, entry_keys, page_keys, same_article, similar_texts, similar_titles
from ingestd.model.article import Article, BodyOrigin
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.model.poll import InboxEntry
from ingestd.model.post import KnownPost, NewPost, Post, PostUpdate
from ingestd.model.source import Source
from ingestd.poll.article_pages import EXTRACT_DEADLINE_S, FROM_PAGE, FetchedArticle, fetch_article, page_to_keep
from ingestd.poll.build_post import build_new_post, build_post
from ingestd.poll.context import PollContext
from ingestd.poll.jobs import BUILD_POSTS
from ingestd.store.posts import get_post
from ingestd.store.revisions import digests_of
from ingestd.text.content_digest import content_digest, entry_digest
from ingestd.text.plain_text import plain_text

#: Characters of entries that are made posts in one task.
MAX_BATCH_CHARS = 1_000_000
#: When a page that failed is tried again, in seconds after each attempt.
RETRY_DELAYS_S = (3600.0, 21_600.0, 86_400.0)

#: Bodies that stand in for an article which its page did not give, yet.
_WITHOUT_ARTICLE = frozenset({BodyOrigin.SUMMARY, BodyOrigin.NONE})

#: A text this short, in characters, in the place of a longer one that it shares no word with, is another.
_LITTLE = 100

#: What the rules of the house forbid will be forbidden in an hour too.
_FINAL = frozenset({Outcome.ROBOTS_DISALLOWED, Outcome.ADDRESS_REFUSED})
#: Pages without an article may have one later: a site in trouble, a page that is still being written.
_PERHAPS_LATER = frozenset({Outcome.PAGE_EMPTY, Outcome.NO_ARTICLE})
#: Pages that gave nothing to compare with what is stored.
_NOT_READ = _PERHAPS_LATER | {Outcome.NOT_HTML}


async def fetch_new_post(
    waiting: InboxEntry, source: Source, context: PollContext
) -> tuple[NewPost | None, tuple[Problem, ...]]:
    """The post of a fresh entry. A page that fails costs only itself: the feed's text is kept, and it is retried."""
    try:
        reading = await fetch_article(waiting.entry, waiting.from_url, source, context)
        return _new_post(waiting, reading, source, context), _problems(reading, waiting.from_url)
    except Exception as error:
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": source.name}})
        reason = f"the entry could not be made a post: {type(error).__name__}: {error}"
        return None, (Problem(Outcome.ENTRY_BROKEN, reason, waiting.from_url),)


async def fetch_new_posts(
    batch: Sequence[InboxEntry], source: Source, context: PollContext
) -> list[tuple[NewPost | None, tuple[Problem, ...]]]:
    """The posts of fresh entries. One text under several headlines is no article: a wall that stands before all."""
    read = await asyncio.gather(*(fetch_new_post(item, source, context) for item in batch))
    for place in _walled([new for new, _ in read]):
        new, _ = await fetch_new_post(batch[place], replace(source, article="never"), context)
        problem = Problem(Outcome.NO_ARTICLE, "the page shows the same text as that of another", batch[place].from_url)
        later = ("retry", context.clock() + timedelta(seconds=RETRY_DELAYS_S[0]), 1)
        read[place] = (new and replace(new, visit=later), (*read[place][1], problem))
    return read


def _walled(read: Sequence[NewPost | None]) -> list[int]:
    """The places of those whose page gave a text that the page of another article gave as well."""
    places: dict[str, list[int]] = {}
    for place, new in enumerate(read):
        if new is not None and new.post.body_origin is BodyOrigin.PAGE and new.post.text:
            places.setdefault(new.post.text, []).append(place)
    titles = [new.post.title if new else "" for new in read]
    return [
        place
        for group in places.values()
        for place in group
        if any(similar_titles(titles[place], titles[other]) is False for other in group)
    ]


def batches_by_text(fresh: Sequence[FreshEntry]) -> Iterator[Sequence[FreshEntry]]:
    """New articles in runs that are read alone and stored at once: so much text, and at least one."""
    start = size = 0
    for place, item in enumerate(fresh):
        length = len(item.entry.content) + len(item.entry.summary)
        if place > start and size + length > MAX_BATCH_CHARS:
            yield fresh[start:place]
            start, size = place, 0
        size += length
    if start < len(fresh):
        yield fresh[start:]


async def build_posts_of_feed(fresh: Sequence[FreshEntry], source: Source, context: PollContext) -> tuple[NewPost, ...]:
    """The posts of new articles whose pages are not wanted, all in one task of the workers."""
    return await context.workers.run(
        BUILD_POSTS, fresh, source, context.clock(), deadline=EXTRACT_DEADLINE_S, too_costly=Outcome.FEED_TOO_COSTLY
    )


def _new_post(waiting: InboxEntry, reading: FetchedArticle, source: Source, context: PollContext) -> NewPost:
    now = context.clock()
    post = build_new_post(
        waiting.entry,
        reading.article,
        source,
        from_url=waiting.from_url,
        keys=_keys(waiting, source, reading, context),
        seen_at=waiting.received_at,
        now=now,
    )
    return replace(
        post,
        page_digest=_page_digest(reading.first or reading.article),
        page=page_to_keep(reading) if context.keep_pages else None,
        visit=_first_visit(reading, source, context, now),
        waiting_id=waiting.id or None,
    )


async def fetch_edited_post(
    seen: SeenEntry, source: Source, context: PollContext
) -> tuple[tuple[PostUpdate, ...], tuple[Problem, ...]]:
    """The new text of a post whose entry has changed, and what was wrong with its page.

    Nothing where its words are the same. A page that fails, or shows something else by now, takes no text away: then
    the title alone follows the entry.
    """
    stored = await context.database.reading(digests_of, seen.post_id)
    if stored is None or stored.entry_digest == entry_digest(seen.entry):
        return (), ()
    post = await context.database.reading(get_post, seen.post_id)
    if post is None:
        return (), ()
    reading = await fetch_article(seen.entry, stored.from_url, source, context)
    reading = _unless_elsewhere(reading, post, seen.entry)
    update = update_of(seen.entry, reading, post, source, context, reason="entry")
    if _takes_away(reading, post):
        update = replace(update, content=post.content, text=post.text, body_origin=None, page_digest=None, page=None)
        update = replace(update, content_digest=content_digest(update.title, update.text))
    return (update,), _problems(reading, stored.from_url)


def _unless_elsewhere(reading: FetchedArticle, post: Post, entry: Entry) -> FetchedArticle:
    """A reading whose problem it is that its page shows something else than the article that is stored."""
    article = reading.article
    announced = plain_text(entry.content or entry.summary)
    if article.body_origin not in FROM_PAGE or may_follow(article, post):
        return reading
    if similar_titles(article.title or "", entry.title) or similar_texts(article.text, announced):
        return reading
    problem = Problem(Outcome.NO_ARTICLE, "the page shows something else than before; the text stays", post.from_url)
    return replace(reading, problem=reading.problem or problem)


def _takes_away(reading: FetchedArticle, post: Post) -> bool:
    """Whether a reading has less to give than what is stored, through no edit: its page failed, the entry is empty."""
    article = reading.article
    if not article.text and not article.html:
        return bool(post.text)
    failed = reading.problem is not None or any(problem.outcome in _NOT_READ for problem in article.problems)
    return failed and bool({post.body_origin, article.body_origin} & FROM_PAGE)


def may_follow(article: Article, post: Post) -> bool:
    """Whether an article, as its page shows it now, can be what became of a stored post: by its title or its wording.

    Where nothing can be compared, it is believed.
    """
    if similar_titles(article.title or "", post.title):
        return True
    same = similar_texts(article.text, post.text)
    return same is True or (same is None and len(article.text) >= min(len(post.text), _LITTLE))


def _keys(
    waiting: InboxEntry, source: Source, reading: FetchedArticle, context: PollContext
) -> tuple[tuple[str, str], ...]:
    # A guid or link that several articles share is none of this one's, whatever its entry says.
    own = {key: kind for kind, key in waiting.keys}
    if not own:
        own = {key.key: key.kind for key in entry_keys(waiting.entry, source.id, context.url_rules)}
    for key in page_keys(waiting.from_url, reading.response, reading.article, context.url_rules):
        own.setdefault(key.key, key.kind)
    return tuple((kind, key) for key, kind in own.items())


def same(new: NewPost, known: KnownPost, kind: str) -> bool:
    """Whether a new post is the article of a known one to which only its page leads, by a key of `kind`."""
    return same_article(new.post, known, kind)


def update_of(
    entry: Entry | None,
    reading: FetchedArticle,
    stored: Post,
    source: Source,
    context: PollContext,
    *,
    reason: str | None,
) -> PostUpdate:
    """The update that a new reading of a stored post means. Without any title it keeps the one that it has."""
    now = context.clock()
    article = reading.article
    title = (entry.title if entry else "") or article.title or stored.title
    post = build_post(replace(entry or Entry(), title=title), article, source, now=now, from_url="")
    return PostUpdate(
        post_id=stored.id or 0,
        title=post.title,
        content=post.content,
        text=post.text,
        content_digest=content_digest(post.title, post.text),
        at=now,
        reason=reason,
        body_origin=article.body_origin,
        entry_digest=entry_digest(entry) if entry else None,
        page_digest=_page_digest(reading.first or article),
        page=page_to_keep(reading) if context.keep_pages else None,
        modified_at=post.modified_at,
        image=article.image,
        link_title=post.link_title,
        media=image_urls(replace(post, image=article.image)) if source.media else (),
    )


def _page_digest(article: Article) -> str | None:
    return content_digest(article.title or "", article.text) if article.body_origin in FROM_PAGE else None


def _first_visit(
    reading: FetchedArticle, source: Source, context: PollContext, now: datetime
) -> tuple[str, datetime, int] | None:
    if reading.problem is not None and reading.problem.outcome in _FINAL:
        return None
    if reading.problem is not None or any(problem.outcome in _PERHAPS_LATER for problem in reading.article.problems):
        return "retry", now + timedelta(seconds=RETRY_DELAYS_S[0]), 1
    if reading.response is not None and reading.article.body_origin in _WITHOUT_ARTICLE:
        return "retry", now + timedelta(seconds=RETRY_DELAYS_S[0]), 1
    if reading.response is not None and source.revisit and context.schedule.revisit:
        return "revisit", now + timedelta(seconds=context.schedule.revisit[0]), 1
    return None


def _problems(reading: FetchedArticle, url: str) -> tuple[Problem, ...]:
    found = (reading.problem,) if reading.problem else ()
    return found + tuple(replace(problem, url=problem.url or url) for problem in reading.article.problems)
