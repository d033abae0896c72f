"""Images as files: whole or not at all, under the SHA-256 of their bytes, not through symbolic links."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from ingestd.archive.images.files import ImageFiles, check_image_files, image_path
from ingestd.model.errors import ArchiveError

DATA = b"\x89PNG\r\n\x1a\n of some kind"
DIGEST = hashlib.sha256(DATA).hexdigest()
PLACE = f"{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}.png"


@pytest.fixture
def images(tmp_path: Path) -> ImageFiles:
    return ImageFiles(tmp_path / "ingestd.db.media")


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_path_depends_on_hash_and_media_type_only(images):
    assert image_path(DIGEST, "image/png") == PLACE
    assert not images.root.exists()
    assert images.put(DATA, "image/png") == DIGEST
    assert (images.root / PLACE).read_bytes() == DATA
    assert files(images.root) == [PLACE], "no temporary file stays"


def test_equal_bytes_are_written_once(images):
    images.put(DATA, "image/png")
    before = (images.root / PLACE).stat()
    images.put(DATA, "image/png")
    after = (images.root / PLACE).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("harm", [b"", DATA[:-1], DATA + b"x", b"\0" * len(DATA)])
def test_damaged_file_is_detected_and_rewritten(images, harm):
    images.put(DATA, "image/png")
    (images.root / PLACE).write_bytes(harm)
    assert images.check(PLACE, DIGEST) == "damaged"
    images.put(DATA, "image/png")
    assert images.check(PLACE, DIGEST) is None


def test_check_reports_missing_and_unreadable_files(images):
    wanted = [(DIGEST, "image/png", "https://a.example/1")]
    assert list(check_image_files(images, wanted)) == [
        (DIGEST, f"image {images.root / PLACE} is missing (https://a.example/1)")
    ]
    images.put(DATA, "image/png")
    assert list(check_image_files(images, wanted)) == []
    (images.root / PLACE).unlink()
    (images.root / PLACE).mkdir()
    [(_, said)] = check_image_files(images, wanted)
    assert "is unreadable: Is a directory" in said


def test_symbolic_link_is_replaced_and_not_followed(images, tmp_path):
    images.put(DATA, "image/png")
    (tmp_path / "elsewhere").write_bytes(DATA)
    (images.root / PLACE).unlink()
    (images.root / PLACE).symlink_to(tmp_path / "elsewhere")
    assert "unreadable" in images.check(PLACE, DIGEST)
    images.put(DATA, "image/png")
    assert not (images.root / PLACE).is_symlink()


def test_named_pipe_is_reported_as_damaged(images):
    (images.root / PLACE).parent.mkdir(parents=True)
    os.mkfifo(images.root / PLACE)
    assert images.check(PLACE, DIGEST) == "damaged"


def test_failed_write_leaves_no_file(images, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match="No space left"):
        images.put(DATA, "image/png")
    assert files(images.root) == []


def test_copy_is_skipped_where_complete_and_repaired_where_cut(images, tmp_path):
    images.put(DATA, "image/png")
    there = ImageFiles(tmp_path / "site" / "media")
    assert images.copy(PLACE, there, len(DATA)) is True
    assert (there.root / PLACE).read_bytes() == DATA
    assert images.copy(PLACE, there, len(DATA)) is False
    (there.root / PLACE).write_bytes(b"cut")
    assert images.copy(PLACE, there, len(DATA)) is True
    assert files(there.root) == [PLACE]
    # A copy is a file of its own: what a tool does to it leaves the archive alone.
    assert (there.root / PLACE).stat().st_ino != (images.root / PLACE).stat().st_ino


def test_copy_of_a_missing_file_raises(images, tmp_path):
    with pytest.raises(ArchiveError, match=r"\.png: No such file|\.media/"):
        images.copy(PLACE, ImageFiles(tmp_path / "there"), 9)
    images.put(DATA, "image/png")
    (images.root / PLACE).unlink()
    with pytest.raises(ArchiveError, match="missing"):
        images.copy(PLACE, ImageFiles(tmp_path / "there"), 9)
    assert files(tmp_path / "there") == []
