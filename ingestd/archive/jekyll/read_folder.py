"""Reading archives: files and folders of posts, one at a time, in an order that depends on the names alone."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ingestd.archive.jekyll import post_file
from ingestd.identity.urls.whatwg import has_http_scheme
from ingestd.model.errors import ArchiveError
from ingestd.model.post import Post

MAX_FILE_BYTES = 32 * 1024 * 1024
_MAX_LINE_BYTES = 64 * 1024
_POST_SUFFIXES = frozenset({".md", ".markdown", ".html", ".htm", ".txt"})


class FileKind(StrEnum):
    """Whether a path of an archive is a post, a file that cannot be read as one, or a file that is not tried."""

    POST = "post"
    UNREADABLE = "unreadable"
    PASSED_OVER = "passed over"


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A path of an archive, with the post in it or the reason why there is none."""

    path: Path
    kind: FileKind
    post: Post | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line of a list of known URLs; `url` is None where the line is no URL."""

    number: int
    text: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two files of one article: `kept` is the file or the stored post that is kept, `dropped` the file not stored."""

    url: str
    kept: str
    dropped: str


@dataclass(slots=True)
class ImportReport:
    """What an import did with each file that it found: the counts add up to `files`."""

    stored: int = 0
    known: int = 0
    duplicates: list[Duplicate] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    passed_over: list[tuple[str, str]] = field(default_factory=list)

    @property
    def files(self) -> int:
        """How many files were found."""
        return self.stored + self.known + len(self.duplicates) + len(self.unreadable) + len(self.passed_over)

    def refuse(self, item: ArchivedFile) -> None:
        """Add a file without a post to `unreadable` or `passed_over`."""
        to = self.passed_over if item.kind is FileKind.PASSED_OVER else self.unreadable
        to.append((str(item.path), item.reason))

    def as_dict(self) -> dict[str, object]:
        """The report as a JSON object."""
        return {
            "files": self.files,
            "stored": self.stored,
            "known": self.known,
            "duplicates": [{"url": one.url, "kept": one.kept, "dropped": one.dropped} for one in self.duplicates],
            "unreadable": [{"file": path, "reason": reason} for path, reason in self.unreadable],
            "passed_over": [{"file": path, "reason": reason} for path, reason in self.passed_over],
        }

    def lines(self) -> Iterator[str]:
        """The report as lines of text: the files that were not stored, then the counts."""
        for one in self.duplicates:
            yield f"duplicate: {one.dropped}: {one.url} is kept from {one.kept}"
        for path, reason in self.unreadable:
            yield f"unreadable: {path}: {reason}"
        for path, reason in self.passed_over:
            yield f"passed over: {path}: {reason}"
        yield (
            f"{self.files} files: {self.stored} stored, {self.known} already known, {len(self.duplicates)} duplicates, "
            f"{len(self.unreadable)} unreadable, {len(self.passed_over)} passed over"
        )


def find_files(paths: Iterable[Path]) -> Iterator[ArchivedFile]:
    """Every file below some files and folders: first the files of a folder by name, then its folders by name.

    Below a folder, hidden files, symbolic links and files without the suffix of a post have the kind PASSED_OVER;
    hidden folders are left out. No file is opened: one that may hold a post has the kind POST, and its `post` is None.
    """
    for path in paths:
        try:
            mode = path.stat().st_mode
        except OSError as error:
            yield ArchivedFile(path, FileKind.UNREADABLE, reason=error.strerror or str(error))
            continue
        if stat.S_ISDIR(mode):
            yield from _walk(path)
        elif stat.S_ISREG(mode):
            yield ArchivedFile(path, FileKind.POST)
        else:
            yield ArchivedFile(path, FileKind.UNREADABLE, reason="it is no regular file")


def read_archive(
    paths: Iterable[Path], *, now: datetime, clean: Callable[[str], str] | None = None
) -> Iterator[ArchivedFile]:
    """Every file below `paths` with its post, or with the reason why there is none.

    `now` and `clean` are those of `post_file.read_post`. One file at a time is in memory, beside the names of one
    folder.
    """
    for item in find_files(paths):
        yield item if item.kind is not FileKind.POST else _read(item.path, now, clean)


def read_seen(path: Path) -> Iterator[SeenLine]:
    """The lines of a list of known URLs (`allurls.dat`): one URL a line; empty lines are left out.

    Raises ArchiveError where the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            number = 0
            while line := stream.readline(_MAX_LINE_BYTES):
                number += 1
                text = line.decode("utf-8", "replace").strip("\ufeff \t\r\n")
                if text:
                    is_url = has_http_scheme(text) and not any(char.isspace() for char in text)
                    yield SeenLine(number, text, text if is_url else None)
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror or error}") from error


def _walk(folder: Path) -> Iterator[ArchivedFile]:
    # A stack and no recursion: an archive may be nested deeper than Python's recursion limit.
    pending = [folder]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield ArchivedFile(here, FileKind.UNREADABLE, reason=error.strerror or str(error))
            continue
        folders: list[Path] = []
        for entry in found:
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                folders.append(here / entry.name)
            elif not entry.is_dir(follow_symlinks=False):
                yield _file(here, entry)
        pending.extend(reversed(folders))


def _file(folder: Path, entry: os.DirEntry[str]) -> ArchivedFile:
    path = folder / entry.name
    if entry.is_symlink():
        return ArchivedFile(path, FileKind.PASSED_OVER, reason="a symbolic link")
    if entry.name.startswith("."):
        return ArchivedFile(path, FileKind.PASSED_OVER, reason="a hidden file")
    if not entry.is_file(follow_symlinks=False):
        return ArchivedFile(path, FileKind.PASSED_OVER, reason="no regular file")
    if path.suffix.lower() not in _POST_SUFFIXES:
        return ArchivedFile(path, FileKind.PASSED_OVER, reason="no post by its name")
    return ArchivedFile(path, FileKind.POST)


def _read(path: Path, now: datetime, clean: Callable[[str], str] | None) -> ArchivedFile:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise ArchiveError(f"it is longer than {MAX_FILE_BYTES // 1024**2} MB")
        return ArchivedFile(path, FileKind.POST, post_file.read_post(data, path.name, now=now, clean=clean))
    except ArchiveError as error:
        return ArchivedFile(path, FileKind.UNREADABLE, reason=str(error))
    except OSError as error:
        return ArchivedFile(path, FileKind.UNREADABLE, reason=error.strerror or str(error))
