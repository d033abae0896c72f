"""A copy of a SQLite file that is compared with the original before anybody may rely on it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ingestd.archive.atomic_files import copy_permissions
from ingestd.model.errors import StoreError

#: What SQLite may leave beside a partial copy, as a regular expression.
SQLITE_SUFFIXES = r"(?:-journal|-wal|-shm)?"
#: Pages copied between two looks at `cancelled`: a few MiB, some milliseconds.
_PAGES_PER_STEP = 1024
#: Operations of SQLite's virtual machine between two looks at it.
_OPERATIONS_PER_LOOK = 100_000
#: Seconds that a copy waits for another program's lock on the original.
_LOCK_TIMEOUT_S = 30.0


def copy_database(
    original: Path, target: Path, *, like: os.stat_result | None = None, cancelled: Callable[[], bool] = lambda: False
) -> None:
    """Copy a database to the new file `target`: one state of it, without WAL, flushed to the disk.

    `like` gives the copy its owner and mode; until it is complete, nobody else may read it. The copy has passed
    SQLite's integrity check, and each table has as many rows as in the original. In WAL mode writers go on meanwhile.
    `cancelled` is asked every few milliseconds.

    Raises StoreError where the copy is damaged or incomplete, or was cancelled; sqlite3.Error and OSError as they come.
    """
    # The descriptor is closed last: closing one of a file drops the locks that SQLite has on it in this process.
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with closing(_connect(original, cancelled)) as source, closing(_connect(target, cancelled)) as copy:
            try:
                _copy(source, copy, cancelled)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                    _stop_if(cancelled)
                raise
        if like is not None:
            copy_permissions(file.fileno(), like)
        os.fsync(file.fileno())


def _connect(path: Path, cancelled: Callable[[], bool]) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_LOCK_TIMEOUT_S, isolation_level=None)
    connection.set_progress_handler(cancelled, _OPERATIONS_PER_LOOK)
    return connection


def _copy(source: sqlite3.Connection, copy: sqlite3.Connection, cancelled: Callable[[], bool]) -> None:
    # One read transaction for all steps: without it, another process's write begins the copy anew.
    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sqlite_master").fetchone()
    # Until it is renamed, a copy that a power cut damaged is only a file to be removed.
    copy.execute("PRAGMA synchronous = OFF")
    source.backup(copy, pages=_PAGES_PER_STEP, progress=lambda *_: _stop_if(cancelled))
    copy.execute("PRAGMA journal_mode = DELETE")
    _compare(source, copy)


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise StoreError("the copy was stopped before its end")


def _compare(original: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    if damage := find_damage(copy):
        raise StoreError(f"the copy is damaged, and so is probably the database (`ingestd db check`): {damage}")
    before, after = _row_counts(original), _row_counts(copy)
    if before != after:
        name = next(name for name in before | after if before.get(name) != after.get(name))
        raise StoreError(f"the copy has {after.get(name)} rows of {name} in place of {before.get(name)}")


def find_damage(connection: sqlite3.Connection) -> str | None:
    """The first thing that SQLite finds wrong with the file; None where there is none."""
    [found] = connection.execute("PRAGMA integrity_check(1)").fetchone()
    return None if found == "ok" else str(found).splitlines()[-1]


def _row_counts(connection: sqlite3.Connection) -> dict[str, int]:
    # A virtual table has no pages of its own: its rows are in others.
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0").fetchall()
    query = 'SELECT count(*) FROM "{}"'
    return {name: connection.execute(query.format(name)).fetchone()[0] for (name,) in tables}


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk: what was renamed stays renamed after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
