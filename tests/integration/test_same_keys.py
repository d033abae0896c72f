"""Feeds whose entries share link and guid, end to end: every article is stored, and none takes another's place."""

import pytest

from tests.support.installation import Installation, Item, feed, page, prose

LINK = "https://example.org/notices/"
DATES = [f"Sun, {day:02} Apr 2021 15:18:00 +0800" for day in range(1, 30)]
NOTICES = [
    Item("Swimming pool closed", LINK, "The pool is closed until Friday, because a pump has to be repaired.", LINK),
    Item("Library hours", LINK, "From May on, readers find the doors open until nine in the evening.", LINK),
    Item("New bus line", LINK, "Line 14 connects the harbour with the hospital every twenty minutes.", LINK),
    Item("Market moves", LINK, "Stalls stand on the church square while the paving is renewed.", LINK),
]
VERSIONS = [Item(f"Version {n}", "N/A", f"Notes of version {n}, in short.", "N/A") for n in range(1, 5)]
REMARKS = [Item(None, LINK + "#r1", text.text, LINK + "#r1") for text in NOTICES]


LIGHTHOUSE = "".join(
    f"<p>第{n}号灯塔建于旧码头的尽头，海边的渔船靠它的灯光回家，守塔人每夜要爬{n}0级台阶。</p>" for n in range(1, 12)
)
DAYS = [
    ("晨报一", "今天的河水比昨天又高了一些，渔民们都在谈论上游的大雨，没有人敢把船开出去。"),
    ("灯塔", "守塔人说，冬天的风暴从来没有像这一回来得早，窗户上的玻璃一夜之间碎了三块。"),
]


def dated(items: list[Item]) -> list[Item]:
    return [Item(item.title, item.link, item.text, item.guid, date) for item, date in zip(items, DATES, strict=False)]


def serve(installation: Installation, *documents: list[Item], article: str = "never") -> None:
    installation.server.route("/f", *(feed(*items) for items in documents))
    installation.configure({"name": "甲", "path": "/f", "article": article})


KINDS = [("titles, dates and texts differ", dated(NOTICES)), ("one date", VERSIONS), ("no titles", dated(REMARKS))]


@pytest.mark.parametrize("items", [kind[1] for kind in KINDS], ids=[kind[0] for kind in KINDS])
async def test_articles_that_share_link_and_guid_are_stored_each(installation: Installation, items: list[Item]):
    serve(installation, items[:3], items[::-1], items[3:], items)
    new = [(await installation.fetch_one()).new for _ in range(4)]
    assert new == [3, 1, 0, 0]
    assert installation.value("SELECT count(*) FROM revisions") == 0
    texts = {row["text"] for row in installation.rows("SELECT text FROM posts")}
    assert texts == {item.text for item in items}


@pytest.mark.parametrize("items", [kind[1] for kind in KINDS], ids=[kind[0] for kind in KINDS])
async def test_one_at_a_time(installation: Installation, items: list[Item]):
    serve(installation, items[:2], *([item] for item in items))
    new = [(await installation.fetch_one()).new for _ in range(5)]
    assert new == [2, 0, 0, 1, 1]
    assert installation.value("SELECT count(*) FROM revisions") == 0


async def test_never_more_than_one_in_the_feed(installation: Installation):
    items = dated(NOTICES)
    serve(installation, *([item] for item in items), *([item] for item in items))
    assert [(await installation.fetch_one()).new for _ in range(8)] == [1, 1, 1, 1, 0, 0, 0, 0]
    assert installation.value("SELECT count(*) FROM revisions") == 0


async def test_a_new_entry_beside_unchanged_ones_with_its_link(installation: Installation):
    """Guids of their own, one link to a page with the latest headlines: it is the page of none of them."""
    headlines = "".join(f"<h2>{item.title}</h2><p>{item.text}</p>" for item in NOTICES)
    link = installation.server.route("/notices", page("Notices", headlines))
    items = [Item(item.title, link, item.text, f"notice-{n}", DATES[n]) for n, item in enumerate(NOTICES)]
    serve(installation, items[:2], items[:3], items, article="auto")
    assert [(await installation.fetch_one()).new for _ in range(3)] == [2, 1, 1]
    stored = installation.rows("SELECT from_url, text FROM posts ORDER BY id")
    assert {row["text"] for row in stored} == {item.text for item in NOTICES}
    assert {row["from_url"] for row in stored} == {f"{link}#guid=notice-{n}" for n in range(4)}
    assert installation.server.to("/notices") == []


async def test_an_edit_of_one_of_them_is_a_revision_of_it(installation: Installation):
    before = dated(NOTICES)
    after = [
        Item("Library hours in May", LINK, before[1].text, LINK, before[1].date) if n == 1 else item
        for n, item in enumerate(before)
    ]
    serve(installation, before, after[::-1], [after[1]])
    assert [((poll := await installation.fetch_one()).new, poll.updated) for _ in range(3)] == [(4, 0), (0, 1), (0, 0)]
    assert installation.rows("SELECT old_title, new_title FROM edits") == [
        {"old_title": "Library hours", "new_title": "Library hours in May"}
    ]


async def test_a_page_that_shows_the_latest_of_a_series(installation: Installation):
    link = installation.server.route(
        "/today",
        page("晨报一", prose("长江")),
        page("灯塔", LIGHTHOUSE),
    )
    first = Item(
        "晨报一", link, "今天的河水比昨天又高了一些，渔民们都在谈论上游的大雨，没有人敢把船开出去。", "today", DATES[0]
    )
    second = Item(
        "灯塔", link, "守塔人说，冬天的风暴从来没有像这一回来得早，窗户上的玻璃一夜之间碎了三块。", "today", DATES[1]
    )
    serve(installation, [first], [second], [second], article="auto")
    assert [((poll := await installation.fetch_one(force=True)).new, poll.updated) for _ in range(3)] == [
        (1, 0),
        (1, 0),
        (0, 0),
    ]
    posts = installation.rows("SELECT title, text, from_url FROM posts ORDER BY id")
    assert [post["title"] for post in posts] == ["晨报一", "灯塔"]
    assert "长江" in posts[0]["text"]
    assert "渔船" in posts[1]["text"]
    assert posts[1]["from_url"].startswith(link + "#guid=")


async def test_a_page_that_fails_leaves_it_open_whether_it_is_an_edit(installation: Installation):
    link = installation.server.route(
        "/today", page("晨报一", prose("长江")), page("", "", status=503), page("晨报一", prose("长江"))
    )
    first = Item(
        "晨报一", link, "今天的河水比昨天又高了一些，渔民们都在谈论上游的大雨，没有人敢把船开出去。", "today", DATES[0]
    )
    second = Item(
        "灯塔", link, "守塔人说，冬天的风暴从来没有像这一回来得早，窗户上的玻璃一夜之间碎了三块。", "today", DATES[1]
    )
    serve(installation, [first], [second], [second], article="auto")
    assert [((poll := await installation.fetch_one(force=True)).new, poll.updated) for _ in range(3)] == [
        (1, 0),
        (0, 0),
        (0, 1),
    ]
    assert installation.value("SELECT title FROM posts") == "灯塔"
