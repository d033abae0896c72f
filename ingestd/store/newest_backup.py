"""When the newest backup was made, by the names of the files that are there."""

import re
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from ingestd.store.backup_records import last_attempts


def newest_backup_at(connection: Connection, database: Path, folder: Path) -> datetime | None:
    """The time in the name of the newest backup of a database in a folder; None where there is none.

    That of the last one that was recorded, where the folder cannot be read.
    """
    dated = re.compile(rf"{re.escape(database.stem)}-(\d{{8}}T\d{{6}})Z{re.escape(database.suffix)}")
    try:
        times = [match[1] for path in folder.iterdir() if (match := dated.fullmatch(path.name))]
    except FileNotFoundError:
        return None
    except OSError:
        good, _ = last_attempts(connection)
        return good.started_at if good is not None else None
    return datetime.strptime(max(times), "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if times else None
