"""The folder of backups: dated files, the oldest of which give way to new ones.

A backup is `NAME-YYYYMMDDTHHMMSSZ.db` (UTC). The images of all backups are in one folder beside them,
`NAME.db.media`, each once: an image's file is never changed.
"""

import re
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from ingestd.archive.atomic_files import locked_folder, make_folder_like
from ingestd.config.settings import Config
from ingestd.model.errors import ArchiveError, LeaseLostError, StoreError
from ingestd.store import image_queue
from ingestd.store.backup import database_file, write_backup
from ingestd.store.backup_images import CopiedImages, copy_images
from ingestd.store.backup_records import Backup, kept_backups, mark_deleted, record_backup
from ingestd.store.database import Database
from ingestd.store.database_copy import SQLITE_SUFFIXES
from ingestd.store.leases import under_lease


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """Where backups go, how many are kept, and the folder of the images (None for none)."""

    folder: Path
    keep: int
    images: Path | None = None

    @classmethod
    def of(cls, config: Config, *, with_images: bool = True) -> "BackupPlan | None":
        """The plan of a configuration; None where it has no folder for backups."""
        if not config.backup.folder:
            return None
        return cls(Path(config.backup.folder), config.backup.keep, config.media_folder if with_images else None)


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A backup that was made, what became of the images, and the older backups that were deleted."""

    backup: Backup
    images: CopiedImages
    deleted: tuple[Path, ...]


def make_backup(
    database: Database,
    plan: BackupPlan,
    *,
    clock: Callable[[], datetime],
    cancelled: Callable[[], bool] = lambda: False,
    lease: int | None = None,
) -> BackupResult:
    """Make a backup in the folder of `plan`, then delete what is beyond `plan.keep`; both are recorded.

    Raises StoreError where it failed, which is recorded too, or where it was `cancelled`. With the number of a `lease`
    nothing is recorded, and nothing stays in the folder, once that has ended: then LeaseLostError.
    """
    write: Callable[..., None] = database.write
    if lease is not None:
        write = partial(write, under_lease, lease)
    folder = plan.folder.absolute()
    source = database_file(database.engine)
    started_at = clock()
    attempt = Backup(started_at, started_at, folder / f"{source.stem}-{started_at:%Y%m%dT%H%M%SZ}{source.suffix}")
    try:
        images = _write(database, attempt.path, plan.images, cancelled)
        size = attempt.path.stat().st_size
    except (StoreError, ArchiveError, OSError) as error:
        reason = f"{error.filename or folder}: {error.strerror}" if isinstance(error, OSError) else str(error)
        if not cancelled():
            # Where nothing can be written, the reason of the backup says more.
            with suppress(StoreError):
                write(record_backup, replace(attempt, ended_at=clock(), error=reason))
        raise StoreError(reason) from error
    made = replace(attempt, ended_at=clock(), bytes=size, images_failed=len(images.failures))
    try:
        write(record_backup, made)
    except LeaseLostError:
        # Without its row no later backup would delete it.
        made.path.unlink(missing_ok=True)
        raise
    return BackupResult(made, images, _delete_old(database, folder, plan.keep, clock()))


def images_folder(database: Path, folder: Path) -> Path:
    """Where the images of a database's backups are."""
    return folder / f"{database.name}.media"


def _write(database: Database, path: Path, images: Path | None, cancelled: Callable[[], bool]) -> CopiedImages:
    source = database_file(database.engine)
    make_folder_like(source.parent, path.parent)
    with locked_folder(path.parent, "another backup"):
        _remove_partial_copies(source, path.parent)
        _require_room(source, path.parent)
        write_backup(database.engine, path, cancelled=cancelled)
        if images is None:
            return CopiedImages()
        files = database.read(lambda connection: list(image_queue.all_files(connection)))
        return copy_images(files, images, images_folder(source, path.parent), cancelled=cancelled)


def _remove_partial_copies(database: Path, folder: Path) -> None:
    """Delete what a backup left that was killed. The folder is locked: none is under way."""
    dated = rf"\.{re.escape(database.stem)}-\d{{8}}T\d{{6}}Z{re.escape(database.suffix)}\.\d+\.partial"
    for path in folder.iterdir():
        if re.fullmatch(dated + SQLITE_SUFFIXES, path.name):
            path.unlink(missing_ok=True)


def _require_room(database: Path, folder: Path) -> None:
    parts = (database, database.with_name(database.name + "-wal"))
    needed = sum(part.stat().st_size for part in parts if part.exists())
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StoreError(f"no room for a backup in {folder}: it needs {needed:,} bytes, and {free:,} are free")


def _delete_old(database: Database, folder: Path, keep: int, now: datetime) -> tuple[Path, ...]:
    """Delete the oldest backups beyond `keep`. A file that ingestd has not written, or that was changed, stays."""
    own = [made for made in database.read(kept_backups, folder) if _is_own(made)]
    deleted = []
    for old in own[keep:]:
        with suppress(OSError):
            old.path.unlink()
            deleted.append(old)
    if deleted:
        database.write(mark_deleted, [old.id for old in deleted], now)
    return tuple(old.path for old in deleted)


def _is_own(made: Backup) -> bool:
    try:
        found = made.path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == made.bytes
