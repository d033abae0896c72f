"""A parsed feed and its entries."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingestd.model.errors import Outcome


class ZoneOrigin(StrEnum):
    """Where the zone of a time came from."""

    STATED = "stated"  # the text itself: an offset, Z, a zone's name, or an epoch
    SOURCE = "source"  # the source's configured `timezone`
    LANGUAGE = "language"  # an ambiguous name (CST) read by the language of the feed
    ASSUMED = "assumed"  # nothing told: UTC


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time as somebody wrote it: `raw` is the text, `utc` what it means."""

    raw: str
    utc: datetime
    zone_origin: ZoneOrigin


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that an entry carries: podcast episode, image, video."""

    url: str
    type: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says about one article, understood but not yet trusted.

    `title` and `authors` are plain text. `summary` and `content` are HTML as the feed gave it, NOT cleaned; relative
    links in them resolve against `base_url`. `link` is absolute http(s), not normalised, or None. `guid` is raw.
    `digest` identifies the entry's own bytes in its feed: an equal digest means an unchanged entry.
    """

    title: str = ""
    link: str | None = None
    guid: str | None = None
    authors: tuple[str, ...] = ()
    summary: str = ""
    content: str = ""
    published: Timestamp | None = None
    updated: Timestamp | None = None
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    language: str | None = None
    base_url: str | None = None
    digest: str = ""
    # Raw strings of dates that could not be read: kept, for whoever looks later.
    unread_dates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure below the level of a whole poll: an entry or a page, named so that a person can find it."""

    outcome: Outcome
    reason: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A parsed feed: its head, and its entries in document order.

    `known` are the digests of entries that the caller already knew (they are not parsed again and not in `entries`).
    `total` counts all entries of the document, `dropped` those beyond the bound, `problems` the broken ones.
    `ttl_s` is the longest interval that the feed asks pollers to keep (ttl, sy:updatePeriod), None where it is silent;
    `skip_hours` are hours in UTC 0–23, `skip_days` English day names, lower case.
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
    problems: tuple[Problem, ...] = ()
    repairs: tuple[str, ...] = ()
    ttl_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    hub_urls: tuple[str, ...] = ()
    self_url: str | None = None
