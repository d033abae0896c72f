"""Sites with a history, each with the answers of one platform: what a backfill is tried on.

A `Blog` has articles with known dates; a function for each platform serves its feed, the pages of its history and its
article pages on a `Server`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

from tests.support.server import Answer, Received, Server

NEWEST = datetime(2024, 5, 1, 12, tzinfo=UTC)
#: Between two articles.
DISTANCE = timedelta(hours=7)
FEED_SIZE = 10
TEXT = "天还没有亮，居民们就来到河边，谈起这几年的变化，大家都有说不完的话。"


@dataclass
class Blog:
    """`count` articles, number 1 the oldest; the feed has the newest ones."""

    server: Server
    count: int
    page_size: int = 20
    pages: bool = True
    requested: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.otherwise(self._article_page)

    def date(self, number: int) -> datetime:
        """When an article was published."""
        return NEWEST - (self.count - number) * DISTANCE

    def url(self, number: int) -> str:
        """Its address."""
        return self.server.url(f"/a/{number}")

    def title(self, number: int) -> str:
        """Its title."""
        return f"文章第{number}号"

    def guid(self, number: int) -> str:
        """Its guid."""
        return f"{self.server.url('/')}?p={number}"

    def newest(self, skip: int, size: int) -> list[int]:
        """Numbers of articles, the newest first."""
        last = self.count - skip
        return list(range(last, max(0, last - size), -1))

    def dates(self) -> dict[str, str]:
        """The date of every article as the database has it, by its address."""
        return {self.url(n): f"{self.date(n):%Y-%m-%dT%H:%M:%S}.000Z" for n in range(1, self.count + 1)}

    def _article_page(self, request: Received) -> Answer:
        kind, _, number = request.path[1:].partition("/")
        if kind != "a" or not number.isdigit() or not 1 <= int(number) <= self.count:
            return Answer(404, body="<html><body>404</body></html>", headers={"Content-Type": "text/html"})
        n = int(number)
        body = "".join(f"<p>{self.title(n)}的第{k}段：{TEXT}</p>" for k in range(6))
        head = f"<head><title>{self.title(n)}</title></head>"
        html = f"<html>{head}<body><article><h1>{self.title(n)}</h1>{body}</article></body></html>"
        return Answer(body=html, headers={"Content-Type": "text/html; charset=utf-8"})


def query(request: Received) -> dict[str, str]:
    """The query of a request."""
    return {key: values[0] for key, values in parse_qs(urlsplit(request.target).query).items()}


def rss_item(blog: Blog, n: int) -> str:
    """An article in RSS."""
    return (
        f"<item><title>{blog.title(n)}</title><link>{blog.url(n)}</link>"
        f'<guid isPermaLink="false">{blog.guid(n)}</guid>'
        f"<pubDate>{format_datetime(blog.date(n))}</pubDate><description>{blog.title(n)}：{TEXT}</description></item>"
    )


def rss(blog: Blog, numbers: list[int], head: str = "") -> Answer:
    """An RSS feed of these articles; `head` is further XML of the channel."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:fh="http://purl.org/syndication/history/1.0"><channel><title>历史</title>'
        f"<link>{blog.server.url('/')}</link>{head}{''.join(rss_item(blog, n) for n in numbers)}</channel></rss>"
    )
    return Answer(body=body, headers={"Content-Type": "application/rss+xml; charset=UTF-8"})


def atom(blog: Blog, numbers: list[int], head: str = "") -> Answer:
    """An Atom feed of these articles."""
    entries = "".join(
        f"<entry><id>{blog.guid(n)}</id><title>{blog.title(n)}</title><link href='{blog.url(n)}'/>"
        f"<published>{blog.date(n).isoformat()}</published><updated>{blog.date(n).isoformat()}</updated>"
        f"<summary>{TEXT}</summary></entry>"
        for n in numbers
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"'
        ' xmlns:fh="http://purl.org/syndication/history/1.0"><id>urn:history</id><title>历史</title>'
        f"<updated>2024-05-01T00:00:00Z</updated>{head}{entries}</feed>"
    )
    return Answer(body=body, headers={"Content-Type": "application/atom+xml"})


def archived_feed(blog: Blog) -> str:
    """RFC 5005, section 4: archive documents of a fixed size, the newest entries in the subscription document."""
    archives = (blog.count - 1) // blog.page_size

    def serve(request: Received) -> Answer:
        number = int(query(request).get("archive", 0))
        if not number:
            head = f"<link rel='prev-archive' href='/feed?archive={archives}'/>" if archives else ""
            return atom(blog, blog.newest(0, FEED_SIZE), f"<link rel='self' href='/feed'/>{head}")
        first = (number - 1) * blog.page_size + 1
        last = min(number * blog.page_size, blog.count)
        before = f"<link rel='prev-archive' href='/feed?archive={number - 1}'/>" if number > 1 else ""
        head = f"<fh:archive/><link rel='current' href='/feed'/>{before}"
        return atom(blog, list(range(last, first - 1, -1)), head)

    # The last archive holds the newest articles too, which are also in the feed.
    archives = -(-blog.count // blog.page_size)
    return blog.server.route("/feed", serve)


def paged_feed(blog: Blog, last: Callable[[int], str | None] | None = None) -> str:
    """RFC 5005, section 3: `rel=next`; `last` gives the address behind a page in place of the right one."""

    def serve(request: Received) -> Answer:
        page = int(query(request).get("page", 1))
        numbers = blog.newest((page - 1) * FEED_SIZE, FEED_SIZE)
        following = f"/feed?page={page + 1}" if page * FEED_SIZE < blog.count else None
        if last is not None:
            following = last(page)
        head = f'<atom:link rel="next" href="{following}"/>' if following else ""
        return rss(blog, numbers, head)

    return blog.server.route("/feed", serve)
