"""A document's entries side by side: what only the whole document tells about its keys."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ingestd import urls
from ingestd.dedupe.evidence import Profile, plain_title, weigh
from ingestd.dedupe.keys import GUID, LINK, NUMBER, entry_keys, is_empty, own_keys
from ingestd.records import Entry, Source
from ingestd.urls import UrlRules


@dataclass(slots=True)
class Item:
    """One entry with its keys. `*_shared`: several articles of this document have the key, so it names none of them.

    `own_by_guid` and `own_by_hash` are the keys of the URLs that would be this entry's alone.
    """

    entry: Entry
    profile: Profile
    link: str | None
    guid: str | None
    number: str | None
    own_by_guid: str
    own_by_hash: str
    link_shared: bool = False
    guid_shared: bool = False

    @property
    def trusts_guid(self) -> bool:
        """Whether the guid may name the article: not one that others have, nor a weak one where there is a link."""
        return self.guid is not None and not self.guid_shared and not (self.link and _is_weak(self.entry))


def read_document(entries: Sequence[Entry], source: Source, rules: UrlRules) -> tuple[list[Item], int]:
    """The entries with their keys, and how many say nothing at all."""
    items = [_item(entry, source, rules) for entry in entries if not is_empty(entry)]
    _forget_boilerplate(items)
    for group in _groups(items, lambda item: item.guid):
        if _is_guid_shared(group):
            for item in group:
                item.guid_shared = True
    for group in _groups(items, lambda item: item.link):
        if _is_link_shared(group):
            for item in group:
                item.link_shared = True
    return items, len(entries) - len(items)


def _item(entry: Entry, source: Source, rules: UrlRules) -> Item:
    keys = {key.kind: key.key for key in entry_keys(entry, source.id, rules)}
    own = own_keys(entry, source, rules)
    return Item(entry, Profile.of_entry(entry), keys.get(LINK), keys.get(GUID), keys.get(NUMBER), *own)


def _is_weak(entry: Entry) -> bool:
    """A guid that says little: short (a place in the list), or nothing but the title again."""
    guid = (entry.guid or "").strip()
    return len(guid) < 4 or plain_title(guid) == plain_title(entry.title)


def _forget_boilerplate(items: Sequence[Item]) -> None:
    """A text that stands under several titles tells nothing about any of them."""
    titles: dict[str, set[str]] = defaultdict(set)
    for item in items:
        titles[item.profile.text].add(plain_title(item.profile.title))
    for item in items:
        if item.profile.text and len(titles[item.profile.text]) > 1:
            item.profile = replace(item.profile, text="")


def _groups(items: Iterable[Item], key: Callable[[Item], str | None]) -> list[list[Item]]:
    """The entries that have a key in common, where there are several."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        value = key(item)
        if value is not None:
            groups[value].append(item)
    return [group for group in groups.values() if len(group) > 1]


def _is_guid_shared(group: Sequence[Item]) -> bool:
    """Whether a guid names several articles: under different links, or under none, and the entries are not alike."""
    if len({item.link for item in group}) == 1 and group[0].link is not None:
        return False
    # Title and day alone are no proof: two articles may share both. It takes the text.
    fullest = _fullest(group)
    return not all(weigh(fullest, item.profile).is_copy for item in group if item.profile is not fullest)


def _is_link_shared(group: Sequence[Item]) -> bool:
    """Whether a link serves several articles: under different guids, or without any, and the entries are not alike."""
    guids = Counter(item.guid for item in group)
    if len(guids) == 1 and None not in guids and not group[0].guid_shared:
        return False
    fullest = _fullest(group)
    found = [weigh(fullest, item.profile) for item in group if item.profile is not fullest]
    if urls.is_home(group[0].link or ""):
        return not all(evidence.is_copy for evidence in found)
    return not all(evidence.score > 0 for evidence in found)


def _fullest(group: Sequence[Item]) -> Profile:
    """The profile that tells most: what the others are compared with, whatever their order."""
    return max((item.profile for item in group), key=lambda told: (len(told.text), told.title, told.published_ms or 0))
