"""The command `ingestd browse`: what it needs, and a process that serves until it is told to end."""

import re
import signal
import socket
from contextlib import closing

import httpx
import pytest

from ingestd.cli import browse_
from ingestd.cli.browse import serve
from tests.support.program import Program

TIMEOUT_S = 60


@pytest.mark.parametrize("missing", ["datasette", "uvicorn"])
def test_without_the_extra_one_line_says_how_to_install_it(ingestd, monkeypatch, missing):
    monkeypatch.setattr(browse_, "find_spec", lambda name: None if name == missing else object())
    done = ingestd("browse", "--no-open")
    assert (done.status, done.out) == (1, "")
    assert done.err == "ingestd: `ingestd browse` needs an extra: pip install 'ingestd[browse]'\n"


def test_postgresql_is_not_shown(ingestd, monkeypatch):
    monkeypatch.setenv("INGESTD_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    done = ingestd("browse", "--no-open")
    assert (done.status, done.out) == (1, "")
    assert "`ingestd browse` shows a database in SQLite, and this one is in PostgreSQL" in done.err


def test_database_must_exist(without_database):
    done = without_database("browse", "--no-open")
    assert done.status == 1
    assert "does not exist yet" in done.err


def test_port_in_use(ingestd):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = ingestd("browse", "--no-open", "--port", port)
    assert done.status == 2
    assert f"cannot listen on 127.0.0.1 port {port}: " in done.err
    assert "`--port 0` takes any free port" in done.err


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", {"127.0.0.1:80", "localhost:80", "[::1]:80", "127.0.0.1", "localhost", "[::1]"}),
        ("localhost", {"127.0.0.1:80", "localhost:80", "[::1]:80", "127.0.0.1", "localhost", "[::1]"}),
        ("::1", {"127.0.0.1:80", "localhost:80", "[::1]:80", "127.0.0.1", "localhost", "[::1]"}),
        ("127.0.0.9", {"127.0.0.1", "127.0.0.9"}),
        ("0.0.0.0", None),
        ("::", None),
        ("192.0.2.1", None),
        ("news.example", None),
    ],
)
def test_names_under_which_it_answers(host, names):
    allowed = serve.own_names(host, 80)
    assert allowed is None if names is None else allowed is not None and allowed >= names


def test_browser_is_opened_on_a_desktop_only(monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("sys.platform", "linux")
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(variable, raising=False)
    serve.open_in_browser("http://127.0.0.1:1/")
    assert opened == []
    monkeypatch.setenv("DISPLAY", ":0")
    serve.open_in_browser("http://127.0.0.1:1/")
    assert opened == ["http://127.0.0.1:1/"]


@pytest.mark.process
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_it_is_told_to_end(ingestd, tmp_path, ending):
    before = {path.name for path in ingestd.folder.iterdir()}
    out, err = tmp_path / "out", tmp_path / "err"
    program = Program(
        *("-c", str(ingestd.config), "browse", "--port", "0", "--no-open"),
        folder=tmp_path,
        out=out,
        err=err,
        variables={},
        stop_timeout_s=TIMEOUT_S,
    )
    try:
        url = _wait_for_url(program)
        with httpx.Client(timeout=TIMEOUT_S) as client:
            assert "No posts yet" in client.get(url).text
            assert client.get(f"{url}ingestd/posts.json").json()["rows"] == []
        program.send_signal(ending)
        assert program.wait(TIMEOUT_S) == 0
    finally:
        program.kill()
    assert err.read_text() == ""
    assert {path.name for path in ingestd.folder.iterdir()} == before


def _wait_for_url(program):
    import time

    end = time.monotonic() + TIMEOUT_S
    while time.monotonic() < end and program.poll() is None:
        if program.out.exists() and (found := re.search(r"http://127\.0\.0\.1:\d+/", program.out.read_text())):
            return found[0]
        time.sleep(0.05)
    raise AssertionError(program.err.read_text())
