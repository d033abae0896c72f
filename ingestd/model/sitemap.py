"""The files of a sitemap: as fetched, and as a poll remembers them for the next one."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SitemapDocument:
    """One file as it was fetched: its final URL, its bytes, and its Content-Type."""

    url: str
    body: bytes
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class AddressBound:
    """How many addresses that a poll does not know it takes from a sitemap of all pages: the `newest`.

    Those that changed since `changed_since` are taken beside them; None at the first poll of a source. The others are
    left to a backfill.
    """

    changed_since: datetime | None = None
    newest: int = 100


@dataclass(frozen=True, slots=True)
class SitemapFile:
    """What a poll remembers of a file that an index names, by which the next one asks for it.

    `parent` is the address of that index, `lastmod` what it said of the file, raw ("" for nothing). `is_index`: it
    names further files. `body_digest` is None where it has not been read.
    """

    url: str
    parent: str = ""
    is_index: bool = False
    lastmod: str = ""
    etag: str | None = None
    last_modified: str | None = None
    body_digest: str | None = None
