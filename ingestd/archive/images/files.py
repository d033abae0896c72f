"""Images as files, named by the SHA-256 of their bytes: the stored ones, and their copies for an export."""

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

#: Upper bound of a stored image; larger files are read up to here.
MAX_IMAGE_BYTES = 2**31
_READ_BLOCK_BYTES = 2**20


def image_path(digest: str, media_type: str) -> str:
    """The path of an image's file below its folder, by its SHA-256 and media type: `ab/cd/abcd….jpg`."""
    return f"{digest[:2]}/{digest[2:4]}/{digest}.{FILE_SUFFIXES[media_type]}"


class ImageFiles:
    """A folder of images. A file is never changed, because its name is the SHA-256 of its bytes."""

    def __init__(self, root: Path) -> None:
        """`root` is created when the first image is stored."""
        self.root = root

    def put(self, data: bytes, media_type: str) -> str:
        """Store an image atomically, flushed to the disk; returns its SHA-256. Raises ArchiveError."""
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
        """Whether a file is `missing`, `damaged` or `unreadable: REASON`; None where its bytes have the digest."""
        try:
            hasher = hashlib.sha256()
            # No symbolic links: stored images are regular files.
            descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                while data := stream.read(_READ_BLOCK_BYTES):
                    hasher.update(data)
        except FileNotFoundError:
            return "missing"
        except OSError as error:
            return f"unreadable: {error.strerror or error}"
        return None if hasher.hexdigest() == digest else "damaged"

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where it is missing. Raises ArchiveError where it cannot be read."""
        try:
            with closing(Folder(self.root)) as folder:
                return folder.read(path, MAX_IMAGE_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ArchiveError(f"{self.root / path} cannot be read: {error.strerror or error}") from error

    def copy(self, path: str, target: "ImageFiles", size: int) -> bool:
        """Copy a file to the same path of `target`; False where a file of that `size` in bytes is there.

        Raises ArchiveError where it cannot be read or written.
        """
        target_path = target.root / path
        try:
            if target_path.is_file() and not target_path.is_symlink() and target_path.stat().st_size == size:
                return False
            with closing(Folder(self.root)) as source, closing(Folder(target.root)) as folder:
                data = source.read(path, MAX_IMAGE_BYTES)
                if data is None:
                    raise FileNotFoundError(errno.ENOENT, "missing")
                folder.write(path, data, secrets.token_hex(8))
        except OSError as error:
            raise ArchiveError(f"{self.root / path}: {error.strerror or error}") from error
        return True


def check_image_files(images: ImageFiles, files: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """(SHA-256, finding) of each file that `check` gives a finding for; `files` are (SHA-256, media type, URL)."""
    for digest, media_type, url in files:
        path = image_path(digest, media_type)
        if (finding := images.check(path, digest)) is not None:
            yield digest, f"image {images.root / path} is {finding} ({url})"
