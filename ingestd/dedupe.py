"""Identity: which entries of a feed are articles that are known already, and which are new.

An article is known by keys: its link and the URLs that its page leads to, normalised, and its guid within its source.
A key alone is a claim. Feeds repeat one guid for different articles, give every entry the link of a home page, or
change all guids in one night; so where the keys of an entry disagree, the evidence (title, published time, text,
enclosure) is weighed. Two errors are possible, and losing an article is the worse one: in doubt it is a new article.

Everything here is pure: the store hands in what is known, and gets back what to record.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from ingestd import urls
from ingestd.errors import Outcome
from ingestd.records import Article, Entry, KnownPost, Post, Problem, Response, Source
from ingestd.urls import DEFAULT_RULES, UrlRules

LINK, GUID, FINAL, CANONICAL = "link", "guid", "final", "canonical"

#: The longest guid that is kept as it is; a longer one is known by its hash.
MAX_GUID = 500
#: Characters of a text that are weighed when two articles are compared.
TEXT_WINDOW = 2000


@dataclass(frozen=True, slots=True)
class Key:
    """One name under which an article is known: `key` is unique in the database, `kind` says what it was."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """An entry that is a new article: to be fetched, and stored under `from_url` with these keys."""

    entry: Entry
    from_url: str
    keys: tuple[Key, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry that lists a known post again: a sighting, further keys, and perhaps a changed text to look at."""

    entry: Entry
    post_id: int
    new_keys: tuple[Key, ...]
    changed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a poll means: `repeated` counts entries that list an article of `fresh` a second time."""

    fresh: tuple[Fresh, ...] = ()
    seen: tuple[Seen, ...] = ()
    problems: tuple[Problem, ...] = ()
    repeated: int = 0


def guid_key(guid: str, source_id: int) -> str:
    """The key of a guid: within its source only, since `1` is a guid too; URLs with http and https alike."""
    guid = guid.strip()
    if guid[:8].lower().startswith(("http://", "https://")):
        guid = urls.serialise(guid) or guid
        guid = "https://" + guid.partition("://")[2]
    if len(guid) > MAX_GUID:
        guid = "sha256:" + _digest(guid)
    return f"{source_id}:{guid}"


def entry_link(entry: Entry) -> str | None:
    """The article's URL as the entry tells it: its link, else its guid where that is an http(s) URL."""
    for candidate in (entry.link, entry.guid):
        if candidate and candidate.strip()[:8].lower().startswith(("http://", "https://")):
            url = urls.serialise(candidate)
            if url is not None:
                return url
    return None


def entry_from_url(
    entry: Entry, source: Source, *, distrusted_link: bool = False, distrusted_guid: bool = False
) -> str | None:
    """The URL under which an entry is stored, one for each article; None for a wholly empty entry.

    It is the entry's link, else its guid where that is a URL. Where there is neither, or where other articles have the
    same link (`distrusted_link`), it is the link or the feed's URL with `#guid=` and the guid; without a (trusted)
    guid, with a hash of title and published time, else of the content: nothing is lost, and it still leads somewhere.
    """
    link = entry_link(entry)
    if link is not None and not distrusted_link:
        return link
    guid = (entry.guid or "").strip()
    if guid and not distrusted_guid:
        name = guid
    else:
        said = _own_words(entry)
        if not said:
            return link
        name = "sha256:" + _digest(said)
    base = (link or urls.serialise(source.url) or source.url).partition("#")[0]
    name = quote(name, safe=":", errors="replace")
    if len(name) > MAX_GUID:
        name = "sha256:" + _digest(name)
    return f"{base}#guid={name}"


def entry_keys(entry: Entry, source_id: int, rules: UrlRules = DEFAULT_RULES) -> tuple[Key, ...]:
    """The keys that an entry claims by itself: its link, normalised, and its guid within the source."""
    keys = []
    link = entry_link(entry)
    normal = urls.normalise(link, rules) if link else None
    if normal is not None:
        keys.append(Key(LINK, normal))
    if entry.guid and entry.guid.strip():
        keys.append(Key(GUID, guid_key(entry.guid, source_id)))
    return tuple(keys)


def lookup_keys(entries: Sequence[Entry], source: Source, rules: UrlRules = DEFAULT_RULES) -> frozenset[str]:
    """Every key that `decide` may ask for: what the store selects by `key IN (...)`."""
    keys: set[str] = set()
    for entry in entries:
        keys.update(key.key for key in entry_keys(entry, source.id, rules))
        for distrusted_guid in (False, True):
            url = entry_from_url(entry, source, distrusted_link=True, distrusted_guid=distrusted_guid)
            normal = urls.normalise(url, rules) if url else None
            if normal is not None:
                keys.add(normal)
    return frozenset(keys)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]


def _own_words(entry: Entry) -> str:
    """What tells an entry apart from the others of its feed where neither link nor guid does."""
    title = " ".join(entry.title.split())
    if title:
        return title + "\n" + str(_epoch_ms(entry) or "")
    return entry.content.strip() or entry.summary.strip()


def _epoch_ms(entry: Entry) -> int | None:
    return round(entry.published.utc.timestamp() * 1000) if entry.published else None


# ---------------------------------------------------------------------------------------------------------------------
# Evidence: are these two the same article?


@dataclass(frozen=True, slots=True)
class Profile:
    """What of an article is compared, whoever tells it."""

    title: str
    published_ms: int | None
    text: str
    enclosures: frozenset[str]

    @classmethod
    def of_entry(cls, entry: Entry) -> "Profile":
        """From an entry; its HTML becomes text roughly, which is good enough to compare."""
        html = (entry.content or entry.summary)[: 4 * TEXT_WINDOW]
        return cls(
            entry.title,
            _epoch_ms(entry),
            _TAG.sub(" ", html)[:TEXT_WINDOW],
            frozenset(enclosure.url for enclosure in entry.enclosures),
        )

    @classmethod
    def of_post(cls, post: KnownPost) -> "Profile":
        """From a known post."""
        return cls(post.title, post.published_ms, post.text[:TEXT_WINDOW], frozenset(post.enclosures))


_TAG = re.compile(r"<[^<>]*>")
_NOT_WORD = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")


def similar_titles(a: str, b: str) -> bool | None:
    """Whether two titles name one article; None where either is missing.

    Titles that differ in a number do not: they are issues of a series, however alike they look.
    """
    a, b = (_NOT_WORD.sub(" ", title[:300].casefold()).strip() for title in (a, b))
    if not a or not b:
        return None
    if a == b:
        return True
    if sorted(_DIGITS.findall(a)) != sorted(_DIGITS.findall(b)):
        return False
    shorter, longer = sorted((a, b), key=len)
    if len(shorter) >= 6 and shorter in longer:
        return True
    return _overlap(_grams(a, 2), _grams(b, 2), of_all=True) >= 0.6


def similar_texts(a: str, b: str) -> bool | None:
    """Whether one text holds most of the other's wording; None where either is short or it is unclear."""
    a, b = (_NOT_WORD.sub("", text[:TEXT_WINDOW].casefold()) for text in (a, b))
    if min(len(a), len(b)) < 30:
        return None
    share = _overlap(_grams(a, 5), _grams(b, 5), of_all=False)
    return True if share >= 0.5 else False if share < 0.15 else None


def _grams(text: str, size: int) -> frozenset[str]:
    return frozenset(text[i : i + size] for i in range(max(1, len(text) - size + 1)))


def _overlap(a: frozenset[str], b: frozenset[str], *, of_all: bool) -> float:
    common = len(a & b)
    return 2 * common / (len(a) + len(b)) if of_all else common / min(len(a), len(b))


def weigh(a: Profile, b: Profile) -> int:
    """The evidence that two profiles are one article: above 0 for, below 0 against, 0 undecided."""
    score = 0
    for verdict, weight in (
        (similar_titles(a.title, b.title), 1),
        (None if a.published_ms is None or b.published_ms is None else a.published_ms == b.published_ms, 1),
        (similar_texts(a.text, b.text), 2),
        (bool(a.enclosures & b.enclosures) if a.enclosures and b.enclosures else None, 3),
    ):
        if verdict is not None:
            score += weight if verdict else -weight
    return score


def same_article(post: Post, known: KnownPost) -> bool:
    """Whether a new post is the article of a known one, where only its page (final or canonical URL) says so.

    Pages lie: a broken site gives every article the same canonical link. So the texts must speak for it too.
    """
    enclosures = frozenset(enclosure.url for enclosure in post.enclosures)
    new = Profile(post.title, post.published_ms, post.text[:TEXT_WINDOW], enclosures)
    return weigh(new, Profile.of_post(known)) > 0


# ---------------------------------------------------------------------------------------------------------------------
# The decision


@dataclass(slots=True)
class _Item:
    """One entry with its keys; a key that several articles of the document share is no key."""

    entry: Entry
    profile: Profile
    link: str | None
    guid: str | None
    link_shared: bool = False
    guid_shared: bool = False
    own: str | None = None  # the key of the URL that is this entry's alone
    own_url: str | None = None


@dataclass(slots=True)
class _NewPost:
    """An article that this document brings, while its decision is being made."""

    item: _Item
    from_url: str
    keys: dict[str, Key] = field(default_factory=dict)
    reason: str = ""


def decide(
    entries: Sequence[Entry],
    source: Source,
    known: Mapping[str, KnownPost],
    *,
    listed: Collection[int] = (),
    rules: UrlRules = DEFAULT_RULES,
) -> Decisions:
    """Tell fresh entries from known ones.

    `known` maps a key (`Key.key`) to the post that it leads to, for at least the keys of `lookup_keys`. `listed` are
    posts that the document lists too, but whose entries were not parsed again. No entry is dropped silently: each is
    in `fresh`, in `seen`, counted as repeated, or a problem.
    """
    return _Decider(source, known, frozenset(listed), rules).decide(entries)


class _Decider:
    def __init__(self, source: Source, known: Mapping[str, KnownPost], listed: frozenset[int], rules: UrlRules) -> None:
        self.source = source
        self.known = known
        self.rules = rules
        self.listed = set(listed)
        self.new: list[_NewPost] = []
        self.overlay: dict[str, KnownPost] = {}
        self.seen: list[Seen] = []
        self.problems: list[Problem] = []
        self.repeated = 0
        self.changed: set[int] = set()

    def decide(self, entries: Sequence[Entry]) -> Decisions:
        items = [item for entry in entries if (item := self._item(entry)) is not None]
        _mark_shared(items)
        for item in items:
            if item.link and not item.link_shared and (post := self.known.get(item.link)):
                self.listed.add(post.post_id)
        for item in items:
            self._place(item)
        fresh = tuple(Fresh(new.item.entry, new.from_url, tuple(new.keys.values()), new.reason) for new in self.new)
        return Decisions(fresh, tuple(self.seen), tuple(self.problems), self.repeated)

    def _item(self, entry: Entry) -> _Item | None:
        if entry_from_url(entry, self.source) is None:
            reason = "an entry has neither link nor guid nor title nor text"
            self.problems.append(Problem(Outcome.ENTRY_WITHOUT_LINK, reason, self.source.url))
            return None
        keys = {key.kind: key.key for key in entry_keys(entry, self.source.id, self.rules)}
        return _Item(entry, Profile.of_entry(entry), keys.get(LINK), keys.get(GUID))

    def _find(self, key: str | None) -> KnownPost | None:
        return (self.known.get(key) or self.overlay.get(key)) if key else None

    def _place(self, item: _Item) -> None:
        item.own_url = entry_from_url(item.entry, self.source, distrusted_link=True, distrusted_guid=item.guid_shared)
        item.own = urls.normalise(item.own_url, self.rules) if item.own_url else None
        post, reason = self._match(item)
        if post is None:
            self._add_fresh(item, reason)
        elif post.post_id < 0:
            self._add_repeated(item, self.new[-post.post_id - 1])
        else:
            self._add_seen(item, post, reason)

    def _match(self, item: _Item) -> tuple[KnownPost | None, str]:
        by_own = self._find(item.own)
        if by_own is not None:
            return by_own, "its own URL is known"
        by_link = None if item.link_shared else self._find(item.link)
        by_guid = None if item.guid_shared else self._find(item.guid)
        if by_link is not None and by_guid is not None:
            if by_link.post_id == by_guid.post_id:
                return by_link, "link and guid are known"
            return self._between(item, by_link, by_guid)
        if by_link is not None:
            return self._by_link(item, by_link)
        if by_guid is not None:
            return self._by_guid(item, by_guid)
        return None, "no key is known"

    def _between(self, item: _Item, by_link: KnownPost, by_guid: KnownPost) -> tuple[KnownPost, str]:
        """Link and guid lead to two posts: the likelier one, the link's where nothing tells."""
        link_score = weigh(item.profile, Profile.of_post(by_link))
        guid_score = weigh(item.profile, Profile.of_post(by_guid))
        if guid_score > link_score and urls.is_home(item.link or ""):
            return by_guid, "the guid is known; the link is a home page"
        return by_link, "the link is known; the guid was another article's"

    def _by_link(self, item: _Item, post: KnownPost) -> tuple[KnownPost | None, str]:
        """The link is known, the guid is not."""
        home = urls.is_home(item.link or "")
        if not home and (item.guid is None or item.guid_shared or not post.guids):
            return post, "the link is known"
        # Either the guid was changed, or one link serves several articles.
        prior = 0 if home else 1
        if prior + weigh(item.profile, Profile.of_post(post)) > 0:
            return post, "the link is known; the guid has changed"
        return None, "the link is another article's: guid, title and date all differ"

    def _by_guid(self, item: _Item, post: KnownPost) -> tuple[KnownPost | None, str]:
        """The guid is known, the link is not: the article has moved, or the guid is used again."""
        if item.link is None:
            return post, "the guid is known"
        if post.post_id in self.listed:
            return None, "the guid is another article's, which the feed still lists"
        prior = -1 if _is_weak_guid(item) else 1
        if prior + weigh(item.profile, Profile.of_post(post)) > 0:
            return post, "the guid is known; the link has changed"
        return None, "the guid was another article's: title, date and text differ"

    def _keys(self, item: _Item, own: bool) -> list[Key]:
        keys = []
        if own and item.own:
            keys.append(Key(LINK, item.own))
        elif item.link and not item.link_shared:
            keys.append(Key(LINK, item.link))
        if item.guid and not item.guid_shared:
            keys.append(Key(GUID, item.guid))
        return [key for key in keys if key.key not in self.known]

    def _add_fresh(self, item: _Item, reason: str) -> None:
        own = item.link is None or item.link_shared or item.link in self.known or item.link in self.overlay
        from_url = item.own_url if own else entry_link(item.entry)
        assert from_url is not None  # `_item` refused entries without any
        new = _NewPost(item, from_url, reason=reason)
        self.new.append(new)
        pseudo = KnownPost(
            -len(self.new),
            self.source.id,
            from_url,
            item.profile.title,
            item.profile.published_ms,
            item.profile.text,
            (item.guid,) if item.guid else (),
            None,
            tuple(item.profile.enclosures),
        )
        for key in self._keys(item, own):
            if key.key not in self.overlay:
                new.keys[key.key] = key
                self.overlay[key.key] = pseudo

    def _add_repeated(self, item: _Item, new: _NewPost) -> None:
        self.repeated += 1
        for key in self._keys(item, own=False):
            if key.key not in self.overlay:
                new.keys[key.key] = key
                self.overlay[key.key] = self.overlay[next(iter(new.keys))]

    def _add_seen(self, item: _Item, post: KnownPost, reason: str) -> None:
        new_keys = [key for key in self._keys(item, own=False) if key.key not in self.overlay]
        for key in new_keys:
            self.overlay[key.key] = post
        changed = bool(post.digest) and post.digest != item.entry.digest and not post.deleted
        # The first of two listings tells: a feed that lists two versions would change the post for ever.
        changed = changed and post.post_id not in self.changed
        self.changed.add(post.post_id)
        self.seen.append(Seen(item.entry, post.post_id, tuple(new_keys), changed, reason))


def _is_weak_guid(item: _Item) -> bool:
    """A guid that says little: short, a plain small number, or nothing but the title again."""
    guid = (item.entry.guid or "").strip()
    words = _NOT_WORD.sub("", guid.casefold())
    title = _NOT_WORD.sub("", item.entry.title.casefold())
    return len(guid) < 6 or (bool(title) and words == title)


def _mark_shared(items: Sequence[_Item]) -> None:
    """Find the keys that several articles of one document share."""
    by_link: dict[str, list[_Item]] = defaultdict(list)
    by_guid: dict[str, list[_Item]] = defaultdict(list)
    for item in items:
        if item.link:
            by_link[item.link].append(item)
        if item.guid:
            by_guid[item.guid].append(item)
    for group in by_guid.values():
        if len({item.link for item in group}) > 1 and not _all_alike(group):
            for item in group:
                item.guid_shared = True
    for group in by_link.values():
        if (
            len(group) > 1
            and len({item.guid for item in group}) > 1 - (group[0].guid is None)
            and not _all_alike(group)
        ):
            for item in group:
                item.link_shared = True


def _all_alike(group: Sequence[_Item]) -> bool:
    """Whether the entries of a group list one article several times."""
    first = group[0].profile
    return all(weigh(first, item.profile) > 0 for item in group[1:])


# ---------------------------------------------------------------------------------------------------------------------
# What the page adds


def page_keys(
    entry_link: str | None, response: Response | None, article: Article, rules: UrlRules = DEFAULT_RULES
) -> tuple[Key, ...]:
    """The keys that an article's page claims: the URL after redirects, and its canonical link.

    Left out are the link's own key, home pages and sections (a redirect to them is how sites say "not found"), and a
    canonical link of another site.
    """
    keys: dict[str, Key] = {}
    page = response.final_url if response is not None else entry_link
    final = urls.normalise(page, rules) if response is not None and page else None
    if final is not None and not urls.is_home_or_section(final):
        keys[final] = Key(FINAL, final)
    canonical = urls.resolve(page, article.canonical_url) if article.canonical_url else None
    if canonical is not None and page is not None and urls.same_site(page, canonical):
        key = urls.normalise(canonical, rules)
        if key is not None and not urls.is_home_or_section(key):
            keys.setdefault(key, Key(CANONICAL, key))
    own = urls.normalise(entry_link, rules) if entry_link else None
    return tuple(key for key in keys.values() if key.key != own)
