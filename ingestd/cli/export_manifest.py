"""Which post is which file of an export, so that the next export into the same folder changes only what is new."""

from pathlib import Path

from ingestd.archive.jekyll.export_folder import ExportedFile
from ingestd.store import archive_files
from ingestd.store.database import Database
from ingestd.text.times import utc_now

#: Files that are stored in one transaction.
_FILES_PER_WRITE = 200


class DatabaseManifest:
    """The file of each post in one folder, by its path, stored in the database.

    It implements `ingestd.archive.jekyll.export_folder.ExportManifest`.
    """

    def __init__(self, database: Database, target: Path) -> None:
        self._database = database
        self._target = str(target.resolve())
        self._files = database.read(archive_files.exported, self._target)
        self._name_keys = {key for _, _, key in self._files.values()}
        self._unsaved: list[tuple[int, str, str, str]] = []

    def get(self, post_id: int) -> ExportedFile | None:
        """The file of a post; None where it has none."""
        found = self._files.get(post_id)
        return ExportedFile(found[0], found[1]) if found else None

    def taken(self, key: str) -> bool:
        """Whether a file of any post has this name key."""
        return key in self._name_keys

    def put(self, post_id: int, written: ExportedFile, key: str) -> None:
        """Set the file of a post."""
        self._files[post_id] = (written.path, written.digest, key)
        self._name_keys.add(key)
        self._unsaved.append((post_id, written.path, written.digest, key))
        if len(self._unsaved) >= _FILES_PER_WRITE:
            self.flush()

    def flush(self) -> None:
        """Store the files that were set since the last flush."""
        self._database.write(archive_files.remember_exported, self._target, self._unsaved, utc_now())
        self._unsaved = []
