"""The export of posts into a folder of Jekyll files: incremental, each file atomic, no file outside the folder."""

import errno
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from ingestd.archive.atomic_files import Folder
from ingestd.archive.jekyll import post_file
from ingestd.archive.jekyll.file_names import file_name, name_key
from ingestd.archive.jekyll.read_folder import MAX_FILE_BYTES
from ingestd.model.errors import ArchiveError
from ingestd.model.post import Post
from ingestd.text.times import utc_text

# Errors that are not of one file, so that the export ends: disk full or read-only, quota, I/O error, descriptors.
_FATAL_ERRNOS = frozenset({errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE})


class ExportedFile(NamedTuple):
    """A file that an export wrote: its path below the folder, and the SHA-256 of its bytes in hexadecimal."""

    path: str
    digest: str


class ExportManifest(Protocol):
    """The file of each post in one folder. It is stored in the database: the folder may be emptied or replaced."""

    def get(self, post_id: int) -> ExportedFile | None:
        """The file of a post; None where none was written."""

    def taken(self, key: str) -> bool:
        """Whether a file of any post has this key (`file_names.name_key` of its name without folders)."""

    def put(self, post_id: int, written: ExportedFile, key: str) -> None:
        """Set the file of a post; `key` as in `taken`."""


@dataclass(slots=True)
class ExportReport:
    """Counts of an export, its failures as (URL, reason), and in `liquid` the files with Liquid that Jekyll runs."""

    written: int = 0
    unchanged: int = 0
    moved: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    liquid: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """The report as a JSON object."""
        return {
            "written": self.written,
            "unchanged": self.unchanged,
            "moved": self.moved,
            "failed": [{"url": url, "reason": reason} for url, reason in self.failed],
            "liquid": self.liquid,
        }

    def lines(self) -> Iterator[str]:
        """The report as lines of text."""
        for url, reason in self.failed:
            yield f"failed: {url}: {reason}"
        for path in self.liquid:
            yield f"holds Liquid that Jekyll will run, as the imported file did: {path}"
        counts = f"{self.written} written, {self.unchanged} unchanged, {self.moved} moved to archived/"
        yield f"{counts}, {len(self.failed)} failed"


def export_jekyll(
    posts: Iterable[Post],
    out: Path,
    manifest: ExportManifest,
    *,
    now: datetime,
    archive_after: timedelta | None = None,
    safe_names: bool = True,
) -> ExportReport:
    """Write each post that is new or changed by `manifest`; all posts where the folder is missing or empty.

    The name of a post's file never changes. With `archive_after`, posts older than this are written to
    `archived/YYYY-MM-DD/`, and files whose posts have become older are moved there. A file in the folder that is not
    this post's is not overwritten: the post gets another name. A post that cannot be written is reported, and the
    export goes on with the next.

    Raises ArchiveError where the folder cannot be written at all.
    """
    try:
        write_all = not out.is_dir() or not any(out.iterdir())
        folder = Folder(out)
    except OSError as error:
        raise ArchiveError(f"{out} cannot be written: {error.strerror or error}") from error
    report = ExportReport()
    archive_before = None if archive_after is None else now - archive_after
    try:
        for post in posts:
            try:
                _export(post, folder, manifest, report, archive_before, safe_names=safe_names, write_all=write_all)
            except OSError as error:
                if error.errno in _FATAL_ERRNOS:
                    raise ArchiveError(f"{out} cannot be written: {error.strerror}") from error
                report.failed.append((post.from_url, error.strerror or str(error)))
            except ValueError as error:
                report.failed.append((post.from_url, str(error)))
    finally:
        folder.close()
    return report


def _export(
    post: Post,
    folder: Folder,
    manifest: ExportManifest,
    report: ExportReport,
    archive_before: datetime | None,
    *,
    safe_names: bool,
    write_all: bool,
) -> None:
    data = post_file.render(post)
    digest = hashlib.sha256(data).hexdigest()
    known = manifest.get(post.id)
    subfolder = "" if archive_before is None or post.date >= archive_before else f"archived/{utc_text(post.date)[:10]}/"
    if known is None:
        name = file_name(post, taken=lambda name: _is_taken(name, subfolder, post, folder, manifest), safe=safe_names)
        path = subfolder + name
        same = folder.read(path, MAX_FILE_BYTES) == data
    else:
        path = _current_path(known.path, subfolder, folder, report)
        same = known.digest == digest and not write_all
        if same and path == known.path:
            report.unchanged += 1
            return
    if not same:
        folder.write(path, data, hashlib.sha256(path.encode()).hexdigest()[:16])
    manifest.put(post.id, ExportedFile(path, digest), name_key(path.rpartition("/")[2]))
    report.written += not same
    report.unchanged += same
    if post_file.has_live_liquid(post):
        report.liquid.append(path)


def _current_path(path: str, subfolder: str, folder: Folder, report: ExportReport) -> str:
    """The path of a written file, after it is moved to `subfolder` where that is set. A file is never moved back."""
    target = subfolder + path.rpartition("/")[2]
    if not subfolder or "/" in path or not folder.move(path, target):
        return path
    report.moved += 1
    return target


def _is_taken(name: str, subfolder: str, post: Post, folder: Folder, manifest: ExportManifest) -> bool:
    """Whether a new file must not have this name: it is that of another post's file, or of anything else there."""
    if manifest.taken(name_key(name)):
        return True
    try:
        present = folder.read(subfolder + name, MAX_FILE_BYTES)
    except OSError as error:
        if error.errno in _FATAL_ERRNOS:
            raise
        return True
    return present is not None and not _is_file_of(present, post)


def _is_file_of(data: bytes, post: Post) -> bool:
    """Whether a file has the URL of this post: it may be an older revision, of an archive or an interrupted export."""
    try:
        return post_file.read_post(data, now=post.fetched_at).from_url == post.from_url
    except ArchiveError:
        return False
