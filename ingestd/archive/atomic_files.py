"""Files that are written whole or not at all: to a temporary file, flushed to the disk, then renamed."""

import errno
import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ingestd.model.errors import ArchiveError

_COPY_BLOCK_BYTES = 2**20


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes become the file `path` when the block ends well; otherwise `path` stays as it was.

    A file that is replaced leaves its owner and mode to the new one. A link is followed; a device or a pipe in the
    place of the file is written to as it is. Raises ArchiveError where the file cannot be written.
    """
    if is_special(path):
        with _direct(path) as stream:
            yield stream
        return
    path = path.resolve() if path.is_symlink() else path
    temporary = path.with_name(f".ingestd-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as stream:
            if path.exists():
                copy_permissions(stream.fileno(), path.stat())
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ArchiveError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def copy_permissions(descriptor: int, like: os.stat_result) -> None:
    """Give an open file the owner, group and mode of another: where the group cannot be given, it gets no access.

    File systems without owners and modes, such as FAT, keep their own.
    """
    mode = stat.S_IMODE(like.st_mode)
    try:
        os.fchown(descriptor, like.st_uid, like.st_gid)
    except OSError:
        try:
            os.fchown(descriptor, -1, like.st_gid)
        except OSError:
            mode &= ~stat.S_IRWXG
    with suppress(OSError):
        os.fchmod(descriptor, mode)


def give_to_owner(descriptor: int, folder: os.stat_result) -> None:
    """Give a file that root has made to the owner and group of its folder, who could not write it otherwise."""
    if os.geteuid() == 0:
        with suppress(OSError):
            os.fchown(descriptor, folder.st_uid, folder.st_gid)


def copy_file(original: Path, target: Path) -> None:
    """Copy a file with its owner and mode to `target`, which is replaced: atomic, and flushed to the disk.

    Errors are OSErrors.
    """
    temporary = target.with_name(f".ingestd-{secrets.token_hex(8)}.tmp")
    try:
        with (
            original.open("rb") as source,
            os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as copy,
        ):
            shutil.copyfileobj(source, copy, _COPY_BLOCK_BYTES)
            copy_permissions(copy.fileno(), original.stat())
            copy.flush()
            os.fsync(copy.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def make_folder_like(model: Path, folder: Path) -> None:
    """Create a folder with the owner and the mode of another, unless it is there; with usual ones without a model."""
    with suppress(FileExistsError):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            copy_permissions(descriptor, (model if model.exists() else folder.parent).stat())
        finally:
            os.close(descriptor)


@contextmanager
def locked_folder(folder: Path, holder: str) -> Iterator[None]:
    """Hold a folder for one process at a time; a file system without locks does not hold it.

    Raises ArchiveError where another process holds it: `holder` says what that does.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno == errno.EWOULDBLOCK:
                raise ArchiveError(f"{folder}: {holder} is under way there") from error
        yield
    finally:
        os.close(descriptor)


def is_special(path: Path) -> bool:
    """Whether a device, a pipe, a socket or a folder stands there, which no file may replace."""
    try:
        return path.exists() and not path.is_file()
    except OSError:
        return False


@contextmanager
def _direct(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("wb") as stream:
            yield stream
    except OSError as error:
        raise ArchiveError(f"{path} cannot be written: {error.strerror or error}") from error


class Folder:
    """A folder to write files into: no path leads out of it, and no symbolic link below it is followed.

    Paths are relative and have `/` between their parts. Errors are OSErrors. What root makes belongs to the owner of
    its folder.
    """

    def __init__(self, root: Path) -> None:
        try:
            root.mkdir(parents=True)
            made = True
        except FileExistsError:
            made = False
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        if made:
            give_to_owner(self._root, root.parent.stat())

    def close(self) -> None:
        """Close the folder's descriptor."""
        os.close(self._root)

    def read(self, path: str, limit: int) -> bytes | None:
        """At most `limit` bytes of a file; None where there is none. A symbolic link in its place is an OSError."""
        try:
            with self._open(path) as (parent, name):
                # Not blocking: the path may be a pipe without a writer.
                descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "no regular file", path)
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read(limit)

    def write(self, path: str, data: bytes, token: str) -> None:
        """Put a file in its place, whole. `token` names the temporary file, so that a crash leaves one at most."""
        temporary = f".ingestd-{token}.tmp"
        with self._open(path, make=True) as (parent, name):
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=parent)
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                with os.fdopen(os.open(temporary, flags, 0o666, dir_fd=parent), "wb") as stream:
                    give_to_owner(stream.fileno(), os.fstat(parent))
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
            except OSError:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=parent)
                raise

    def move(self, path: str, to: str) -> bool:
        """Move a file within the folder, and say whether it is in its new place now.

        It is where it has been moved before; it is not where it is missing, or where both places hold something.
        """
        with self._open(path) as (parent, name), self._open(to, make=True) as (new_parent, new_name):
            here, there = _exists(parent, name), _exists(new_parent, new_name)
            if here and not there:
                os.rename(name, new_name, src_dir_fd=parent, dst_dir_fd=new_parent)
            return here != there

    @contextmanager
    def _open(self, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The folder of a path as a descriptor, and the name in it."""
        *folders, name = path.split("/")
        if any(part in {"", ".", ".."} for part in (*folders, name)):
            raise ValueError(f"not a path inside a folder: {path!r}")
        here = os.dup(self._root)
        try:
            for part in folders:
                made = make and _make_folder(part, here)
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
                if made:
                    give_to_owner(inner, os.fstat(here))
                os.close(here)
                here = inner
            yield here, name
        finally:
            os.close(here)


def _make_folder(name: str, parent: int) -> bool:
    """Whether a folder was made: it was not there."""
    try:
        os.mkdir(name, dir_fd=parent)
    except FileExistsError:
        return False
    return True


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
