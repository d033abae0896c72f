"""Whose a database is: ingestd's own are recognised, another program's keeps every byte."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from ingestd.model.errors import StoreBusyError, StoreError
from ingestd.store import ownership, schema
from ingestd.store.backup import write_backup
from ingestd.store.database import Database
from ingestd.store.ownership import APPLICATION_ID, Contents, look
from ingestd.store.statistics import table_counts
from tests.store import make


def digests(folder):
    """Every file of a folder with the digest of its bytes."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def made(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


NOTES = "CREATE TABLE notes (text)"
_INTERRUPTED = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement)
os._exit(0)
"""


def interrupted(path, *statements):
    """Run statements in a process that ends without closing the database: its log or journal stays."""
    subprocess.run([sys.executable, "-c", _INTERRUPTED, path, *statements], check=True)


def with_rollback_journal(path):
    made(path, NOTES)


def in_wal_mode(path):
    made(path, "PRAGMA journal_mode = WAL", NOTES)


def of_a_crashed_program(path):
    interrupted(path, "PRAGMA journal_mode = WAL", NOTES, "INSERT INTO notes VALUES ('in the log')")


def with_a_log_alone(path):
    in_wal_mode(path)
    interrupted(path, "INSERT INTO notes VALUES ('in the log')")
    path.with_name(path.name + "-shm").unlink()


def with_an_interrupted_transaction(path):
    made(path, NOTES)
    rows = "INSERT INTO notes SELECT randomblob(3000) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
    interrupted(path, "PRAGMA cache_size = 1", "BEGIN", f"{rows} FROM n LIMIT 300) SELECT i FROM n)")
    assert path.with_name(path.name + "-journal").stat().st_size > 0


def with_an_application_id_and_no_table(path):
    made(path, "PRAGMA application_id = 252006673", "PRAGMA user_version = 1")


def of_another_program_with_alembic(path):
    tables = [f"CREATE TABLE {name} (id integer)" for name in ("posts", "sources", "users")]
    made(
        path, *tables, "CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('0003')"
    )


def with_our_tables_and_another_application_id(path):
    with Database(f"sqlite:///{path}") as database:
        database.upgrade(now=make.NOW)
    made(path, "PRAGMA application_id = 1")


FOREIGN = (
    with_rollback_journal,
    in_wal_mode,
    of_a_crashed_program,
    with_a_log_alone,
    with_an_interrupted_transaction,
    with_an_application_id_and_no_table,
    of_another_program_with_alembic,
    with_our_tables_and_another_application_id,
)
_STARTS_A_PROCESS = {of_a_crashed_program, with_a_log_alone, with_an_interrupted_transaction}


class TestAnotherProgramsFile:
    @pytest.mark.parametrize(
        "foreign",
        [pytest.param(one, marks=[pytest.mark.process] if one in _STARTS_A_PROCESS else []) for one in FOREIGN],
    )
    def test_is_refused_and_keeps_every_byte(self, tmp_path, foreign):
        folder = tmp_path / "theirs"
        folder.mkdir()
        foreign(folder / "their.db")
        before = digests(folder)
        with Database(f"sqlite:///{folder}/their.db") as database:
            for attempt in (
                lambda: database.upgrade(now=make.NOW),
                database.require,
                lambda: database.read(table_counts),
                lambda: database.write(table_counts),
                lambda: schema.current(database.engine),
            ):
                with pytest.raises(StoreError, match=r"their\.db is another program's: it(s application_id| has)"):
                    attempt()
                # Another reader's marks are in the -shm file, which is no data.
                now = digests(folder)
                assert {name: now[name] for name in now if not name.endswith("-shm")} == {
                    name: before[name] for name in before if not name.endswith("-shm")
                }
                assert now.keys() == before.keys()

    def test_is_refused_while_in_use(self, tmp_path):
        with closing(sqlite3.connect(tmp_path / "their.db", isolation_level=None)) as theirs:
            theirs.execute("PRAGMA journal_mode = WAL")
            theirs.execute(NOTES)
            before = (tmp_path / "their.db").read_bytes(), (tmp_path / "their.db-wal").read_bytes()
            with (
                Database(f"sqlite:///{tmp_path}/their.db") as database,
                pytest.raises(StoreError, match="is another program's: it has a table notes already"),
            ):
                database.upgrade(now=make.NOW)
            assert ((tmp_path / "their.db").read_bytes(), (tmp_path / "their.db-wal").read_bytes()) == before
            theirs.execute("INSERT INTO notes VALUES ('still theirs')")

    def test_replacing_the_database_is_refused_by_the_next_connection(self, file, tmp_path):
        file.engine.dispose()
        file.path.unlink()
        with_rollback_journal(file.path)
        before = digests(tmp_path)
        with pytest.raises(StoreError, match="is another program's"):
            file.write(table_counts)
        assert digests(tmp_path) == before

    def test_tables_created_between_check_and_lock_are_kept(self, tmp_path, monkeypatch):
        path = tmp_path / "their.db"
        with_rollback_journal(path)
        for module in (schema, ownership):
            monkeypatch.setattr(module, "look", lambda _: Contents())
        monkeypatch.setattr("ingestd.store.engine.look", lambda _: Contents())
        with Database(f"sqlite:///{path}") as database, pytest.raises(StoreError, match="is another program's"):
            database.upgrade(now=make.NOW)
        assert look(path).tables == {"notes"}

    def test_server_database_with_other_table_names_is_used(self, empty_url):
        with Database(empty_url) as database:
            if database.path is not None:
                pytest.skip("a SQLite file has one owner")
            make.run(database, "CREATE TABLE spatial_ref_sys (id integer)")
            assert database.upgrade(now=make.NOW) == (None, schema.head(), None)

    def test_alembic_of_another_program_on_a_server(self, empty_url):
        with Database(empty_url) as database:
            if database.path is not None:
                pytest.skip("a SQLite file is refused before it is opened")
            make.run(database, "CREATE TABLE alembic_version (version_num text)")
            make.run(database, "INSERT INTO alembic_version VALUES ('0003')")
            for attempt in (lambda: database.upgrade(now=make.NOW), database.require):
                with pytest.raises(StoreError, match="is another program's: it has a table alembic_version already"):
                    attempt()


class TestOurOwnFile:
    def test_has_the_application_id(self, file):
        file.engine.dispose()
        assert look(file.path).application_id == APPLICATION_ID
        with file.path.open("rb") as stream:
            assert stream.read(72)[68:] == b"INGD"

    @pytest.mark.parametrize("revision", ["0001", schema.head()])
    def test_file_without_an_application_id_is_recognised_and_gets_it(self, tmp_path, file, revision):
        path = tmp_path / "old.db"
        with Database(f"sqlite:///{path}") as database:
            with database.engine.begin() as connection:
                schema._upgrade(connection, revision)
            make.configured(file)
            make.fill_like(database, file)
            assert look(path).application_id == 0
            before, _, backup = database.upgrade(now=make.NOW)
            assert before == revision
            assert (backup is not None) == (revision != schema.head())
            assert look(path).application_id == APPLICATION_ID
            assert database.read(table_counts)["sources"] == 1
            assert database.upgrade(now=make.NOW) == (schema.head(), schema.head(), None)

    def test_backup_has_the_application_id(self, file, tmp_path):
        write_backup(file.engine, tmp_path / "copy.db")
        assert look(tmp_path / "copy.db") == look(file.path)

    def test_file_with_a_missing_table_is_recognised(self, file):
        make.run(file, "DROP TABLE identities")
        assert look(file.path).is_ours

    @pytest.mark.process
    def test_wal_without_its_index_is_read(self, file, tmp_path):
        file.engine.dispose()
        interrupted(file.path, "UPDATE alembic_version SET version_num = '9999'")
        file.path.with_name(file.path.name + "-shm").unlink()
        assert look(file.path).revision == "9999"

    @pytest.mark.process
    def test_file_with_all_tables_in_the_wal_is_recognised(self, tmp_path):
        path = tmp_path / "new.db"
        tables = [f"CREATE TABLE {name} (version_num text)" for name in ownership._REQUIRED_TABLES]
        interrupted(path, "PRAGMA journal_mode = WAL", *tables, f"PRAGMA application_id = {APPLICATION_ID}")
        assert look(path).application_id == APPLICATION_ID
        assert look(path).is_ours

    def test_behind_a_link_is_read_with_its_log(self, tmp_path):
        (tmp_path / "real").mkdir()
        (tmp_path / "link.db").symlink_to(tmp_path / "real" / "a.db")
        with Database(f"sqlite:///{tmp_path}/real/a.db") as database:
            database.upgrade(now=make.NOW)
            # Open: its tables are still in the log.
            assert look(tmp_path / "link.db").revision == schema.head()

    def test_locked_file_is_busy(self, file, monkeypatch):
        monkeypatch.setattr(ownership, "_BUSY_TIMEOUT_S", 0)
        file.engine.dispose()
        with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
            other.execute("PRAGMA journal_mode = DELETE")
            other.execute("BEGIN EXCLUSIVE")
            other.execute("UPDATE alembic_version SET version_num = '1'")
            with pytest.raises(StoreBusyError, match="database is locked"):
                look(file.path)


class TestNewerSchema:
    @pytest.mark.parametrize("journal", ["DELETE", "WAL"])
    def test_is_refused_and_keeps_every_byte(self, file, tmp_path, journal):
        make.run(file, "UPDATE alembic_version SET version_num = '9999'")
        file.engine.dispose()
        folder = tmp_path / "newer"
        folder.mkdir()
        shutil.copy(file.path, folder / "a.db")
        made(folder / "a.db", f"PRAGMA journal_mode = {journal}")
        before = digests(folder)
        with Database(f"sqlite:///{folder}/a.db") as database:
            for attempt in (lambda: database.upgrade(now=make.NOW), database.require):
                with pytest.raises(StoreError, match=r"is at schema 9999, .* it was made by a newer version"):
                    attempt()
                assert digests(folder) == before

    def test_upgraded_by_another_process_while_waiting_for_the_lock(self, file, monkeypatch):
        make.run(file, "UPDATE alembic_version SET version_num = '9999'")
        monkeypatch.setattr(schema, "look", lambda _: Contents())
        with pytest.raises(StoreError, match="is at schema 9999"):
            file.upgrade(now=make.NOW)


class TestEmptyFile:
    def test_is_new(self, tmp_path):
        (tmp_path / "a.db").touch()
        with Database(f"sqlite:///{tmp_path}/a.db") as database:
            assert database.upgrade(now=make.NOW) == (None, schema.head(), None)

    def test_sqlite_file_without_tables_is_new(self, tmp_path):
        made(tmp_path / "a.db", "VACUUM")
        with Database(f"sqlite:///{tmp_path}/a.db") as database:
            assert database.upgrade(now=make.NOW) == (None, schema.head(), None)

    def test_is_not_filled_by_reading(self, tmp_path):
        (tmp_path / "a.db").touch()
        with (
            Database(f"sqlite:///{tmp_path}/a.db") as database,
            pytest.raises(StoreError, match="is at schema none"),
        ):
            database.require()
        assert digests(tmp_path) == {"a.db": hashlib.sha256(b"").hexdigest()}


class TestNoFile:
    def test_named_pipe_does_not_block(self, tmp_path):
        os.mkfifo(tmp_path / "a.db")
        with pytest.raises(StoreError, match="unable to open what is no regular file"):
            look(tmp_path / "a.db")

    @pytest.mark.parametrize(
        "url",
        [
            "sqlite://",
            "sqlite:///",
            "sqlite:/// ",
            "sqlite:///:memory:",
            "sqlite:///a.db?mode=memory",
            "sqlite:///file::memory:?uri=true",
            "sqlite:///file:a.db?mode=memory&cache=shared&uri=true",
        ],
    )
    def test_a_database_in_memory_is_refused(self, url, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(StoreError, match="a database in memory would keep nothing"):
            Database(url)
        assert digests(tmp_path) == {}
