"""robots.txt for pages and images: fetched once, obeyed, and parsed in bounded time."""

import asyncio
from itertools import pairwise

import pytest
from yarl import URL

from ingestd.fetch import Client
from ingestd.fetch.robots import MAX_UNREACHABLE_S, RULES_TTL_S, RobotsCache, parse_rules
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError
from ingestd.model.http import Request
from tests.extract.helpers import assert_cpu_time_is_linear
from tests.fetch.conftest import Limits
from tests.support.server import RESET, Answer, Raw


async def outcome_of(client: Client, url: str, accept: str = "page") -> Outcome:
    try:
        await client.get(Request(url, accept=accept))
    except PollError as problem:
        return problem.outcome
    return Outcome.OK


RULES = """
User-agent: *
Disallow: /private/
Allow: /private/open
Disallow: /*.pdf$

User-agent: badbot
Disallow: /
"""
PATHS = [
    ("/story", Outcome.OK),
    ("/private/story", Outcome.ROBOTS_DISALLOWED),
    ("/private/open", Outcome.OK),
    ("/a/b.pdf", Outcome.ROBOTS_DISALLOWED),
    ("/a/b.pdf?x", Outcome.OK),
]


async def test_pages_obey_robots_txt_and_feeds_do_not(server, client):
    server.route("/robots.txt", Answer(body=RULES))
    server.otherwise(Answer(body="x"))
    for path, outcome in PATHS:
        assert await outcome_of(client, server.url(path)) is outcome
    assert await outcome_of(client, server.url("/private/feed"), accept="feed") is Outcome.OK
    assert len(server.to("/robots.txt")) == 1
    asked = {request.path for request in server.requests}
    assert "/private/story" not in asked


async def test_images_obey_robots_txt(server, client):
    server.route("/robots.txt", Answer(body=RULES))
    server.otherwise(Answer(body="x"))
    assert await outcome_of(client, server.url("/private/1.png"), accept="image") is Outcome.ROBOTS_DISALLOWED
    assert await outcome_of(client, server.url("/1.png"), accept="image") is Outcome.OK


async def test_a_group_for_our_product_token(server, client):
    server.route("/robots.txt", Answer(body="User-agent: IngestD\nDisallow: /\n\nUser-agent: *\nAllow: /\n"))
    assert await outcome_of(client, server.url("/story")) is Outcome.ROBOTS_DISALLOWED


async def test_robots_txt_is_fetched_through_the_pages_proxy(server, client):
    server.otherwise(Answer(body="User-agent: *\nDisallow: /private"))
    proxy = f"http://127.0.0.1:{server.port}"
    page = Request("http://site.example/private", accept="page", proxy=proxy)
    with pytest.raises(PermanentError) as caught:
        await client.get(page)
    assert caught.value.outcome is Outcome.ROBOTS_DISALLOWED
    assert [request.target for request in server.requests] == ["http://site.example/robots.txt"]


async def test_robots_can_be_switched_off(server):
    server.route("/robots.txt", Answer(body="User-agent: *\nDisallow: /\n"))
    server.otherwise(Answer(body="x"))
    async with Client(Limits(robots=False)) as client:
        assert await outcome_of(client, server.url("/story")) is Outcome.OK
    assert not server.to("/robots.txt")


ANSWERS = [
    ("nothing there", Answer(404), Outcome.OK),
    ("forbidden", Answer(403), Outcome.OK),
    ("gone", Answer(410), Outcome.OK),
    ("empty", Answer(200), Outcome.OK),
    ("a web page", Answer(body="<!doctype html><html><body>Not found</body></html>"), Outcome.OK),
    ("noise", Answer(body=bytes(range(256)) * 20), Outcome.OK),
    ("a server error: wait", Answer(500), Outcome.SERVER_ERROR),
    ("overloaded: wait", Answer(503), Outcome.SERVER_ERROR),
    ("too many requests: wait", Answer(429), Outcome.RATE_LIMITED),
    ("connection reset: wait", Raw(RESET), Outcome.CONNECTION_LOST),
    ("redirected", Answer(301, headers={"Location": "/other.txt"}), Outcome.ROBOTS_DISALLOWED),
    ("redirected in a circle", Answer(301, headers={"Location": "/robots.txt"}), Outcome.OK),
    ("redirected where nobody goes", Answer(301, headers={"Location": "http://127.0.0.2/"}), Outcome.OK),
    ("very long", Answer(body="User-agent: *\nDisallow: /\n" + "# x\n" * 300_000), Outcome.ROBOTS_DISALLOWED),
    ("with a BOM", Answer(body="\ufeffUser-agent: *\nDisallow: /\n"), Outcome.ROBOTS_DISALLOWED),
]


@pytest.mark.parametrize(("name", "answer", "outcome"), ANSWERS, ids=[row[0] for row in ANSWERS])
async def test_responses_to_robots_txt(server, client, name, answer, outcome):
    server.route("/robots.txt", answer)
    server.route("/other.txt", Answer(body="User-agent: *\nDisallow: /\n"))
    server.route("/story", Answer(body="x"))
    assert await outcome_of(client, server.url("/story")) is outcome


async def test_a_failure_to_fetch_robots_txt_is_cached(server, client):
    server.route("/robots.txt", Answer(500))
    for number in range(3):
        with pytest.raises(TemporaryError) as caught:
            await client.get(Request(server.url(f"/{number}"), accept="page"))
        assert "robots.txt" in caught.value.reason
    assert [request.path for request in server.requests] == ["/robots.txt"]


PAGE = URL("http://a.example/private")
DAY = 86_400.0


class Site:
    """A site with a robots.txt that changes: its text, None for none, or a failure."""

    def __init__(self) -> None:
        self.text: str | PollError | None = None
        self.robots = RobotsCache(self._fetch, "ingestd")

    async def _fetch(self, url: URL, proxy: str | None, ca_file: str | None) -> str | None:
        if isinstance(self.text, PollError):
            raise self.text
        return self.text

    async def says(self, text: str | PollError | None, days: float) -> Outcome:
        self.text = text
        try:
            await self.robots.check(PAGE, days * DAY)
        except PollError as problem:
            return problem.outcome
        return Outcome.OK


def broken() -> PollError:
    return TemporaryError(Outcome.SERVER_ERROR, "the site is broken")


async def test_while_robots_txt_cannot_be_read_its_last_rules_apply():
    site = Site()
    assert await site.says("User-agent: *\nDisallow: /private", 0) is Outcome.ROBOTS_DISALLOWED
    assert await site.says(broken(), 2) is Outcome.ROBOTS_DISALLOWED
    assert await site.says(None, 3 + RULES_TTL_S / DAY) is Outcome.OK
    assert await site.says(broken(), 90) is Outcome.OK
    assert await site.says("User-agent: *\nDisallow: /private", 91) is Outcome.ROBOTS_DISALLOWED


async def test_a_robots_txt_that_could_never_be_read_counts_as_absent_after_a_month():
    site = Site()
    month = MAX_UNREACHABLE_S / DAY
    for days in (0.0, 1.0, month - 0.1):
        assert await site.says(broken(), days) is Outcome.SERVER_ERROR
    assert await site.says(broken(), month) is Outcome.OK
    assert await site.says("User-agent: *\nDisallow: /private", month + 1) is Outcome.ROBOTS_DISALLOWED


async def test_concurrent_pages_fetch_robots_txt_once(server, client):
    server.route("/robots.txt", Answer(404, delay=0.1))
    server.otherwise(Answer(body="x"))
    await asyncio.gather(*(client.get(Request(server.url(f"/{n}"), accept="page")) for n in range(10)))
    assert len(server.to("/robots.txt")) == 1


async def test_starts_of_pages_are_crawl_delay_apart(server, client, starts):
    server.route("/robots.txt", Answer(body="User-agent: *\nCrawl-delay: 3\n"))
    server.otherwise(Answer(body="x"))
    await asyncio.gather(*(client.get(Request(server.url(f"/{n}"), accept="page")) for n in range(3)))
    pages = [at for path, at in starts if path != "/robots.txt"]
    assert [later - earlier for earlier, later in pairwise(pages)] == pytest.approx([3.0, 3.0])


async def test_a_redirect_to_a_disallowed_page_is_not_followed(server, client):
    server.route("/robots.txt", Answer(body="User-agent: *\nDisallow: /private/\n"))
    server.route("/story", Answer(302, headers={"Location": "/private/story"}))
    with pytest.raises(PermanentError) as caught:
        await client.get(Request(server.url("/story"), accept="page"))
    assert caught.value.outcome is Outcome.ROBOTS_DISALLOWED
    assert not server.to("/private/story")


HOSTILE = [
    "\n".join(f"User-agent: bot{n}" for n in range(20_000))
    + "\n"
    + "\n".join(f"Disallow: /{n}" for n in range(20_000)),
    "User-agent: *\nDisallow: /" + "*a" * 100_000 + "b",
    "User-agent: *\n" + "Disallow: /" + "a*" * 900 + "b\n",
    "User-agent: *\n" + f"Disallow: /{'*a' * 20}\n" * 5_000,
    "a" * 500_000,
    ":" * 500_000,
    "\n".join(":" for _ in range(200_000)),
    "User-agent: *\n" + "\n".join(f"Disallow: /*{n}*a$" for n in range(9_999)),
    "User-agent: *\nCrawl-delay: 1e999\nCrawl-delay: nan\nCrawl-delay: -1\nDisallow: /x",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_time_to_parse_a_hostile_file_grows_linearly(text):
    url = "http://a.example/" + "a" * 4000
    assert_cpu_time_is_linear(lambda size: parse_rules(text[:size], "ingestd").can_fetch(url, "ingestd"), 120_000)


def test_the_group_for_all_agents_is_found_behind_thousands_of_wildcard_rules():
    rules = parse_rules("User-agent: x\n" + "Disallow: /*a\n" * 3000 + "User-agent: *\nDisallow: /private\n", "ingestd")
    assert not rules.can_fetch(str(PAGE), "ingestd")
