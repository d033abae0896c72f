"""A copy of a database: one state of it, compared with the original, or nothing."""

import sqlite3
import stat
from contextlib import closing

import pytest

from ingestd.model.errors import StoreError
from ingestd.store import database_copy
from ingestd.store.backup import write_backup
from ingestd.store.database_copy import copy_database
from tests.store import make


@pytest.fixture
def filled_file(file):
    make.configured(file)
    make.store(file, *(make.new(n) for n in range(1, 200)))
    return file


def _posts(path):
    with closing(sqlite3.connect(path)) as copy:
        return copy.execute("SELECT count(*) FROM posts").fetchone()[0]


def test_writes_during_a_copy_in_steps_go_on_and_are_not_in_it(filled_file, tmp_path, monkeypatch):
    monkeypatch.setattr(database_copy, "_PAGES_PER_STEP", 2)
    written: list[int] = []

    def write_more():
        number = 1000 + len(written)
        if number < 1005:
            make.store(filled_file, make.new(number))
            written.append(number)
        return False

    copy_database(filled_file.path, tmp_path / "copy.db", cancelled=write_more)
    assert len(written) == 5
    assert (_posts(tmp_path / "copy.db"), _posts(filled_file.path)) == (199, 204)
    assert sorted(path.name for path in tmp_path.glob("copy.db*")) == ["copy.db"], "one file, without WAL"


@pytest.mark.parametrize("looks", [0, 1, 5])
def test_a_copy_that_is_cancelled_leaves_nothing_and_says_so(filled_file, tmp_path, monkeypatch, looks):
    monkeypatch.setattr(database_copy, "_PAGES_PER_STEP", 5)
    monkeypatch.setattr(database_copy, "_OPERATIONS_PER_LOOK", 1)
    answers = iter([False] * looks)
    with pytest.raises(StoreError, match="was stopped before its end"):
        write_backup(filled_file.engine, tmp_path / "copy.db", cancelled=lambda: next(answers, True))
    assert not list(tmp_path.glob("*copy.db*"))


def test_a_comparison_that_is_cancelled_is_stopped_within_a_statement(filled_file, tmp_path, monkeypatch):
    monkeypatch.setattr(database_copy, "_OPERATIONS_PER_LOOK", 1)
    comparing: list[object] = []
    compare = database_copy._compare

    def compare_and_tell(*connections):
        comparing.append(connections)
        compare(*connections)

    monkeypatch.setattr(database_copy, "_compare", compare_and_tell)
    with pytest.raises(StoreError, match="was stopped before its end"):
        copy_database(filled_file.path, tmp_path / "copy.db", cancelled=lambda: bool(comparing))


def test_the_copy_of_a_damaged_database_is_no_backup(filled_file, tmp_path):
    filled_file.engine.dispose()
    with filled_file.path.open("r+b") as damaged:
        damaged.seek(filled_file.path.stat().st_size // 2)
        damaged.write(b"\xff" * 20_000)
    with pytest.raises(StoreError, match=r"no backup could be written to .*: (the copy is damaged|.*malformed)"):
        write_backup(filled_file.engine, tmp_path / "copy.db")
    assert not list(tmp_path.glob("*copy.db*"))


def test_a_copy_without_some_rows_is_no_backup(filled_file, tmp_path, monkeypatch):
    counts = iter([{"posts": 199, "pages": 3}, {"posts": 198, "pages": 3}])
    monkeypatch.setattr(database_copy, "_row_counts", lambda _connection: next(counts))
    with pytest.raises(StoreError, match="the copy has 198 rows of posts in place of 199"):
        write_backup(filled_file.engine, tmp_path / "copy.db")
    assert not list(tmp_path.glob("*copy.db*"))


def test_nobody_else_may_read_a_copy_before_it_is_complete(filled_file, tmp_path, monkeypatch):
    filled_file.path.chmod(0o644)
    modes = set()
    copy = tmp_path / "copy.db"

    def look():
        modes.add(stat.S_IMODE(copy.stat().st_mode))
        return False

    monkeypatch.setattr(database_copy, "_PAGES_PER_STEP", 5)
    copy_database(filled_file.path, copy, like=filled_file.path.stat(), cancelled=look)
    assert modes == {0o600}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o644
