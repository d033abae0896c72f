"""The articles that the entries of a document may list, by their keys: stored posts, and new ones of the document."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property

from ingestd.identity.common_parameters import is_without_parameters
from ingestd.identity.evidence import Evidence, Features, compare
from ingestd.identity.keyed_entries import KeyedEntries, KeyedEntry
from ingestd.identity.keys import ABOUT, GUID, LINK, NUMBER, SHARED, SYNTHETIC_HASH_MARK, Key, published_ms
from ingestd.identity.ownership import Claim, claim_beside_comment, claim_to_url
from ingestd.model.post import KnownPost
from ingestd.model.source import Source

#: The number of guids of one source that lead to one post.
MAX_GUIDS_PER_POST = 20
#: The number of hashes of what an entry says that lead to one post: each edit gives another.
MAX_HASHES_PER_POST = 20
#: The number of articles with a new guid, and otherwise as before, that tell that a source has renewed all its guids.
MIN_UNCHANGED_ENTRIES = 2


class ArticleIndex:
    """Posts by key, while the entries of one document are decided in their order.

    New articles have the post ids -1, -2 … until the store gives them one. `items` are the entries, `listed` the ids of
    the posts that the document lists elsewhere: under their own links, or by entries that were not parsed.
    """

    def __init__(
        self, keyed_entries: KeyedEntries, source: Source, known: Mapping[str, KnownPost], listed: Collection[int]
    ) -> None:
        self.source = source
        self.listed = set(listed)
        self._has_unchanged_entries = bool(listed)
        self._keyed_entries = keyed_entries
        self._known = known
        self.items = tuple(self._with_stored_shares(item) for item in keyed_entries.items)
        self._new: list[KeyedEntry] = []
        self._added: dict[str, KnownPost] = {}  # keys of this document's entries, and their posts
        self._freed_links: set[str] = set()  # links of posts that make place for the articles of these URLs
        self._shared_keys: set[str] = set()
        # A post that the document lists under its own link cannot also be an entry under another link by its guid.
        for item in self.items:
            if item.keys.link and not item.link_shared and (post := known.get(item.keys.link)):
                self.listed.add(post.post_id)

    def _with_stored_shares(self, item: KeyedEntry) -> KeyedEntry:
        """The entry, its keys marked as shared that several articles of an earlier document had."""
        link, guid = (self._known.get(key) if key else None for key in (item.keys.link, item.keys.guid))
        marked = replace(item, link_shared=item.link_shared or (link is not None and link.kind == SHARED))
        if guid is not None and guid.kind == SHARED:
            marked.share_guid()
        return marked

    def lookup(self, key: str | None) -> KnownPost | None:
        """The article of a key."""
        if not key:
            return None
        return (None if key in self._freed_links else self._known.get(key)) or self._added.get(key)

    def stored(self, key: str) -> KnownPost | None:
        """The stored post of a key."""
        return self._known.get(key)

    def features(self, item: KeyedEntry) -> Features:
        """What is compared of an entry."""
        return self._keyed_entries.features(item)

    def compare(self, item: KeyedEntry, post: KnownPost) -> Evidence:
        """The evidence that an entry is the article of a post."""
        of_post = self.features(self._new[-post.post_id - 1]) if post.post_id < 0 else Features.of_post(post)
        return compare(self.features(item), of_post)

    def claim_to_link(self, item: KeyedEntry) -> Claim:
        """What the entry is to the post of its link, where that is another source's, or its link of another site."""
        post = self.lookup(item.keys.link)
        if post is None or post.post_id < 0 or item.link_shared:
            return Claim.SAME
        is_own, features = not item.is_foreign, self.features(item)
        if post.kind == ABOUT:
            has_address = item.keys.permalink is not None
            return claim_beside_comment(features, post, of_own_site=is_own, has_address=has_address)
        by_guid = self.lookup(item.keys.guid)
        is_its_own = by_guid is not None and by_guid.post_id == post.post_id
        if is_its_own or not (item.is_foreign or post.source_id != self.source.id):
            return Claim.SAME
        return claim_to_url(features, post, of_own_site=is_own, by_own_source=is_own)

    def free_link(self, key: str) -> None:
        """Let a key lead to no stored post: the article that has it now is another."""
        self._freed_links.add(key)

    @cached_property
    def guids_renewed(self) -> bool:
        """Whether the source has given its articles new guids: none that is listed again has a known one.

        Most of them have the title and the text that they had, so that their links are still theirs.
        """
        items = [item for item in self.items if item.has_reliable_guid and not item.link_shared]
        pairs = [(item, post) for item in items if (post := self._known.get(item.keys.link or "")) and post.guids]
        if any((item.keys.guid or "") in self._known for item, _ in pairs):
            return False
        listed = {post.post_id for _, post in pairs}
        unchanged = {post.post_id for item, post in pairs if self.compare(item, post).is_same_content}
        return len(unchanged) >= MIN_UNCHANGED_ENTRIES and 2 * len(unchanged) > len(listed)

    @cached_property
    def dates_renewed(self) -> bool:
        """Whether the feed gives new dates to its entries at each request: none is known by its title and date.

        It says nothing of a single entry, whose date may have been corrected.
        """
        keys = {item.keys.synthetic_by_hash for item in self.items if not item.has_own_key}
        is_one_known = self._has_unchanged_entries or any(key in self._known for key in keys)
        return len(keys) >= MIN_UNCHANGED_ENTRIES and not is_one_known

    @cached_property
    def has_one_new_date(self) -> bool:
        """Whether all entries of the feed have one date, and had another before: that of the request."""
        dates = {published_ms(item.entry) for item in self.items}
        return self.dates_renewed and len(dates) == 1 and None not in dates

    @cached_property
    def _entries_of_text(self) -> Counter[str | None]:
        """How many entries with different dates have each title and text."""
        pairs = {(item.keys.synthetic_by_text, item.keys.synthetic_by_hash) for item in self.items}
        return Counter(by_text for by_text, _ in pairs)

    def known_by_text(self, item: KeyedEntry) -> KnownPost | None:
        """The stored post with the title and text of an entry, whose date changed before, and which no other has."""
        post = self._known.get(item.keys.synthetic_by_text or "")
        if post is None or self._entries_of_text[item.keys.synthetic_by_text] > 1:
            return None
        return None if post.post_id in self.listed else post

    def hash_key(self, item: KeyedEntry, post: KnownPost) -> str:
        """The key of what an entry says that lists a post: without its date, where the feed changes that each time."""
        by_text = item.keys.synthetic_by_text
        if by_text is None or not self.dates_renewed or self.compare(item, post).published:
            return item.keys.synthetic_by_hash
        return by_text

    def add_article(self, item: KeyedEntry, from_url: str, title: str, guids: tuple[str, ...]) -> KnownPost:
        """A new article of the document; `add_keys` makes it known."""
        self._new.append(item)
        return KnownPost(-len(self._new), self.source.id, from_url, title, guids=guids)

    def add_keys(self, item: KeyedEntry, post: KnownPost, synthetic: str | None = None) -> list[Key]:
        """The keys of an entry that lead to no post yet; they are recorded as keys of `post`.

        With them go link and guid that other articles have too: later documents may list one of these articles alone,
        or a new one with the same link. Where the entry has a key of its own, the guid is left out, which decides
        nothing, and so is a link of another site, which is that of an article there.
        """
        keys = item.keys
        link = synthetic or (keys.link if not (item.link_shared or self._is_link_renewed(item, post)) else None)
        is_one_too_many = link and SYNTHETIC_HASH_MARK in link and post.hash_keys >= MAX_HASHES_PER_POST
        found = [Key(LINK, link)] if link and not is_one_too_many else []
        # Some feeds generate new guids at every poll: they must not fill the database.
        if keys.guid and not item.guid_shared and len(post.guids) < MAX_GUIDS_PER_POST:
            found.append(Key(GUID, keys.guid))
        if keys.number and not synthetic and not item.link_shared and not item.number_unsure:
            found.append(Key(NUMBER, keys.number))
        added = [key for key in found if self.lookup(key.key) is None]
        self._added.update((key.key, post) for key in added)
        return added + self._shared_keys_of(item)

    def _is_link_renewed(self, item: KeyedEntry, post: KnownPost) -> bool:
        """Whether the link will be another one at the next request, and leads to the post without what changes."""
        known = self.lookup(item.keys.number) if is_without_parameters(item.keys.number) else None
        return known is not None and known.post_id == post.post_id

    def _shared_keys_of(self, item: KeyedEntry) -> list[Key]:
        has_own_key = item.has_own_key
        link_shared = item.link_shared and not (has_own_key and item.is_foreign)
        shared = ((item.keys.link, link_shared), (item.keys.guid, item.guid_shared and not has_own_key))
        new = [key for key, is_shared in shared if key and is_shared and not self._is_stored_as_shared(key)]
        self._shared_keys.update(new)
        return [Key(SHARED, key) for key in new]

    def _is_stored_as_shared(self, key: str) -> bool:
        return key in self._shared_keys or ((post := self._known.get(key)) is not None and post.kind == SHARED)
