"""A source with `kind = "page"` over many polls: a page that lists articles, polled as a feed is."""

import pytest

from ingestd.model.errors import Outcome
from tests.support.installation import Installation, page, prose
from tests.support.server import Answer

TITLES = (
    "渡轮停航三日后复航",
    "市政府公布老旧小区改造名单",
    "台风登陆多地停课",
    "小麦产量或创十年新高",
    "地铁延伸段年底开通",
)


class Site:
    """A site with a list at `/list/`; the pages that it lists are articles."""

    def __init__(self, installation: Installation) -> None:
        self.installation, self.server = installation, installation.server
        self.configure()
        for number, title in enumerate(TITLES):
            self.server.route(f"/art/{10_000 + number}.html", page(title, prose(title)))

    def configure(self, **more: str) -> None:
        self.installation.configure({"name": "甲", "path": "/list/", "kind": "page", **more})

    def html(self, *numbers: int, date: str = "", extra: str = "") -> str:
        day = f"<span>{date}</span>" if date else ""
        items = "".join(
            f'<li><a href="/art/{10_000 + number}.html">{TITLES[number]}</a>{day}</li>' for number in numbers
        )
        menu = '<div class="nav"><a href="/">首页</a><a href="/list/">新闻中心栏目</a></div>'
        return f"<html><title>新闻</title><body>{menu}<ul class='news'>{items}</ul>{extra}</body></html>"

    def serve(self, html: str, etag: str | None = None) -> None:
        headers = {"Content-Type": "text/html; charset=utf-8"} | ({"ETag": etag} if etag else {})
        answer = Answer(body=html, headers=headers)
        self.server.route(
            "/list/",
            lambda got: Answer(304) if etag and got.header("if-none-match") == etag else answer,
        )

    async def poll(self):
        return await self.installation.fetch_one()

    def titles(self) -> list[str]:
        return [row["title"] for row in self.installation.rows("SELECT title FROM posts ORDER BY id")]

    def pages_asked(self) -> int:
        return sum(got.path.startswith("/art/") for got in self.server.requests)


@pytest.fixture
def site(installation: Installation) -> Site:
    return Site(installation)


async def test_articles_are_stored_once_in_the_order_of_the_list(site):
    site.serve(site.html(2, 1, 0))
    poll = await site.poll()
    assert (poll.outcome, poll.entries, poll.new) == (Outcome.OK, 3, 3)
    assert site.titles() == [TITLES[2], TITLES[1], TITLES[0]]
    assert site.installation.value("SELECT body_origin FROM posts LIMIT 1") == "page"
    site.serve(site.html(3, 2, 1, extra="<p>第 12345 位访客</p>"))
    poll = await site.poll()
    assert (poll.new, poll.known, poll.updated, poll.suspected_loss) == (1, 2, 0, False)
    assert site.pages_asked() == 4


async def test_a_list_is_asked_for_conditionally_and_as_a_page(site):
    site.serve(site.html(0, 1, 2), etag='"1"')
    await site.poll()
    assert (await site.poll()).outcome is Outcome.NOT_MODIFIED
    assert [got.path for got in site.server.requests].count("/robots.txt") >= 1
    assert site.installation.value("SELECT count(*) FROM items") == 3


async def test_robots_txt_keeps_from_a_list(site):
    site.server.route("/robots.txt", Answer(body="User-agent: *\nDisallow: /list/\n"))
    site.serve(site.html(0, 1, 2))
    assert (await site.poll()).outcome is Outcome.ROBOTS_DISALLOWED
    _, out, _ = site.installation.command("status")
    assert "Its robots.txt keeps programs from this page" in " ".join(out.split())


NOTICES = [
    ("<html><title>Sign in</title><form><input type='password'></form></html>", "login page (“Sign in”)"),
    ("<html><title>系统维护</title><body><p>请稍后再试。</p></body></html>", "a notice or an error (“系统维护”)"),
    ("<html><title>新闻</title><body><a href='/about'>关于</a></body></html>", "no links to articles were recognised"),
]  # fmt: skip


@pytest.mark.parametrize(("html", "reason"), NOTICES)
async def test_a_notice_in_place_of_the_list_is_a_failure_and_loses_nothing(site, html, reason):
    site.serve(site.html(0, 1, 2))
    await site.poll()
    site.serve(html)
    poll = await site.poll()
    assert (poll.outcome, reason in poll.error) == (Outcome.NOT_A_FEED, True)
    site.serve(site.html(0, 1, 2, extra="<p>.</p>"))
    poll = await site.poll()
    assert (poll.outcome, poll.new, poll.known, poll.suspected_loss) == (Outcome.OK, 0, 3, False)
    assert site.pages_asked() == 3
    assert site.installation.value("SELECT count(*) FROM posts WHERE page_state IS NOT NULL") == 0


async def test_an_article_that_comes_back_to_the_list_is_not_fetched_again(site):
    for numbers in ((0, 1, 2), (1, 2, 3), (0, 2, 3)):
        site.serve(site.html(*numbers))
        poll = await site.poll()
    assert (poll.new, poll.updated, site.pages_asked()) == (0, 0, 4)


async def test_other_links_are_read_of_a_page_that_has_not_changed(site):
    site.serve(site.html(0, 1, 2, extra="<p class='x'><a href='/art/10003.html'>x</a></p>"), etag='"1"')
    assert (await site.poll()).new == 3
    site.configure(links="p.x a")
    poll = await site.poll()
    assert (poll.outcome, poll.entries, poll.new) == (Outcome.OK, 1, 1)
    assert (await site.poll()).outcome is Outcome.NOT_MODIFIED


async def test_a_day_beside_a_link_gets_its_time_from_the_page(site):
    head = '<meta property="article:published_time" content="2026-11-26T15:18:00+08:00">'
    site.server.route("/art/10000.html", page(TITLES[0], prose(TITLES[0]), head=head))
    site.serve(site.html(0, 1, date="2026-11-26"))
    await site.poll()
    rows = site.installation.rows("SELECT date, date_origin FROM posts ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        ("2026-11-26T07:18:00.000Z", "page"),
        ("2026-11-26T00:00:00.000Z", "feed"),
    ]
