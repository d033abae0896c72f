"""Which entries of a document are new articles, and which list a known one again."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ingestd.identity import urls
from ingestd.identity.evidence import (
    Evidence,
    Features,
    compare,
    differ_in_numbers,
    has_text_of,
    normalised_title,
    similar_titles,
)
from ingestd.identity.keyed_entries import KeyedEntries, KeyedEntry
from ingestd.identity.keys import (
    ABOUT,
    CANONICAL,
    GUID,
    LINK,
    NUMBER,
    SHARED,
    SYNTHETIC_HASH_MARK,
    SYNTHETIC_URL_MARK,
    Key,
    entry_link,
    synthetic_url,
)
from ingestd.identity.ownership import Claim, about_entry, claim_to_url, has_own_text, own_permalink
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.model.post import KnownPost
from ingestd.model.source import Source

#: The number of guids of one source that lead to one post.
MAX_GUIDS_PER_POST = 20


@dataclass(frozen=True, slots=True)
class FreshEntry:
    """An entry that is a new article: to be fetched, and stored under `from_url` with these keys.

    `entry` has `from_url` as its link, and no guid that other articles have too: all keys that `entry_keys` makes of it
    are keys of this article alone. `reason` says in words why it is new.
    """

    entry: Entry
    from_url: str
    keys: tuple[Key, ...]
    reason: str

    @property
    def is_named_by_hash(self) -> bool:
        """Whether only what the entry says identifies it: neither its link nor its guid is its own."""
        return SYNTHETIC_HASH_MARK in self.from_url


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """An entry that lists a known post again.

    `takes_over`: the post has another site's words of the article, and these are those of its URL's own site.
    `new_keys` are keys of it that lead to no post yet. `changed` where its digest is not that of the last time, or the
    post is of this source and the last document did not list it.
    """

    entry: Entry
    post_id: int
    new_keys: tuple[Key, ...]
    changed: bool
    reason: str
    takes_over: bool = False


@dataclass(frozen=True, slots=True)
class Decisions:
    """The outcome of a poll: `repeated` counts the entries that list an article of `fresh` again."""

    fresh: tuple[FreshEntry, ...] = ()
    seen: tuple[SeenEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    repeated: int = 0


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
    return _Matcher(keyed_entries, source, known, set(listed), gone).decide()


@dataclass(slots=True)
class _NewArticle:
    """A new article of this document, and the keys of it that were added so far."""

    item: KeyedEntry
    entry: Entry
    from_url: str
    reason: str
    post: KnownPost
    keys: list[Key] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A known post that a key of the entry leads to, and how far that key counts.

    `prior_score` is added to the score of the evidence. `is_certain`: the post matches without evidence.
    `needs_evidence`: it matches only if some evidence supports it. `other_link`: the entry has another link than the
    post. `reason` names the key in words.
    """

    post: KnownPost
    prior_score: int
    is_certain: bool
    reason: str
    needs_evidence: bool = False
    other_link: bool = False


def _is_known_by_its_hash_alone(post: KnownPost) -> bool:
    """Whether a shared key leads to a post that has a URL of its own: the hash in it identifies the entry."""
    return post.kind == SHARED and SYNTHETIC_HASH_MARK in post.from_url


class _Matcher:
    """The state of one decision. New articles have the post ids -1, -2 … until the store gives them one."""

    def __init__(
        self,
        keyed_entries: KeyedEntries,
        source: Source,
        known: Mapping[str, KnownPost],
        listed: set[int],
        gone: Collection[KnownPost],
    ) -> None:
        self.keyed_entries = keyed_entries
        self.items = tuple(self._with_stored_shares(item, known) for item in keyed_entries.items)
        self.source = source
        self.known = known
        self.listed = listed
        self.gone = {post.post_id: post for post in gone}
        self.added_keys: dict[str, KnownPost] = {}  # keys of this document's entries, and their posts
        self.freed_links: set[str] = set()  # links of posts that make place for the articles of these URLs
        self.shared_keys: set[str] = set()
        self._counts: tuple[Counter[str], Counter[int | None]] | None = None
        self.new: list[_NewArticle] = []
        self.seen: list[SeenEntry] = []
        self.repeated = 0

    @staticmethod
    def _with_stored_shares(item: KeyedEntry, known: Mapping[str, KnownPost]) -> KeyedEntry:
        """The entry, its keys marked as shared that several articles of an earlier document had."""
        link, guid = (known.get(key) if key else None for key in (item.keys.link, item.keys.guid))
        marked = replace(item, link_shared=item.link_shared or (link is not None and link.kind == SHARED))
        if guid is not None and guid.kind == SHARED:
            marked.share_guid()
        return marked

    def decide(self) -> Decisions:
        # A post that the document lists under its own link cannot also be an entry under another link by its guid.
        for item in self.items:
            if item.keys.link and not item.link_shared and (post := self.known.get(item.keys.link)):
                self.listed.add(post.post_id)
        # Nor is an entry an edit of a post that another entry lists by its title and time.
        for item in self.items if self.gone else ():
            if post := self.known.get(item.keys.synthetic_by_hash):
                self.gone.pop(post.post_id, None)
        for item in self.items:
            self._decide_entry(item)
        reason = "an entry has neither link nor guid nor title nor text"
        return Decisions(
            tuple(FreshEntry(new.entry, new.from_url, tuple(new.keys), new.reason) for new in self.new),
            tuple(self.seen),
            (Problem(Outcome.ENTRY_WITHOUT_LINK, reason, self.source.url),) * self.keyed_entries.empty,
            self.repeated,
        )

    def _decide_entry(self, item: KeyedEntry) -> None:
        post, reason = self._match_entry(item)
        if post is None:
            self._add_new(item, reason)
        elif post.post_id < 0:
            self.repeated += 1
            self.new[-post.post_id - 1].keys += self._add_keys(item, post)
        else:
            self._add_seen(item, post, reason)

    # Matching an entry with the known posts

    def _lookup(self, key: str | None) -> KnownPost | None:
        if not key:
            return None
        return (None if key in self.freed_links else self.known.get(key)) or self.added_keys.get(key)

    def _match_entry(self, item: KeyedEntry) -> tuple[KnownPost | None, str]:
        rejection = "none of its keys is known"
        best: tuple[int, KnownPost, str] | None = None
        for candidate in self._candidates(item):
            prior_score = candidate.prior_score
            if candidate.is_certain:
                if not self._is_contradicted(item, candidate.post):
                    return candidate.post, candidate.reason
                prior_score = 0
            evidence = self._compare(item, candidate.post)
            total = prior_score + evidence.score - (candidate.other_link and evidence.is_next_issue)
            is_reused = (candidate.other_link and not evidence.published) or candidate.post.kind == SHARED
            if is_reused and differ_in_numbers(item.entry.title, candidate.post.title):
                # The guid was used again for the next issue of a series, whose texts are alike.
                total = min(total, 0)
            accepted = total > 0 and (evidence.supports_match or not candidate.needs_evidence)
            if prior_score == 0:
                # Without evidence the key decides; and a summary may share no word with its article.
                accepted = accepted or (evidence.is_empty and not candidate.needs_evidence) or evidence.is_same_issue
            if accepted and (best is None or total > best[0]):
                best = total, candidate.post, f"{candidate.reason}: {evidence}"
            elif best is None:
                rejection = f"{candidate.reason}, but as another article: {evidence}"
        if best is not None:
            return best[1], best[2]
        edited = self._edited_post(item) if self.gone else None
        return (edited, "an entry of the last document has changed") if edited is not None else (None, rejection)

    def _is_contradicted(self, item: KeyedEntry, post: KnownPost) -> bool:
        """Whether title and text of an entry both say that it is not the post to which its keys lead with certainty.

        An edit shares something with what it edits. Where the entry has no title, its text decides. The text of a page
        need not have the words of its entry, nor need those of another source be the same.
        """
        if post.deleted or post.post_id < 0 or post.source_id != self.source.id or not post.text_of_feed:
            return False
        title = item.entry.title
        if similar_titles(title, post.title) or self._compare(item, post).text is not False:
            return False
        # New paragraphs may stand above those that were there, as in a live blog.
        return not has_text_of(item.entry, post.text)

    def _edited_post(self, item: KeyedEntry) -> KnownPost | None:
        """The post of an entry that has left the document, where this entry without keys of its own is an edit of it.

        Two of title, time and text must be the same, and none that other entries of the document have too.
        """
        if not self._is_named_by_hash(item):
            return None
        features = self.keyed_entries.features(item)
        base = urls.normalise(synthetic_url(item.entry, self.source, use_guid=False).partition("#")[0])
        titles, times = self._titles_and_times
        has_own_title = titles[normalised_title(features.title)] == 1
        has_own_time = times[features.published_ms] == 1
        for post in self.gone.values():
            title = has_own_title and bool(similar_titles(features.title, post.title))
            published = has_own_time and features.published_ms == post.published_ms
            if not (title or published) or differ_in_numbers(features.title, post.title):
                continue
            text = self._compare(item, post).text
            is_edit = text is not False and title + published + (text is True) >= 2
            if is_edit and urls.normalise(post.from_url.partition("#")[0]) == base:
                return self.gone.pop(post.post_id)
        return None

    @property
    def _titles_and_times(self) -> tuple[Counter[str], Counter[int | None]]:
        """How many entries of the document have each title, and each published time."""
        if self._counts is None:
            features = [self.keyed_entries.features(item) for item in self.items]
            titles = Counter(normalised_title(one.title) for one in features)
            self._counts = titles, Counter(one.published_ms for one in features)
        return self._counts

    @staticmethod
    def _has_no_own_key(item: KeyedEntry) -> bool:
        """Whether the entry has neither a link nor a guid that no other article of the document has."""
        return not item.has_reliable_guid and (item.keys.link is None or item.link_shared)

    def _is_named_by_hash(self, item: KeyedEntry) -> bool:
        """Whether a new article would be stored under the hash of what it says: other posts have its link and guid."""
        if item.has_reliable_guid and self._lookup(item.keys.guid) is None:
            return False
        return item.keys.link is None or item.link_shared or self._lookup(item.keys.link) is not None

    def _compare(self, item: KeyedEntry, post: KnownPost) -> Evidence:
        is_new = post.post_id < 0
        of_post = self.keyed_entries.features(self.new[-post.post_id - 1].item) if is_new else Features.of_post(post)
        return compare(self.keyed_entries.features(item), of_post)

    def _candidates(self, item: KeyedEntry) -> Iterator[_Candidate]:
        by_name = item.keys.synthetic_by_guid if item.has_reliable_guid else None
        for key in (item.keys.synthetic_by_hash, by_name, item.keys.permalink):
            if (own := self._lookup(key)) is not None:
                yield _Candidate(own, 2, True, "its own URL is known")
        by_link, by_guid = (
            None if known is not None and _is_known_by_its_hash_alone(known) else known
            for known in (self._lookup(item.keys.link), self._lookup(item.keys.guid))
        )
        claim = self._claim_to_link(item)
        if claim is Claim.TAKE_OVER and by_link is not None:
            yield _Candidate(by_link, 2, True, "the link is known, in the words of another site")
        elif by_link is not None and claim is Claim.SAME:
            yield self._link_candidate(item, by_link, by_guid)
        if by_guid is not None and (candidate := self._guid_candidate(item, by_guid, by_link)):
            yield candidate
        by_number = self._lookup(item.keys.number)
        if by_number is not None and by_number.post_id not in self.listed and by_number.post_id >= 0:
            yield _Candidate(by_number, 1, False, "the number in the link is known", needs_evidence=True)

    def _claim_to_link(self, item: KeyedEntry) -> Claim:
        """What the entry is to the post of its link, where that is another source's, or its link of another site."""
        post = self._lookup(item.keys.link)
        if post is None or post.post_id < 0 or item.link_shared:
            return Claim.SAME
        if post.kind == ABOUT:
            return claim_to_url(
                self.keyed_entries.features(item), replace(post, of_own_site=False), of_own_site=not item.is_foreign
            )
        by_guid = self._lookup(item.keys.guid)
        is_its_own = by_guid is not None and by_guid.post_id == post.post_id
        if is_its_own or not (item.is_foreign or post.source_id != self.source.id):
            return Claim.SAME
        return claim_to_url(self.keyed_entries.features(item), post, of_own_site=not item.is_foreign)

    def _link_candidate(self, item: KeyedEntry, post: KnownPost, by_guid: KnownPost | None) -> _Candidate:
        # The keys of a deleted post are kept one by one, each with a post of its own.
        agree = by_guid is not None and (by_guid.post_id == post.post_id or (post.deleted and by_guid.deleted))
        if agree and not (item.link_shared or item.guid_shared):
            return _Candidate(post, 2, True, "link and guid are known")
        # An unknown guid contradicts, where this source gave the post another guid. One that leads to another post does
        # not: the source has used it again.
        guid_contradicts = bool(item.keys.guid) and not item.guid_shared and bool(post.guids) and by_guid is None
        if item.link_shared:
            return _Candidate(post, -2 if guid_contradicts else 0, False, "the link is known", needs_evidence=True)
        if urls.is_home(item.keys.link or ""):
            is_other_source = post.source_id != self.source.id
            return _Candidate(post, -2 if guid_contradicts else int(is_other_source), False, "the link is known")
        if post.kind == CANONICAL:
            return _Candidate(post, 1, False, "the link is another page's canonical link")
        return _Candidate(post, 1, not guid_contradicts, "the link is known")

    def _guid_candidate(self, item: KeyedEntry, post: KnownPost, by_link: KnownPost | None) -> _Candidate | None:
        if item.keys.link is None:
            shared = item.guid_shared
            return _Candidate(post, 0 if shared else 2, not shared, "the guid is known", needs_evidence=shared)
        if item.guid_shared and not item.link_shared:
            return None  # the link decides
        if by_link is None and not item.link_shared and post.post_id in self.listed:
            # Another entry of the document has the link of the guid's post: this one matches only as a copy of it.
            is_copy = self._compare(item, post).is_copy
            return _Candidate(post, 0, True, "the guid and the text are known") if is_copy else None
        if item.link_shared and not item.guid_shared:
            return _Candidate(post, 2, True, "the guid is known; the link is shared by several articles")
        # A deleted post has nothing to compare: its guid alone decides. A weak guid counts for a post that came without
        # a link, since it has no other key.
        is_reliable = item.has_reliable_guid or SYNTHETIC_URL_MARK in post.from_url
        other_link = by_link is None and not item.link_shared
        is_certain = post.deleted and is_reliable
        return _Candidate(post, 1 if is_reliable else -1, is_certain, "the guid is known", other_link=other_link)

    # Recording the outcome

    def _add_keys(self, item: KeyedEntry, post: KnownPost, synthetic: str | None = None) -> list[Key]:
        """The keys of an entry that lead to no post yet; they are recorded as keys of `post`.

        With them go link and guid that other articles have too, where the entry has no key of its own: later documents
        may list one of these articles alone.
        """
        keys = item.keys
        link = synthetic or (keys.link if not item.link_shared else None)
        found = [Key(LINK, link)] if link else []
        # Some feeds generate new guids at every poll: they must not fill the database.
        if keys.guid and not item.guid_shared and len(post.guids) < MAX_GUIDS_PER_POST:
            found.append(Key(GUID, keys.guid))
        if keys.number and not synthetic and not item.link_shared:
            found.append(Key(NUMBER, keys.number))
        added = [key for key in found if self._lookup(key.key) is None]
        self.added_keys.update((key.key, post) for key in added)
        return added + self._shared_keys(item)

    def _shared_keys(self, item: KeyedEntry) -> list[Key]:
        if not self._has_no_own_key(item):
            return []
        shared = ((item.keys.link, item.link_shared), (item.keys.guid, item.guid_shared))
        new = [key for key, is_shared in shared if key and is_shared and not self._is_stored_as_shared(key)]
        self.shared_keys.update(new)
        return [Key(SHARED, key) for key in new]

    def _is_stored_as_shared(self, key: str) -> bool:
        return key in self.shared_keys or ((post := self.known.get(key)) is not None and post.kind == SHARED)

    def _add_new(self, item: KeyedEntry, reason: str) -> None:
        entry, guid = item.entry, item.keys.guid
        from_url, synthetic, about = entry_link(entry), None, []
        claim = self._claim_to_link(item)
        if claim is Claim.DISPLACE and item.keys.link:
            self.freed_links.add(item.keys.link)
        is_free = self._lookup(item.keys.link) is None
        permalink = self._permalink(item, claim)
        if permalink is not None and from_url is not None:
            if is_free and not item.link_shared and item.keys.link:
                about = [Key(ABOUT, item.keys.link)]
            from_url, synthetic, entry = permalink, item.keys.permalink, about_entry(entry, permalink)
        elif from_url is None or item.link_shared or not is_free:
            # A guid that leads to another article does not identify this one.
            use_guid = item.has_reliable_guid and self._lookup(guid) is None
            from_url = synthetic_url(entry, self.source, use_guid=use_guid)
            synthetic = item.keys.synthetic_by_guid if use_guid else item.keys.synthetic_by_hash
            if claim is Claim.ELSEWHERE:
                entry = about_entry(entry, from_url)
        if item.guid_shared:
            guid = None
        kept = entry.guid if guid and self._lookup(guid) is None else None
        if entry.link != from_url or entry.guid != kept:
            entry = replace(entry, link=from_url, guid=kept)
        guids = (guid,) if guid else ()
        post = KnownPost(-len(self.new) - 1, self.source.id, from_url, entry.title, guids=guids)
        new = _NewArticle(item, entry, from_url, reason, post)
        self.new.append(new)
        new.keys += self._add_keys(item, post, synthetic) + about

    def _permalink(self, item: KeyedEntry, claim: Claim) -> str | None:
        """The entry's own address, where it has one and is no listing of another site's article.

        Where nothing is known of that article, its page tells later; without pages a text of its own is sufficient.
        """
        if not item.is_foreign or item.keys.permalink is None or self._lookup(item.keys.permalink) is not None:
            return None
        is_known_to_differ = claim is Claim.ELSEWHERE
        may_differ = item.link_shared or self.source.article == "never"
        if is_known_to_differ or (may_differ and has_own_text(self.keyed_entries.features(item).text)):
            return own_permalink(item.entry, self.source)
        return None

    def _add_seen(self, item: KeyedEntry, post: KnownPost, reason: str) -> None:
        is_listed = post.digest is not None or post.source_id == self.source.id
        changed = is_listed and post.digest != item.entry.digest and not post.deleted
        # The first of several entries of a post counts: a feed that lists two versions would change it at every poll.
        changed = changed and all(seen.post_id != post.post_id for seen in self.seen)
        # Where no key of its own leads to the post, the entry is known by what it says from now on.
        by_keys = [known for key in (item.keys.link, item.keys.guid) if (known := self._lookup(key)) is not None]
        by_hash = self._has_no_own_key(item) or (by_keys and all(known.post_id != post.post_id for known in by_keys))
        claim = self._claim_to_link(item)
        keys = tuple(self._add_keys(item, post, item.keys.synthetic_by_hash if by_hash else None))
        takes_over = claim is Claim.TAKE_OVER and any(known.post_id == post.post_id for known in by_keys[:1])
        entry = item.entry
        is_own_url = item.keys.permalink is not None and item.keys.permalink == urls.normalise(post.from_url)
        if is_own_url or (claim is Claim.ELSEWHERE and SYNTHETIC_URL_MARK in post.from_url):
            entry = about_entry(entry, post.from_url)
        self.seen.append(SeenEntry(entry, post.post_id, keys, changed or takes_over, reason, takes_over))
