"""Extracts a kept page again, under the present rules, without the network: for `ingestd extract --again`."""

from datetime import datetime

from ingestd.extract.rules.site_rules import SiteRules
from ingestd.model.article import BodyOrigin, KeptPage
from ingestd.model.feed import Entry
from ingestd.model.http import Response
from ingestd.model.post import Post, PostUpdate
from ingestd.model.source import Source
from ingestd.poll.article_pages import extract_with
from ingestd.poll.build_post import build_update
from ingestd.poll.workers import WorkerPool
from ingestd.text.content_digest import content_digest


async def extract_again(
    post: Post, page: KeptPage, source: Source | None, workers: WorkerPool, site_rules: SiteRules, now: datetime
) -> PostUpdate | None:
    """The update of a stored post from its kept page; None where nothing would change, or the page is not enough.

    `source` is the post's, None where it is no longer configured. Raises PollError where the extraction fails.
    """
    article = await extract_with(workers, site_rules, _stored_entry(post), _kept_response(page), source)
    # Of an article in several parts only the first page is kept: its whole text cannot be extracted again.
    has_parts = article.next_page and article.body_origin is not BodyOrigin.FEED
    if has_parts or not article.text or article.html == post.content:
        return None
    changed = content_digest(post.title, article.text) != content_digest(post.title, post.text)
    reason = "rule" if changed else None
    return build_update(post, article, source, title=post.title, image=post.image, now=now, reason=reason)


def _stored_entry(post: Post) -> Entry:
    """What the feed gave, as far as the stored post has it."""
    return Entry(
        title=post.title,
        link=post.from_url,
        content=post.content if post.body_origin is BodyOrigin.FEED else "",
        summary=post.content if post.body_origin is BodyOrigin.SUMMARY else "",
    )


def _kept_response(page: KeptPage) -> Response:
    headers = (("content-type", page.content_type),) if page.content_type else ()
    return Response(page.url, page.final_url, page.http_status, headers, page.body, page.fetched_at)
