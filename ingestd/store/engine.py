"""The door to the database: one engine, set up so that others may read while ingestd writes."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from ingestd.model.errors import StoreBusyError, StoreError

#: How long a statement waits for another process's write, in milliseconds.
BUSY_TIMEOUT_MS = 30_000
#: What the write-ahead log is cut back to after a long reader let it grow, in bytes.
_LOG_LIMIT = 64 * 2**20
#: Any number that nothing else uses: the lock under which PostgreSQL's writers take turns, as SQLite's do anyway.
_WRITE_LOCK = 0x1A9E57D


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///PATH` or `postgresql+psycopg://…`; the folder of a new SQLite file is made.

    Raises StoreError where the URL makes no sense or the folder cannot be made. No connection is opened yet.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("not a database URL: write sqlite:///PATH or postgresql+psycopg://…") from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return _server_engine(parsed)
    if backend != "sqlite":
        raise StoreError(f"{backend} is no database for ingestd: write sqlite:///PATH or postgresql+psycopg://…")
    if parsed.database and parsed.database != ":memory:":
        try:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"the database {parsed.database} cannot be created: {error.strerror}") from error
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _server_engine(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError("PostgreSQL needs the extra: pip install 'ingestd[postgresql]'") from error
    event.listen(engine, "begin", _on_server_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    # sqlite3's own transaction handling would open transactions where it likes: ours begin in _on_begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    # A database on a read-only disk can still be read: the journal mode stays as it is there. A file that is no
    # database says so at the first statement, where it is translated.
    with suppress(sqlite3.DatabaseError):
        cursor.execute("PRAGMA journal_mode = WAL")
        # In WAL mode NORMAL survives a crash of the process; a power cut can cost the last commits but never the file.
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT}")
        cursor.execute("PRAGMA cache_size = -16000")
        cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    # A transaction that will write takes the lock at once: upgrading a reader fails without waiting (SQLITE_BUSY).
    connection.exec_driver_sql("BEGIN" if _only_reads(connection) else "BEGIN IMMEDIATE")


def _on_server_begin(connection: Connection) -> None:
    # What a write decides by what it has read (is this article known?) holds only while nobody else writes.
    if not _only_reads(connection):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


def _only_reads(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("reads", False))


def sqlite_path(engine: Engine) -> Path | None:
    """The file of a SQLite database; None for a server or a database in memory."""
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database == ":memory:":
        return None
    return Path(engine.url.database)


def error_reason(error: SQLAlchemyError) -> str:
    """What went wrong, in one line."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def store_error(error: SQLAlchemyError, what: str) -> StoreError:
    """The error of ours for one of the library's: `what` cannot be done, and why."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    # The lower byte is the error, the upper ones say more about it.
    busy = code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return (StoreBusyError if busy else StoreError)(f"{what}: {error_reason(error)}")
