"""Lists of posts that platforms have beside their feeds: WordPress's REST API, Tumblr's first API."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

from ingestd.feeds.fields import DateContext
from ingestd.feeds.tumblr_posts import read_tumblr_posts
from ingestd.feeds.wordpress_posts import read_wordpress_posts
from ingestd.model.history import HistoryPage
from ingestd.model.http import Response
from ingestd.poll.backfill.counted_pages import is_wordpress, query_number, with_query
from ingestd.poll.backfill.means import FeedClues, PageContext

#: Posts that WordPress gives at once, at most.
WORDPRESS_PAGE_SIZE = 100
#: The same of Tumblr.
TUMBLR_PAGE_SIZE = 50
_API_LINK = re.compile(r"<([^<>]{1,2000})>\s*;[^,]{0,200}\brel=[\"']?https://api\.w\.org/")
#: The end of the path of a site's main feed, and paths of other feeds.
_FEED_PATH = re.compile(r"/(?:index\.php/)?feed(?:/(?:rss2?|rdf|atom))?/?\Z", re.IGNORECASE)
_PARTIAL_FEED_PATH = re.compile(r"/(?:category|tag|author|comments|type)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WordPressApi:
    """`/wp-json/wp/v2/posts?per_page=100&page=N`, with totals in `X-WP-Total` and `X-WP-TotalPages`.

    https://developer.wordpress.org/rest-api/using-the-rest-api/pagination/. It lists the posts of the whole site: it
    stands for the site's main feed alone, not for that of a category or an author.
    """

    name: str = "wordpress"
    kind: str = "paged"
    label: str = "WordPress"
    counted: bool = True
    newest_first: bool = True
    is_tree: bool = False

    def first_url(self, clues: FeedClues) -> str | None:
        """The first page of the list, where the site names its API, or its main feed that it is WordPress."""
        if not is_wordpress(clues):
            return None
        named = (found[1] for name, value in clues.headers if name == "link" and (found := _API_LINK.search(value)))
        root = next(named, None)
        site = _site_of_main_feed(clues.url)
        if site is None or (root is not None and not urljoin(clues.url, root).startswith(site)):
            return None
        if root is not None and "rest_route=" in root:
            # A site without permalinks: the route is a parameter.
            return _posts_url(with_query(site, {"rest_route": "/wp/v2/posts"}), 1)
        return _posts_url(f"{urljoin(clues.url, root) if root else f'{site}wp-json/'}wp/v2/posts", 1)

    def read(self, response: Response, context: PageContext) -> HistoryPage:
        """The posts of a page."""
        source = context.source
        dates = DateContext(source.timezone, source.language, context.answered_at)
        feed = read_wordpress_posts(response.body, url=response.final_url, dates=dates)
        pages = _header_number(response, "x-wp-totalpages")
        page = query_number(response.url, "page", 1)
        goes_on = page < pages if pages is not None else feed.total >= WORDPRESS_PAGE_SIZE
        following = (_posts_url(response.url, page + 1),) if goes_on else ()
        return HistoryPage(feed, following, _header_number(response, "x-wp-total"), pages)


def _posts_url(address: str, page: int) -> str:
    values = {"per_page": WORDPRESS_PAGE_SIZE, "page": page, "_embed": "author,wp:term"}
    return with_query(address, values)


def _site_of_main_feed(url: str) -> str | None:
    """The address of the site whose main feed has this address; None for another feed."""
    parts = urlsplit(url)
    if parts.query.startswith("feed="):
        return urlunsplit(parts._replace(query="", fragment="")) if "&" not in parts.query else None
    found = _FEED_PATH.search(parts.path)
    if found is None or _PARTIAL_FEED_PATH.search(parts.path):
        return None
    return urlunsplit(parts._replace(path=parts.path[: found.start() + 1], query="", fragment=""))


def _header_number(response: Response, name: str) -> int | None:
    text = (response.header(name) or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


@dataclass(frozen=True, slots=True)
class TumblrApi:
    """`/api/read?num=50&start=N`, with the total in the list. https://www.tumblr.com/docs/en/api/v1"""

    name: str = "tumblr"
    kind: str = "paged"
    label: str = "Tumblr"
    counted: bool = True
    newest_first: bool = True
    is_tree: bool = False

    def first_url(self, clues: FeedClues) -> str | None:
        """The first page of the list; the generator of a feed is `Tumblr (3.0; @name)`."""
        if not clues.paging.generator.startswith("Tumblr"):
            return None
        return with_query(urljoin(clues.url, "/api/read"), {"num": TUMBLR_PAGE_SIZE, "start": 0})

    def read(self, response: Response, context: PageContext) -> HistoryPage:  # noqa: ARG002 - its dates have zones
        """The posts of a page."""
        feed, total = read_tumblr_posts(response.body, url=response.final_url)
        start = query_number(response.url, "start", 0) + feed.total
        goes_on = bool(feed.total) and (total is None or start < total)
        return HistoryPage(feed, (with_query(response.url, {"start": start}),) if goes_on else (), total)


WORDPRESS_API = WordPressApi()
TUMBLR_API = TumblrApi()
