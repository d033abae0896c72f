"""The end of a poll: recorded with the last batch that it writes, or in a transaction of its own."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from ingestd.model.poll import WriteBatch
from ingestd.model.source import Source
from ingestd.store import sources, writes
from ingestd.store.savepoints import attempt
from ingestd.store.writes import WriteResult

#: Makes the batch of the end, from what was written before it in the same transaction, and from the times when the
#: source lately published, which are read where they are asked.
PlanEnd = Callable[[WriteResult, Callable[[], Sequence[datetime]]], WriteBatch]

_NOTHING = WriteResult()


def record_end(connection: Connection, source: Source, plan: PlanEnd, written: WriteResult = _NOTHING) -> WriteBatch:
    """Write the end of a poll, by itself or after what was `written`: its batch."""
    end = plan(written, lambda: sources.recent_times(connection, source))
    writes.write_end(connection, end)
    return end


def write_and_record_end(
    connection: Connection, batch: WriteBatch, source: Source, plan: PlanEnd
) -> tuple[WriteResult, WriteBatch | None]:
    """Write the last batch of a poll, then its end: what the former did, and the batch of the end.

    None where the end could not be written: the last batch is stored without it.
    """
    written = writes.write(connection, batch)
    end, _ = attempt(connection, "poll_end", lambda _: record_end(connection, source, plan, written))
    return written, end
