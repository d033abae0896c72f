"""The last backup, for `ingestd status`."""

from datetime import timedelta
from typing import Any

from ingestd.cli.output import print_wrapped
from ingestd.cli.times import to_minute_with_zone
from ingestd.config.settings import Config
from ingestd.store.backup_records import last_attempts
from ingestd.store.database import Database
from ingestd.text.times import utc_text


def backup_record(database: Database, config: Config) -> dict[str, Any] | None:
    """The last good backup and the error of the last attempt; None where none are configured."""
    if not config.backup.folder:
        return None
    good, last = database.read(last_attempts)
    every = timedelta(seconds=config.backup.every)
    return {
        "folder": config.backup.folder,
        "at": utc_text(good.started_at) if good else None,
        "path": str(good.path) if good else None,
        "bytes": good.bytes if good else None,
        "images_failed": good.images_failed if good else None,
        "error": last.error if last else None,
        "next_at": utc_text(good.started_at + every) if good and every else None,
    }


def print_backup(record: dict[str, Any] | None) -> None:
    """Print one line about backups, where they are configured."""
    if record is None:
        return
    if record["at"] is None:
        print_wrapped(f"no backup in {record['folder']} yet")
        return
    lost = f"; {record['images_failed']} images could not be copied" if record["images_failed"] else ""
    at = to_minute_with_zone(record["at"])
    print_wrapped(f"last backup: {at}, {record['bytes']:,} bytes: {record['path']}{lost}")
