"""The schema of a database: its revision, and its upgrade to this version's by Alembic, with a backup made first."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from ingestd.model.errors import StoreError
from ingestd.store import fingerprint_triggers, label_triggers, post_triggers, search_triggers
from ingestd.store.backup import backup_before_upgrade
from ingestd.store.engine import error_reason, sqlite_path, store_error
from ingestd.store.ownership import APPLICATION_ID, Contents, look, refuse_foreign
from ingestd.store.schema_completion import complete_schema
from ingestd.store.schema_docs import has_present_meanings, store_meanings
from ingestd.store.search import install_triggers
from ingestd.store.search_conditions import NO_PARAMETERS
from ingestd.store.views import VIEWS

_PACKAGE_FOLDER = Path(__file__).resolve().parent.parent


def migrations_folder() -> Path:
    """Where the migrations lie: inside the installed package, or beside it in a checkout."""
    shipped = _PACKAGE_FOLDER / "_migrations"
    return shipped if shipped.is_dir() else _PACKAGE_FOLDER.parent / "migrations"


def _upgrade(connection: Connection, revision: str = "head") -> None:
    # Importing Alembic takes a tenth of a second, and only a database of another version needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _revisions() -> list[str]:
    """Every revision that this version of ingestd knows, in order: the number before a migration's file name."""
    return sorted(path.stem.partition("_")[0] for path in migrations_folder().glob("versions/[0-9]*.py"))


def head() -> str:
    """The revision that this version of ingestd works with."""
    return max(_revisions(), default="")


def _revision(connection: Connection) -> str | None:
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def _contents(connection: Connection) -> Contents:
    """What the database holds. Raises StoreError where it is another program's."""
    tables = frozenset([*inspect(connection).get_table_names(), *inspect(connection).get_view_names()])
    server = connection.dialect.name != "sqlite"
    application_id = 0 if server else connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    found = Contents(application_id, tables)
    refuse_foreign(found, _name(connection.engine), shared=server)
    return replace(found, revision=_revision(connection)) if "alembic_version" in tables else found


def current(engine: Engine) -> str | None:
    """The revision of a database; None for an empty one. A SQLite file is only looked at.

    Raises StoreError where it cannot be opened or is another program's.
    """
    return _look(engine).revision


def _look(engine: Engine) -> Contents:
    path = sqlite_path(engine)
    if path is not None:
        found = look(path)
        refuse_foreign(found, str(path))
        return found
    try:
        with engine.connect().execution_options(reads=True) as connection:
            return _contents(connection)
    except SQLAlchemyError as error:
        raise cannot_open(engine, error) from error


def cannot_open(engine: Engine, error: SQLAlchemyError) -> StoreError:
    """The error for a database that cannot be used; a password in its URL is not shown.

    SQLite says "unable to open" where the folder, in which it makes files beside the database, cannot be written.
    """
    path = sqlite_path(engine)
    what = f"the database {_name(engine)} cannot be opened"
    if path is not None and path.exists() and not os.access(path.resolve().parent, os.W_OK):
        what += f", because {path.resolve().parent} cannot be written (read-only, or another user's)"
    return store_error(error, what)


def _name(engine: Engine) -> str:
    return str(sqlite_path(engine) or engine.url.render_as_string(hide_password=True))


def upgrade_schema(engine: Engine, *, now: datetime) -> tuple[str | None, str, Path | None]:
    """Bring the schema to this version: (revision before, revision now, the backup that was made or None).

    A SQLite file that holds data is copied beside itself first. Everything happens in one transaction: what fails
    leaves the database as it was, without that copy. Raises StoreError where it fails, cannot be opened, is newer than
    this version, or belongs to another program.
    """
    seen, target = _look(engine), head()
    refuse_newer(engine, seen.revision)
    before, backup_path, begun = seen.revision, None, False
    try:
        if seen.revision == target and _is_marked(engine, seen) and has_present_meanings(engine):
            return target, target, None
        with _exclusive(engine) as connection:
            # Another process may have upgraded it while this one waited for the lock.
            before = _contents(connection).revision
            refuse_newer(engine, before)
            if before is not None and before != target:
                backup_path = backup_before_upgrade(engine, before, now)
            begun = True
            _bring_to_head(connection)
    # A migration may fail in any way.
    except Exception as error:
        if begun:
            if backup_path is not None:
                backup_path.unlink(missing_ok=True)
            raise _upgrade_failed(engine, before, error) from error
        if isinstance(error, SQLAlchemyError):
            raise cannot_open(engine, error) from error
        raise
    return before, target, backup_path


def _bring_to_head(connection: Connection) -> None:
    search_triggers.drop_triggers(connection)
    fingerprint_triggers.drop_triggers(connection)
    post_triggers.drop_triggers(connection)
    label_triggers.drop_triggers(connection)
    _drop_views(connection)
    _upgrade(connection)
    complete_schema(connection)
    _create_views(connection)
    install_triggers(connection)
    fingerprint_triggers.create_triggers(connection)
    post_triggers.create_triggers(connection)
    label_triggers.create_triggers(connection)
    store_meanings(connection)
    _mark(connection)


def _upgrade_failed(engine: Engine, before: str | None, error: Exception) -> StoreError:
    """What failed, how the database is now, and what the user can do."""
    if isinstance(error, SQLAlchemyError):
        reason = error_reason(error)
    else:
        reason = str(error) if isinstance(error, StoreError) else f"{type(error).__name__}: {error}"
    if before is None:
        return StoreError(f"the database {_name(engine)} cannot be set up: {reason}")
    advice = (
        "make room and try again" if "full" in reason else "go on with the version of ingestd before, and report this"
    )
    return StoreError(
        f"the upgrade of the database {_name(engine)} from schema {before} to {head()} failed and was taken back: "
        f"{reason}; the database is as it was: {advice}"
    )


def refuse_newer(engine: Engine, revision: str | None) -> None:
    """Raise StoreError where a database is at a revision that this version of ingestd does not know."""
    if revision is not None:
        require_known(revision, f"the database {_name(engine)}")


def require_known(revision: str, name: str) -> None:
    """Raise StoreError where this version of ingestd does not know the revision of the database `name`."""
    if revision not in _revisions():
        raise StoreError(
            f"{name} is at schema {revision}, which this version of ingestd ({head()}) does not know: it was made by a "
            "newer version, which can read it"
        )


def _is_marked(engine: Engine, contents: Contents) -> bool:
    return engine.dialect.name != "sqlite" or contents.application_id == APPLICATION_ID


def _mark(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


@contextmanager
def _exclusive(engine: Engine) -> Iterator[Connection]:
    """A transaction in which no other process writes and in which tables may be rebuilt."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection if engine.dialect.name == "sqlite" else None
        assert raw is None or isinstance(raw, sqlite3.Connection)
        if raw is not None:
            # Rebuilding a table drops it; with foreign keys on, the rows that refer to it would be deleted.
            raw.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                if raw is not None and (broken := raw.execute("PRAGMA foreign_key_check").fetchone()):
                    raise StoreError(f"table {broken[0]} would refer to missing rows")
        finally:
            if raw is not None:
                raw.execute("PRAGMA foreign_keys = ON")


def _drop_views(connection: Connection) -> None:
    # A migration may alter a table only while no view uses it.
    for view in VIEWS:
        connection.execute(text(f"DROP VIEW IF EXISTS {view.name}"))


def _create_views(connection: Connection) -> None:
    for view in VIEWS:
        query = view.query_in(connection.dialect.name)
        connection.exec_driver_sql(f"CREATE VIEW {view.name} AS {query}", execution_options=NO_PARAMETERS)
