"""`ingestd visit` and `fetch --force`: pages of stored posts are read again at once."""

import json
from typing import Any

import pytest

from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer

BEFORE, AFTER = prose("长江"), prose("长江") + "<p>更正：渡轮于晚间恢复通航，比先前报道的时间早了三个小时。</p>"


@pytest.fixture
def article(installation: Installation) -> Installation:
    """Two articles, of which one has no page yet; the first one's page and the feed are answered 304 to validators."""
    server = installation.server
    show(installation, BEFORE)
    server.route("/f", feed(Item("渡轮", server.url("/a")), Item("坏页", server.url("/b")), etag="1"))
    installation.configure({"name": "甲", "path": "/f"})
    assert installation.command("fetch")[0] == 0
    assert plans(installation) == {1: ("revisit", 1), 2: ("retry", 1)}
    return installation


def show(installation: Installation, text: str) -> None:
    """Put a text on the first page, under the ETag that it has always."""
    headers = {"Content-Type": "text/html; charset=utf-8", "ETag": '"same"'}
    answer = page("渡轮", text, headers=headers)
    installation.server.route(
        "/a", lambda request: Answer(304) if request.header("if-none-match") == '"same"' else answer
    )


def plans(installation: Installation) -> dict[int, tuple[str, int]]:
    return {
        row["post_id"]: (row["purpose"], row["attempt"])
        for row in installation.rows("SELECT post_id, purpose, attempt FROM visits")
    }


def visited(installation: Installation, *targets: str) -> tuple[int, list[dict[str, Any]]]:
    status, out, _ = installation.command("visit", *targets, "--json")
    return status, json.loads(out)


def reasons(installation: Installation) -> list[str]:
    return [row["reason"] for row in installation.rows("SELECT reason FROM revisions")]


def test_a_visit_reads_a_page_whatever_its_validators_say(article: Installation):
    url = article.server.url("/a")
    assert visited(article, "1") == (
        0,
        [{"post_id": 1, "url": url, "source": "甲", "found": "unchanged", "error": None}],
    )
    show(article, AFTER)
    status, (found,) = visited(article, url + "?utm_source=x")
    assert (status, found["found"], reasons(article)) == (0, "changed", ["page"])
    assert "更正" in article.value("SELECT text FROM posts WHERE id = 1")
    assert plans(article)[1] == ("revisit", 1)
    article.server.route("/a", Answer(404))
    status, (found,) = visited(article, "1")
    assert (status, found["found"]) == (0, "gone")
    assert article.value("SELECT page_state FROM posts WHERE id = 1") == "gone"


def test_a_visit_reads_a_page_that_could_not_be_read(article: Installation):
    status, (found,) = visited(article, "2")
    assert (status, found["found"]) == (1, "failed")
    assert found["error"]
    assert plans(article)[2] == ("retry", 1)
    article.server.route("/b", page("坏页", prose("黄河")))
    status, (found,) = visited(article, "2")
    assert (status, found["found"]) == (0, "read")
    assert "黄河" in article.value("SELECT text FROM posts WHERE id = 2")
    assert plans(article)[2] == ("revisit", 1)


@pytest.mark.parametrize("target", ["99", "9" * 30, "https://unknown.example/1"])
def test_a_post_that_is_not_stored_is_wrong_usage(article: Installation, target: str):
    status, out, err = article.command("visit", target)
    assert (status, out) == (2, "")
    assert f"{target} (`ingestd " in err


def test_a_source_that_reads_no_pages_is_said(article: Installation):
    article.configure({"name": "甲", "path": "/f", "article": "never"})
    status, (found,) = visited(article, "1")
    assert (status, found["found"]) == (1, "failed")
    assert found["error"] == "no configured source that reads pages lists it"


def test_force_reads_the_pages_of_unchanged_entries_again(article: Installation):
    show(article, AFTER)
    assert article.command("fetch")[0] == 0
    assert "更正" not in article.value("SELECT text FROM posts WHERE id = 1")
    status, out, _ = article.command("fetch", "--force")
    assert status == 0
    assert "2 pages of stored articles read again: 1 changed, 1 failed" in out
    assert "更正" in article.value("SELECT text FROM posts WHERE id = 1")
    assert reasons(article) == ["page"]
    _, out, _ = article.command("fetch", "--force", "--json")
    assert json.loads(out)["visits"] == {"unchanged": 1, "failed": 1}
