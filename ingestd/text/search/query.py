"""A search query as a tree: what `parse_query` makes of its text, and `ingestd.store.search_query` makes SQL of."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ingestd.model.errors import UsageError


class QueryError(UsageError):
    """A query that is not valid; `position` is the place of the fault in its text, counted in characters."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} (at character {position + 1} of the query)")
        self.position = position


@dataclass(frozen=True, slots=True)
class Contains:
    """Posts that contain `term`, a folded text, in a field: title, text or author; None for title or text."""

    term: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class FromSource:
    """Posts that the source of this name lists."""

    name: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """Posts with a label: `kind` is tag or category. ASCII letters of `label` are small: both cases are equal."""

    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Dated:
    """Posts of `since` or later, and before `until`; None where it does not matter. Both are in UTC."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Not:
    """Posts that another query does not find."""

    part: "Query"


@dataclass(frozen=True, slots=True)
class And:
    """Posts that all parts find; every post where there are none."""

    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Posts that one of the parts finds."""

    parts: tuple["Query", ...]


Query: TypeAlias = Contains | FromSource | Labelled | Dated | Not | And | Or


def sought_terms(query: Query) -> list[str]:
    """The terms that found posts may contain, in their order, for snippets and ranking: none of those under NOT."""
    if isinstance(query, Contains):
        return [query.term]
    parts = query.parts if isinstance(query, And | Or) else ()
    return list(dict.fromkeys(term for part in parts for term in sought_terms(part)))


def source_names(query: Query) -> list[str]:
    """The names of sources in a query."""
    if isinstance(query, FromSource):
        return [query.name]
    parts = query.parts if isinstance(query, And | Or) else (query.part,) if isinstance(query, Not) else ()
    return list(dict.fromkeys(name for part in parts for name in source_names(part)))
