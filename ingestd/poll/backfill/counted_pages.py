"""Feeds of platforms whose further pages are counted up in their address: WordPress, Blogger, Ghost, Discourse.

Each function was written after the platform's own code or documentation, which its docstring names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ingestd.model.history import HistoryPage
from ingestd.model.http import Response
from ingestd.poll.backfill.means import FeedClues, PageContext, read_feed, read_paging

#: Articles that Blogger gives at once (500 until December 2015). A larger number is lowered without an error; and where
#: articles are long a page has fewer than asked for, down to a handful, so that what came is counted.
BLOGGER_PAGE_SIZE = 150


@dataclass(frozen=True, slots=True)
class CountedFeedPages:
    """The pages of a feed whose address has a number; `following` gives the next address, from one and its entries."""

    name: str
    label: str
    first: Callable[[FeedClues], str | None]
    following: Callable[[str, int], str | None]
    kind: str = "paged"
    counted: bool = True
    newest_first: bool = True
    is_tree: bool = False

    def first_url(self, clues: FeedClues) -> str | None:
        """The address of the first page that the feed does not have itself."""
        return self.first(clues)

    def read(self, response: Response, context: PageContext) -> HistoryPage:
        """The entries of a page; the last one is the one before that without any."""
        feed = read_feed(response, context)
        following = self.following(response.url, feed.total) if feed.total else None
        return HistoryPage(feed, (following,) if following else (), read_paging(response).total)


def with_query(url: str, values: Mapping[str, object]) -> str:
    """A URL with these parameters in its query, in place of those of the same names."""
    parts = urlsplit(url)
    wanted = {name: str(value) for name, value in values.items()}
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in wanted]
    return urlunsplit(parts._replace(query=urlencode([*kept, *wanted.items()]), fragment=""))


def query_number(url: str, name: str, default: int) -> int:
    """A number in the query of a URL."""
    value = dict(parse_qsl(urlsplit(url).query)).get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else default


def is_wordpress(clues: FeedClues) -> bool:
    """The generator is `https://wordpress.org/?v=…`, or a header names the REST API (see `rest_output_link_header`)."""
    named = any(name == "link" and "https://api.w.org/" in value for name, value in clues.headers)
    return named or "wordpress." in clues.paging.generator.lower()


def _wordpress_first(clues: FeedClues) -> str | None:
    """`?paged=N` is a public query variable (wp-includes/class-wp.php), for every feed; behind the last is a 404."""
    return with_query(clues.url, {"paged": 2}) if is_wordpress(clues) else None


def _wordpress_next(url: str, _entries: int) -> str:
    return with_query(url, {"paged": query_number(url, "paged", 1) + 1})


def _blogger_first(clues: FeedClues) -> str | None:
    """`start-index` and `max-results` (https://developers.google.com/blogger/docs/2.0/developers_guide_protocol)."""
    if "blogger" not in clues.paging.generator.lower():
        return None
    parts = urlsplit(clues.url)
    path = parts.path if "/feeds/" in parts.path else "/feeds/posts/default"
    url = urlunsplit(parts._replace(path=path))
    numbers = {"start-index": 1, "max-results": BLOGGER_PAGE_SIZE}
    return with_query(url, {"redirect": "false", "orderby": "published", **numbers})


def _blogger_next(url: str, entries: int) -> str:
    return with_query(url, {"start-index": query_number(url, "start-index", 1) + entries})


def _ghost_first(clues: FeedClues) -> str | None:
    """`/rss/:page(\\d+)/` (Ghost, core/frontend/services/routing/RSSRouter.js); generator `Ghost 5.0`."""
    if not clues.paging.generator.startswith("Ghost "):
        return None
    parts = urlsplit(clues.url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/2/", query="", fragment=""))


def _ghost_next(url: str, _entries: int) -> str | None:
    parts = urlsplit(url)
    before, _, number = parts.path.rstrip("/").rpartition("/")
    return urlunsplit(parts._replace(path=f"{before}/{int(number) + 1}/")) if number.isdecimal() else None


def _discourse_first(clues: FeedClues) -> str | None:
    """`/latest.rss?page=N`, from 0 (Discourse, app/controllers/list_controller.rb); its feeds name no generator."""
    is_discourse = any(name == "x-discourse-route" for name, _ in clues.headers)
    path = urlsplit(clues.url).path
    wanted = path.endswith("/latest.rss") or (is_discourse and path.endswith(".rss"))
    return with_query(clues.url, {"page": 1}) if wanted else None


def _discourse_next(url: str, _entries: int) -> str:
    return with_query(url, {"page": query_number(url, "page", 0) + 1})


WORDPRESS_FEED = CountedFeedPages("wordpress-feed", "WordPress feed", _wordpress_first, _wordpress_next)
BLOGGER = CountedFeedPages("blogger", "Blogger", _blogger_first, _blogger_next)
GHOST = CountedFeedPages("ghost", "Ghost", _ghost_first, _ghost_next)
DISCOURSE = CountedFeedPages("discourse", "Discourse", _discourse_first, _discourse_next)
