"""Copies of the stored images beside a backup, and back: each file once, however many backups share the folder."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ingestd.archive.atomic_files import make_folder_like
from ingestd.archive.images.files import ImageFiles, image_path
from ingestd.model.errors import ArchiveError, StoreError
from ingestd.store.image_queue import ImageFile


@dataclass(frozen=True, slots=True)
class CopiedImages:
    """How many images were copied, how many were there already, and one line for each that failed."""

    copied: int = 0
    present: int = 0
    failures: tuple[str, ...] = ()


def copy_images(
    files: Sequence[ImageFile], images: Path, target: Path, *, cancelled: Callable[[], bool] = lambda: False
) -> CopiedImages:
    """Copy those of `files` that `target` lacks from the folder `images`. Nothing is deleted there.

    Raises StoreError where it was `cancelled`, and OSError where the folder cannot be made.
    """
    if not files:
        return CopiedImages()
    make_folder_like(images, target)
    here, there = ImageFiles(images), ImageFiles(target)
    copied, failures = 0, []
    for file in files:
        if cancelled():
            raise StoreError("the copy of the images was stopped before its end")
        try:
            copied += here.copy(image_path(file.hash, file.type), there, file.bytes)
        except ArchiveError as error:
            failures.append(str(error))
    return CopiedImages(copied, len(files) - copied - len(failures), tuple(failures))


def stored_images(database: Path) -> list[ImageFile]:
    """The image files that a database of any schema refers to; the first schemas have none."""
    with closing(sqlite3.connect(database)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'media'").fetchone():
            return []
        query = "SELECT hash, type, min(bytes), min(url) FROM media WHERE outcome = 'ok' GROUP BY hash, type"
        return [ImageFile(*row) for row in connection.execute(query)]
