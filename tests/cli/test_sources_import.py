"""`ingestd sources import` and `export`: lists of feeds to and from the configuration."""

import json
import os
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ingestd.sources import opml
from tests.cli.commands import Commands
from tests.support.other_user import OTHER_ID, OtherUser

HOSTILE = [
    'quote " backslash \\ end\\',
    "[[sources]]\nname = 'x'",
    "nul \0 del \x7f escape \x1b[31m",
    "bidi \u202eevil\u2066",
    "line\u2028separator\u3000wide",
    "lone \ud800 surrogate",
    "'''",
    "😀👩‍👩‍👧 家庭",
    "x" * 5000,
    "# comment = 1",
]


def sources_of(ingestd: Commands) -> list[dict[str, Any]]:
    return list(tomllib.loads(ingestd.config.read_bytes().decode()).get("sources", []))


@pytest.fixture
def nested(tmp_path):
    path = tmp_path / "list.opml"
    path.write_text(
        '<opml version="2.0"><body><outline text="News"><outline text="中文">'
        '<outline type="rss" text="早报" xmlUrl="https://zb.example/feed"/></outline>'
        '<outline type="rss" text="Daily" xmlUrl="https://d.example/feed"/></outline>'
        '<outline type="rss" text="Daily" xmlUrl="https://other.example/feed"/></body></opml>'
    )
    return path


def test_opml_is_appended_to_the_configuration(ingestd, nested):
    before = ingestd.config.read_text()
    done = ingestd("sources", "import", nested)
    assert done.status == 0
    assert f"3 sources added to {ingestd.config}, 0 were there already" in done.out
    assert ingestd.config.read_text().startswith(before)
    assert sources_of(ingestd) == [
        {"name": "早报", "url": "https://zb.example/feed", "tags": ["News", "中文"]},
        {"name": "Daily", "url": "https://d.example/feed", "tags": ["News"]},
        {"name": "Daily (other.example)", "url": "https://other.example/feed"},
    ]
    assert "0 sources added" in ingestd("sources", "import", nested).out
    assert len(ingestd("sources", "list", "--json").json) == 3


def test_a_cut_list_is_named_and_its_whole_feeds_are_taken(ingestd, tmp_path):
    path = tmp_path / "list.opml"
    feeds = "".join(f'<outline text="F{n}" xmlUrl="https://a.example/{n}"/>\n' for n in range(100))
    path.write_text(f'<opml version="2.0"><body>\n{feeds}'[:2500])
    done = ingestd("sources", "import", path)
    assert done.status == 1
    assert "the list ends before its end, without </opml>: feeds are missing" in done.err
    assert sources_of(ingestd)[-1]["url"] == f"https://a.example/{len(sources_of(ingestd)) - 1}"


def test_an_address_in_capitals_does_not_cost_the_others(ingestd, tmp_path):
    path = tmp_path / "list.opml"
    path.write_text(
        '<opml version="2.0"><body><outline text="AT&T" xmlUrl="HTTP://a.example/?a=1&b=2"/>'
        '<outline text="B" xmlUrl="https://b.example/f"/></body></opml>'
    )
    assert ingestd("sources", "import", path).status == 0
    assert sources_of(ingestd) == [
        {"name": "AT&T", "url": "http://a.example/?a=1&b=2"},
        {"name": "B", "url": "https://b.example/f"},
    ]


def test_a_device_without_an_end_a_folder_and_an_empty_file_are_refused(ingestd, tmp_path):
    before = ingestd.config.read_bytes()
    (tmp_path / "empty.opml").touch()
    for path, says in (
        ("/dev/zero", "/dev/zero: the list is longer than 32 MB"),
        (tmp_path, f"{tmp_path} cannot be read: Is a directory"),
        (tmp_path / "empty.opml", "empty.opml: the list is no OPML: the file is empty"),
        (tmp_path / "none", "none cannot be read: No such file"),
    ):
        done = ingestd("sources", "import", path)
        assert (done.status, done.out) == (1, "")
        assert says in done.err
    assert ingestd.config.read_bytes() == before


def test_a_list_from_a_pipe(ingestd, nested, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(nested.read_bytes()))
    writer.start()
    done = ingestd("sources", "import", tmp_path / "pipe")
    writer.join()
    assert done.status == 0
    assert len(sources_of(ingestd)) == 3


def test_an_empty_configuration_is_filled(ingestd, nested):
    ingestd.config.write_bytes(b"")
    assert ingestd("sources", "import", nested).status == 0
    assert len(sources_of(ingestd)) == 3


def test_dry_run_prints_toml_and_changes_nothing(ingestd, nested):
    before = ingestd.config.read_bytes()
    done = ingestd("sources", "import", nested, "--dry-run")
    assert [one["name"] for one in tomllib.loads(done.out)["sources"]] == ["早报", "Daily", "Daily (other.example)"]
    assert "3 sources would be added" in done.err
    assert ingestd.config.read_bytes() == before


def test_feeds_of_one_site_share_its_tag(ingestd, tmp_path):
    path = tmp_path / "subs.json"
    path.write_text(
        json.dumps(
            [
                {"site": "BBC", "url": "https://bbc.example/a"},
                {"site": "BBC", "url": "https://bbc.example/b"},
                {"site": "BBC", "url": "ftp://bbc.example/c"},
            ]
        )
    )
    done = ingestd("sources", "import", path)
    assert done.status == 1
    assert "1 items could not be taken" in done.err
    assert [one["tags"] for one in sources_of(ingestd)] == [["BBC"], ["BBC"]]
    assert len({one["name"] for one in sources_of(ingestd)}) == 2


@pytest.mark.parametrize("ends", ["\n", "\r\n", ""])
def test_any_title_gives_a_valid_configuration(ingestd, tmp_path, ends):
    ingestd.config.write_bytes(ingestd.config.read_bytes().rstrip().replace(b"\n", (ends or "\n").encode()))
    ingestd.config.write_bytes(ingestd.config.read_bytes() + ends.encode())
    before = ingestd.config.read_bytes()
    path = tmp_path / "subs.json"
    subs = [{"site": title, "url": f"https://h{n}.example/feed"} for n, title in enumerate([*HOSTILE, *HOSTILE])]
    path.write_text(json.dumps(subs))
    assert ingestd("sources", "import", path).status == 0
    listed = ingestd("sources", "list", "--json")
    assert listed.status == 0
    assert len({one["name"] for one in listed.json}) == len(subs)
    after = ingestd.config.read_bytes()
    assert after.startswith(before)
    assert (b"\r\n" in after) == (ends == "\r\n")


def test_configuration_that_cannot_be_appended_to_is_unchanged(ingestd, nested):
    text = 'sources = [{ name = "a", url = "https://a.example/feed" }]\n' + ingestd.config.read_text()
    ingestd.config.write_text(text)
    done = ingestd("sources", "import", nested)
    assert done.status == 2
    assert "cannot be put behind the end" in done.err
    assert ingestd.config.read_text() == text


def test_symbolic_link_and_mode_are_kept(ingestd, nested, tmp_path):
    link = tmp_path / "link.toml"
    link.symlink_to(ingestd.config)
    ingestd.config.chmod(0o640)
    real, ingestd.config = ingestd.config, link
    assert ingestd("sources", "import", nested).status == 0
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert len(sources_of(ingestd)) == 3


def test_exported_sources_can_be_imported(ingestd, tmp_path):
    empty = ingestd.config.read_text()
    with ingestd.config.open("a") as config:
        for number, (name, tags) in enumerate(
            [("早报 & <b>", ["中文", "News"]), ('"quoted"', []), ("Daily", ["News", "a b"]), ("Other", ["Other"])]
        ):
            url = f"https://h{number}.example/feed?a=1&b=2"
            config.write(
                f"[[sources]]\nname = {json.dumps(name)}\nurl = {json.dumps(url)}\ntags = {json.dumps(tags)}\n"
            )
    path = tmp_path / "out.opml"
    assert ingestd("sources", "export", "--out", path).status == 0
    printed = ingestd("sources", "export").out
    assert opml.read_feed_list(printed.encode()) == opml.read_feed_list(path.read_bytes())
    before = {(one["name"], one["url"], tuple(one["tags"])) for one in ingestd("sources", "list", "--json").json}
    ingestd.config.write_text(empty)
    assert ingestd("sources", "import", path).status == 0
    after = {(one["name"], one["url"], tuple(one["tags"])) for one in ingestd("sources", "list", "--json").json}
    # A source without any tag carries its own name from then on: OPML has no way to say "none at all".
    assert {row[:2] for row in after} == {row[:2] for row in before}
    assert {row for row in before if row[2]} <= after


def test_unwritable_export_is_one_error_line(ingestd):
    done = ingestd("sources", "export", "--out", "/nonexistent/list.opml")
    assert (done.status, done.out) == (1, "")
    assert done.err == "ingestd: /nonexistent/list.opml cannot be written: No such file or directory\n"


def test_root_leaves_the_configuration_to_its_owner_and_others_are_told_who_may(
    ingestd: Commands, nested: Path, other_user: OtherUser
):
    os.chown(ingestd.config, 1, OTHER_ID)
    ingestd.config.chmod(0o640)
    with other_user(ingestd.folder):
        done = ingestd("sources", "import", nested)
    assert (done.status, done.out) == (2, "")
    assert f"{ingestd.config} cannot be changed: Permission denied; user nobody may not; run the command with sudo" in (
        done.err
    )
    assert ingestd("sources", "import", nested).status == 0
    found = ingestd.config.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1, OTHER_ID, 0o640)
