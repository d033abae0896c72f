"""A parsed feed and its entries."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingestd.model.errors import Outcome
from ingestd.model.pickling import pickled_by_fields

_IMAGE_PATH = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:[?#]|\Z)", re.I)


class ZoneOrigin(StrEnum):
    """Where the zone of a time came from."""

    STATED = "stated"  # the text itself: an offset, Z, a zone's name, or an epoch
    SOURCE = "source"  # the source's configured `timezone`
    LANGUAGE = "language"  # the stated language of the feed, which has one zone or one meaning of a name (CST)
    TEXT = "text"  # the same of the language that the feed's own titles and texts are in
    HTTP_DATE = "http-date"  # the Date header of the answer: in UTC the newest entry would lie in the future
    ASSUMED = "assumed"  # no evidence: UTC


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time in a feed or page: `raw` is its text, `utc` the time that it states."""

    raw: str
    utc: datetime
    zone_origin: ZoneOrigin


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that an entry carries: podcast episode, image, video."""

    url: str
    type: str | None = None
    length: int | None = None

    @property
    def is_image(self) -> bool:
        """Whether it is an image. Many entries of a feed may carry the same one."""
        return (self.type or "").startswith("image") or is_image_url(self.url)


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Category:
    """A category as the entry states it; `scheme` identifies the vocabulary (RSS: `domain`, Atom: `scheme`)."""

    term: str
    scheme: str | None = None


def is_image_url(url: str) -> bool:
    """Whether a URL ends in the file name of an image."""
    return bool(_IMAGE_PATH.search(url))


def category_of(value: str | dict[str, str]) -> Category:
    """The category of a JSON value of `category_values`."""
    return Category(value) if isinstance(value, str) else Category(**value)


def category_values(categories: Iterable[Category]) -> list[str | dict[str, str]]:
    """Categories as JSON values: the term, or an object of term and scheme where there is a scheme."""
    return [item.term if item.scheme is None else {"term": item.term, "scheme": item.scheme} for item in categories]


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed. Its values are untrusted.

    `title` and `authors` are plain text. `summary` and `content` are HTML as the feed has it, NOT sanitised; relative
    links in them resolve against `base_url`. `link` is an absolute http(s) URL, not normalised, or None. `guid` is raw.
    `digest` identifies the entry's bytes: an equal digest means an unchanged entry. `unread_dates` are the raw texts of
    dates that could not be parsed. `other_links` are further addresses that the entry gives of itself.
    """

    title: str = ""
    link: str | None = None
    guid: str | None = None
    authors: tuple[str, ...] = ()
    summary: str = ""
    content: str = ""
    published: Timestamp | None = None
    updated: Timestamp | None = None
    categories: tuple[Category, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    language: str | None = None
    base_url: str | None = None
    digest: str = ""
    unread_dates: tuple[str, ...] = ()
    other_links: tuple[str, ...] = ()


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Problem:
    """A failure below the level of a whole poll: of an entry or a page. `url` says which."""

    outcome: Outcome
    reason: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A parsed feed: its metadata, and its entries in document order.

    `known` are the digests of entries that the caller knows already: they are not parsed, and not in `entries`.
    `total` counts all entries of the document, `dropped` those over the bound; `problems` are broken entries, `repairs`
    what had to be repaired in the document. `truncated`: the document breaks off before its end, so that entries may
    be missing; "cut off" among the repairs says that an entry was cut. `ttl_s` is the longest interval that the feed
    asks for (ttl, sy:updatePeriod), in seconds; `skip_hours` are hours 0 to 23 in UTC, `skip_days` English day names,
    lower case. `history` are the digests of the entries that a poll leaves to a backfill (see `AddressBound`).
    """

    format: str
    title: str = ""
    link: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    charset: str = "utf-8"
    entries: tuple[Entry, ...] = ()
    known: tuple[str, ...] = ()
    total: int = 0
    dropped: int = 0
    truncated: bool = False
    problems: tuple[Problem, ...] = ()
    repairs: tuple[str, ...] = ()
    ttl_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    hub_urls: tuple[str, ...] = ()
    self_url: str | None = None
    history: tuple[str, ...] = ()

    @property
    def entry_cut(self) -> bool:
        """Whether the document breaks off within an entry, which is left out."""
        return self.truncated and "cut off" in self.repairs


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that a page links to: its absolute URL, its title on that page, and `rss`, `atom` or `json`.

    Where a site has no feed, `type` is `sitemap` or `page`: that `kind` of a source.
    """

    url: str
    title: str
    type: str
