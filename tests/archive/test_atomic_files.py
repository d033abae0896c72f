"""Files are written whole or not at all; devices, pipes and folders are not replaced by files."""

import os
import threading
from pathlib import Path

import pytest

from ingestd.archive.atomic_files import atomic_file
from ingestd.archive.formats.sqlite_copy import write_sqlite
from ingestd.model.errors import ArchiveError
from tests.archive.examples import NOW, POST


def write(path: Path, data: bytes) -> None:
    with atomic_file(path) as stream:
        stream.write(data)


def test_file_is_complete_or_unchanged(tmp_path):
    path = tmp_path / "posts.jsonl"
    with atomic_file(path) as stream:
        stream.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    with pytest.raises(RuntimeError), atomic_file(path) as stream:
        stream.write(b"two")
        raise RuntimeError
    assert path.read_bytes() == b"one"
    with pytest.raises(ArchiveError, match="cannot be written: No such file"), atomic_file(tmp_path / "a" / "b"):
        pass
    assert [entry.name for entry in tmp_path.iterdir()] == ["posts.jsonl"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, mode: int):
    path = tmp_path / "a"
    path.touch()
    path.chmod(mode)
    write(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", mode)


def test_the_mode_without_the_group_where_the_group_cannot_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refused(*_: object) -> None:
        raise PermissionError

    path = tmp_path / "a"
    path.touch()
    path.chmod(0o664)
    monkeypatch.setattr(os, "fchown", refused)
    write(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o604


def test_named_pipe_is_written_to_and_not_replaced(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write(pipe, b"posts")
    reader.join(60)
    assert got == [b"posts"]
    assert pipe.is_fifo()
    with pytest.raises(ArchiveError, match="no regular file"):
        write_sqlite([POST], pipe, now=NOW)
    assert pipe.is_fifo()


def test_symbolic_link_is_kept_and_its_target_written(tmp_path: Path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_bytes(b"before")
    link.symlink_to(real)
    write(link, b"after")
    assert link.is_symlink()
    assert real.read_bytes() == b"after"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["link.csv", "real.csv"]


def test_folder_as_target_raises(tmp_path: Path):
    with pytest.raises(ArchiveError, match="cannot be written"):
        write(tmp_path, b"x")
