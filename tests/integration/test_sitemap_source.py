"""A source with `kind = "sitemap"` over many polls: what is asked for, what is stored, and what ends a poll."""

import gzip
from functools import partial

import pytest

from ingestd.model.errors import Outcome
from ingestd.model.sitemap import AddressBound
from ingestd.policy.freshness import UNCONDITIONAL_POLL_EVERY
from ingestd.poll import feed_step
from ingestd.poll.backfill.run import BackfillOptions, BackfillReport, backfill
from ingestd.poll.sitemap_step import MAX_FILES
from ingestd.store import sources
from tests.support.installation import Installation, page, prose
from tests.support.server import Answer

NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


class Site:
    """A site with a sitemap at `/sitemap.xml`; its pages are articles."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.server = installation.server
        installation.configure({"name": "甲", "path": "/sitemap.xml", "kind": "sitemap"})

    def urlset(self, *names: str, title: bool = False) -> bytes:
        return f"<urlset {NEWS}>{''.join(self._url(name, title) for name in names)}</urlset>".encode()

    def dated(self, **names: str) -> bytes:
        """A sitemap of addresses with their last change, "" for none."""
        plain = "<lastmod>2026-11-29</lastmod>"
        dates = {name: f"<lastmod>{date}</lastmod>" if date else "" for name, date in names.items()}
        urls = (self._url(name, False).replace(plain, date) for name, date in dates.items())
        return f"<urlset>{''.join(urls)}</urlset>".encode()

    def _url(self, name: str, title: bool) -> str:
        path = f"/2026/11/27/{name}.html"
        self.server.route(path, page(f"页面{name}", prose(f"渡轮{name}")))
        news = (
            f"<news:news><news:publication_date>2026-11-26T10:00:00Z</news:publication_date>"
            f"<news:title>标题{name}</news:title></news:news>"
        )
        return f"<url><loc>{self.server.url(path)}</loc><lastmod>2026-11-29</lastmod>{news if title else ''}</url>"

    def index(self, **files: str) -> bytes:
        """An index: file names to their last change."""
        named = (
            f"<sitemap><loc>{self.server.url(f'/{name}.xml')}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}"
            "</sitemap>"
            for name, date in files.items()
        )
        return f"<sitemapindex>{''.join(named)}</sitemapindex>".encode()

    def serve(self, name: str, body: bytes, **headers: str) -> None:
        etag = headers.get("etag")
        answer = Answer(body=body, headers={"Content-Type": "application/xml"} | ({"ETag": etag} if etag else {}))
        self.server.route(
            f"/{name}.xml",
            lambda got: Answer(304) if etag and got.header("if-none-match") == etag else answer,
        )

    async def poll(self, *, force: bool = False):
        """One poll, and the paths of the sitemap's files that it asked for."""
        start = len(self.server.requests)
        poll = await self.installation.fetch_one(force=force)
        asked = [got.path for got in self.server.requests[start:]]
        return poll, [path for path in asked if path.endswith(".xml")]

    def pages_asked(self) -> list[str]:
        return [got.path for got in self.server.requests if got.path.endswith(".html")]


@pytest.fixture
def site(installation: Installation) -> Site:
    return Site(installation)


async def test_entries_become_posts_once_with_what_the_sitemap_says(site):
    site.serve("sitemap", gzip.compress(site.urlset("a", "b", title=True)))
    poll, _ = await site.poll()
    assert (poll.outcome, poll.entries, poll.new) == (Outcome.OK, 2, 2)
    rows = site.installation.rows("SELECT title, date, date_origin, from_url, body_origin FROM posts ORDER BY id")
    assert [(row["title"], row["date"], row["date_origin"], row["body_origin"]) for row in rows] == [
        (f"标题{name}", "2026-11-26T10:00:00.000Z", "feed", "page") for name in "ab"
    ]
    site.serve("sitemap", site.urlset("c", "a", "b", title=True))
    poll, _ = await site.poll()
    assert (poll.new, poll.known, poll.updated, poll.duplicate) == (1, 2, 0, 0)
    assert len(site.pages_asked()) == 3


async def test_a_last_change_is_never_the_date_of_a_post(site):
    site.serve("sitemap", site.urlset("a"))
    await site.poll()
    [row] = site.installation.rows("SELECT title, date < '2026-11-28' AS earlier, modified_at FROM posts")
    assert tuple(row.values()) == ("页面a", 1, None)


async def test_an_unchanged_sitemap_costs_one_conditional_request(site):
    site.serve("sitemap", site.urlset("a"), etag='"1"')
    await site.poll()
    poll, asked = await site.poll()
    assert (poll.outcome, asked) == (Outcome.NOT_MODIFIED, ["/sitemap.xml"])


async def test_of_an_index_only_files_that_may_have_changed_are_asked_for(site):
    site.serve("post1", site.urlset("a"), etag='"p1"')
    site.serve("post2", site.urlset("b"), etag='"p2"')
    site.serve("sitemap", site.index(post1="2026-11-01", post2="2026-11-02"))
    poll, asked = await site.poll()
    assert (poll.new, asked) == (2, ["/sitemap.xml", "/post2.xml", "/post1.xml"])
    poll, asked = await site.poll()
    assert (poll.outcome, asked) == (Outcome.UNCHANGED, ["/sitemap.xml"])
    site.serve("post2", site.urlset("b", "c"), etag='"p3"')
    site.serve("sitemap", site.index(post1="2026-11-01", post2="2026-11-03"))
    poll, asked = await site.poll()
    assert (poll.new, poll.known, poll.suspected_loss, asked) == (1, 1, False, ["/sitemap.xml", "/post2.xml"])
    poll, asked = await site.poll()
    assert (poll.outcome, asked) == (Outcome.UNCHANGED, ["/sitemap.xml"])


async def test_a_file_without_a_last_change_is_asked_for_by_its_own_validators(site):
    site.serve("news", site.urlset("a"), etag='"n1"')
    site.serve("sitemap", site.index(news=""), etag='"i"')
    await site.poll()
    poll, asked = await site.poll()
    assert (poll.outcome, asked) == (Outcome.NOT_MODIFIED, ["/sitemap.xml", "/news.xml"])
    site.serve("news", site.urlset("a", "b"), etag='"n2"')
    poll, asked = await site.poll()
    assert (poll.outcome, poll.new, asked) == (Outcome.OK, 1, ["/sitemap.xml", "/news.xml"])
    assert site.installation.value("SELECT etag FROM sources") == '"i"'


async def test_articles_that_a_file_lists_again_are_not_fetched_again(site):
    """Another file becomes the newest and back: what it lists is known, and is no edit."""
    for name in "abcd":
        site.serve(f"post{name}", site.urlset(f"{name}1", f"{name}2"))
    site.serve("sitemap", site.index(posta="2026-11-04", postb="2026-11-03", postc="2026-11-02", postd="2026-11-01"))
    assert (await site.poll())[0].new == 6
    site.serve("sitemap", site.index(posta="2026-11-04", postb="2026-11-03", postc="2026-11-02", postd="2026-11-05"))
    assert (await site.poll())[0].new == 2
    assert site.installation.value("SELECT count(*) FROM items") == 6
    site.serve("sitemap", site.index(posta="2026-11-04", postb="2026-11-03", postc="2026-11-06", postd="2026-11-05"))
    poll, _ = await site.poll()
    assert (poll.new, poll.updated) == (0, 0)
    assert len(site.pages_asked()) == 8


async def test_a_file_that_fails_is_asked_for_again_and_the_others_are_read(site):
    site.serve("post1", site.urlset("a"))
    site.serve("sitemap", site.index(post1="2026-11-01", post2="2026-11-02"))
    poll, _ = await site.poll()
    assert (poll.outcome, poll.new) == (Outcome.OK, 1)
    assert "a file of the sitemap cannot be read" in poll.error
    [problem] = site.installation.rows("SELECT outcome, url FROM problems")
    assert tuple(problem.values()) == ("not-found", site.server.url("/post2.xml"))
    site.serve("post2", site.urlset("b"))
    poll, asked = await site.poll()
    assert (poll.new, asked) == (1, ["/sitemap.xml", "/post2.xml"])


async def test_a_poll_fails_where_no_file_can_be_read(site):
    site.serve("sitemap", site.index(post1="", post2=""))
    poll, _ = await site.poll()
    assert poll.outcome is Outcome.NOT_FOUND
    site.serve("sitemap", site.index())
    assert (await site.poll())[0].outcome is Outcome.NOT_A_FEED


async def test_a_page_in_place_of_the_sitemap_is_a_failure_and_loses_nothing(site):
    site.serve("sitemap", site.urlset("a"))
    await site.poll()
    site.serve("sitemap", b"<html><title>Sign in</title><form><input type='password'></form></html>")
    poll, _ = await site.poll()
    assert (poll.outcome, "login page (“Sign in”)" in poll.error) == (Outcome.NOT_A_FEED, True)
    site.serve("sitemap", site.urlset("a"))
    poll, _ = await site.poll()
    assert (poll.outcome, poll.new, poll.suspected_loss) == (Outcome.UNCHANGED, 0, False)


async def test_robots_txt_names_the_files(site):
    site.installation.configure({"name": "甲", "path": "/robots.txt", "kind": "sitemap"})
    site.server.route("/robots.txt", Answer(body=f"Sitemap: {site.server.url('/all.xml')}\n"))
    site.serve("all", site.index(news=""))
    site.serve("news", site.urlset("a", title=True))
    poll, asked = await site.poll()
    assert (poll.outcome, poll.new, asked) == (Outcome.OK, 1, ["/all.xml", "/news.xml"])
    poll, asked = await site.poll()
    assert (poll.outcome, asked) == (Outcome.UNCHANGED, ["/all.xml", "/news.xml"])


async def test_indexes_that_name_each_other_end(site):
    site.serve("sitemap", site.index(a="", b=""))
    for name in ("a", "b"):
        site.serve(name, site.index(a="", b="", sitemap="", c=""))
    site.serve("c", site.urlset("x"))
    poll, asked = await site.poll()
    assert (poll.outcome, poll.new) == (Outcome.OK, 1)
    assert sorted(asked) == ["/a.xml", "/b.xml", "/c.xml", "/sitemap.xml"]


async def test_indexes_without_end_are_bounded(site):
    site.installation.server.otherwise(
        lambda got: Answer(
            body="".join(
                ["<sitemapindex>"]
                + [f"<sitemap><loc>{site.server.url(f'{got.path[:-4]}{n}.xml')}</loc></sitemap>" for n in range(1, 6)]
                + ["</sitemapindex>"]
            )
        )
    )
    poll, asked = await site.poll()
    assert poll.outcome is Outcome.TOO_LARGE
    assert len(asked) <= MAX_FILES + 1


async def test_all_is_read_anew_at_every_nth_poll(site):
    site.serve("post1", site.urlset("a"), etag='"same"')
    site.serve("sitemap", site.index(post1="2026-11-01"), etag='"same"')
    await site.poll()
    site.server.route("/post1.xml", Answer(body=site.urlset("a", "b"), headers={"ETag": '"same"'}))
    outcomes = [(await site.poll())[0].outcome for _ in range(UNCONDITIONAL_POLL_EVERY)]
    assert outcomes.count(Outcome.OK) == 1
    assert site.installation.value("SELECT count(*) FROM posts") == 2


@pytest.fixture
def three_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_step, "AddressBound", partial(AddressBound, newest=3))


def taken(site: Site) -> str:
    """The names of the stored articles, and of those that are left out."""
    stored, left = (
        "".join(sorted(row["from_url"][-6] for row in site.installation.rows(f"SELECT from_url FROM {table}")))
        for table in ("posts", "filtered_entries")
    )
    return f"{stored} {left}"


@pytest.mark.usefixtures("three_at_once")
async def test_the_first_poll_of_all_pages_takes_the_newest_and_a_backfill_the_others(site):
    old = {
        "a": "2026-11-01",
        "b": "2026-11-05",
        "c": "2026-10-01",
        "d": "2026-11-04",
        "e": "2026-11-03",
        "f": "2026-11-02",
    }
    site.serve("sitemap", site.dated(**old))
    poll, _ = await site.poll()
    assert (poll.outcome, poll.new, poll.filtered, taken(site)) == (Outcome.OK, 3, 3, "bde acf")
    [problem] = site.installation.rows("SELECT outcome, reason FROM problems")
    left_out = "3 older addresses of the sitemap are left out: `ingestd backfill 甲` reads them"
    assert problem == {"outcome": "too-large", "reason": left_out}
    site.serve("sitemap", site.dated(**old, g=""))
    poll, _ = await site.poll()
    assert (poll.new, poll.filtered, taken(site)) == (1, 0, "bdeg acf")
    poll, _ = await site.poll(force=True)
    assert (poll.new, poll.filtered, taken(site)) == (0, 0, "bdeg acf")
    assert site.installation.value("SELECT count(*) FROM problems") == 1
    async for context in site.installation.open():
        [source] = await context.database.writing(
            sources.sync, site.installation.configured(), site.installation.clock()
        )
        assert (await backfill(source, BackfillOptions(), context, BackfillReport())).complete
    assert taken(site).split()[0] == "abcdefg"
    assert len(site.pages_asked()) == 7


@pytest.mark.usefixtures("three_at_once")
async def test_a_later_poll_takes_all_that_changed_since_the_source_was_added(site):
    site.serve("sitemap", site.dated(a="2026-11-01"))
    await site.poll()
    old = {"b": "2026-11-05", "c": "2026-11-04", "d": "2026-11-03", "e": "2026-11-02"}
    site.serve("sitemap", site.dated(**old, a="2026-11-01"))
    poll, _ = await site.poll()
    assert (poll.new, poll.filtered, taken(site)) == (3, 1, "abcd e")
    new = dict.fromkeys("fghijk", "2199-01-01")
    site.serve("sitemap", site.dated(**new, **old, a="2026-11-01"))
    poll, _ = await site.poll()
    assert (poll.new, poll.filtered, taken(site)) == (6, 0, "abcdfghijk e")


@pytest.mark.usefixtures("three_at_once")
async def test_all_of_a_news_sitemap_is_taken(site):
    site.serve("sitemap", site.urlset(*"abcdef", title=True))
    poll, _ = await site.poll()
    assert (poll.new, poll.filtered) == (6, 0)
