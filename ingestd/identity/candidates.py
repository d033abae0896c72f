"""The articles to which the keys of an entry lead, and how far each of these keys counts."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingestd.identity import urls
from ingestd.identity.article_index import ArticleIndex
from ingestd.identity.common_parameters import is_without_parameters
from ingestd.identity.keyed_entries import KeyedEntry
from ingestd.identity.keys import CANONICAL, SHARED, SYNTHETIC_HASH_MARK, SYNTHETIC_URL_MARK
from ingestd.identity.ownership import Claim
from ingestd.model.post import KnownPost


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known post that a key of the entry leads to, and how far that key counts.

    `reason` names the key in words. `is_certain`: the post matches without evidence, unless it contradicts.
    `prior_score` is added to the score of the evidence: 0 for a certain key, which counts for nothing where the
    evidence contradicts. `needs_evidence`: the post matches only if some evidence
    supports it. `other_link`: the entry has another link than the post.
    """

    post: KnownPost
    reason: str
    is_certain: bool = False
    prior_score: int = 0
    needs_evidence: bool = False
    other_link: bool = False


def candidates(item: KeyedEntry, index: ArticleIndex) -> Iterator[Candidate]:
    """The candidates of an entry, the keys that say most first."""
    by_link, by_guid = (
        None if known is not None and _is_known_by_its_hash_alone(known) else known
        for known in (index.lookup(item.keys.link), index.lookup(item.keys.guid))
    )
    by_name = item.keys.synthetic_by_guid if item.has_reliable_guid else None
    if _agree(item, by_link, by_guid) and index.claim_to_link(item) is Claim.SAME:
        by_name = None  # another source's post may have the URL that is made of this link and guid
    for key in (item.keys.synthetic_by_hash, by_name, item.keys.permalink):
        if (own := index.lookup(key)) is not None:
            yield Candidate(own, "its own URL is known", is_certain=True)
    if not item.has_own_key and (by_text := index.known_by_text(item)) is not None:
        yield Candidate(by_text, "title and text are known, and the dates of the feed change", is_certain=True)
    claim = index.claim_to_link(item)
    if claim is Claim.TAKE_OVER and by_link is not None:
        yield Candidate(by_link, "the link is known, in the words of another site", is_certain=True)
    elif by_link is not None and claim is Claim.SAME:
        yield _by_link(item, by_link, by_guid, index)
    by_number = index.lookup(item.keys.number)
    is_whole = is_without_parameters(item.keys.number)
    if is_whole and by_link is None and _agree(item, by_number, by_guid) and by_guid is not None:
        yield Candidate(by_guid, "link and guid are known, but for what all links share", is_certain=True)
    if by_guid is not None and (candidate := _by_guid(item, by_guid, by_link, index)):
        yield candidate
    if by_number is not None and by_number.post_id not in index.listed and by_number.post_id >= 0:
        reason = "the link is known, but for what all links share" if is_whole else "the number in the link is known"
        yield Candidate(by_number, reason, prior_score=1, needs_evidence=True)


def _is_known_by_its_hash_alone(post: KnownPost) -> bool:
    """Whether a shared key leads to a post that has a URL of its own: the hash in it identifies the entry."""
    return post.kind == SHARED and SYNTHETIC_HASH_MARK in post.from_url


def _agree(item: KeyedEntry, by_link: KnownPost | None, by_guid: KnownPost | None) -> bool:
    """Whether link and guid are the entry's own, and lead to one post."""
    if by_link is None or by_guid is None or item.link_shared or item.guid_shared:
        return False
    # The keys of a deleted post are kept one by one, each with a post of its own.
    return by_guid.post_id == by_link.post_id or (by_link.deleted and by_guid.deleted)


def _by_link(item: KeyedEntry, post: KnownPost, by_guid: KnownPost | None, index: ArticleIndex) -> Candidate:
    if _agree(item, post, by_guid):
        return Candidate(post, "link and guid are known", is_certain=True)
    # An unknown guid contradicts, where this source gave the post another guid. One that leads to another post does
    # not: the source has used it again. Nor does one that is the title, or a place in a list: it changes with these.
    # Nor where the source has renewed the guids of all its articles.
    guid_contradicts = item.has_reliable_guid and bool(post.guids) and by_guid is None
    guid_contradicts = guid_contradicts and not index.guids_renewed
    if item.link_shared:
        prior_score = -2 if guid_contradicts else 0
        return Candidate(post, "the link is known", prior_score=prior_score, needs_evidence=True)
    if urls.is_home(item.keys.link or ""):
        prior_score = -2 if guid_contradicts else int(post.source_id != index.source.id)
        return Candidate(post, "the link is known", prior_score=prior_score)
    if post.kind == CANONICAL:
        return Candidate(post, "the link is another page's canonical link", prior_score=1)
    return Candidate(post, "the link is known", is_certain=not guid_contradicts, prior_score=int(guid_contradicts))


def _by_guid(item: KeyedEntry, post: KnownPost, by_link: KnownPost | None, index: ArticleIndex) -> Candidate | None:
    if item.keys.link is None:
        shared = item.guid_shared
        return Candidate(post, "the guid is known", is_certain=not shared, needs_evidence=shared)
    if item.guid_shared and not item.link_shared:
        return None  # the link decides
    if by_link is None and not item.link_shared and post.post_id in index.listed:
        # Another entry of the document has the link of the guid's post: this one matches only as a copy of it.
        is_copy = index.compare(item, post).is_copy
        return Candidate(post, "the guid and the text are known", is_certain=True) if is_copy else None
    if item.link_shared and not item.guid_shared:
        return Candidate(post, "the guid is known; the link is shared by several articles", is_certain=True)
    # A deleted post has nothing to compare: its guid alone decides. A weak guid counts for a post that came without
    # a link, since it has no other key.
    is_reliable = item.has_reliable_guid or SYNTHETIC_URL_MARK in post.from_url
    return Candidate(
        post,
        "the guid is known",
        is_certain=post.deleted and is_reliable,
        prior_score=1 if is_reliable else -1,
        other_link=by_link is None and not item.link_shared,
    )
