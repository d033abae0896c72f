"""The inputs in ../shared/cases, where that folder lies beside the project: what one poll stores of each."""

import json
from typing import Any

import pytest

from tests.support.installation import ROOT, Installation
from tests.support.server import Answer

CASES = ROOT.parent / "shared" / "cases"
EXPECTED = CASES / "feeds/expected.json"
FEEDS = json.loads(EXPECTED.read_text("utf-8")) if EXPECTED.exists() else {}

#: Entries that share link and guid.
SEVERAL_AT_ONE_URL = {"guid-na", "moe"}

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


@pytest.mark.parametrize("name", sorted(FEEDS.keys() - SEVERAL_AT_ONE_URL))
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
