"""Copies of a SQLite database, made while other processes write to it."""

import glob
import os
import shlex
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Engine

from ingestd.model.errors import StoreError
from ingestd.store.database_copy import copy_database, flush_folder
from ingestd.store.engine import sqlite_path

#: Backups of one second and revision that can lie beside each other.
_MAX_BACKUPS = 100


def write_backup(engine: Engine, target: Path, *, cancelled: Callable[[], bool] = lambda: False) -> None:
    """Copy a SQLite database to `target`, whole and compared with the original, with the owner and mode of its file.

    The file appears under its name when it is complete. Raises StoreError where the database is no SQLite file, where
    `target` exists, where it cannot be written, or the copy is damaged; also where it was `cancelled`.
    """
    path = database_file(engine)
    if target.exists():
        raise StoreError(f"{target} exists already: a backup never overwrites a file")
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        partial.unlink(missing_ok=True)
        copy_database(path, partial, like=path.stat(), cancelled=cancelled)
        partial.rename(target)
        flush_folder(target.parent)
    except (sqlite3.Error, OSError, StoreError) as error:
        # The name in an OSError is that of the partial copy.
        reason = error.strerror if isinstance(error, OSError) else error
        raise StoreError(f"no backup could be written to {target}: {reason}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def database_file(engine: Engine) -> Path:
    """The file of a database. Raises StoreError where it is on a server, or missing."""
    path = sqlite_path(engine)
    if path is None:
        # pg_dump takes the password from ~/.pgpass, as the daemon can.
        of = engine.url
        url = URL.create("postgresql", None, None, of.host, of.port, of.database, of.query).render_as_string()
        # Beside the URL: what stands before an `@` is taken out of messages.
        user = [f"--username={of.username}"] if of.username else []
        line = shlex.join(["pg_dump", "--format=custom", "--file=ingestd.dump", *user, url])
        raise StoreError(f"only SQLite databases are backed up here; for this one: {line}")
    if not path.is_file():
        raise StoreError(f"the database {path} does not exist")
    return path


def backup_before_upgrade(engine: Engine, revision: str, now: datetime) -> Path | None:
    """Copy a SQLite file beside itself as `NAME.REVISION-TIME.bak`: the copy, or None where there is no file."""
    path = sqlite_path(engine)
    if path is None:
        return None
    stem = f"{path.name}.{revision}-{now:%Y%m%dT%H%M%SZ}"
    names = [f"{stem}.bak", *(f"{stem}-{number}.bak" for number in range(2, _MAX_BACKUPS))]
    # The caller holds the database: what another upgrade left that was killed is of no use.
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.bak.*.partial*"):
        left.unlink(missing_ok=True)
    target = next((path.with_name(name) for name in names if not path.with_name(name).exists()), None)
    if target is None:
        raise StoreError(f"there are a hundred backups called {stem}: move them away first")
    write_backup(engine, target)
    return target
