"""`column IN (many texts)` as a statement whose text is always the same: the texts travel as one parameter, as JSON."""

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
    """Whether a column of text holds one of the texts that stand in `parameter`, as `json_texts` writes them."""
    return column.bool_op("IN")(_TextsOf(bindparam(parameter)))


def json_texts(values: Iterable[str]) -> str:
    """The value of such a parameter; each text once."""
    return json_text(list(dict.fromkeys(values)))
