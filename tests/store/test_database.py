"""The database's thread, its errors, and other processes that read or write the same file."""

import asyncio
import gc
import sqlite3
import threading
from contextlib import closing
from itertools import count

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from ingestd.model.errors import StoreError, StoreTimeoutError
from ingestd.store import engine, notices, sources
from ingestd.store.database import Database
from ingestd.store.statistics import table_counts
from tests.store import make


def read_only(path):
    """The file as a user opens it."""
    return closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True))


class TestThread:
    async def test_event_loop_is_not_blocked(self, database):
        go_on = threading.Event()

        def blocked(_connection):
            # Only the loop sets the event, so this fails where the loop is blocked.
            assert go_on.wait(make.HANG_GUARD_S)
            return threading.current_thread().name

        turns = 0
        working = asyncio.ensure_future(database.reading(blocked))
        while not working.done():
            await asyncio.sleep(0)
            turns += 1
            if turns > 5:
                go_on.set()
        assert (await working).startswith("database")
        assert turns > 5

    async def test_started_write_is_completed_when_its_caller_is_cancelled(self, database):
        begun, go_on = threading.Event(), threading.Event()

        def blocked(connection):
            begun.set()
            assert go_on.wait(make.HANG_GUARD_S)
            sources.sync(connection, [make.source("a")], make.NOW)

        writing = asyncio.ensure_future(database.writing(blocked))
        assert await asyncio.to_thread(begun.wait, make.HANG_GUARD_S)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        go_on.set()
        assert await database.reading(lambda connection: connection.execute(text("SELECT name FROM sources")).all())

    async def test_write_that_fails_after_its_caller_was_cancelled_is_noted_in_one_line(self, database):
        begun, go_on = threading.Event(), threading.Event()
        unhandled: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unhandled.append(context))

        def broken(connection):
            begun.set()
            assert go_on.wait(make.HANG_GUARD_S)
            connection.execute(text("SELECT * FROM nowhere"))

        writing = asyncio.ensure_future(database.writing(broken))
        assert await asyncio.to_thread(begun.wait, make.HANG_GUARD_S)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        del writing
        go_on.set()
        await database.reading(lambda connection: connection.execute(text("SELECT 1")).all())
        gc.collect()
        assert unhandled == []
        assert "cannot be written" in database.write_error and "nowhere" in database.write_error

    async def test_failed_write_is_rolled_back_with_a_one_line_error(self, database):
        def broken(connection):
            sources.sync(connection, [make.source("a")], make.NOW)
            connection.execute(text("SELECT * FROM nowhere"))

        with pytest.raises(StoreError, match=r"the database .* cannot be written: .*nowhere") as caught:
            await database.writing(broken)
        assert "\n" not in str(caught.value)
        assert make.value(database, "SELECT count(*) FROM sources") == 0


class TestOtherPrograms:
    def test_other_programs_read_while_ingestd_writes(self, file):
        make.configured(file, "a")
        with read_only(file.path) as reader, file.engine.begin() as connection:
            sources.sync(connection, [make.source("a"), make.source("b")], make.NOW)
            assert reader.execute("SELECT count(*) FROM sources").fetchone() == (1,)
            connection.commit()
            assert reader.execute("SELECT count(*) FROM sources").fetchone() == (2,)

    def test_ingestd_writes_while_other_programs_read(self, file):
        make.configured(file, "a")
        with read_only(file.path) as reader:
            cursor = reader.execute("SELECT name FROM sources UNION ALL SELECT 'x'")
            cursor.fetchone()
            make.configured(file, "a", "b")
            assert len(cursor.fetchall()) == 1

    def test_reader_does_not_wait_for_a_writer(self, file):
        with closing(sqlite3.connect(file.path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            assert file.read(table_counts)["posts"] == 0
            writer.execute("ROLLBACK")

    def test_a_writer_waits_for_another(self, file, monkeypatch):
        monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", make.HANG_GUARD_S * 1000)
        asked = threading.Event()

        def note(_connection, _cursor, statement, *_):
            if statement == "BEGIN IMMEDIATE":
                asked.set()

        event.listen(file.engine, "before_cursor_execute", note)
        with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            writing = threading.Thread(target=make.configured, args=(file, "a"), daemon=True)
            writing.start()
            assert asked.wait(make.HANG_GUARD_S)
            assert writing.is_alive(), "the other process still holds the lock"
            other.execute("ROLLBACK")
            writing.join(make.HANG_GUARD_S)
        assert make.value(file, "SELECT count(*) FROM sources") == 1

    def test_busy_timeout(self, file):
        assert make.value(file, "PRAGMA busy_timeout") == engine.BUSY_TIMEOUT_MS

    def test_foreign_keys_are_enforced(self, file):
        with pytest.raises(StoreError, match="FOREIGN KEY"):
            file.write(lambda connection: connection.execute(text("INSERT INTO visits VALUES (9, 'retry', '', 0)")))

    def test_the_file_is_in_wal_mode(self, file):
        assert make.value(file, "PRAGMA journal_mode") == "wal"


class TestNames:
    def test_a_database_that_is_only_read(self, file, monkeypatch):
        make.configured(file)
        monkeypatch.setattr(engine, "_OPERATIONS_PER_LOOK", 1)
        now = count(step=10)
        monkeypatch.setattr(engine, "monotonic", now.__next__)
        with Database(f"sqlite:///{file.path}", read_limit_s=1000) as readers:
            assert make.rows(readers, "SELECT name FROM sources") == [("联合早报",)]
            with pytest.raises(OperationalError, match="readonly"):
                make.run(readers, "DELETE FROM sources")
            endless = "WITH RECURSIVE n AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT count(*) FROM n"
            with pytest.raises(StoreTimeoutError, match=f"{file.path} cannot be read: it took too long$"):
                readers.read(lambda connection: connection.exec_driver_sql(endless).scalar())
            assert make.rows(readers, "SELECT name FROM sources") == [("联合早报",)], "each read has its own time"

    def test_name_of_a_file(self, file):
        assert file.name == str(file.path)
        assert file.path.name == "ingestd.db"

    def test_the_folder_of_a_new_file_is_made(self, tmp_path):
        from ingestd.store.database import Database

        with Database(f"sqlite:///{tmp_path}/a/b/c.db") as database:
            database.upgrade(now=make.NOW)
        assert (tmp_path / "a/b/c.db").is_file()


async def test_the_last_error_of_a_write_is_known_until_one_succeeds(database):
    def fail(connection):
        connection.execute(text("INSERT INTO no_such_table VALUES (1)"))

    with pytest.raises(StoreError):
        await database.writing(fail)
    with pytest.raises(StoreError):
        await database.reading(lambda connection: connection.execute(text("SELECT * FROM nothing")))
    assert "cannot be written: " in database.write_error
    assert "no_such_table" in database.write_error
    await database.writing(notices.prove_writable, make.NOW)
    assert database.write_error is None
    assert database.read(notices.all_notices) == []


def test_a_relative_path_is_named_from_the_root_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Database("sqlite:///a/i.db") as database:
        monkeypatch.chdir("/")
        assert database.path == tmp_path / "a" / "i.db"
        with pytest.raises(StoreError, match=f"^the database {tmp_path}/a/i.db does not exist yet"):
            database.require()
