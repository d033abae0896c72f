"""Copies of a SQLite database, made while other processes write to it."""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from ingestd.archive.atomic_files import copy_permissions
from ingestd.model.errors import StoreError
from ingestd.store.engine import sqlite_path

#: Backups of one second and revision that can lie beside each other.
_MAX_BACKUPS = 100


def write_backup(engine: Engine, target: Path) -> None:
    """Copy a SQLite database to `target`, complete and consistent, with the owner and the mode of its file.

    Raises StoreError where the database is no SQLite file, where `target` exists, or where it cannot be written.
    """
    path = sqlite_path(engine)
    if path is None:
        raise StoreError("only SQLite databases are backed up here; use pg_dump for PostgreSQL")
    if not path.is_file():
        raise StoreError(f"the database {path} does not exist")
    if target.exists():
        raise StoreError(f"{target} exists already: a backup never overwrites a file")
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        partial.unlink(missing_ok=True)
        # Until it is complete, nobody else may read it.
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as copy:
                source.backup(copy)
                # Without WAL the copy is a single file.
                copy.execute("PRAGMA journal_mode = DELETE")
            copy_permissions(file.fileno(), path.stat())
        partial.rename(target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"no backup could be written to {target}: {error}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def backup_before_upgrade(engine: Engine, revision: str, now: datetime) -> Path | None:
    """Copy a SQLite file beside itself as `NAME.REVISION-TIME.bak`: the copy, or None where there is no file."""
    path = sqlite_path(engine)
    if path is None:
        return None
    stem = f"{path.name}.{revision}-{now:%Y%m%dT%H%M%SZ}"
    names = [f"{stem}.bak", *(f"{stem}-{number}.bak" for number in range(2, _MAX_BACKUPS))]
    target = next((path.with_name(name) for name in names if not path.with_name(name).exists()), None)
    if target is None:
        raise StoreError(f"there are a hundred backups called {stem}: move them away first")
    write_backup(engine, target)
    return target
