"""A backup in the place of the database, such that a crash at any moment leaves the one or the other, whole."""

import fcntl
import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingestd.archive.atomic_files import copy_file, give_to_owner, locked_folder
from ingestd.model.errors import StoreError
from ingestd.store.database_copy import SQLITE_SUFFIXES, copy_database, flush_folder
from ingestd.store.file_faults import remove_mark
from ingestd.store.ownership import is_locked, look, refuse_foreign
from ingestd.store.schema import require_known

#: Seconds that a restore waits for a program that is about to close the database.
_LOCK_TIMEOUT_S = 1.0
#: The bytes of a database file on which SQLite sets its locks (https://sqlite.org/src/file/src/os.h, PENDING_BYTE).
_LOCK_OFFSET, _LOCK_BYTES = 0x40000000, 512
#: Asides of one second that can lie beside each other.
_MAX_ASIDES = 100


@dataclass(frozen=True, slots=True)
class Restored:
    """The schema of the restored database, and the file that keeps the one before; None where there was none."""

    revision: str
    kept_as: Path | None


def restore_database(
    database: Path, backup: Path, *, now: datetime, before_swap: Callable[[Path], None] = lambda _: None
) -> Restored:
    """Put a copy of `backup` in the place of the file `database`, which is kept beside it as `NAME.replaced-TIME.bak`.

    The copy is compared with the backup, and has the owner and the mode of what it replaces. `before_swap` gets the
    copy before it takes its place. Raises StoreError, and leaves everything as it was, where the backup is
    damaged, another program's or of a newer version, or where a daemon or another program has the database open.
    """
    # Through a link: the file itself is replaced, in its own folder.
    database = database.resolve()
    try:
        revision = _check_backup(backup, database)
        with _exclusive(database):
            """Refuse at once, not after the time that a copy takes."""
        with locked_folder(database.parent, "a restore or a backup"):
            for left in _partial_copies(database):
                left.unlink(missing_ok=True)
            partial = database.with_name(f".{database.name}.restore.partial")
            try:
                _copy(backup, partial, database)
                before_swap(partial)
                return Restored(revision, _swap(partial, database, now))
            finally:
                for left in _partial_copies(database):
                    left.unlink(missing_ok=True)
    except sqlite3.Error as error:
        raise StoreError(f"{backup} cannot be restored: {error}") from error
    except OSError as error:
        raise StoreError(f"{backup} cannot be restored: {error.filename or ''}: {error.strerror or error}") from error


def _check_backup(backup: Path, database: Path) -> str:
    """The schema of a backup. Raises StoreError where it is none."""
    if not backup.is_file():
        raise StoreError(f"{backup}: no such file")
    if database.exists() and backup.samefile(database):
        raise StoreError(f"{backup} is the database itself")
    found = look(backup)
    refuse_foreign(found, str(backup))
    if found.revision is None:
        raise StoreError(f"{backup} is no backup: it holds no database of ingestd")
    require_known(found.revision, str(backup))
    return found.revision


def _partial_copies(database: Path) -> list[Path]:
    name = rf"\.{re.escape(database.name)}\.restore\.partial{SQLITE_SUFFIXES}"
    return [path for path in database.parent.iterdir() if re.fullmatch(name, path.name)]


def _copy(backup: Path, partial: Path, database: Path) -> None:
    if database.exists():
        copy_database(backup, partial, like=database.stat())
        return
    copy_database(backup, partial)
    with partial.open("rb") as file:
        os.fchmod(file.fileno(), stat.S_IMODE(backup.stat().st_mode))
        give_to_owner(file.fileno(), partial.parent.stat())


def _swap(partial: Path, database: Path, now: datetime) -> Path | None:
    with _exclusive(database):
        kept_as = _keep_aside(database, now)
        # A log of the database before would be read as one of the restored.
        for suffix in ("-wal", "-journal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        partial.replace(database)
        remove_mark(database)
        flush_folder(database.parent)
    return kept_as


def _keep_aside(database: Path, now: datetime) -> Path | None:
    """Give the database, and what its last transactions may still be in, a second name."""
    parts = [suffix for suffix in ("-wal", "-journal", "") if database.with_name(database.name + suffix).exists()]
    if not parts:
        return None
    stem = f"{database.name}.replaced-"
    if "" in parts:
        # A restore that was killed after this step has done it already.
        kept = (path for path in database.parent.glob(f"{stem}*.bak") if path.samefile(database))
        if done := next(kept, None):
            return done
    aside = _unused_name(database, f"{stem}{now:%Y%m%dT%H%M%SZ}")
    for suffix in parts:
        part, target = database.with_name(database.name + suffix), aside.with_name(aside.name + suffix)
        try:
            target.hardlink_to(part)
        except OSError:
            # This file system has no second names.
            copy_file(part, target)
    return aside


def _unused_name(database: Path, stem: str) -> Path:
    taken = {path.name for path in database.parent.iterdir()}
    for number in ("", *(f"-{n}" for n in range(2, _MAX_ASIDES))):
        name = f"{stem}{number}.bak"
        if not {name, f"{name}-wal", f"{name}-journal"} & taken:
            return database.with_name(name)
    raise StoreError(f"there are a hundred files called {stem}: move them away first")


@contextmanager
def _exclusive(database: Path) -> Iterator[None]:
    """Hold a database that no other program has open, as a single file without WAL. Raises StoreError where one has."""
    if not database.exists():
        yield
        return
    with ExitStack() as held:
        try:
            held.enter_context(_locked_by_sqlite(database))
        except sqlite3.DatabaseError as error:
            if is_locked(error):
                raise _in_use(database) from error
            # Too damaged for SQLite, which may be why another is to take its place.
            held.enter_context(_locked_by_bytes(database))
        yield


@contextmanager
def _locked_by_sqlite(database: Path) -> Iterator[None]:
    with closing(sqlite3.connect(database, timeout=_LOCK_TIMEOUT_S, isolation_level=None)) as connection:
        # Takes the log into the file. SQLite refuses it while another connection is open, even one at rest.
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def _locked_by_bytes(database: Path) -> Iterator[None]:
    """The lock that SQLite takes for a write, without SQLite."""
    with database.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCK_BYTES, _LOCK_OFFSET)
        except OSError as error:
            raise _in_use(database) from error
        yield


def _in_use(database: Path) -> StoreError:
    return StoreError(
        f"the database {database} is in use: stop the daemon first (`systemctl stop ingestd`), and end other programs "
        "that have it open"
    )
