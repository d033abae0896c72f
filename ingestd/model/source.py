"""A configured source, and its state between polls."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ingestd.model.http import Redirect
from ingestd.model.pickling import pickled_by_fields
from ingestd.model.sitemap import SitemapFile


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class SiteRule:
    """Where the article is on the pages of one site: CSS selectors; None or empty where the rule says nothing."""

    select: str | None = None
    remove: tuple[str, ...] = ()
    title: str | None = None
    author: str | None = None
    date: str | None = None
    next_page: str | None = None


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Source:
    """A configured feed. `id` is its row in the database, 0 before it has one.

    `kind` is "feed", "sitemap" or "page" (a page that lists articles); `links` is CSS of the links to articles on such
    a page, None where they are guessed.
    `mirrors` are further addresses of the same feed.
    `command` is a program that prints the feed; `url` stands for it then, and may be that of a file.
    `article` is "auto" (fetch the page, keep the better text), "always" (use the page's text) or "never" (the page is
    not fetched). `timezone` is an IANA name for dates without a zone, `language` a BCP 47 tag that helps to read them.
    `proxy` is "" for none, None for that of `[fetch]`; `ca_file` names certificates that are trusted for it.
    Its intervals adapt between `min_interval_s` and `max_interval_s`, None for those of `[schedule]`.
    Entries are left out by the rules `keep` and `block` (see `policy.entry_filters`), and at the first poll those that
    are older than `max_age_s`. `site_url` is the site that the feed says it is of.
    `page_archive` is the web archive that is asked for pages which their site has no more, "" for none.
    """

    name: str
    url: str
    id: int = 0
    kind: str = "feed"
    links: str | None = None
    command: tuple[str, ...] = ()
    mirrors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tags_from_feed: bool = False
    categories: tuple[str, ...] = ()
    article: str = "auto"
    rule: SiteRule = SiteRule()
    timezone: str | None = None
    language: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None
    ca_file: str | None = None
    interval_s: float = 1800.0
    min_interval_s: float | None = None
    max_interval_s: float | None = None
    enabled: bool = True
    revisit: bool = True
    media: bool = False
    keep: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    max_age_s: float | None = None
    site_url: str | None = None
    page_archive: str = ""


class WantedSource(NamedTuple):
    """What the row of a configured source has to say."""

    name: str
    url: str
    enabled: bool


class SourceRow(NamedTuple):
    """The row of a source: its number, its present address, and the site that its feed says it is of."""

    id: int
    url: str
    site_url: str | None


@dataclass(frozen=True, slots=True)
class SourceState:
    """The state of a source between polls; docs/database.md has the meaning of each column of `sources`.

    `due_at` is when the present poll was due, None for the first. `waiting`: its inbox is not empty. `recent` are the
    times of its latest posts, the newest first. `sitemap_files` are the files of a sitemap's index that polls read.
    `condition` is what was last told of it: "failing", "silent" or None. `rules_digest` are the rules by which its
    present feed was read, `read_before` whether it was ever read. `answered_by` is the mirror that
    gave it, None for the own address; `mirrors_compared_at` when it was last compared with others.
    `added_at` is when it first stood in the configuration.
    """

    source: Source
    etag: str | None = None
    last_modified: str | None = None
    body_digest: str | None = None
    conditional_polls: int = 0
    truncated_polls: int = 0
    sitemap_files: tuple[SitemapFile, ...] = ()
    failures: int = 0
    failing_since: datetime | None = None
    interval_s: float | None = None
    due_at: datetime | None = None
    last_outcome: str | None = None
    paused: bool = False
    redirects: tuple[tuple[Redirect, ...], ...] = ()
    feed_ttl_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    last_new_at: datetime | None = None
    last_polled_at: datetime | None = None
    waiting: bool = False
    recent: tuple[datetime, ...] = ()
    condition: str | None = None
    rules_digest: str | None = None
    read_before: bool = False
    answered_by: str | None = None
    mirrors_compared_at: datetime | None = None
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceUpdate:
    """The columns of `sources` that a poll changes, with their values."""

    source_id: int
    values: tuple[tuple[str, object], ...]


def is_local(url: str) -> bool:
    """Whether the address of a source is a file or a program of this machine."""
    return url.startswith(("file:", "command:"))
