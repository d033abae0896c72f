"""The keys of an entry, and the URL under which it is stored."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from ingestd.identity import urls
from ingestd.identity.urls import DEFAULT_RULES, UrlRules
from ingestd.model.feed import Entry
from ingestd.model.pickling import pickled_by_fields
from ingestd.model.source import Source
from ingestd.text.characters import database_text
from ingestd.text.times import epoch_ms

#: The kinds of keys: those of an entry (link, guid, number), those of its page (final, canonical), links and guids that
#: several articles have (shared), which identify none of them, and the link of another site's entry (about), until that
#: URL's own article comes.
LINK, GUID, NUMBER, FINAL, CANONICAL, SHARED, ABOUT = KINDS = (
    *("link", "guid", "number", "final", "canonical"),
    *("shared", "about"),
)

#: Marks a URL that was made for an entry without a link, or with the link of another article.
SYNTHETIC_URL_MARK = "#guid="

#: Marks one that has the hash of what the entry says in place of a guid.
SYNTHETIC_HASH_MARK = SYNTHETIC_URL_MARK + "sha256:"

#: The longest guid that is a key itself; of a longer one the hash is.
MAX_GUID_CHARS = 500


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Key:
    """One key of an article: `key` is unique among the keys of all kinds, `kind` is one of KINDS."""

    kind: str
    key: str


def text_digest(text: str) -> str:
    """A short key for a long text: the start of its SHA-256."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]


def guid_key(guid: str, source_id: int) -> str:
    """The key of a guid: within its source only, since `1` is a guid too; the same for http and https URLs.

    A URL keeps its fragment and its parameters here: guids may differ in nothing else.
    """
    # As the database stores it: otherwise the stored key would not be found again.
    guid = database_text(guid).strip()
    if urls.has_http_scheme(guid):
        guid = "https://" + (urls.serialise(guid) or guid).partition("://")[2]
    return f"{source_id}:{guid if len(guid) <= MAX_GUID_CHARS else text_digest(guid)}"


_DIGITS = re.compile(r"\d+")
_DATE = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-3]\d)?(?:[0-2]\d[0-5]\d)?")


def number_key(link_key: str, source_id: int) -> str | None:
    """The key of an article's number within its source, for sites that write the headline into link and guid.

    `/2024/05/old-headline-1140571.html` and `/2024/05/new-headline-1140571.html` have one: host, depth of the path,
    every number in it, and the query as it is. None where no number is long enough to name an article (6 digits, and
    no date). It never suffices without other evidence.
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
    return key if len(key) <= MAX_GUID_CHARS else None


def entry_link(entry: Entry) -> str | None:
    """The article's URL: the link of the entry, else its guid where that is an http(s) URL.

    A user name and a password in it are dropped: it is stored and logged, and no request is made with them.
    """
    for candidate in (entry.link, entry.guid):
        url = urls.serialise(candidate) if candidate and urls.has_http_scheme(candidate.strip()) else None
        if url is not None:
            return _without_userinfo(url) if "@" in url else url
    return None


def guid_url(entry: Entry) -> str | None:
    """The guid of an entry where it is an http(s) URL."""
    return entry.guid if entry.guid and urls.has_http_scheme(entry.guid.strip()) else None


def _without_userinfo(url: str) -> str:
    scheme, _, rest = url.partition("//")
    authority, slash, path = rest.partition("/")
    return f"{scheme}//{authority.rpartition('@')[2]}{slash}{path}"


def is_empty_entry(entry: Entry) -> bool:
    """Whether an entry has no link, guid, title, text or file."""
    texts = (entry.link or "", entry.guid or "", entry.title, entry.content, entry.summary)
    return not any(text.strip() for text in texts) and not entry.enclosures


def entry_from_url(entry: Entry, source: Source) -> str:
    """The URL under which an entry is stored: its link, else its guid where that is a URL, else a synthetic one."""
    return entry_link(entry) or synthetic_url(entry, source, use_guid=True)


def synthetic_url(entry: Entry, source: Source, *, use_guid: bool) -> str:
    """A URL that identifies one entry, for entries without a link and for those whose link others have too.

    It is the link, or the feed's URL, with `#guid=` and the guid; instead of the guid the hash of title and published
    time, or of the content without a title, where there is no guid or `use_guid` is False.
    """
    home = urls.serialise(source.url) or source.url
    base, name = _synthetic_parts(_synthetic_names(entry)[0 if use_guid else 1], entry_link(entry), home)
    return base + SYNTHETIC_URL_MARK + name


def _synthetic_names(entry: Entry) -> tuple[str, str]:
    """The ends of an entry's synthetic URLs: its guid (the hash where it has none), and the hash of its text."""
    by_hash = text_digest(_identifying_text(entry))
    guid = (entry.guid or "").strip()
    by_guid = quote(guid, safe=":", errors="replace") if guid else by_hash
    return by_guid if len(by_guid) <= MAX_GUID_CHARS else text_digest(by_guid), by_hash


def _synthetic_parts(name: str, link: str | None, home: str) -> tuple[str, str]:
    """Start and end of a synthetic URL: the entry's link, or the feed's URL where that is too long, and the name."""
    base = (link or home).partition("#")[0]
    if len(base) + len(name) > urls.MAX_URL_CHARS - 10:
        return home[:2000].partition("#")[0], text_digest(base + "#" + name)
    return base, name


def _identifying_text(entry: Entry) -> str:
    """The text that distinguishes an entry from the others of its feed where neither link nor guid does."""
    title = " ".join(entry.title.split())
    if title:
        return f"{title}\n{published_ms(entry) or ''}"
    return entry.content.strip() or entry.summary.strip() or " ".join(file.url for file in entry.enclosures)


def _undated_name(entry: Entry) -> str | None:
    """The hash of an entry's title and text, for feeds that give their entries new dates at every request."""
    title, text = " ".join(entry.title.split()), entry.content.strip() or entry.summary.strip()
    return text_digest(f"{title}\n\n{text}") if title and text else None


def published_ms(entry: Entry) -> int | None:
    """The entry's published time in epoch milliseconds."""
    return epoch_ms(entry.published.utc) if entry.published else None


@dataclass(frozen=True, slots=True)
class CandidateKeys:
    """The keys that an entry may be known by: its normalised link, its guid, the number in its link.

    `synthetic_by_guid` and `synthetic_by_hash` are the keys of its synthetic URLs, `synthetic_by_text` that of one with
    the hash of title and text, without a date; None where it has not both. `permalink` is the key of its address on the
    site of its source, where its link leads to another site.
    """

    link: str | None
    guid: str | None
    number: str | None
    synthetic_by_guid: str
    synthetic_by_hash: str
    synthetic_by_text: str | None = None
    permalink: str | None = None


def candidate_keys(entry: Entry, source: Source, rules: UrlRules = DEFAULT_RULES) -> CandidateKeys:
    """Every key that an entry may be known by."""
    link = entry_link(entry)
    home = urls.serialise(source.url) or source.url
    by_guid, by_hash, by_text = (
        _synthetic_key(*_synthetic_parts(name, link, home), rules) if name else None
        for name in (*_synthetic_names(entry), _undated_name(entry))
    )
    assert by_guid is not None and by_hash is not None
    return CandidateKeys(*_keys_of(entry, link, source.id, rules), by_guid, by_hash, by_text)


def _keys_of(
    entry: Entry, link: str | None, source_id: int, rules: UrlRules
) -> tuple[str | None, str | None, str | None]:
    link = urls.normalise(link, rules) if link else None
    guid = guid_key(entry.guid, source_id) if entry.guid and entry.guid.strip() else None
    return link, guid, number_key(link, source_id) if link is not None else None


def _synthetic_key(base: str, name: str, rules: UrlRules) -> str:
    """The key of a synthetic URL. Its end is normalised already; only the URL before the mark needs the rules."""
    place = urls.normalise(base, rules)
    key = (place or "") + SYNTHETIC_URL_MARK + name
    return key if place and len(key) <= urls.MAX_URL_CHARS else base + SYNTHETIC_URL_MARK + name


def entry_keys(entry: Entry, source_id: int, rules: UrlRules = DEFAULT_RULES) -> tuple[Key, ...]:
    """The keys under which a stored entry is known: its link, its guid, and the number in its link."""
    pairs = zip((LINK, GUID, NUMBER), _keys_of(entry, entry_link(entry), source_id, rules), strict=True)
    return tuple(Key(kind, key) for kind, key in pairs if key is not None)
