"""The table `revisions`: changes of stored posts, and their earlier texts."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exists, insert, select, update

from ingestd.model.article import KeptPage
from ingestd.model.post import PostUpdate, RevisionReason
from ingestd.store import search
from ingestd.store.fingerprints import add_fingerprints
from ingestd.store.models import pages, posts, revisions
from ingestd.store.pages import latest, store_pages
from ingestd.store.post_rows import post_row
from ingestd.store.revisit_queue import bring_visit_forward, plan_visit
from ingestd.text.times import utc_text

_STORED_POST = select(
    posts.c.title,
    posts.c.content,
    posts.c.text,
    posts.c.image,
    posts.c.modified_at,
    posts.c.body_origin,
    posts.c.revision,
    posts.c.content_digest,
)

#: Columns whose change sets `updated_at`; the others serve comparison only.
_VISIBLE_COLUMNS = ("title", "content", "text", "image", "modified_at", "body_origin")


#: Columns that tell whose article it is: they come from the site of its URL, as soon as that lists it.
_OWNER_COLUMNS = (
    *("source_id", "from_url", "date", "author", "tags", "categories", "published_ms", "date_origin", "date_raw"),
    *("zone_origin", "date_clamped", "language", "enclosures", "feed_categories"),
)


def update_post(connection: Connection, change: PostUpdate) -> bool:
    """Store a post's new text; True where it is a new revision.

    It is one where the post never had this text, or where its present text was not among the earlier ones yet. Each
    text is stored once: where a feed alternates between two versions, the post has the present one and `revisions`
    has both. Nothing happens where the post was deleted.
    """
    stored = connection.execute(_STORED_POST.where(posts.c.id == change.post_id)).one_or_none()
    if stored is None:
        return False
    edited = change.reason is not None and change.content_digest != stored.content_digest
    is_new = edited and not _is_stored(connection, change.post_id, change.content_digest)
    values = _values(change, stored)
    if edited and not _is_stored(connection, change.post_id, stored.content_digest):
        _keep(connection, stored, change)
        is_new = True
    if is_new:
        values["revision"] = stored.revision + 1
    if change.page is not None:
        values["page_checked_at"] = utc_text(change.page.fetched_at)
        if is_new or change.reason is None or not _has_page(connection, change.post_id):
            store_pages(connection, [(change.post_id, change.page)])
    differs = any(name in values and values[name] != getattr(stored, name) for name in _VISIBLE_COLUMNS)
    if differs or change.owner is not None:
        values["updated_at"] = utc_text(change.at)
    if values:
        change_post(connection, change.post_id, values, stored, fingerprint=change.fingerprint)
    if change.visit is not None:
        plan_visit(connection, change.post_id, *change.visit)
    if change.revisit_by is not None:
        bring_visit_forward(connection, change.post_id, *change.revisit_by)
    return is_new


def change_post(
    connection: Connection, post_id: int, values: dict[str, Any], stored: Any, *, fingerprint: bytes | None = None
) -> None:
    """Set columns of a post, and keep the search index and the fingerprint right; `fingerprint` is that of its text."""
    title, text = values.get("title", stored.title), values.get("text", stored.text)
    differs = (title, text) != (stored.title, stored.text)
    indexed = differs and search.remove_post(connection, post_id, stored.title, stored.text)
    connection.execute(update(posts).where(posts.c.id == post_id).values(values))
    if indexed:
        search.add_posts(connection, [(post_id, title, text)])
    if text != stored.text:
        add_fingerprints(connection, [(post_id, text, fingerprint)])


def _values(change: PostUpdate, stored: Any) -> dict[str, Any]:
    given = {
        "entry_digest": change.entry_digest,
        "page_digest": change.page_digest,
        "image": change.image,
        "modified_at": change.modified_at and utc_text(change.modified_at),
    }
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if change.owner is not None:
        row = post_row(change.owner)
        values |= {name: row[name] for name in _OWNER_COLUMNS}
    if change.content_digest != stored.content_digest or change.reason is None:
        values |= {
            "title": change.title,
            "content": change.content,
            "text": change.text,
            "content_digest": change.content_digest,
        }
        if change.title != stored.title:
            # An imported file's link line belongs to the title that it was imported with.
            values["link_title"] = change.link_title
        if change.body_origin is not None:
            values |= {"body_origin": str(change.body_origin), "extraction_version": change.extraction_version}
    return values


def _is_stored(connection: Connection, post_id: int, digest: str | None) -> bool:
    """Whether a text is among the earlier ones, by its digest; False without a digest."""
    if digest is None:
        return False
    same = exists().where(revisions.c.post_id == post_id, revisions.c.digest == digest)
    return bool(connection.execute(select(same)).scalar_one())


def _keep(connection: Connection, stored: Any, change: PostUpdate) -> None:
    connection.execute(
        insert(revisions).values(
            post_id=change.post_id,
            revision=stored.revision,
            title=stored.title,
            content=stored.content,
            recorded_at=utc_text(change.at),
            reason=str(change.reason),
            digest=stored.content_digest,
        )
    )


def _has_page(connection: Connection, post_id: int) -> bool:
    return bool(connection.execute(select(exists().where(pages.c.post_id == post_id))).scalar_one())


def page_of_present_text(connection: Connection, post_id: int) -> KeptPage | None:
    """The kept page that gave a post's present text; None where it cannot be told, or was not kept.

    Of texts between which a site alternates each page is kept once: where the site has replaced the present text
    before, the newest page is that of another one. Raises StoreError where the page's dictionary is damaged.
    """
    returned = exists().where(
        revisions.c.post_id == posts.c.id,
        revisions.c.digest == posts.c.content_digest,
        revisions.c.reason != str(RevisionReason.RULE),
    )
    is_other = connection.execute(select(returned).where(posts.c.id == post_id)).scalar()
    return None if is_other is None or is_other else latest(connection, post_id)


def revisions_of(connection: Connection, post_id: int) -> list[dict[str, Any]]:
    """The earlier texts of a post, the oldest first."""
    query = select(revisions).where(revisions.c.post_id == post_id).order_by(revisions.c.revision)
    return [dict(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class PostDigests:
    """What a stored post is compared by."""

    from_url: str
    body_origin: str
    content_digest: str | None
    entry_digest: str | None
    page_digest: str | None


def digests_of(connection: Connection, post_id: int) -> PostDigests | None:
    """The digests of a post; None where it does not exist."""
    columns = posts.c.from_url, posts.c.body_origin, posts.c.content_digest, posts.c.entry_digest, posts.c.page_digest
    row = connection.execute(select(*columns).where(posts.c.id == post_id)).one_or_none()
    return None if row is None else PostDigests(*row)
