"""What is printed: no secrets, no control characters of stored texts, on any standard streams."""

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from ingestd.cli import output
from ingestd.cli.main import run_command
from tests.support.installation import ROOT, Installation, Item, feed, page, prose
from tests.support.server import Answer

NAME = "联合早报"


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


async def test_control_characters_of_stored_texts_are_escaped(
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


@pytest.fixture
def one_article(installation: Installation) -> Installation:
    installation.server.route("/f", feed(Item("渡轮停航", installation.server.url("/a/1"))))
    installation.server.route("/a/1", page("渡轮停航", prose("长江")))
    installation.configure({"name": NAME, "path": "/f"})
    return installation


def shell(installation: Installation, command: str, **variables: str) -> tuple[int, str, str]:
    line = f"{sys.executable} -m ingestd --config {installation.path} {command}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run(
        ["/bin/sh", "-c", line], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", ["posts list", "status --json", "export csv --out -"])
def test_unwritable_output(one_article: Installation, monkeypatch: pytest.MonkeyPatch, command: str):
    one_article.command("fetch")
    arguments = ["--config", str(one_article.path), *command.split()]
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run_command(arguments) == 1
    assert err.getvalue() == "ingestd: the output cannot be written: No space left on device\n"
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", again := io.StringIO())
    assert run_command(arguments) == 0
    sys.stdout.close()
    assert again.getvalue() == ""


def test_a_process_with_unwritable_or_closed_streams(one_article: Installation):
    assert shell(one_article, "fetch >&- 2>&- <&-")[0] == 0
    assert one_article.value("SELECT count(*) FROM posts") == 1
    assert one_article.value("PRAGMA integrity_check") == "ok"
    status, _, err = shell(one_article, "posts list >/dev/full")
    assert (status, err) == (1, "ingestd: the output cannot be written: No space left on device\n")
    status, _, err = shell(one_article, "posts list >&-")
    assert (status, err) == (0, "")


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({"PYTHONIOENCODING": "latin-1"}, "\\u6e21\\u8f6e"),
        ({"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, "渡轮"),
    ],
    ids=["latin-1", "POSIX"],
)
def test_characters_outside_the_charset_are_escaped(one_article: Installation, variables: dict[str, str], shown: str):
    one_article.command("fetch")
    status, out, err = shell(one_article, f"posts list --source {NAME}", **variables)
    assert (status, err) == (0, "")
    assert shown in out


def test_json_is_written_in_blocks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(output, "_PIECES_OF_BLOCK", 3)
    written = []
    monkeypatch.setattr(typer, "echo", lambda text="", nl=True: written.append(text + "\n" * nl))
    value = {"sources": [{"name": f"联合 {n}\u2028", "days": [0, 1], "more": {}} for n in range(9)], "none": None}
    output.print_json(value)
    assert len(written) > 9
    assert "".join(written) == json.dumps(value, ensure_ascii=False, indent=2).replace("\u2028", "\\u2028") + "\n"
