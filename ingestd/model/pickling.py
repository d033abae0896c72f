"""How records cross between processes: a record is pickled as its class and the values of its fields, in their order.

A frozen dataclass with slots is otherwise pickled by functions in Python that look at each field in turn, both ways,
which takes several times as long.
"""

from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def pickled_by_fields(kind: type[T]) -> type[T]:
    """Decorates a dataclass whose constructor takes two fields or more, all of them by position."""
    values = attrgetter(*(each.name for each in fields(kind)))  # type: ignore[arg-type]

    def reduced(self: T) -> tuple[type[T], tuple[Any, ...]]:
        return kind, values(self)

    kind.__reduce__ = reduced  # type: ignore[assignment, method-assign]
    return kind
