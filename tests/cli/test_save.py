"""`ingestd save`: single pages become posts once, with all that pages have; what fails is said."""

import io
import json

import pytest

from tests.archive.images.test_formats import png
from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer


@pytest.fixture
def site(installation: Installation) -> Installation:
    """Two pages, a redirect to the first, and a page that names the first as its canonical address."""
    server = installation.server
    canonical = f'<link rel="canonical" href="{server.url("/a")}">'
    server.route("/a", page("长江的渡轮", prose("长江"), head=canonical))
    server.route("/b", page("黄河的桥", prose("黄河")))
    server.route("/old", Answer(301, headers={"Location": "/a"}))
    server.route("/print", page("长江的渡轮", prose("长江"), head=canonical))
    server.route("/empty", page("", ""))
    server.route("/red.png", Answer(body=png(3, 2)))
    installation.configure()
    return installation


def save(site: Installation, *arguments: str) -> tuple[int, list[tuple[str, int | None]], list[str | None]]:
    status, out, _ = site.command("save", *arguments, "--json")
    rows = json.loads(out)
    return status, [(row["found"], row["post_id"]) for row in rows], [row["error"] for row in rows]


def test_a_page_is_stored_once_under_whatever_address(site: Installation):
    url = site.server.url
    assert save(site, url("/a"))[:2] == (0, [("saved", 1)])
    assert save(site, url("/b"))[:2] == (0, [("saved", 2)])
    again = (url("/a?utm_source=x"), url("/old"), url("/print"))
    assert save(site, *again)[:2] == (0, [("known", 1)] * 3)
    [row] = site.rows("SELECT * FROM posts WHERE id = 1")
    assert (row["title"], row["from_url"], row["tags"]) == ("长江的渡轮", url("/a"), '["saved"]')
    assert "第12段" in row["text"]
    assert site.value("SELECT name FROM sources WHERE id = ?", row["source_id"]) == "saved"
    assert site.value("SELECT count(*) FROM pages") == 2
    assert site.rows("SELECT DISTINCT purpose FROM visits")[0]["purpose"] == "revisit"
    asked = len(site.server.requests)
    assert save(site, url("/a"))[1] == [("known", 1)]
    assert len(site.server.requests) == asked, "a known address is not asked for"


def test_two_addresses_of_one_article_at_once_give_one_post(site: Installation):
    status, found, _ = save(site, site.server.url("/print"), site.server.url("/old"), site.server.url("/a"))
    assert (status, sorted(kind for kind, _ in found)) == (0, ["known", "known", "saved"])
    assert {post_id for _, post_id in found} == {1}


def test_what_a_feed_has_brought_is_known_and_what_is_saved_is_known_to_feeds(site: Installation):
    url = site.server.url
    site.server.route("/f", feed(Item("黄河的桥", url("/b")), Item("长江的渡轮", url("/a"))))
    assert save(site, url("/a"))[1] == [("saved", 1)]
    site.configure({"name": "甲", "path": "/f"})
    assert site.command("fetch")[0] == 0
    assert save(site, url("/b"))[1] == [("known", 2)]
    assert site.value("SELECT count(*) FROM posts") == 2


def test_each_failure_has_its_line_and_the_others_are_stored(site: Installation):
    url = site.server.url
    status, out, err = site.command("save", url("/none"), url("/a"), "file:///etc/passwd", "gopher", url("/empty"))
    assert (status, out) == (1, "saved  1  长江的渡轮\n")
    assert [line.split(": ")[1] for line in err.splitlines() if line.startswith("ingestd: ")] == [
        url("/none"),
        "file:///etc/passwd",
        "gopher",
        url("/empty"),
    ]
    assert "404" in err
    assert "1 saved, 4 failed" in err
    assert site.value("SELECT count(*) FROM posts") == 1


def test_a_feed_is_no_page(site: Installation):
    site.server.route("/feed", feed(Item("长江的渡轮", site.server.url("/a"))))
    status, found, errors = save(site, site.server.url("/feed"))
    assert (status, found) == (1, [("failed", None)])
    assert "the address is that of a feed" in str(errors[0])
    assert site.value("SELECT count(*) FROM posts") == 0


def test_a_pipe_gives_one_address_per_line(site: Installation, monkeypatch: pytest.MonkeyPatch):
    url = site.server.url
    lines = f"\ufeff{url('/a')}\r\n\n# later\n  {url('/b')}\n{url('/a')}\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    status, found, _ = save(site)
    assert (status, [kind for kind, _ in found]) == (0, ["saved", "saved", "known"])
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert save(site, "-") == (0, [], [])


def test_a_terminal_without_addresses_is_wrong_usage(site: Installation, monkeypatch: pytest.MonkeyPatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    status, _, err = site.command("save")
    assert (status, "no address" in err) == (2, True)


def test_a_deleted_post_is_not_stored_again(site: Installation):
    save(site, site.server.url("/a"))
    assert site.command("posts", "delete", "1")[0] == 0
    status, _, errors = save(site, site.server.url("/a"))
    assert status == 1
    assert "was deleted" in str(errors[0])


def test_images_are_stored_where_they_are_asked_for(site: Installation):
    site.server.route(
        "/pictures", page("两张照片", prose("照片", 6) + '<figure><img src="/red.png"></figure>' + prose("水", 6))
    )
    status, out, _ = site.command("save", site.server.url("/pictures"), "--media", "--tag", "照片", "--tag", "水")
    assert (status, site.value("SELECT tags FROM posts")) == (0, '["照片", "水"]')
    assert [row["outcome"] for row in site.rows("SELECT outcome FROM media")] == ["ok"], out


def test_status_shows_the_source_and_a_visit_reads_its_pages(site: Installation):
    save(site, site.server.url("/a"))
    site.configure({"name": "甲", "path": "/f"})
    site.server.route("/f", feed(Item("黄河的桥", site.server.url("/b"))))
    site.command("fetch")
    _, out, _ = site.command("status")
    assert "single pages" in next(line for line in out.splitlines() if line.startswith("saved"))
    site.server.route("/a", page("长江的渡轮", prose("长江") + "<p>更正：渡轮于晚间恢复通航，比先前的时间早。</p>"))
    status, out, _ = site.command("visit", "1", "--json")
    assert (status, json.loads(out)[0]["found"]) == (0, "changed")
