"""The table `visits`: when the page of each post is visited again, and what a visit found.

A post may be deleted while its page is visited: then nothing is stored.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, ScalarSelect, bindparam, case, delete, exists, func, or_, select, update

from ingestd.model.article import BodyOrigin, KeptPage
from ingestd.model.errors import LeaseLostError
from ingestd.model.event import EventKind
from ingestd.model.post import Post
from ingestd.store.codec import chunks
from ingestd.store.events import tell_of_posts
from ingestd.store.identities import add_keys
from ingestd.store.in_list import in_numbers
from ingestd.store.models import items, posts, sightings, visits
from ingestd.store.pages import latest_without_body
from ingestd.store.posts import existing_posts, row_post
from ingestd.store.prepared_statements import upsert
from ingestd.text.times import utc_text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DueVisit:
    """A page that is to be visited now, with what the visit compares; `page` as it was last kept, without its body.

    `source_id` is the source under whose settings it is visited: the post's own where it is polled, else another that
    lists the post; None for a post that no source has. `held_until` is the claim of the process that visits it, None
    where none was taken.
    """

    post: Post
    source_id: int | None
    purpose: str
    attempt: int
    content_digest: str | None
    page_digest: str | None
    page_state: str | None
    page: KeptPage | None
    held_until: str | None = None


_ANY_DUE_VISIT = select(visits.c.post_id).where(visits.c.due_at <= bindparam("now")).limit(1)


def has_due_visit(connection: Connection, now: datetime) -> bool:
    """Whether any visit is due, of whatever source: most of the time none is, and this costs less than `due_visits`."""
    return connection.execute(_ANY_DUE_VISIT, {"now": utc_text(now)}).first() is not None


def due_visits(connection: Connection, now: datetime, limit: int, source_ids: Collection[int]) -> list[DueVisit]:
    """The visits that are due of posts that these sources list, and of posts without one; the longest overdue first."""
    # As an expression, so that SQLite does not begin with all posts of the sources: few visits are due, in an index.
    source_id = posts.c.source_id + 0
    listing_source = _listing_source(source_ids)
    query = (
        select(posts, visits.c.purpose, visits.c.attempt, listing_source.label("listing_source"))
        .join(visits, visits.c.post_id == posts.c.id)
        .where(
            visits.c.due_at <= utc_text(now),
            or_(source_id.is_(None), in_numbers(source_id, source_ids), listing_source.is_not(None)),
        )
        .order_by(visits.c.due_at)
        .limit(limit)
        .with_for_update(of=visits, skip_locked=True)
    )
    return [_due_visit(connection, row, source_ids) for row in connection.execute(query).mappings().all()]


def _listing_source(source_ids: Collection[int]) -> ScalarSelect[Any]:
    """The first of these sources that lists a post."""
    listed = (sightings.c.post_id == posts.c.id) & in_numbers(sightings.c.source_id, source_ids)
    return select(func.min(sightings.c.source_id)).where(listed).scalar_subquery()


def _due_visit(connection: Connection, row: Mapping[Any, Any], source_ids: Collection[int]) -> DueVisit:
    return DueVisit(
        row_post(row),
        row["source_id"] if row["source_id"] in source_ids else row["listing_source"],
        row["purpose"],
        row["attempt"],
        row["content_digest"],
        row["page_digest"],
        row["page_state"],
        latest_without_body(connection, row["id"]),
    )


def visits_of_posts(connection: Connection, post_ids: Iterable[int], source_ids: Collection[int]) -> list[DueVisit]:
    """A visit to the page of each of these posts, due or not, under one of these sources; by their IDs.

    A page that was never read is to be read (`retry`), another one is compared (`revisit`).
    """
    unread = posts.c.body_origin.in_([str(BodyOrigin.SUMMARY), str(BodyOrigin.NONE)])
    purpose = func.coalesce(visits.c.purpose, case((unread, "retry"), else_="revisit"))
    query = (
        select(
            posts,
            purpose.label("purpose"),
            func.coalesce(visits.c.attempt, 0).label("attempt"),
            _listing_source(source_ids).label("listing_source"),
        )
        .outerjoin(visits, visits.c.post_id == posts.c.id)
        .where(posts.c.id == bindparam("post"))
    )
    rows = (connection.execute(query, {"post": post_id}).mappings().first() for post_id in sorted(set(post_ids)))
    return [_due_visit(connection, row, source_ids) for row in rows if row is not None]


_LISTED_POSTS = (
    select(posts.c.id)
    .join(items, items.c.post_id == posts.c.id)
    .where(items.c.source_id == bindparam("source"), posts.c.fetched_at < bindparam("before"))
    .distinct()
)


def listed_posts(connection: Connection, source_id: int, before: datetime) -> list[int]:
    """The posts that the present feed of a source lists and that were stored before a time."""
    return sorted(connection.execute(_LISTED_POSTS, {"source": source_id, "before": utc_text(before)}).scalars())


def claim_visits(
    connection: Connection,
    now: datetime,
    limit: int,
    source_ids: Collection[int],
    held_until: Callable[[Post], datetime],
) -> list[DueVisit]:
    """Take the due visits (see `due_visits`): each is due again at `held_until(post)`, unless it is planned before.

    So a visit whose result cannot be written, or whose process is killed, is made again, and not at once.
    """
    due = due_visits(connection, now, limit, source_ids)
    held = [replace(visit, held_until=utc_text(held_until(visit.post))) for visit in due]
    for visit in held:
        ours = visits.c.post_id == visit.post.id
        connection.execute(update(visits).where(ours).values(due_at=visit.held_until))
    return held


def under_claim(connection: Connection, visit: DueVisit, function: Callable[..., T], *args: object) -> T:
    """`function(connection, …)`, where the visit is still held by who claimed it: in the transaction that writes.

    Raises LeaseLostError where it is held by another process, or planned anew: what was found at the page may be old.
    """
    ours = select(visits.c.due_at).where(visits.c.post_id == visit.post.id)
    is_lost = visit.held_until is not None and connection.execute(ours).scalar() != visit.held_until
    if is_lost and existing_posts(connection, (visit.post.id,)):
        raise LeaseLostError("another process visits the page, or its next visit was planned meanwhile")
    return function(connection, *args)


def plan_visit(connection: Connection, post_id: int, purpose: str, due: datetime, attempt: int) -> None:
    """Set the next visit of a post's page, in place of any other."""
    if not existing_posts(connection, (post_id,)):
        return
    values = {"purpose": purpose, "due_at": utc_text(due), "attempt": attempt}
    statement = upsert(connection, visits).values(post_id=post_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["post_id"], set_=values))


def bring_visit_forward(connection: Connection, post_id: int, due: datetime, attempt: int) -> None:
    """Have a post's page visited by `due`, and as often later as is planned; `attempt` counts where nothing is."""
    query = select(visits.c.purpose, visits.c.due_at, visits.c.attempt).where(visits.c.post_id == post_id)
    planned = connection.execute(query).one_or_none()
    if planned is None:
        plan_visit(connection, post_id, "revisit", due, attempt)
    elif planned.due_at > utc_text(due):
        plan_visit(connection, post_id, planned.purpose, due, max(planned.attempt - 1, 0))


#: The posts among `ids` of another source than `source`, which lists them for the first time, whose pages are not read.
_UNREAD_POSTS = select(posts.c.id).where(
    posts.c.id.in_(bindparam("ids", expanding=True)),
    posts.c.body_origin.in_([str(BodyOrigin.SUMMARY), str(BodyOrigin.NONE)]),
    posts.c.source_id.is_distinct_from(bindparam("source")),
    ~exists().where(sightings.c.post_id == posts.c.id, sightings.c.source_id == bindparam("source")),
    ~exists().where(visits.c.post_id == posts.c.id),
)


def plan_first_reading(connection: Connection, source_id: int, listed: Iterable[int], now: datetime) -> None:
    """Plan a visit to the page of each post that a source which reads pages lists for the first time.

    Only of posts without a text of their page, and without a planned visit: they are of a source that reads no pages,
    or that could not read theirs.
    """
    for ids in chunks(sorted(set(listed))):
        unread = connection.execute(_UNREAD_POSTS, {"ids": list(ids), "source": source_id}).scalars().all()
        for post_id in unread:
            plan_visit(connection, post_id, "retry", now, 0)


def end_visits(connection: Connection, post_id: int) -> None:
    """Plan no further visit of a post's page."""
    connection.execute(delete(visits).where(visits.c.post_id == post_id))


def record_visit(
    connection: Connection, post_id: int, at: datetime, state: str | None, moved_to: str | None = None
) -> None:
    """Store what a visit found: changed, gone, moved, or None for as it was; a new address becomes a key of the post.

    None leaves `page_state` as it is; the state `there` clears it. A page that is found gone is told of.
    """
    if state == "gone" and connection.execute(_PAGE_STATE, {"post": post_id}).scalar() != "gone":
        tell_of_posts(connection, EventKind.POST_GONE, [post_id], at)
    values: dict[str, object] = {"page_checked_at": utc_text(at)}
    if state is not None:
        values |= {"page_state": None if state == "there" else state, "updated_at": utc_text(at)}
    found = connection.execute(update(posts).where(posts.c.id == post_id).values(values)).rowcount
    if moved_to is not None and found:
        add_keys(connection, None, [("final", moved_to, post_id)], at)


_PAGE_STATE = select(posts.c.page_state).where(posts.c.id == bindparam("post"))


class PageState(NamedTuple):
    """What visiting a page again found: changed, gone, moved or None; and when it was last visited, as UTC text."""

    state: str | None
    checked_at: str | None


def page_state(connection: Connection, post_id: int) -> PageState | None:
    """The state of a post's page; None where the post does not exist."""
    found = connection.execute(select(posts.c.page_state, posts.c.page_checked_at).where(posts.c.id == post_id))
    row = found.one_or_none()
    return None if row is None else PageState(*row)


def set_page_digest(connection: Connection, post_id: int, page_digest: str, before: str | None) -> None:
    """Set the digest that later visits compare the page with, where it is still `before`.

    None is that of a post without one: the feed gave its text.
    """
    ours = posts.c.id == post_id, posts.c.page_digest.is_not_distinct_from(before)
    connection.execute(update(posts).where(*ours).values(page_digest=page_digest))
