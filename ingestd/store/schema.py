"""The schema's life: alembic upgrades it, a backup is made before, and the database explains itself after."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import SetColumnComment, SetTableComment

from ingestd.model.errors import StoreError
from ingestd.store import search
from ingestd.store.dictionaries import damaged
from ingestd.store.engine import error_reason, sqlite_path, store_error
from ingestd.store.models import documentation, metadata
from ingestd.store.views import VIEWS

_PACKAGE = Path(__file__).resolve().parent.parent


def migrations_folder() -> Path:
    """Where the migrations lie: inside the installed package, or beside it in a checkout."""
    shipped = _PACKAGE / "_migrations"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "migrations"


def _upgrade(connection: Connection, revision: str = "head") -> None:
    # A tenth of a second that only a database of another version needs.
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
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def current(engine: Engine) -> str | None:
    """The revision of a database; None for an empty one. Raises StoreError where it cannot be opened."""
    try:
        with engine.connect().execution_options(reads=True) as connection:
            return _revision(connection)
    except SQLAlchemyError as error:
        raise cannot_open(engine, error) from error


def cannot_open(engine: Engine, error: SQLAlchemyError) -> StoreError:
    """One clear line for a database that cannot be used (a password in its URL is not shown)."""
    return store_error(error, f"the database {_name(engine)} cannot be opened")


def _name(engine: Engine) -> str:
    return str(sqlite_path(engine) or engine.url.render_as_string(hide_password=True))


def upgrade(engine: Engine, *, now: datetime) -> tuple[str | None, str, Path | None]:
    """Bring the schema to this version: (revision before, revision now, the backup that was made or None).

    A SQLite file that holds data is copied beside itself first. Everything happens in one transaction: what fails
    leaves the database as it was. Raises StoreError where it cannot be opened, is newer than this version, or belongs
    to another program.
    """
    before, target = current(engine), head()
    refuse_newer(engine, before)
    try:
        if before == target and _is_documented(engine):
            return before, target, None
        with _alone(engine) as connection:
            # Another process may have upgraded it while this one waited for its turn.
            before = _revision(connection)
            backup_path = None
            if before is None:
                _refuse_strangers(engine, connection)
            elif before != target:
                backup_path = _backup_before(engine, before, now)
            _drop_views(connection)
            _upgrade(connection)
            _create_views(connection)
            _document(connection)
    except SQLAlchemyError as error:
        raise cannot_open(engine, error) from error
    return before, target, backup_path


def refuse_newer(engine: Engine, revision: str | None) -> None:
    """Raise StoreError where a database is at a revision that this version of ingestd does not know."""
    known = _revisions()
    if revision is not None and revision not in known:
        raise StoreError(
            f"the database {_name(engine)} is at schema {revision}, which this version of ingestd ({head()}) does not "
            "know: it was made by a newer version"
        )


def _refuse_strangers(engine: Engine, connection: Connection) -> None:
    taken = {*inspect(connection).get_table_names(), *inspect(connection).get_view_names()}
    ours = {*metadata.tables, *(view.name for view in VIEWS)}
    if found := sorted(taken & ours):
        raise StoreError(f"the database {_name(engine)} is another program's: it has a table {found[0]} already")


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction in which nobody else writes and in which tables may be rebuilt."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection if engine.dialect.name == "sqlite" else None
        assert raw is None or isinstance(raw, sqlite3.Connection)
        if raw is not None:
            # A table that is rebuilt is dropped, and with this on, the rows that refer to it would go with it.
            raw.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                if raw is not None and (broken := raw.execute("PRAGMA foreign_key_check").fetchone()):
                    raise StoreError(f"the upgrade was taken back: table {broken[0]} would refer to missing rows")
        finally:
            if raw is not None:
                raw.execute("PRAGMA foreign_keys = ON")


def _backup_before(engine: Engine, before: str, now: datetime) -> Path | None:
    path = sqlite_path(engine)
    if path is None:
        return None
    stem = f"{path.name}.{before}-{now:%Y%m%dT%H%M%SZ}"
    names = [f"{stem}.bak", *(f"{stem}-{number}.bak" for number in range(2, 100))]
    target = next((path.with_name(name) for name in names if not path.with_name(name).exists()), None)
    if target is None:
        raise StoreError(f"there are a hundred backups called {stem}: move them away first")
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
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)
            # A copy is one file: without WAL it needs no neighbours.
            copy.execute("PRAGMA journal_mode = DELETE")
        partial.rename(target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"no backup could be written to {target}: {error}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def check(engine: Engine) -> list[str]:
    """What is wrong with a database, one line a finding; an empty list where all is well. Raises StoreError."""
    revision = current(engine)
    found = []
    if revision != head():
        found.append(f"the schema is at revision {revision or 'none'}, not at {head()}: run `ingestd db upgrade`")
    try:
        with engine.connect().execution_options(reads=True) as connection:
            if engine.dialect.name == "sqlite":
                found += _damage(connection)
            if revision == head():
                present = {*inspect(connection).get_table_names(), *inspect(connection).get_view_names()}
                wanted = {*metadata.tables, *(view.name for view in VIEWS)}
                found += [f"table or view {name} is missing" for name in sorted(wanted - present)]
                found += damaged(connection) if "dictionaries" in present else []
    except SQLAlchemyError as error:
        found.append(f"the file is damaged: {error_reason(error)}")
    return found


def _damage(connection: Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
    return found + [
        f"table {row[0]}, row {row[1]}: refers to a row of {row[2]} that does not exist"
        for row in connection.execute(text("PRAGMA foreign_key_check"))
    ]


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
    rows += [(search.NAME, "", search.MEANING), *((search.NAME, *item) for item in search.COLUMNS.items())]
    for view in VIEWS:
        rows.append((view.name, "", view.meaning))
        rows += [(view.name, column, meaning) for column, meaning in view.columns.items()]
    return rows


def _is_documented(engine: Engine) -> bool:
    """Whether the database explains itself in the words of this version; without migrations, words still improve."""
    columns = documentation.c.table_name, documentation.c.column_name, documentation.c.meaning
    with engine.connect().execution_options(reads=True) as connection:
        return {tuple(row) for row in connection.execute(select(*columns))} == set(meanings())


def _document(connection: Connection) -> None:
    connection.execute(delete(documentation))
    connection.execute(
        insert(documentation),
        [{"table_name": table, "column_name": column, "meaning": meaning} for table, column, meaning in meanings()],
    )
    if connection.dialect.supports_comments:
        # PostgreSQL's own tools show them, as `\d+` in psql does.
        for table in metadata.tables.values():
            connection.execute(SetTableComment(table))
            for column in table.columns:
                connection.execute(SetColumnComment(column))
