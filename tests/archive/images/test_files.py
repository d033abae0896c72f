"""Images as files: whole or not at all, each under the hash of its bytes, never through a link."""

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
def pictures(tmp_path: Path) -> ImageFiles:
    return ImageFiles(tmp_path / "ingestd.db.media")


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_name_is_the_hash_and_the_type_alone(pictures):
    assert image_path(DIGEST, "image/png") == PLACE
    assert not pictures.root.exists()
    assert pictures.put(DATA, "image/png") == DIGEST
    assert (pictures.root / PLACE).read_bytes() == DATA
    assert files(pictures.root) == [PLACE], "no temporary file stays"


def test_the_same_bytes_are_written_once(pictures):
    pictures.put(DATA, "image/png")
    before = (pictures.root / PLACE).stat()
    pictures.put(DATA, "image/png")
    after = (pictures.root / PLACE).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("harm", [b"", DATA[:-1], DATA + b"x", b"\0" * len(DATA)])
def test_a_damaged_file_is_noticed_and_written_anew(pictures, harm):
    pictures.put(DATA, "image/png")
    (pictures.root / PLACE).write_bytes(harm)
    assert pictures.check(PLACE, DIGEST) == "damaged"
    pictures.put(DATA, "image/png")
    assert pictures.check(PLACE, DIGEST) is None


def test_what_is_wrong_is_told(pictures):
    wanted = [(DIGEST, "image/png", "https://a.example/1")]
    assert list(check_image_files(pictures, wanted)) == [
        (DIGEST, f"image {pictures.root / PLACE} is missing (https://a.example/1)")
    ]
    pictures.put(DATA, "image/png")
    assert list(check_image_files(pictures, wanted)) == []
    (pictures.root / PLACE).unlink()
    (pictures.root / PLACE).mkdir()
    [(_, said)] = check_image_files(pictures, wanted)
    assert "is unreadable: Is a directory" in said


def test_a_link_in_the_place_of_a_file_is_not_followed(pictures, tmp_path):
    pictures.put(DATA, "image/png")
    (tmp_path / "elsewhere").write_bytes(DATA)
    (pictures.root / PLACE).unlink()
    (pictures.root / PLACE).symlink_to(tmp_path / "elsewhere")
    assert "unreadable" in pictures.check(PLACE, DIGEST)
    pictures.put(DATA, "image/png")
    assert not (pictures.root / PLACE).is_symlink()


def test_a_pipe_in_the_place_of_a_file_does_not_hang(pictures):
    (pictures.root / PLACE).parent.mkdir(parents=True)
    os.mkfifo(pictures.root / PLACE)
    assert pictures.check(PLACE, DIGEST) == "damaged"


def test_a_write_that_fails_leaves_nothing(pictures, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match="No space left"):
        pictures.put(DATA, "image/png")
    assert files(pictures.root) == []


def test_copies_are_made_once_and_whole(pictures, tmp_path):
    pictures.put(DATA, "image/png")
    there = ImageFiles(tmp_path / "site" / "media")
    assert pictures.copy(PLACE, there, len(DATA)) is True
    assert (there.root / PLACE).read_bytes() == DATA
    assert pictures.copy(PLACE, there, len(DATA)) is False
    (there.root / PLACE).write_bytes(b"cut")
    assert pictures.copy(PLACE, there, len(DATA)) is True
    assert files(there.root) == [PLACE]
    # A copy is a file of its own: what a tool does to it leaves the archive alone.
    assert (there.root / PLACE).stat().st_ino != (pictures.root / PLACE).stat().st_ino


def test_a_copy_of_what_is_lost(pictures, tmp_path):
    with pytest.raises(ArchiveError, match=r"\.png: No such file|\.media/"):
        pictures.copy(PLACE, ImageFiles(tmp_path / "there"), 9)
    pictures.put(DATA, "image/png")
    (pictures.root / PLACE).unlink()
    with pytest.raises(ArchiveError, match="missing"):
        pictures.copy(PLACE, ImageFiles(tmp_path / "there"), 9)
    assert files(tmp_path / "there") == []
