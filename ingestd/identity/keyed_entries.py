"""The entries of a document with their keys, and which keys several articles of the document share."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ingestd.identity import urls
from ingestd.identity.common_parameters import changing_parameters, common_parameters, key_without
from ingestd.identity.evidence import (
    Features,
    are_versions,
    compare,
    differ_in_numbers,
    have_same_words,
    normalised_title,
)
from ingestd.identity.keys import CandidateKeys, candidate_keys, guid_url, is_empty_entry
from ingestd.identity.ownership import OwnHosts, own_permalink
from ingestd.identity.urls import DEFAULT_RULES, UrlRules
from ingestd.model.feed import Entry
from ingestd.model.source import Source


@dataclass(slots=True)
class KeyedEntry:
    """One entry, its keys, and its position among the entries of the document.

    `link_shared`, `guid_shared`: several articles of the document have the key, so it identifies none of them.
    `is_foreign`: its link is of another site than its source. `left_out_by` is the rule that leaves it out
    where it is new. `number_unsure`: the number is looked up, but not kept, since one link does not tell what changes.
    """

    position: int
    entry: Entry
    keys: CandidateKeys
    link_shared: bool = False
    guid_shared: bool = False
    is_foreign: bool = False
    left_out_by: str | None = None
    number_unsure: bool = False

    def share_guid(self) -> None:
        """Mark the guid as one that several articles have: nor is it the address of this one."""
        self.guid_shared = True
        if self.keys.permalink is not None and guid_url(self.entry) not in (None, *self.entry.other_links):
            self.keys = replace(self.keys, permalink=None)

    @property
    def has_reliable_guid(self) -> bool:
        """Whether the guid identifies the article: no other has it, and it is not weak beside a link."""
        return (
            self.keys.guid is not None and not self.guid_shared and not (self.keys.link and _has_weak_guid(self.entry))
        )

    @property
    def has_own_key(self) -> bool:
        """Whether the entry has a link or a guid that no other article of the document has."""
        return (self.keys.link is not None and not self.link_shared) or self.has_reliable_guid


@dataclass(slots=True)
class KeyedEntries:
    """The entries of a document without empty ones, and the number of empty ones."""

    items: tuple[KeyedEntry, ...]
    empty: int = 0
    _features: dict[int, Features] = field(default_factory=dict, repr=False, compare=False)

    @property
    def keys(self) -> frozenset[str]:
        """Every key that `decide` may look up, at most seven of an entry: the store selects the known posts by them."""
        found: set[str | None] = set()
        for item in self.items:
            keys = item.keys
            found.update((keys.link, keys.guid, keys.number, keys.synthetic_by_guid, keys.synthetic_by_hash))
            found.update((keys.permalink, None if item.has_reliable_guid else keys.synthetic_by_text))
        return frozenset(key for key in found if key is not None)

    def features(self, item: KeyedEntry) -> Features:
        """The features of an entry. Those of all entries are made at the first call: most documents need none."""
        if not self._features:
            self._features = _features(self.items)
        return self._features[item.position]


def key_entries(entries: Sequence[Entry], source: Source, rules: UrlRules = DEFAULT_RULES) -> KeyedEntries:
    """The entries with their keys, shared ones marked."""
    own_hosts = OwnHosts(source)
    items = tuple(
        _key_entry(position, entry, source, rules, own_hosts)
        for position, entry in enumerate(entries)
        if not is_empty_entry(entry)
    )
    _key_without_common_parameters(items, source)
    keyed_entries = KeyedEntries(items, len(entries) - len(items))
    for group in _groups(items, lambda item: item.keys.guid):
        if _is_guid_shared(group, keyed_entries):
            for item in group:
                item.share_guid()
    for group in _groups(items, lambda item: item.keys.link):
        if _is_link_shared(group, keyed_entries):
            for item in group:
                item.link_shared = True
    return keyed_entries


def _key_entry(position: int, entry: Entry, source: Source, rules: UrlRules, own_hosts: OwnHosts) -> KeyedEntry:
    keys = candidate_keys(entry, source, rules)
    if keys.link is None or own_hosts.has(keys.link):
        return KeyedEntry(position, entry, keys)
    permalink = own_permalink(entry, source)
    if permalink is not None:
        keys = replace(keys, permalink=urls.normalise(permalink, rules))
    return KeyedEntry(position, entry, keys, is_foreign=True)


def _key_without_common_parameters(items: Sequence[KeyedEntry], source: Source) -> None:
    """Give the entries a key that stays where all their links get another parameter at each request."""
    links = {item.keys.link for item in items if item.keys.link is not None}
    common = common_parameters([*links])
    is_alone = len(links) == 1
    if is_alone:
        common = changing_parameters(*links)
    for item in items if common else ():
        if is_alone and item.keys.number is not None:
            continue
        if item.keys.link is not None and (key := key_without(item.keys.link, common, source.id)) is not None:
            item.keys, item.number_unsure = replace(item.keys, number=key), is_alone


def _has_weak_guid(entry: Entry) -> bool:
    """Whether a guid is shorter than 4 characters (a position in a list), or a copy of the title."""
    guid = (entry.guid or "").strip()
    return len(guid) < 4 or have_same_words(guid, entry.title)


def _features(items: Sequence[KeyedEntry]) -> dict[int, Features]:
    """The features of each entry. A text that several titles have is left out: it distinguishes none of them."""
    found = {item.position: Features.of_entry(item.entry) for item in items}
    titles: dict[str, set[str]] = defaultdict(set)
    for features in found.values():
        titles[features.text].add(normalised_title(features.title))
    return {
        position: replace(features, text="") if features.text and len(titles[features.text]) > 1 else features
        for position, features in found.items()
    }


def _groups(items: Iterable[KeyedEntry], key: Callable[[KeyedEntry], str | None]) -> list[list[KeyedEntry]]:
    """The groups of two or more entries that have one key."""
    groups: dict[str, list[KeyedEntry]] = defaultdict(list)
    for item in items:
        value = key(item)
        if value is not None:
            groups[value].append(item)
    return [group for group in groups.values() if len(group) > 1]


def _is_guid_shared(group: Sequence[KeyedEntry], keyed_entries: KeyedEntries) -> bool:
    """Whether several articles have a guid: the entries are not copies of one, nor versions of one under one link."""
    pairs = _pairs(group, keyed_entries)
    if len({item.keys.link for item in group}) == 1 and group[0].keys.link is not None:
        return not all(are_versions(*pair) for pair in pairs)
    # Two articles may have the same title and time: the text decides.
    return not all(compare(*pair).is_copy for pair in pairs)


def _is_link_shared(group: Sequence[KeyedEntry], keyed_entries: KeyedEntries) -> bool:
    """Whether several articles have a link: the entries are not alike, nor versions of one under one guid."""
    pairs = _pairs(group, keyed_entries)
    if len({item.keys.guid for item in group}) == 1 and group[0].keys.guid is not None:
        return group[0].guid_shared and not all(are_versions(*pair) for pair in pairs)
    if urls.is_home(group[0].keys.link or ""):
        return not all(compare(*pair).is_copy for pair in pairs)
    return not all(compare(a, b).score > 0 and not differ_in_numbers(a.title, b.title) for a, b in pairs)


def _pairs(group: Sequence[KeyedEntry], keyed_entries: KeyedEntries) -> list[tuple[Features, Features]]:
    """The features of the entry with the longest text beside those of each other one, in any order of entries."""
    features = [keyed_entries.features(item) for item in group]
    longest = max(features, key=lambda features: (len(features.text), features.title, features.published_ms or 0))
    return [(longest, features) for features in features if features is not longest]
