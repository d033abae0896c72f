"""How every source does, for the pages: what `ingestd status` prints."""

import asyncio
from datetime import datetime
from typing import Any

from ingestd.cli.browse.chart import sparkline
from ingestd.cli.browse.site import Site
from ingestd.cli.host_status import host_records, waiting_sources
from ingestd.cli.source_status import loss_remark, read_sources, remarks_of, state_of
from ingestd.config.source_table import table_of
from ingestd.model.errors import SUCCESSFUL_OUTCOMES


async def source_rows(site: Site, now: datetime) -> list[dict[str, Any]]:
    """Every source by name, those that were removed last: its columns without secrets, and what to do about it."""
    return await asyncio.to_thread(_source_rows, site, now)


def _source_rows(site: Site, now: datetime) -> list[dict[str, Any]]:
    configured = set(table_of(site.config.sources).names)
    hosts = host_records(site.database, site.config, now)
    rows = read_sources(site.database, configured, waiting_sources(hosts), now)
    return sorted((_shown(row) for row in rows), key=lambda row: bool(row["removed"]))


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
