"""Faults of the file of a SQLite database that is in use: deleted, replaced, or damaged.

A write to a file that has lost its name is lost with it, and one to a damaged file spreads the damage: neither is made.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ingestd.model.errors import StoreDamagedError, StoreLostError
from ingestd.store.database_copy import find_damage

#: Result codes of SQLite for a file whose contents are wrong (https://sqlite.org/rescode.html).
_DAMAGE_CODES = frozenset(
    {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CORRUPT_SEQUENCE,
        sqlite3.SQLITE_CORRUPT_INDEX,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
    }
)
#: Characters of the reason that a mark keeps.
_MAX_REASON_CHARS = 500
#: What a file is, whatever its name: device and inode.
FileIdentity = tuple[int, int]


def file_identity(path: Path) -> FileIdentity | None:
    """Which file a path names; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def write_ahead_log(path: Path) -> Path:
    """The file beside a database in which its last transactions are."""
    file = path.resolve()
    return file.with_name(f"{file.name}-wal")


def remember_files(info: dict[Any, Any], path: Path) -> None:
    """Keep in the `info` of a connection which files it has open; its log is open after its first transaction began."""
    if info.get("file") is None:
        info["file"] = file_identity(path)
    if info.get("log") is None:
        info["log"] = file_identity(write_ahead_log(path))


def lost_file(info: dict[Any, Any], path: Path) -> Path | None:
    """The file that a connection has open and that its name no longer leads to; None where all is well."""
    if info.get("file") is not None and file_identity(path) != info["file"]:
        return path
    log = write_ahead_log(path)
    return log if info.get("log") is not None and file_identity(log) != info["log"] else None


def lost_file_of(connection: Connection) -> Path | None:
    """`lost_file` of an open connection; None for a server's."""
    path = connection.engine.url.database
    return lost_file(connection.info, Path(path)) if path and connection.dialect.name == "sqlite" else None


def refuse_lost_files(info: dict[Any, Any], path: Path) -> None:
    """Raise StoreLostError where a write of this connection would be lost."""
    if (lost := lost_file(info, path)) is not None:
        raise StoreLostError(f"the file {lost} was deleted or replaced while it was in use: nothing is written to it")


def is_damage(error: object) -> bool:
    """Whether an error of the sqlite3 module says that the file is damaged. A damaged search index alone is not."""
    return getattr(error, "sqlite_errorcode", None) in _DAMAGE_CODES


def is_no_database(error: object) -> bool:
    """Whether an error says that the file is not of SQLite, or that its first bytes are gone."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB


def mark_damaged(path: Path, reason: str) -> None:
    """Write beside the database that it is damaged, as long as nothing is written there already."""
    with suppress(OSError), _mark(path).open("x", encoding="utf-8") as file:
        file.write(f"{reason[:_MAX_REASON_CHARS]}\n")


def marked_damage(path: Path) -> str | None:
    """What the mark beside a database says; None where there is none."""
    try:
        return _mark(path).read_text(encoding="utf-8", errors="replace").strip() or "damaged"
    except OSError:
        return None


def remove_mark(path: Path) -> None:
    """Remove the mark, where there is one. Raises OSError."""
    _mark(path).unlink(missing_ok=True)


def refuse_marked(path: Path) -> None:
    """Raise StoreDamagedError where the database is marked, and damaged still; remove the mark where it is not."""
    if marked_damage(path) is None:
        return
    if path.exists() and (found := _damage_of(path)):
        raise StoreDamagedError(damaged(path, found))
    with suppress(OSError):
        remove_mark(path)


def _damage_of(path: Path) -> str | None:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return find_damage(connection)
    except sqlite3.DatabaseError as error:
        return str(error)


def damaged(path: Path, reason: str) -> str:
    """The message for a damaged database, with what a user can do."""
    advice = "nothing more is written to it: put a backup in its place (`ingestd db restore FILE`)"
    return f"the database {path} is damaged: {reason}; {advice}"


def _mark(path: Path) -> Path:
    file = path.resolve()
    return file.with_name(f"{file.name}.damaged")
