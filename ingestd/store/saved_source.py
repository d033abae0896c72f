"""The source "saved": single pages that users store, which no feed lists. It is never polled."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from ingestd.model.source import Source
from ingestd.store.models import sources
from ingestd.text.times import utc_text

SAVED_NAME = "saved"
#: Stands for the address of the source, which has none.
SAVED_URL = "saved:"

_SAVED = select(sources.c.id).where(sources.c.name == bindparam("name"))


def saved_source(connection: Connection) -> Source | None:
    """The source, as pages of it are read; None where no page was ever saved."""
    row = connection.execute(_SAVED, {"name": SAVED_NAME}).scalar_one_or_none()
    return None if row is None else _source(row)


def add_saved_source(connection: Connection, now: datetime) -> Source:
    """The source, made where it is not there. A configured source of this name takes its place."""
    known = saved_source(connection)
    if known is not None:
        return known
    values = {
        "name": SAVED_NAME,
        "url": SAVED_URL,
        "config_url": SAVED_URL,
        "enabled": 0,
        "added_at": utc_text(now),
    }
    return _source(connection.execute(insert(sources).values(values).returning(sources.c.id)).scalar_one())


def _source(row: int) -> Source:
    return Source(SAVED_NAME, SAVED_URL, row, tags=(SAVED_NAME,), categories=(SAVED_NAME,), enabled=False)
