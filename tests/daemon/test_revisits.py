"""Visiting article pages again: what was missing is completed, edits and deletions are noticed."""

from collections.abc import Callable
from typing import Any

import pytest

from ingestd.fetch import Client
from ingestd.model.errors import Outcome, TemporaryError
from ingestd.model.http import Response
from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer, Received

LINK = "/a/1"


@pytest.fixture
def read(installation: Installation):
    """Polls one source with one article, whose page answers in turn."""

    async def poll(*pages, text: str = "摘要", more: dict[str, object] | None = None, **options: str) -> None:
        installation.server.route(LINK, *pages)
        installation.server.route("/f", feed(Item("一", installation.server.url(LINK), text=text)))
        installation.configure({"name": "甲", "path": "/f", **(more or {})}, **options)
        assert (await installation.fetch_one()).new == 1

    return poll


def post(installation: Installation) -> dict[str, Any]:
    return installation.rows("SELECT * FROM posts")[0]


async def test_a_failed_page_is_retried_and_completes_the_post(installation: Installation, read):
    await read(Answer(503), Answer(404), page("一", prose("长江")))
    before = post(installation)
    assert (before["text"], before["body_origin"]) == ("摘要", "summary")
    assert await installation.visit() == 0  # not due yet
    installation.clock.forward(hours=1, minutes=1)
    assert await installation.visit() == 1
    assert post(installation)["text"] == "摘要"
    installation.clock.forward(hours=6, minutes=1)
    assert await installation.visit() == 1
    after = post(installation)
    assert "长江的第12段" in after["text"]
    assert after["body_origin"] == "page"
    assert (after["id"], after["date"], after["fetched_at"]) == (before["id"], before["date"], before["fetched_at"])
    assert after["revision"] == 1
    assert after["page_state"] is None
    assert after["updated_at"] > before["updated_at"]
    assert installation.rows("SELECT * FROM revisions") == []
    assert installation.value("SELECT count(*) FROM pages") == 1
    assert installation.value("SELECT purpose FROM visits") == "revisit"


async def test_number_of_retries_is_limited(installation: Installation, read):
    await read(Answer(404))
    for _ in range(4):
        installation.clock.forward(days=2)
        await installation.visit()
    assert installation.rows("SELECT * FROM visits") == []
    assert len(installation.server.to(LINK)) == 4
    assert post(installation)["page_state"] is None  # it was never there: that is no deletion
    assert installation.rows("SELECT outcome, times FROM problems") == [{"outcome": "not-found", "times": 4}]


async def test_an_empty_page_is_retried(installation: Installation, read):
    await read(Answer(headers={"Content-Type": "text/html"}), page("一", prose("长江")))
    installation.clock.forward(hours=2)
    assert await installation.visit() == 1
    assert "长江的第12段" in post(installation)["text"]
    assert installation.rows("SELECT * FROM revisions") == []


async def test_page_forbidden_by_robots_txt_is_not_retried(installation: Installation, read):
    installation.server.route("/robots.txt", Answer(body="User-agent: *\nDisallow: /a/\n"))
    await read(page("一", prose("长江")))
    assert installation.rows("SELECT * FROM visits") == []
    assert installation.server.to(LINK) == []


async def test_revisits_follow_their_schedule(installation: Installation, read):
    await read(page("一", prose("长江")))
    hours = 0.0
    seen = []
    for _ in range(60):
        installation.clock.forward(hours=3)
        hours += 3
        if await installation.visit():
            seen.append(hours)
    # After 1 h, 6 h, 1 d and 7 d, at the first look on or after that.
    assert seen[:3] == [3, 9, 27]
    assert len(seen) == 4
    assert 168 <= seen[3] <= 174
    assert installation.rows("SELECT * FROM visits") == []


@pytest.mark.parametrize("failing", [Answer(503), page("站点维护", "<p>稍后再来</p>")])
async def test_a_last_revisit_that_fails_is_repeated_until_it_succeeds(installation: Installation, read, failing):
    text = prose("长江")
    await read(
        page("一", text),
        failing,
        failing,
        page("一", text + "<p>更正：渡轮五月停航。</p>"),
        schedule='revisit = ["1h"]',
    )
    for hours in (1.1, 1.1):
        installation.clock.forward(hours=hours)
        assert await installation.visit() == 1
    installation.clock.forward(hours=5.5)
    assert await installation.visit() == 0  # after 1 h, then after 6 h
    installation.clock.forward(hours=0.6)
    assert await installation.visit() == 1
    assert "更正" in post(installation)["text"]
    assert installation.rows("SELECT * FROM visits") == []


@pytest.mark.parametrize("last", [Answer(503), Answer(410)])
async def test_repeats_of_the_last_revisit_are_limited(installation: Installation, read, last):
    await read(page("一", prose("长江")), last, schedule='revisit = ["1h"]')
    visits = 0
    for _ in range(10):
        installation.clock.forward(days=2)
        visits += await installation.visit()
    # A page that is gone has been seen; one that fails is asked for three more times.
    assert visits == (4 if last.status == 503 else 1)
    assert installation.rows("SELECT * FROM visits") == []


async def test_unchanged_page_is_requested_conditionally_and_stores_nothing(installation: Installation, read):
    tagged = page("一", prose("长江"), headers={"Content-Type": "text/html; charset=utf-8", "ETag": '"p1"'})
    await read(tagged, Answer(304))
    before = post(installation)
    installation.clock.forward(hours=2)
    await installation.visit()
    assert installation.server.to(LINK)[1].header("if-none-match") == '"p1"'
    after = post(installation)
    assert after["page_checked_at"] > before["page_checked_at"]
    differing = {key for key in after if after[key] != before[key]}
    assert differing == {"page_checked_at"}
    assert installation.value("SELECT count(*) FROM pages") == 1


async def test_a_changed_title_alone_is_an_edit(installation: Installation, read):
    text = prose("长江")
    await read(page("渡轮四月改点", text), page("渡轮五月停航", text))
    installation.clock.forward(hours=2)
    await installation.visit()
    after = post(installation)
    assert (after["page_state"], after["revision"], after["title"]) == ("changed", 2, "渡轮五月停航")


async def test_changed_counters_and_dates_are_no_edit(installation: Installation, read):
    first = prose("长江") + "<p>阅读 1203 次</p>"
    await read(page("一", first), page("一", first.replace("1203", "98231")))
    installation.clock.forward(hours=2)
    await installation.visit()
    assert post(installation)["revision"] == 1
    assert post(installation)["page_state"] is None


async def test_edit_without_notice_is_stored_as_a_revision(installation: Installation, read):
    await read(page("一", prose("长江")), page("一", prose("长江").replace("大家都有说不完的话", "没有人愿意开口")))
    before = post(installation)
    installation.clock.forward(hours=2)
    await installation.visit()
    after = post(installation)
    assert "没有人愿意开口" in after["text"]
    assert "没有人愿意开口" in after["content"]
    assert (after["revision"], after["page_state"], after["date"]) == (2, "changed", before["date"])
    assert after["title"] == before["title"]
    (kept,) = installation.rows("SELECT * FROM revisions")
    assert (kept["content"], kept["revision"], kept["reason"]) == (before["content"], 1, "page")
    assert installation.rows("SELECT post_id, reason FROM edits") == [{"post_id": after["id"], "reason": "page"}]
    assert installation.value("SELECT count(*) FROM pages") == 2
    # The feed still says what it said: that must not undo the edit.
    poll = await installation.fetch_one(force=True)
    assert (poll.new, poll.updated) == (0, 0)
    assert post(installation)["text"] == after["text"]


async def test_a_page_that_alternates_does_not_grow_the_table(installation: Installation, read):
    one, two = page("一", prose("长江")), page("一", prose("黄河"))
    await read(one, two, one, two, one)
    for _ in range(4):
        installation.clock.forward(days=8)
        await installation.visit()
    assert len(installation.server.to(LINK)) == 5
    assert installation.value("SELECT count(*) FROM revisions") <= 2
    assert "长江" in post(installation)["text"]


@pytest.mark.parametrize("status", [404, 410])
async def test_removed_page(installation: Installation, read, status: int):
    await read(page("一", prose("长江")), Answer(status), page("一", prose("长江")))
    installation.clock.forward(hours=2)
    await installation.visit()
    assert post(installation)["page_state"] == "gone"
    assert "长江" in post(installation)["text"]
    (gone,) = installation.rows("SELECT * FROM gone")
    assert (gone["title"], gone["source"]) == ("一", "甲")
    # It comes back: so the mark goes.
    installation.clock.forward(hours=8)
    await installation.visit()
    assert post(installation)["page_state"] is None
    assert installation.rows("SELECT * FROM gone") == []


@pytest.mark.parametrize("failure", [Answer(500), Answer(403), Answer(delay=60)])
async def test_a_page_that_fails_is_not_gone(installation: Installation, read, failure: Answer):
    await read(page("一", prose("长江")), failure, page("一", prose("黄河")), timeout="2s")
    installation.clock.forward(hours=2)
    await installation.visit()
    assert post(installation)["page_state"] is None
    assert installation.value("SELECT count(*) FROM problems") == 1
    installation.clock.forward(hours=8)
    await installation.visit()
    assert post(installation)["page_state"] == "changed"


async def test_new_url_of_a_moved_page_becomes_a_key(installation: Installation, read):
    there = installation.server.route("/b/9", page("一", prose("长江")))
    await read(page("一", prose("长江")), Answer(301, headers={"Location": "/b/9"}))
    installation.clock.forward(hours=2)
    await installation.visit()
    assert post(installation)["page_state"] == "moved"
    assert post(installation)["revision"] == 1
    installation.server.route("/g", feed(Item("一", there)))
    installation.configure({"name": "甲", "path": "/f"}, {"name": "乙", "path": "/g"})
    assert (await installation.fetch("乙"))["乙"].new == 0
    assert installation.value("SELECT count(*) FROM posts") == 1


async def test_redirect_to_the_home_page_adds_no_key(installation: Installation, read):
    installation.server.route("/", page("首页", prose("要闻")))
    await read(page("一", prose("长江")), Answer(302, headers={"Location": "/"}))
    before = post(installation)
    installation.clock.forward(hours=2)
    await installation.visit()
    after = post(installation)
    assert after["page_state"] != "moved"
    assert after["text"] == before["text"]
    assert after["revision"] == 1


async def test_article_redirected_to_the_home_page_keeps_its_summary(installation: Installation, read):
    installation.server.route("/", page("首页", prose("要闻")))
    await read(Answer(302, headers={"Location": "/"}))
    assert post(installation)["text"] == "摘要"
    assert installation.value("SELECT outcome FROM problems") == "no-article"
    assert installation.value("SELECT purpose FROM visits") == "retry"


@pytest.mark.parametrize(("more", "schedule"), [({"revisit": False}, ""), ({}, "revisit = []")])
async def test_revisits_can_be_switched_off(installation: Installation, read, more: dict[str, object], schedule: str):
    await read(page("一", prose("长江")), more=more, schedule=schedule)
    assert installation.rows("SELECT * FROM visits") == []


async def test_articles_with_full_text_in_the_feed_are_revisited(installation: Installation, read):
    whole = prose("整篇", 30)
    await read(page("一", whole), page("一", whole), page("一", whole.replace("说不完的话", "难言之隐")), text=whole)
    assert post(installation)["body_origin"] == "feed"
    for _ in range(2):
        installation.clock.forward(days=2)
        await installation.visit()
    assert post(installation)["page_state"] == "changed"
    assert "难言之隐" in post(installation)["text"]


async def test_an_edit_before_the_first_visit_to_an_article_with_full_text_in_the_feed(
    installation: Installation, read
):
    before, after = (
        prose("长江", 24),
        prose("长江", 24) + "<p>更正：本文先前写错了河流的名字，特此说明，并向读者致歉。</p>",
    )
    await read(page("一", before), page("一", after), text=before)
    assert post(installation)["body_origin"] == "feed"
    installation.clock.forward(hours=2)
    assert await installation.visit() == 1
    assert "更正" in post(installation)["text"]
    assert [row["reason"] for row in installation.rows("SELECT reason FROM edits")] == ["page"]


async def test_headers_of_a_source_are_sent_to_its_own_site_only(installation: Installation, read):
    await read(page("一", prose("长江")), more={"headers": {"X-Key": "geheim"}})
    installation.clock.forward(hours=2)
    await installation.visit()
    assert [request.header("x-key") for request in installation.server.to(LINK)] == ["geheim", "geheim"]


@pytest.mark.parametrize(
    "later",
    [
        page("登录", "<p>" + "请先登录再继续阅读。" * 9 + "</p>"),
        page("Oops", "<p>" + "Please come again. " * 30 + "</p>"),
    ],
    ids=["login", "error"],
)
async def test_page_with_another_article_is_no_edit(installation: Installation, read, later: Answer):
    await read(page("一", prose("长江")), later, page("一", prose("黄河")))
    installation.clock.forward(hours=2)
    await installation.visit()
    assert "长江的第12段" in post(installation)["text"]
    assert (post(installation)["revision"], post(installation)["page_state"]) == (1, None)
    assert installation.value("SELECT outcome FROM problems") == "no-article"
    installation.clock.forward(hours=6)
    await installation.visit()
    assert "黄河的第12段" in post(installation)["text"]
    assert (post(installation)["revision"], post(installation)["page_state"]) == (2, "changed")


@pytest.mark.parametrize("outcome", [Outcome.LOCAL_FAULT, Outcome.OFFLINE])
async def test_a_visit_that_this_machine_could_not_make_does_not_count(
    installation: Installation, read, monkeypatch, outcome
):
    await read(
        page("一", prose("长江")),
        page("一", prose("长江") + "<p>更正：渡轮五月停航。</p>"),
        schedule='revisit = ["1h"]',
    )

    async def fail(*_: object) -> Response:
        raise TemporaryError(outcome, "too many open files")

    installation.clock.forward(hours=1.1)
    with monkeypatch.context() as patched:
        patched.setattr(Client, "get", fail)
        for _ in range(6):
            assert await installation.visit() == 1
            installation.clock.forward(minutes=31)
    assert installation.rows("SELECT * FROM problems") == []
    assert await installation.visit() == 1
    assert "更正" in post(installation)["text"]
    assert installation.rows("SELECT * FROM visits") == []


async def test_a_page_that_was_not_asked_for_is_visited_when_its_host_may_be_asked(installation: Installation):
    """The visit does not count: the next one would be five hours later."""
    server = installation.server
    one_at_a_time = '[hosts."127.0.0.1"]\nper_host = 1\n'
    pauses = iter([Answer(503, headers={"Retry-After": "7200"})])

    def article(title: str, text: str) -> Callable[[Received], Answer]:
        def serve(request: Received) -> Answer:
            if len(server.to(request.path)) == 1:
                return page(title, text)
            # Whichever page is visited first.
            return next(pauses, page(title, f"{text}<p>更正：渡轮五月停航。</p>"))

        return serve

    first, second = (
        server.route("/a/1", article("一", prose("长江"))),
        server.route("/a/2", article("二", prose("黄河"))),
    )
    server.route("/f", feed(Item("一", first, text="摘要"), Item("二", second, text="摘要")))
    installation.configure({"name": "甲", "path": "/f"}, schedule='revisit = ["1h", "6h"]', more=one_at_a_time)
    await installation.fetch("甲")
    installation.clock.forward(hours=1, minutes=1)
    assert await installation.visit() == 2
    assert len(server.to("/a/1") + server.to("/a/2")) == 3
    installation.clock.forward(hours=1.9)
    assert await installation.visit() == 0
    installation.clock.forward(hours=0.2)
    assert await installation.visit() == 1
    assert installation.value("SELECT count(*) FROM posts WHERE text LIKE '%更正%'") == 1
    assert installation.rows("SELECT attempt FROM visits") == [{"attempt": 2}] * 2


@pytest.mark.parametrize("after_answer", [False, True])
async def test_a_page_whose_host_or_redirect_has_to_wait_is_tried_again_at_that_time(
    installation: Installation, read, monkeypatch, *, after_answer: bool
):
    """A visit whose redirect has to wait has read nothing: a page that has moved would never be compared."""
    await read(Answer(503))

    async def wait(*_: object) -> Response:
        error = TemporaryError(Outcome.RATE_LIMITED, "may be asked again in 3600 s", retry_after_s=3600.0)
        error.after_answer = after_answer
        raise error

    installation.clock.forward(hours=1, minutes=1)
    monkeypatch.setattr(Client, "get", wait)
    assert await installation.visit() == 1
    assert installation.rows("SELECT attempt FROM visits") == [{"attempt": 1}]
    installation.clock.forward(hours=0.9)
    assert await installation.visit() == 0
    installation.clock.forward(hours=0.2)
    assert await installation.visit() == 1
