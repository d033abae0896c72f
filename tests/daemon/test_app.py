"""The daemon as a process: schedule, stop, kill, restart, and `fetch` beside it."""

import asyncio
import json
import logging
import os
import secrets
import signal
import socket
import sqlite3
import threading
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ingestd.cli import run_
from ingestd.cli.session import Session
from ingestd.config.load import load_config
from ingestd.daemon.app import Daemon, Restart
from ingestd.model.errors import ConfigError
from ingestd.store import engine
from ingestd.store.database import Database
from ingestd.store.leases import release_leases
from tests.support.installation import HANG_S, Installation, Item, feed, page, prose, until
from tests.support.server import HANG, Answer, Raw


def started(installation: Installation) -> bool:
    return any(line["event"] == "started" for line in installation.log())


def outcomes(installation: Installation) -> list[str]:
    return [row["outcome"] for row in installation.rows("SELECT outcome FROM polls ORDER BY id")]


def pages(installation: Installation, count: int, *, hanging: int = 0) -> None:
    """A feed of `count` articles under /f; the last `hanging` of them are never answered."""
    installation.server.route("/f", feed(*(Item(f"第{n}篇", installation.server.url(f"/a/{n}")) for n in range(count))))
    for n in range(count):
        hangs = n >= count - hanging
        installation.server.route(f"/a/{n}", Raw(HANG) if hangs else page(f"第{n}篇", prose(f"文{n}")))


def test_due_sources_are_polled_once_across_a_restart(installation: Installation):
    pages(installation, 2)
    installation.server.route("/bad", Answer(500))
    installation.configure({"name": "甲", "path": "/f"}, {"name": "坏", "path": "/bad"})
    with installation.daemon() as daemon:
        until(lambda: len(outcomes(installation)) == 2)
        installation.stop(daemon)
    planned = installation.rows("SELECT name, next_poll_at FROM sources")
    # What is due is polled in one tick: when the source that is new has been polled, the others would have been, too.
    installation.server.route("/new", feed())
    installation.configure({"name": "甲", "path": "/f"}, {"name": "坏", "path": "/bad"}, {"name": "新", "path": "/new"})
    with installation.daemon() as daemon:
        until(lambda: len(outcomes(installation)) == 3)
        installation.stop(daemon)
    assert installation.server.counts()["/f"] == installation.server.counts()["/bad"] == 1
    assert installation.rows("SELECT name, next_poll_at FROM sources WHERE name != '新'") == planned
    assert installation.value("SELECT count(*) FROM posts") == 2
    polls = {line["source"]: line for line in installation.log() if line["event"] == "poll"}
    assert (polls["甲"]["outcome"], polls["甲"]["new"], polls["甲"]["level"]) == ("ok", 2, "info")
    assert (polls["坏"]["outcome"], polls["坏"]["level"]) == ("server-error", "warning")


def test_sigterm_ends_work_in_flight(installation: Installation):
    pages(installation, 3)
    installation.server.route(
        "/a/1", Raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 999\r\n\r\n<p>", HANG)
    )
    installation.server.route("/hang", Raw(HANG))
    installation.server.route("/drip", Answer(body=b"x" * 999, piece=1, pause=0.5))
    installation.configure(
        {"name": "甲", "path": "/f"},
        {"name": "乙", "path": "/hang"},
        {"name": "丙", "path": "/drip"},
    )
    with installation.daemon() as daemon:
        until(
            lambda: (
                installation.server.to("/a/1") and installation.server.to("/hang") and installation.server.to("/drip")
            )
        )
        installation.stop(daemon)
    assert outcomes(installation) == ["interrupted"] * 3
    assert installation.value("SELECT count(*) FROM leases") == 0
    assert installation.value("PRAGMA integrity_check") == "ok"
    assert installation.value("SELECT count(*) FROM sources WHERE failures > 0") == 0
    stored = installation.value("SELECT count(*) FROM posts")
    assert stored + installation.value("SELECT count(*) FROM inbox") == 3
    # What was interrupted is made up for, soon.
    installation.server.route("/a/1", page("第1篇", prose("文1")))
    installation.execute("UPDATE sources SET next_poll_at = '2021-01-01T00:00:00.000Z' WHERE name = '甲'")
    with installation.daemon() as daemon:
        until(lambda: installation.value("SELECT count(*) FROM posts") == 3)
        installation.stop(daemon)
    assert installation.value("SELECT count(*) FROM inbox") == 0


def test_second_sigterm_has_no_effect(installation: Installation):
    installation.server.route("/hang", Raw(HANG))
    installation.configure({"name": "乙", "path": "/hang"})
    with installation.daemon() as daemon:
        until(lambda: installation.server.to("/hang"))
        daemon.send_signal(signal.SIGTERM)
        daemon.send_signal(signal.SIGINT)
        installation.stop(daemon)
    assert outcomes(installation) == ["interrupted"]


def test_sigkill_during_a_poll_loses_and_duplicates_no_post(installation: Installation):
    pages(installation, 20, hanging=12)
    installation.configure({"name": "甲", "path": "/f"})
    with installation.daemon() as daemon:
        until(lambda: len(installation.server.requests) > 6)
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
    before = installation.value("SELECT count(*) FROM posts")
    assert before < 20
    assert installation.value("SELECT count(source_id) FROM leases") == 1
    pages(installation, 20)
    with installation.daemon() as daemon:
        # The dead process of this machine is seen to be dead: its lease is not waited for.
        until(lambda: outcomes(installation) == ["ok"])
        installation.stop(daemon)
    assert installation.value("SELECT count(*) FROM posts") == 20
    assert installation.value("SELECT count(DISTINCT title) FROM posts") == 20
    assert installation.value("SELECT count(*) FROM inbox") == 0


def test_killed_fetch_is_completed_by_the_daemon(installation: Installation):
    pages(installation, 20, hanging=12)
    installation.configure({"name": "甲", "path": "/f"})
    installation.execute(
        "INSERT INTO sources (name, url, config_url, added_at, next_poll_at)"
        " VALUES ('甲', ?, ?, '2026-01-01T00:00:00.000Z', '2999-01-01')",
        *[installation.server.url("/f")] * 2,
    )
    fetch = installation.start("fetch")
    until(lambda: len(installation.server.requests) > 6)
    fetch.kill()
    fetch.communicate()
    pages(installation, 20)
    with installation.daemon() as daemon:
        until(lambda: installation.value("SELECT count(*) FROM posts") == 20)
        installation.stop(daemon)
    assert installation.value("SELECT count(*) FROM inbox") == 0


def test_fetch_beside_the_daemon_never_polls_a_source_twice_at_once(installation: Installation):
    installation.server.route("/hang", Raw(HANG))
    installation.configure({"name": "甲", "path": "/hang"})
    with installation.daemon() as daemon:
        until(lambda: installation.server.to("/hang"))
        status, out, _ = installation.run("fetch")
        assert status == 0
        assert "甲: another process polls it at the moment" in out
        installation.stop(daemon)
    assert installation.server.counts()["/hang"] == 1


def test_a_stop_does_not_wait_for_a_database_that_another_program_holds(installation: Installation):
    installation.server.route("/hang", Raw(HANG))
    installation.configure({"name": "甲", "path": "/hang"})
    with installation.daemon(hurried=True) as daemon, closing(sqlite3.connect(installation.database)) as other:
        until(lambda: installation.server.to("/hang"))
        other.execute("BEGIN IMMEDIATE")
        installation.stop(daemon, last="stopped-hard")


def test_lease_of_a_process_on_another_host_expires(installation: Installation):
    installation.server.route("/f", feed(Item("一", "https://example.org/1")))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    installation.command("fetch")
    installation.execute(
        "INSERT INTO leases (source_id, holder, expires_at)"
        " VALUES (1, 'elsewhere:1:abc', strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+90 seconds'))"
    )
    assert "another process" in installation.command("fetch")[1]
    installation.execute("UPDATE leases SET expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 seconds')")
    status, out, _ = installation.command("fetch")
    assert status == 0
    assert "another process" not in out


def test_lease_left_by_a_failed_write_expires(installation: Installation):
    """Where the outcome of a poll cannot be written, the daemon goes on once the database is writable again."""
    installation.server.route("/f", feed(Item("一", "https://example.org/1"), delay=1))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    installation.execute("CREATE TRIGGER broken BEFORE INSERT ON polls BEGIN SELECT RAISE(ABORT, 'no room'); END")
    with installation.daemon() as daemon:
        until(lambda: any(line["event"] == "store-failed" for line in installation.log()))
        installation.execute("DROP TRIGGER broken")
        # The daemon lets the source rest, but does not keep its lease.
        until(lambda: installation.run("fetch")[0] == 0 and outcomes(installation))
        assert set(outcomes(installation)) <= {"ok", "unchanged"}
        assert len(installation.server.to("/f")) <= 3
        installation.stop(daemon)
    assert installation.value("SELECT count(*) FROM leases") == 0


def test_no_worker_outlives_a_killed_daemon(installation: Installation):
    pages(installation, 1)
    installation.configure({"name": "甲", "path": "/f"})
    with installation.daemon() as daemon:
        until(lambda: outcomes(installation) == ["ok"])
        children = _children(daemon.pid)
        assert children
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        until(lambda: not any(_lives(pid) for pid in children))


def _children(pid: int) -> list[int]:

    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(word) for word in (task / "children").read_text().split()]
    return found


def _lives(pid: int) -> bool:

    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def events(installation: Installation, name: str) -> list[dict[str, object]]:
    return [line for line in installation.log() if line["event"] == name]


def test_sighup_reads_the_configuration_again(installation: Installation):
    pages(installation, 2)
    installation.server.route("/g", feed(Item("新", "https://example.org/new")))
    installation.configure({"name": "甲", "path": "/f"})
    before = installation.path.read_text()
    with installation.daemon() as daemon:
        until(lambda: installation.value("SELECT count(*) FROM posts") == 2)
        installation.path.write_text(before + "\nunknown = 1\n")
        daemon.send_signal(signal.SIGHUP)
        until(lambda: len(events(installation, "reload-failed")) == 1)
        installation.path.unlink()
        daemon.send_signal(signal.SIGHUP)
        until(lambda: len(events(installation, "reload-failed")) == 2)
        installation.configure({"name": "甲", "path": "/f"}, {"name": "乙", "path": "/g", "article": "never"})
        daemon.send_signal(signal.SIGHUP)
        until(lambda: installation.value("SELECT count(*) FROM posts") == 3)
        for _ in range(20):
            daemon.send_signal(signal.SIGHUP)
        until(lambda: len(events(installation, "started")) >= 3)
        assert daemon.poll() is None
        installation.stop(daemon)
    assert installation.server.counts()["/f"] == 1
    assert "stays in force" in str(events(installation, "reload-failed")[0]["error"])


async def test_no_hangup_ends_the_process_while_one_run_follows_another(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
):
    """Between the handlers of two runs there is no moment at which SIGHUP has its default action."""
    installation.configure({"name": "甲", "url": "http://127.0.0.1:9/f"})
    actions: list[object] = []
    set_action = signal.signal

    def recorded(number: int, action: Any) -> Any:
        if number == signal.SIGHUP:
            actions.append(action)
        return set_action(number, action)

    monkeypatch.setattr(signal, "signal", recorded)
    before = signal.getsignal(signal.SIGHUP)
    config = load_config(installation.path, {})
    try:
        with Database(config.database.url) as database:
            for _ in range(2):
                running = asyncio.create_task(Daemon(config, database, load_config=lambda: config).run())
                while not any(callable(action) for action in actions[-1:]):  # noqa: ASYNC110 - the list has no event
                    await asyncio.sleep(0)
                os.kill(os.getpid(), signal.SIGHUP)
                assert await running == Restart(config)
    finally:
        set_action(signal.SIGHUP, before)
    assert [action if isinstance(action, signal.Handlers) else "handler" for action in actions] == [
        "handler",
        signal.SIG_IGN,
        "handler",
        signal.SIG_IGN,
    ]


def is_logged(installation: Installation, name: str, times: int) -> bool:
    return len(events(installation, name)) == times


def test_a_reload_that_would_stop_polling_or_change_the_database_changes_nothing(installation: Installation):
    installation.server.route("/f", feed(Item("一", "https://example.org/1")))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    good = installation.path.read_text()
    head, _, _ = good.partition("[[sources]]")
    other = installation.folder / "other.db"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0ingestd-test-reload-" + secrets.token_hex(8))
        manager.settimeout(HANG_S)
        with installation.daemon(NOTIFY_SOCKET="@" + manager.getsockname()[1:].decode()) as daemon:
            until(lambda: outcomes(installation) == ["ok"])
            for number, text in enumerate(
                ["", "# no key\n", head, "\0" * 4096, good.replace("ingestd.db", "other.db"), good[:-20]], 1
            ):
                installation.path.write_text(text)
                daemon.send_signal(signal.SIGHUP)
                until(partial(is_logged, installation, "reload-failed", number))
            said = [line["error"] for line in events(installation, "reload-failed")]
            assert [
                part in text
                for part, text in zip(
                    ["is empty", "is empty", "names no source", "not valid TOML", "another database", "not valid TOML"],
                    map(str, said),
                    strict=True,
                )
            ] == [True] * 6
            until(
                lambda: (
                    installation.rows("SELECT kind, reason FROM notices")
                    == [{"kind": "reload-failed", "reason": said[-1]}]
                )
            )
            status = ""
            while "the reload failed" not in status:
                status = manager.recv(65536).decode()
            assert status.startswith("STATUS=the reload failed: ")
            installation.path.write_text(good)
            assert "reload-failed at " in installation.command("status")[2]
            assert installation.value("SELECT enabled FROM sources") == 1
            daemon.send_signal(signal.SIGHUP)
            until(lambda: len(events(installation, "started")) == 2)
            assert installation.rows("SELECT * FROM notices") == []
            assert json.loads(installation.command("status", "--json")[1])["notices"] == []
            installation.stop(daemon)
    assert not other.exists()


def test_a_reload_reads_the_same_file_also_where_it_was_found_by_itself(installation: Installation, monkeypatch):
    installation.configure({"name": "甲", "path": "/f"})
    monkeypatch.setenv("INGESTD_CONFIG", str(installation.path))
    session = Session()
    assert session.config.path == installation.path
    monkeypatch.setenv("INGESTD_CONFIG", str(installation.folder / "elsewhere.toml"))
    assert session.reload_config().path == installation.path
    installation.configure({"name": "甲", "path": "/f"}, more='[logs]\nlevel = "error"\n')
    assert session.reload_config().logs.level == "error"
    assert session.config.logs.level == "info"
    assert logging.getLogger("ingestd").level == logging.INFO, "the log follows when the daemon does"
    installation.path.unlink()
    with pytest.raises(ConfigError, match="no such configuration file"):
        session.reload_config()


@pytest.mark.parametrize("command", ["run", "fetch"])
def test_a_start_without_sources_disables_none(installation: Installation, command: str):
    installation.server.route("/f", feed())
    installation.configure({"name": "甲", "path": "/f"})
    installation.command("fetch")
    installation.configure()
    status, out, err = installation.command(command)
    assert (status, out) == (78, "")
    assert "names no source: was it written completely?" in err
    assert installation.value("SELECT enabled FROM sources") == 1


def test_deleted_or_replaced_database_is_detected(installation: Installation):
    pages(installation, 2)
    installation.configure({"name": "甲", "path": "/f"})
    with installation.daemon() as daemon:
        until(lambda: installation.value("SELECT count(*) FROM posts") == 2)
        for file in installation.folder.glob("ingestd.db*"):
            file.unlink()
        until(lambda: installation.database.exists() and len(events(installation, "started")) == 2)
        until(lambda: installation.value("SELECT count(*) FROM posts") == 2)
        installation.stop(daemon)
    assert [line["level"] for line in events(installation, "database-replaced")] == ["error"]
    assert installation.value("PRAGMA integrity_check") == "ok"


def test_a_start_waits_for_a_database_that_another_program_holds(installation: Installation, monkeypatch):
    pages(installation, 1)
    installation.configure({"name": "甲", "path": "/f"})
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 200)
    monkeypatch.setattr(run_, "_PAUSE_S", 0.1)
    said: list[str] = []
    monkeypatch.setattr(run_, "log_event", lambda _name, **fields: said.append(str(fields["error"])))
    with closing(sqlite3.connect(installation.database, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")

        class Starting:
            """As much of the daemon as a locked database stops."""

            def __init__(self, _config: object, database: Database, **_: object) -> None:
                self.database = database

            async def run(self) -> None:
                self.database.write(release_leases, "nobody")

        monkeypatch.setattr(run_, "Daemon", Starting)
        waiting = threading.Thread(target=lambda: run_._run(Restart(load_config(installation.path, {})), None))
        waiting.start()
        until(lambda: len(said) >= 2)
        assert waiting.is_alive()
        other.execute("COMMIT")
        waiting.join(HANG_S)
    assert not waiting.is_alive()
    assert said[0].endswith("database is locked; it is tried again")
