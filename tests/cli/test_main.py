"""Commands over a real installation: what they print, their JSON, their exit status."""

import base64
import json
import subprocess
import sys

import pytest

from ingestd.cli.main import COMMANDS, run_command
from tests.support.installation import ROOT, Installation, Item, feed, page, prose
from tests.support.server import Answer


@pytest.fixture
def stored(installation: Installation):
    installation.server.route("/a", page("长江", prose("长江")))
    installation.server.route(
        "/f", feed(Item("长江", installation.server.url("/a")), Item("坏页", installation.server.url("/none")))
    )
    installation.server.route("/bad", Answer(500))
    installation.configure({"name": "甲", "path": "/f"}, {"name": "坏", "path": "/bad"})
    return installation


async def test_fetch_json_status_and_listings(stored: Installation, capsys: pytest.CaptureFixture[str]):
    await stored.fetch()

    def ask(*arguments: str) -> tuple[int, object, str]:
        status = run_command([*arguments, "--config", str(stored.path), "--json"])
        out, err = capsys.readouterr()
        return status, json.loads(out), err

    status, found, _ = ask("status")
    assert status == 0
    by_name = {row["name"]: row for row in found["sources"]}  # type: ignore[index]
    assert by_name["坏"]["last_outcome"] == "server-error"
    assert by_name["坏"]["advice"]
    assert (by_name["甲"]["posts"], by_name["甲"]["problems"]) == (2, 1)
    (problem,) = found["problems"]  # type: ignore[index]
    assert (problem["source"], problem["outcome"]) == ("甲", "not-found")

    _, listed, _ = ask("posts", "list")
    assert [post["title"] for post in listed] == ["坏页", "长江"]  # type: ignore[attr-defined]
    assert {"id", "from_url", "date", "author", "tags", "categories", "revision"} <= set(listed[0])  # type: ignore[index]
    _, shown, _ = ask("posts", "show", "1")
    assert [row["source"] for row in shown["sightings"]] == ["甲"]  # type: ignore[index]
    assert shown["revisions"] == []  # type: ignore[index]
    _, counted, _ = ask("db", "stats")
    assert (counted["posts"], counted["sources"], counted["pages"]) == (2, 2, 1)  # type: ignore[index]
    assert ask("db", "check")[1]["ok"] is True  # type: ignore[index]
    assert ask("config", "check")[1]["sources"] == 2  # type: ignore[index]


def test_fetch_as_a_process(stored: Installation):
    status, out, err = stored.run("fetch", "--json")
    found = json.loads(out)
    assert status == 1
    assert {"sources", "new", "failed"} <= set(found)
    assert (found["new"], found["failed"]) == (2, 1)
    keys = {"name", "outcome", "http_status", "entries", "new", "updated", "duplicate", "failed", "seconds", "error"}
    assert all(set(row) == keys for row in found["sources"])
    assert [(row["name"], row["outcome"]) for row in found["sources"]] == [("甲", "ok"), ("坏", "server-error")]
    events = [json.loads(line) for line in err.splitlines()]
    assert sorted(line["source"] for line in events if line["event"] == "poll") == ["坏", "甲"]
    assert [line["outcome"] for line in events if line["event"] == "problem"] == ["not-found"]


def test_an_unknown_source_does_nothing(stored: Installation, capsys: pytest.CaptureFixture[str]):
    assert run_command(["fetch", "乙", "--config", str(stored.path)]) == 2
    assert capsys.readouterr().err.startswith("ingestd: no source is named '乙'")
    assert stored.server.requests == []


@pytest.mark.parametrize("command", ["run", "fetch"])
def test_a_database_that_cannot_be_written(stored: Installation, command: str, capsys: pytest.CaptureFixture[str]):
    stored.path.write_text(stored.path.read_text().replace(str(stored.database), f"{stored.path}/ingestd.db"))
    assert run_command([command, "--config", str(stored.path)]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("ingestd: the database ")
    assert stored.server.requests == []


def test_a_database_that_fails_on_the_way_is_one_clear_line(stored: Installation):
    stored.execute("CREATE TRIGGER broken BEFORE INSERT ON polls BEGIN SELECT RAISE(ABORT, 'no room'); END")
    status, _, err = stored.run("fetch")
    assert status == 1
    assert "Traceback" not in err
    assert err.splitlines()[-1].endswith("cannot be written: no room")
    assert stored.value("SELECT count(*) FROM leases") == 0


def test_no_secret_is_logged_shown_or_stored(stored: Installation, capsys: pytest.CaptureFixture[str]):
    wanted = "Basic " + base64.b64encode(b"anna:geheim").decode()
    stored.server.route("/f", lambda request: Answer(200 if request.header("authorization") == wanted else 401))
    url = stored.server.url("/f").replace("://", "://anna:geheim@")
    stored.configure({"name": "甲", "url": url, "headers": {"X-Key": "auch-geheim"}}, more='[logs]\nlevel = "debug"')
    _, out, err = stored.run("fetch")
    assert "not-a-feed" in out
    assert stored.server.requests[-1].header("x-key") == "auch-geheim"
    run_command(["status", "--json", "--config", str(stored.path)])
    said = out + err + "".join(capsys.readouterr())
    kept = b"".join(path.read_bytes() for path in stored.folder.glob("ingestd.db*"))
    assert "geheim" not in said
    assert b"geheim" not in kept
    assert wanted.encode() not in kept


async def test_stored_text_cannot_play_tricks_on_a_terminal(
    installation: Installation, capsys: pytest.CaptureFixture[str]
):
    title = "标题\u202egnp.exe\u009b31m"
    installation.server.route("/f", feed(Item(title, "https://example.org/1", text="正文\u202e")))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    await installation.fetch()
    for command in (["posts", "list"], ["posts", "show", "1"], ["posts", "list", "--json"], ["status"]):
        assert run_command([*command, "--config", str(installation.path)]) == 0
        out = "".join(capsys.readouterr())
        assert not set(out) & set("\u202e\u009b\x1b")


def test_help_lists_every_command_and_each_one_teaches(capsys: pytest.CaptureFixture[str]):
    assert run_command(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f" {name} " in out for name in COMMANDS)
    for name in COMMANDS:
        assert run_command([name, "--help"]) == 0
        assert len(capsys.readouterr().out) > 200


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["fetch", "--frobnicate"],
        ["posts", "show", "x"],
        ["posts", "show", "99"],
        ["posts", "show", "9" * 20],
        ["posts", "list", "-n", "9" * 20],
        ["article", "http://["],
        ["article", "ftp://example.org/"],
    ],
)
def test_wrong_usage_is_2(stored: Installation, arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert run_command(["--config", str(stored.path), *arguments]) in ({1, 2} if "article" in arguments else {2})
    assert capsys.readouterr().err


@pytest.mark.process
def test_help_is_light():
    """What `--help` imports: neither database nor network nor parsers."""
    code = "import sys; from ingestd.cli.main import run_command; run_command(['--help']); print(*sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    modules = set(out.splitlines()[-1].split())
    assert not modules & {"sqlalchemy", "alembic", "pydantic", "aiohttp", "lxml", "trafilatura", "feedparser"}
