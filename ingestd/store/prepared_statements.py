"""Statements whose text is built once: building and compiling one takes several times as long as running it."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Dialect

from ingestd.store.driver_cursor import MakeRow, fetch_rows, run_rows
from ingestd.text.characters import database_text

#: Builds a statement, given an INSERT with ON CONFLICT of the dialect in use.
Build = Callable[[Callable[[Any], Any]], Any]


def insert_in(dialect: Dialect) -> Callable[[Any], Any]:
    """The function that makes an INSERT with ON CONFLICT in a dialect."""
    # Only the dialect in use is imported, because each import takes time.
    insert: Callable[[Any], Any] = import_module(f"sqlalchemy.dialects.{dialect.name}").insert
    return insert


def upsert(connection: Connection, table: Any) -> Any:
    """An INSERT into `table` with ON CONFLICT in the dialect of `connection`."""
    return insert_in(connection.dialect)(table)


class PreparedStatement:
    """A statement without result, run with many rows at once.

    The driver gets the rows without SQLAlchemy's processing of types; only text is made storable. Columns may hold
    text, numbers and bytes.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._texts: dict[tuple[str, tuple[str, ...]], tuple[str, Sequence[str] | None]] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]], *, are_storable: bool = False) -> None:
        """Run the statement for each of `rows`, which all have the same names.

        `are_storable`: every text in them is as the database can hold it (`database_text`).
        """
        if not rows:
            return
        text, order = self._text(connection.dialect, tuple(rows[0]))
        if order is None:
            connection.exec_driver_sql(text, [{name: _storable(row[name]) for name in row} for row in rows])
        elif are_storable:
            run_rows(connection, text, [tuple(map(row.__getitem__, order)) for row in rows])
        else:
            run_rows(connection, text, [_values(row, order) for row in rows])

    def _text(self, dialect: Dialect, names: tuple[str, ...]) -> tuple[str, Sequence[str] | None]:
        """The statement's text, and the order of its parameters where they have no names."""
        key = (dialect.name, names)
        if key not in self._texts:
            compiled = self._build(insert_in(dialect)).compile(dialect=dialect, column_keys=list(names))
            self._texts[key] = str(compiled), compiled.positiontup if compiled.positional else None
        return self._texts[key]


class PreparedQuery:
    """A statement that is run once with its values, and whose rows are read: the driver's, with names of columns.

    Columns and parameters may hold text, numbers and bytes.
    """

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._texts: dict[str, tuple[str, Sequence[str] | None, Mapping[str, Any]]] = {}
        self._make_row: MakeRow | None = None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Run it with the values of its parameters; all its rows, whose values are attributes by name."""
        text, order, constants = self._text(connection.dialect)
        given = {**constants, **values}
        if order is None:
            named = {name: _storable(value) for name, value in given.items()}
            return list(connection.exec_driver_sql(text, named))
        rows, self._make_row = fetch_rows(connection, text, _values(given, order), self._make_row)
        return rows

    def _text(self, dialect: Dialect) -> tuple[str, Sequence[str] | None, Mapping[str, Any]]:
        """The statement's text, the order of its parameters where they have no names, and those that it has itself."""
        if (found := self._texts.get(dialect.name)) is None:
            compiled = self._statement.compile(dialect=dialect)
            order = compiled.positiontup if compiled.positional else None
            found = self._texts[dialect.name] = str(compiled), order, compiled.params
        return found


def _values(row: Mapping[str, Any], order: Sequence[str]) -> tuple[Any, ...]:
    # No function call for each value: a post alone has thirty.
    return tuple(
        [
            value if type(value) is not str or (value.isascii() and "\0" not in value) else database_text(value)
            for value in map(row.__getitem__, order)
        ]
    )


def _storable(value: Any) -> Any:
    return database_text(value) if isinstance(value, str) else value
