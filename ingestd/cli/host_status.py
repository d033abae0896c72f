"""The pace of each host, as `status` and `sources list --by-host` show it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ingestd.cli.output import print_table
from ingestd.cli.times import column_head, to_minute
from ingestd.config.settings import Config
from ingestd.store.database import Database
from ingestd.store.hosts import HostSources, hosts_with_sources
from ingestd.text.times import utc_text


def host_records(
    database: Database, config: Config, now: datetime, *, only_slowed: bool = False
) -> list[dict[str, Any]]:
    """One record for each host that has a source, or for each slowed one; the one with most sources first."""
    return [_record(found, config, now) for found in database.read(hosts_with_sources, now, only_slowed=only_slowed)]


def waiting_sources(records: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The sources that are due and wait for their host: its name, by the name of the source."""
    return {name: record["host"] for record in records if record["next_at"] for name in record["waiting"]}


def print_hosts(records: Sequence[dict[str, Any]]) -> None:
    """Print a table of hosts."""
    print_table(
        ("host", "sources", "pace", column_head("may be asked"), "refusals in 24 h", "waiting", "because"),
        [
            (
                record["host"],
                record["sources"],
                f"1 in {record['spacing_s']:g} s" if record["spacing_s"] else "no limit",
                to_minute(record["next_at"]) or "now",
                record["refusals"],
                len(record["waiting"]),
                record["reason"],
            )
            for record in records
        ],
        empty="no host has a source",
    )


def is_slowed(record: dict[str, Any]) -> bool:
    """Whether a host's responses have set its pace, or it has refused something in the last day."""
    return bool(record["learnt"] or record["refusals"])


def _record(found: HostSources, config: Config, now: datetime) -> dict[str, Any]:
    own = config.hosts.get(found.host)
    min_delay = config.fetch.min_delay if own is None or own.min_delay is None else own.min_delay
    pace, start = found.pace, found.pace.may_start_at(now)
    wait_s = (start - now).total_seconds()
    learnt = pace.spacing_s > min_delay or wait_s > max(min_delay, 1.0)
    return {
        "host": found.host,
        "sources": len(found.names),
        "names": list(found.names),
        "spacing_s": round(max(pace.spacing_s, min_delay), 3),
        "learnt": learnt,
        "next_at": utc_text(start) if wait_s > 0 else None,
        "refusals": found.refusals,
        "waiting": list(found.waiting),
        "reason": pace.reason if learnt else None,
    }
