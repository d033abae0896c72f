"""The history of a site by its sitemaps: every article once, whatever the tree of files is like."""

import gzip
from collections.abc import Callable

import pytest

from ingestd.poll.backfill.read_history import Wanted
from ingestd.poll.backfill.run import BackfillOptions, BackfillReport, BackfillResult, backfill
from ingestd.store import sources
from tests.poll.backfill.sites import Blog, rss
from tests.support.installation import Installation
from tests.support.server import Answer

pytestmark = pytest.mark.process
COUNT = 40


class SitemapBlog(Blog):
    """A blog whose feed has the newest articles alone, and that has sitemaps."""

    def feed(self) -> str:
        self.server.route("/feed", rss(self, self.newest(0, 10)))
        return self.server.url("/feed")

    def urlset(self, numbers: list[int], lastmod: bool = True) -> str:
        def changed(n: int) -> str:
            return f"<lastmod>{self.date(n):%Y-%m-%dT%H:%M:%SZ}</lastmod>" if lastmod else ""

        urls = "".join(f"<url><loc>{self.url(n)}</loc>{changed(n)}</url>" for n in numbers)
        return f"<urlset>{urls}</urlset>"

    def index(self, *names: str, lastmods: dict[str, str] | None = None) -> str:
        def changed(name: str) -> str:
            return f"<lastmod>{lastmods[name]}</lastmod>" if lastmods else ""

        files = "".join(f"<sitemap><loc>{self.server.url('/' + n)}</loc>{changed(n)}</sitemap>" for n in names)
        return f"<sitemapindex>{files}</sitemapindex>"

    def serve(self, name: str, body: str | bytes) -> None:
        self.server.route("/" + name, Answer(body=body, headers={"Content-Type": "application/xml"}))


@pytest.fixture
def blog(installation: Installation) -> SitemapBlog:
    made = SitemapBlog(installation.server, COUNT)
    installation.configure({"name": "甲", "url": made.feed()})
    return made


async def run(installation: Installation, **options: object) -> BackfillResult:
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        wanted = BackfillOptions(**options)  # type: ignore[arg-type] # given by the test
        return await backfill(stored[0], wanted, context, BackfillReport())
    raise AssertionError


def stored(installation: Installation) -> list[str]:
    urls = [row["from_url"] for row in installation.rows("SELECT from_url FROM posts")]
    assert len(urls) == len(set(urls))
    return sorted(urls)


def article_requests(blog: Blog) -> int:
    return sum(got.path.startswith("/a/") for got in blog.server.requests)


def one_file(blog: SitemapBlog) -> None:
    blog.serve("sitemap.xml", blog.urlset(list(range(1, COUNT + 1))))


def named_by_robots(blog: SitemapBlog) -> None:
    robots = f"User-agent: *\nSitemap: {blog.server.url('/x/all.xml')}\n"
    blog.server.route("/robots.txt", Answer(body=robots))
    blog.serve("x/all.xml", blog.index("p1.xml.gz", "category-sitemap.xml", "p2.xml.gz"))
    blog.serve("p1.xml.gz", gzip.compress(blog.urlset(list(range(1, 21))).encode()))
    blog.serve("p2.xml.gz", gzip.compress(blog.urlset(list(range(15, COUNT + 1))).encode()))


def nested_with_loops(blog: SitemapBlog) -> None:
    blog.serve("sitemap.xml", blog.index("i1.xml", "i2.xml", "sitemap.xml"))
    blog.serve("i1.xml", blog.index("i2.xml", "p1.xml", "same.xml", "i1.xml"))
    blog.serve("i2.xml", blog.index("i1.xml", "p2.xml"))
    for name, numbers in (("p1", range(1, 21)), ("same", range(1, 21)), ("p2", range(21, COUNT + 1))):
        blog.serve(f"{name}.xml", blog.urlset(list(numbers), lastmod=False))


def many_empty_files(blog: SitemapBlog) -> None:
    names = [f"empty{n}.xml" for n in range(30)]
    blog.serve("sitemap.xml", blog.index(*names, "p.xml"))
    for name in names:
        blog.serve(name, "<urlset></urlset>")
    blog.serve("p.xml", blog.urlset(list(range(1, COUNT + 1))))


TREES: dict[str, Callable[[SitemapBlog], None]] = {
    "one file": one_file,
    "robots.txt, gzip, overlapping files": named_by_robots,
    "nested, with loops and a copy": nested_with_loops,
    "many files without entries": many_empty_files,
}


@pytest.mark.parametrize("tree", TREES)
async def test_every_article_is_stored_once(installation: Installation, blog: SitemapBlog, tree: str):
    TREES[tree](blog)
    result = await run(installation)
    assert (result.complete, result.failed, result.reason) == (True, False, None)
    assert stored(installation) == sorted(blog.dates())
    assert article_requests(blog) == COUNT
    # The dates of articles that the feed does not have are those of their pages, which have none: never `lastmod`.
    origins = "SELECT date_origin, count(*) AS n FROM posts GROUP BY 1 ORDER BY 1"
    assert [tuple(row.values()) for row in installation.rows(origins)] == [("feed", 10), ("ingested", COUNT - 10)]
    assert (await run(installation)).complete
    assert article_requests(blog) == COUNT


async def test_a_file_that_fails_is_left_out_and_told(installation: Installation, blog: SitemapBlog):
    blog.serve("sitemap.xml", blog.index("p1.xml", "gone.xml", "p2.xml"))
    blog.serve("p1.xml", blog.urlset(list(range(1, 11))))
    blog.serve("p2.xml", blog.urlset(list(range(11, 21))))
    result = await run(installation)
    assert (result.complete, result.failed) == (False, True)
    assert result.reason == "1 of its files could not be read whole"
    assert len(stored(installation)) == 30
    [problem] = installation.rows("SELECT outcome, url FROM problems")
    assert problem == {"outcome": "not-found", "url": blog.server.url("/gone.xml")}


async def test_what_last_changed_before_since_is_left_to_a_later_backfill(
    installation: Installation, blog: SitemapBlog
):
    days = {"old.xml": "2024-04-20", "new.xml": "2024-05-01"}
    blog.serve("sitemap.xml", blog.index(*days, lastmods=days))
    blog.serve("old.xml", blog.urlset(list(range(1, 21))))
    blog.serve("new.xml", blog.urlset(list(range(21, COUNT + 1))))
    result = await run(installation, wanted=Wanted(since=blog.date(26)))
    assert (result.complete, result.failed, "as asked for" in (result.reason or "")) == (False, False, True)
    assert stored(installation) == sorted(blog.url(n) for n in range(26, COUNT + 1))
    assert "/old.xml" not in [got.path for got in blog.server.requests]
    result = await run(installation, wanted=Wanted(since=blog.date(23)))
    assert (result.complete, result.failed) == (False, False)
    assert stored(installation) == sorted(blog.url(n) for n in range(23, COUNT + 1))
    assert (await run(installation)).complete
    assert stored(installation) == sorted(blog.dates())
    assert article_requests(blog) == COUNT


async def test_a_backfill_that_stops_again_and_again_takes_every_article_once(
    installation: Installation, blog: SitemapBlog
):
    nested_with_loops(blog)
    results = [await run(installation, wanted=Wanted(most=7)) for _ in range(6)]
    assert [result.complete for result in results] == [False] * 4 + [True] * 2
    assert sum(result.new for result in results) == COUNT - 10
    assert stored(installation) == sorted(blog.dates())
    assert article_requests(blog) == COUNT


async def test_a_file_that_breaks_off_is_told(installation: Installation, blog: SitemapBlog):
    whole = blog.urlset(list(range(1, COUNT + 1)))
    blog.serve("sitemap.xml", blog.index("p.xml"))
    blog.serve("p.xml", whole[: whole.index(blog.url(30)) + 3])
    result = await run(installation)
    assert (result.complete, result.reason) == (False, "1 of its files could not be read whole")
    assert len(stored(installation)) == 39


async def test_a_source_that_is_a_sitemap_has_a_history(installation: Installation, blog: SitemapBlog):
    named_by_robots(blog)
    installation.configure({"name": "甲", "path": "/p2.xml.gz", "kind": "sitemap"})
    result = await run(installation)
    assert (result.complete, result.failed, result.reason) == (True, False, None)
    assert stored(installation) == sorted(blog.dates())


async def test_a_source_that_is_a_sitemap_which_its_site_does_not_name_is_its_own_history(
    installation: Installation, blog: SitemapBlog
):
    blog.serve("x/index.xml", blog.index("p1.xml", "p2.xml", "p3.xml", "p4.xml"))
    for number in range(4):
        blog.serve(f"p{number + 1}.xml", blog.urlset(list(range(10 * number + 1, 10 * number + 11))))
    installation.configure({"name": "甲", "path": "/x/index.xml", "kind": "sitemap"})
    result = await run(installation)
    assert (result.complete, result.failed, result.reason) == (True, False, None)
    assert [item.means for item in result.backfills] == ["sitemap-source"]
    assert stored(installation) == sorted(blog.dates())


async def test_without_a_sitemap_nothing_is_offered(installation: Installation, blog: SitemapBlog):
    result = await run(installation, kind="sitemap")
    assert (result.failed, result.offers.offers) == (True, ())
    assert len(result.offers.refused) == 2
