"""The decision of a poll: which of a document's entries are new articles, and which list a known one again."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ingestd.identity import urls
from ingestd.identity.evidence import Evidence, Profile, numbered_apart, weigh
from ingestd.identity.keyed_entries import KeyedEntries, KeyedEntry
from ingestd.identity.keys import CANONICAL, GUID, LINK, NUMBER, OWN_MARK, Key, entry_link, own_url
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.model.post import KnownPost
from ingestd.model.source import Source

#: The most guids of one source by which one post is known.
MAX_GUIDS = 20


@dataclass(frozen=True, slots=True)
class FreshEntry:
    """An entry that is a new article: to be fetched, and stored under `from_url` with these keys.

    `entry` has `from_url` for its link, and no longer a guid that names other articles too: the keys that `entry_keys`
    reads from it are those of this article alone, whenever it is asked.
    """

    entry: Entry
    from_url: str
    keys: tuple[Key, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """An entry that lists a known post again: a sighting, further keys, and perhaps a changed text to look at."""

    entry: Entry
    post_id: int
    new_keys: tuple[Key, ...]
    changed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a poll means: `repeated` counts the entries that list an article of `fresh` a second time."""

    fresh: tuple[FreshEntry, ...] = ()
    seen: tuple[SeenEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    repeated: int = 0


def decide(
    document: KeyedEntries, source: Source, known: Mapping[str, KnownPost], *, listed: Collection[int] = ()
) -> Decisions:
    """Tell fresh entries from known ones.

    `known` maps a key (`Key.key`) to the post that it leads to, for at least `document.keys`. `listed` are
    posts that the document lists too, but whose entries were not parsed again. No entry is dropped silently: each is
    in `fresh`, in `seen`, counted as repeated, or a problem.
    """
    return _Decider(document, source, known, set(listed)).decide()


@dataclass(slots=True)
class _New:
    """An article that this document brings, and the keys that its entries have given it so far."""

    item: KeyedEntry
    entry: Entry
    from_url: str
    reason: str
    post: KnownPost
    keys: list[Key] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Claim:
    """One reason to take an entry for a known post.

    `prior` is its weight among the evidence; a `certain` one needs no evidence, and one that `needs_proof` is nothing
    unless some evidence speaks for it. `elsewhere` where the entry's link is another than the post's.
    """

    post: KnownPost
    prior: int
    certain: bool
    says: str
    needs_proof: bool = False
    elsewhere: bool = False


class _Decider:
    """One document's decision. New articles have negative post ids until the store gives them one."""

    def __init__(
        self, document: KeyedEntries, source: Source, known: Mapping[str, KnownPost], listed: set[int]
    ) -> None:
        self.document = document
        self.source = source
        self.known = known
        self.listed = listed
        self.here: dict[str, KnownPost] = {}  # the keys that this document adds
        self.new: list[_New] = []
        self.seen: list[SeenEntry] = []
        self.repeated = 0

    def decide(self) -> Decisions:
        # What the document lists under its own link has not moved, and its guid is not free for another article.
        for item in self.document.items:
            if item.claims.link and not item.link_shared and (post := self.known.get(item.claims.link)):
                self.listed.add(post.post_id)
        for item in self.document.items:
            self._place(item)
        reason = "an entry has neither link nor guid nor title nor text"
        return Decisions(
            tuple(FreshEntry(new.entry, new.from_url, tuple(new.keys), new.reason) for new in self.new),
            tuple(self.seen),
            (Problem(Outcome.ENTRY_WITHOUT_LINK, reason, self.source.url),) * self.document.empty,
            self.repeated,
        )

    def _place(self, item: KeyedEntry) -> None:
        post, reason = self._match(item)
        if post is None:
            self._add_new(item, reason)
        elif post.post_id < 0:
            self.repeated += 1
            self.new[-post.post_id - 1].keys += self._record(item, post)
        else:
            self._add_seen(item, post, reason)

    # Which known article is it?

    def _find(self, key: str | None) -> KnownPost | None:
        return (self.known.get(key) or self.here.get(key)) if key else None

    def _match(self, item: KeyedEntry) -> tuple[KnownPost | None, str]:
        own = self._find(item.claims.own_by_hash)
        if own is None and (own := self._find(item.claims.own_by_guid)) is not None and not item.trusts_guid:
            own = None
        if own is not None:
            return own, "its own URL is known"
        refused = "none of its keys is known"
        best: tuple[int, KnownPost, str] | None = None
        for claim in self._claims(item):
            if claim.certain:
                return claim.post, claim.says
            evidence = self._weigh(item, claim.post)
            total = claim.prior + evidence.score - (claim.elsewhere and evidence.is_next_issue)
            if claim.elsewhere and not evidence.published and numbered_apart(item.entry.title, claim.post.title):
                # A guid used again for the next of a series, whose texts are alike.
                total = min(total, 0)
            believed = total > 0 and (evidence.speaks or not claim.needs_proof)
            if claim.prior == 0:
                # Where nobody says anything the key is all there is; and a summary may share no word with its article.
                believed = believed or (evidence.is_silent and not claim.needs_proof) or evidence.is_same_issue
            if believed and (best is None or total > best[0]):
                best = total, claim.post, f"{claim.says}: {evidence}"
            elif best is None:
                refused = f"{claim.says}, but as another article: {evidence}"
        return (best[1], best[2]) if best is not None else (None, refused)

    def _weigh(self, item: KeyedEntry, post: KnownPost) -> Evidence:
        told = self.document.profile(self.new[-post.post_id - 1].item) if post.post_id < 0 else Profile.of_post(post)
        return weigh(self.document.profile(item), told)

    def _claims(self, item: KeyedEntry) -> Iterator[_Claim]:
        by_link, by_guid = self._find(item.claims.link), self._find(item.claims.guid)
        if by_link is not None:
            yield self._link_claim(item, by_link, by_guid)
        if by_guid is not None and (claim := self._guid_claim(item, by_guid, by_link)):
            yield claim
        by_number = self._find(item.claims.number)
        if by_number is not None and by_number.post_id not in self.listed and by_number.post_id >= 0:
            yield _Claim(by_number, 1, False, "the number in the link is known", needs_proof=True)

    def _link_claim(self, item: KeyedEntry, post: KnownPost, by_guid: KnownPost | None) -> _Claim:
        # Of a deleted post nothing is left but its keys, each by itself.
        agree = by_guid is not None and (by_guid.post_id == post.post_id or (post.deleted and by_guid.deleted))
        if agree and not (item.link_shared or item.guid_shared):
            return _Claim(post, 2, True, "link and guid are known")
        # A guid of its own, where this source gave the post another one, may mean another article; not so a guid that
        # leads elsewhere: it was used again.
        opposed = bool(item.claims.guid) and not item.guid_shared and bool(post.guids) and by_guid is None
        if item.link_shared:
            return _Claim(post, -2 if opposed else 0, False, "the link is known", needs_proof=True)
        if urls.is_home(item.claims.link or ""):
            elsewhere = post.source_id != self.source.id
            return _Claim(post, -2 if opposed else int(elsewhere), False, "the link is known")
        if post.kind == CANONICAL:
            return _Claim(post, 1, False, "the link is another page's canonical link")
        return _Claim(post, 1, not opposed, "the link is known")

    def _guid_claim(self, item: KeyedEntry, post: KnownPost, by_link: KnownPost | None) -> _Claim | None:
        if item.claims.link is None:
            return _Claim(
                post, 0 if item.guid_shared else 2, not item.guid_shared, "the guid is known", item.guid_shared
            )
        if item.guid_shared and not item.link_shared:
            return None  # the link decides
        if by_link is None and not item.link_shared and post.post_id in self.listed:
            # The guid's article stands elsewhere in the document: only a copy of it can be it too.
            is_copy = self._weigh(item, post).is_copy
            return _Claim(post, 0, True, "the guid and the text are known") if is_copy else None
        if item.link_shared and not item.guid_shared:
            return _Claim(post, 2, True, "the guid is known; the link is shared by several articles")
        # A deleted post has nothing left to compare: it stays away by its guid alone.
        # A weak guid is all that a post has which came without a link.
        strong = item.trusts_guid or OWN_MARK in post.from_url
        elsewhere = by_link is None and not item.link_shared
        return _Claim(post, 1 if strong else -1, post.deleted and strong, "the guid is known", elsewhere=elsewhere)

    # What is to be recorded?

    def _record(self, item: KeyedEntry, post: KnownPost, own: str | None = None) -> list[Key]:
        """The keys of an entry that nobody has yet; from now on they lead to `post`."""
        claims = item.claims
        keys = [Key(LINK, own)] if own else [Key(LINK, claims.link)] if claims.link and not item.link_shared else []
        # A feed that makes up new guids at every poll must not fill the database with them.
        if claims.guid and not item.guid_shared and len(post.guids) < MAX_GUIDS:
            keys.append(Key(GUID, claims.guid))
        if claims.number and not own and not item.link_shared:
            keys.append(Key(NUMBER, claims.number))
        added = [key for key in keys if self._find(key.key) is None]
        self.here.update((key.key, post) for key in added)
        return added

    def _add_new(self, item: KeyedEntry, reason: str) -> None:
        entry, guid = item.entry, item.claims.guid
        from_url, own = entry_link(entry), None
        if from_url is None or item.link_shared or self._find(item.claims.link) is not None:
            # A guid that leads to another article names this one no better.
            trust_guid = item.trusts_guid and self._find(guid) is None
            from_url = own_url(entry, self.source, trust_guid=trust_guid)
            own = item.claims.own_by_guid if trust_guid else item.claims.own_by_hash
        if item.guid_shared:
            guid = None
        kept = entry.guid if guid and self._find(guid) is None else None
        if entry.link != from_url or entry.guid != kept:
            entry = replace(entry, link=from_url, guid=kept)
        guids = (guid,) if guid else ()
        post = KnownPost(-len(self.new) - 1, self.source.id, from_url, entry.title, guids=guids)
        new = _New(item, entry, from_url, reason, post)
        self.new.append(new)
        new.keys += self._record(item, post, own)

    def _add_seen(self, item: KeyedEntry, post: KnownPost, reason: str) -> None:
        changed = post.digest is not None and post.digest != item.entry.digest and not post.deleted
        # The first of two listings tells: a feed that lists two versions would change the post at every poll.
        changed = changed and all(seen.post_id != post.post_id for seen in self.seen)
        self.seen.append(SeenEntry(item.entry, post.post_id, tuple(self._record(item, post)), changed, reason))
