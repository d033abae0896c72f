"""The SQLite copy: a complete database in one file, written whole or not at all."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from ingestd.archive.formats.sqlite_copy import write_sqlite
from ingestd.model.errors import ArchiveError
from tests.archive.examples import NOW, POST, post


def test_copy_is_a_complete_read_only_database(tmp_path):
    path = tmp_path / "copy.db"
    some = [replace(POST, id=3), post(id=9, from_url="https://a.example/9", tags=("a", "\ud800"), title="x\0y")]
    assert write_sqlite(iter(some), path, now=NOW) == 2
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute('SELECT "from", tags, title FROM front_matter ORDER BY date, 1').fetchall() == [
            ("https://a.example/9", '["a", "\ufffd"]', "xy"),
            (POST.from_url, '["联合早报"]', POST.title),
        ]
        assert connection.execute("SELECT id FROM posts ORDER BY id").fetchall() == [(3,), (9,)]
        assert dict(connection.execute("SELECT * FROM about"))["made_at"] == "2026-01-02T03:04:05.678Z"
    assert path.stat().st_mode & 0o222 == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["copy.db"]
    # A second copy takes the place of the first.
    assert write_sqlite([], path, now=NOW) == 0


def test_failed_copy_leaves_the_previous_file(tmp_path):
    path = tmp_path / "copy.db"
    write_sqlite([replace(POST, id=1)], path, now=NOW)
    before = path.read_bytes()
    with pytest.raises(ArchiveError, match="UNIQUE"):
        write_sqlite([replace(POST, id=1), replace(POST, id=2)], path, now=NOW)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["copy.db"]
    with pytest.raises(ArchiveError, match="cannot be written"):
        write_sqlite([], tmp_path / "no" / "copy.db", now=NOW)
