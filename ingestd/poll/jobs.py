"""The jobs that worker processes do, by module and function name, and what the costliest of them returns.

The main process names a job without importing it, so parsers and extractors are loaded in worker processes alone.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestd.identity.decisions import Decisions
from ingestd.identity.keyed_entries import KeyedEntries
from ingestd.model.article import Article, BodyOrigin
from ingestd.model.feed import Feed, Problem
from ingestd.model.pickling import pickled_by_fields
from ingestd.model.post import NewPost
from ingestd.poll.workers import Job

if TYPE_CHECKING:
    from ingestd.feeds.sitemaps.choice import IndexChoice


_NO_ARTICLE = Article("", "", BodyOrigin.NONE)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a worker returns of a feed's bytes.

    `feed` has no entries. `keys` are all identity keys that its entries claim. `assumed` is the decision if none of the
    keys is known, and `posts` the posts of all its new articles in that case; None where they are still to be built.
    `named_by_hash`: some of these have neither a link nor a guid of their own, and may be edits.
    `keyed_entries` is what to decide over where a key is known; None where the worker left it out to save the transfer.
    """

    feed: Feed
    keys: tuple[str, ...]
    assumed: Decisions
    posts: tuple[NewPost, ...] | None = None
    named_by_hash: bool = False
    keyed_entries: KeyedEntries | None = None


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class PageReading:
    """What a worker makes of a fresh entry and its page.

    `post` is ready to be stored, but for the bytes of its page; None where only the article could be read, because more
    is to be fetched. `problems` are those of the page and of its article.
    """

    article: Article = _NO_ARTICLE
    post: NewPost | None = None
    problems: tuple[Problem, ...] = ()


PARSE_AND_IDENTIFY: Job[ParsedFeed] = Job("ingestd.poll.parse_and_identify", "parse_and_identify")
CHOOSE_SITEMAP_FILES: "Job[IndexChoice]" = Job("ingestd.feeds.sitemaps.choice", "choose_children")
BUILD_POSTS: Job[tuple[NewPost, ...]] = Job("ingestd.poll.parse_and_identify", "build_posts")
EXTRACT_ARTICLE: Job[Article] = Job("ingestd.extract.article", "extract_article")
READ_PAGE: Job[PageReading] = Job("ingestd.poll.read_page", "read_page")

#: Modules that a worker process imports before its first job, where it is to read many feeds.
PRELOAD = tuple(
    dict.fromkeys(
        job.module for job in (PARSE_AND_IDENTIFY, CHOOSE_SITEMAP_FILES, BUILD_POSTS, EXTRACT_ARTICLE, READ_PAGE)
    )
)
#: The same where it is to read few, of which most have nothing new: it imports the others by need.
PRELOAD_FOR_FEW = (PARSE_AND_IDENTIFY.module,)
