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
