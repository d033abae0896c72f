"""Two addresses of one article in one feed, end to end."""

import pytest

from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer

OTHER = "".join(
    f"<p>第{n}号灯塔建于旧码头的尽头，海边的渔船靠它的灯光回家，守塔人每夜要爬{n}0级台阶。</p>" for n in range(1, 12)
)
TEASER = "灯塔的灯昨夜熄灭了一个小时，三条渔船在礁石外面等到天亮，没有人受伤，村里正在凑钱。"


def serve(installation: Installation, status: int, first: Item, second: Item, *, swapped: bool) -> None:
    installation.server.route("/old", Answer(status, headers={"Location": "/new"}))
    installation.server.route("/new", page("长江水情", prose("长江")))
    installation.server.route("/f", feed(*((second, first) if swapped else (first, second))))
    installation.configure({"name": "甲", "path": "/f"})


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("title", ["长江水情", "水位昨夜上涨"])
async def test_an_alias_is_a_second_address_of_the_article(installation: Installation, swapped: bool, title: str):
    url = installation.server.url
    serve(installation, 301, Item(title, url("/old")), Item("长江水情", url("/new")), swapped=swapped)
    poll = await installation.fetch_one()
    assert (poll.new, poll.duplicate, poll.entries) == (1, 1, 2)
    [post] = installation.rows("SELECT * FROM posts")
    assert (post["from_url"], post["title"], post["body_origin"]) == (url("/new"), "长江水情", "page")
    assert installation.value("SELECT count(*) FROM problems") == 0
    keys = {row["key"] for row in installation.rows("SELECT key FROM identities WHERE post_id = ?", post["id"])}
    assert {url("/old").replace("http:", "https:"), url("/new").replace("http:", "https:")} <= keys


@pytest.mark.parametrize("swapped", [False, True])
async def test_an_entry_with_words_of_its_own_is_no_alias(installation: Installation, swapped: bool):
    url = installation.server.url
    own = Item("灯塔熄灭", url("/old"), TEASER)
    serve(installation, 301, own, Item("长江水情", url("/new")), swapped=swapped)
    assert (await installation.fetch_one()).new == 2
    posts = {row["from_url"]: row for row in installation.rows("SELECT * FROM posts")}
    assert posts[url("/old")]["text"] == TEASER
    assert "长江" in posts[url("/new")]["text"]
    assert installation.rows("SELECT url, outcome FROM problems") == [{"url": url("/old"), "outcome": "no-article"}]


async def test_an_alias_that_comes_later(installation: Installation):
    url = installation.server.url
    serve(installation, 301, Item("水位昨夜上涨", url("/old")), Item("长江水情", url("/new")), swapped=False)
    old, new = Item("水位昨夜上涨", url("/old")), Item("长江水情", url("/new"))
    installation.server.route("/f", feed(new), feed(old, new))
    assert [(await installation.fetch_one()).new for _ in range(2)] == [1, 0]
    assert installation.value("SELECT count(*) FROM posts") == 1


async def test_a_wall_that_an_entry_links_to_takes_no_article(installation: Installation):
    url = installation.server.url
    for name in "abc":
        installation.server.route(f"/{name}", Answer(302, headers={"Location": "/new"}))
    installation.server.route("/new", page("订阅本报", OTHER))
    items = [Item(title, url(f"/{name}")) for name, title in zip("abc", ["长江", "黄河涨水", "太湖"], strict=True)]
    installation.server.route("/f", feed(*items, Item("订阅本报", url("/new"))))
    installation.configure({"name": "甲", "path": "/f"})
    assert (await installation.fetch_one()).new == 4
    assert installation.value("SELECT count(*) FROM problems WHERE outcome = 'no-article'") == 3


async def test_a_short_address_with_and_without_its_last_slash(installation: Installation):
    url = installation.server.url
    installation.server.route("/blog/x", Answer(301, headers={"Location": "/blog/x/"}))
    installation.server.route("/blog/x/", page("长江水情", prose("长江")))
    items = [Item("长江水情", url(path), date=None) for path in ("/blog/x", "/blog/x/")]
    installation.server.route("/f", *(feed(item) for item in items))
    installation.configure({"name": "甲", "path": "/f"})
    assert [(await installation.fetch_one()).new for _ in range(2)] == [1, 0]
