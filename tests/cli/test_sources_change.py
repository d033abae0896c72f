"""`ingestd sources add`, `remove`, `pause`, `resume` and `rename`: what they write and say."""

import io
import os
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from ingestd.model.source import Source
from ingestd.store import sources as stored_sources
from ingestd.store.database import Database
from ingestd.text.times import utc_now
from tests.cli.commands import Commands
from tests.cli.test_feed_lookup import RSS
from tests.support.other_user import OTHER_ID, OtherUser
from tests.support.server import Answer, Server

PAGE = (
    '<html><head><link rel="alternate" type="application/rss+xml" href="/f" title="Main">'
    '<link rel="alternate" type="application/rss+xml" href="/comments" title="Comments"></head></html>'
)
TWO = """
# Busy at times:
[[sources]]
name = "A" # the first
url = "https://a.example/f"

# ── Others ──

[[sources]]
name = "B"
url = "https://b.example/f"
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        running.otherwise(Answer(status=404))
        running.route("/f", Answer(body=RSS))
        running.route("/comments", Answer(body=RSS.replace("Daily", "Comments")))
        running.route("/", Answer(body=PAGE, headers={"Content-Type": "text/html"}))
        yield running


@pytest.fixture
def two(ingestd: Commands) -> Commands:
    """Two sources in the configuration."""
    ingestd.config.write_text(ingestd.config.read_text() + TWO)
    return ingestd


def sources_of(ingestd: Commands) -> list[dict[str, Any]]:
    return list(tomllib.loads(ingestd.config.read_text()).get("sources", []))


def test_add_a_feed_by_its_address(ingestd: Commands, server: Server):
    before = ingestd.config.read_text()
    done = ingestd("sources", "add", server.url("/f"), "--tag", "News", "--tag", "中文")
    assert (done.status, done.out) == (
        0,
        f"'Daily' added to {ingestd.config}: entries 1, newest 2024-05-04 10:00 UTC\n",
    )
    assert "systemctl reload ingestd" in done.err
    assert ingestd.config.read_text().startswith(before)
    assert sources_of(ingestd) == [{"name": "Daily", "url": server.url("/f"), "tags": ["News", "中文"]}]
    again = ingestd("sources", "add", server.url("/f").replace("http:", "feed:"))
    assert (again.status, again.out) == (0, f"{server.url('/f')} is there already, as 'Daily'\n")
    assert ingestd("sources", "add", server.url("/comments"), "--name", "Daily").status == 2
    assert len(sources_of(ingestd)) == 1


@pytest.mark.process
def test_add_by_a_name_without_a_scheme(ingestd: Commands, server: Server):
    # The server waits for the rest of what it takes for a request: https is tried for as long as a connection may take.
    assert ingestd("sources", "add", server.url("/f").removeprefix("http://")).status == 0
    assert sources_of(ingestd) == [{"name": "Daily", "url": server.url("/f")}]


def test_add_the_first_feed_of_a_page_and_tell_of_the_others(ingestd: Commands, server: Server):
    done = ingestd("sources", "add", server.url("/"), "--name", "Mine")
    assert done.status == 0
    assert f"2  {server.url('/comments')}  Comments" in done.err
    assert "the first is taken" in done.err
    assert sources_of(ingestd) == [{"name": "Mine", "url": server.url("/f")}]


class Terminal(io.StringIO):
    """A standard stream on a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "status", "path"), [("2\n", 0, "/comments"), ("\n", 0, "/f"), ("3\n", 2, None)])
def test_a_terminal_is_asked_which_feed_is_meant(
    ingestd: Commands, server: Server, monkeypatch: pytest.MonkeyPatch, answer: str, status: int, path: str | None
):
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("sys.stderr", Terminal())
    assert ingestd("sources", "add", server.url("/")).status == status
    assert [one["url"] for one in sources_of(ingestd)] == ([server.url(path)] if path else [])


def test_what_is_no_feed_is_not_added(ingestd: Commands, server: Server):
    before = ingestd.config.read_bytes()
    with Server() as empty:
        empty.otherwise(Answer(body="<html><body>nothing</body></html>"))
        done = ingestd("sources", "add", empty.url("/none"))
        assert (done.status, done.out) == (1, "")
        assert "no feed was found" in done.err
        empty.route("/torn", Answer(body=PAGE, headers={"Content-Type": "text/html"}))
        done = ingestd("sources", "add", empty.url("/torn"))
        assert (done.status, done.out) == (1, "")
        assert "not added; --no-check adds it all the same" in done.err
    assert ingestd("sources", "add", "ftp://a.example/").status == 2
    assert ingestd("sources", "add", server.url("/f"), "--dry-run").out == (
        f'[[sources]]\nname = "Daily"\nurl = "{server.url("/f")}"\n'
    )
    assert ingestd.config.read_bytes() == before
    assert ingestd("sources", "add", "members.example/feed", "--no-check").status == 0
    assert sources_of(ingestd) == [{"name": "members.example", "url": "https://members.example/feed"}]


def test_pause_resume_rename_and_remove_change_nothing_else(two: Commands):
    before = two.config.read_text()
    paused = two("sources", "pause", "A", "B")
    assert (paused.status, paused.out) == (0, "'A' paused\n'B' paused\n")
    assert [one["enabled"] for one in two("sources", "list", "--json").json] == [False, False]
    assert two("sources", "resume", "A").out == "'A' resumed\n"
    assert two("sources", "resume", "A").out == f"'A': nothing to change in {two.config}\n"
    assert two("sources", "rename", "A", "甲").out == "'A' is now '甲'\n"
    assert two.config.read_text() == before.replace(
        'name = "A" # the first\nurl = "https://a.example/f"\n',
        'name = "甲" # the first\nurl = "https://a.example/f"\nenabled = true\n',
    ).replace('b.example/f"\n', 'b.example/f"\nenabled = false\n')
    assert two("sources", "remove", "甲", "--dry-run").out.count("[[sources]]") == 1
    assert two("sources", "remove", "甲").status == 0
    assert [one["name"] for one in sources_of(two)] == ["B"]
    assert "Busy at times" not in two.config.read_text()
    assert "# ── Others ──" in two.config.read_text()


@pytest.mark.parametrize(
    "arguments", [["remove", "C"], ["pause", "A", "C"], ["rename", "A", "B"], ["rename", "A", "x "]]
)
def test_what_cannot_be_done_changes_nothing(two: Commands, arguments: list[str]):
    before = two.config.read_bytes()
    done = two("sources", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("ingestd: ")
    assert two.config.read_bytes() == before


def test_resume_asks_a_withdrawn_feed_again(two: Commands):
    with Database(f"sqlite:///{two.database}") as database:
        database.write(stored_sources.sync, [Source("A", "https://a.example/f")], utc_now())
    two.sql("UPDATE sources SET paused = 1, next_poll_at = '2999-01-01T00:00:00.000Z'")
    assert "'A': its feed was withdrawn; it is asked again now" in two("sources", "resume", "A").out
    assert two.sql("SELECT paused, next_poll_at FROM sources") == [(0, None)]


def test_owner_mode_and_byte_order_mark_stay(two: Commands, other_user: OtherUser):
    two.config.write_bytes(b"\xef\xbb\xbf" + two.config.read_bytes())
    os.chown(two.config, 1, OTHER_ID)
    two.config.chmod(0o640)
    with other_user(two.folder):
        refused = two("sources", "pause", "A")
    assert (refused.status, refused.out) == (2, "")
    assert "user nobody may not; run the command with sudo" in refused.err
    assert two("sources", "pause", "A").status == 0
    found = two.config.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1, OTHER_ID, 0o640)
    assert two.config.read_bytes().startswith(b"\xef\xbb\xbf[database]")
