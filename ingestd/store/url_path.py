"""The path of a web address, in SQL: what follows its host, as `identity.moved.path_of` has it."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class PathOf(FunctionElement[str]):
    """What follows the host in a column of web addresses. Without a path it is some text that does not begin so."""

    inherit_cache = True


@compiles(PathOf, "sqlite")
def _sqlite(element: PathOf, compiler: Any, **kw: Any) -> str:
    url = compiler.process(element.clauses, **kw)
    return f"substr({url}, 8 + instr(substr({url}, 9), '/'))"


@compiles(PathOf, "postgresql")
def _postgresql(element: PathOf, compiler: Any, **kw: Any) -> str:
    url = compiler.process(element.clauses, **kw)
    return f"substr({url}, 8 + strpos(substr({url}, 9), '/'))"
