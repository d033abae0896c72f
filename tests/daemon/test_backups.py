"""When the daemon makes a backup, what it says of it, and how it stops."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingestd.daemon import backups
from ingestd.daemon.backups import RETRY_S, Backups, is_due
from ingestd.model.errors import StoreError
from ingestd.store.backup_folder import BackupPlan
from ingestd.store.backup_records import Backup
from ingestd.store.database import Database
from tests.support.installation import Installation, feed, until

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
DAY_S = 86_400.0


def attempt(seconds_ago: float, error: str | None = None) -> Backup:
    at = NOW - timedelta(seconds=seconds_ago)
    return Backup(at, at, Path("/b.db"), bytes=None if error else 1, error=error)


@pytest.mark.parametrize(
    ("good", "last", "due"),
    [
        (None, None, True),
        (attempt(DAY_S), attempt(DAY_S), True),
        (attempt(DAY_S - 1), attempt(DAY_S - 1), False),
        (attempt(DAY_S + 900), attempt(RETRY_S - 1, "full"), False),
        (attempt(DAY_S + 900), attempt(RETRY_S, "full"), True),
        (None, attempt(1, "full"), False),
        (attempt(-5), attempt(-5), True),
        (None, attempt(-5, "full"), True),
    ],
)
def test_a_backup_is_due(good: Backup | None, last: Backup | None, due: bool):
    assert is_due(good, last, DAY_S, NOW) is due


@pytest.fixture
def database(tmp_path: Path, empty_database: Path) -> Iterator[Database]:
    (tmp_path / "ingestd.db").write_bytes(empty_database.read_bytes())
    with Database(f"sqlite:///{tmp_path}/ingestd.db") as opened:
        yield opened


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(logging.getLogger("ingestd"), "propagate", True)
    caplog.set_level(logging.INFO)
    return caplog


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def _ended(service: Backups) -> None:
    if service._task is not None:
        await service._task
        await asyncio.sleep(0)


@pytest.mark.process
def test_no_backup_is_restored_beside_a_daemon_and_one_is_after_it_was_killed(installation: Installation):
    installation.server.route("/f", feed())
    folder = installation.folder / "backups"
    installation.configure({"name": "甲", "path": "/f"}, more=f'[backup]\nfolder = "{folder}"\n')
    with installation.daemon():
        until(lambda: any(line["event"] == "backed-up" for line in installation.log()))
        [backup] = folder.iterdir()
        status, _, err = installation.command("db", "restore", str(backup))
        assert status == 1
        assert "is in use: stop the daemon first" in err
    installation.execute("DELETE FROM sources")
    status, out, err = installation.command("db", "restore", str(backup))
    assert (status, err) == (0, "")
    assert f"restored from {backup}" in out
    assert installation.value("SELECT name FROM sources") == "甲"
    with installation.daemon() as daemon:
        until(lambda: sum(line["event"] == "started" for line in installation.log()) == 2)
        installation.stop(daemon)


async def test_backups_are_made_when_they_are_due(database: Database, tmp_path: Path, logged: pytest.LogCaptureFixture):
    clock = Clock()
    service = Backups(database, BackupPlan(tmp_path / "b", keep=1), DAY_S, clock)
    for _ in range(3):
        await service.tick()
        await _ended(service)
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["ingestd-20261122T170000Z.db"]
    clock.now += timedelta(days=1)
    await service.tick()
    await _ended(service)
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["ingestd-20261123T170000Z.db"]
    assert [record.getMessage() for record in logged.records] == ["backed-up"] * 2
    fields = logged.records[1].__dict__["fields"]
    assert (fields["path"], fields["deleted"]) == (
        str(tmp_path / "b/ingestd-20261123T170000Z.db"),
        ["ingestd-20261122T170000Z.db"],
    )


async def test_a_failure_is_logged_and_tried_again_later(
    database: Database, tmp_path: Path, logged: pytest.LogCaptureFixture
):
    (tmp_path / "b").touch()
    clock = Clock()
    service = Backups(database, BackupPlan(tmp_path / "b", keep=1), DAY_S, clock)
    for seconds in (0, RETRY_S - 1, 1):
        clock.now += timedelta(seconds=seconds)
        await service.tick()
        await _ended(service)
    assert [(record.getMessage(), record.levelname) for record in logged.records] == [("backup-failed", "ERROR")] * 2
    assert "Not a directory" in logged.records[0].__dict__["fields"]["error"]


async def test_a_stop_breaks_off_the_copy_and_writes_go_on_during_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: pytest.LogCaptureFixture
):
    """The thread waits in its copy until the test has written, and then until it is told to stop."""
    begun, stopped = threading.Event(), threading.Event()

    def slow(*_args: object, cancelled, **_kwargs: object) -> None:
        begun.set()
        stopped.wait(60)
        assert cancelled()
        raise StoreError("the copy was stopped")

    monkeypatch.setattr(backups, "make_backup", slow)
    service = Backups(database, BackupPlan(tmp_path / "b", keep=1), DAY_S, Clock())
    await service.tick()
    await asyncio.to_thread(begun.wait, 60)
    assert service.in_flight == 1
    await service.tick()
    await database.writing(lambda connection: connection.exec_driver_sql("UPDATE sources SET title = 'x'"))
    stopping = asyncio.create_task(service.stop(60))
    await asyncio.sleep(0)
    stopped.set()
    await stopping
    assert service.in_flight == 0
    assert logged.records == []
    await service.tick()
    assert service.in_flight == 0, "nothing new begins"


@pytest.mark.process
def test_two_daemons_share_the_backups(installation: Installation):
    installation.server.route("/f", feed())
    folder = installation.folder / "backups"
    backup = f'[backup]\nfolder = "{folder}"\nevery = "1h"\n'
    installation.configure({"name": "甲", "path": "/f"}, more=backup)

    def made() -> int:
        return sum(line["event"] == "backed-up" for line in installation.log())

    with installation.daemon() as first:
        until(lambda: made() == 1)
        with installation.daemon() as second:
            until(lambda: sum(line["event"] == "started" for line in installation.log()) == 2)
            installation.stop(first)
            installation.execute("UPDATE backups SET started_at = '2020-01-01T00:00:00.000Z'")
            until(lambda: made() == 2)
            installation.stop(second)
    assert installation.value("SELECT count(*) FROM backups") == 2
    assert installation.value("SELECT count(*) FROM backups WHERE error IS NOT NULL") == 0
