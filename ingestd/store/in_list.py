"""`column IN (many texts)` with one parameter, a JSON array, so that the statement's text is always the same."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ingestd.store.codec import json_text


class _TextsOf(FunctionElement[str]):
    """The texts in a JSON array, as a subquery."""

    inherit_cache = True


@compiles(_TextsOf, "sqlite")
def _sqlite(element: _TextsOf, compiler: Any, **kw: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **kw)}))"  # noqa: S608 - its own parameter


@compiles(_TextsOf, "postgresql")
def _postgresql(element: _TextsOf, compiler: Any, **kw: Any) -> str:
    return f"(SELECT jsonb_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS jsonb)))"


def in_list(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """The condition that a column of text holds one of the texts in `parameter`, a value of `json_texts`."""
    return column.bool_op("IN")(_TextsOf(bindparam(parameter)))


def json_texts(values: Iterable[str]) -> str:
    """The value of a parameter of `in_list`; each text once."""
    return json_text(list(dict.fromkeys(values)))
