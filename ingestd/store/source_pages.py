"""Some of many sources: a page of them by name, those whose name or host has a text, and names by number."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from ingestd.store.in_list import in_numbers
from ingestd.store.models import sources


@dataclass(frozen=True, slots=True)
class SourcePage:
    """The numbers of the sources on one page, and how many there are on all of them."""

    ids: tuple[int, ...]
    count: int


def source_page(
    connection: Connection, *, limit: int, offset: int, text: str = "", with_hosts: bool = True
) -> SourcePage:
    """Sources by name, those that are not polled last; with `text` those whose name, or host, contains it."""
    order = (sources.c.enabled.desc(), sources.c.name)
    if not text:
        count = connection.execute(select(func.count()).select_from(sources)).scalar_one()
        ids = connection.execute(select(sources.c.id).order_by(*order).limit(limit).offset(offset)).scalars()
        return SourcePage(tuple(ids), count)
    sought = text.casefold()
    # In Python: SQLite knows small and capital letters of ASCII alone.
    found = [
        row.id
        for row in connection.execute(select(sources.c.id, sources.c.name, sources.c.host).order_by(*order))
        if sought in row.name.casefold() or (with_hosts and sought in (row.host or "").casefold())
    ]
    return SourcePage(tuple(found[offset : offset + limit]), len(found))


def names_of(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """The names of sources, by their numbers."""
    query = select(sources.c.id, sources.c.name).where(in_numbers(sources.c.id, set(ids)))
    return {row.id: row.name for row in connection.execute(query)}


def enabled_sources(connection: Connection) -> tuple[int, int]:
    """How many sources are enabled, and how many there are."""
    counted = connection.execute(select(sources.c.enabled, func.count()).group_by(sources.c.enabled))
    numbers = {row[0]: row[1] for row in counted}
    return numbers.get(1, 0), sum(numbers.values())
