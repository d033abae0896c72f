"""The keys under which an article is known, and the URL under which it is stored."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from ingestd.identity import urls
from ingestd.identity.urls import DEFAULT_RULES, UrlRules
from ingestd.model.feed import Entry
from ingestd.model.source import Source
from ingestd.text.characters import database_text
from ingestd.text.times import epoch_ms

#: The kinds of keys: what an entry says (link, guid, number), and what its page adds (final, canonical).
LINK, GUID, NUMBER, FINAL, CANONICAL = KINDS = ("link", "guid", "number", "final", "canonical")

#: What marks a URL that was made for an entry without a link of its own.
OWN_MARK = "#guid="

#: The longest guid that is kept as it is; a longer one is known by its hash.
MAX_GUID = 500


@dataclass(frozen=True, slots=True)
class Key:
    """One name under which an article is known: `key` is unique among all keys, `kind` says what it was."""

    kind: str
    key: str


def digest_of(text: str) -> str:
    """A short name for a long text."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]


def guid_key(guid: str, source_id: int) -> str:
    """The key of a guid: within its source only, since `1` is a guid too; URLs with http and https alike.

    A URL keeps its fragment and its parameters here: in a guid they may be all that differs.
    """
    # As a database can hold it, or the key that was stored would not be the key that is asked for.
    guid = database_text(guid).strip()
    if urls.has_http_scheme(guid):
        guid = "https://" + (urls.serialise(guid) or guid).partition("://")[2]
    return f"{source_id}:{guid if len(guid) <= MAX_GUID else digest_of(guid)}"


_DIGITS = re.compile(r"\d+")
_DATE = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-3]\d)?(?:[0-2]\d[0-5]\d)?")


def number_key(link_key: str, source_id: int) -> str | None:
    """The key of an article's number within its source, for sites that write the headline into link and guid.

    `/2024/05/old-headline-1140571.html` and `/2024/05/new-headline-1140571.html` have one: host, depth of the path,
    every number in it, and the query as it is. None where no number is long enough to name an article (6 digits, and
    no date). It is a hint that never suffices without other evidence.
    """
    parts = urlsplit(link_key)
    if parts.fragment:
        return None
    segments = [unquote(segment) for segment in parts.path.strip("/").split("/")]
    numbers = [_DIGITS.findall(segment) for segment in segments]
    if not any(len(number) >= 6 and not _DATE.fullmatch(number) for found in numbers for number in found):
        return None
    if not re.search(r"[^\W\d_]{2}", segments[-1]):  # no headline in it: nothing that could change
        return None
    shape = "/".join("-".join(found) for found in numbers)
    key = f"{source_id}:#{parts.netloc}/{shape}" + ("?" + parts.query if parts.query else "")
    return key if len(key) <= MAX_GUID else None


def entry_link(entry: Entry) -> str | None:
    """The article's URL as the entry tells it: its link, else its guid where that is an http(s) URL.

    Without a user name and password: they are nobody's business here, and no request is made with them.
    """
    for candidate in (entry.link, entry.guid):
        url = urls.serialise(candidate) if candidate and urls.has_http_scheme(candidate.strip()) else None
        if url is not None:
            return _without_userinfo(url) if "@" in url else url
    return None


def _without_userinfo(url: str) -> str:
    scheme, _, rest = url.partition("//")
    authority, slash, path = rest.partition("/")
    return f"{scheme}//{authority.rpartition('@')[2]}{slash}{path}"


def is_empty(entry: Entry) -> bool:
    """Whether an entry says nothing at all: no link, guid, title, text or file."""
    texts = (entry.link or "", entry.guid or "", entry.title, entry.content, entry.summary)
    return not any(text.strip() for text in texts) and not entry.enclosures


def entry_from_url(entry: Entry, source: Source) -> str:
    """The URL under which an entry is stored: its link, else its guid where that is a URL, else an own one.

    The own one is the feed's URL with `#guid=` and the guid, or a hash of title and published time where there is no
    guid, or of the content: nothing is lost, and it still leads somewhere.
    """
    return entry_link(entry) or own_url(entry, source, trust_guid=True)


def own_url(entry: Entry, source: Source, *, trust_guid: bool) -> str:
    """A URL that is one entry's alone, for entries without a link and for those that share theirs with others."""
    home = urls.serialise(source.url) or source.url
    base, name = _own_parts(_names(entry)[0 if trust_guid else 1], entry_link(entry), home)
    return base + OWN_MARK + name


def _names(entry: Entry) -> tuple[str, str]:
    """How own URLs of an entry end: by its guid, where it has one, and by the hash of what it says."""
    by_hash = digest_of(_own_words(entry))
    guid = (entry.guid or "").strip()
    by_guid = quote(guid, safe=":", errors="replace") if guid else by_hash
    return by_guid if len(by_guid) <= MAX_GUID else digest_of(by_guid), by_hash


def _own_parts(name: str, link: str | None, home: str) -> tuple[str, str]:
    """How an own URL begins and ends: with the entry's link, or where that is too long with the feed's address."""
    base = (link or home).partition("#")[0]
    if len(base) + len(name) > urls.MAX_URL - 10:
        return home[:2000].partition("#")[0], digest_of(base + "#" + name)
    return base, name


def _own_words(entry: Entry) -> str:
    """What tells an entry apart from the others of its feed where neither link nor guid does."""
    title = " ".join(entry.title.split())
    if title:
        return f"{title}\n{published_ms(entry) or ''}"
    return entry.content.strip() or entry.summary.strip() or " ".join(file.url for file in entry.enclosures)


def published_ms(entry: Entry) -> int | None:
    """The entry's published time in epoch milliseconds."""
    return epoch_ms(entry.published.utc) if entry.published else None


@dataclass(frozen=True, slots=True)
class ClaimedKeys:
    """The keys that one entry claims: its link, normalised, its guid, the number in its link.

    `own_by_guid` and `own_by_hash` are the keys of the URLs that would be this entry's alone.
    """

    link: str | None
    guid: str | None
    number: str | None
    own_by_guid: str
    own_by_hash: str


def claimed_keys(entry: Entry, source: Source, rules: UrlRules = DEFAULT_RULES) -> ClaimedKeys:
    """Every key that an entry claims by itself."""
    written = entry_link(entry)
    home = urls.serialise(source.url) or source.url
    own = (_own_key(*_own_parts(name, written, home), rules) for name in _names(entry))
    return ClaimedKeys(*_keys_of(entry, written, source.id, rules), *own)


def _keys_of(
    entry: Entry, written: str | None, source_id: int, rules: UrlRules
) -> tuple[str | None, str | None, str | None]:
    link = urls.normalise(written, rules) if written else None
    guid = guid_key(entry.guid, source_id) if entry.guid and entry.guid.strip() else None
    return link, guid, number_key(link, source_id) if link is not None else None


def _own_key(base: str, name: str, rules: UrlRules) -> str:
    """The key of an own URL. Its end is in the one form that a key has; only what stands before it needs the rules."""
    place = urls.normalise(base, rules)
    key = (place or "") + OWN_MARK + name
    return key if place and len(key) <= urls.MAX_URL else base + OWN_MARK + name


def entry_keys(entry: Entry, source_id: int, rules: UrlRules = DEFAULT_RULES) -> tuple[Key, ...]:
    """The keys under which an entry is known once it is stored: its link, its guid, and the number in its link."""
    pairs = zip((LINK, GUID, NUMBER), _keys_of(entry, entry_link(entry), source_id, rules), strict=True)
    return tuple(Key(kind, key) for kind, key in pairs if key is not None)
