"""The table `daemons`: which daemons run, and their signs of life."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from ingestd.store.models import daemons
from ingestd.store.prepared_statements import upsert
from ingestd.text.times import from_utc_text, utc_text

#: Rows of daemons that gave no sign of life for so long are deleted, on whatever machine they were.
FORGOTTEN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RunningDaemon:
    """A daemon that has not stopped, as far as the database knows."""

    holder: str
    version: str
    started_at: datetime
    seen_at: datetime


def record_sign_of_life(connection: Connection, holder: str, version: str, started_at: datetime, at: datetime) -> None:
    """Store that a daemon runs."""
    values = {"version": version, "started_at": utc_text(started_at), "seen_at": utc_text(at)}
    statement = upsert(connection, daemons).values(holder=holder, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["holder"], set_=values))


def record_stop(connection: Connection, holder: str) -> None:
    """Store that a daemon has stopped."""
    connection.execute(delete(daemons).where(daemons.c.holder == holder))


def forget_dead_daemons(connection: Connection, is_dead: Callable[[str], bool], now: datetime) -> None:
    """Delete the rows of daemons that were killed."""
    for daemon in running_daemons(connection):
        if is_dead(daemon.holder) or now - daemon.seen_at > FORGOTTEN_AFTER:
            record_stop(connection, daemon.holder)


def running_daemons(connection: Connection) -> list[RunningDaemon]:
    """Every daemon that has not stopped; one that was killed is among them until another one starts."""
    return [
        RunningDaemon(row.holder, row.version, from_utc_text(row.started_at), from_utc_text(row.seen_at))
        for row in connection.execute(select(daemons).order_by(daemons.c.started_at))
    ]
