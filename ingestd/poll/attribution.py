"""Whose change a new text of a stored post is: the site's edit, or that of our rules, settings and code.

A text is the site's edit where the present rules make another one of the page that was kept, or where the rules are
those that made the stored text. What cannot be told apart is not said to be the site's.
"""

from dataclasses import replace
from datetime import datetime

from ingestd.extract.version import is_same_feed_code
from ingestd.model.article import PAGE_ORIGINS, Article, BodyOrigin, FetchedArticle
from ingestd.model.feed import Entry
from ingestd.model.post import Post, PostUpdate, RevisionReason
from ingestd.model.source import Source
from ingestd.poll.article_pages import extract
from ingestd.poll.build_post import build_fetched_update, build_update
from ingestd.poll.context import PollContext
from ingestd.poll.extract_again import article_digest, kept_article, own_update, stored_entry
from ingestd.text.content_digest import significant_text

#: Bodies that come from the feed alone; a post without a body counts as one whose feed has none.
_FEED_ORIGINS = frozenset({BodyOrigin.FEED, BodyOrigin.SUMMARY, BodyOrigin.NONE})


def page_difference(post: Post, article: Article, kept: Article | None) -> RevisionReason:
    """Whose change it is that a page gives another text than when it was visited last.

    `kept` is what the present rules make of the page that was kept, None where there is none. Where the post took the
    edited text of the feed, a page that now says it too is no edit of the site.
    """
    if kept is not None:
        is_same = article_digest(kept) == article_digest(article) or _says_what_feed_said(post, article, kept)
        return RevisionReason.RULE if is_same else RevisionReason.PAGE
    is_same = article.extraction_version is not None and article.extraction_version == post.extraction_version
    return RevisionReason.PAGE if is_same else RevisionReason.UNCLEAR


def _says_what_feed_said(post: Post, article: Article, kept: Article) -> bool:
    """Whether the post, to which the feed gave its text, has all lines that are new on the page, and none that went."""
    if post.body_origin is not BodyOrigin.FEED:
        return False
    if (article.title or "") not in (kept.title, post.title):
        return False
    now, before, said = (_lines(text) for text in (article.text, kept.text, post.text))
    return now - before <= said and not (before - now) & said


def _lines(text: str) -> set[str]:
    return {words for line in text.split("\n") if (words := significant_text(line))}


async def updates_before_edit(
    post: Post, fetched: FetchedArticle, entry: Entry, source: Source, context: PollContext
) -> tuple[PostUpdate, ...]:
    """What is stored before the site's edit, where an entry has changed: the text under the stored title.

    Empty where the present rules made the stored text: then all of the difference is the site's. `fetched` is what the
    changed `entry` and its page give now.
    """
    article = fetched.article
    if post.extraction_version is not None and post.extraction_version == article.extraction_version:
        return ()
    now, is_same_feed = context.clock(), is_same_feed_code(post.extraction_version, article.extraction_version)
    unclear = _text_update(post, article, source, context, RevisionReason.UNCLEAR)
    if post.body_origin in _FEED_ORIGINS and article.body_origin in _FEED_ORIGINS:
        if is_same_feed:
            return ()
        cleaned = await extract(stored_entry(post), None, source, context)
        return (own_update(post, cleaned, source, now), unclear) if cleaned is not None and cleaned.text else (unclear,)
    if post.body_origin in _FEED_ORIGINS and is_same_feed:
        # The site edited its feed, and the page's text takes the place of the feed's by a setting or rule of ours.
        edited = await extract(entry, None, source, context)
        if edited is not None and edited.text:
            # A text that completes a summary makes no revision, as after a page that failed.
            reason = RevisionReason.RULE if post.body_origin is BodyOrigin.FEED else None
            # Title and text are one edit; of a summary the title's is the one that is left.
            shown = replace(post, title=_title(post, fetched, entry, source, now)) if reason is not None else post
            by_site = _text_update(shown, edited, source, context, RevisionReason.ENTRY)
            return (by_site, _text_update(shown, article, source, context, reason))
    if post.body_origin in PAGE_ORIGINS and article.body_origin in PAGE_ORIGINS:
        kept = await kept_article(post, entry, source, context)
        if kept is not None:
            return _updates_from_page(post, fetched, kept, source, context)
    return (unclear,)


def _updates_from_page(
    post: Post, fetched: FetchedArticle, kept: Article, source: Source, context: PollContext
) -> tuple[PostUpdate, ...]:
    """What the present rules make of the kept page. Of an article in parts only the first one is kept, and compared."""
    if not kept.next_page:
        return (own_update(post, kept, source, context.clock()),)
    if page_difference(post, fetched.first_part or fetched.article, kept) is RevisionReason.RULE:
        return (_text_update(post, fetched.article, source, context, RevisionReason.RULE),)
    return ()


def _title(post: Post, fetched: FetchedArticle, entry: Entry, source: Source, now: datetime) -> str:
    """The title of a post after the edit of its entry."""
    return build_fetched_update(
        post, fetched, source, entry=entry, now=now, reason=RevisionReason.ENTRY, keep_page=False
    ).title


def _text_update(
    post: Post, article: Article, source: Source, context: PollContext, reason: RevisionReason | None
) -> PostUpdate:
    return build_update(post, article, source, title=post.title, image=post.image, now=context.clock(), reason=reason)
