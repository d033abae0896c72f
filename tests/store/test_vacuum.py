"""VACUUM: smaller, or as it was."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from ingestd.model.errors import StoreBusyError, StoreError
from ingestd.store import vacuum as module
from ingestd.store.integrity import check_database
from ingestd.store.vacuum import vacuum
from tests.store import make


@pytest.fixture
def emptied(file):
    """A database most of whose rows were deleted."""
    make.configured(file)
    make.store(file, *(make.new(n) for n in range(1, 300)))
    make.run(file, "DELETE FROM posts WHERE id > 1")
    return file


def test_the_file_shrinks_beside_an_open_connection(emptied):
    assert make.value(emptied, "SELECT count(*) FROM posts") == 1
    done = vacuum(emptied.path)
    assert done.after < done.before
    assert emptied.path.stat().st_size == done.after, "the log is empty"
    assert make.value(emptied, "PRAGMA freelist_count") == 0
    assert make.value(emptied, "PRAGMA journal_mode") == "wal"
    assert check_database(emptied.engine) == []


def test_a_disk_without_room(emptied, monkeypatch):
    before = emptied.path.read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1000, 995, 5))
    with pytest.raises(
        StoreError, match=r"no room to vacuum .*: it needs up to [\d,]+ bytes beside it, and 5 are free"
    ):
        vacuum(emptied.path)
    assert emptied.path.read_bytes() == before


def test_a_database_that_another_program_writes(emptied, monkeypatch):
    monkeypatch.setattr(module, "_LOCK_TIMEOUT_S", 0.0)
    with closing(sqlite3.connect(emptied.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match="could not be vacuumed, and is as it was: database is locked"):
            vacuum(emptied.path)
