"""The export of posts into a folder of Jekyll files: incremental, atomic, and never outside the folder."""

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

# When these happen to one file they happen to all.
_FATAL = frozenset({errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE})


class ExportedFile(NamedTuple):
    """A file that was once written: its path below the folder, and the SHA-256 of its bytes in hexadecimal."""

    path: str
    digest: str


class ExportManifest(Protocol):
    """What is known about one folder: which post is which file. Lives in the database, where no push can wipe it."""

    def get(self, post_id: int) -> ExportedFile | None:
        """The file of a post, None where it has none yet."""

    def taken(self, key: str) -> bool:
        """Whether a file of any post has a name with this key (`names.name_key` of the name without folders)."""

    def put(self, post_id: int, written: ExportedFile, key: str) -> None:
        """Remember the file of a post; `key` as in `taken`."""


@dataclass(slots=True)
class ExportReport:
    """What an export did. `liquid` names the files that hold Liquid of their own, which Jekyll will run."""

    written: int = 0
    unchanged: int = 0
    moved: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    liquid: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """The report as JSON has it."""
        return {
            "written": self.written,
            "unchanged": self.unchanged,
            "moved": self.moved,
            "failed": [{"url": url, "reason": reason} for url, reason in self.failed],
            "liquid": self.liquid,
        }

    def lines(self) -> Iterator[str]:
        """The report as a person reads it."""
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
    """Write each post whose file is not in the folder yet, or says something else by now.

    A file keeps the name that it once got. With `archive_after`, posts older than this are written to
    `archived/YYYY-MM-DD/`, and files that have become older are moved there. A file in the folder that is not ours is
    never written over: the post gets another name. A post that cannot be written is reported and costs no other. Into
    a folder that is missing or empty everything is written again.

    Raises ArchiveError where the folder cannot be written at all.
    """
    try:
        anew = not out.is_dir() or not any(out.iterdir())
        folder = Folder(out)
    except OSError as error:
        raise ArchiveError(f"{out} cannot be written: {error.strerror or error}") from error
    report = ExportReport()
    before = None if archive_after is None else now - archive_after
    try:
        for post in posts:
            try:
                _export(post, folder, manifest, report, before, safe_names=safe_names, anew=anew)
            except OSError as error:
                if error.errno in _FATAL:
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
    before: datetime | None,
    *,
    safe_names: bool,
    anew: bool,
) -> None:
    data = post_file.render(post)
    digest = hashlib.sha256(data).hexdigest()
    known = manifest.get(post.id)
    place = "" if before is None or post.date >= before else f"archived/{utc_text(post.date)[:10]}/"
    if known is None:
        name = file_name(post, taken=lambda name: _taken(name, place, post, folder, manifest), safe=safe_names)
        path = place + name
        same = folder.read(path, MAX_FILE_BYTES) == data
    else:
        path = _place(known.path, place, folder, report)
        same = known.digest == digest and not anew
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


def _place(path: str, place: str, folder: Folder, report: ExportReport) -> str:
    """Where a written file is now: moved to its day's folder where it has become old enough. It never moves back."""
    target = place + path.rpartition("/")[2]
    if not place or "/" in path or not folder.move(path, target):
        return path
    report.moved += 1
    return target


def _taken(name: str, place: str, post: Post, folder: Folder, manifest: ExportManifest) -> bool:
    """Whether a new file may not have this name: another post's file has it, or something else in the folder."""
    if manifest.taken(name_key(name)):
        return True
    try:
        present = folder.read(place + name, MAX_FILE_BYTES)
    except OSError as error:
        if error.errno in _FATAL:
            raise
        return True
    return present is not None and not _is_file_of(present, post)


def _is_file_of(data: bytes, post: Post) -> bool:
    """Whether a file is this post, perhaps an older text of it: from an archive, or an interrupted export."""
    try:
        return post_file.read(data, now=post.fetched_at).from_url == post.from_url
    except ArchiveError:
        return False
