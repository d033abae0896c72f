"""VACUUM: the file of a database without the space that deleted rows have left."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ingestd.model.errors import StoreBusyError, StoreError
from ingestd.store.ownership import is_locked

#: Seconds for which VACUUM waits for another program's write.
_LOCK_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """Bytes of the file and its write-ahead log, before and after."""

    before: int
    after: int


def vacuum(path: Path) -> Vacuumed:
    """Rebuild a SQLite file. Others may read meanwhile, and writes wait.

    SQLite writes the new content to a temporary file and then to the log, both in the database's folder here. Raises
    StoreError, and changes nothing, where there is no room for both, or another program holds a lock for 30 s.
    """
    before = _size(path)
    try:
        with closing(sqlite3.connect(path, timeout=_LOCK_TIMEOUT_S, isolation_level=None)) as connection:
            _require_room(connection, path)
            # Not in /tmp, which may be small, or in memory.
            connection.execute("PRAGMA temp_store = FILE")
            _set_temporary_folder(connection, path.parent)
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        kind = StoreBusyError if is_locked(error) else StoreError
        raise kind(f"the database {path} could not be vacuumed, and is as it was: {error}") from error
    return Vacuumed(before, _size(path))


def _set_temporary_folder(connection: sqlite3.Connection, folder: Path) -> None:
    # For the whole process (https://sqlite.org/pragma.html#pragma_temp_store_directory): a command that only does this.
    quoted = str(folder).replace("'", "''")
    connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")


def _require_room(connection: sqlite3.Connection, path: Path) -> None:
    pages, unused, page_bytes = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    needed = 2 * (pages - unused) * page_bytes
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise StoreError(f"no room to vacuum {path}: it needs up to {needed:,} bytes beside it, and {free:,} are free")


def _size(path: Path) -> int:
    parts = (path, path.with_name(path.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
