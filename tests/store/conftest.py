"""Databases for tests: SQLite files, and those of a PostgreSQL server."""

import shutil

import pytest

from ingestd.store.database import Database
from tests.store import make
from tests.store.make import NOW
from tests.support.postgresql import database_name, database_url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A SQLite file that holds the schema."""
    path = tmp_path_factory.mktemp("template") / "made.db"
    with Database(f"sqlite:///{path}") as database:
        database.upgrade(now=NOW)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """The URL of a database with nothing in it, in SQLite and in PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server, administer = (request.getfixturevalue(name) for name in ("postgresql_server", "administer"))
    administer(f"CREATE DATABASE {database_name('empty')}")
    yield database_url(server, "empty")
    administer(f"DROP DATABASE {database_name('empty')} WITH (FORCE)")


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
