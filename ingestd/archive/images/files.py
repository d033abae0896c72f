"""Images as files, named by what is in them: beside the database, and beside what is exported."""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from ingestd.archive.atomic_files import Folder
from ingestd.archive.images.formats import FILE_SUFFIXES
from ingestd.model.errors import ArchiveError

#: No stored image is larger.
MAX_IMAGE_BYTES = 2**31
_BLOCK_BYTES = 2**20


def image_path(digest: str, media_type: str) -> str:
    """The path of an image's file below its folder, by its SHA-256 and media type: `ab/cd/abcd….jpg`."""
    return f"{digest[:2]}/{digest[2:4]}/{digest}.{FILE_SUFFIXES[media_type]}"


class ImageFiles:
    """A folder of images. A file never changes, because its name is the hash of its bytes."""

    def __init__(self, root: Path) -> None:
        """`root` is created when the first image is stored."""
        self.root = root

    def put(self, data: bytes, media_type: str) -> str:
        """Store an image, flushed to the disk and whole; gives its SHA-256. Raises ArchiveError."""
        digest = hashlib.sha256(data).hexdigest()
        path = image_path(digest, media_type)
        if self.check(path, digest) is None:
            return digest
        try:
            with closing(Folder(self.root)) as folder:
                folder.write(path, data, secrets.token_hex(8))
        except OSError as error:
            raise ArchiveError(f"{self.root / path} cannot be written: {error.strerror or error}") from error
        return digest

    def check(self, path: str, digest: str) -> str | None:
        """What is wrong with a file: missing, damaged or unreadable; None where it is whole."""
        try:
            found = hashlib.sha256()
            # No symbolic links: stored images are regular files.
            descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                while data := stream.read(_BLOCK_BYTES):
                    found.update(data)
        except FileNotFoundError:
            return "missing"
        except OSError as error:
            return f"unreadable: {error.strerror or error}"
        return None if found.hexdigest() == digest else "damaged"

    def copy(self, path: str, target: "ImageFiles", size: int) -> bool:
        """Put a file into another folder, at the same path; False where it is there already, by its size.

        Raises ArchiveError where it cannot be read or written.
        """
        there = target.root / path
        try:
            if there.is_file() and not there.is_symlink() and there.stat().st_size == size:
                return False
            with closing(Folder(self.root)) as source, closing(Folder(target.root)) as folder:
                data = source.read(path, MAX_IMAGE_BYTES)
                if data is None:
                    raise FileNotFoundError(errno.ENOENT, "missing")
                folder.write(path, data, secrets.token_hex(8))
        except OSError as error:
            raise ArchiveError(f"{self.root / path}: {error.strerror or error}") from error
        return True


def check_image_files(pictures: ImageFiles, files: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """(hash, finding) of each file that is missing or damaged; `files` are (hash, media type, address)."""
    for digest, media_type, url in files:
        path = image_path(digest, media_type)
        if (finding := pictures.check(path, digest)) is not None:
            yield digest, f"image {pictures.root / path} is {finding} ({url})"
