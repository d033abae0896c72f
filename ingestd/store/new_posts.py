"""Inserts new posts, each article once.

New posts are compared with `identities` again under the database's write lock, because another process may have stored
the same article since the pipeline read the table. Such a post is recorded as a sighting of the stored one and is not
stored a second time. Nor is one that its site has moved: the same source listed it under another address before.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from ingestd.identity.evidence import Features
from ingestd.identity.keys import ABOUT, CANONICAL, FINAL, GUID, LINK, NUMBER, SHARED
from ingestd.identity.moved import is_moved, path_of
from ingestd.identity.ownership import Claim, claim_beside_comment, claim_to_url, with_link_to
from ingestd.identity.page_identity import same_article
from ingestd.model.poll import WriteBatch
from ingestd.model.post import KnownPost, NewPost
from ingestd.store import search
from ingestd.store.displaced_posts import displace, take_over
from ingestd.store.fingerprints import add_fingerprints
from ingestd.store.identities import ADD_KEY, COMPARED_TEXT_CHARS, DatedPost, known_posts, posts_of_dates
from ingestd.store.in_list import in_list, json_texts
from ingestd.store.inbox import remove_from_inbox
from ingestd.store.models import posts, sightings, visits
from ingestd.store.pages import store_pages
from ingestd.store.post_labels import add_labels
from ingestd.store.post_rows import new_row, prepared_of
from ingestd.store.prepared_statements import PreparedQuery, PreparedStatement
from ingestd.text.characters import database_text
from ingestd.text.plain_text import plain_text
from ingestd.text.times import from_epoch_ms, utc_text

#: Kinds of key that the entry itself gives, which identify an article without further evidence.
_ENTRY_KEY_KINDS = (LINK, GUID)
#: Kinds of key that identify an article only where `same_article` confirms it: those of its page, and a number.
_CONFIRMED_KEY_KINDS = (FINAL, CANONICAL, NUMBER)
#: A sighting that is later than the present feed by more than this was recorded under a wrong clock.
MAX_CLOCK_SKEW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of the posts of a batch.

    `stored` has (row number, post) of each that was stored, `known` (post, row number) of each whose article was known
    already; the row number is None where the stored post was deleted. `edited` are those of `known` that their site
    has moved, and whose entry has other words than before.
    """

    stored: list[tuple[int, NewPost]]
    known: list[tuple[NewPost, int | None]]
    edited: list[tuple[NewPost, int]]


def store_posts(connection: Connection, batch: WriteBatch) -> Placed:
    """Insert the batch's posts whose articles have no post yet, and remove its entries from the inbox."""
    if not batch.posts:
        return Placed([], [], [])
    placement = _Placement(connection, batch)
    for new in _own_addresses_first(batch.posts):
        placement.place(new)
    to_insert = placement.to_insert
    rows = _insert_posts(connection, to_insert)
    remove_from_inbox(connection, [new.waiting_id for new in batch.posts if new.waiting_id is not None])
    matched = [(new, _row_number(match, rows)) for new, match in placement.matched]
    return Placed(list(zip(rows, to_insert, strict=True)), matched, placement.edited)


class _Placement:
    """Which posts of a batch are to be inserted, and which are articles that are stored."""

    def __init__(self, connection: Connection, batch: WriteBatch) -> None:
        found = [pair for new in batch.posts for pair in new.keys + (new.elsewhere[1] if new.elsewhere else ())]
        keys = [key for kind, key in found if kind != SHARED]
        addresses = [new.post.from_url for new in batch.posts]
        addresses += [new.elsewhere[0] for new in batch.posts if new.elsewhere]
        self._connection, self._at, self._of_history = connection, batch.at, batch.of_history
        self._known = known_posts(connection, keys, batch.source_id)
        self._by_url = _posts_by_url(connection, [url for url in addresses if url])
        # What one post alone has need not be remembered for the others.
        self._repeated_keys = _repeated(key for _, key in found)
        self._repeated_urls = _repeated(map(database_text, addresses))
        self._dated = _dated_posts(connection, batch)
        self.to_insert: list[NewPost] = []
        self.matched: list[tuple[NewPost, KnownPost]] = []
        self.edited: list[tuple[NewPost, int]] = []

    def place(self, new: NewPost) -> None:
        """Find the stored post of an article, or put it among those to be inserted."""
        claimed = {key: kind for kind, key in new.keys if kind in _CONFIRMED_KEY_KINDS and key in self._known}
        url = database_text(new.post.from_url)
        match = _matching_post(new, self._known, claimed) or self._by_url.get(url)
        if match is None and (moved := _moved_post(new, self._dated, of_history=self._of_history)) is not None:
            match = moved.post
            if _has_other_words(new, moved):
                self.edited.append((new, match.post_id))
        if match is None and (listed := self._listed_post(new)) is not None:
            self.matched.append((new, listed))
            return
        claim = _claim(new, match) if match is not None else Claim.DISPLACE
        if claim is Claim.ELSEWHERE and new.elsewhere is not None:
            self.place(_moved_elsewhere(new, *new.elsewhere))
        elif match is None or claim is Claim.DISPLACE:
            if match is not None and match.kind != ABOUT:
                displace(self._connection, match, new, self._at)
            self._insert(new, claimed, url)
        else:
            if claim is Claim.TAKE_OVER:
                take_over(self._connection, new, match, self._at)
            self.matched.append((new, match))

    def _listed_post(self, new: NewPost) -> KnownPost | None:
        """The post of the URL that an entry is about, where it turns out to be a listing of that URL's article."""
        about = next((self._known[key] for kind, key in new.keys if kind == ABOUT and key in self._known), None)
        if about is None or about.kind not in (LINK, ABOUT) or about.deleted:
            return None
        features = Features.of_new_post(new.post)
        if about.kind == ABOUT:
            claim = claim_beside_comment(features, about, of_own_site=False, has_address=False)
        else:
            claim = claim_to_url(features, about, of_own_site=False, by_own_source=False)
        return about if claim is Claim.SAME else None

    def _insert(self, new: NewPost, claimed: dict[str, str], url: str) -> None:
        # A final or canonical URL that identifies another article is not stored as a key of this one.
        self.to_insert.append(replace(new, keys=tuple(p for p in new.keys if p[1] not in claimed)) if claimed else new)
        number = -len(self.to_insert)
        for kind, key in self.to_insert[-1].keys:
            if key in self._repeated_keys and (kind in _ENTRY_KEY_KINDS or kind in _CONFIRMED_KEY_KINDS):
                self._known[key] = _pending_post(new, number, kind)
        if url in self._repeated_urls:
            self._by_url[url] = _pending_post(new, number)


def _repeated(values: Iterable[str]) -> set[str]:
    """The values that occur more than once."""
    return {value for value, times in Counter(values).items() if times > 1}


def _moved_elsewhere(new: NewPost, url: str, keys: tuple[tuple[str, str], ...]) -> NewPost:
    """A post under an address of its own, with its URL kept as a link."""
    content = with_link_to(new.post.content, new.post.from_url)
    post = replace(new.post, from_url=url, content=content, text=plain_text(content))
    own = replace(new, post=post, keys=keys, of_own_site=True, by_own_source=True, elsewhere=None, fingerprint=None)
    return replace(own, page=None, page_digest=None, visit=None)


def _claim(new: NewPost, match: KnownPost) -> Claim:
    """What a new post is to the stored one that has its URL. One of this batch, without a row yet, is the same."""
    if match.kind not in (LINK, ABOUT) or (match.kind == LINK and match.source_id in (None, new.post.source_id)):
        return Claim.SAME
    features = Features.of_new_post(new.post)
    if match.kind == ABOUT:
        # That post has another address: the URL is free, and the article needs no other one.
        return claim_beside_comment(features, match, of_own_site=new.of_own_site, has_address=False)
    return claim_to_url(features, match, of_own_site=new.of_own_site, by_own_source=new.by_own_source)


def _own_addresses_first(new_posts: Sequence[NewPost]) -> list[NewPost]:
    """The posts in their order, but after the others those whose addresses lead to the page of another one."""
    links = {key for new in new_posts for kind, key in new.keys if kind == LINK}
    return sorted(new_posts, key=lambda new: any(kind == FINAL and key in links for kind, key in new.keys))


def _matching_post(new: NewPost, known: dict[str, KnownPost], claimed: dict[str, str]) -> KnownPost | None:
    """The stored post of the same article: found by a key of the entry, else by a key of its page that is confirmed.

    `claimed` has the kinds of the page's keys that are stored, by key.
    """
    by_entry = next((known[key] for kind, key in new.keys if kind in _ENTRY_KEY_KINDS and key in known), None)
    if by_entry is not None:
        return by_entry
    return next((known[key] for key, kind in claimed.items() if same_article(new.post, known[key], kind)), None)


def _dated_posts(connection: Connection, batch: WriteBatch) -> dict[int | None, list[DatedPost]]:
    """The posts of the source with the published time, and title or path, of one of the batch, by that time."""
    dated = [new.post for new in batch.posts if new.post.published_ms is not None]
    if not batch.source_id or not dated:
        return {}
    titles, paths = {post.title for post in dated}, {path_of(post.from_url) for post in dated}
    # Under a clock that was set back, the date is that of the clock, and not when the article was published.
    dates = {utc_text(post.date) for post in dated}
    dates |= {utc_text(from_epoch_ms(post.published_ms)) for post in dated if post.published_ms is not None}
    found: dict[int | None, list[DatedPost]] = {}
    for item in posts_of_dates(connection, batch.source_id, dates, titles, paths):
        found.setdefault(item.post.published_ms, []).append(item)
    return found


def _moved_post(new: NewPost, dated: dict[int | None, list[DatedPost]], *, of_history: bool) -> DatedPost | None:
    """The stored post whose article the source now lists under the address of `new`, and no more under its own.

    A history is read page by page, while polls go on: with `of_history` only what was listed before its begin counts.
    """
    seen_at, latest = utc_text(new.seen_at), utc_text(new.seen_at + MAX_CLOCK_SKEW)
    for candidate in dated.get(new.post.published_ms, ()):
        same_entry = new.entry_digest is not None and new.entry_digest == candidate.entry_digest
        last = candidate.last_seen_at
        # One that was last seen in the future was seen under a wrong clock.
        is_gone = last is not None and (last < seen_at if of_history else not seen_at <= last <= latest)
        if is_gone and is_moved(new.post, candidate.post, same_entry=same_entry):
            return candidate
    return None


def _has_other_words(new: NewPost, stored: DatedPost) -> bool:
    """Whether the source of a stored post says something else in the entry of `new` than it did in that of the post."""
    if stored.post.source_id != new.post.source_id or new.entry_digest is None or stored.entry_digest is None:
        return False
    return new.entry_digest != stored.entry_digest


def _pending_post(new: NewPost, number: int, kind: str = LINK) -> KnownPost:
    """A post of this batch that has no row yet, for comparison with later ones; `number` is -1 for the first."""
    post = new.post
    text = post.text[:COMPARED_TEXT_CHARS]
    return KnownPost(number, post.source_id, post.from_url, post.title, post.published_ms, text, kind=kind)


def _row_number(match: KnownPost, rows: list[int]) -> int | None:
    """The row number of a stored or pending post; None for a deleted one. `rows` has those of the pending posts."""
    if match.deleted:
        return None
    return match.post_id if match.post_id > 0 else rows[-match.post_id - 1]


def _insert_posts(connection: Connection, to_insert: list[NewPost]) -> list[int]:
    if not to_insert:
        return []
    rows = _next_row_numbers(connection, len(to_insert))
    pairs = list(zip(rows, to_insert, strict=True))
    words = {row: ready.words for row, new in pairs if (ready := prepared_of(new)) is not None}
    search.add_posts(connection, [(row, new.post.title, new.post.text) for row, new in pairs], words)
    add_labels(connection, ((row, new.post) for row, new in pairs))
    _INSERT_POST.run(connection, [{"id": row, **new_row(new)} for row, new in pairs], are_storable=True)
    add_fingerprints(connection, [(row, new.post.text, new.fingerprint) for row, new in pairs])
    ADD_KEY.run(connection, list(_identity_rows(pairs)))
    _INSERT_SIGHTING.run(connection, [_sighting_row(row, new) for row, new in pairs if new.post.source_id])
    if kept := [(row, new.page) for row, new in pairs if new.page is not None]:
        store_pages(connection, kept)
    _INSERT_VISIT.run(connection, [_visit_row(row, *new.visit) for row, new in pairs if new.visit is not None])
    return rows


_INSERT_POST = PreparedStatement(lambda insert: insert(posts))
_INSERT_SIGHTING = PreparedStatement(lambda insert: insert(sightings))
_INSERT_VISIT = PreparedStatement(lambda insert: insert(visits))


def _next_row_numbers(connection: Connection, count: int) -> list[int]:
    """Row numbers of `posts` that no post ever had, read before the INSERT: one that returns them is slower."""
    if connection.dialect.name == "sqlite":
        # The transaction holds the write lock, so no other process can use them.
        last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'posts'").scalar() or 0
        return list(range(last + 1, last + 1 + count))
    numbers = "SELECT nextval(pg_get_serial_sequence('posts', 'id')) FROM generate_series(1, %(count)s)"
    return list(connection.exec_driver_sql(numbers, {"count": count}).scalars())


def _identity_rows(pairs: list[tuple[int, NewPost]]) -> Iterable[dict[str, Any]]:
    for row, new in pairs:
        source_id, seen_at = new.post.source_id, utc_text(new.seen_at)
        for kind, key in new.keys:
            yield {"key": key, "kind": kind, "post_id": row, "source_id": source_id, "first_seen_at": seen_at}


def _sighting_row(post_id: int, new: NewPost) -> dict[str, Any]:
    seen_at = utc_text(new.seen_at)
    return {
        "post_id": post_id,
        "source_id": new.post.source_id,
        "first_seen_at": seen_at,
        "last_seen_at": seen_at,
    }


def _visit_row(post_id: int, purpose: str, due: datetime, attempt: int) -> dict[str, Any]:
    return {"post_id": post_id, "purpose": purpose, "due_at": utc_text(due), "attempt": attempt}


def _posts_by_url(connection: Connection, urls: list[str]) -> dict[str, KnownPost]:
    """The stored post of each URL that has one; only its row number and URL are set."""
    rows = _POSTS_BY_URL.run(connection, {"urls": json_texts(map(database_text, urls))})
    return {row.from_url: KnownPost(row.id, from_url=row.from_url) for row in rows}


_POSTS_BY_URL = PreparedQuery(select(posts.c.from_url, posts.c.id).where(in_list(posts.c.from_url, "urls")))
