"""The schema's life: alembic upgrades it, a backup is made before, and the database explains itself after."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, delete, insert, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from ingestd.errors import StoreError
from ingestd.store.engine import sqlite_path
from ingestd.store.models import documentation, metadata
from ingestd.store.views import VIEWS

_PACKAGE = Path(__file__).resolve().parent.parent


def migrations_folder() -> Path:
    """Where the migrations lie: inside the installed package, or beside it in a checkout."""
    shipped = _PACKAGE / "_migrations"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "migrations"


def _alembic(connection: Connection | None = None) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision that this version of ingestd works with."""
    return ScriptDirectory.from_config(_alembic()).get_current_head() or ""


def current(engine: Engine) -> str | None:
    """The revision of a database; None for an empty one. Raises StoreError where it cannot be opened."""
    try:
        with engine.connect().execution_options(reads=True) as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise cannot_open(engine, error) from error


def cannot_open(engine: Engine, error: SQLAlchemyError) -> StoreError:
    """One clear line for a database that cannot be used (a password in its URL is not shown)."""
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    where = sqlite_path(engine) or engine.url.render_as_string(hide_password=True)
    return StoreError(f"the database {where} cannot be opened: {reason}")


def upgrade(engine: Engine, *, now: datetime) -> tuple[str | None, str, Path | None]:
    """Bring the schema to this version: (revision before, revision now, the backup that was made or None).

    A SQLite file that holds data is copied beside itself first. Raises StoreError where the database cannot be opened,
    or is newer than this version.
    """
    before, target = current(engine), head()
    if before == target:
        return before, target, None
    known = {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
    if before is not None and before not in known:
        raise StoreError(
            f"the database is at revision {before}, which this version of ingestd does not know: it is newer"
        )
    backup_path = _backup_before(engine, before, now)
    try:
        with engine.begin() as connection:
            _drop_views(connection)
            command.upgrade(_alembic(connection), "head")
            _create_views(connection)
            _document(connection)
    except SQLAlchemyError as error:
        # Somebody else may have upgraded it in the meantime: then all is well.
        if current(engine) != target:
            raise cannot_open(engine, error) from error
    return before, target, backup_path


def _backup_before(engine: Engine, before: str | None, now: datetime) -> Path | None:
    path = sqlite_path(engine)
    if before is None or path is None:
        return None
    target = path.with_name(f"{path.name}.{before}-{now:%Y%m%dT%H%M%SZ}.bak")
    backup(engine, target)
    return target


def backup(engine: Engine, target: Path) -> None:
    """Copy a SQLite database to `target` while others write, complete and consistent. Raises StoreError."""
    path = sqlite_path(engine)
    if path is None:
        raise StoreError("only SQLite databases are backed up here; use pg_dump for PostgreSQL")
    if not path.is_file():
        raise StoreError(f"the database {path} does not exist")
    if target.exists():
        raise StoreError(f"{target} exists already: a backup never overwrites a file")
    partial = target.with_name(f".{target.name}.partial")
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)
            # A copy is one file: without WAL it needs no neighbours.
            copy.execute("PRAGMA journal_mode = DELETE")
        partial.rename(target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"no backup could be written to {target}: {error}") from error


def check(engine: Engine) -> list[str]:
    """What is wrong with a database, one line a finding; an empty list where all is well."""
    found = []
    revision = current(engine)
    if revision != head():
        found.append(f"the schema is at revision {revision or 'none'}, not at {head()}: run `ingestd db upgrade`")
    with engine.connect().execution_options(reads=True) as connection:
        if engine.dialect.name == "sqlite":
            found += [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
            found += [
                f"table {row[0]}, row {row[1]}: refers to a row of {row[2]} that does not exist"
                for row in connection.execute(text("PRAGMA foreign_key_check"))
            ]
        if revision == head():
            present = set(inspect(connection).get_table_names()) | set(inspect(connection).get_view_names())
            wanted = {*metadata.tables, *(view.name for view in VIEWS)}
            found += [f"table or view {name} is missing" for name in sorted(wanted - present)]
    return found


def _drop_views(connection: Connection) -> None:
    # Views are queries, not data: they are made anew so that a migration may alter the tables under them.
    for view in VIEWS:
        connection.execute(text(f"DROP VIEW IF EXISTS {view.name}"))


def _create_views(connection: Connection) -> None:
    for view in VIEWS:
        connection.execute(text(f"CREATE VIEW {view.name} AS {view.query}"))


def meanings() -> list[tuple[str, str, str]]:
    """(table or view, column or '', meaning) for everything in the schema, in its order."""
    rows = []
    for table in metadata.tables.values():
        rows.append((table.name, "", table.comment or ""))
        rows += [(table.name, column.name, column.comment or "") for column in table.columns]
    for view in VIEWS:
        rows.append((view.name, "", view.meaning))
        rows += [(view.name, column, meaning) for column, meaning in view.columns.items()]
    return rows


def _document(connection: Connection) -> None:
    connection.execute(delete(documentation))
    connection.execute(
        insert(documentation),
        [{"table_name": table, "column_name": column, "meaning": meaning} for table, column, meaning in meanings()],
    )
