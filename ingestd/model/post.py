"""Posts: stored, new, updated, and as the identity decision compares them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingestd.model.article import BodyOrigin, KeptPage
from ingestd.model.feed import Category, Enclosure, ZoneOrigin
from ingestd.model.pickling import pickled_by_fields


class DateOrigin(StrEnum):
    """Where the date of a post came from."""

    FEED = "feed"  # the entry's published date
    FEED_UPDATED = "feed-updated"  # the entry's updated date, where it has no published one
    PAGE = "page"  # metadata of the article page
    INGESTED = "ingested"  # no readable date: the time of ingestion
    ARCHIVE = "archive"  # an imported file


class RevisionReason(StrEnum):
    """Who changed a text that became a revision."""

    ENTRY = "entry"  # the site, as the feed's entry says
    PAGE = "page"  # the site, as its page shows
    RULE = "rule"  # our rules, settings or code: the site said the same before
    UNCLEAR = "unclear"  # the site or our rules: what the site said before is not kept
    MERGE = "merge"  # the URL's own site, where another source's words stood


#: Reasons by which the site itself has edited an article.
SITE_EDITS = frozenset({RevisionReason.ENTRY, RevisionReason.PAGE})


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Post:
    """One article as it is stored and exported (docs/archive-format.md), and where each value came from.

    `date` is the published time, at most the time of ingestion; `published_ms` the feed's own time in epoch
    milliseconds, None where it states none; `feed_categories` the categories that the entry states, None where they are
    not known. `extraction_version` says by which rules and code `content` was made, None
    where that is not known. `link_title` is the title of the link line where it differs from `title`.
    `comments`, `file_name` (of the imported file) and `extra` are kept to export an imported file byte for byte.
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
    extraction_version: str | None = None
    feed_categories: tuple[Category, ...] | None = None
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
    file_name: str | None = None
    extra: tuple[tuple[str, str], ...] = ()


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class KnownPost:
    """A stored post that an identity key leads to, with what the identity decision compares.

    `kind` is the kind of that key. `guids` are the post's guid keys of the polled source, `hash_keys` is the number of
    its keys that hash what an entry says, `digest` the `Entry.digest` with which that source listed it last (None:
    never). `text` is the opening of the plain text (2,000 characters), `text_of_feed` whether the feed gave it: the
    text of a page need not have the words of its entry. `enclosures` are the URLs of its files other than images.
    `of_own_site`: it says what the site of its URL says, in its feed or on its page; `by_own_source`: the source that
    gave it is of that site too. Of a deleted post only keys are left.
    """

    post_id: int
    source_id: int | None = None
    from_url: str = ""
    title: str = ""
    published_ms: int | None = None
    text: str = ""
    guids: tuple[str, ...] = ()
    hash_keys: int = 0
    digest: str | None = None
    text_of_feed: bool = True
    enclosures: tuple[str, ...] = ()
    of_own_site: bool = True
    by_own_source: bool = True
    deleted: bool = False
    kind: str = "link"


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class PreparedPost:
    """What is stored of `post`, worked out ahead (`store/post_rows.py`). It holds for this very record alone.

    `row` are the columns that come from the post, `words` its title and text as the search index takes them.
    """

    post: Post
    row: Mapping[str, str | int | None]
    words: tuple[str, str]


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to be stored, with what is stored beside it in the same transaction.

    `keys` are its (kind, key) identity keys. `waiting_id` is the inbox row that is deleted with it. `visit` is
    (purpose, due, attempt) of the next visit to its page. `media` are the URLs of images to be fetched. `fingerprint`
    is that of the text, None where it is still to be computed. `prepared` is what a worker has made ready of it.

    `of_own_site`: it says what the site of its URL says. Where it does not, and another post has the URL that says
    something else, it is stored under an address of its own: `elsewhere`, with the keys that it has there.
    `by_own_source`: its source is of the site of its URL.
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
    of_own_site: bool = True
    by_own_source: bool = True
    elsewhere: tuple[str, tuple[tuple[str, str], ...]] | None = None
    fingerprint: bytes | None = None
    prepared: PreparedPost | None = None


@dataclass(frozen=True, slots=True)
class PostUpdate:
    """A new text for a stored post. The former text becomes a revision, unless `reason` is None (an improvement).

    `media` are the URLs of images to be fetched. `owner` is the post as the site of its URL has it, where another
    source's words stood there: author, dates and source are taken from it too. `visit` is (purpose, due, attempt) of
    the next visit to its page, None where that stays as it is planned. `revisit_by` is (due, attempt) of a visit that
    comes no later, with the attempt that it counts as where none is planned. `fingerprint` is that of the text, None
    where it was not computed.
    """

    post_id: int
    title: str
    content: str
    text: str
    content_digest: str
    at: datetime
    reason: RevisionReason | None
    body_origin: BodyOrigin | None = None
    extraction_version: str | None = None
    entry_digest: str | None = None
    page_digest: str | None = None
    page: KeptPage | None = None
    modified_at: datetime | None = None
    image: str | None = None
    link_title: str | None = None
    media: tuple[str, ...] = ()
    owner: Post | None = None
    visit: tuple[str, datetime, int] | None = None
    revisit_by: tuple[datetime, int] | None = None
    fingerprint: bytes | None = None
