"""The table `backups`: the daemon's own backups, and attempts that failed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from ingestd.identity.urls import redact_text
from ingestd.store.models import backups
from ingestd.store.notices import clear_notice, put_notice
from ingestd.text.times import from_utc_text, utc_text

#: The kind of the notice of a backup that failed, and the name of its event in the log.
BACKUP_FAILED = "backup-failed"
#: Rows of failures and of deleted files that are kept.
_MAX_OLD_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Backup:
    """One attempt: a good one has its size in `bytes`, a failed one its reason in `error`.

    `images_failed` are the images that could not be copied with it.
    """

    started_at: datetime
    ended_at: datetime
    path: Path
    bytes: int | None = None
    error: str | None = None
    images_failed: int = 0
    id: int = 0


def record_backup(connection: Connection, made: Backup) -> None:
    """Store an attempt, and the notice of one that failed until the next good one."""
    values = {
        "started_at": utc_text(made.started_at),
        "ended_at": utc_text(made.ended_at),
        "path": str(made.path),
        "bytes": made.bytes,
        "error": None if made.error is None else redact_text(made.error),
        "images_failed": made.images_failed,
    }
    connection.execute(insert(backups).values(values))
    if made.error is None:
        clear_notice(connection, BACKUP_FAILED)
    else:
        put_notice(connection, BACKUP_FAILED, made.error, made.ended_at)
    of_no_use = backups.c.error.is_not(None) | backups.c.deleted_at.is_not(None)
    oldest = select(func.max(backups.c.id) - _MAX_OLD_ROWS).scalar_subquery()
    connection.execute(delete(backups).where(of_no_use, backups.c.id <= oldest))


def last_attempts(connection: Connection) -> tuple[Backup | None, Backup | None]:
    """(the last good backup, the last attempt of either kind)."""
    newest = select(backups).order_by(backups.c.id.desc()).limit(1)
    good, any_ = (connection.execute(query).mappings().first() for query in (newest.where(_IS_GOOD), newest))
    return _backup(good), _backup(any_)


def kept_backups(connection: Connection, folder: Path) -> list[Backup]:
    """The good backups in a folder that were not deleted, the newest first."""
    query = select(backups).where(_IS_GOOD, backups.c.deleted_at.is_(None)).order_by(backups.c.id.desc())
    found = (_backup(row) for row in connection.execute(query).mappings())
    return [one for one in found if one is not None and one.path.parent == folder]


def mark_deleted(connection: Connection, ids: Collection[int], at: datetime) -> None:
    """Say of backups that their files were deleted."""
    connection.execute(update(backups).where(backups.c.id.in_(ids)).values(deleted_at=utc_text(at)))


_IS_GOOD = backups.c.error.is_(None)


def _backup(row: RowMapping | None) -> Backup | None:
    if row is None:
        return None
    return Backup(
        started_at=from_utc_text(row["started_at"]),
        ended_at=from_utc_text(row["ended_at"]),
        path=Path(row["path"]),
        bytes=row["bytes"],
        error=row["error"],
        images_failed=row["images_failed"],
        id=row["id"],
    )
