"""The database as the others see it: its thread, its errors, and whoever reads meanwhile."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing

import pytest
from sqlalchemy import text

from ingestd.model.errors import StoreError
from ingestd.store import sources
from ingestd.store.statistics import table_counts
from tests.store import make


def read_only(path):
    """The file as a user opens it."""
    return closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True))


class TestThread:
    async def test_the_loop_goes_on_while_the_database_works(self, database):
        def slow(_connection):
            time.sleep(0.2)
            return threading.current_thread().name

        beats = 0
        working = asyncio.ensure_future(database.reading(slow))
        while not working.done():
            await asyncio.sleep(0.01)
            beats += 1
        assert (await working).startswith("database")
        assert beats > 5

    async def test_a_write_that_has_begun_is_finished_though_its_caller_is_cancelled(self, database):
        begun = threading.Event()

        def slow(connection):
            begun.set()
            time.sleep(0.1)
            sources.sync(connection, [make.source("a")], make.NOW)

        writing = asyncio.ensure_future(database.writing(slow))
        await asyncio.to_thread(begun.wait)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert await database.reading(lambda connection: connection.execute(text("SELECT name FROM sources")).all())

    async def test_what_fails_is_undone_and_told_in_one_line(self, database):
        def broken(connection):
            sources.sync(connection, [make.source("a")], make.NOW)
            connection.execute(text("SELECT * FROM nowhere"))

        with pytest.raises(StoreError, match=r"the database .* cannot be written: .*nowhere") as caught:
            await database.writing(broken)
        assert "\n" not in str(caught.value)
        assert make.value(database, "SELECT count(*) FROM sources") == 0


class TestOthersAtTheFile:
    def test_they_read_while_ingestd_writes(self, file):
        make.configured(file, "a")
        with read_only(file.path) as reader, file.engine.begin() as connection:
            sources.sync(connection, [make.source("a"), make.source("b")], make.NOW)
            assert reader.execute("SELECT count(*) FROM sources").fetchone() == (1,)
            connection.commit()
            assert reader.execute("SELECT count(*) FROM sources").fetchone() == (2,)

    def test_ingestd_writes_while_they_read(self, file):
        make.configured(file, "a")
        with read_only(file.path) as reader:
            cursor = reader.execute("SELECT name FROM sources UNION ALL SELECT 'x'")
            cursor.fetchone()
            make.configured(file, "a", "b")
            assert len(cursor.fetchall()) == 1

    def test_a_reader_of_ours_does_not_wait_for_a_writer(self, file):
        with closing(sqlite3.connect(file.path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            assert file.read(table_counts)["posts"] == 0
            writer.execute("ROLLBACK")

    def test_a_writer_waits_for_another(self, file):
        with closing(sqlite3.connect(file.path, isolation_level=None, check_same_thread=False)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            threading.Timer(0.2, writer.execute, ["ROLLBACK"]).start()
            make.configured(file, "a")
        assert make.value(file, "SELECT count(*) FROM sources") == 1

    def test_foreign_keys_hold(self, file):
        with pytest.raises(StoreError, match="FOREIGN KEY"):
            file.write(lambda connection: connection.execute(text("INSERT INTO visits VALUES (9, 'retry', '', 0)")))

    def test_the_file_is_in_wal_mode(self, file):
        assert make.value(file, "PRAGMA journal_mode") == "wal"


class TestNames:
    def test_a_file(self, file):
        assert file.name == str(file.path)
        assert file.path.name == "ingestd.db"

    def test_the_folder_of_a_new_file_is_made(self, tmp_path):
        from ingestd.store.database import Database

        with Database(f"sqlite:///{tmp_path}/a/b/c.db") as database:
            database.upgrade(now=make.NOW)
        assert (tmp_path / "a/b/c.db").is_file()
