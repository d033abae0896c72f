"""The inputs in ../shared/cases, where that folder lies beside the project: what one poll stores of each feed, and what
is read of each page without a feed and without a rule."""

import json
from typing import Any

import pytest

from ingestd.extract.article import extract_article
from ingestd.model.article import Article
from ingestd.model.errors import Outcome
from tests.extract.helpers import page
from tests.support.installation import ROOT, Installation
from tests.support.server import Answer

CASES = ROOT.parent / "shared" / "cases"
EXPECTED = CASES / "feeds/expected.json"
FEEDS = json.loads(EXPECTED.read_text("utf-8")) if EXPECTED.exists() else {}

TWICE = json.loads((CASES / "twice/expected.json").read_text("utf-8")) if FEEDS else {}
PAGES = CASES / "pages"

pytestmark = pytest.mark.skipif(not FEEDS, reason="../shared/cases is not there")


def as_list(value: str | list[str] | None) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def posts_of(installation: Installation) -> list[dict[str, Any]]:
    return installation.rows("SELECT title, author, from_url, date, content, enclosures FROM posts ORDER BY id")


def is_right(post: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """The names of the expectations that the post does not meet."""
    lines = post["content"].replace("<p>", "\n").replace("<br>", "\n").replace("</p>", "\n").split("\n")
    wrong = [
        name
        for name, column in (("title", "title"), ("author", "author"), ("from_url", "from_url"))
        if name in expected and post[column] != expected[name]
    ]
    wrong += ["title_has"] if expected.get("title_has", "") not in (post["title"] or "") else []
    wrong += ["date"] if not post["date"].startswith(expected.get("date", "")) else []
    wrong += [text for text in as_list(expected.get("content_has")) if text not in post["content"]]
    wrong += [text for text in as_list(expected.get("content_not")) if text in post["content"]]
    return wrong + [line for line in as_list(expected.get("lines")) if line not in [one.strip() for one in lines]]


@pytest.mark.parametrize("name", sorted(FEEDS))
async def test_feed_is_stored_as_expected(installation: Installation, name: str):
    case = FEEDS[name]
    body = (CASES / "feeds" / f"{name}.feed").read_bytes()
    installation.server.route("/feed", Answer(body=body, headers={"Content-Type": case["content_type"]}))
    installation.configure({"name": "case", "path": "/feed", "article": "never"})
    await installation.fetch()
    posts = posts_of(installation)
    assert len(posts) == case["posts"], posts
    for expected in case["expect"]:
        assert any(not is_right(post, expected) for post in posts), (expected, posts)


@pytest.mark.parametrize("name", sorted(TWICE))
async def test_posts_of_a_feed_that_answers_twice(installation: Installation, name: str):
    bodies = [(CASES / "twice" / f"{name}.{number}.feed").read_bytes() for number in (1, 2)]
    installation.server.route("/feed", *(Answer(body=body) for body in bodies))
    installation.configure({"name": "case", "path": "/feed", "article": "never"})
    for _ in bodies:
        await installation.fetch(force=True)
    assert installation.value("SELECT count(*) FROM posts") == TWICE[name]["posts_after_both"]


#: What the article of a page must have in its HTML, and what it must not have; how many elements of a kind.
PAGE_HAS = {
    "03video": ["The mayor talks about floods, dams", "watch?v=abcdefghijk"],
    "04paywall": ["TEASER The government", "ninety pages"],
    "07medium": ["MEDIUM 0 sentence 0", "CAPMED", "QUOTE", "ITEM two", "MEDIUM 5"],
    "08telegraph": ["短文一段", "第三段结束", "图注：河水"],
    "10ghrelease": ["Fix the thing", "Full Changelog"],
    "11phpbb": ["FORUM1", "FORUM2", "FORUM3", "FORUM4", "Second part of post 4"],
    "13amp": ["/img/flood", "Amp 0", "Water 1"],
    "14jsonld": ["First LDPART", "Second LDPART"],
    "17sphinx": ["Setup</a></h2>", "Sharing</a></h2>", "Use</a></h2>"],
    "18images": ["<th>Team</th>", "away"],
    "19shortzh": ["路透月度調查顯示", "維持於正9"],
    "20quotetitle": ["据报道"],
    "21-promotion": ["PROMOTION 0", "ADVERTISING-HISTORY 1", "COOKIES 0", "<h2>cookies</h2>"],
    "21-sharing-data": ["SHARING-DATA 0", "<h2>sharing-data</h2>"],
    "22listtable": ["<th>Film</th>"],
    "23headingids": ["<h2>Related work</h2>", "<h2>Ratings</h2>"],
}
PAGE_HAS_NOT = {
    "03video": ["Other video"],
    "04paywall": ["subscri", "Unlimited", "Log in"],
    "07medium": ["Kim Dev", "Oct 1", "Another story", "Listen"],
    "08telegraph": ["匿名作者", "Edit"],
    "11phpbb": ["member1", "SIGNATURE", "A board about", "Posts:"],
    "18images": ["Share", "Another story"],
    "19shortzh": ["推荐新闻"],
}
PAGE_COUNTS = {
    "14jsonld": ("<p>", 2),
    "18images": ("<img ", 10),
    "22listtable": ("<td>", 90),
    "23headingids": ("<h2>", 10),
}
PAGE_DATES = {"03video": "2026-11-18T10:00", "10ghrelease": "2026-11-05T09:30", "08telegraph": "2026-11-20T03:14"}


def article_of(name: str) -> Article:
    body = (PAGES / f"{name}.html").read_bytes()
    return extract_article(None, page(body, "https://daily.test/2026/story.html", "text/html"))


@pytest.mark.parametrize("name", sorted(PAGE_HAS))
def test_page_is_read_as_expected(name: str):
    article = article_of(name)
    assert [text for text in PAGE_HAS[name] if text not in article.html] == []
    assert [text for text in PAGE_HAS_NOT.get(name, ()) if text in article.html] == []
    if name in PAGE_COUNTS:
        kind, count = PAGE_COUNTS[name]
        assert article.html.count(kind) == count
    if name in PAGE_DATES:
        assert article.published is not None and article.published.utc.isoformat().startswith(PAGE_DATES[name])


def test_page_behind_a_wall_says_so_and_a_quoted_title_is_whole():
    assert [problem.outcome for problem in article_of("04paywall").problems] == [Outcome.BEHIND_A_WALL]
    assert (article_of("20quotetitle").title or "").endswith("抛出引来警察")
