"""Texts of statements on the driver's own cursor, in the transaction of a connection of SQLAlchemy.

SQLAlchemy makes a context and a result for each execution, which takes ten times as long as SQLite does for a small
statement. Errors are those of SQLAlchemy. Where statements are listened for (`before_cursor_execute`), and in
PostgreSQL, SQLAlchemy executes them.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

#: Makes a row with names out of the values of its columns.
MakeRow = Callable[[Iterable[Any]], Any]


def run_text(connection: Connection, text: str) -> None:
    """Run a statement without values and result, also one that begins a transaction."""
    if _is_plain(connection):
        _executed(connection, text, ())
    else:
        connection.exec_driver_sql(text)


def run_rows(connection: Connection, text: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement without result, once for each of `rows`."""
    if _may_use_cursor(connection):
        _executed(connection, text, rows, many=True)
    else:
        connection.exec_driver_sql(text, list(rows))


def fetch_rows(
    connection: Connection, text: str, values: tuple[Any, ...], made: MakeRow | None
) -> tuple[list[Any], MakeRow | None]:
    """The rows of a query, with names, and what makes such rows: to be given again as `made` for the same text."""
    if not _may_use_cursor(connection):
        return list(connection.exec_driver_sql(text, values)), made
    rows, names = _executed(connection, text, values)
    made = made or _row_maker(names)
    return list(map(made, rows)), made


def _row_maker(names: Sequence[str]) -> MakeRow:
    # In a UNION SQLite may name a column with its table.
    make_class: Any = namedtuple  # noqa: PYI024 - its fields are known at run time alone
    maker: MakeRow = make_class("Row", [name.rpartition(".")[2] for name in names])._make
    return maker


def _is_plain(connection: Connection) -> bool:
    """Whether nobody listens for the statements of a connection to SQLite."""
    return connection.dialect.name == "sqlite" and not connection.dispatch.before_cursor_execute


def _may_use_cursor(connection: Connection) -> bool:
    """Whether a statement may be run so; begins the transaction, as SQLAlchemy does with the first statement."""
    if not _is_plain(connection):
        return False
    transaction = connection.get_transaction()
    if transaction is None:
        connection.begin()
        return True
    # Of one that has failed SQLAlchemy says what is wrong.
    return transaction.is_active and not connection.in_nested_transaction()


def _executed(connection: Connection, text: str, values: Any, *, many: bool = False) -> tuple[list[Any], list[str]]:
    """The rows of a statement, and the names of their columns. Raises DBAPIError."""
    cursor = connection.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(text, values)
        return list(cursor.fetchall()), [column[0] for column in cursor.description or ()]
    except connection.dialect.loaded_dbapi.Error as error:
        base = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(text, values, error, base, dialect=connection.dialect, ismulti=many) from error
    finally:
        cursor.close()
