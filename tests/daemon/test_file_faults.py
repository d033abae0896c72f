"""The daemon, as a process, whose database file is damaged, replaced or deleted while it runs."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.file_changes import zero_pages
from tests.support.growing_sites import Sites, check, is_complete, poll_now
from tests.support.installation import HANG_S, Installation, until

pytestmark = [pytest.mark.process, pytest.mark.long]


@pytest.fixture
def sites(installation: Installation) -> Sites:
    made = Sites(installation.server, sources=3, max_entries=12)
    made.configure(installation)
    return made


def _said(installation: Installation, event: str) -> list[str]:
    return [str(line.get("error")) for line in installation.log() if line["event"] == event]


def _back_up(installation: Installation) -> Path:
    backup = installation.folder / "backup.db"
    assert installation.command("db", "backup", str(backup))[0] == 0
    return backup


def _zero_the_middle(path: Path) -> None:
    """Overwrite everything but the schema, also in the log, from which pages would be read otherwise."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        roots = [row[0] for row in connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'posts'")]
    zero_pages(path, range(roots[0], pages))


def test_zeros_in_the_middle_of_the_file(installation: Installation, sites: Sites) -> None:
    with installation.daemon() as daemon:
        until(lambda: is_complete(installation, sites) and sites.titles())
        backup = _back_up(installation)
        poll_now(installation)
        _zero_the_middle(installation.database)
        assert daemon.wait(HANG_S) == 78
    [reason] = _said(installation, "database-damaged")
    assert f"the database {installation.database} is damaged: " in reason
    after = installation.database.read_bytes()
    status, line, _ = installation.command("status", "--check")
    assert status == 2
    assert line.startswith("ingestd CRITICAL: the database")
    assert "is damaged: " in line
    for command in ("run", "fetch"):
        status, _, said = installation.run(command)
        assert status == (78 if command == "run" else 1)
        assert said.count("\n") == 1
        assert "db restore FILE" in said
    assert installation.database.read_bytes() == after
    status, out, err = installation.command("db", "restore", str(backup))
    assert status == 0, out + err
    check(installation, sites)
    assert "damaged" not in installation.command("status", "--check")[1]


def _replace(installation: Installation) -> None:
    other = installation.folder / "other.db"
    other.replace(installation.database)


def _unlink(installation: Installation) -> None:
    installation.database.unlink()


@pytest.mark.parametrize("change", [_replace, _unlink])
def test_another_archive_in_its_place(
    installation: Installation, sites: Sites, change: Callable[[Installation], None]
) -> None:
    shutil.copy(installation.database, installation.folder / "other.db")
    with installation.daemon() as daemon:
        until(lambda: is_complete(installation, sites) and sites.titles())
        change(installation)
        until(lambda: _said(installation, "database-replaced"))
        until(lambda: installation.database.exists() and installation.rows("SELECT 1 FROM sqlite_master LIMIT 1"))
        until(lambda: is_complete(installation, sites))
        assert installation.value("SELECT reason FROM notices WHERE kind = 'database-replaced'")
        assert "was deleted or replaced while the daemon ran" in installation.command("status", "--check")[1]
        installation.stop(daemon)
    [reason] = _said(installation, "database-replaced")
    assert reason.startswith(f"the file {installation.database} was deleted or replaced")
    check(installation, sites)
    assert "was deleted" not in installation.command("status", "--check")[1]


def test_a_deleted_log_loses_nothing(installation: Installation, sites: Sites) -> None:
    with installation.daemon() as daemon:
        until(lambda: is_complete(installation, sites) and sites.titles())
        before = installation.value("SELECT count(*) FROM posts")
        polls = installation.value("SELECT count(*) FROM polls")
        installation.database.with_name("ingestd.db-wal").unlink()
        until(lambda: len([line for line in installation.log() if line["event"] == "started"]) == 2)
        assert installation.value("SELECT count(*) FROM posts") >= before
        assert installation.value("SELECT count(*) FROM polls") >= polls
        assert "what it held is kept" in installation.command("status", "--check")[1]
        installation.stop(daemon)
    check(installation, sites)
