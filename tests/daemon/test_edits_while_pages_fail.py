"""Entries that change while their pages cannot be read: the feed's whole text stands in, and no edit counts twice."""

from typing import Any

import pytest

from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer

LINK = "/a/1"
CAPTION = "<p>图为渡口的清晨，本报记者摄，第一张。</p>"
OLD = prose("长江", 24)
NEW = OLD + "<p>更正：渡轮五月停航，先前的报道写错了月份，特此说明。</p>"
TEASER = "<p>" + "渡轮改点的消息。" * 3 + "</p>"


@pytest.fixture
def edit(installation: Installation):
    """Polls an article whose page is read, then its changed entry while the page fails; the post as it is then."""

    async def poll(new: str, *later: Answer, title: str = "渡轮停航", failure: Answer | None = None) -> dict[str, Any]:
        pages = page("渡轮改点", OLD + CAPTION), failure or Answer(503), *later
        link = installation.server.route(LINK, *pages)
        entries = feed(Item("渡轮改点", link, text=OLD)), feed(Item(title, link, text=new))
        installation.server.route("/f", *entries)
        installation.configure({"name": "甲", "path": "/f", "article": "always"})
        for _ in entries:
            await installation.fetch("甲")
            installation.clock.forward(minutes=30)
        return installation.rows("SELECT title, text, body_origin, revision FROM posts")[0]

    return poll


def edits(installation: Installation) -> list[str]:
    return [row["reason"] for row in installation.rows("SELECT reason FROM edits ORDER BY revision")]


@pytest.mark.parametrize("failure", [Answer(503), Answer(body="<html></html>")], ids=["error", "empty"])
async def test_whole_text_of_the_feed_stands_in_until_the_page_is_read(
    installation: Installation, edit, failure: Answer
):
    post = await edit(NEW, page("渡轮停航", NEW + CAPTION), failure=failure)
    assert ("更正" in post["text"], post["body_origin"], post["revision"]) == (True, "feed", 2)
    assert edits(installation) == ["entry"]
    installation.clock.forward(minutes=31)
    assert await installation.visit() == 1
    [after] = installation.rows("SELECT title, text, body_origin FROM posts")
    assert ("更正" in after["text"], "图为" in after["text"], after["body_origin"]) == (True, True, "page")
    assert edits(installation) == ["entry"]
    assert installation.value("SELECT count(*) FROM pages") == 2


async def test_what_the_page_changes_besides_is_an_edit_of_its_own(installation: Installation, edit):
    further = "<p>又讯：新渡轮六月下水，船厂昨日公布了试航的日程。</p>"
    await edit(NEW, page("渡轮停航", NEW + further))
    installation.clock.forward(minutes=31)
    assert await installation.visit() == 1
    assert "又讯" in installation.value("SELECT text FROM posts")
    assert edits(installation)[-1] == "page"


@pytest.mark.parametrize(
    ("new", "title"),
    [(OLD, "渡轮停航"), (TEASER, "渡轮停航"), (prose("长江", 8) + "<p>更正：渡轮停航。</p>", "渡轮停航")],
    ids=["title only", "teaser", "much shorter"],
)
async def test_text_of_the_page_stays_where_the_feed_has_no_more(
    installation: Installation, edit, new: str, title: str
):
    post = await edit(new, title=title)
    assert ("图为" in post["text"], post["body_origin"], post["title"]) == (True, "page", title)
    assert edits(installation) == ["entry"]


async def test_page_that_says_later_what_its_feed_said_is_no_edit(installation: Installation):
    """Of a post that has the feed's text: the page was an old one when the entry changed."""
    old, new = page("渡轮改点", OLD), page("渡轮停航", NEW)
    link = installation.server.route(LINK, old, old, new)
    entries = feed(Item("渡轮改点", link, text=OLD)), feed(Item("渡轮停航", link, text=NEW))
    installation.server.route("/f", *entries)
    installation.configure({"name": "甲", "path": "/f"})
    for _ in entries:
        await installation.fetch("甲")
    assert edits(installation) == ["entry"]
    installation.clock.forward(hours=2)
    assert await installation.visit() == 1
    assert edits(installation) == ["entry"]
