"""The daemons that work on the database, for `ingestd status`."""

from datetime import datetime, timedelta
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
    silences = [_silence(record, now) for record in records]
    alive = silences.count(None)
    print_note(f"{alive} daemon{' polls' if alive == 1 else 's share'} the sources:")
    for record, silence in zip(records, silences, strict=True):
        host, pid = record["holder"].split(":")[:2]
        said = f", no sign of life for {words(silence)}" if silence else ""
        print_note(f"  process {pid} on {host}, for {words(now - from_utc_text(record['started_at']))}{said}")


def _silence(record: dict[str, Any], now: datetime) -> timedelta | None:
    """How long a daemon has been silent; None where it gives its signs of life."""
    seen_at = from_utc_text(record["seen_at"])
    return now - seen_at if daemon_findings(seen_at, now) else None
