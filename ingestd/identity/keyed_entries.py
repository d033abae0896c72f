"""A document's entries side by side: what only the whole document tells about its keys."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ingestd.identity import urls
from ingestd.identity.evidence import Evidence, Profile, plain_title, weigh
from ingestd.identity.keys import ClaimedKeys, claimed_keys, is_empty
from ingestd.identity.urls import DEFAULT_RULES, UrlRules
from ingestd.model.feed import Entry
from ingestd.model.source import Source


@dataclass(slots=True)
class KeyedEntry:
    """One entry with the keys that it claims, and its place among the entries of its document.

    `*_shared`: several articles of this document have the key, so it names none of them.
    """

    place: int
    entry: Entry
    claims: ClaimedKeys
    link_shared: bool = False
    guid_shared: bool = False

    @property
    def trusts_guid(self) -> bool:
        """Whether the guid may name the article: not one that others have, nor a weak one where there is a link."""
        return self.claims.guid is not None and not self.guid_shared and not (self.claims.link and _is_weak(self.entry))


@dataclass(slots=True)
class KeyedEntries:
    """The entries of a document that say something, and how many say nothing at all."""

    items: tuple[KeyedEntry, ...]
    empty: int = 0
    _profiles: dict[int, Profile] = field(default_factory=dict, repr=False, compare=False)

    @property
    def keys(self) -> frozenset[str]:
        """Every key that `decide` may ask for: what the store selects by `key IN (...)`. Five an entry at most."""
        keys: set[str | None] = set()
        for item in self.items:
            claims = item.claims
            keys.update((claims.link, claims.guid, claims.number, claims.own_by_guid, claims.own_by_hash))
        return frozenset(key for key in keys if key is not None)

    def profile(self, item: KeyedEntry) -> Profile:
        """What an entry tells as evidence. Most documents never need any, so all are made when one is asked for."""
        if not self._profiles:
            self._profiles = _profiles(self.items)
        return self._profiles[item.place]


def key_entries(entries: Sequence[Entry], source: Source, rules: UrlRules = DEFAULT_RULES) -> KeyedEntries:
    """The entries with their keys."""
    items = tuple(
        KeyedEntry(place, entry, claimed_keys(entry, source, rules))
        for place, entry in enumerate(entries)
        if not is_empty(entry)
    )
    document = KeyedEntries(items, len(entries) - len(items))
    for group in _groups(items, lambda item: item.claims.guid):
        if _is_guid_shared(group, document):
            for item in group:
                item.guid_shared = True
    for group in _groups(items, lambda item: item.claims.link):
        if _is_link_shared(group, document):
            for item in group:
                item.link_shared = True
    return document


def _is_weak(entry: Entry) -> bool:
    """A guid that says little: short (a place in the list), or nothing but the title again."""
    guid = (entry.guid or "").strip()
    return len(guid) < 4 or plain_title(guid) == plain_title(entry.title)


def _profiles(items: Sequence[KeyedEntry]) -> dict[int, Profile]:
    """What each entry tells. A text that stands under several titles tells nothing about any of them."""
    found = {item.place: Profile.of_entry(item.entry) for item in items}
    titles: dict[str, set[str]] = defaultdict(set)
    for profile in found.values():
        titles[profile.text].add(plain_title(profile.title))
    return {
        place: replace(profile, text="") if profile.text and len(titles[profile.text]) > 1 else profile
        for place, profile in found.items()
    }


def _groups(items: Iterable[KeyedEntry], key: Callable[[KeyedEntry], str | None]) -> list[list[KeyedEntry]]:
    """The entries that have a key in common, where there are several."""
    groups: dict[str, list[KeyedEntry]] = defaultdict(list)
    for item in items:
        value = key(item)
        if value is not None:
            groups[value].append(item)
    return [group for group in groups.values() if len(group) > 1]


def _is_guid_shared(group: Sequence[KeyedEntry], document: KeyedEntries) -> bool:
    """Whether a guid names several articles: under different links, or under none, and the entries are not alike."""
    if len({item.claims.link for item in group}) == 1 and group[0].claims.link is not None:
        return False
    # Title and day alone are no proof: two articles may share both. It takes the text.
    return not all(evidence.is_copy for evidence in _compared(group, document))


def _is_link_shared(group: Sequence[KeyedEntry], document: KeyedEntries) -> bool:
    """Whether a link serves several articles: under different guids, or without any, and the entries are not alike."""
    guids = Counter(item.claims.guid for item in group)
    if len(guids) == 1 and None not in guids and not group[0].guid_shared:
        return False
    found = _compared(group, document)
    if urls.is_home(group[0].claims.link or ""):
        return not all(evidence.is_copy for evidence in found)
    return not all(evidence.score > 0 for evidence in found)


def _compared(group: Sequence[KeyedEntry], document: KeyedEntries) -> list[Evidence]:
    """The evidence that each entry of a group is the one that tells most, whatever their order."""
    profiles = [document.profile(item) for item in group]
    fullest = max(profiles, key=lambda told: (len(told.text), told.title, told.published_ms or 0))
    return [weigh(fullest, profile) for profile in profiles if profile is not fullest]
