"""How much waits: the lengths of the daemon's queues, and the size of the database."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select

from ingestd.store.models import inbox, media, visits
from ingestd.text.times import utc_text

#: What SQLite keeps beside the database's file.
_SUFFIXES = ("", "-wal", "-shm")


def queue_lengths(connection: Connection, now: datetime) -> dict[str, int]:
    """Entries that wait for their page, visits that are due, and images that are to be fetched now."""
    queries = {
        "inbox": select(func.count()).select_from(inbox),
        "visits": select(func.count()).select_from(visits).where(visits.c.due_at <= utc_text(now)),
        "images": select(func.count()).select_from(media).where(media.c.next_try_at <= utc_text(now)),
    }
    return {name: connection.execute(query).scalar_one() for name, query in queries.items()}


def database_bytes(path: Path | None) -> int | None:
    """The size of the database's files; None for one on a server."""
    if path is None:
        return None
    total = 0
    for suffix in _SUFFIXES:
        with suppress(OSError):
            total += path.with_name(path.name + suffix).stat().st_size
    return total
