"""What is printed: no secrets, and no control characters of stored texts."""

import base64

import pytest

from ingestd.cli.main import run_command
from tests.support.installation import Installation, Item, feed
from tests.support.server import Answer


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
