"""What a stored post gains where its article was read under another address: a text of its page, or an edit."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from ingestd.model.article import PAGE_ORIGINS, BodyOrigin
from ingestd.model.post import NewPost, Post, PostUpdate, RevisionReason
from ingestd.store.new_posts import Placed
from ingestd.store.posts import get_post
from ingestd.store.revisions import digests_of
from ingestd.store.revisit_queue import bring_visit_forward
from ingestd.text.content_digest import content_digest, has_all_lines

#: Bodies that are no whole text.
_SHORT_ORIGINS = frozenset({BodyOrigin.SUMMARY, BodyOrigin.NONE})


def updates_by_new_addresses(connection: Connection, placed: Placed, at: datetime) -> Iterator[PostUpdate]:
    """The updates of posts that were known already, by what stands under their new addresses."""
    edited = {post_id for _, post_id in placed.edited}
    for new, number in placed.edited:
        if (post := get_post(connection, number)) is not None:
            yield _edit(post, new, at)
    for new, post_id in placed.known:
        if post_id is None or post_id in edited or new.post.body_origin not in PAGE_ORIGINS or not new.post.text:
            continue
        post = get_post(connection, post_id)
        if post is not None and post.body_origin in _SHORT_ORIGINS:
            yield _with_text(post, new, at)


def _edit(post: Post, new: NewPost, at: datetime) -> PostUpdate:
    """The edit of an article that its site has changed and moved at once; the whole text of a summary is none."""
    reason = None if _is_whole_of_summary(new.post, post) else RevisionReason.ENTRY
    update = replace(_with_text(post, new, at), reason=reason, entry_digest=new.entry_digest)
    if new.post.title:
        update = replace(update, title=new.post.title, link_title=new.post.link_title)
    if not _has_text_of_its_kind(new.post, post):
        kept = replace(update, content=post.content, text=post.text, body_origin=None, fingerprint=None)
        update = replace(kept, page=None, page_digest=None, image=None)
    return replace(update, content_digest=content_digest(update.title, update.text))


def _has_text_of_its_kind(new: Post, post: Post) -> bool:
    """Whether a text may take the place of the stored one: not of a page's that of a feed, nor of any a summary's."""
    if not new.text or (new.body_origin not in PAGE_ORIGINS and post.body_origin in PAGE_ORIGINS):
        return False
    return new.body_origin not in _SHORT_ORIGINS or post.body_origin in _SHORT_ORIGINS


def _is_whole_of_summary(new: Post, post: Post) -> bool:
    """Whether a text is the whole one of which the stored post has a part, under the same title."""
    is_whole = post.body_origin in _SHORT_ORIGINS and new.body_origin not in _SHORT_ORIGINS
    return is_whole and new.title == post.title and bool(new.text) and has_all_lines(new.text, post.text)


def _with_text(post: Post, new: NewPost, at: datetime) -> PostUpdate:
    found = new.post
    return PostUpdate(
        post.id,
        title=post.title,
        content=found.content,
        text=found.text,
        content_digest=content_digest(post.title, found.text),
        at=at,
        reason=None,
        body_origin=found.body_origin,
        extraction_version=found.extraction_version,
        page_digest=new.page_digest,
        page=new.page,
        modified_at=found.modified_at,
        image=found.image,
        media=new.media,
        visit=new.visit,
        fingerprint=new.fingerprint,
    )


def visit_changed_pages(connection: Connection, known: Sequence[tuple[NewPost, int | None]], at: datetime) -> None:
    """Have each page visited now that says something else than its post, which is listed under another address."""
    for new, post_id in known:
        if post_id is None or new.page_digest is None or new.visit is None:
            continue
        stored = digests_of(connection, post_id)
        if stored is not None and stored.page_digest not in (None, new.page_digest):
            _purpose, _due, attempt = new.visit
            bring_visit_forward(connection, post_id, at, attempt)
