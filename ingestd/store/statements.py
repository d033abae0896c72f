"""Statements whose text is made once: to build and compile one anew costs several times as much as to run it."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Dialect

from ingestd.store.codec import stored_text

#: Makes a statement, given an INSERT that knows ON CONFLICT in the dialect at hand.
Build = Callable[[Callable[[Any], Any]], Any]


def insert_in(dialect: Dialect) -> Callable[[Any], Any]:
    """An INSERT that knows ON CONFLICT in a dialect."""
    # Only the dialect at hand is imported: each takes its time.
    insert: Callable[[Any], Any] = import_module(f"sqlalchemy.dialects.{dialect.name}").insert
    return insert


def upsert(connection: Connection, table: Any) -> Any:
    """An INSERT into `table` that knows ON CONFLICT in the dialect of `connection`."""
    return insert_in(connection.dialect)(table)


class PreparedStatement:
    """A statement that returns nothing, run with many rows at once.

    The rows are handed to the driver as they are, text only made storable: for columns of text, numbers and bytes.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._texts: dict[tuple[str, tuple[str, ...]], tuple[str, Sequence[str] | None]] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it with each of `rows`, which all have the same names; not at all without rows."""
        if not rows:
            return
        text, order = self._text(connection.dialect, tuple(rows[0]))
        if order is None:
            connection.exec_driver_sql(text, [{name: _storable(row[name]) for name in row} for row in rows])
        else:
            connection.exec_driver_sql(text, [_values(row, order) for row in rows])

    def _text(self, dialect: Dialect, names: tuple[str, ...]) -> tuple[str, Sequence[str] | None]:
        """The statement's text, and the order of its parameters where they have no names."""
        key = (dialect.name, names)
        if key not in self._texts:
            compiled = self._build(insert_in(dialect)).compile(dialect=dialect, column_keys=list(names))
            self._texts[key] = str(compiled), compiled.positiontup if compiled.positional else None
        return self._texts[key]


def _values(row: Mapping[str, Any], order: Sequence[str]) -> tuple[Any, ...]:
    # Without a call for each value: a post alone has thirty.
    return tuple(
        [
            value if type(value) is not str or (value.isascii() and "\0" not in value) else stored_text(value)
            for value in map(row.__getitem__, order)
        ]
    )


def _storable(value: Any) -> Any:
    return stored_text(value) if isinstance(value, str) else value
