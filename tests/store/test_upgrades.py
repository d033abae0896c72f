"""Upgrades that fail, are killed, or begin at a schema that a migration made before it was extended."""

import os
import shutil
import signal
import sqlite3
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event

from ingestd.model.errors import StoreError
from ingestd.store import schema
from ingestd.store.database import Database
from ingestd.store.integrity import check_database
from ingestd.store.models import metadata
from ingestd.store.statistics import table_counts
from tests.store import make
from tests.support.crash_points import crash_points, step
from tests.support.program import PROCESSES

POSTS = 12


def at_revision(database, revision):
    """Make a database as an earlier version of ingestd made it."""
    with database.engine.begin() as connection:
        schema._upgrade(connection, revision)


@pytest.fixture
def posts(file):
    """A database of the present schema with some posts, to be copied into older ones."""
    make.configured(file)
    make.store(file, *(make.new(n) for n in range(1, POSTS + 1)))
    return file


@pytest.fixture
def home(tmp_path):
    """A folder of its own for the database that is upgraded."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def old_database(home, revision, posts):
    with Database(f"sqlite:///{home}/old.db") as database:
        at_revision(database, revision)
        make.fill_like(database, posts)
    return home / "old.db"


def upgrade(path):
    with Database(f"sqlite:///{path}") as database:
        return database.upgrade(now=make.NOW)


def _state(path):
    """(revision, posts, whether the views of this version are there) of an undamaged database."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        [revision] = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        [count] = connection.execute("SELECT count(*) FROM posts").fetchone()
        views = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'view'").fetchone()[0]
        return revision, count, views > 0


@pytest.mark.slow
class TestKilledUpgrades:
    """What is left when the process is killed between two statements: the old database, whole, until the commit."""

    def test_the_old_or_the_new_database_is_there_and_another_run_completes_it(self, home, tmp_path, posts):
        path = old_database(home, "0001", posts)
        with Database(f"sqlite:///{path}") as database, crash_points(home, tmp_path / "crashes") as found:
            # A cache of some pages: what a transaction has changed is written to the log long before its end.
            event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA cache_size = 5"))
            event.listen(database.engine, "before_cursor_execute", lambda *args: step(args[2]))
            database.upgrade(now=make.NOW)
        states = [_state(folder / "old.db") for _, folder in found]
        assert set(states) == {("0001", POSTS, False), (schema.head(), POSTS, True)}
        assert states == sorted(states), "one step, the commit, makes it new"
        assert len(states) > 30
        for _, folder in found[:: len(found) // 8]:
            upgrade(folder / "old.db")
            assert _state(folder / "old.db") == (schema.head(), POSTS, True)
            assert not list(folder.glob(".*")), "no copy that was not completed"

    @pytest.mark.process
    def test_a_process_that_is_killed_before_the_last_migration_is_recorded(self, home, posts):
        path = old_database(home, "0009", posts)
        killed = PROCESSES.Process(target=_upgrade_and_die, args=(str(path), f"SET version_num='{schema.head()}'"))
        killed.start()
        killed.join()
        assert killed.exitcode == -signal.SIGKILL
        assert _state(path) == ("0009", POSTS, False)
        assert upgrade(path)[:2] == ("0009", schema.head())


def _upgrade_and_die(path, at):
    def kill(*args):
        if at in args[2]:
            os.kill(os.getpid(), signal.SIGKILL)

    with Database(f"sqlite:///{path}") as database:
        event.listen(database.engine, "before_cursor_execute", kill)
        database.upgrade(now=make.NOW)


class TestFailedUpgrades:
    @pytest.fixture
    def failing(self, home, tmp_path, posts, monkeypatch):
        """Let the last migration fail after it has done its work."""

        def fail(how):
            folder = tmp_path / "migrations"
            shutil.copytree(schema.migrations_folder(), folder)
            last = next(folder.glob(f"versions/{schema.head()}_*.py"))
            last.write_text(last.read_text().replace("def upgrade() -> None:", "def _upgrade() -> None:"))
            with last.open("a") as file:
                file.write(f"\n\ndef upgrade() -> None:\n    _upgrade()\n    {how}\n")
            monkeypatch.setattr(schema, "migrations_folder", lambda: folder)

        return fail

    @pytest.mark.parametrize(
        ("how", "reason"),
        [
            ('op.execute("DROP TABLE nonsense")', "no such table: nonsense"),
            ('raise KeyError("nonsense")', "KeyError: 'nonsense'"),
            ('op.execute("DELETE FROM posts WHERE id = 1")', r"table \w+ would refer to missing rows"),
        ],
    )
    def test_the_database_is_as_it_was_and_the_line_says_what_to_do(self, home, posts, failing, how, reason):
        path = old_database(home, "0009", posts)
        failing(how)
        with pytest.raises(
            StoreError,
            match=rf"^the upgrade of the database {path} from schema 0009 to {schema.head()} failed and was taken back:"
            rf" {reason}; the database is as it was: go on with the version of ingestd before, and report this$",
        ):
            upgrade(path)
        assert _state(path) == ("0009", POSTS, False)
        assert [name.name for name in home.iterdir()] == ["old.db"], "no copy is left by each attempt"

    def test_a_full_disk_is_no_fault_of_the_version(self, home, posts, monkeypatch):
        path = old_database(home, "0009", posts)

        def full(connection):
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
            connection.exec_driver_sql("CREATE TABLE more AS SELECT zeroblob(1000000) AS x")

        monkeypatch.setattr(schema, "store_meanings", full)
        with pytest.raises(StoreError, match=r"failed and was taken back: .*disk is full; .* make room and try again$"):
            upgrade(path)
        monkeypatch.undo()
        assert upgrade(path)[:2] == ("0009", schema.head())

    def test_a_database_that_cannot_be_made_new(self, home, monkeypatch):
        monkeypatch.setattr(schema, "store_meanings", lambda _: 1 / 0)
        with pytest.raises(StoreError, match=r"^the database .*new\.db cannot be set up: ZeroDivisionError"):
            upgrade(home / "new.db")


@pytest.mark.parametrize(
    ("revision", "statements"),
    [
        (
            "0001",
            [
                "ALTER TABLE sources DROP COLUMN redirects",
                "ALTER TABLE sources ADD COLUMN redirect_url TEXT",
                "ALTER TABLE sources ADD COLUMN redirect_polls INTEGER DEFAULT '0' NOT NULL",
                "ALTER TABLE exports DROP COLUMN name_key",
                "ALTER TABLE exports ADD COLUMN revision INTEGER NOT NULL DEFAULT 0",
            ],
        ),
        ("0002", ["ALTER TABLE inbox DROP COLUMN keys"]),
        ("0015", ["DROP INDEX ix_posts_clamped"]),
    ],
)
def test_a_schema_that_a_migration_made_before_it_was_extended(empty_url, posts, revision, statements):
    with Database(empty_url) as database:
        at_revision(database, revision)
        make.fill_like(database, posts)
        for statement in statements:
            make.run(database, statement)
        assert database.upgrade(now=make.NOW)[:2] == (revision, schema.head())
        assert check_database(database.engine) == []
        assert database.read(table_counts)["posts"] == POSTS
        with database.engine.connect().execution_options(reads=True) as connection:
            compared = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
        missing = [change for change in compared if isinstance(change, tuple) and change[0].startswith("add_")]
        assert missing == []
