"""`column IN (many values)` with one parameter, a JSON array.

The statement's text is always the same, and no database's bound on the number of parameters is met.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ingestd.store.codec import json_text


class _TextsOf(FunctionElement[str]):
    """The texts in a JSON array, as a subquery."""

    inherit_cache = True


class _NumbersOf(FunctionElement[int]):
    """The whole numbers in a JSON array, as a subquery."""

    inherit_cache = True


@compiles(_NumbersOf, "sqlite")
@compiles(_TextsOf, "sqlite")
def _sqlite(element: _TextsOf, compiler: Any, **kw: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **kw)}))"  # noqa: S608 - its own parameter


@compiles(_TextsOf, "postgresql")
def _postgresql(element: _TextsOf, compiler: Any, **kw: Any) -> str:
    return f"(SELECT jsonb_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS jsonb)))"


@compiles(_NumbersOf, "postgresql")
def _postgresql_numbers(element: _NumbersOf, compiler: Any, **kw: Any) -> str:
    elements = f"jsonb_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS jsonb))"
    return f"(SELECT CAST({elements} AS bigint))"


def in_list(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """The condition that a column of text holds one of the texts in `parameter`, a value of `json_texts`."""
    return column.bool_op("IN")(_TextsOf(bindparam(parameter)))


def json_texts(values: Iterable[str]) -> str:
    """The value of a parameter of `in_list`; each text once."""
    return json_text(list(dict.fromkeys(values)))


def in_numbers(column: ColumnElement[Any], numbers: Iterable[int]) -> ColumnElement[bool]:
    """The condition that a column holds one of these whole numbers."""
    return column.bool_op("IN")(_NumbersOf(literal(json_text(sorted(numbers)))))


def in_list_of_numbers(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """The condition that a column holds one of the whole numbers in `parameter`, a JSON array."""
    return column.bool_op("IN")(_NumbersOf(bindparam(parameter)))
