"""From fresh entries to posts: pages that give an article or none, when a page is visited again, and batches."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from ingestd.config.settings import FetchConfig, ScheduleConfig
from ingestd.fetch import Client
from ingestd.identity.decisions import FreshEntry
from ingestd.identity.keys import Key
from ingestd.model.article import Article, BodyOrigin, FetchedArticle
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.model.poll import InboxEntry
from ingestd.model.post import NewPost
from ingestd.model.source import Source
from ingestd.poll import page_posts
from ingestd.poll.article_pages import append_part
from ingestd.poll.article_step import (
    MAX_BATCH_CHARS,
    MAX_BATCH_ENTRIES,
    batches_by_text,
    build_posts_of_feed,
    fetch_new_posts,
)
from ingestd.poll.build_post import build_new_post
from ingestd.poll.context import PollContext
from ingestd.poll.page_posts import RETRY_DELAYS_S, problems_at
from ingestd.poll.workers import WorkerPool
from ingestd.store.database import Database
from ingestd.text.zstd import decompress
from tests.support.in_process import InProcess
from tests.support.installation import page, prose
from tests.support.server import RESET, Answer, Raw, Reply, Server

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RECEIVED = NOW - timedelta(minutes=5)
SUMMARY = "居民们来到河边，谈起这几年的变化。"
RETRY = ("retry", NOW + timedelta(seconds=RETRY_DELAYS_S[0]), 1)
REVISIT = ("revisit", NOW + timedelta(hours=1), 1)

FetchedPost = tuple[NewPost, tuple[Problem, ...]]


@dataclass
class Site:
    """A web server, and the posts that the entries of one source become."""

    server: Server
    context: PollContext
    source: Source

    def entry(self, path: str, title: str = "长江水位", summary: str = SUMMARY) -> InboxEntry:
        url = self.server.url(path)
        entry = Entry(title=title, link=url, guid=path, summary=summary, base_url=url, digest=f"digest of {path}")
        return InboxEntry(entry, url, f"key {path}", RECEIVED, id=7, keys=(("guid", f"key {path}"),))

    async def posts(self, *entries: InboxEntry) -> list[FetchedPost]:
        found = await fetch_new_posts(entries, self.source, self.context)
        posts = [(new, item.problems) for item in found for new in item.posts]
        assert len(posts) == len(entries)
        return posts

    async def post(self, path: str = "/a/1") -> FetchedPost:
        return (await self.posts(self.entry(path)))[0]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    config = FetchConfig.model_validate({"min_delay": "0s", "allow_networks": ["127.0.0.1/32"]})
    async with Server() as server, Client(config) as client:
        context = PollContext(
            client=client,
            workers=cast(WorkerPool, InProcess()),
            database=cast(Database, None),  # this step reads and writes nothing
            schedule=ScheduleConfig(),
            clock=lambda: NOW,
            random=random.Random(1),
            lease_holder="host:1:abc",
        )
        yield Site(server, context, Source("晨报", server.url("/feed"), id=3))


class TestPage:
    async def test_an_article_page_gives_the_body_and_is_kept(self, site: Site):
        site.server.route("/a/1", page("长江水位", prose("长江")))
        new, problems = await site.post()
        assert (new.post.body_origin, problems) == (BodyOrigin.PAGE, ())
        assert "长江的第12段" in new.post.text
        assert new.page is not None and new.page.compressed is not None
        assert "长江的第12段".encode() in decompress(*new.page.compressed)
        assert new.page.body == b""
        assert (new.waiting_id, new.seen_at, new.item_digest) == (7, RECEIVED, "digest of /a/1")
        assert ("guid", "key /a/1") in new.keys

    async def test_pages_that_are_not_to_be_kept(self, site: Site):
        site.server.route("/a/1", page("长江水位", prose("长江")))
        site.context = replace(site.context, keep_pages=False)
        new, _ = await site.post()
        assert new.page is None
        assert new.page_digest is not None, "an edit is noticed all the same"

    async def test_headers_of_the_source_are_sent_to_its_own_site(self, site: Site):
        site.server.route("/a/1", page("长江水位", prose("长江")))
        site.source = replace(site.source, headers=(("Cookie", "session=1"),))
        await site.post()
        site.source = replace(site.source, url="https://feeds.example/news")
        await site.post()
        assert [request.header("cookie") for request in site.server.to("/a/1")] == ["session=1", None]

    async def test_an_entry_without_a_link_and_a_source_without_pages_request_nothing(self, site: Site):
        by_guid = site.entry("/feed#guid=1")
        new, _ = (await site.posts(by_guid))[0]
        assert (new.post.body_origin, new.visit) == (BodyOrigin.SUMMARY, None)
        site.source = replace(site.source, article="never")
        new, _ = await site.post()
        assert (new.post.body_origin, new.visit) == (BodyOrigin.SUMMARY, None)
        assert site.server.requests == []


FAILURES: dict[str, tuple[Reply, Outcome, tuple[str, datetime, int] | None]] = {
    "server error": (Answer(503), Outcome.SERVER_ERROR, RETRY),
    "not found": (Answer(404), Outcome.NOT_FOUND, RETRY),
    "connection lost": (Raw(RESET), Outcome.CONNECTION_LOST, RETRY),
    "home page": (Answer(302, headers={"Location": "/"}), Outcome.NO_ARTICLE, RETRY),
    "refused address": (Answer(302, headers={"Location": "http://10.0.0.1/"}), Outcome.ADDRESS_REFUSED, None),
    "empty page": (Answer(body="", headers={"Content-Type": "text/html"}), Outcome.PAGE_EMPTY, RETRY),
    "an image": (Answer(body=b"\x89PNG\r\n\x1a\n", headers={"Content-Type": "image/png"}), Outcome.NOT_HTML, RETRY),
}


class TestPageWithoutArticle:
    @pytest.mark.parametrize("name", FAILURES)
    async def test_the_post_has_the_feeds_text_and_a_retry_is_planned_where_it_may_help(self, site: Site, name: str):
        answer, outcome, visit = FAILURES[name]
        site.server.otherwise(Answer(body="<html><p>首页</p></html>", headers={"Content-Type": "text/html"}))
        site.server.route("/robots.txt", Answer(404))
        site.server.route("/a/1", answer)
        new, problems = await site.post()
        assert (new.post.body_origin, new.post.text) == (BodyOrigin.SUMMARY, SUMMARY)
        assert [(problem.outcome, problem.url) for problem in problems] == [(outcome, site.server.url("/a/1"))]
        assert new.visit == visit

    async def test_a_page_that_robots_txt_disallows_is_not_tried_again(self, site: Site):
        site.server.route("/robots.txt", Answer(body="User-agent: *\nDisallow: /a/"))
        new, problems = await site.post()
        assert ([problem.outcome for problem in problems], new.visit) == ([Outcome.ROBOTS_DISALLOWED], None)
        assert site.server.to("/a/1") == []

    async def test_one_text_under_several_titles_is_no_article(self, site: Site):
        """A login wall: every page shows the same, and each is fetched again later."""
        wall = prose("请登录后阅读全文，本站会员")
        for number in (1, 2):
            site.server.route(f"/a/{number}", page("请登录", wall))
        site.server.route("/a/3", page("湖北丰收", prose("湖北")))
        titles = ["长江水位", "候鸟南迁", "湖北丰收"]
        entries = [site.entry(f"/a/{number}", title) for number, title in enumerate(titles, 1)]
        (first, told), (second, _), (good, none) = await site.posts(*entries)
        assert [new.post.body_origin for new in (first, second, good)] == [
            BodyOrigin.SUMMARY,
            BodyOrigin.SUMMARY,
            BodyOrigin.PAGE,
        ]
        assert (first.visit, second.visit, good.visit) == (RETRY, RETRY, REVISIT)
        assert (told[-1].outcome, told[-1].url, none) == (Outcome.NO_ARTICLE, entries[0].from_url, ())

    async def test_one_text_under_one_title_is_one_article_at_two_addresses(self, site: Site):
        for number in (1, 2):
            site.server.route(f"/a/{number}", page("长江水位", prose("长江")))
        found = await site.posts(site.entry("/a/1"), site.entry("/a/2"))
        assert [new.post.body_origin for new, _ in found] == [BodyOrigin.PAGE] * 2

    async def test_an_entry_that_cannot_be_handled_costs_no_other(self, site: Site, monkeypatch: pytest.MonkeyPatch):
        build = build_new_post

        def failing(entry: Entry, *arguments: object, **more: object) -> NewPost:
            if entry.guid == "/a/1":
                raise ZeroDivisionError("by its title")
            return build(entry, *arguments, **more)  # type: ignore[arg-type] # passed on as they are

        monkeypatch.setattr(page_posts, "build_new_post", failing)
        for number in (1, 2):
            site.server.route(f"/a/{number}", page("长江水位", prose("长江")))
        entries = [site.entry("/a/1"), site.entry("/a/2")]
        failed, fine = await fetch_new_posts(entries, site.source, site.context)
        assert failed.posts == ()
        assert len(fine.posts) == 1
        problems = failed.problems
        assert [(problem.outcome, problem.url) for problem in problems] == [(Outcome.ENTRY_BROKEN, entries[0].from_url)]
        assert problems[0].reason == "the entry could not be made a post: ZeroDivisionError: by its title"


class TestVisit:
    async def test_a_page_with_an_article_is_revisited_after_the_first_interval(self, site: Site):
        site.server.route("/a/1", page("长江水位", prose("长江")))
        assert (await site.post())[0].visit == REVISIT

    async def test_no_revisit_where_the_source_or_the_schedule_wants_none(self, site: Site):
        site.server.route("/a/1", page("长江水位", prose("长江")))
        wanted = site.source
        site.source = replace(wanted, revisit=False)
        assert (await site.post())[0].visit is None
        site.source = wanted
        site.context = replace(site.context, schedule=ScheduleConfig(revisit=()))
        assert (await site.post())[0].visit is None

    async def test_a_source_without_revisits_still_has_retries(self, site: Site):
        site.server.route("/a/1", Answer(503))
        site.source = replace(site.source, revisit=False)
        assert (await site.post())[0].visit == RETRY


def fresh(number: int, chars: int = 0, summary_chars: int = 0) -> FreshEntry:
    url = f"https://news.example/{number}"
    entry = Entry(title=f"第{number}条", link=url, content="x" * chars, summary="y" * summary_chars)
    return FreshEntry(entry, url, (Key("link", url),), "")


HALF = MAX_BATCH_CHARS // 2
BATCHES = [
    ([], []),
    ([(0, 0)], [1]),
    ([(HALF, 0)] * 4, [2, 2]),
    ([(0, HALF)] * 4, [2, 2]),
    ([(HALF, 1)] * 3, [1, 1, 1]),
    ([(3 * MAX_BATCH_CHARS, 0)] * 2, [1, 1]),
    ([(1, 0), (3 * MAX_BATCH_CHARS, 0), (1, 0), (1, 0)], [1, 1, 2]),
    ([(0, 0)] * (2 * MAX_BATCH_ENTRIES + 1), [MAX_BATCH_ENTRIES, MAX_BATCH_ENTRIES, 1]),
    ([(0, 0)] * 5, [5]),
]


@pytest.mark.parametrize(("sizes", "lengths"), BATCHES, ids=range(len(BATCHES)))
def test_batches_hold_at_most_a_million_characters_and_at_least_one_entry(
    sizes: list[tuple[int, int]], lengths: list[int]
):
    entries = [fresh(number, *size) for number, size in enumerate(sizes)]
    batches = list(batches_by_text(entries))
    assert [len(batch) for batch in batches] == lengths
    assert [entry for batch in batches for entry in batch] == entries


async def test_posts_of_a_feed_without_pages_have_the_feeds_text(site: Site):
    posts = await build_posts_of_feed([fresh(1, 500), fresh(2, 0, 300)], site.source, site.context)
    assert [(new.post.title, new.post.text[:1], new.page, new.visit) for new in posts] == [
        ("第1条", "x", None, None),
        ("第2条", "y", None, None),
    ]
    assert site.server.requests == []


def article(html: str, text: str, **values: object) -> Article:
    return Article(html, text, BodyOrigin.PAGE, **values)  # type: ignore[arg-type] # fields of Article


def test_problems_without_an_address_get_that_of_the_entry():
    own = Problem(Outcome.RULE_MISSED, "no match", "https://news.example/part-2")
    fetched = FetchedArticle(
        article("", "", problems=(Problem(Outcome.NO_ARTICLE, "nothing"), own)),
        problem=Problem(Outcome.TIMEOUT, "slow", "https://news.example/1"),
    )
    assert problems_at(fetched, "https://news.example/entry") == (
        Problem(Outcome.TIMEOUT, "slow", "https://news.example/1"),
        Problem(Outcome.NO_ARTICLE, "nothing", "https://news.example/entry"),
        own,
    )


class TestAppendPart:
    FIRST = article("<p>一</p>", "一", title="标题", next_page="https://x.example/2")

    def test_the_text_is_appended_and_the_metadata_are_those_of_the_first_part(self):
        following = article("<p>二</p>", "二", title="标题 (2)", next_page="https://x.example/3")
        both = append_part(self.FIRST, following)
        assert (both.html, both.text) == ("<p>一</p><p>二</p>", "一\n二")
        assert (both.title, both.next_page) == ("标题", "https://x.example/3")

    @pytest.mark.parametrize("text", ["", "一"])
    def test_a_part_without_new_text_ends_the_article(self, text: str):
        following = article(f"<p>{text}</p>", text, next_page="https://x.example/3")
        assert append_part(self.FIRST, following) == replace(self.FIRST, next_page=None)

    def test_problems_of_both_parts_are_kept(self):
        first, second = Problem(Outcome.RULE_MISSED, "one"), Problem(Outcome.RULE_MISSED, "two")
        both = append_part(replace(self.FIRST, problems=(first,)), article("<p>二</p>", "二", problems=(second,)))
        assert both.problems == (first, second)
