"""The frozen records that the stages of the pipeline hand to each other.

Source ─fetch─▶ Response ─parse─▶ Feed of Entries ─dedupe─▶ fresh Entry ─fetch─▶ Response ─extract─▶ Article
─normalise─▶ Post ─store─▶ row

All of them are plain data that can cross a process boundary. Times are aware datetimes in UTC; durations are
seconds; sizes are bytes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ingestd.errors import Outcome


class ZoneOrigin(StrEnum):
    """Where the zone of a time came from."""

    STATED = "stated"  # the text itself: an offset, Z, a zone's name, or an epoch
    SOURCE = "source"  # the source's configured `timezone`
    LANGUAGE = "language"  # an ambiguous name (CST) read by the language of the feed
    ASSUMED = "assumed"  # nothing told: UTC


class DateOrigin(StrEnum):
    """Where the date of a post came from."""

    FEED = "feed"  # the entry's published date
    FEED_UPDATED = "feed-updated"  # the entry's updated date, where it has no published one
    PAGE = "page"  # metadata of the article page
    INGESTED = "ingested"  # nothing readable: the time of ingestion
    ARCHIVE = "archive"  # an imported file


class BodyOrigin(StrEnum):
    """Where the body of a post came from, in the order of trust."""

    RULE = "rule"  # a site rule applied to the article page
    FEED = "feed"  # the feed's own content, which is the whole article
    PAGE = "page"  # the generic extractor on the article page
    SUMMARY = "summary"  # the feed's summary: the page was not fetched or gave nothing
    NONE = "none"  # neither feed nor page had any text
    ARCHIVE = "archive"  # an imported file


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time as somebody wrote it: `raw` is the text, `utc` what it means."""

    raw: str
    utc: datetime
    zone_origin: ZoneOrigin


@dataclass(frozen=True, slots=True)
class SiteRule:
    """How to read the pages of one site: CSS selectors; None or empty where the rule is silent."""

    select: str | None = None
    remove: tuple[str, ...] = ()
    title: str | None = None
    author: str | None = None
    date: str | None = None
    next_page: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A configured feed. `id` is its row in the database, 0 before it has one.

    `article` is "auto" (fetch the page, keep the better text), "always" (the page's text wins) or "never" (the page is
    not fetched). `timezone` is an IANA name for dates without a zone, `language` a BCP 47 tag that helps to read them.
    """

    name: str
    url: str
    id: int = 0
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    article: str = "auto"
    rule: SiteRule = SiteRule()
    timezone: str | None = None
    language: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None
    interval_s: float = 1800.0
    enabled: bool = True
    revisit: bool = True
    media: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One GET to be made. `accept` is "feed", "page", "image" or "any"; validators go back as the site gave them.

    `max_body` are the bytes that its body may have where that is not the client's own bound.
    """

    url: str
    accept: str = "any"
    etag: str | None = None
    last_modified: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None
    max_body: int | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """One hop: the answer `status` at `url` pointed to `location` (absolute)."""

    status: int
    url: str
    location: str


@dataclass(frozen=True, slots=True)
class Response:
    """A resource as it was answered; `body` is decompressed and within the configured bound.

    `headers` holds (lower-case name, value) in the order received. `status` 304 has an empty body.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    redirects: tuple[Redirect, ...] = ()

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


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


@dataclass(frozen=True, slots=True)
class Candidate:
    """One text that could have become the body, and how it was judged (0 to 1)."""

    name: str
    score: float
    length: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """The article of an entry: clean HTML, and metadata with its origins.

    `html` is sanitised, absolute, minimal and on one line; `text` its plain text, paragraphs separated by newlines.
    `origins` says for each metadata field where its value came from, as (field, origin) pairs.
    """

    html: str
    text: str
    body_origin: BodyOrigin
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: Timestamp | None = None
    modified: Timestamp | None = None
    canonical_url: str | None = None
    language: str | None = None
    site_name: str | None = None
    image: str | None = None
    charset: str | None = None
    next_page: str | None = None
    candidates: tuple[Candidate, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """One article as it is stored and exported: the seed's schema, and where each value came from.

    `date` is the published time clamped to the time of ingestion; `published_ms` the feed's own time in epoch
    milliseconds, not clamped, None where the feed gave none. `comments` and `link_title` are kept from imported files:
    the eighth key, and the title of the link line where it differs from the front matter's.
    """

    from_url: str
    title: str
    date: datetime
    author: str
    tags: tuple[str, ...]
    categories: tuple[str, ...]
    content: str
    text: str
    published_ms: int | None
    fetched_at: datetime
    date_origin: DateOrigin
    body_origin: BodyOrigin
    zone_origin: ZoneOrigin | None = None
    date_raw: str | None = None
    date_clamped: bool = False
    layout: str = "post"
    language: str | None = None
    image: str | None = None
    modified_at: datetime | None = None
    enclosures: tuple[Enclosure, ...] = ()
    comments: bool | None = None
    link_title: str | None = None
    id: int = 0
    revision: int = 1
    source_id: int | None = None
    updated_at: datetime | None = None
    # The name of the file that the post was imported from, and what else it takes to write that file again.
    file_name: str | None = None
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of a source between polls; the columns of `sources` say what each field means.

    `waiting` tells whether entries wait in its inbox; `recent` are the times of its latest posts, the newest first.
    """

    source: Source
    etag: str | None = None
    last_modified: str | None = None
    body_digest: str | None = None
    conditional_polls: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    interval_s: float | None = None
    paused: bool = False
    redirects: tuple[tuple[Redirect, ...], ...] = ()
    feed_ttl_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    last_new_at: datetime | None = None
    waiting: bool = False
    recent: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownPost:
    """What the store tells about a post that one of the keys leads to.

    `guids` are the post's keys of kind guid that came from the polled source, `digest` the `Entry.digest` with which
    the polled source listed it last (None: it never did), `text` the opening of its plain text (2,000
    characters are enough), `enclosures` the URLs of its files. A deleted post is handed in like any other. `kind` is
    the kind of the key that led here.
    """

    post_id: int
    source_id: int | None = None
    from_url: str = ""
    title: str = ""
    published_ms: int | None = None
    text: str = ""
    guids: tuple[str, ...] = ()
    digest: str | None = None
    enclosures: tuple[str, ...] = ()
    deleted: bool = False
    kind: str = "link"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry in the inbox: its article page is still to be fetched. `id` is its row, 0 before it has one.

    `keys` are the (kind, key) pairs that were found to be its own: what else it claims names another article too.
    """

    entry: Entry
    from_url: str
    key: str
    received_at: datetime
    id: int = 0
    keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class KeptPage:
    """An article page as it was fetched, before compression."""

    url: str
    final_url: str
    fetched_at: datetime
    http_status: int
    body: bytes
    charset: str | None = None
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to be stored, with everything that is to be stored beside it in the same transaction.

    `keys` are (kind, key) pairs by which it is known. `waiting_id` is the inbox row that ends with it. `visit` is
    (purpose, due, attempt) of the next visit to its page. `media` are the addresses of images that are to be fetched.
    """

    post: Post
    keys: tuple[tuple[str, str], ...]
    seen_at: datetime
    content_digest: str
    entry_digest: str | None = None
    page_digest: str | None = None
    item_digest: str | None = None
    page: KeptPage | None = None
    visit: tuple[str, datetime, int] | None = None
    waiting_id: int | None = None
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostUpdate:
    """A new text for a stored post. The text before goes to `revisions` unless `reason` is None (an improvement).

    `media` are the addresses of images that it wants fetched.
    """

    post_id: int
    title: str
    content: str
    text: str
    content_digest: str
    at: datetime
    reason: str | None
    body_origin: BodyOrigin | None = None
    entry_digest: str | None = None
    page_digest: str | None = None
    page: KeptPage | None = None
    modified_at: datetime | None = None
    image: str | None = None
    link_title: str | None = None
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Poll:
    """How one poll ended: what the log, the table `polls` and `fetch --json` say of it.

    `hubs` are those that the answer or its feed names, None where neither said; `topic` is what they know the feed by.
    """

    source_id: int
    name: str
    started_at: datetime
    seconds: float
    outcome: Outcome
    http_status: int | None = None
    entries: int = 0
    new: int = 0
    updated: int = 0
    duplicate: int = 0
    failed: int = 0
    known: int = 0
    suspected_loss: bool = False
    error: str | None = None
    hubs: tuple[str, ...] | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is known about one subscription at a WebSub hub.

    `token` is the callback's secret path, `secret` signs the pushes: neither is ever shown. `expires_at` is None until
    the hub has verified; `requested_at` None where no request is under way, and `attempts` counts those since the hub
    last answered. `denied_at` is when it refused, `error` why it did or could not be asked. `pushes` were taken,
    `refused` were not signed as they must be. `ending`: we want no more, and the hub is to ask whether that is so.
    """

    source_id: int
    hub: str
    topic: str
    token: str = field(repr=False)
    secret: str = field(repr=False)
    requested_at: datetime | None = None
    expires_at: datetime | None = None
    last_push_at: datetime | None = None
    lease_s: int = 0
    attempts: int = 0
    denied_at: datetime | None = None
    pushes: int = 0
    refused: int = 0
    ending: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SourceUpdate:
    """The columns of a source that a poll changes, by their names."""

    source_id: int
    values: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that one step of a poll writes, in one transaction.

    `source_id` is 0 where no source does it, as in an import. `sightings` are posts that the source listed again;
    `keys` further (kind, key, post_id) by which posts are known; `items` are (digest, post_id or None) of entries in
    the present feed, and `items_kept` digests still in it. `unread` are posts whose entry has changed while its new
    text is still to be read.
    """

    source_id: int
    at: datetime
    posts: tuple[NewPost, ...] = ()
    updates: tuple[PostUpdate, ...] = ()
    sightings: tuple[int, ...] = ()
    keys: tuple[tuple[str, str, int], ...] = ()
    waiting: tuple[Waiting, ...] = ()
    items: tuple[tuple[str, int | None], ...] = ()
    items_kept: tuple[str, ...] = ()
    items_replace: bool = False
    unread: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    source: SourceUpdate | None = None
    poll: Poll | None = None
    lease: str | None = None
