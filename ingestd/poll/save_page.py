"""Stores one page that a user names as a post of the source "saved".

URL ─identify─▶ fresh Entry ─fetch─▶ Page ─extract─▶ Article ─build─▶ Post ─store─▶ row
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ingestd.config.values import is_fetchable_url
from ingestd.identity.keyed_entries import key_entries
from ingestd.identity.urls import redact
from ingestd.model.article import PAGE_ORIGINS
from ingestd.model.feed import Entry
from ingestd.model.poll import InboxEntry, WriteBatch
from ingestd.model.source import Source
from ingestd.poll.article_step import fetch_new_posts
from ingestd.poll.context import PollContext
from ingestd.poll.identify import identify
from ingestd.store import writes
from ingestd.store.identities import known_posts
from ingestd.store.posts import get_post


@dataclass(frozen=True, slots=True)
class SavedPage:
    """What became of one address: its post is new, or was stored before, or there is none and `error` says why."""

    url: str
    found: Literal["saved", "known", "failed"]
    post_id: int | None = None
    title: str | None = None
    error: str | None = None


async def save_page(url: str, saved: Source, context: PollContext) -> SavedPage:
    """Store the article at an address, unless it has a post; a page without an article is not stored.

    `saved` is the source that the post belongs to. Raises StoreError.
    """
    shown = redact(url)
    if not is_fetchable_url(url):
        return SavedPage(shown, "failed", error="no absolute http:// or https:// address")
    # The page speaks for its own site, as the page behind an entry of a feed of that site does.
    source = replace(saved, url=url)
    keyed_entries = key_entries((Entry(link=url),), source, context.url_rules)
    known = await context.database.reading(known_posts, sorted(keyed_entries.keys), source.id)
    decisions = identify(keyed_entries, source, known)
    if decisions.seen:
        return await _known(shown, decisions.seen[0].post_id, context)
    (fresh,) = decisions.fresh
    now = context.clock()
    keys = tuple((key.kind, key.key) for key in fresh.keys)
    (fetched,) = await fetch_new_posts(
        [InboxEntry(fresh.entry, fresh.from_url, keys[0][1], now, keys=keys)], source, context
    )
    posts = fetched.posts
    if not posts or posts[0].post.body_origin not in PAGE_ORIGINS:
        reason = next((problem.reason for problem in fetched.problems), "no article was found on the page")
        return SavedPage(shown, "failed", error=reason)
    batch = WriteBatch(source.id, context.clock(), posts=posts, problems=fetched.problems, fetches_pages=True)
    written = await context.database.writing(writes.write, batch)
    if written.stored:
        row, new = written.stored[0]
        return SavedPage(shown, "saved", row, new.post.title)
    return await _known(shown, await _post_of([key for _, key in posts[0].keys], source, context), context)


async def _post_of(keys: Sequence[str], source: Source, context: PollContext) -> int | None:
    """The post that the first of these keys leads to, as it is stored now."""
    stored = await context.database.reading(known_posts, keys, source.id)
    return next((stored[key].post_id for key in keys if key in stored), None)


async def _known(url: str, post_id: int | None, context: PollContext) -> SavedPage:
    post = await context.database.reading(get_post, post_id) if post_id is not None else None
    if post is None:
        return SavedPage(url, "failed", error="its post was deleted by `posts delete`, and is not stored again")
    return SavedPage(url, "known", post.id, post.title)
