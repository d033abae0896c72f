"""The daemons that work on the database, for `ingestd status`."""

from datetime import datetime
from typing import Any

from ingestd.cli.output import print_note
from ingestd.policy.checks import daemon_findings, words
from ingestd.poll.lease_holders import is_dead_holder
from ingestd.store.daemons import running_daemons
from ingestd.store.database import Database
from ingestd.text.times import from_utc_text, utc_text


def daemon_records(database: Database) -> list[dict[str, Any]]:
    """Each daemon that has not stopped, but for those of this machine that were killed."""
    return [
        {
            "holder": daemon.holder,
            "version": daemon.version,
            "started_at": utc_text(daemon.started_at),
            "seen_at": utc_text(daemon.seen_at),
        }
        for daemon in database.read(running_daemons)
        if not is_dead_holder(daemon.holder)
    ]


def print_daemons(records: list[dict[str, Any]], now: datetime) -> None:
    """Say which workers share the sources, where there are several; of one that is silent, for how long."""
    if len(records) < 2:
        return
    print_note(f"{len(records)} daemons share the sources:")
    for record in records:
        host, pid = record["holder"].split(":")[:2]
        started_at, seen_at = (from_utc_text(record[key]) for key in ("started_at", "seen_at"))
        silence = f", no sign of life for {words(now - seen_at)}" if daemon_findings(seen_at, now) else ""
        print_note(f"  process {pid} on {host}, for {words(now - started_at)}{silence}")
