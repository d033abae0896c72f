"""Pages of articles that a source without pages listed before one that reads them."""

from typing import Any

import pytest

from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer

LINK = "/a/1"
NEVER, AUTO = {"article": "never"}, {"article": "auto"}


@pytest.fixture
def poll_in_turn(installation: Installation):
    """Polls sources of one site, which list one article, one after the other; with these settings."""

    async def poll(*settings: dict[str, Any], text: str = "摘要", **more: Any) -> None:
        link = installation.server.url(LINK)
        sources = []
        for number, keys in enumerate(settings):
            installation.server.route(f"/f{number}", feed(Item("一", link, text=text)))
            sources.append({"name": str(number), "path": f"/f{number}", **keys})
        installation.configure(*sources, **more)
        for source in sources:
            await installation.fetch(source["name"])
        assert installation.value("SELECT count(*) FROM posts") == 1

    return poll


@pytest.mark.parametrize(
    ("settings", "requests", "origin"),
    [
        ((NEVER, AUTO), 1, "page"),
        ((NEVER, {"article": "always"}), 1, "page"),
        ((NEVER, NEVER, AUTO), 1, "page"),
        ((NEVER, AUTO, AUTO), 1, "page"),
        ((AUTO, NEVER), 1, "page"),
        ((AUTO, AUTO), 1, "page"),
        ((NEVER, NEVER), 0, "summary"),
    ],
)
async def test_page_is_read_once_where_any_source_reads_pages(
    installation: Installation, poll_in_turn, settings, requests, origin
):
    installation.server.route(LINK, page("一", prose("长江")))
    await poll_in_turn(*settings)
    await installation.visit()
    found = installation.rows("SELECT text, body_origin, revision FROM posts")[0]
    assert (found["body_origin"], found["revision"]) == (origin, 1)
    assert ("长江的第12段" in found["text"]) is (origin == "page")
    assert len(installation.server.to(LINK)) == requests
    # A second poll of the same entries plans nothing more.
    for number in range(len(settings)):
        await installation.fetch(str(number), force=True)
    await installation.visit()
    assert len(installation.server.to(LINK)) == requests


async def test_text_of_a_feed_that_is_the_whole_article_needs_no_page(installation: Installation, poll_in_turn):
    await poll_in_turn(NEVER, AUTO, text=prose("整篇", 30))
    assert installation.rows("SELECT * FROM visits") == []


async def test_page_that_fails_is_retried(installation: Installation, poll_in_turn):
    installation.server.route(LINK, Answer(503), page("一", prose("长江")))
    await poll_in_turn(NEVER, AUTO)
    assert await installation.visit() == 1
    assert installation.value("SELECT body_origin FROM posts") == "summary"
    installation.clock.forward(hours=1, minutes=1)
    assert await installation.visit() == 1
    assert installation.value("SELECT body_origin FROM posts") == "page"


async def test_page_forbidden_by_robots_txt_is_not_retried(installation: Installation, poll_in_turn):
    installation.server.route("/robots.txt", Answer(body="User-agent: *\nDisallow: /a/\n"))
    await poll_in_turn(NEVER, AUTO)
    assert await installation.visit() == 1
    assert installation.rows("SELECT * FROM visits") == []
    assert installation.server.to(LINK) == []
    assert installation.value("SELECT outcome FROM problems") == "robots-disallowed"


async def test_page_waits_for_a_source_that_is_disabled(installation: Installation, poll_in_turn):
    installation.server.route(LINK, page("一", prose("长江")))
    await poll_in_turn(NEVER, AUTO)
    mirror = {"name": "0", "path": "/f0", **NEVER}
    own = {"name": "1", "path": "/f1"}
    installation.configure(mirror, {**own, "enabled": False})
    assert await installation.visit() == 0
    installation.configure(mirror, own)
    assert await installation.visit() == 1
    assert installation.value("SELECT body_origin FROM posts") == "page"


@pytest.mark.parametrize("schedule", ["", 'revisit = ["1h"]'])
async def test_page_that_fails_when_its_entry_changes_is_visited_soon(installation: Installation, schedule: str):
    """Also where no visit is planned any more, or only in some days."""
    old, new = prose("长江"), prose("长江") + "<p>更正：渡轮五月停航。</p>"
    link = installation.server.route(LINK, *(page("渡轮改点", old),) * 2, Answer(503), page("渡轮改点停航", new))
    entries = feed(Item("渡轮改点", link, text="摘要")), feed(Item("渡轮改点停航", link, text="新摘要"))
    installation.server.route("/f", *entries)
    installation.configure({"name": "甲", "path": "/f"}, schedule=schedule)
    await installation.fetch("甲")
    installation.clock.forward(hours=2)
    assert await installation.visit() == 1
    await installation.fetch("甲")
    assert installation.rows("SELECT title, revision FROM posts") == [{"title": "渡轮改点停航", "revision": 2}]
    installation.clock.forward(hours=1, minutes=1)
    assert await installation.visit() == 1
    assert "更正" in installation.value("SELECT text FROM posts")


async def test_page_that_is_gone_when_its_entry_changes_is_found_gone(installation: Installation):
    link = installation.server.route(LINK, *(page("渡轮改点", prose("长江")),) * 2, Answer(410))
    entries = feed(Item("渡轮改点", link, text="摘要")), feed(Item("渡轮改点停航", link, text="新摘要"))
    installation.server.route("/f", *entries)
    installation.configure({"name": "甲", "path": "/f"}, schedule='revisit = ["1h"]')
    await installation.fetch("甲")
    installation.clock.forward(hours=2)
    assert await installation.visit() == 1
    await installation.fetch("甲")
    installation.clock.forward(hours=1, minutes=1)
    assert await installation.visit() == 1
    assert installation.value("SELECT count(*) FROM gone") == 1


async def test_page_is_visited_soon_when_a_source_that_reads_none_lists_it_changed(installation: Installation):
    """Its own source then finds the entry known, and would not ask for the page."""
    old, new = prose("长江"), prose("长江") + "<p>更正：渡轮五月停航。</p>"
    link = installation.server.route(LINK, page("渡轮改点", old), page("渡轮改点停航", new))
    entries = feed(Item("渡轮改点", link, text="摘要")), feed(Item("渡轮改点停航", link, text="新摘要"))
    for path in ("/f", "/again"):
        installation.server.route(path, *entries)
    own, mirror = {"name": "甲", "path": "/f"}, {"name": "乙", "path": "/again", "article": "never"}
    installation.configure(own, mirror, schedule='revisit = ["7d"]')
    for name in ("甲", "乙", "乙", "甲"):
        await installation.fetch(name)
    assert installation.value("SELECT title FROM posts") == "渡轮改点停航"
    installation.clock.forward(hours=1, minutes=1)
    assert await installation.visit() == 1
    assert "更正" in installation.value("SELECT text FROM posts")
