"""A poll that finds nothing known: what came and went since the last one is found behind the feed."""

from collections.abc import Callable

import pytest

from ingestd.poll import pipeline
from ingestd.store import sources
from tests.poll.backfill.sites import PLATFORMS, Blog, rss
from tests.support.installation import Installation
from tests.support.server import Answer, Received

pytestmark = pytest.mark.process


async def poll_twice(installation: Installation, blog: Blog, serve, later: int, **source: object) -> None:
    """Poll a blog of some articles, and again when it has `later` more."""
    installation.configure({"name": "甲", "url": serve(blog), **source})
    await installation.fetch_one()
    blog.add(later)
    url = serve(blog)
    before = len(installation.server.requests)
    poll = await installation.fetch_one(force=True)
    assert poll.suspected_loss
    received = installation.server.requests[before:]
    assert [installation.server.url(request.target) for request in received].count(url) == 1
    lists = [request.path for request in received if not request.path.startswith("/a/")]
    # robots.txt, the feed once, and the pages behind it; or robots.txt, an index and two news sitemaps
    assert len(lists) <= 6


def gap(installation: Installation) -> dict[str, object]:
    query = "SELECT entries, new, gap, gap_new FROM possible_loss"
    [row] = installation.rows(query)
    return row


@pytest.mark.parametrize("platform", [name for name in PLATFORMS if name != "tumblr"])
async def test_what_came_and_went_is_stored_and_the_row_says_that_the_gap_is_closed(
    installation: Installation, platform: str
):
    blog = Blog(installation.server, 63)
    article = "auto" if platform in ("paged", "wordpress") else "never"
    listed = {"blogger": 25, "ghost": 15, "discourse": 30}.get(platform, 10)
    later = listed + 9
    await poll_twice(installation, blog, PLATFORMS[platform], later, article=article)
    posts = installation.rows("SELECT from_url, date FROM posts")
    newest = sorted(blog.dates().items(), key=lambda item: item[1])[-(listed + later) :]
    assert {row["from_url"]: row["date"] for row in posts} == dict(newest)
    assert gap(installation) == {"entries": listed, "new": later, "gap": "closed", "gap_new": 9}
    assert installation.value("SELECT suspected_loss_at FROM sources") is None


async def test_a_gap_that_is_too_wide_stays_open(installation: Installation):
    blog = Blog(installation.server, 63)
    await poll_twice(installation, blog, PLATFORMS["paged"], 60, article="never")
    assert gap(installation) == {"entries": 10, "new": 40, "gap": "open", "gap_new": 30}
    assert installation.value("SELECT suspected_loss_at FROM sources") is not None


async def test_without_older_pages_nothing_is_tried(installation: Installation):
    def serve(blog: Blog) -> str:
        return blog.server.route("/feed", rss(blog, blog.newest(0, 10)))

    blog = Blog(installation.server, 20)
    await poll_twice(installation, blog, serve, 15, article="never")
    assert gap(installation) == {"entries": 10, "new": 10, "gap": None, "gap_new": 0}
    assert installation.value("SELECT suspected_loss_at FROM sources") is not None


class NewsBlog(Blog):
    """A blog whose feed has no further pages; its news sitemap has the latest `listed` articles."""

    listed = 40
    #: Whether the sitemap states days without a time.
    days_alone = False
    #: The feed has one article of so many; the sitemap has all.
    share = 1

    def feed(self) -> str:
        numbers = [n for n in self.newest(0, 10 * self.share) if n % self.share == 0]
        return self.server.route("/feed", rss(self, numbers))

    def news_sitemap(self, _request: Received) -> Answer:
        return Answer(body=f"<urlset {NEWS}>{''.join(map(self._url, self.newest(0, self.listed)))}</urlset>")

    def _url(self, n: int) -> str:
        date = self.date(n).isoformat()
        return (
            f"<url><loc>{self.url(n)}</loc><news:news><news:publication><news:name>历史</news:name>"
            f"<news:language>zh-cn</news:language></news:publication><news:title>{self.title(n)}</news:title>"
            f"<news:publication_date>{date[:10] if self.days_alone else date}</news:publication_date></news:news></url>"
        )


NEWS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def at_the_usual_place(blog: NewsBlog) -> None:
    blog.server.route("/news-sitemap.xml", blog.news_sitemap)


def named_by_robots(blog: NewsBlog) -> None:
    blog.server.route("/robots.txt", Answer(body=f"Sitemap: {blog.server.url('/x/google-news.xml')}\n"))
    blog.server.route("/x/google-news.xml", blog.news_sitemap)


def named_by_an_index(blog: NewsBlog) -> None:
    blog.server.route("/robots.txt", Answer(body=f"Sitemap: {blog.server.url('/sitemap_index.xml')}\n"))
    files = "".join(f"<sitemap><loc>{blog.server.url(path)}</loc></sitemap>" for path in ("/post-1.xml", "/news.xml"))
    blog.server.route("/sitemap_index.xml", Answer(body=f"<sitemapindex>{files}</sitemapindex>"))
    blog.server.route("/news.xml", blog.news_sitemap)


@pytest.mark.parametrize("place", [at_the_usual_place, named_by_robots, named_by_an_index])
@pytest.mark.parametrize("article", ["auto", "never"])
async def test_a_news_sitemap_closes_the_gap_of_a_feed_without_further_pages(
    installation: Installation, place: Callable[[NewsBlog], None], article: str
):
    blog = NewsBlog(installation.server, 63)
    place(blog)
    await poll_twice(installation, blog, NewsBlog.feed, 19, article=article)
    posts = installation.rows("SELECT from_url, date FROM posts")
    newest = sorted(blog.dates().items(), key=lambda item: item[1])[-29:]
    assert {row["from_url"]: row["date"] for row in posts} == dict(newest)
    assert len(posts) == 29
    assert gap(installation) == {"entries": 10, "new": 19, "gap": "closed", "gap_new": 9}
    assert installation.value("SELECT suspected_loss_at FROM sources") is None


async def test_a_news_sitemap_that_does_not_reach_back_leaves_the_gap_open(installation: Installation):
    blog = NewsBlog(installation.server, 63)
    blog.listed = 15
    at_the_usual_place(blog)
    await poll_twice(installation, blog, NewsBlog.feed, 30, article="never")
    assert gap(installation) == {"entries": 10, "new": 15, "gap": "open", "gap_new": 5}
    assert installation.value("SELECT suspected_loss_at FROM sources") is not None


async def test_days_without_a_time_are_of_the_gap_from_their_begin_to_their_end(installation: Installation):
    blog = NewsBlog(installation.server, 63)
    blog.days_alone = True
    at_the_usual_place(blog)
    await poll_twice(installation, blog, NewsBlog.feed, 19, article="never")
    stored = {row["from_url"] for row in installation.rows("SELECT from_url FROM posts")}
    assert {blog.url(n) for n in range(blog.count - 28, blog.count + 1)} <= stored
    assert gap(installation)["gap"] == "closed"


async def test_the_news_sitemap_of_a_site_says_nothing_of_the_feed_of_a_section(installation: Installation):
    blog = NewsBlog(installation.server, 180)
    blog.share, blog.listed = 3, 180
    at_the_usual_place(blog)
    await poll_twice(installation, blog, NewsBlog.feed, 45, article="never")
    stored = {row["from_url"] for row in installation.rows("SELECT from_url FROM posts")}
    assert all(int(url.rpartition("/")[2]) % 3 == 0 for url in stored)
    assert gap(installation) == {"entries": 10, "new": 10, "gap": None, "gap_new": 0}


async def test_a_news_sitemap_that_is_missing_is_looked_for_once_a_day(installation: Installation):
    blog = NewsBlog(installation.server, 63)
    installation.configure({"name": "甲", "url": blog.feed(), "article": "never"})

    async for context in installation.open():
        for hours in (0, 1, 1, 23):
            installation.clock.forward(hours=hours)
            blog.add(20)
            blog.feed()
            [source] = await context.database.writing(sources.sync, installation.configured(), installation.clock())
            await pipeline.poll(source, context, force=True)
    assert len(installation.server.to("/news-sitemap.xml")) == 2
    gaps = installation.rows("SELECT suspected_loss, gap FROM polls ORDER BY id")
    assert [(row["suspected_loss"], row["gap"]) for row in gaps] == [(0, None), (1, None), (1, None), (1, None)]
