"""Sites that move, end to end: an article that comes under another address is the same article."""

import pytest

from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer

TOPICS = ["长江", "黄河", "太湖", "西湖", "洞庭湖"]


def items(address: str, *, guid: str | None = None, count: int = 5) -> list[Item]:
    """The articles of a site, at `address.format(n)`."""
    return [
        Item(
            f"{topic}水情",
            address.format(n),
            f"{topic}的水位昨夜上涨，沿岸各县已经通知居民把船只和牲畜移到高处，渡口停航。",
            guid.format(n) if guid else None,
            f"Sun, {n + 10} Apr 2021 15:18:00 +0800",
        )
        for n, topic in enumerate(TOPICS[:count])
    ]


OLD = "http://news.example/m/{}"


@pytest.mark.parametrize(
    "address",
    [
        "http://mail.news.example/m/{}",
        "https://www.news.example/m/{}",
        "https://other.example/m/{}",
        "http://news.example/articles/{}",
        "http://news.example/m/{}.html",
        "http://news.example/?p={}",
    ],
)
async def test_moved_articles_are_stored_once(installation: Installation, address: str):
    installation.server.route(
        "/f", feed(*items(OLD, guid=OLD, count=3)), *(feed(*items(address, guid=address)) for _ in range(2))
    )
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    polls = [await installation.fetch_one(force=True) for _ in range(3)]
    assert [(poll.new, poll.duplicate) for poll in polls] == [(3, 0), (2, 3), (0, 0)]
    assert installation.value("SELECT count(*) FROM posts") == 5
    status, explained, _ = installation.command("posts", "explain", address.format(1))
    assert status == 0
    assert f"from {OLD.format(1)}" in explained
    assert "the article moved there" in explained


async def test_moved_articles_whose_pages_are_fetched(installation: Installation):
    for folder in ("old", "new"):
        for n, topic in enumerate(TOPICS):
            installation.server.route(f"/{folder}/{n}", page(f"{topic}水情", prose(topic)))
    old, new = (installation.server.url(f"/{folder}/{{}}") for folder in ("old", "new"))
    installation.server.route("/f", feed(*items(old)), feed(*items(new)))
    installation.configure({"name": "甲", "path": "/f"})
    assert [(await installation.fetch_one()).new for _ in range(2)] == [5, 0]
    assert installation.value("SELECT count(*) FROM posts WHERE body_origin = 'page'") == 5


async def test_page_that_is_edited_when_it_moves_is_visited_at_once(installation: Installation):
    edited = prose("长江") + "<p>更正：渡轮五月停航，先前的报道写错了月份。</p>"
    for n, topic in enumerate(TOPICS):
        moved = Answer(301, headers={"Location": f"/new/{n}"})
        installation.server.route(f"/old/{n}", page(f"{topic}水情", prose(topic)), moved)
        installation.server.route(f"/new/{n}", page(f"{topic}水情", edited if n == 0 else prose(topic)))
    old, new = (installation.server.url(f"/{folder}/{{}}") for folder in ("old", "new"))
    installation.server.route("/f", feed(*items(old)), feed(*items(new)))
    installation.configure({"name": "甲", "path": "/f"})
    assert [(await installation.fetch_one()).new for _ in range(2)] == [5, 0]
    assert await installation.visit() == 1
    assert installation.rows("SELECT from_url, reason FROM edits") == [{"from_url": old.format(0), "reason": "page"}]
    assert "更正" in installation.value("SELECT text FROM posts WHERE title = '长江水情'")


@pytest.mark.parametrize("summary", ["", "长江的水位昨夜上涨，沿岸各县已经通知居民把船只和牲畜移到高处，渡口停航。"])
async def test_page_that_could_not_be_read_at_the_old_address_gives_its_text_at_the_new_one(
    installation: Installation, summary: str
):
    server, published = installation.server, "Sun, 10 Apr 2021 15:18:00 +0800"
    text = f"<p>{TOPICS[0]}的水位昨夜上涨，沿岸各县已经通知居民把船只和牲畜移到高处，渡口停航。</p>{prose(TOPICS[0])}"
    server.route("/robots.txt", Answer(body="User-agent: *\nDisallow: /old/"))
    old = server.route("/old/1", page("长江水情", text))
    new = server.route("/new/1", page("长江水情", text))
    other = server.route("/old/2", page("黄河水情", prose(TOPICS[1])))
    entries = (Item("长江水情", link, summary, None, published) for link in (old, new))
    server.route("/f", *(feed(entry, Item("黄河水情", other)) for entry in entries))
    installation.configure({"name": "甲", "path": "/f"})
    assert [(await installation.fetch_one()).new for _ in range(2)] == [2, 0]
    [post] = installation.rows("SELECT * FROM posts WHERE title = '长江水情'")
    assert (post["from_url"], post["body_origin"], post["revision"]) == (old, "page", 1)
    assert "长江的第12段" in post["text"]
    assert installation.rows("SELECT * FROM edits") == []
    assert installation.rows("SELECT purpose FROM visits WHERE post_id = ?", post["id"]) == [{"purpose": "revisit"}]


async def test_moved_articles_whose_pages_fail_at_the_new_address(installation: Installation):
    for n, topic in enumerate(TOPICS):
        installation.server.route(f"/old/{n}", page(f"{topic}水情", prose(topic)))
    old, new = (installation.server.url(f"/{folder}/{{}}") for folder in ("old", "new"))
    installation.server.route("/f", feed(*items(old)), feed(*items(new)))
    installation.configure({"name": "甲", "path": "/f"})
    assert [(await installation.fetch_one()).new for _ in range(2)] == [5, 0]


async def test_moved_articles_are_known_after_the_clock_was_set_back(installation: Installation):
    new = "https://other.example/m/{}"
    installation.server.route("/f", feed(*items(OLD, guid=OLD)), feed(*items(new, guid=new)))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    assert (await installation.fetch_one(force=True)).new == 5
    installation.clock.forward(days=-20 * 365)
    assert (await installation.fetch_one(force=True)).new == 0
    assert installation.value("SELECT count(*) FROM posts") == 5


async def test_articles_listed_side_by_side_are_not_moved(installation: Installation):
    same = [
        Item(
            "值班公告",
            f"http://news.example/{name}",
            "今天的值班表和电话号码请看办公楼门口的公告栏，晚上另有安排，请大家互相转告。",
        )
        for name in "ab"
    ]
    installation.server.route("/f", feed(same[0]), feed(*same), feed(same[1]))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    assert [(await installation.fetch_one()).new for _ in range(3)] == [1, 1, 0]


async def test_the_next_number_is_another_article(installation: Installation):
    one, two = items("http://news.example/notes/{}", count=2)
    two = Item(one.title, two.link, one.text, None, one.date)
    installation.server.route("/f", feed(one), feed(two))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    assert [(await installation.fetch_one()).new for _ in range(2)] == [1, 1]


async def test_another_source_with_the_same_words_is_no_move(installation: Installation):
    installation.server.route("/f", feed(*items(OLD)))
    installation.server.route("/g", feed(*items("http://mirror.example/m/{}")))
    installation.configure(
        {"name": "甲", "path": "/f", "article": "never"}, {"name": "乙", "path": "/g", "article": "never"}
    )
    assert [(await installation.fetch_one(name)).new for name in "甲乙"] == [5, 5]


async def test_a_visit_that_finds_an_article_moved_to_another_post_merges_them(installation: Installation):
    """As in an archive in which moved articles were stored twice: here the title was edited while the site moved."""
    url = installation.server.url
    installation.server.route("/old/1", page("长江水情", prose("长江")))
    installation.server.route("/new/1", page("长江水情", prose("长江")))
    text = "长江的水位昨夜上涨，沿岸各县已经通知居民把船只和牲畜移到高处，渡口停航。"
    before = Item("长江水情", url("/old/1"), text)
    after = Item("长江水情", url("/new/1"), text, date="Sun, 18 Apr 2021 16:00:00 +0800")
    installation.server.route("/f", feed(before), feed(after))
    installation.configure({"name": "甲", "path": "/f"}, schedule='revisit = ["1h"]')
    assert [(await installation.fetch_one()).new for _ in range(2)] == [1, 1]
    installation.server.route("/old/1", Answer(301, headers={"Location": "/new/1"}))
    installation.clock.forward(hours=2)
    await installation.visit()
    assert installation.rows("SELECT id, from_url FROM posts") == [{"id": 1, "from_url": url("/old/1")}]
    status, explained, _ = installation.command("posts", "explain", url("/new/1"))
    assert status == 0
    assert "the article moved there" in explained
    assert installation.value("SELECT count(*) FROM edits") == 0
    assert (await installation.fetch_one(force=True)).new == 0
