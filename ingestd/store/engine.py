"""The door to the database: one engine, set up so that others may read while ingestd writes."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from ingestd.errors import StoreError

#: How long a statement waits for another process's write, in milliseconds.
BUSY_TIMEOUT_MS = 30_000


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///PATH` or `postgresql+psycopg://…`; the folder of a new SQLite file is made.

    Raises StoreError where the URL makes no sense or the folder cannot be made. No connection is opened yet.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"not a database URL: {url!r}") from error
    if parsed.get_backend_name() != "sqlite":
        return _server_engine(url)
    if parsed.database and parsed.database != ":memory:":
        try:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"the database {parsed.database} cannot be created: {error.strerror}") from error
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _server_engine(url: str) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError("PostgreSQL needs the extra: pip install 'ingestd[postgresql]'") from error


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    # sqlite3's own transaction handling would open transactions where it likes: ours begin in _on_begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    # A database on a read-only disk can still be read: the journal mode stays as it is there.
    with suppress(sqlite3.OperationalError):
        cursor.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL survives a crash of the process; a power cut can cost the last commits but never the file.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA cache_size = -16000")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    # A transaction that will write takes the lock at once: upgrading a reader fails without waiting (SQLITE_BUSY).
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def sqlite_path(engine: Engine) -> Path | None:
    """The file of a SQLite database; None for a server or a database in memory."""
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database == ":memory:":
        return None
    return Path(engine.url.database)
