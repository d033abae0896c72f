"""The SQLAlchemy engine, set up so that other programs may read while ingestd writes."""

import os
import sqlite3
from contextlib import suppress
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from ingestd.archive.atomic_files import give_to_owner
from ingestd.config.values import names_a_file
from ingestd.model.errors import StoreBusyError, StoreDamagedError, StoreError, StoreTimeoutError
from ingestd.store.driver_cursor import run_text
from ingestd.store.file_faults import damaged, is_damage, refuse_lost_files, remember_files
from ingestd.store.models.columns import use_postgresql
from ingestd.store.ownership import is_locked, look, refuse_foreign

#: How long a statement waits for another process's write, in milliseconds.
BUSY_TIMEOUT_MS = 30_000
#: Operations of SQLite's virtual machine between two looks at the clock: some milliseconds at most.
_OPERATIONS_PER_LOOK = 10_000
#: Size to which SQLite truncates the write-ahead log after a long read let it grow.
_MAX_WAL_BYTES = 64 * 2**20
#: SQLite's own page cache, in KB for each connection. A larger one makes no poll cheaper: the system has the file in
#: its cache too.
_CACHE_KB = 4_000
#: Key of the advisory lock that serialises PostgreSQL's writers, as SQLite's write lock does; any unused number.
_WRITE_LOCK_KEY = 0x1A9E57D
#: Milliseconds after which PostgreSQL ends the session of a client that is halted or gone within a transaction that
#: writes: nobody else can write until then.
IDLE_WRITE_TIMEOUT_MS = 30_000
#: How soon a connection whose server is gone without a word fails (libpq): some 30 seconds, not hours.
_SERVER_ARGUMENTS = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}


def open_engine(url: str, *, read_limit_s: float | None = None) -> Engine:
    """An engine for `sqlite:///PATH` or `postgresql+psycopg://…`; the folder of a new SQLite file is made.

    With `read_limit_s` (SQLite only) nothing can be written, and a transaction fails when it takes longer.

    Raises StoreError where the URL cannot be used or the folder cannot be made. No connection is opened yet; each one
    raises StoreError where the file is another program's.
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
    path = _file_of(parsed)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the database {path} cannot be created: {error.strerror}") from error
    # A relative path begins where the program was started: messages name the whole one.
    path = path.absolute()
    parsed = parsed.set(database=str(path))
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "do_connect", lambda *_: _before_connect(path))
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "connect", lambda _, record: remember_files(record.info, path))
    event.listen(engine, "begin", lambda connection: _on_begin(connection, path))
    if read_limit_s is not None:
        _only_read(engine, read_limit_s)
    return engine


def _only_read(engine: Engine, limit_s: float) -> None:
    def on_connect(connection: sqlite3.Connection, record: Any) -> None:
        connection.execute("PRAGMA query_only = ON")
        connection.set_progress_handler(lambda: monotonic() > record.info["deadline"], _OPERATIONS_PER_LOOK)
        record.info["deadline"] = inf

    def on_begin(connection: Connection) -> None:
        connection.info["deadline"] = monotonic() + limit_s

    event.listen(engine, "connect", on_connect)
    # Before `_on_begin`, whose statement would meet the deadline of the transaction before.
    event.listen(engine, "begin", on_begin, insert=True)


def _file_of(url: URL) -> Path:
    """The file of a SQLite URL. Raises StoreError for a database in memory, which would keep nothing."""
    if not names_a_file(url.database or "") or url.query:
        raise StoreError("sqlite:///PATH names a file, without options: a database in memory would keep nothing")
    return Path(url.database or "")


def _server_engine(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        # What the URL says of these comes first.
        arguments = {name: value for name, value in _SERVER_ARGUMENTS.items() if name not in url.query}
        # No column is of the type hstore: its number need not be asked for when the first connection is made.
        engine = create_engine(url, pool_pre_ping=True, use_native_hstore=False, connect_args=arguments)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError("PostgreSQL needs the extra: pip install 'ingestd[postgresql]'") from error
    event.listen(engine, "begin", _on_server_begin)
    use_postgresql()
    return engine


def _before_connect(path: Path) -> None:
    """Refuse another program's file; one that root's command makes new belongs to the owner of its folder.

    SQLite gives the owner of a database to the files beside it (-wal, -shm), where root makes them.
    """
    if os.geteuid() == 0 and not path.exists():
        # Where the file cannot be made, the connection fails, and says so.
        with suppress(OSError), path.open("xb") as file:
            give_to_owner(file.fileno(), path.parent.stat())
    refuse_foreign(look(path), str(path))


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    # Switch off the implicit transactions of the sqlite3 module: ours begin in _on_begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    # On a read-only disk the journal mode cannot be changed, but the database can be read. A file that is no database
    # fails again at the first statement, where the error is translated.
    with suppress(sqlite3.DatabaseError):
        cursor.execute("PRAGMA journal_mode = WAL")
        # In WAL mode NORMAL survives a crash of the process. A power cut can lose the last commits, not the file.
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute(f"PRAGMA journal_size_limit = {_MAX_WAL_BYTES}")
        cursor.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()


def _on_begin(connection: Connection, path: Path) -> None:
    # A transaction that will write takes the lock at its start: upgrading from a read to a write lock fails with
    # SQLITE_BUSY and without waiting.
    writes = not _only_reads(connection)
    if writes:
        refuse_lost_files(connection.info, path)
    run_text(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")
    if writes:
        remember_files(connection.info, path)


def _on_server_begin(connection: Connection) -> None:
    # A write that depends on what it has read (is this article known?) needs other writers to be excluded.
    if not _only_reads(connection):
        timeout = f"set_config('idle_in_transaction_session_timeout', '{IDLE_WRITE_TIMEOUT_MS}', true)"
        connection.exec_driver_sql(f"SELECT {timeout}, pg_advisory_xact_lock({_WRITE_LOCK_KEY})")


def _only_reads(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("reads", False))


def sqlite_path(engine: Engine) -> Path | None:
    """The file of a SQLite database; None for a server."""
    return Path(engine.url.database) if engine.dialect.name == "sqlite" and engine.url.database else None


def error_reason(error: SQLAlchemyError) -> str:
    """The first line of the driver's own message."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def store_error(error: SQLAlchemyError, what: str, path: Path | None = None) -> StoreError:
    """The StoreError for an error of SQLAlchemy; `what` says what cannot be done.

    StoreBusyError where the database is locked, StoreTimeoutError where a read was broken off, StoreDamagedError where
    the file `path` is damaged.
    """
    cause = getattr(error, "orig", None)
    if path is not None and is_damage(cause):
        return StoreDamagedError(damaged(path, error_reason(error)))
    if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
        return StoreTimeoutError(f"{what}: it took too long")
    return (StoreBusyError if is_locked(cause) else StoreError)(f"{what}: {error_reason(error)}")
