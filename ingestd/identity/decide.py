"""Which entries of a document are new articles, and which list a known one again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from ingestd.identity import urls
from ingestd.identity.article_index import ArticleIndex
from ingestd.identity.decisions import Decisions, FreshEntry, SeenEntry
from ingestd.identity.gone_entries import GoneEntries
from ingestd.identity.keyed_entries import KeyedEntries, KeyedEntry
from ingestd.identity.keys import ABOUT, SYNTHETIC_URL_MARK, Key, entry_link, synthetic_url
from ingestd.identity.matching import match_entry
from ingestd.identity.ownership import Claim, about_entry, has_own_text, own_permalink
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.model.post import KnownPost
from ingestd.model.source import Source


def decide(
    keyed_entries: KeyedEntries,
    source: Source,
    known: Mapping[str, KnownPost],
    *,
    listed: Collection[int] = (),
    gone: Collection[KnownPost] = (),
) -> Decisions:
    """Divide the entries of a document into fresh and seen ones.

    `known` maps each key in `keyed_entries.keys` that leads to a post (`Key.key`) to that post. `listed` are the ids of
    further posts in the document, whose entries were not parsed because they are unchanged. `gone` are posts whose
    entries the last document had and this one has no more: an entry without keys of its own may be an edit of one.
    Every entry is in `fresh`, in `seen`, counted in `repeated`, or a problem.
    """
    index = ArticleIndex(keyed_entries, source, known, listed)
    decider = _Decider(index, GoneEntries(gone, index))
    for item in index.items:
        decider.decide_entry(item)
    reason = "an entry has neither link nor guid nor title nor text"
    return Decisions(
        tuple(FreshEntry(new.entry, new.from_url, tuple(new.keys), new.reason, new.left_out_by) for new in decider.new),
        tuple(decider.seen),
        (Problem(Outcome.ENTRY_WITHOUT_LINK, reason, source.url),) * keyed_entries.empty,
        decider.repeated,
    )


@dataclass(slots=True)
class _NewArticle:
    """A new article of this document, and the keys of it that were added so far."""

    entry: Entry
    from_url: str
    reason: str
    keys: list[Key]
    left_out_by: str | None


class _Name(NamedTuple):
    """What a new article is stored under: its URL, and the key of that where it is no link of the entry's own.

    `entry` has what belongs to it in its text; `about` are keys of another site's article that it is about.
    """

    from_url: str
    synthetic: str | None
    entry: Entry
    about: list[Key]


class _Decider:
    """The entries that are decided so far."""

    def __init__(self, index: ArticleIndex, gone: GoneEntries) -> None:
        self.index = index
        self.gone = gone
        self.new: list[_NewArticle] = []
        self.seen: list[SeenEntry] = []
        self.repeated = 0

    def decide_entry(self, item: KeyedEntry) -> None:
        """Add an entry to those that are new, seen or repeated."""
        post, reason = match_entry(item, self.index)
        if post is None and (post := self.gone.take_edited_by(item)) is not None:
            reason = "an entry of the last document has changed"
        if post is None:
            self._add_new(item, reason)
        elif post.post_id < 0:
            self.repeated += 1
            self.new[-post.post_id - 1].keys += self.index.add_keys(item, post)
        else:
            self._add_seen(item, post, reason)

    def _add_new(self, item: KeyedEntry, reason: str) -> None:
        index = self.index
        claim = index.claim_to_link(item)
        if item.keys.link and (claim is Claim.DISPLACE or self._is_only_commented(item, claim)):
            index.free_link(item.keys.link)
        name = self._name(item, claim)
        guid = None if item.guid_shared else item.keys.guid
        entry, kept = name.entry, name.entry.guid if guid and index.lookup(guid) is None else None
        if entry.link != name.from_url or entry.guid != kept:
            entry = replace(entry, link=name.from_url, guid=kept)
        post = index.add_article(item, name.from_url, entry.title, (guid,) if guid else ())
        keys = index.add_keys(item, post, name.synthetic) + name.about
        self.new.append(_NewArticle(entry, name.from_url, reason, keys, item.left_out_by))

    def _is_only_commented(self, item: KeyedEntry, claim: Claim) -> bool:
        """Whether the post of the link is about that URL and has one of its own, which the entry has not."""
        post = self.index.lookup(item.keys.link)
        is_commented = claim is Claim.ELSEWHERE and post is not None and post.kind == ABOUT
        return is_commented and self._permalink(item, claim) is None

    def _name(self, item: KeyedEntry, claim: Claim) -> _Name:
        """Permalink of a new article, else its link where no other article has it, else a synthetic URL."""
        entry, link, index = item.entry, entry_link(item.entry), self.index
        is_free = index.lookup(item.keys.link) is None
        permalink = self._permalink(item, claim)
        if permalink is not None and link is not None:
            about = [Key(ABOUT, item.keys.link)] if is_free and not item.link_shared and item.keys.link else []
            return _Name(permalink, item.keys.permalink, about_entry(entry, permalink), about)
        if link is not None and is_free and not item.link_shared:
            return _Name(link, None, entry, [])
        # A guid that leads to another article does not identify this one.
        use_guid = item.has_reliable_guid and index.lookup(item.keys.guid) is None
        from_url = synthetic_url(entry, index.source, use_guid=use_guid)
        synthetic = item.keys.synthetic_by_guid if use_guid else item.keys.synthetic_by_hash
        if claim is Claim.ELSEWHERE:
            entry = about_entry(entry, from_url)
        return _Name(from_url, synthetic, entry, [])

    def _permalink(self, item: KeyedEntry, claim: Claim) -> str | None:
        """The entry's own address, where it has one and is no listing of another site's article.

        Where nothing is known of that article, its page tells later; without pages a text of its own is sufficient.
        """
        if item.keys.permalink is None or self.index.lookup(item.keys.permalink) is not None:
            return None
        is_known_to_differ = claim is Claim.ELSEWHERE
        may_differ = item.link_shared or self.index.source.article == "never"
        if is_known_to_differ or (may_differ and has_own_text(self.index.features(item).text)):
            return own_permalink(item.entry, self.index.source)
        return None

    def _add_seen(self, item: KeyedEntry, post: KnownPost, reason: str) -> None:
        # A sitemap or a page may list an old article again at any time; a feed does that where the article has changed.
        is_own = post.source_id == self.index.source.id and self.index.source.kind == "feed"
        is_listed = post.digest is not None or is_own
        # What other sites say of an article changes nothing in the words of its own site.
        is_hearsay = item.is_foreign and post.of_own_site and post.source_id != self.index.source.id
        changed = is_listed and post.digest != item.entry.digest and not post.deleted and not is_hearsay
        # The first of several entries of a post counts: a feed that lists two versions would change it at every poll.
        changed = changed and all(seen.post_id != post.post_id for seen in self.seen)
        # Where no key of its own leads to the post, the entry is known by what it says from now on.
        by_keys = [known for key in (item.keys.link, item.keys.guid) if (known := self.index.lookup(key)) is not None]
        by_hash = not item.has_own_key or (by_keys and all(known.post_id != post.post_id for known in by_keys))
        claim = self.index.claim_to_link(item)
        keys = tuple(self.index.add_keys(item, post, self.index.hash_key(item, post) if by_hash else None))
        takes_over = claim is Claim.TAKE_OVER and any(known.post_id == post.post_id for known in by_keys[:1])
        entry = item.entry
        is_own_url = item.keys.permalink is not None and item.keys.permalink == urls.normalise(post.from_url)
        if is_own_url or (claim is Claim.ELSEWHERE and SYNTHETIC_URL_MARK in post.from_url):
            entry = about_entry(entry, post.from_url)
        self.seen.append(SeenEntry(entry, post.post_id, keys, changed or takes_over, reason, takes_over))
