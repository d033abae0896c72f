"""Edited entries, alternation, suspected loss, and the event loop during large feeds."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from ingestd.model.http import Response
from ingestd.poll import leases, pipeline
from ingestd.store import sources
from tests.support.installation import Installation, Item, feed, page, prose, rss
from tests.support.server import Answer

LINK = "https://example.org/1"


def serve(installation: Installation, *texts: str) -> None:
    installation.server.route("/f", *(feed(Item("一", LINK, text=text)) for text in texts))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})


async def test_edited_entry_is_stored_as_a_revision(installation: Installation):
    serve(installation, prose("长江"), prose("黄河"))
    await installation.fetch_one()
    before = installation.rows("SELECT * FROM posts")[0]
    poll = await installation.fetch_one()
    after = installation.rows("SELECT * FROM posts")[0]
    assert (poll.new, poll.updated) == (0, 1)
    assert (after["revision"], after["date"], after["id"]) == (2, before["date"], before["id"])
    assert "黄河" in after["text"]
    assert installation.rows("SELECT content, reason FROM revisions") == [
        {"content": before["content"], "reason": "entry"}
    ]


async def test_alternating_feed_adds_no_further_revisions(installation: Installation):
    one, two = prose("长江"), prose("黄河")
    serve(installation, one, two, one, two, one, two)
    for _ in range(6):
        await installation.fetch_one()
    assert installation.value("SELECT count(*) FROM revisions") <= 2
    assert "黄河" in installation.value("SELECT text FROM posts")


async def test_a_push_of_what_was_pushed_before_is_stored_again(installation: Installation):
    serve(installation, prose("长江"))
    await installation.fetch_one()
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        for text in ("长江", "黄河", "长江"):
            pushed = Response(
                stored[0].url, stored[0].url, 200, (), rss(Item("一", LINK, text=prose(text))).encode(), context.clock()
            )
            await pipeline.poll(stored[0], context, pushed=pushed)
            assert text in installation.value("SELECT text FROM posts")
    assert installation.value("SELECT count(*) FROM items") == 1


async def test_an_old_copy_that_is_pushed_late_stays_until_the_next_poll(installation: Installation):
    serve(installation, prose("黄河"))
    await installation.fetch_one()
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        old = rss(Item("一", LINK, text=prose("长江"))).encode()
        pushed = Response(stored[0].url, stored[0].url, 200, (), old, context.clock())
        await pipeline.poll(stored[0], context, pushed=pushed)
    assert "长江" in installation.value("SELECT text FROM posts")
    await installation.fetch_one()
    assert "黄河" in installation.value("SELECT text FROM posts")
    assert installation.value("SELECT count(*) FROM items") == 1


async def test_suspected_loss_is_recorded(installation: Installation):
    installation.server.route(
        "/f", *(feed(*(Item(f"{n}", f"https://example.org/{n}") for n in run)) for run in ((1, 2), (8, 9)))
    )
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    first = await installation.fetch_one()
    second = await installation.fetch_one()
    assert (first.suspected_loss, second.suspected_loss) == (False, True)
    assert installation.value("SELECT count(*) FROM polls WHERE suspected_loss = 1") == 1
    assert installation.value("SELECT suspected_loss_at FROM sources")
    assert installation.value("SELECT interval_s FROM sources") < 1800


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
async def test_large_feeds_do_not_block_the_event_loop(installation: Installation):
    for name in "abc":
        items = (
            Item(f"第{n}篇", f"https://example.org/{name}/{n}?utm_source=x", text=prose(name, 3)) for n in range(1500)
        )
        installation.server.route(f"/{name}", Answer(body=rss(*items)))
    installation.configure(*({"name": name, "path": f"/{name}", "article": "never"} for name in "abc"))
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        held = await leases.lease_sources(stored, context)
        polls = asyncio.gather(*(pipeline.poll(source, context) for source in held))
        pauses = []
        while not polls.done():
            before = time.thread_time()
            await asyncio.sleep(0.002)
            # The loop's own CPU time: what else runs on this machine does not count.
            pauses.append(time.thread_time() - before)
        assert [poll.new for poll in await polls] == [1500] * 3
    # One step may be the garbage collector's, or the first of its kind.
    longest = sorted(pauses)[-2]
    assert longest < 0.05, f"{longest:.3f} s in one step"


TEASER, EDITED = "摘要：居民来到河边。", "摘要：居民来到河边，有更正。"


async def edited(
    installation: Installation, *pages: Answer, first: str = TEASER, then: Item | None = None
) -> dict[str, Any]:
    """The post of one entry that is edited between two polls, and whose page answers in turn."""
    link = installation.server.url("/a/1")
    installation.server.route("/a/1", *pages)
    installation.server.route(
        "/f", feed(Item("渡轮停航", link, text=first)), feed(then or Item("渡轮停航（更正）", link, text=EDITED))
    )
    installation.configure({"name": "甲", "path": "/f"})
    await installation.fetch_one()
    await installation.fetch_one()
    return installation.rows("SELECT * FROM posts")[0]


@pytest.mark.parametrize(
    "later",
    [
        page("登录", "<p>请先登录再继续阅读。</p>"),
        page("Oops", "<p>" + "Internal error, please try again later. " * 30 + "</p>"),
        page("另一篇文章", "<p>" + "交易所周二收盘下跌，分析人士认为利率前景并不明朗。" * 12 + "</p>"),
        Answer(headers={"Content-Type": "text/html"}),
        Answer(status=500),
        Answer(body=b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
    ],
    ids=["login", "error", "another", "empty", "500", "pdf"],
)
async def test_page_with_another_article_does_not_replace_the_text(installation: Installation, later: Answer):
    post = await edited(installation, page("渡轮停航", prose("长江")), later)
    assert "长江的第12段" in post["text"]
    assert (post["title"], post["body_origin"]) == ("渡轮停航（更正）", "page")
    assert installation.value("SELECT count(*) FROM problems") == 1


async def test_an_edited_page_is_an_edit(installation: Installation):
    post = await edited(installation, page("渡轮停航", prose("长江")), page("渡轮停航", prose("黄河")))
    assert "黄河的第12段" in post["text"]
    assert post["revision"] == 2


@pytest.mark.parametrize(
    "then", [Item("渡轮停航", None, text=""), Item("", None, text=prose("长江"))], ids=["no text", "no title"]
)
async def test_emptied_entry_does_not_replace_the_text(installation: Installation, then: Item):
    then = replace(then, link=installation.server.url("/a/1"))
    post = await edited(installation, Answer(status=404), first=prose("长江"), then=then)
    assert "长江的第12段" in post["text"]
    assert post["title"] == "渡轮停航"
    assert post["revision"] == 1


async def test_text_shared_by_several_titles_is_no_article(installation: Installation):
    wall = page("欢迎", "<p>" + "这里的每一页都是同一段话，读者看不到别的。" * 20 + "</p>")
    links = [installation.server.url(f"/a/{n}") for n in (1, 2, 3)]
    for n in (1, 2):
        installation.server.route(f"/a/{n}", wall)
    installation.server.route("/a/3", page("第三篇", prose("长江")))
    names = ("渡轮停航", "大桥通车", "第三篇")
    installation.server.route(
        "/f", feed(*(Item(name, link, text=name) for name, link in zip(names, links, strict=True)))
    )
    installation.configure({"name": "甲", "path": "/f"})
    assert (await installation.fetch_one()).new == 3
    texts = [row["text"] for row in installation.rows("SELECT text FROM posts ORDER BY from_url")]
    assert texts[:2] == ["渡轮停航", "大桥通车"]
    assert "长江的第12段" in texts[2]
    purposes = installation.rows("SELECT purpose FROM visits ORDER BY post_id")
    assert [row["purpose"] for row in purposes] == ["retry", "retry", "revisit"]


TEXT = prose("长江", 24)
NOTE = "<p>欢迎读者给编辑部写信，谈谈下个月想看什么。</p>"
CORRECTION = "<p>更正：本文先前写错了河流的名字，特此说明，并向读者致歉。</p>"


@pytest.mark.parametrize(
    ("later", "later_page", "words", "edits"),
    [
        (TEXT, NOTE + TEXT, "下个月", 0),
        (TEXT + CORRECTION, NOTE + TEXT + CORRECTION, "下个月", 1),
        # The page is behind the feed.
        (TEXT + CORRECTION, NOTE + TEXT, "更正", 1),
    ],
)
async def test_a_feed_that_has_whole_texts_from_now_on(
    installation: Installation, later: str, later_page: str, words: str, edits: int
):
    """Which of two texts is stored, the page's with a note or the feed's without it, is no edit of the site."""
    link = installation.server.route("/a", page("一", NOTE + TEXT), page("一", later_page))
    installation.server.route("/f", feed(Item("一", link, text="摘要")), feed(Item("一", link, text=later)))
    installation.configure({"name": "甲", "path": "/f"})
    await installation.fetch_one()
    assert installation.value("SELECT body_origin FROM posts") == "page"
    poll = await installation.fetch_one()
    assert poll.updated == edits
    assert installation.value("SELECT count(*) FROM edits") == edits
    assert words in installation.value("SELECT text FROM posts")
    assert (await installation.fetch_one(force=True)).updated == 0


async def test_an_edit_of_title_and_text_is_one_also_where_pages_are_read_from_now_on(installation: Installation):
    link = installation.server.route("/a", page("渡轮五月停航", NOTE + TEXT + CORRECTION))
    entries = Item("渡轮四月改点", link, text=TEXT), Item("渡轮五月停航", link, text=TEXT + CORRECTION)
    installation.server.route("/f", *(feed(entry) for entry in entries))
    for article in ("never", "always"):
        installation.configure({"name": "甲", "path": "/f", "article": article})
        await installation.fetch_one()
    assert installation.rows("SELECT title, body_origin FROM posts") == [
        {"title": "渡轮五月停航", "body_origin": "page"}
    ]
    assert installation.rows("SELECT reason FROM edits") == [{"reason": "entry"}]
