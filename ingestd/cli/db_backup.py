"""`ingestd db backup` and `ingestd db restore`."""

from pathlib import Path
from typing import Annotated

import typer

from ingestd.cli.output import print_note, print_text
from ingestd.cli.session import Session, current_session
from ingestd.config.settings import Config
from ingestd.model.errors import StoreError, UsageError
from ingestd.store import image_queue
from ingestd.store.backup import write_backup
from ingestd.store.backup_folder import BackupPlan, images_folder, make_backup
from ingestd.store.backup_images import CopiedImages, copy_images, stored_images
from ingestd.store.database import Database
from ingestd.store.engine import sqlite_path
from ingestd.store.restore import restore_database
from ingestd.text.times import utc_now


def backup(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Argument(help="The copy; must not exist yet. Without it a dated one goes to the folder of `[backup]`."),
    ] = None,
    media: Annotated[
        bool, typer.Option("--media/--no-media", help="Copy the images too, into PATH.media; what is there stays.")
    ] = True,
) -> None:
    """Copy the database while the daemon writes: complete, consistent, one file; and the images beside it.

    The copy is compared with the database before it gets its name. In the folder of `[backup]` the oldest gives way.
    """
    session = current_session(context)
    with session.open_existing_database() as database:
        copied = _to_file(session, database, path, media) if path is not None else _to_folder(session, database, media)
    _end_with(copied)


def _to_file(session: Session, database: Database, path: Path, media: bool) -> CopiedImages:
    write_backup(database.engine, path)
    print_text(f"{path}: {path.stat().st_size:,} bytes")
    images = session.settings.media_folder
    if not media or images is None:
        return CopiedImages()
    files = database.read(lambda connection: list(image_queue.all_files(connection)))
    copied = copy_images(files, images, _images_of(path))
    _print_images(copied, _images_of(path))
    return copied


def _images_of(backup: Path) -> Path:
    return backup.with_name(backup.name + ".media")


def _to_folder(session: Session, database: Database, media: bool) -> CopiedImages:
    plan = BackupPlan.of(session.settings, with_images=media)
    if plan is None:
        raise UsageError("name the copy's PATH, or set `folder` under [backup] in the configuration")
    made = make_backup(database, plan, clock=utc_now)
    print_text(f"{made.backup.path}: {made.backup.bytes:,} bytes")
    if database.path is not None:
        _print_images(made.images, images_folder(database.path, made.backup.path.parent))
    for path in made.deleted:
        print_text(f"{path}: deleted, {plan.keep} newer ones are kept")
    return made.images


def _print_images(copied: CopiedImages, folder: Path) -> None:
    for failure in copied.failures:
        print_note(failure)
    if copied != CopiedImages():
        counts = f"{copied.copied} images copied, {copied.present} there already, {len(copied.failures)} failed"
        print_text(f"{folder}: {counts}")


def _end_with(copied: CopiedImages) -> None:
    if copied.failures:
        raise typer.Exit(1)


def restore(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    media: Annotated[
        bool, typer.Option("--media/--no-media", help="Copy back the images too that are missing here.")
    ] = True,
) -> None:
    """Put a backup in the place of the database, which is kept beside it under a dated name.

    Stop the daemon first. The backup is checked before anything is changed; a crash at any moment leaves one or the
    other, whole.
    """
    config = current_session(context).settings
    with current_session(context).open_database() as database:
        target = sqlite_path(database.engine)
    if target is None:
        raise StoreError("only SQLite databases are restored here; use pg_restore for PostgreSQL")
    copied: list[CopiedImages] = []

    def copy_images_back(copy: Path) -> None:
        if media and config.media_folder is not None:
            copied.append(_restore_images(config, copy, path, target))

    done = restore_database(target, path, now=utc_now(), before_swap=copy_images_back)
    print_text(f"{target}: restored from {path}, schema {done.revision}")
    if done.kept_as is not None:
        print_text(f"the database before is kept as {done.kept_as}")
    for images in copied:
        _print_images(images, Path(config.media_folder or ""))
        _end_with(images)


def _restore_images(config: Config, copy: Path, backup: Path, target: Path) -> CopiedImages:
    """Copy the images of a backup that are missing here from the folder beside it, where there is one."""
    here = Path(config.media_folder or "")
    beside = next((one for one in (_images_of(backup), images_folder(target, backup.parent)) if one.is_dir()), None)
    if beside is None or (here.exists() and beside.samefile(here)):
        return CopiedImages()
    return copy_images(stored_images(copy), beside, here)
