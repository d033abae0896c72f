"""The daemon as a process: schedule, stop, kill, restart, and `fetch` beside it."""

import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from ingestd.cli import run_
from ingestd.config.settings import load_config
from ingestd.store import engine, sources
from ingestd.store.database import Database
from tests.support.house import House, Item, feed, page, prose, stop, until
from tests.support.server import HANG, Answer, Raw


def started(house: House) -> bool:
    return any(line["event"] == "started" for line in house.log())


def outcomes(house: House) -> list[str]:
    return [row["outcome"] for row in house.rows("SELECT outcome FROM polls ORDER BY id")]


def pages(house: House, count: int, **more) -> None:
    """A feed of `count` articles under /f."""
    house.server.route("/f", feed(*(Item(f"第{n}篇", house.server.url(f"/a/{n}")) for n in range(count))))
    for n in range(count):
        house.server.route(f"/a/{n}", page(f"第{n}篇", prose(f"文{n}"), **more))


def test_what_is_due_is_polled_and_a_restart_polls_nothing_twice(house: House):
    pages(house, 2)
    house.server.route("/bad", Answer(500))
    house.configure({"name": "甲", "path": "/f"}, {"name": "坏", "path": "/bad"})
    with house.daemon() as daemon:
        until(lambda: len(outcomes(house)) == 2)
        assert stop(daemon) < 5
    planned = house.rows("SELECT name, next_poll_at FROM sources")
    with house.daemon() as daemon:
        until(lambda: sum(line["event"] == "started" for line in house.log()) == 2)
        time.sleep(2.5)
        assert stop(daemon) < 5
    assert house.server.counts()["/f"] == house.server.counts()["/bad"] == 1
    assert house.rows("SELECT name, next_poll_at FROM sources") == planned
    assert house.value("SELECT count(*) FROM posts") == 2
    polls = {line["source"]: line for line in house.log() if line["event"] == "poll"}
    assert (polls["甲"]["outcome"], polls["甲"]["new"], polls["甲"]["level"]) == ("ok", 2, "info")
    assert (polls["坏"]["outcome"], polls["坏"]["level"]) == ("server-error", "warning")


def test_sigterm_ends_whatever_is_in_flight(house: House):
    pages(house, 3)
    house.server.route(
        "/a/1", Raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 999\r\n\r\n<p>", HANG)
    )
    house.server.route("/hang", Raw(HANG))
    house.server.route("/drip", Answer(body=b"x" * 999, piece=1, pause=0.5))
    house.configure(
        {"name": "甲", "path": "/f"},
        {"name": "乙", "path": "/hang"},
        {"name": "丙", "path": "/drip"},
        fetch="",
    )
    house.path.write_text(house.path.read_text().replace('timeout = "3s"', 'timeout = "60s"'))
    with house.daemon() as daemon:
        until(lambda: house.server.to("/a/1") and house.server.to("/hang") and house.server.to("/drip"))
        assert stop(daemon) < 5
    assert outcomes(house) == ["interrupted"] * 3
    assert house.value("SELECT count(*) FROM leases") == 0
    assert house.value("PRAGMA integrity_check") == "ok"
    assert house.value("SELECT count(*) FROM sources WHERE failures > 0") == 0
    stored = house.value("SELECT count(*) FROM posts")
    assert stored + house.value("SELECT count(*) FROM inbox") == 3
    assert house.log()[-1]["event"] == "stopped"
    # What was interrupted is made up for, soon.
    house.server.route("/a/1", page("第1篇", prose("文1")))
    house.execute("UPDATE sources SET next_poll_at = '2021-01-01T00:00:00.000Z' WHERE name = '甲'")
    with house.daemon() as daemon:
        until(lambda: house.value("SELECT count(*) FROM posts") == 3)
        stop(daemon)
    assert house.value("SELECT count(*) FROM inbox") == 0


def test_a_second_sigterm_changes_nothing(house: House):
    house.server.route("/hang", Raw(HANG))
    house.configure({"name": "乙", "path": "/hang"})
    with house.daemon() as daemon:
        until(lambda: house.server.to("/hang"))
        daemon.send_signal(signal.SIGTERM)
        daemon.send_signal(signal.SIGINT)
        assert stop(daemon) < 5
    assert outcomes(house) == ["interrupted"]


def test_sigkill_in_the_middle_loses_and_doubles_nothing(house: House):
    pages(house, 20, delay=0.3)
    house.configure({"name": "甲", "path": "/f"})
    with house.daemon() as daemon:
        until(lambda: len(house.server.requests) > 6)
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
    before = house.value("SELECT count(*) FROM posts")
    assert before < 20
    assert house.value("SELECT count(*) FROM leases") == 1
    with house.daemon() as daemon:
        # The dead process of this machine is seen to be dead: its lease is not waited for.
        until(lambda: outcomes(house) == ["ok"], patience=15)
        stop(daemon)
    assert house.value("SELECT count(*) FROM posts") == 20
    assert house.value("SELECT count(DISTINCT title) FROM posts") == 20
    assert house.value("SELECT count(*) FROM inbox") == 0


def test_a_fetch_that_is_killed_is_made_up_for(house: House):
    pages(house, 20, delay=0.3)
    house.configure({"name": "甲", "path": "/f"})
    house.execute(
        "INSERT INTO sources (name, url, config_url, added_at, next_poll_at) VALUES ('甲', ?, ?, '', '2999-01-01')",
        *[house.server.url("/f")] * 2,
    )
    fetch = house.start("fetch")
    until(lambda: len(house.server.requests) > 6)
    fetch.kill()
    fetch.communicate()
    with house.daemon() as daemon:
        until(lambda: house.value("SELECT count(*) FROM posts") == 20, patience=15)
        stop(daemon)
    assert house.value("SELECT count(*) FROM inbox") == 0


def test_fetch_beside_the_daemon_never_polls_a_source_twice_at_once(house: House):
    house.server.route("/hang", Raw(HANG))
    house.configure({"name": "甲", "path": "/hang"})
    house.path.write_text(house.path.read_text().replace('timeout = "3s"', 'timeout = "60s"'))
    with house.daemon() as daemon:
        until(lambda: house.server.to("/hang"))
        status, out, _ = house.run("fetch")
        assert status == 0
        assert "甲: another process polls it at the moment" in out
        stop(daemon)
    assert house.server.counts()["/hang"] == 1


def test_a_stop_does_not_wait_for_a_database_that_another_program_holds(house: House):
    house.server.route("/hang", Raw(HANG))
    house.configure({"name": "甲", "path": "/hang"})
    with house.daemon() as daemon, closing(sqlite3.connect(house.database)) as other:
        until(lambda: house.server.to("/hang"))
        other.execute("BEGIN IMMEDIATE")
        assert stop(daemon) < 5
    assert house.log()[-1]["event"] == "stopped-hard"


def test_the_lease_of_a_silent_process_elsewhere_ends(house: House):
    house.server.route("/f", feed(Item("一", "https://example.org/1")))
    house.configure({"name": "甲", "path": "/f", "article": "never"})
    house.run("fetch")
    house.execute(
        "INSERT INTO leases VALUES (1, 'elsewhere:1:abc', strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+90 seconds'))"
    )
    assert "another process" in house.run("fetch")[1]
    house.execute("UPDATE leases SET expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 seconds')")
    status, out, _ = house.run("fetch")
    assert status == 0
    assert "another process" not in out


def test_a_lease_left_behind_by_a_failed_write_does_not_stop_a_source_for_good(house: House):
    """Where even the outcome of a poll cannot be written, the daemon goes on once the database is well again."""
    house.server.route("/f", feed(Item("一", "https://example.org/1"), delay=1))
    house.configure({"name": "甲", "path": "/f", "article": "never"})
    house.execute("CREATE TRIGGER broken BEFORE INSERT ON polls BEGIN SELECT RAISE(ABORT, 'no room'); END")
    with house.daemon() as daemon:
        until(lambda: any(line["event"] == "store-failed" for line in house.log()))
        house.execute("DROP TRIGGER broken")
        until(lambda: "ok" in outcomes(house) or "unchanged" in outcomes(house))
        stop(daemon)
    assert house.value("SELECT count(*) FROM leases") == 0


def test_no_worker_outlives_a_killed_daemon(house: House):
    pages(house, 1)
    house.configure({"name": "甲", "path": "/f"})
    with house.daemon() as daemon:
        until(lambda: outcomes(house) == ["ok"])
        children = _children(daemon.pid)
        assert children
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        until(lambda: not any(_lives(pid) for pid in children), patience=5)


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


def events(house: House, name: str) -> list[dict[str, object]]:
    return [line for line in house.log() if line["event"] == name]


def test_sighup_reads_the_configuration_again(house: House):
    pages(house, 2)
    house.server.route("/g", feed(Item("新", "https://example.org/new")))
    house.configure({"name": "甲", "path": "/f"})
    before = house.path.read_text()
    with house.daemon() as daemon:
        until(lambda: house.value("SELECT count(*) FROM posts") == 2)
        house.path.write_text(before + "\nunknown = 1\n")
        daemon.send_signal(signal.SIGHUP)
        until(lambda: len(events(house, "reload-failed")) == 1)
        house.path.unlink()
        daemon.send_signal(signal.SIGHUP)
        until(lambda: len(events(house, "reload-failed")) == 2)
        house.configure({"name": "甲", "path": "/f"}, {"name": "乙", "path": "/g", "article": "never"})
        daemon.send_signal(signal.SIGHUP)
        until(lambda: house.value("SELECT count(*) FROM posts") == 3)
        for _ in range(20):
            daemon.send_signal(signal.SIGHUP)
        until(lambda: len(events(house, "started")) >= 3)
        assert daemon.poll() is None
        assert stop(daemon) < 5
    assert house.server.counts()["/f"] == 1
    assert "stays in force" in str(events(house, "reload-failed")[0]["error"])


def test_a_database_that_is_deleted_or_replaced_is_noticed(house: House):
    pages(house, 2)
    house.configure({"name": "甲", "path": "/f"})
    with house.daemon() as daemon:
        until(lambda: house.value("SELECT count(*) FROM posts") == 2)
        for file in house.folder.glob("ingestd.db*"):
            file.unlink()
        until(lambda: house.database.exists() and len(events(house, "started")) == 2)
        until(lambda: house.value("SELECT count(*) FROM posts") == 2)
        assert stop(daemon) < 5
    assert [line["level"] for line in events(house, "database-replaced")] == ["error"]
    assert house.value("PRAGMA integrity_check") == "ok"


def test_a_start_waits_for_a_database_that_another_program_holds(house: House, monkeypatch):
    pages(house, 1)
    house.configure({"name": "甲", "path": "/f"})
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 200)
    monkeypatch.setattr(run_, "_PAUSE_S", 0.1)
    said: list[str] = []
    monkeypatch.setattr(run_, "event", lambda _name, **fields: said.append(str(fields["error"])))
    with closing(sqlite3.connect(house.database, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")

        class Starting:
            """As much of the daemon as a locked database stops."""

            def __init__(self, _config: object, database: Database, **_: object) -> None:
                self.database = database

            async def run(self) -> None:
                self.database.write(sources.release, "nobody")

        monkeypatch.setattr(run_, "Daemon", Starting)
        waiting = threading.Thread(target=lambda: run_._run(load_config(house.path, {}), None))
        waiting.start()
        until(lambda: len(said) >= 2)
        assert waiting.is_alive()
        other.execute("COMMIT")
        waiting.join(10)
    assert not waiting.is_alive()
    assert said[0].endswith("database is locked; it is tried again")
