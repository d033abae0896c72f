"""Articles in several parts, end to end: what is fetched, what is stored, and what later visits change."""

import pytest

from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer

RIVERS = ("长江", "黄河", "珠江", "淮河", "海河", "辽河", "松花江", "钱塘江", "闽江", "汉江", "赣江", "湘江", "沅江")


def part(number: int, following: str | None, name: str | None = None) -> Answer:
    link = f'<p><a href="{following}">下一页</a></p>' if following else ""
    return page("河流", prose(name or RIVERS[number - 1]) + link)


def address(number: int) -> str:
    return "/story.html" if number == 1 else f"/story_{number}.html"


def serve(installation: Installation, count: int) -> None:
    """An article of `count` parts, each leading to the next."""
    for number in range(1, count + 1):
        installation.server.route(address(number), part(number, address(number + 1) if number < count else None))
    installation.server.route("/f", feed(Item("河流", installation.server.url("/story.html"), text="摘要")))
    installation.configure({"name": "甲", "path": "/f"})


def stored(installation: Installation) -> str:
    return str(installation.value("SELECT text FROM posts"))


async def test_all_parts_become_one_article(installation: Installation) -> None:
    serve(installation, 3)
    await installation.fetch_one()
    text = stored(installation)
    assert [text.count(f"{name}的第12段") for name in RIVERS[:3]] == [1, 1, 1]
    assert text.index("长江的第12段") < text.index("黄河的第1段") < text.index("珠江的第1段")
    assert "下一页" not in text
    assert installation.value("SELECT count(*) FROM posts") == 1
    assert installation.value("SELECT count(*) FROM pages") == 1


async def test_number_of_parts_is_limited(installation: Installation) -> None:
    serve(installation, 13)
    await installation.fetch_one()
    assert [name for name in RIVERS if f"{name}的第12段" in stored(installation)] == list(RIVERS[:10])
    assert not installation.server.to(address(11))


@pytest.mark.parametrize(
    ("second", "has_second"),
    [
        (Answer(404), False),
        (Answer(302, headers={"Location": "/story.html"}), False),
        (part(2, "/story_2.html"), True),
        (part(2, "/story.html"), True),
        (part(2, "https://elsewhere.example/story_3.html"), True),
        (part(1, None), False),
    ],
    ids=["missing", "back to the first", "itself", "a circle", "another site", "the first again"],
)
async def test_invalid_next_links_end_the_article(installation: Installation, second: Answer, has_second: bool) -> None:
    serve(installation, 2)
    installation.server.route("/story_2.html", second)
    poll = await installation.fetch_one()
    assert (poll.outcome, poll.new) == ("ok", 1)
    assert stored(installation).count("长江的第12段") == 1
    assert ("黄河的第12段" in stored(installation)) == has_second
    assert len(installation.server.to("/story_2.html")) == 1


async def test_revisit_compares_first_parts_and_replaces_all(installation: Installation) -> None:
    serve(installation, 2)
    await installation.fetch_one()
    installation.clock.forward(days=2)
    assert await installation.visit() == 1
    assert installation.rows("SELECT * FROM revisions") == []
    assert "黄河的第12段" in stored(installation)

    installation.server.route("/story.html", part(1, "/story_2.html", "怒江"))
    installation.clock.forward(days=8)
    assert await installation.visit() == 1
    assert "怒江的第12段" in stored(installation)
    assert "黄河的第12段" in stored(installation)
    assert installation.value("SELECT count(*) FROM revisions") == 1


async def test_extraction_again_keeps_text_of_later_parts(installation: Installation) -> None:
    serve(installation, 2)
    await installation.fetch_one()
    before = stored(installation)
    status, _out, error = installation.run("extract", "--again")
    assert (status, "Traceback" in error) == (0, False)
    assert stored(installation) == before
