"""A database copied into another one: every row of every table, after interruptions too; other archives are left."""

import os
import signal

import pytest
from sqlalchemy import Float, Integer, LargeBinary, insert, select

from ingestd.model.errors import StoreError
from ingestd.store import table_copy
from ingestd.store.database import Database
from ingestd.store.integrity import check_database
from ingestd.store.notices import COPYING, all_notices, refuse_incomplete
from ingestd.store.table_copy import TABLES, copy_steps, copy_tables
from tests.store import make
from tests.store.make import NOW
from tests.support.installation import HANG_S
from tests.support.program import PROCESSES

#: Tables whose rows go as soon as they are complete: nothing is in them outside a transaction.
TRANSIENT = {"replaced_posts"}


def copy(source, target, **more):
    return copy_tables(source, target, clock=lambda: NOW, **more)


def all_rows(database):
    """Every row of every table, in one order on every database."""
    found = {}
    for table in TABLES:
        rows = database.read(lambda connection, table=table: connection.execute(select(table)).all())
        found[table.name] = sorted((tuple(map(_plain, row)) for row in rows), key=repr)
    return found


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


@pytest.fixture
def archive(file):
    """A SQLite database with rows in every table: posts with pages, and one row of each other kind."""
    make.configured(file, "a", "b")
    make.store(file, *(make.new(n) for n in range(1, 30)))
    make.store(file, make.new(40, page=make.page(bytes(range(256)))), source_id=2, at=make.later(60))
    for table in TABLES:
        file.write(_fill, table)
    # A post that was deleted: its number is never used again.
    make.run(file, "UPDATE sqlite_sequence SET seq = 99 WHERE name = 'posts'")
    return file


def _fill(connection, table):
    if table.name in TRANSIENT or connection.execute(select(table).limit(1)).first() is not None:
        return
    row = {column.name: _value(connection, column) for column in table.columns}
    connection.execute(insert(table).values(row))


def _value(connection, column):
    for key in column.foreign_keys:
        return connection.execute(select(key.column).limit(1)).scalar()
    if column.name == "events":
        return "[]"
    if isinstance(column.type, LargeBinary):
        return bytes(range(256))
    if isinstance(column.type, Float):
        return 0.1
    return 1 if isinstance(column.type, Integer) else f"{column.name}: 疫情 '\"\\ 🎈"


@pytest.fixture
def target(empty_url):
    """An empty database with the schema, in SQLite and in PostgreSQL."""
    with Database(empty_url) as made:
        made.upgrade(now=NOW)
        yield made


def test_everything_is_copied_and_comes_back_the_same(archive, target, tmp_path):
    filled = [name for name, rows in all_rows(archive).items() if rows]
    assert set(filled) == {table.name for table in TABLES} - TRANSIENT
    done = copy(archive, target)
    assert done.rows == {name: len(rows) for name, rows in all_rows(archive).items()}
    assert not done.was_complete
    assert all_rows(target) == all_rows(archive)
    # The dictionary that the test has written is none.
    assert len(check_database(target.engine)) == 1
    assert target.read(all_notices) == []
    with Database(f"sqlite:///{tmp_path}/back.db") as back:
        back.upgrade(now=NOW)
        copy(target, back)
        assert all_rows(back) == all_rows(archive)
        assert make.value(back, "SELECT seq FROM sqlite_sequence WHERE name = 'posts'") == 99


def test_a_copy_goes_on_as_the_original_would(archive, target):
    copy(archive, target)
    make.store(target, make.new(50), at=make.later(120))
    assert make.value(target, "SELECT max(id) FROM posts") == 100
    # The triggers are back: counts and fingerprints follow.
    counted = "SELECT sum(posts) FROM post_counts"
    assert make.value(target, counted) == make.value(archive, counted) + 1


def test_an_interrupted_copy_goes_on_from_every_transaction(archive, empty_url, monkeypatch):
    monkeypatch.setattr(table_copy, "BATCH_ROWS", 11)
    total = archive.read(copy_steps)
    with Database(empty_url) as target:
        target.upgrade(now=NOW)
        for _ in range(total):
            with pytest.raises(KeyboardInterrupt):
                copy(archive, target, copied=_interrupt)
            assert [notice["kind"] for notice in target.read(all_notices)] == [COPYING]
            with pytest.raises(StoreError, match="incomplete copy of another one"):
                target.read(refuse_incomplete)
        assert not copy(archive, target).was_complete
        assert all_rows(target) == all_rows(archive)
        target.read(refuse_incomplete)


@pytest.mark.process
@pytest.mark.parametrize("at", [1, 5, 12])
def test_a_killed_copy_goes_on(archive, target, at):
    urls = [database.engine.url.render_as_string(hide_password=False) for database in (archive, target)]
    process = PROCESSES.Process(target=_copy_and_die, args=(*urls, at))
    process.start()
    process.join(HANG_S)
    assert process.exitcode == -signal.SIGKILL
    assert 0 < target.read(copy_steps) < archive.read(copy_steps)
    copy(archive, target)
    assert all_rows(target) == all_rows(archive)


def _copy_and_die(source_url, target_url, at):
    steps = []

    def copied(rows):
        steps.append(rows)
        if len(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    with Database(source_url) as source, Database(target_url) as target:
        copy(source, target, copied=copied)


def _interrupt(_rows):
    raise KeyboardInterrupt


def test_a_complete_copy_is_repeated_without_a_write(archive, target):
    copy(archive, target)
    assert copy(archive, target).was_complete


def test_another_archive_is_left_as_it_is(archive, target):
    make.configured(target, "c")
    make.store(target, make.new(7))
    before = all_rows(target)
    with pytest.raises(StoreError, match=r"holds another archive, which is left as it is: the table \w+ has"):
        copy(archive, target)
    assert all_rows(target) == before


def test_a_source_that_changes_is_not_mixed_with_its_former_state(archive, target):
    with pytest.raises(KeyboardInterrupt):
        copy(archive, target, copied=_interrupt)
    make.store(archive, make.new(60), at=make.later(60))
    with pytest.raises(StoreError, match="copy of another archive, or of this one before it changed"):
        copy(archive, target)


def test_a_change_during_the_copy_is_found_by_its_digest(archive, target):
    names, steps = [table.name for table in TABLES], []

    def change_when_posts_are_copied(_rows):
        steps.append(1)
        if make.value(target, "SELECT count(*) FROM posts") and len(steps) < len(names):
            make.run(archive, "UPDATE posts SET language = 'changed' WHERE id = 1")

    with pytest.raises(StoreError, match="the table posts has other rows in"):
        copy(archive, target, copied=change_when_posts_are_copied)
