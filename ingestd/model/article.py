"""The article that is extracted from a page or a feed entry, and the page as it was fetched."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingestd.model.feed import Problem, Timestamp
from ingestd.model.http import Response
from ingestd.model.pickling import pickled_by_fields


class BodyOrigin(StrEnum):
    """Where the body of a post came from, in the order of trust."""

    RULE = "rule"  # a site rule applied to the article page
    FEED = "feed"  # the feed's own content, which is the whole article
    PAGE = "page"  # the generic extractor on the article page
    SUMMARY = "summary"  # the feed's summary: the page was not fetched or gave nothing
    NONE = "none"  # neither feed nor page had any text
    ARCHIVE = "archive"  # an imported file
    EXPIRED = "expired"  # nowhere any more: the source's retention has dropped it


#: Bodies that come from the article page.
PAGE_ORIGINS = frozenset({BodyOrigin.RULE, BodyOrigin.PAGE})


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Candidate:
    """One text that could have become the body, and how it was judged (0 to 1)."""

    name: str
    score: float
    length: int
    reason: str = ""


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class Article:
    """The article of an entry: clean HTML, and metadata with its origins.

    `html` is sanitised, absolute, minimal and on one line; `text` its plain text, paragraphs separated by newlines.
    `origins` says for each metadata field where its value came from, as (field, origin) pairs.
    `extraction_version` says by which rules and code `html` was made (`extract/version.py`), None where none made it.
    `fingerprint` is that of `text` (`text/fingerprint.py`), None where it was not computed.
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
    extraction_version: str | None = None
    fingerprint: bytes | None = None


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class KeptPage:
    """An article page as it was fetched.

    `compressed` is its body with Zstandard, without a dictionary, and the size of that body, in place of `body`, which
    is then empty: pages that wait to be stored take less memory so.
    """

    url: str
    final_url: str
    fetched_at: datetime
    http_status: int
    body: bytes
    charset: str | None = None
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    compressed: tuple[bytes, int] | None = None


@dataclass(frozen=True, slots=True)
class FetchedArticle:
    """An article, and the response it was extracted from; None where there is no page. `problem` is that of the page.

    Of an article in several parts, `article` holds all of them and `first_part` what its first page alone gave: a later
    visit fetches and compares that page only.
    """

    article: Article
    response: Response | None = None
    problem: Problem | None = None
    first_part: Article | None = None

    @property
    def page(self) -> KeptPage | None:
        """The page, as the database keeps it; None where there is none, or it is empty."""
        response = self.response
        if response is None or not response.body:
            return None
        return KeptPage(
            url=response.url,
            final_url=response.final_url,
            fetched_at=response.fetched_at,
            http_status=response.status,
            body=response.body,
            charset=self.article.charset,
            content_type=response.header("content-type"),
            etag=response.header("etag"),
            last_modified=response.header("last-modified"),
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems of the page and of the extraction."""
        return ((self.problem,) if self.problem else ()) + self.article.problems
