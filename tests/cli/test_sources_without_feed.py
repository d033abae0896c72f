"""`ingestd sources discover`, `check` and `add` for sites without a feed: sitemaps and pages that list articles."""

import tomllib
from collections.abc import Iterator

import pytest

from tests.cli.commands import Commands
from tests.support.server import Answer, Server

TITLES = ("渡轮停航三日后复航", "市政府公布老旧小区改造名单", "台风登陆多地停课")
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        running.otherwise(Answer(status=404))
        items = "".join(f'<li><a href="/art/{10_000 + n}.html">{title}</a></li>' for n, title in enumerate(TITLES))
        running.route("/list/", Answer(body=f"<title>通知公告</title><ul>{items}</ul>"))
        yield running


def serve_sitemap(server: Server, path: str, *, news: bool) -> None:
    title = (
        "<news:news><news:publication><news:name>晨报</news:name></news:publication>"
        "<news:publication_date>2026-11-26T10:00:00Z</news:publication_date><news:title>渡轮停航</news:title></news:news>"
    )
    block = f"<url><loc>{server.url('/art/10000.html')}</loc>{title if news else ''}</url>"
    server.route(path, Answer(body=f"<urlset {NEWS}>{block}</urlset>"))


def configure(ingestd: Commands, server: Server, path: str, kind: str, more: str = "") -> None:
    with ingestd.config.open("a") as config:
        config.write(f'[[sources]]\nname = "甲"\nurl = "{server.url(path)}"\nkind = "{kind}"\n{more}\n')


def discovered(ingestd: Commands, server: Server) -> list[tuple[str, str]]:
    found = ingestd("sources", "discover", server.url("/list/"), "--json").json
    return [(one["url"].removeprefix(server.url("")), one["type"]) for one in found]


def test_discover_a_page_that_lists_articles(ingestd: Commands, server: Server):
    assert discovered(ingestd, server) == [("/list/", "page")]


def test_discover_the_news_sitemap_first_and_another_sitemap_last(ingestd: Commands, server: Server):
    serve_sitemap(server, "/sitemap.xml", news=False)
    assert discovered(ingestd, server) == [("/list/", "page"), ("/sitemap.xml", "sitemap")]
    serve_sitemap(server, "/news-sitemap.xml", news=True)
    assert discovered(ingestd, server) == [("/news-sitemap.xml", "news-sitemap"), ("/list/", "page")]


def test_discover_the_sitemap_that_robots_txt_names(ingestd: Commands, server: Server):
    server.route("/robots.txt", Answer(body=f"User-agent: *\nSitemap: {server.url('/s/n1.xml')}\n"))
    serve_sitemap(server, "/s/n1.xml", news=True)
    assert discovered(ingestd, server) == [("/robots.txt", "news-sitemap"), ("/list/", "page")]


def test_check_shows_what_a_page_would_give(ingestd: Commands, server: Server):
    configure(ingestd, server, "/list/", "page")
    done = ingestd("sources", "check")
    assert done.status == 0
    assert "甲: 3 links are taken" in done.out
    assert [title in done.out for title in TITLES] == [True] * 3
    (row,) = ingestd("sources", "check", "--json").json
    assert (row["format"], row["entries"], row["title"]) == ("page", 3, "通知公告")
    assert row["links"][0] == {"url": server.url("/art/10000.html"), "title": TITLES[0], "published": None}


def test_check_shows_what_a_sitemap_would_give(ingestd: Commands, server: Server):
    serve_sitemap(server, "/n.xml", news=True)
    server.route(
        "/s.xml", Answer(body=f"<sitemapindex><sitemap><loc>{server.url('/n.xml')}</loc></sitemap></sitemapindex>")
    )
    configure(ingestd, server, "/s.xml", "sitemap")
    (row,) = ingestd("sources", "check", "--json").json
    assert (row["format"], row["entries"], row["newest"]) == ("news-sitemap", 1, "2026-11-26T10:00:00.000Z")
    assert [link["title"] for link in row["links"]] == ["渡轮停航"]


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("page", 'links = "p.none a"', "`links` finds no link"),
        ("page", 'links = "p["', "`links` is no valid CSS"),
        ("sitemap", "", "no sitemap"),
    ],
)
def test_check_says_what_is_wrong(ingestd: Commands, server: Server, kind: str, more: str, reason: str):
    configure(ingestd, server, "/list/", kind, more)
    done = ingestd("sources", "check", "--json")
    assert done.status == 1
    assert reason in done.json[0]["error"] or "not a sitemap" in done.json[0]["error"]


def sources_of(ingestd: Commands) -> list[dict[str, object]]:
    return list(tomllib.loads(ingestd.config.read_text()).get("sources", []))


def test_add_takes_the_page_where_there_is_no_feed(ingestd: Commands, server: Server):
    done = ingestd("sources", "add", server.url("/list/"))
    assert done.status == 0
    assert "no feed was found, but what can take its place:" in done.err
    assert sources_of(ingestd)[-1] == {"name": "通知公告", "url": server.url("/list/"), "kind": "page"}


def test_add_takes_the_news_sitemap_first(ingestd: Commands, server: Server):
    serve_sitemap(server, "/news-sitemap.xml", news=True)
    assert ingestd("sources", "add", server.url("/list/"), "--name", "乙").status == 0
    assert sources_of(ingestd)[-1] == {"name": "乙", "url": server.url("/news-sitemap.xml"), "kind": "sitemap"}


def test_add_takes_what_the_user_says(ingestd: Commands, server: Server):
    url = server.url("/list/")
    assert ingestd("sources", "add", url, "--links", "li:first-child a", "--name", "丙").status == 0
    assert sources_of(ingestd)[-1] == {"name": "丙", "url": url, "kind": "page", "links": "li:first-child a"}
    assert ingestd("sources", "add", server.url("/x"), "--kind", "sitemap").status == 1
    assert ingestd("sources", "add", server.url("/x"), "--kind", "sitemap", "--no-check", "--name", "丁").status == 0
    assert sources_of(ingestd)[-1] == {"name": "丁", "url": server.url("/x"), "kind": "sitemap"}
    assert ingestd("sources", "add", url, "--kind", "feed", "--links", "a").status == 2


def test_lists_for_other_readers_leave_out_what_is_no_feed(ingestd: Commands, server: Server):
    configure(ingestd, server, "/list/", "page")
    done = ingestd("sources", "export")
    assert "/list/" not in done.out
    assert "1 sources are no feeds" in done.err
