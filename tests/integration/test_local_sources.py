"""Sources that are files and programs, through the whole line; and ways by which none may come in."""

import json
import sys

import pytest

from ingestd.model.errors import Outcome
from tests.support.installation import Installation, Item, feed, page, prose, rss
from tests.support.server import Answer

ALLOWED = "allow_commands = true\n"


@pytest.fixture
def article(installation: Installation) -> str:
    installation.server.route("/1", page("渡轮停航", prose("渡轮")))
    return installation.server.url("/1")


async def test_a_file_is_polled_as_a_feed(installation: Installation, article: str):
    path = installation.folder / "feed.xml"
    path.write_text(rss(Item("渡轮停航", article)), encoding="utf-8")
    installation.configure({"name": "甲", "url": f"file://{path}"}, fetch=ALLOWED)
    poll = await installation.fetch_one()
    assert (poll.outcome, poll.new, poll.http_status) == (Outcome.OK, 1, None)
    assert installation.value("SELECT body_origin FROM posts") == "page"
    assert (await installation.fetch_one()).outcome is Outcome.UNCHANGED
    path.unlink()
    poll = await installation.fetch_one()
    assert (poll.outcome, poll.error) == (Outcome.LOCAL_FEED_FAILED, "it cannot be read: No such file or directory")


@pytest.mark.process
async def test_a_program_is_polled_as_a_feed(installation: Installation, article: str):
    path = installation.folder / "feed.xml"
    path.write_text(rss(Item("渡轮停航", article)), encoding="utf-8")
    command = [sys.executable, "-S", "-c", f"import sys; sys.stdout.write(open({str(path)!r}).read())", "--key=sesame"]
    installation.configure({"name": "甲", "command": command}, fetch=ALLOWED)
    poll = await installation.fetch_one()
    assert (poll.outcome, poll.new, poll.http_status) == (Outcome.OK, 1, None)
    path.unlink()
    poll = await installation.fetch_one()
    assert poll.outcome is Outcome.LOCAL_FEED_FAILED
    assert "FileNotFoundError" in str(poll.error)
    _, out, _ = installation.command("status")
    assert "Try it by hand" in out
    assert "sesame" not in out + json.dumps([dict(row) for row in installation.rows("SELECT * FROM sources")])


async def test_neither_redirects_nor_entries_lead_to_a_file(installation: Installation):
    path = installation.folder / "feed.xml"
    path.write_text(rss(Item("渡轮停航", f"file://{path}")), encoding="utf-8")
    installation.server.route("/to-file", Answer(302, headers={"Location": f"file://{path}"}))
    installation.server.route("/f", feed(Item("一", f"file://{path}", guid="1")))
    installation.configure({"name": "甲", "path": "/to-file"}, {"name": "乙", "path": "/f"}, fetch=ALLOWED)
    polls = await installation.fetch()
    assert polls["甲"].outcome in (Outcome.REDIRECT_FAILED, Outcome.ADDRESS_REFUSED)
    assert polls["乙"].new == 1
    assert installation.value("SELECT count(*) FROM pages") == 0


def test_lists_and_sources_add_take_none_and_export_gives_none(installation: Installation):
    path = installation.folder / "feed.xml"
    path.write_text(rss(Item("渡轮停航", None)), encoding="utf-8")
    installation.configure({"name": "甲", "url": f"file://{path}"}, fetch=ALLOWED)
    before = installation.path.read_text(encoding="utf-8")
    assert installation.command("sources", "add", f"file://{path}")[0] == 2
    assert installation.command("sources", "add", "command:true")[0] == 2
    (installation.folder / "urls").write_text(f'file://{path}\ncommand:true\n"exec:true" x\nfilter:true:http://a/\n')
    opml = installation.folder / "l.opml"
    opml.write_text(f'<opml><body><outline type="rss" text="x" xmlUrl="file://{path}"/></body></opml>')
    for given in ("urls", "l.opml"):
        installation.command("sources", "import", str(installation.folder / given))
    assert installation.path.read_text(encoding="utf-8") == before
    assert "file:" not in installation.command("sources", "export")[1]
    status, out, _ = installation.command("sources", "check", "--json")
    assert (status, json.loads(out)[0]["entries"]) == (0, 1)
