"""A part of a transaction that may fail without the rest."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from ingestd.store.driver_cursor import run_text
from ingestd.store.file_faults import is_damage

T = TypeVar("T")


def attempt(
    connection: Connection, name: str, function: Callable[[Connection], T]
) -> tuple[T | None, Exception | None]:
    """The result of `function(connection)`, or the error of one that failed, of which nothing is left.

    Raises what ends the whole transaction: damage of the file, a full disk. `name` is that of the savepoint.
    """
    value, failed = None, None
    run_text(connection, f"SAVEPOINT {name}")
    try:
        value = function(connection)
    except Exception as error:
        if is_damage(getattr(error, "orig", None)):
            # Nothing is written to a damaged file, and so nothing of this transaction.
            raise
        # Some failures (a full disk) end the whole transaction: then this statement fails too.
        run_text(connection, f"ROLLBACK TO SAVEPOINT {name}")
        failed = error
    run_text(connection, f"RELEASE SAVEPOINT {name}")
    return value, failed
