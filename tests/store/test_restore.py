"""A backup in the place of the database: a crash at any step leaves the one or the other, whole."""

import os
import shutil
import signal
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from ingestd.archive import atomic_files
from ingestd.model.errors import ArchiveError, StoreError
from ingestd.store import schema
from ingestd.store.backup import write_backup
from ingestd.store.database import Database
from ingestd.store.restore import restore_database
from tests.store import make
from tests.support.crash_points import TracedConnection, crash_points, observed_steps
from tests.support.program import PROCESSES

BACKUP_POSTS, PRESENT_POSTS = 3, 5


@pytest.fixture
def home(tmp_path, sqlite_template):
    """`ingestd.db` with five posts, some in its write-ahead log, as a killed daemon leaves it; a backup with three."""
    made, home = tmp_path / "made", tmp_path / "home"
    made.mkdir()
    home.mkdir()
    shutil.copy(sqlite_template, made / "ingestd.db")
    with Database(f"sqlite:///{made}/ingestd.db") as database:
        make.configured(database)
        make.store(database, *(make.new(n) for n in range(1, BACKUP_POSTS + 1)))
        write_backup(database.engine, home / "backup.db")
        make.store(database, *(make.new(n) for n in range(BACKUP_POSTS + 1, PRESENT_POSTS + 1)))
        for name in ("ingestd.db", "ingestd.db-wal"):
            shutil.copy(made / name, home / name)
    assert (home / "ingestd.db-wal").stat().st_size > 0
    return home


def restore(home, **options):
    return restore_database(home / "ingestd.db", home / "backup.db", now=make.NOW, **options)


def posts(path):
    """How many posts an undamaged database has."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute("SELECT count(*) FROM posts").fetchone()[0]


def names(home):
    return sorted(path.name for path in home.iterdir())


def test_restore_keeps_the_database_before_aside(home):
    done = restore(home)
    assert (done.revision, done.kept_as) == (schema.head(), home / "ingestd.db.replaced-20261122T170000Z.bak")
    assert (posts(home / "ingestd.db"), posts(done.kept_as)) == (BACKUP_POSTS, PRESENT_POSTS)
    assert names(home) == ["backup.db", "ingestd.db", done.kept_as.name], "no log, no partial copy"
    again = restore(home)
    assert again.kept_as.name == "ingestd.db.replaced-20261122T170000Z-2.bak"
    assert posts(done.kept_as) == PRESENT_POSTS, "one that was kept before stays"


class TestCrashes:
    @pytest.fixture
    def steps(self, home, tmp_path, monkeypatch):
        connect = sqlite3.connect
        with monkeypatch.context() as patched, crash_points(home, tmp_path / "crashes") as found:
            patched.setattr(sqlite3, "connect", lambda *args, **kw: connect(*args, factory=TracedConnection, **kw))
            restore(home)
        return found

    def test_after_a_crash_at_any_step_one_of_both_is_whole_and_another_run_completes_it(self, steps):
        assert len(steps) >= 7
        seen = []
        for step, folder in steps:
            seen.append(posts(folder / "ingestd.db"))
            restore(folder)
            assert posts(folder / "ingestd.db") == BACKUP_POSTS, step
            kept = [path for path in folder.iterdir() if ".replaced-" in path.name]
            assert PRESENT_POSTS in [posts(path) for path in kept], step
            assert not [name for name in names(folder) if "partial" in name], step
        assert set(seen) == {BACKUP_POSTS, PRESENT_POSTS}
        assert seen == sorted(seen, reverse=True), "one step changes it, and no later one"

    @pytest.mark.slow
    @pytest.mark.parametrize("without_links", [False, True])
    def test_a_database_too_damaged_for_sqlite_is_kept_with_its_log(self, home, tmp_path, monkeypatch, without_links):
        (home / "ingestd.db").write_bytes(b"no database any more" * 1000)
        broken, log = ((home / name).read_bytes() for name in ("ingestd.db", "ingestd.db-wal"))
        if without_links:
            monkeypatch.setattr(Path, "hardlink_to", _no_links)
        with crash_points(home, tmp_path / "crashes") as steps:
            done = restore(home)
        assert posts(home / "ingestd.db") == BACKUP_POSTS
        assert done.kept_as.read_bytes() == broken
        assert done.kept_as.with_name(done.kept_as.name + "-wal").read_bytes() == log
        for step, folder in steps:
            if (folder / "ingestd.db").read_bytes() == broken:
                logs = [path for path in folder.glob("ingestd.db*-wal") if path.read_bytes() == log]
                assert logs, f"{step}: the log is nowhere"
            restore(folder)
            assert posts(folder / "ingestd.db") == BACKUP_POSTS
            assert broken in [path.read_bytes() for path in folder.glob("*.bak")]

    @pytest.mark.process
    @pytest.mark.parametrize("at", ["os.link", "os.rename", "end"])
    def test_a_process_that_is_killed(self, home, at):
        killed = PROCESSES.Process(target=_restore_and_die, args=(str(home), at))
        killed.start()
        killed.join()
        assert killed.exitcode == (0 if at == "end" else -signal.SIGKILL)
        assert posts(home / "ingestd.db") == (BACKUP_POSTS if at == "end" else PRESENT_POSTS)
        restore(home)
        assert posts(home / "ingestd.db") == BACKUP_POSTS


def _no_links(_self, _target):
    raise PermissionError(1, "Operation not permitted")


def _restore_and_die(home, at):
    def kill(step):
        if step == at:
            os.kill(os.getpid(), signal.SIGKILL)

    with observed_steps(kill):
        restore(Path(home))


class TestPermissions:
    @pytest.mark.parametrize("mode", [0o600, 0o640])
    def test_mode_of_what_it_replaces(self, home, mode):
        (home / "backup.db").chmod(0o644)
        (home / "ingestd.db").chmod(mode)
        done = restore(home)
        assert [stat.S_IMODE(path.stat().st_mode) for path in (home / "ingestd.db", done.kept_as)] == [mode, mode]

    def test_without_a_database_the_mode_is_that_of_the_backup(self, home):
        for name in ("ingestd.db", "ingestd.db-wal"):
            (home / name).unlink()
        (home / "backup.db").chmod(0o600)
        assert restore(home).kept_as is None
        assert stat.S_IMODE((home / "ingestd.db").stat().st_mode) == 0o600
        assert posts(home / "ingestd.db") == BACKUP_POSTS

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    @pytest.mark.parametrize("present", [True, False])
    def test_owner_is_that_of_the_database_or_of_its_folder(self, home, present):
        os.chown(home if not present else home / "ingestd.db", 12345, 23456)
        if not present:
            (home / "ingestd.db").unlink()
            (home / "ingestd.db-wal").unlink()
        restore(home)
        restored = (home / "ingestd.db").stat()
        assert (restored.st_uid, restored.st_gid) == (12345, 23456)

    def test_the_file_behind_a_link_is_replaced(self, home, tmp_path):
        link = tmp_path / "link.db"
        link.symlink_to(home / "ingestd.db")
        restore_database(link, home / "backup.db", now=make.NOW)
        assert link.is_symlink()
        assert posts(home / "ingestd.db") == BACKUP_POSTS


class TestRefusals:
    """Each is one clear line, and changes nothing."""

    @pytest.fixture(autouse=True)
    def _unchanged(self, home):
        yield
        assert posts(home / "ingestd.db") == PRESENT_POSTS
        assert not [name for name in names(home) if "partial" in name or "replaced" in name]

    def refused(self, home, backup, says):
        with pytest.raises((StoreError, ArchiveError), match=says):
            restore_database(home / "ingestd.db", backup, now=make.NOW)

    def test_no_file(self, home):
        self.refused(home, home / "none.db", r"none\.db: no such file")

    def test_the_database_itself(self, home):
        self.refused(home, home / "ingestd.db", "is the database itself")

    def test_no_database(self, home):
        (home / "text").write_text("no database\n" * 100)
        self.refused(home, home / "text", "file is not a database")
        (home / "empty").touch()
        self.refused(home, home / "empty", "holds no database of ingestd")

    def test_another_programs(self, home):
        with closing(sqlite3.connect(home / "theirs.db")) as theirs:
            theirs.execute("CREATE TABLE notes (text)")
        self.refused(home, home / "theirs.db", "is another program's: it has a table notes already")

    def test_a_newer_version(self, home):
        with closing(sqlite3.connect(home / "backup.db")) as backup, backup:
            backup.execute("UPDATE alembic_version SET version_num = '9999'")
        self.refused(home, home / "backup.db", "is at schema 9999, which this version .* newer version")

    def test_a_damaged_backup(self, home):
        with (home / "backup.db").open("r+b") as damaged:
            damaged.seek(damaged.seek(0, 2) // 2)
            damaged.write(b"\xff" * 30_000)
        self.refused(home, home / "backup.db", r"the copy is damaged|malformed")

    def test_a_database_that_is_open_elsewhere(self, home):
        with Database(f"sqlite:///{home}/ingestd.db") as opened:
            # A connection at rest in its pool, as a daemon has one between two polls.
            assert make.value(opened, "SELECT count(*) FROM posts") == PRESENT_POSTS
            self.refused(home, home / "backup.db", r"is in use: stop the daemon first \(`systemctl stop ingestd`\)")

    def test_a_restore_that_is_under_way(self, home):
        with atomic_files.locked_folder(home, "a restore"):
            self.refused(home, home / "backup.db", "a restore or a backup is under way there")


@pytest.mark.process
def test_a_damaged_database_that_another_process_has_open(home):
    with closing(sqlite3.connect(home / "ingestd.db")) as opened:
        opened.execute("SELECT count(*) FROM posts").fetchall()
        other = PROCESSES.Process(target=_damage_and_restore, args=(str(home),))
        other.start()
        other.join()
        assert other.exitcode == 0


def _damage_and_restore(home):
    # In this process: closing the file would drop the locks that SQLite has on it in the other.
    with (Path(home) / "ingestd.db").open("r+b") as damaged:
        damaged.write(b"\0" * 100)
    with pytest.raises(StoreError, match="is in use"):
        restore(Path(home))
    assert not list(Path(home).glob("*replaced*"))
