"""The table `notices`: what the running daemon cannot do as a whole, one row of each kind."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from ingestd.identity.urls import redact_text
from ingestd.model.errors import StoreError
from ingestd.store.models import notices
from ingestd.store.prepared_statements import upsert
from ingestd.text.times import utc_text

#: The kind of the notice that `prove_writable` writes.
_PROOF = "proof"
#: The kind of the notice of a database into which another one is being copied (`table_copy`).
COPYING = "copying"


def put_notice(connection: Connection, kind: str, reason: str, at: datetime) -> None:
    """Store the notice of a kind in place of an earlier one."""
    values = {"since": utc_text(at), "reason": redact_text(reason)}
    statement = upsert(connection, notices).values(kind=kind, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["kind"], set_=values))


def clear_notice(connection: Connection, kind: str) -> None:
    """Delete the notice of a kind, where there is one."""
    connection.execute(delete(notices).where(notices.c.kind == kind))


def set_notice(connection: Connection, kind: str, reason: str | None, at: datetime) -> None:
    """Store the notice of a kind, or delete it where there is no reason."""
    if reason is None:
        clear_notice(connection, kind)
    else:
        put_notice(connection, kind, reason, at)


def refuse_incomplete(connection: Connection) -> None:
    """Raise StoreError where another database is being copied into this one, and the copy is not complete."""
    if connection.execute(select(notices.c.kind).where(notices.c.kind == COPYING)).scalar() is not None:
        raise StoreError("the database holds an incomplete copy of another one: repeat `ingestd db copy`")


def prove_writable(connection: Connection, at: datetime) -> None:
    """Write, and leave nothing: a full or read-only disk shows only where something is written."""
    put_notice(connection, _PROOF, "", at)
    clear_notice(connection, _PROOF)


def all_notices(connection: Connection) -> list[dict[str, Any]]:
    """Every notice, by kind."""
    return [dict(row) for row in connection.execute(select(notices).order_by(notices.c.kind)).mappings()]
