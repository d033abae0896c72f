"""Whose database it is, found out before the first write: another program's keeps every byte.

SQLite databases of ingestd have the application ID `APPLICATION_ID` (https://sqlite.org/pragma.html#pragma_application_id).
One that was made without it, or lies in PostgreSQL, is recognised by its tables.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ingestd.model.errors import StoreBusyError, StoreDamagedError, StoreError
from ingestd.store.file_faults import damaged, is_damage, is_no_database, marked_damage
from ingestd.store.models import metadata
from ingestd.store.views import VIEWS

#: "INGD", at offset 68 of the file.
APPLICATION_ID = 0x494E4744
#: Tables that every schema since the first has, beside the one in which Alembic keeps the revision.
_REQUIRED_TABLES = {"alembic_version", "sources", "posts", "identities"}
#: Seconds for which a look waits for another program's write.
_BUSY_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Contents:
    """What tells whose database it is: its application ID (0 for none), and the names of its tables and views."""

    application_id: int = 0
    tables: frozenset[str] = frozenset()
    revision: str | None = None

    @property
    def is_ours(self) -> bool:
        """Whether ingestd made it."""
        if self.application_id == 0:
            return self.tables >= _REQUIRED_TABLES
        return self.application_id == APPLICATION_ID

    def foreign_because(self, *, shared: bool = False) -> str | None:
        """Why it is another program's; None for one of ingestd and for an empty one.

        In a `shared` database (PostgreSQL) other programs may have tables under names that ingestd does not use.
        """
        if self.is_ours:
            return None
        if self.application_id != 0:
            return f"its application_id is 0x{self.application_id & 0xFFFFFFFF:08x}"
        wanted = {"alembic_version", *metadata.tables, *(view.name for view in VIEWS)}
        found = sorted(self.tables & wanted) or ([] if shared else sorted(self.tables))
        return f"it has a table {found[0]} already" if found else None


def refuse_foreign(contents: Contents, name: str, *, shared: bool = False) -> None:
    """Raise StoreError where the database `name` is another program's."""
    if reason := contents.foreign_because(shared=shared):
        raise StoreError(
            f"the database {name} is another program's: {reason}; it is left as it is, and ingestd needs one of its own"
        )


def look(path: Path) -> Contents:
    """What a SQLite file holds, without a write to it or a new file beside it; nothing for a missing or empty one.

    Raises StoreError where it is no SQLite database or cannot be read, StoreBusyError where it is locked,
    StoreDamagedError where it is damaged.
    """
    if not path.exists():
        return Contents()
    if not path.is_file():
        raise StoreError(f"the database {path} cannot be opened: unable to open what is no regular file")
    # SQLite has these beside the file itself, not beside a link to it.
    file = path.resolve()
    log, index, journal = (file.with_name(file.name + suffix) for suffix in ("-wal", "-shm", "-journal"))
    try:
        if (log.exists() and index.exists()) or journal.exists():
            return _look_locked(path)
        # Nobody has it open. To read a database in WAL mode otherwise, SQLite would make two files beside it.
        found = _read(path, "immutable=1")
        unmerged = log.exists() and log.stat().st_size > 0 and found.foreign_because() is None
        return _look_locked(path) if unmerged else found
    except (sqlite3.Error, OSError) as error:
        # What is no database at all may be another program's file.
        if is_damage(error) and (not is_no_database(error) or marked_damage(path)):
            raise StoreDamagedError(damaged(path, str(error))) from error
        kind = StoreBusyError if is_locked(error) else StoreError
        raise kind(f"the database {path} cannot be opened: {error}") from error


def _look_locked(path: Path) -> Contents:
    """A look under the locks of SQLite, while others may write."""
    try:
        return _read(path, "mode=ro")
    except sqlite3.OperationalError as error:
        # A transaction that a crash interrupted: only a writer could take it back. The file itself can be read.
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
            return _read(path, "immutable=1")
        raise


def _read(path: Path, option: str) -> Contents:
    uri = f"{path.absolute().as_uri()}?{option}"
    # Through SQLite also for the header: closing a file that this process opened itself would drop SQLite's locks.
    with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ).fetchall()
        [application_id] = connection.execute("PRAGMA application_id").fetchone()
        found = Contents(application_id, frozenset(name for (name,) in names))
        if not found.is_ours or "alembic_version" not in found.tables:
            return found
        [revision] = connection.execute("SELECT version_num FROM alembic_version").fetchone() or (None,)
        return Contents(found.application_id, found.tables, revision)


def is_locked(error: object) -> bool:
    """Whether an error of the sqlite3 module says that another program holds the database."""
    code = getattr(error, "sqlite_errorcode", None)
    # The lowest byte is the primary result code, the others extend it (https://sqlite.org/rescode.html).
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
