"""Entries of stored posts that have changed: their pages are fetched again, and the posts get a new revision.

SeenEntry ─fetch─▶ Page ─extract─▶ Article ─compare with the stored post─▶ PostUpdate
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingestd.extract.body.completeness import has_clearly_less
from ingestd.identity.decisions import SeenEntry
from ingestd.identity.evidence import similar_texts, similar_titles
from ingestd.identity.keys import entry_keys, entry_link, synthetic_url
from ingestd.model.article import PAGE_ORIGINS, Article, BodyOrigin, FetchedArticle
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.model.post import NewPost, Post, PostUpdate, RevisionReason
from ingestd.model.source import Source
from ingestd.poll.article_pages import fetch_article, with_further_pages
from ingestd.poll.article_step import in_words_of_page
from ingestd.poll.attribution import updates_before_edit
from ingestd.poll.build_post import build_fetched_update, build_new_post, build_post
from ingestd.poll.context import PollContext
from ingestd.poll.extract_again import kept_article
from ingestd.poll.foreign_entries import is_about, is_foreign, page_entry
from ingestd.poll.page_posts import (
    FINAL_OUTCOMES,
    RETRIED_OUTCOMES,
    RETRY_DELAYS_S,
    TEMPORARY_OUTCOMES,
    first_visit,
    problems_at,
)
from ingestd.store.posts import get_post
from ingestd.store.revisions import digests_of
from ingestd.text.content_digest import content_digest, entry_digest, has_all_lines, significant_text
from ingestd.text.plain_text import plain_text

#: A shorter text, in characters, never replaces a longer one with which it shares no wording.
MIN_UNRELATED_TEXT_CHARS = 100

#: Pages that gave nothing that could be compared with the stored post.
_NOT_COMPARABLE = RETRIED_OUTCOMES | {Outcome.NOT_HTML}


@dataclass(frozen=True, slots=True)
class EditedEntry:
    """What an entry with new words is: an edit of its post (`updates`), or another article (`posts`).

    Neither where the words are the same. `is_read` is False where the page has to be fetched once more to tell.
    """

    updates: tuple[PostUpdate, ...] = ()
    posts: tuple[NewPost, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_read: bool = True


async def fetch_edited_post(seen: SeenEntry, source: Source, context: PollContext) -> EditedEntry:
    """The update of a post whose entry has changed, and the problems of its page.

    No update where the entry's words are the same. Where the page fails or shows another article, the stored text is
    kept and only the title follows the entry. Where neither entry nor page share anything with the post, they are
    another article: some pages show the latest of a series.
    """
    stored = await context.database.reading(digests_of, seen.post_id)
    if stored is None or (stored.entry_digest == entry_digest(seen.entry) and not seen.takes_over):
        return EditedEntry()
    post = await context.database.reading(get_post, seen.post_id)
    if post is None:
        return EditedEntry()
    if seen.takes_over:
        return await _fetch_take_over(seen, post, source, context)
    if post.source_id != source.id and is_foreign(post.from_url, None, source) and _is_opening_of(seen.entry, post):
        # Aggregators shorten each in its own way what they list: that is no edit.
        return EditedEntry()
    return await _fetch_edit(seen.entry, post, source, context)


async def _fetch_edit(entry: Entry, post: Post, source: Source, context: PollContext) -> EditedEntry:
    """What an entry with new words is, by its page."""
    fetched = await fetch_article(entry, post.from_url, source, context)
    problems = problems_at(fetched, post.from_url)
    if post.body_origin in PAGE_ORIGINS and is_foreign(post.from_url, fetched.response, source):
        # The post has the words of the page; what the entry of another site says of it changes none.
        fetched = await in_words_of_page(fetched, entry, source, context)
        if fetched.article.body_origin not in PAGE_ORIGINS or is_about(entry, fetched.article):
            return EditedEntry(problems=problems)
        entry = page_entry(entry, fetched.article, is_listing=True)
    elif post.body_origin in PAGE_ORIGINS:
        fetched = await _in_words_of_page_with_those_of_feed(fetched, entry, source, context)
    if post.body_origin in PAGE_ORIGINS and not _may_announce(entry, post):
        if fetched.problem is not None and fetched.problem.outcome in TEMPORARY_OUTCOMES:
            return EditedEntry(problems=problems, is_read=False)
        if fetched.article.body_origin not in PAGE_ORIGINS or not can_be_edit_of(fetched.article, post):
            return EditedEntry(posts=(_post_of_its_own(entry, fetched, source, context),), problems=problems)
    fetched = _checked_against(fetched, post, entry)
    updates = await _updates(entry, fetched, post, source, context)
    return EditedEntry(updates, problems=problems_at(fetched, post.from_url))


async def _in_words_of_page_with_those_of_feed(
    fetched: FetchedArticle, entry: Entry, source: Source, context: PollContext
) -> FetchedArticle:
    """The article in the words of its page, where these include all paragraphs of the feed's text.

    For a post that has the words of its page: which of the two texts is stored is our choice, and no edit of the site.
    """
    if fetched.article.body_origin is not BodyOrigin.FEED:
        return fetched
    of_page = await in_words_of_page(fetched, entry, source, context)
    of_page = await with_further_pages(of_page, source, context)
    if of_page.article.body_origin not in PAGE_ORIGINS:
        return fetched
    return of_page if has_all_lines(of_page.article.text, fetched.article.text) else fetched


async def _updates(
    entry: Entry, fetched: FetchedArticle, post: Post, source: Source, context: PollContext
) -> tuple[PostUpdate, ...]:
    """The update by an edit, and those that belong before it.

    Where the page fails, the feed's whole text takes the place of the page's if it has new words; else only the title
    follows, so that no text is lost.
    """
    update = build_fetched_update(
        post,
        fetched,
        source,
        entry=entry,
        now=context.clock(),
        reason=RevisionReason.ENTRY,
        keep_page=context.keep_pages,
    )
    revisit_by = _revisit_by(fetched, post, source, context)
    if _would_lose_text(fetched, post):
        return (replace(_with_text_kept(update, post), revisit_by=revisit_by),)
    if post.body_origin in PAGE_ORIGINS and _has_failed(fetched):
        # What the text of the page had not is new in the feed: that is the site's edit.
        return (replace(update, page=None, revisit_by=revisit_by),)
    earlier = await updates_before_edit(post, fetched, entry, source, context)
    return (*(_with_page(step, update) for step in earlier), update)


def _revisit_by(
    fetched: FetchedArticle, post: Post, source: Source, context: PollContext
) -> tuple[datetime, int] | None:
    """When the page of an edited article is visited that has just failed: it has the new text, or it is gone.

    Also where this source reads no pages, and another one has read this one.
    """
    delays = context.schedule.revisit if source.revisit else ()
    if not delays or post.body_origin not in PAGE_ORIGINS:
        return None
    if not _has_failed(fetched) and source.article != "never":
        return None
    if fetched.problem is not None and fetched.problem.outcome in FINAL_OUTCOMES:
        return None
    return context.clock() + timedelta(seconds=RETRY_DELAYS_S[0]), len(delays)


def _with_text_kept(update: PostUpdate, post: Post) -> PostUpdate:
    """The update with the text that the post has."""
    digest = content_digest(update.title, post.text)
    update = replace(update, content=post.content, text=post.text, content_digest=digest, fingerprint=None)
    return replace(update, body_origin=None, page_digest=None, page=None)


def _with_page(step: PostUpdate, update: PostUpdate) -> PostUpdate:
    """An earlier step with the page of `update`, where it has its text: the page is kept with the text that it gave."""
    return step if step.content != update.content else replace(step, page=update.page, page_digest=update.page_digest)


async def _fetch_take_over(seen: SeenEntry, post: Post, source: Source, context: PollContext) -> EditedEntry:
    """The update of a post that had another source's words, to those of its URL's own site."""
    url = entry_link(seen.entry) or post.from_url
    fetched = await _from_kept_page(seen.entry, post, source, context)
    if fetched is None:
        fetched = await fetch_article(seen.entry, url, source, context)
    now, keep_page = context.clock(), context.keep_pages
    owner = build_post(seen.entry, fetched.article, source, now=now, from_url=url)
    update = build_fetched_update(
        post, fetched, source, entry=seen.entry, now=now, reason=RevisionReason.MERGE, keep_page=keep_page
    )
    if _would_lose_text(fetched, post):
        update = _with_text_kept(update, post)
    elif _has_failed(fetched):
        update = replace(update, page=None)
    # Without an answer of the page its visits go on as they are planned, if it was read before.
    is_read = fetched.response is not None or post.body_origin not in PAGE_ORIGINS
    visit = first_visit(fetched, source, context.schedule.revisit, now) if is_read else None
    return EditedEntry((replace(update, owner=owner, visit=visit),), problems=problems_at(fetched, url))


async def _from_kept_page(entry: Entry, post: Post, source: Source, context: PollContext) -> FetchedArticle | None:
    """The article of the page that was kept, where the entry says nothing else than the post; else None."""
    if source.article == "never" or post.body_origin not in PAGE_ORIGINS or not _is_opening_of(entry, post):
        return None
    article = await kept_article(post, None, source, context)
    # Of an article in several parts only the first page is kept.
    return FetchedArticle(article) if article is not None and not article.next_page else None


def _is_opening_of(entry: Entry, post: Post) -> bool:
    """Whether a post has the title and the words of an entry."""
    text = significant_text(plain_text(entry.content or entry.summary))
    return significant_text(entry.title) == significant_text(post.title) and text in significant_text(post.text)


def _may_announce(entry: Entry, post: Post) -> bool:
    """Whether title or text of an entry may be those of a post. A text that cannot be compared speaks for neither."""
    if similar_titles(entry.title, post.title) is not False:
        return True
    return similar_texts(plain_text(entry.content or entry.summary), post.text) is not False


def _post_of_its_own(entry: Entry, fetched: FetchedArticle, source: Source, context: PollContext) -> NewPost:
    """The post of an entry whose link and guid are those of another article, under the hash of what it says."""
    from_url, now = synthetic_url(entry, source, use_guid=False), context.clock()
    keys = entry_keys(replace(entry, link=from_url, guid=None), source.id, context.url_rules)
    new = build_new_post(
        entry,
        fetched.article,
        source,
        from_url=from_url,
        keys=tuple((key.kind, key.key) for key in keys),
        seen_at=now,
        now=now,
    )
    return replace(new, page=fetched.page if context.keep_pages else None)


def _checked_against(fetched: FetchedArticle, post: Post, entry: Entry) -> FetchedArticle:
    """`fetched`, with a problem where its page shows neither the stored article nor what the entry announces."""
    article = fetched.article
    announced = plain_text(entry.content or entry.summary)
    if article.body_origin not in PAGE_ORIGINS or can_be_edit_of(article, post):
        return fetched
    if similar_titles(article.title or "", entry.title) or similar_texts(article.text, announced):
        return fetched
    problem = Problem(Outcome.NO_ARTICLE, "the page shows something else than before; the text stays", post.from_url)
    return replace(fetched, problem=fetched.problem or problem)


def _would_lose_text(fetched: FetchedArticle, post: Post) -> bool:
    """Whether the fetched article is poorer than the stored one for want of a page or of text, not through an edit."""
    article = fetched.article
    if not article.text and not article.html:
        return bool(post.text)
    if fetched.response is None and article.body_origin is BodyOrigin.SUMMARY and post.body_origin in PAGE_ORIGINS:
        # The source fetches no pages any more.
        return True
    if not _has_failed(fetched) or not {post.body_origin, article.body_origin} & PAGE_ORIGINS:
        return False
    return not _is_edited_whole_text(article, post)


def _has_failed(fetched: FetchedArticle) -> bool:
    """Whether the page gave nothing that could be compared with the stored post."""
    problems = fetched.article.problems
    return fetched.problem is not None or any(problem.outcome in _NOT_COMPARABLE for problem in problems)


def _is_edited_whole_text(article: Article, post: Post) -> bool:
    """Whether the feed has the whole text of a post, with words that the text of its page had not."""
    if article.body_origin is not BodyOrigin.FEED or not similar_texts(article.text, post.text):
        return False
    return not has_clearly_less(article.text, post.text) and not has_all_lines(post.text, article.text)


def can_be_edit_of(article: Article, post: Post) -> bool:
    """Whether an article can be an edited version of a stored post: by its title or its wording.

    True where neither can be compared and the article is not much shorter.
    """
    if similar_titles(article.title or "", post.title):
        return True
    same = similar_texts(article.text, post.text)
    if same is None:
        return len(article.text) >= min(len(post.text), MIN_UNRELATED_TEXT_CHARS)
    return same
