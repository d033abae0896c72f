"""Extracts kept pages again, under the present rules and without the network.

`ingestd extract --again` rewrites posts in this way. Visits and changed entries compare with what the present rules
make of the page that was kept: it is what they would have stored, so a difference from it is the site's edit.
"""

import logging
from dataclasses import replace
from datetime import datetime

from ingestd.config.logs import log_event
from ingestd.extract.rules.site_rules import SiteRules
from ingestd.extract.version import with_feed_part_of
from ingestd.model.article import PAGE_ORIGINS, Article, BodyOrigin, KeptPage
from ingestd.model.errors import StoreError
from ingestd.model.feed import Entry
from ingestd.model.http import Response
from ingestd.model.post import Post, PostUpdate, RevisionReason
from ingestd.model.source import Source
from ingestd.poll.article_pages import extract, extract_with
from ingestd.poll.build_post import build_update
from ingestd.poll.context import PollContext
from ingestd.poll.workers import WorkerPool
from ingestd.store.revisions import page_of_present_text
from ingestd.text.content_digest import content_digest


async def extract_again(
    post: Post, page: KeptPage, source: Source | None, workers: WorkerPool, site_rules: SiteRules, now: datetime
) -> PostUpdate | None:
    """The update of a stored post from its kept page; None where nothing would change, or the page is not enough.

    `source` is the post's, None where it is no longer configured. Raises PollError where the extraction fails.
    """
    article = await extract_with(workers, site_rules, stored_entry(post), _kept_response(page), source)
    article = replace(
        article, extraction_version=with_feed_part_of(article.extraction_version, post.extraction_version)
    )
    # Of an article in several parts only the first page is kept: its whole text cannot be extracted again.
    has_parts = article.next_page and article.body_origin is not BodyOrigin.FEED
    is_same = article.html == post.content and article.extraction_version == post.extraction_version
    if has_parts or not article.text or is_same:
        return None
    return own_update(post, article, source, now)


def own_update(post: Post, article: Article, source: Source | None, now: datetime) -> PostUpdate:
    """The update by our rules, settings or code: of the text alone, and a revision only where its words change."""
    changed = content_digest(post.title, article.text) != content_digest(post.title, post.text)
    reason = RevisionReason.RULE if changed else None
    update = build_update(post, article, source, title=post.title, image=post.image, now=now, reason=reason)
    return update if article.body_origin not in PAGE_ORIGINS else replace(update, page_digest=article_digest(article))


def article_digest(article: Article) -> str:
    """The digest of what a page says, by which visits find edits."""
    return content_digest(article.title or "", article.text)


async def kept_article(post: Post, entry: Entry | None, source: Source, context: PollContext) -> Article | None:
    """What the present rules make of the page of a post's present text; None where that page is not kept."""
    try:
        page = await context.database.reading(page_of_present_text, post.id)
    except StoreError as error:
        log_event("store-failed", level=logging.ERROR, source=source.name, url=post.from_url, error=str(error))
        return None
    if page is None or not page.body:
        return None
    article = await extract(entry, _kept_response(page), source, context)
    return article if article is not None and article.body_origin in PAGE_ORIGINS else None


def stored_entry(post: Post) -> Entry:
    """What the feed gave, as far as the post still tells."""
    return Entry(
        title=post.title,
        link=post.from_url,
        content=post.content if post.body_origin is BodyOrigin.FEED else "",
        summary=post.content if post.body_origin is BodyOrigin.SUMMARY else "",
    )


def _kept_response(page: KeptPage) -> Response:
    headers = (("content-type", page.content_type),) if page.content_type else ()
    return Response(page.url, page.final_url, page.http_status, headers, page.body, page.fetched_at)
