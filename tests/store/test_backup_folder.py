"""The folder of backups: dated names, images once, the oldest gives way, and every attempt has a row."""

import hashlib
import os
import shutil
import stat
from datetime import timedelta

import pytest

from ingestd.archive.atomic_files import locked_folder
from ingestd.archive.images.files import ImageFiles, image_path
from ingestd.identity.urls import redact_text
from ingestd.model.errors import LeaseLostError, StoreError
from ingestd.store.backup import database_file
from ingestd.store.backup_folder import BackupPlan, make_backup
from ingestd.store.backup_records import BACKUP_FAILED, Backup, last_attempts, record_backup
from ingestd.store.engine import open_engine
from ingestd.store.leases import acquire_task
from ingestd.store.notices import all_notices
from tests.store import make

FIRST, SECOND = "ingestd-20261122T170000Z.db", "ingestd-20261122T180000Z.db"
THIRD, FOURTH = "ingestd-20261122T190000Z.db", "ingestd-20261122T200000Z.db"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def back_up(file, folder, tmp_path):
    """Make the next backup, an hour after the one before; two are kept."""
    make.configured(file)
    make.store(file, make.new(1))
    hours = iter(range(1000))

    def run(keep=2, **options):
        at = make.NOW + timedelta(hours=next(hours))
        return make_backup(file, BackupPlan(folder, keep, tmp_path / "media"), clock=lambda: at, **options)

    return run


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def rows(file):
    return make.rows(file, "SELECT path, bytes, error, images_failed, deleted_at FROM backups ORDER BY id")


def test_the_newest_are_kept_and_every_backup_has_a_row(file, folder, back_up):
    assert [back_up().deleted for _ in range(3)] == [(), (), (folder / FIRST,)]
    assert names(folder) == [SECOND, THIRD]
    size = (folder / SECOND).stat().st_size
    assert rows(file) == [
        (str(folder / FIRST), size, None, 0, "2026-11-22T19:00:00.000Z"),
        (str(folder / SECOND), size, None, 0, None),
        (str(folder / THIRD), size, None, 0, None),
    ]
    assert back_up(keep=1).deleted == (folder / THIRD, folder / SECOND)
    assert names(folder) == [FOURTH]


def test_files_of_others_are_never_deleted(file, folder, back_up, tmp_path):
    folder.mkdir()
    theirs = ("ingestd-20200101T000000Z.db", "notes.txt", ".ingestd-20200101T000000Z.db.1.partial.txt")
    for name in theirs:
        (folder / name).write_text("theirs")
    back_up(keep=1)
    (folder / FIRST).write_text("changed since")
    back_up(keep=1)
    (folder / SECOND).rename(tmp_path / "moved away")
    (folder / SECOND).symlink_to(tmp_path / "moved away")
    back_up(keep=1)
    assert names(folder) == sorted([*theirs, FIRST, SECOND, THIRD])


def test_backups_that_were_moved_away_do_not_count(folder, back_up):
    for _ in range(2):
        back_up()
    (folder / SECOND).unlink()
    assert back_up().deleted == ()
    assert names(folder) == [FIRST, THIRD]


def test_backups_of_another_folder_are_left_alone(file, folder, back_up, tmp_path):
    back_up(keep=1)
    make_backup(file, BackupPlan(tmp_path / "other", 1), clock=lambda: make.NOW)
    assert names(folder) == [FIRST]


class TestFailures:
    def test_a_failed_backup_deletes_nothing_and_is_told(self, file, folder, back_up, monkeypatch):
        back_up(keep=1)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1000, 995, 5))
        with pytest.raises(StoreError, match=r"no room for a backup in .*: it needs [\d,]+ bytes, and 5 are free"):
            back_up(keep=1)
        assert names(folder) == [FIRST]
        good, last = file.read(last_attempts)
        assert (good.path.name, last.path.name, last.bytes) == (FIRST, SECOND, None)
        assert last.error.startswith("no room for a backup")
        assert [(row["kind"], row["reason"]) for row in file.read(all_notices)] == [(BACKUP_FAILED, last.error)]
        monkeypatch.undo()
        back_up(keep=1)
        assert (names(folder), file.read(all_notices)) == ([THIRD], [])

    def test_a_folder_that_cannot_be_made(self, file, folder, back_up):
        folder.touch()
        with pytest.raises(StoreError, match=r"backups: Not a directory"):
            back_up()
        assert len(rows(file)) == 1

    def test_two_backups_at_once(self, file, folder, back_up):
        folder.mkdir()
        with locked_folder(folder, "another"), pytest.raises(StoreError, match="another backup is under way there"):
            back_up()
        assert names(folder) == []

    def test_one_that_is_cancelled_leaves_no_file_and_no_row(self, file, folder, back_up):
        with pytest.raises(StoreError, match="was stopped"):
            back_up(cancelled=lambda: True)
        assert (names(folder), rows(file)) == ([], [])

    def test_old_rows_of_failures_are_deleted(self, file, monkeypatch, folder):
        monkeypatch.setattr("ingestd.store.backup_records._MAX_OLD_ROWS", 3)
        for number in range(10):
            error = None if number == 1 else "the disk is full"
            made = Backup(make.NOW, make.NOW, folder / f"{number}", bytes=None if error else 5, error=error)
            file.write(record_backup, made)
        assert [path.rpartition("/")[2] for path, *_ in rows(file)] == ["1", "7", "8", "9"]


def test_what_a_killed_backup_left_is_removed(folder, back_up):
    folder.mkdir()
    left = f".{FIRST}.4711.partial"
    for suffix in ("", "-journal", "-wal", "-shm"):
        (folder / (left + suffix)).touch()
    back_up()
    assert names(folder) == [FIRST]


def test_mode_and_owner_are_those_of_the_database(file, folder, back_up):
    file.path.chmod(0o600)
    file.path.parent.chmod(0o750)
    if os.geteuid() == 0:
        os.chown(file.path, 12345, 23456)
        os.chown(file.path.parent, 12345, 23456)
    back_up()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    assert stat.S_IMODE((folder / FIRST).stat().st_mode) == 0o600
    if os.geteuid() == 0:
        for path in (folder, folder / FIRST):
            assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


class TestImages:
    @pytest.fixture
    def image(self, file, tmp_path):
        """The path of a stored image below its folder."""
        digest = ImageFiles(tmp_path / "media").put(b"picture", "image/png")
        self.add(file, digest)
        return image_path(digest, "image/png")

    def add(self, file, digest):
        make.run(
            file,
            "INSERT INTO media (url, host, added_at, outcome, hash, type, bytes)"
            " VALUES (:url, 'h', '2026', 'ok', :hash, 'image/png', 7)",
            url=f"https://a.example/{digest[:5]}",
            hash=digest,
        )

    def test_each_is_copied_once_for_all_backups(self, folder, back_up, image):
        copied = [back_up(keep=1).images for _ in range(2)]
        assert [(images.copied, images.present) for images in copied] == [(1, 0), (0, 1)]
        assert (folder / "ingestd.db.media" / image).read_bytes() == b"picture"
        assert names(folder) == [SECOND, "ingestd.db.media"]

    def test_one_that_is_missing_is_counted(self, file, back_up, image):
        self.add(file, hashlib.sha256(b"lost").hexdigest())
        made = back_up()
        assert (made.images.copied, len(made.images.failures)) == (1, 1)
        assert "missing" in made.images.failures[0]
        assert rows(file)[0][2:4] == (None, 1)


def test_the_line_of_pg_dump_names_the_database_without_its_password():
    engine = open_engine("postgresql+psycopg://anna:secret@db.example:5433/news")
    with pytest.raises(StoreError) as raised:
        database_file(engine)
    line = "pg_dump --format=custom --file=ingestd.dump --username=anna postgresql://db.example:5433/news"
    assert str(raised.value) == f"only SQLite databases are backed up here; for this one: {line}"
    assert redact_text(line) == line


def test_a_backup_whose_lease_another_process_took_leaves_neither_row_nor_file(file, folder, back_up):
    lease = file.write(acquire_task, "backup", "halted:1:abc", make.NOW, 600.0)
    back_up(lease=lease)
    kept = rows(file)
    assert file.write(acquire_task, "backup", "other:2:def", make.later(601), 600.0) is not None
    with pytest.raises(LeaseLostError, match="took over"):
        back_up(lease=lease)
    assert names(folder) == [FIRST]
    shutil.rmtree(folder)
    folder.touch()
    with pytest.raises(StoreError, match="Not a directory"):
        back_up(lease=lease)
    assert rows(file) == kept, "nor the row of a failure"
