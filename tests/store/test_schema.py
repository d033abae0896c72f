"""The schema: created, upgraded, backed up, checked, and described."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from ingestd.model.errors import StoreError
from ingestd.store import pages, schema
from ingestd.store.backup import write_backup
from ingestd.store.database import Database
from ingestd.store.inbox import read_inbox
from ingestd.store.integrity import check_database
from ingestd.store.leases import acquire_leases
from ingestd.store.models import metadata
from ingestd.store.notify_targets import sync_targets
from ingestd.store.outbox import queued_events
from ingestd.store.statistics import table_counts
from ingestd.store.views import VIEWS
from ingestd.text.times import utc_text
from ingestd.text.zstd import zstd
from tests.store import make


def at_revision(database, revision):
    """Make a database as an earlier version of ingestd made it."""
    with database.engine.begin() as connection:
        schema._upgrade(connection, revision)


class TestUpgrade:
    def test_upgrade_of_an_empty_database(self, empty_url):
        with Database(empty_url) as database:
            assert database.upgrade(now=make.NOW) == (None, schema.head(), None)
            database.require()
            assert check_database(database.engine) == []

    def test_repeated_upgrade_changes_nothing(self, database):
        make.configured(database)
        make.store(database, make.new(1))
        assert database.upgrade(now=make.NOW) == (schema.head(), schema.head(), None)
        assert database.read(table_counts)["posts"] == 1

    @pytest.mark.process
    def test_upgrade_by_two_processes_at_once(self, empty_url):
        results = make.at_once(make.upgrade_in_process, [(empty_url,)] * 2)
        assert sorted(results, key=str) == sorted(
            [(None, schema.head(), False), (schema.head(), schema.head(), False)], key=str
        ), "one does the work, the other finds it done"

    @pytest.mark.process
    def test_upgrade_of_an_old_database_by_two_processes_at_once(self, empty_url, thirty_posts):
        with Database(empty_url) as database:
            at_revision(database, "0001")
            make.fill_like(database, thirty_posts)
            results = make.at_once(make.upgrade_in_process, [(empty_url,)] * 2)
            assert sorted(before for before, _, _ in results) == ["0001", schema.head()]
            assert {after for _, after, _ in results} == {schema.head()}
            assert database.read(table_counts)["posts"] == 30

    def test_migrations_and_models_agree(self, database):
        def is_ours(_object, name, kind, _reflected, _compare_to):
            return not (kind == "table" and (name == "alembic_version" or name.startswith("posts_fts")))

        with database.engine.connect().execution_options(reads=True) as connection:
            options = {"compare_type": True, "include_object": is_ours}
            assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []

    def test_a_newer_database_is_refused(self, database):
        make.run(database, "UPDATE alembic_version SET version_num = '9999'")
        for attempt in (lambda: database.upgrade(now=make.NOW), database.require):
            with pytest.raises(StoreError, match=r"is at schema 9999, which this version .* newer"):
                attempt()

    def test_database_of_another_program_is_refused(self, empty_url):
        with Database(empty_url) as database:
            make.run(database, "CREATE TABLE posts (id integer)")
            with pytest.raises(StoreError, match="is another program's: it has a table posts already"):
                database.upgrade(now=make.NOW)
            assert "sources" not in inspect(database.engine).get_table_names()

    def test_documentation_is_updated_without_a_migration(self, database):
        make.run(database, "UPDATE documentation SET meaning = 'old words' WHERE table_name = 'posts'")
        database.upgrade(now=make.NOW)
        assert make.value(database, "SELECT count(*) FROM documentation WHERE meaning = 'old words'") == 0


@pytest.fixture
def thirty_posts(file):
    """A database of the present schema with thirty posts."""
    make.configured(file)
    make.store(file, *(make.new(n) for n in range(1, 31)))
    return file


@pytest.fixture
def old(tmp_path, thirty_posts):
    """A filled database of the first schema."""
    with Database(f"sqlite:///{tmp_path}/old.db") as database:
        at_revision(database, "0001")
        make.fill_like(database, thirty_posts)
        yield database


def _columns(database, table):
    return ", ".join(column["name"] for column in inspect(database.engine).get_columns(table))


def _rows(database, columns):
    """All rows of each table, of the given columns of it."""
    return {table: make.rows(database, f"SELECT {columns[table]} FROM {table} ORDER BY 1, 2") for table in columns}


class TestEachUpgradeKeepsData:
    # The first one runs every migration; `make quick` leaves the others out. Every third on PostgreSQL.
    @pytest.mark.parametrize(
        ("empty_url", "revision"),
        [
            ("sqlite", "0001"),
            *(
                pytest.param("sqlite", f"{number:04}", marks=pytest.mark.slow)
                for number in range(2, int(schema.head()))
            ),
            *(("postgresql", f"{number:04}") for number in range(1, int(schema.head()), 3)),
        ],
        indirect=["empty_url"],
    )
    def test_upgrade_of_a_filled_database_keeps_its_rows(self, empty_url, revision, thirty_posts):
        with Database(empty_url) as database:
            at_revision(database, revision)
            make.fill_like(database, thirty_posts)
            for n in range(1, 31):
                make.run(
                    database,
                    "INSERT INTO pages (post_id, url, final_url, fetched_at, http_status, size, body)"
                    " VALUES (:n, 'https://a.example/', 'https://a.example/1', :at, 200, 8, :body)",
                    n=n,
                    at=utc_text(make.NOW),
                    body=zstd.compress(b"<html>%02d" % n),
                )
            tables = ("sources", "posts", "identities", "sightings", "items")
            columns = {table: _columns(database, table) for table in tables}
            before = _rows(database, columns)
            assert all(before.values())
            assert database.upgrade(now=make.NOW)[:2] == (revision, schema.head())
            assert _rows(database, columns) == before
            for column in {"extraction_version", "feed_categories"} - set(columns["posts"].split(", ")):
                assert make.rows(database, f"SELECT DISTINCT {column} FROM posts") == [(None,)]
            assert database.read(pages.latest, 30) == make.page(b"<html>30")
            assert check_database(database.engine) == []
            assert make.value(database, "SELECT sum(posts) FROM post_counts") == 30
            known = "SELECT (SELECT count(*) FROM fingerprint_backlog) + (SELECT count(*) FROM fingerprints)"
            assert make.value(database, known) == 30
            # What is new works at once, beside what is old.
            database.write(pages.store_pages, [(30, make.page(b"<html>newer"))])
            assert [page.body for page in database.read(pages.versions, 30)] == [b"<html>30", b"<html>newer"]
            database.write(sync_targets, {"all": ["post-new"]}, make.NOW)
            make.store(database, make.new(31, media=("https://a.example/1.png",)))
            assert [item.event for item in database.read(queued_events, "all", 9)] == ["post-new"]
            assert make.rows(database, "SELECT url, post_id FROM media") == [("https://a.example/1.png", 31)]


def test_inbox_entry_of_the_first_schema_is_read_without_keys(old):
    make.run(
        old,
        "INSERT INTO inbox (source_id, key, from_url, entry, received_at)"
        " VALUES (1, 'k', 'https://a.example/', '{}', '2026-11-22T17:00:00.000Z')",
    )
    old.upgrade(now=make.NOW)
    assert [item.keys for item in old.read(read_inbox, 1)] == [()]


def test_what_is_leased_while_leases_get_numbers_stays_leased(empty_url, thirty_posts):
    with Database(empty_url) as database:
        at_revision(database, "0024")
        make.fill_like(database, thirty_posts)
        make.run(database, "INSERT INTO leases VALUES (1, 'x', :until)", until=utc_text(make.later(20)))
        database.upgrade(now=make.NOW)
        assert make.rows(database, "SELECT id, source_id, task, holder FROM leases") == [(1, 1, None, "x")]
        assert database.write(acquire_leases, [1], "y", make.later(10), 30.0) == {}
        assert database.write(acquire_leases, [1], "y", make.later(20), 30.0)[1] > 1


class TestBackups:
    def test_a_filled_database_is_copied_before_an_upgrade(self, old):
        before, after, backup = old.upgrade(now=make.NOW)
        assert (before, after) == ("0001", schema.head())
        assert backup.name == "old.db.0001-20261122T170000Z.bak"
        assert sorted(path.name for path in backup.parent.glob("*.bak*")) == [backup.name]
        with Database(f"sqlite:///{backup}") as copy:
            assert schema.current(copy.engine) == "0001"
            assert copy.read(table_counts)["posts"] == 30

    def test_an_earlier_backup_is_never_overwritten(self, old):
        first = old.path.with_name("old.db.0001-20261122T170000Z.bak")
        first.write_bytes(b"precious")
        _, _, backup = old.upgrade(now=make.NOW)
        assert (first.read_bytes(), backup.name) == (b"precious", "old.db.0001-20261122T170000Z-2.bak")

    @pytest.mark.process
    def test_two_processes_make_one_backup(self, old):
        results = make.at_once(make.upgrade_in_process, [(f"sqlite:///{old.path}",)] * 2)
        assert sorted(backup for _, _, backup in results) == [False, True]
        assert len(list(old.path.parent.glob("*.bak"))) == 1

    def test_backup_during_writes_is_consistent(self, file, tmp_path):
        make.configured(file)
        with closing(sqlite3.connect(file.path)) as writer:
            writer.execute("UPDATE sources SET title = 'uncommitted'")
            write_backup(file.engine, tmp_path / "copy.db")
            writer.rollback()
        with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
            assert copy.execute("SELECT title FROM sources").fetchall() == [(None,)]
            assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)

    def test_backup_refusals(self, file, tmp_path):
        (tmp_path / "there").touch()
        with pytest.raises(StoreError, match="exists already"):
            write_backup(file.engine, tmp_path / "there")
        with pytest.raises(StoreError, match="no backup could be written"):
            write_backup(file.engine, tmp_path / "no" / "folder")
        with (
            Database(f"sqlite:///{tmp_path}/nothing.db") as nothing,
            pytest.raises(StoreError, match=r"nothing\.db does not exist"),
        ):
            write_backup(nothing.engine, tmp_path / "copy.db")
        assert not list(tmp_path.glob("**/*.partial"))

    def test_backup_of_postgresql_names_pg_dump(self, postgresql_server):
        with Database(postgresql_server) as database, pytest.raises(StoreError, match="for this one: pg_dump "):
            write_backup(database.engine, Path("x"))


_FUTURE = """
from alembic import op
import sqlalchemy as sa
revision = "9000"
down_revision = "{head}"

def upgrade():
    with op.batch_alter_table("sources", recreate="always") as batch:
        batch.add_column(sa.Column("colour", sa.Text()))
    {more}
"""


@pytest.fixture
def with_migration(tmp_path, monkeypatch):
    """Add a migration of the future that rebuilds a table to which others refer."""

    def add(more=""):
        folder = tmp_path / "migrations"
        shutil.copytree(schema.migrations_folder(), folder)
        head = schema.head()
        (folder / "versions" / "9000.py").write_text(_FUTURE.format(head=head, more=more))
        monkeypatch.setattr(schema, "migrations_folder", lambda: folder)

    return add


class TestFutureMigrations:
    @pytest.fixture(autouse=True)
    def _filled(self, file):
        make.configured(file)
        make.store(file, make.new(1), waiting=(make.waiting(2),))

    def test_rebuilding_a_table_keeps_referring_rows(self, file, with_migration):
        with_migration()
        assert file.upgrade(now=make.NOW)[1] == "9000"
        counted = "SELECT (SELECT count(*) FROM sightings), (SELECT count(*) FROM inbox), (SELECT source_id FROM posts)"
        assert make.rows(file, counted) == [(1, 1, 1)]
        assert make.value(file, "PRAGMA foreign_keys") == 1

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ('op.execute("DROP TABLE nonsense")', "failed and was taken back: no such table: nonsense"),
            ('op.execute("DELETE FROM posts")', r"was taken back: table \w+ would refer to missing rows"),
        ],
    )
    def test_failed_migration_is_rolled_back(self, file, with_migration, more, says):
        before = schema.head()
        with_migration(more)
        with pytest.raises(StoreError, match=says):
            file.upgrade(now=make.NOW)
        assert schema.current(file.engine) == before
        assert "colour" not in {column["name"] for column in inspect(file.engine).get_columns("sources")}
        assert file.read(table_counts)["posts"] == 1
        assert make.value(file, "SELECT count(*) FROM front_matter") == 1
        assert make.value(file, "PRAGMA foreign_keys") == 1


class TestErrors:
    """Each is one clear StoreError."""

    def test_folder_that_cannot_be_created(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(StoreError, match=r"file/a/b\.db cannot be created: Not a directory"):
            Database(f"sqlite:///{tmp_path}/file/a/b.db")

    def test_a_path_that_is_no_file(self, tmp_path):
        with Database(f"sqlite:///{tmp_path}") as database, pytest.raises(StoreError, match="unable to open"):
            database.upgrade(now=make.NOW)

    def test_a_file_that_is_no_database(self, tmp_path):
        (tmp_path / "a.db").write_text("no database at all, but text\n" * 100)
        with Database(f"sqlite:///{tmp_path}/a.db") as database:
            for attempt in (
                lambda: database.upgrade(now=make.NOW),
                database.require,
                lambda: check_database(database.engine),
            ):
                with pytest.raises(StoreError, match=r"a\.db cannot be opened: file is not a database"):
                    attempt()

    def test_reading_does_not_create_a_missing_file(self, tmp_path):
        with Database(f"sqlite:///{tmp_path}/a.db") as database, pytest.raises(StoreError, match="does not exist yet"):
            database.require()
        assert not (tmp_path / "a.db").exists()

    def test_an_older_schema_is_not_read(self, old):
        with pytest.raises(StoreError, match=r"is at schema 0001, not .*: run `ingestd db upgrade`"):
            old.require()

    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("nonsense", "not a database URL: write sqlite:///PATH"),
            ("mysql://u:secret@h/d", "mysql is no database for ingestd"),
        ],
    )
    def test_urls(self, url, says):
        with pytest.raises(StoreError, match=says) as caught:
            Database(url)
        assert "secret" not in str(caught.value)

    def test_a_server_that_does_not_answer_and_its_password(self):
        with Database("postgresql://me:secret@127.0.0.1:9/x") as database:
            with pytest.raises(
                StoreError, match=r"postgresql\+psycopg://me:\*\*\*@127.0.0.1:9/x cannot be opened"
            ) as caught:
                database.upgrade(now=make.NOW)
            assert "secret" not in str(caught.value)
            assert "\n" not in str(caught.value)


class TestCheck:
    def test_rows_with_broken_references(self, file):
        with closing(sqlite3.connect(file.path)) as careless:
            careless.execute("INSERT INTO visits (post_id, purpose, due_at) VALUES (77, 'retry', '2026')")
            careless.commit()
        assert check_database(file.engine) == ["table visits, row 77: refers to a row of posts that does not exist"]

    def test_missing_tables_and_views(self, database):
        make.run(database, "DROP VIEW gone")
        make.run(database, "DROP TABLE exports")
        assert check_database(database.engine) == ["table or view exports is missing", "table or view gone is missing"]

    def test_an_old_schema(self, old):
        assert check_database(old.engine)[0].startswith("the schema is at revision 0001, not at ")

    def test_a_damaged_file(self, file):
        make.configured(file)
        make.store(file, *(make.new(n) for n in range(1, 200)))
        file.engine.dispose()
        size = file.path.stat().st_size
        with file.path.open("r+b") as damaged:
            damaged.seek(size - 40_000)
            damaged.write(b"\xff" * 20_000)
        assert check_database(file.engine)


class TestDocumentation:
    def test_database_documents_every_table_view_and_column(self, database):
        there = inspect(database.engine)
        columns = {
            (name, column["name"])
            for name in (*there.get_table_names(), *there.get_view_names())
            if name != "alembic_version" and not name.startswith("posts_fts_")
            for column in there.get_columns(name)
        }
        wanted = columns | {(name, "") for name, _ in columns}
        told = {
            (table, column): meaning
            for table, column, meaning in make.rows(
                database, "SELECT table_name, column_name, meaning FROM documentation"
            )
        }
        searchable = {key for key in told if key[0] == "posts_fts"}
        assert set(told) - searchable == wanted - {key for key in wanted if key[0] == "posts_fts"}
        assert all(len(meaning) > 2 for meaning in told.values())

    def test_views_are_valid_and_have_the_columns_that_they_document(self, database):
        for view in VIEWS:
            there = [column["name"] for column in inspect(database.engine).get_columns(view.name)]
            assert there == list(view.columns)

    def test_postgresql_has_comments(self, database):
        if database.path is not None:
            pytest.skip("SQLite keeps no comments")
        assert inspect(database.engine).get_table_comment("posts")["text"] == "every article exactly once"


def test_the_revisions_are_those_that_alembic_sees():
    config = AlembicConfig()
    config.set_main_option("script_location", str(schema.migrations_folder()))
    script = ScriptDirectory.from_config(config)
    assert schema.head() == script.get_current_head()
