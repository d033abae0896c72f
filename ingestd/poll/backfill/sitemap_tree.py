"""The sitemaps of a site: those that its robots.txt names, else the usual one; of an index every file, newest first.

A sitemap says no more than the address of most articles: their title and date are those of their pages. `lastmod` is
never the date of an article, but none was published after it, so that what last changed too early is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from ingestd.feeds.sitemaps.choice import changed_before, lists_no_articles, newest_first
from ingestd.feeds.sitemaps.entries import not_a_sitemap, read_sitemap
from ingestd.feeds.sitemaps.files import MAX_SITEMAP_URLS, SitemapChild, SitemapKind, open_sitemap, sitemap_children
from ingestd.identity.urls import same_site
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Feed, Problem
from ingestd.model.history import HistoryPage
from ingestd.model.http import Response
from ingestd.model.sitemap import SitemapDocument
from ingestd.poll.backfill.means import FeedClues, PageContext

#: The fragment of an address in the list of files to be read: when the file last changed.
LASTMOD_MARK = "#lastmod="


#: Files of one index that are read: one for each day of more than thirteen years.
MAX_FILES = 5_000


@dataclass(frozen=True, slots=True)
class SitemapTree:
    """All sitemaps below a robots.txt or a file at a usual address."""

    name: str
    label: str
    first: Callable[[FeedClues], str | None]
    kind: str = "sitemap"
    counted: bool = False
    newest_first: bool = False
    is_tree: bool = True

    def first_url(self, clues: FeedClues) -> str | None:
        """The robots.txt or the usual address of a sitemap, on the site that the feed is of; or the source itself."""
        return self.first(clues)

    def read(self, response: Response, context: PageContext) -> HistoryPage:
        """The articles of a file, or the files of an index."""
        url = response.final_url.partition("#")[0]
        text = open_sitemap(response.body, url, response.header("content-type"))
        if text.kind is None:
            raise not_a_sitemap(text)
        if text.kind in (SitemapKind.URLS, SitemapKind.TEXT):
            return _articles(SitemapDocument(url, response.body, response.header("content-type")), context)
        children = [
            child for child in sitemap_children(text) if text.kind is SitemapKind.ROBOTS or same_site(child.url, url)
        ]
        if not children:
            raise PermanentError(Outcome.NOT_A_FEED, "it names no file of a sitemap", url=url)
        named = [child for child in children if not lists_no_articles(child.url)] or children
        wanted = newest_first(named)
        return HistoryPage(
            Feed("sitemap", problems=_over_bound(len(wanted), url)), tuple(map(_marked, wanted[:MAX_FILES]))
        )


def _over_bound(files: int, url: str) -> tuple[Problem, ...]:
    """The problem of an index with more files than are read."""
    if files <= MAX_FILES:
        return ()
    reason = f"an index has {files:,} files, of which the newest {MAX_FILES:,} are read"
    return (Problem(Outcome.TOO_LARGE, reason, url),)


def is_older_file(url: str, since: datetime) -> bool:
    """Whether a file has no article from `since` on: it last changed before."""
    _, mark, lastmod = url.partition(LASTMOD_MARK)
    return bool(mark) and changed_before(lastmod, since)


def file_address(url: str) -> str:
    """The address of a file without the mark of when it last changed."""
    return url.partition(LASTMOD_MARK)[0]


def _marked(child: SitemapChild) -> str:
    url = child.url.partition("#")[0]
    return f"{url}{LASTMOD_MARK}{child.lastmod}" if child.lastmod else url


def _articles(document: SitemapDocument, context: PageContext) -> HistoryPage:
    source = context.source
    feed = read_sitemap(
        [document],
        site_url=source.site_url or source.url,
        timezone=source.timezone,
        language=source.language,
        max_entries=MAX_SITEMAP_URLS,
        since=context.since,
        now=context.answered_at,
    )
    # What was dropped last changed before `since`.
    return HistoryPage(replace(feed, total=feed.total - feed.dropped, dropped=0), left_out=feed.dropped)


def site_origin(clues: FeedClues) -> str:
    """Scheme and host of the site that a feed is of."""
    parts = urlsplit(clues.site_url or clues.url)
    return f"{parts.scheme}://{parts.netloc}"


ROBOTS_SITEMAPS = SitemapTree(
    "sitemap-robots", "sitemaps (robots.txt)", lambda clues: f"{site_origin(clues)}/robots.txt"
)
USUAL_SITEMAP = SitemapTree("sitemap", "sitemap", lambda clues: f"{site_origin(clues)}/sitemap.xml")
OWN_SITEMAP = SitemapTree(
    "sitemap-source", "the sitemap that is polled", lambda clues: clues.url if clues.is_sitemap else None
)
