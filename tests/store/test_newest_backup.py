"""The newest backup of a folder."""

from datetime import UTC, datetime
from pathlib import Path

from ingestd.store.backup_records import Backup, record_backup
from ingestd.store.newest_backup import newest_backup_at
from tests.store import make


def newest(database, folder):
    return database.read(newest_backup_at, database.path, folder)


def test_the_newest_is_found_by_its_name(file, tmp_path):
    folder = tmp_path / "b"
    assert newest(file, folder) is None
    folder.mkdir()
    assert newest(file, folder) is None
    for name in (
        *("ingestd-20261120T010203Z.db", "ingestd-20261121T010203Z.db", ".ingestd-20261122T010203Z.db.7.partial"),
        *("other-20261123T010203Z.db", "ingestd.db.media"),
    ):
        (folder / name).touch()
    assert newest(file, folder) == datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)


def test_of_a_folder_that_cannot_be_read_the_records_tell(file, tmp_path):
    unreadable = tmp_path / "file"
    unreadable.touch()
    assert newest(file, unreadable) is None
    file.write(record_backup, Backup(make.NOW, make.NOW, Path("/b/x.db"), bytes=1))
    file.write(record_backup, Backup(make.later(9), make.later(9), Path("/b/y.db"), error="disk full"))
    assert newest(file, unreadable) == make.NOW
