"""Sites of many articles for the bench of backfills: those of the tests, and two that need more than a feed.

The articles of one are listed by sitemaps alone, in the form of WordPress; those of the other by the snapshots that a
web archive has of its feed, and the archive has pages that the site has no more.
"""

import json
from collections.abc import Callable
from dataclasses import replace

from tests.poll.backfill.sites import NOT_FOUND, PLATFORMS, Blog, query, rss
from tests.support.server import Answer, Received

#: Addresses in one file: the size that WordPress gives its own (wp-includes/sitemaps.php).
SITEMAP_SIZE = 2_000
#: Articles of the feed in one snapshot, and those of them that the snapshot before has too.
SNAPSHOT_SIZE = 12
SNAPSHOT_OVERLAP = 2
#: Snapshots in one list, as are asked for.
LIST_SIZE = 1_000
#: One article of so many is deleted from its site.
DELETED_EVERY = 100
_XML = {"Content-Type": "application/xml; charset=UTF-8"}
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemaps(blog: Blog) -> str:
    """`/wp-sitemap.xml`, named by robots.txt, with lists of posts, categories and authors. Pages state their date."""
    server = blog.server
    # A number alone may be a year, whose page is a list.
    blog.prefix = "/a/report-"
    files = -(-blog.count // SITEMAP_SIZE)
    names = [f"wp-sitemap-posts-post-{n}" for n in range(1, files + 1)]

    def posts(number: int) -> Callable[[Received], Answer]:
        numbers = range((number - 1) * SITEMAP_SIZE + 1, min(number * SITEMAP_SIZE, blog.count) + 1)
        return lambda _: _listing("urlset", "url", [blog.url(n) for n in numbers], f"{blog.date(numbers[-1]):%Y-%m-%d}")

    for number, name in enumerate(names, 1):
        server.route(f"/{name}.xml", posts(number))
    others = ["wp-sitemap-taxonomies-category-1", "wp-sitemap-users-1"]
    index = _listing("sitemapindex", "sitemap", [server.url(f"/{name}.xml") for name in [*names, *others]])
    server.route("/wp-sitemap.xml", index)
    server.route("/robots.txt", Answer(body=f"User-agent: *\nDisallow:\n\nSitemap: {server.url('/wp-sitemap.xml')}\n"))

    def dated_page(request: Received) -> Answer:
        answer, number = blog.article_page(request), blog.number(request.path)
        if number is None:
            return answer
        meta = f'<head><meta property="article:published_time" content="{blog.date(number).isoformat()}">'
        return replace(answer, body=str(answer.body).replace("<head>", meta, 1))

    server.otherwise(dated_page)
    return server.route("/feed", rss(blog, blog.newest(0, 10)))


def _listing(root: str, item: str, urls: list[str], lastmod: str = "") -> Answer:
    changed = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    items = "".join(f"<{item}><loc>{url}</loc>{changed}</{item}>" for url in urls)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return Answer(body=f'{head}<{root} xmlns="{_SITEMAP}">{items}</{root}>', headers=_XML)


def web_archive(blog: Blog) -> str:
    """Snapshots of `/feed` from all its years, listed by `/cdx/search/cdx`; the archive is on the site's own server."""
    server = blog.server
    feed_url = server.url("/feed")
    step = SNAPSHOT_SIZE - SNAPSHOT_OVERLAP
    # The newest article of each snapshot, the oldest snapshot first.
    newest = [*range(SNAPSHOT_SIZE, blog.count, step), blog.count]
    by_time = {f"{blog.date(n):%Y%m%d%H%M%S}": n for n in newest}

    def snapshots(request: Received) -> Answer:
        begin = int(query(request).get("resumeKey", "0"))
        rows = [[at, feed_url] for at in list(by_time)[begin : begin + LIST_SIZE]]
        more = [[], [str(begin + LIST_SIZE)]] if begin + LIST_SIZE < len(by_time) else []
        found = [["timestamp", "original"], *rows, *more]
        return Answer(body=json.dumps(found), headers={"Content-Type": "application/json"})

    def other(request: Received) -> Answer:
        kind, _, rest = request.target[1:].partition("/")
        if kind != "web":
            number = blog.number(request.path)
            is_deleted = number is not None and number % DELETED_EVERY == 1
            return NOT_FOUND if is_deleted else blog.article_page(request)
        timestamp, _, url = rest.partition("id_/")
        if url == feed_url:
            return rss(blog, list(range(by_time[timestamp], max(0, by_time[timestamp] - SNAPSHOT_SIZE), -1)))
        kept = "20240601000000"
        if timestamp != kept:
            return Answer(302, headers={"Location": server.url(f"/web/{kept}id_/{url}")})
        return blog.article_page(replace(request, target=url.removeprefix(server.url(""))))

    server.route("/cdx/search/cdx", snapshots)
    server.otherwise(other)
    return server.route("/feed", rss(blog, blog.newest(0, 10)))


#: Each site, by the word by which its history is read; `json` is the paged feed of JSON Feed.
SITES: dict[str, Callable[[Blog], str]] = {**PLATFORMS, "sitemap": sitemaps, "wayback": web_archive}
