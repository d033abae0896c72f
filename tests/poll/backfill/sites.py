"""Sites with a history, each with the answers of one platform: what a backfill is tried on.

A `Blog` has articles with known dates; a function for each platform serves its feed, the pages of its history and its
article pages on a `Server`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

from tests.support.server import Answer, Received, Server

NEWEST = datetime(2024, 5, 1, 12, tzinfo=UTC)
#: Between two articles.
DISTANCE = timedelta(hours=7)
FEED_SIZE = 10
NOT_FOUND = Answer(404, body="<html><body>404</body></html>", headers={"Content-Type": "text/html"})
TEXT = "天还没有亮，居民们就来到河边，谈起这几年的变化，大家都有说不完的话。"


@dataclass
class Blog:
    """`count` articles, number 1 the oldest; the feed has the newest ones. A path is `prefix` and the number."""

    server: Server
    count: int
    page_size: int = 20
    prefix: str = "/a/"

    def __post_init__(self) -> None:
        self.server.otherwise(self.article_page)
        self._newest = NEWEST

    def add(self, count: int) -> None:
        """Publish further articles."""
        self._newest += count * DISTANCE
        self.count += count

    def date(self, number: int) -> datetime:
        """When an article was published."""
        return self._newest - (self.count - number) * DISTANCE

    def url(self, number: int) -> str:
        """Its address."""
        return self.server.url(f"{self.prefix}{number}")

    def number(self, path: str) -> int | None:
        """The number of the article at a path; None for another path."""
        number = path.removeprefix(self.prefix) if path.startswith(self.prefix) else ""
        return int(number) if number.isdigit() and 1 <= int(number) <= self.count else None

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

    def article_page(self, request: Received) -> Answer:
        """The page of an article; 404 for any other path."""
        n = self.number(request.path)
        if n is None:
            return NOT_FOUND
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
    # The last document holds the newest articles too, which are also in the feed.
    archives = -(-blog.count // blog.page_size)

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


def json_feed(blog: Blog) -> str:
    """JSON Feed 1.1 with `next_url`."""

    def serve(request: Received) -> Answer:
        page = int(query(request).get("page", 1))
        items = [
            {
                "id": blog.guid(n),
                "url": blog.url(n),
                "title": blog.title(n),
                "content_text": f"{blog.title(n)}：{TEXT}",
                "date_published": blog.date(n).isoformat(),
            }
            for n in blog.newest((page - 1) * FEED_SIZE, FEED_SIZE)
        ]
        document: dict[str, object] = {"version": "https://jsonfeed.org/version/1.1", "title": "历史", "items": items}
        if page * FEED_SIZE < blog.count:
            document["next_url"] = blog.server.url(f"/feed?page={page + 1}")
        return Answer(body=json.dumps(document), headers={"Content-Type": "application/feed+json"})

    return blog.server.route("/feed", serve)


def wordpress_feed(blog: Blog) -> str:
    """`?paged=N` on the feed; a 404 with a page behind the last."""
    generator = "<generator>https://wordpress.org/?v=6.5.2</generator>"

    def serve(request: Received) -> Answer:
        page = int(query(request).get("paged", 1))
        numbers = blog.newest((page - 1) * FEED_SIZE, FEED_SIZE)
        return rss(blog, numbers, generator) if numbers else NOT_FOUND

    return blog.server.route("/feed/", serve)


def wordpress_api(blog: Blog, stated: int | None = None) -> str:
    """The REST API, which the feed's `Link` header names. Behind the last page is a 400 with an error in JSON.

    `stated` articles are stated in place of those that there are.
    """
    root = blog.server.url("/wp-json/")

    def serve_feed(request: Received) -> Answer:
        answer = rss(blog, blog.newest(0, FEED_SIZE), "<generator>https://wordpress.org/?v=6.5.2</generator>")
        link = {"Link": f'<{root}>; rel="https://api.w.org/"'}
        return replace(answer, headers={**dict(answer.headers), **link})

    def serve_posts(request: Received) -> Answer:
        page, size = int(query(request).get("page", 1)), min(int(query(request).get("per_page", 10)), 100)
        total_pages = -(-blog.count // size)
        headers = {"Content-Type": "application/json; charset=UTF-8"}
        if page > total_pages:
            error = {"code": "rest_post_invalid_page_number", "message": "…", "data": {"status": 400}}
            return Answer(400, body=json.dumps(error), headers=headers)
        posts = [wordpress_post(blog, n) for n in blog.newest((page - 1) * size, size)]
        return Answer(
            body=json.dumps(posts),
            headers=headers | {"X-WP-Total": str(stated or blog.count), "X-WP-TotalPages": str(total_pages)},
        )

    blog.server.route("/wp-json/wp/v2/posts", serve_posts)
    return blog.server.route("/feed/", serve_feed)


def wordpress_post(blog: Blog, n: int) -> dict[str, object]:
    """An article in the form of WordPress 6."""
    local = blog.date(n) + timedelta(hours=8)
    return {
        "id": n,
        "date": f"{local:%Y-%m-%dT%H:%M:%S}",
        "date_gmt": f"{blog.date(n):%Y-%m-%dT%H:%M:%S}",
        "guid": {"rendered": blog.guid(n)},
        "modified": "2024-06-01T00:00:00",
        "modified_gmt": "2024-05-31T16:00:00",
        "slug": str(n),
        "status": "publish",
        "type": "post",
        "link": blog.url(n),
        "title": {"rendered": blog.title(n)},
        "content": {"rendered": f"<p>{blog.title(n)}：{TEXT}</p>", "protected": False},
        "excerpt": {"rendered": f"<p>{TEXT} [&hellip;]</p>", "protected": False},
        "author": 1,
        "_embedded": {
            "author": [{"id": 1, "name": "Zhang &amp; Li"}],
            "wp:term": [[{"taxonomy": "category", "name": "河"}], [{"taxonomy": "post_tag", "name": "水 &amp; 岸"}]],
        },
    }


def blogger(blog: Blog) -> str:
    """Atom with `start-index`; its own `next` leads to another host, and pages have fewer entries than asked for."""
    generator = "<generator version='7.00' uri='https://www.blogger.com'>Blogger</generator>"
    counts = 'xmlns:openSearch="http://a9.com/-/spec/opensearchrss/1.0/"'

    def serve(request: Received) -> Answer:
        start = int(query(request).get("start-index", 1))
        size = min(int(query(request).get("max-results", 25)), 40)
        numbers = blog.newest(start - 1, size)
        following = f"http://www.blogger.example/feeds/1/posts/default?start-index={start + size}"
        head = (
            f"{generator}<openSearch:totalResults {counts}>{blog.count}</openSearch:totalResults>"
            f"<openSearch:startIndex {counts}>{start}</openSearch:startIndex>"
            + (f"<link rel='next' href='{following}'/>" if start + size <= blog.count else "")
        )
        return atom(blog, numbers, head)

    return blog.server.route("/feeds/posts/default", serve)


def ghost(blog: Blog) -> str:
    """`/rss/N/`; a page behind the last is redirected to the last, as in older versions."""
    last = -(-blog.count // 15)

    def serve(page: int) -> Answer:
        numbers = blog.newest((page - 1) * 15, 15)
        return rss(blog, numbers, "<generator>Ghost 5.82</generator><ttl>60</ttl>")

    for page in range(2, last + 1):
        blog.server.route(f"/rss/{page}/", serve(page))
    blog.server.route(f"/rss/{last + 1}/", Answer(302, headers={"Location": f"/rss/{last}/"}))
    return blog.server.route("/rss/", serve(1))


def discourse(blog: Blog) -> str:
    """`/latest.rss?page=N`, counted from 0; behind the last page is a feed without topics."""

    def serve(request: Received) -> Answer:
        return rss(blog, blog.newest(int(query(request).get("page", 0)) * 30, 30))

    return blog.server.route("/latest.rss", serve)


def tumblr(blog: Blog) -> str:
    """The first API, with the total in the list."""

    def post(n: int) -> str:
        stamp = int(blog.date(n).timestamp())
        return (
            f'<post id="{n}" url="{blog.url(n)}" url-with-slug="{blog.url(n)}" type="regular"'
            f' date-gmt="{blog.date(n):%Y-%m-%d %H:%M:%S} GMT" date="{blog.date(n):%a, %d %b %Y %H:%M:%S}"'
            f' unix-timestamp="{stamp}" format="html"><regular-title>{blog.title(n)}</regular-title>'
            f"<regular-body>&lt;p&gt;{TEXT}&lt;/p&gt;</regular-body><tag>河</tag></post>"
        )

    def serve(request: Received) -> Answer:
        start, size = int(query(request).get("start", 0)), min(int(query(request).get("num", 20)), 50)
        posts = "".join(map(post, blog.newest(start, size)))
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<tumblr version="1.0"><tumblelog name="x" timezone="Asia/Shanghai"'
            f' title="历史"/><posts start="{start}" total="{blog.count}">{posts}</posts></tumblr>'
        )
        return Answer(body=body, headers={"Content-Type": "text/xml; charset=utf-8"})

    blog.server.route("/api/read", serve)
    generator = "<generator>Tumblr (3.0; @x)</generator>"
    return blog.server.route("/rss", rss(blog, blog.newest(0, 20), generator))


#: Each platform, with the means by which its history is read.
PLATFORMS: dict[str, Callable[[Blog], str]] = {
    "archive": archived_feed,
    "paged": paged_feed,
    "json": json_feed,
    "wordpress": wordpress_api,
    "wordpress-feed": wordpress_feed,
    "blogger": blogger,
    "ghost": ghost,
    "discourse": discourse,
    "tumblr": tumblr,
}
