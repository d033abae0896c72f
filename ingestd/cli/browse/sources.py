"""How every source does, for the pages: what `ingestd status` prints."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from ingestd.cli.browse.chart import sparkline
from ingestd.cli.browse.site import Site
from ingestd.cli.host_status import host_records, waiting_sources
from ingestd.cli.source_status import loss_remark, read_sources, remarks_of, state_of
from ingestd.config.source_table import table_of
from ingestd.model.errors import SUCCESSFUL_OUTCOMES
from ingestd.store.source_conditions import troubled_sources
from ingestd.store.source_pages import source_page

#: Sources on one page.
PAGE_SOURCES = 100
#: Of more sources those are remarked upon that fail, are silent or paused, or may have lost articles.
MAX_REMARKED_UPON = 1_000
_MAX_TROUBLED = 20


@dataclass(frozen=True, slots=True)
class ListedSources:
    """A page of sources; `count` have the text that was asked for."""

    rows: list[dict[str, Any]]
    count: int
    page: int
    text: str = ""

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.count // PAGE_SOURCES))


async def listed_sources(site: Site, now: datetime, *, text: str, page: int) -> ListedSources:
    """A page of the sources by name, those that are not polled last; with `text` of those that have it in their name.

    So have those whose host it is in, unless other machines may ask, which see no addresses.
    """
    seek = partial(source_page, limit=PAGE_SOURCES, text=text, with_hosts=not site.is_exposed)
    found = await site.read(seek, offset=(page - 1) * PAGE_SOURCES)
    if not found.ids and page > 1:
        page = max(1, -(-found.count // PAGE_SOURCES))
        found = await site.read(seek, offset=(page - 1) * PAGE_SOURCES)
    rows = await asyncio.to_thread(_source_rows, site, now, found.ids)
    return ListedSources(rows, found.count, page, text)


async def remarked_sources(site: Site, now: datetime, sources: int) -> list[dict[str, Any]]:
    """The sources with something to do about, the failing ones first; of many, the most urgent ones."""
    only = None if sources <= MAX_REMARKED_UPON else await site.read(troubled_sources, _MAX_TROUBLED)
    rows = await asyncio.to_thread(_source_rows, site, now, only)
    return sorted((row for row in rows if row["remarks"]), key=lambda row: row["mood"] != "bad")


def _source_rows(site: Site, now: datetime, only: Sequence[int] | None) -> list[dict[str, Any]]:
    configured = set(table_of(site.config.sources).names)
    hosts = host_records(site.database, site.config, now, only_slowed=only is not None)
    rows = read_sources(site.database, configured, waiting_sources(hosts), now, only)
    return sorted((_shown(row) for row in rows), key=lambda row: not row["enabled"])


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    state = state_of(row)
    is_polled = row["enabled"] and not row["paused"]
    remarks = [*remarks_of(row), *filter(None, [loss_remark(row)])] if row["enabled"] else []
    return {
        **row,
        "state": state,
        "mood": "good" if state in SUCCESSFUL_OUTCOMES else "bad" if is_polled and row["last_outcome"] else "off",
        "remarks": [remark.removeprefix(f"{row['url']}: ") for remark in remarks],
        "sparkline": sparkline(row["posts_by_day"]),
    }
