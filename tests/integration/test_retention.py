"""Bodies that retention has dropped: the feed that still lists the article brings neither it nor its text back."""

from datetime import timedelta

import pytest

from ingestd.store.database import Database
from ingestd.store.retention import drop_bodies
from tests.support.installation import Installation, Item, feed, page, prose


@pytest.mark.parametrize("article", ["never", "always"])
async def test_a_listed_article_is_no_edit_and_a_changed_one_is(installation: Installation, article: str):
    server = installation.server
    server.route("/1", page("一", prose("长江")))
    link = server.url("/1")
    server.route(
        "/f",
        feed(Item("一", link, text=prose("长江"))),
        feed(Item("二", "https://example.org/2", text="别的"), Item("一", link, text=prose("长江"))),
        feed(Item("一改", link, text=prose("黄河"))),
    )
    installation.configure({"name": "甲", "path": "/f", "article": article})
    assert (await installation.fetch_one()).new == 1
    now = installation.clock() + timedelta(seconds=1)
    with Database(installation.url) as database:
        assert database.write(drop_bodies, "甲", now, 10, now) == 1
    poll = await installation.fetch_one(force=True)
    assert (poll.new, poll.updated) == (1, 0)
    assert installation.value("SELECT content || text FROM posts WHERE id = 1") == ""
    server.route("/1", page("一改", prose("黄河")))
    assert (await installation.fetch_one(force=True)).updated == 1
    assert "黄河" in installation.value("SELECT text FROM posts WHERE id = 1")
    assert installation.value("SELECT body_origin FROM posts WHERE id = 1") != "expired"
