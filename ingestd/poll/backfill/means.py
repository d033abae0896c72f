"""`HistoryMeans`: one way in which sites list the articles that their feeds do not have any more. All of them are pure.

feed, as it is polled ─first_url─▶ address ─fetch─▶ bytes ─read─▶ HistoryPage ─▶ entries, further addresses
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ingestd.feeds.feed_paging import read_feed_paging
from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.feed import Feed
from ingestd.model.history import FeedPaging, HistoryPage
from ingestd.model.http import Response
from ingestd.model.source import Source


@dataclass(frozen=True, slots=True)
class FeedClues:
    """What tells which means a site offers: the feed as it is polled.

    `url` is where it came from, after redirects; `headers` are those of its response, with lower-case names. `site_url`
    is the address of the site that the feed gives, `format` that of `Feed`.
    `web_archive` is the address of the configured archive, "" for none. `is_sitemap`: `url` is that of a sitemap.
    """

    url: str
    paging: FeedPaging
    headers: tuple[tuple[str, str], ...] = ()
    site_url: str | None = None
    web_archive: str = ""
    format: str = ""
    is_sitemap: bool = False


@dataclass(frozen=True, slots=True)
class PageContext:
    """What a page of a history is read with; `answered_at` is the time by the server's clock.

    Articles from before `since` are not wanted.
    """

    source: Source
    answered_at: datetime
    since: datetime | None = None


class HistoryMeans(Protocol):
    """One means. `name` is stored in `backfills.means`; `kind` is the word of `--from`; `label` is shown to users.

    `counted`: the addresses of its pages are counted up, and not named by the pages, so that the history ends where an
    address has no page. `newest_first`: no page has entries that are newer than those of the pages before. `is_tree`: a
    page names several others, of which one that fails, repeats another or has no entry is no end of the history.
    """

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def counted(self) -> bool: ...

    @property
    def newest_first(self) -> bool: ...

    @property
    def is_tree(self) -> bool: ...

    def first_url(self, clues: FeedClues) -> str | None:
        """The address of the first page, where the site may offer this means; whether it does is told by `read`."""

    def read(self, response: Response, context: PageContext) -> HistoryPage:
        """The page of a response with status 200. Raises PollError where it is none."""


def read_feed(response: Response, context: PageContext) -> Feed:
    """The entries of a response that is a feed. Raises PollError."""
    source = context.source
    return parse_feed(
        response.body,
        url=response.final_url,
        content_type=response.header("content-type"),
        timezone=source.timezone,
        language=source.language,
        now=context.answered_at,
    )


def read_paging(response: Response) -> FeedPaging:
    """What the feed in a response says of its other documents."""
    return read_feed_paging(response.body, url=response.final_url, content_type=response.header("content-type"))
