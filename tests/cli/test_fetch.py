"""`ingestd fetch`, and what the other commands show of it: texts, JSON, exit status."""

import json
import os
import sqlite3
from contextlib import closing

import pytest

from ingestd.cli.main import run_command
from tests.archive.images.test_formats import png
from tests.support.installation import Installation, Item, feed, prose
from tests.support.other_user import OTHER_ID, OtherUser
from tests.support.server import Answer


async def test_json_of_every_listing_after_a_fetch(stored: Installation, capsys: pytest.CaptureFixture[str]):
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
    keys = {"name", "outcome", "http_status", "entries", "new", "updated", "duplicate", "filtered", "failed", "seconds"}
    assert all(set(row) == keys | {"error"} for row in found["sources"])
    assert [(row["name"], row["outcome"]) for row in found["sources"]] == [("甲", "ok"), ("坏", "server-error")]
    events = [json.loads(line) for line in err.splitlines()]
    assert sorted(line["source"] for line in events if line["event"] == "poll") == ["坏", "甲"]
    assert [line["outcome"] for line in events if line["event"] == "problem"] == ["not-found"]


def test_unknown_source_is_wrong_usage(stored: Installation, capsys: pytest.CaptureFixture[str]):
    assert run_command(["fetch", "乙", "--config", str(stored.path)]) == 2
    assert capsys.readouterr().err.startswith("ingestd: no source is named '乙'")
    assert stored.server.requests == []


@pytest.mark.parametrize("command", ["run", "fetch"])
def test_unwritable_database_is_one_error_line(stored: Installation, command: str, capsys: pytest.CaptureFixture[str]):
    stored.path.write_text(stored.path.read_text().replace(str(stored.database), f"{stored.path}/ingestd.db"))
    assert run_command([command, "--config", str(stored.path)]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("ingestd: the database ")
    assert stored.server.requests == []


def test_database_error_during_a_poll_is_one_error_line(stored: Installation):
    stored.execute("CREATE TRIGGER broken BEFORE INSERT ON polls BEGIN SELECT RAISE(ABORT, 'no room'); END")
    status, _, err = stored.run("fetch")
    assert status == 1
    assert "Traceback" not in err
    assert err.splitlines()[-1].endswith("cannot be written: no room")
    assert stored.value("SELECT count(*) FROM leases") == 0


def test_what_roots_fetch_makes_belongs_to_the_owner_of_the_folder(installation: Installation, other_user: OtherUser):
    server, home = installation.server, installation.folder / "home"
    image = server.route("/red.png", Answer(body=png(3, 2), headers={"Content-Type": "image/png"}))
    server.route("/f", feed(Item("一", server.url("/a"), prose("长江") + f'<p><img src="{image}"></p>')))
    installation.database = home / "ingestd.db"
    installation.configure({"name": "甲", "path": "/f", "article": "never", "media": True})
    home.mkdir()
    os.chown(home, OTHER_ID, OTHER_ID)
    assert installation.command("fetch")[0] == 0
    with closing(sqlite3.connect(installation.database)) as reader:
        assert reader.execute("SELECT count(*) FROM media WHERE hash IS NOT NULL").fetchone() == (1,)
        made = sorted(home.rglob("*"))
        assert {path.name for path in made} > {"ingestd.db", "ingestd.db-wal", "ingestd.db.media"}
        assert len([path for path in made if path.suffix == ".png"]) == 1
        assert [path for path in made if (path.stat().st_uid, path.stat().st_gid) != (OTHER_ID, OTHER_ID)] == []
    with other_user(home), closing(sqlite3.connect(installation.database)) as daemon, daemon:
        daemon.execute("UPDATE sources SET failures = 0")


def test_a_database_that_is_made_is_logged_with_its_whole_path(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
):
    """As under cron, where a relative path begins in the home directory."""
    monkeypatch.chdir(installation.folder)
    installation.server.route("/f", feed())
    installation.configure({"name": "甲", "path": "/f"})
    text = installation.path.read_text()
    installation.path.write_text(text.replace(f"sqlite:///{installation.database}", "sqlite:///var/i.db"))
    status, _, err = installation.command("status")
    assert status == 1
    assert f"the database {installation.folder}/var/i.db does not exist yet" in err
    status, _, err = installation.command("fetch")
    assert status == 0
    assert f'"event": "created", "database": "{installation.folder}/var/i.db"' in err
