"""Reading folders: each file is in the report, in an order that depends on the names alone."""

import os
from pathlib import Path

import pytest

from ingestd.archive.jekyll import read_folder
from ingestd.archive.jekyll.read_folder import ArchivedFile, Duplicate, FileKind, ImportReport, read_archive, read_seen
from ingestd.model.errors import ArchiveError
from tests.archive.examples import FILE, NOW, file


def tell(folder: Path, *paths: Path) -> list[tuple[str, str, str]]:
    return [
        (str(item.path.relative_to(folder)), str(item.kind), item.reason)
        for item in read_archive(paths or [folder], now=NOW)
    ]


def test_nested_archive_is_read_in_order(tmp_path):
    for name in (
        "2021-01-02-b.md",
        "2021-01-01-a.md",
        "archived/2020-01-02/2020-01-02-d.md",
        "archived/2020-01-01/c.md",
        "z.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILE)
    posts = list(read_archive([tmp_path], now=NOW))
    assert [str(item.path.relative_to(tmp_path)) for item in posts] == [
        "2021-01-01-a.md",
        "2021-01-02-b.md",
        "z.txt",
        "archived/2020-01-01/c.md",
        "archived/2020-01-02/2020-01-02-d.md",
    ]
    assert [item.post.file_name for item in posts if item.post] == [
        "2021-01-01-a.md",
        "2021-01-02-b.md",
        "z.txt",
        "c.md",
        "2020-01-02-d.md",
    ]


def test_every_skipped_path_is_reported_with_its_reason(tmp_path):
    (tmp_path / "a.md").write_text("no front matter")
    (tmp_path / "allurls.dat").write_text("https://a.example/1\n")
    (tmp_path / ".hidden.md").write_text(FILE)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.md").write_text(FILE)
    (tmp_path / "link.md").symlink_to(tmp_path / "a.md")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "broken.md").write_bytes(file(("from: https", "from: ftp")))
    assert tell(tmp_path) == [
        (".hidden.md", "passed over", "a hidden file"),
        ("a.md", "unreadable", "it does not start with a line `---`"),
        ("allurls.dat", "passed over", "no post by its name"),
        (
            "broken.md",
            "unreadable",
            "its `from` is no web address: 'ftp://news.example/realtime/story20210418-1140271'",
        ),
        ("link.md", "passed over", "a symbolic link"),
        ("loop", "passed over", "a symbolic link"),
        ("pipe.md", "passed over", "no regular file"),
    ]


def test_single_paths(tmp_path):
    (tmp_path / "post.dat").write_text(FILE)
    os.mkfifo(tmp_path / "pipe.md")
    told = tell(tmp_path, tmp_path / "post.dat", tmp_path / "missing.md", tmp_path / "pipe.md")
    assert told == [
        ("post.dat", "post", ""),
        ("missing.md", "unreadable", "No such file or directory"),
        ("pipe.md", "unreadable", "it is no regular file"),
    ]


def test_file_over_the_size_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(read_folder, "MAX_FILE_BYTES", 1024 * 1024)
    (tmp_path / "a.md").write_bytes(FILE.encode() + b" " * 1024 * 1024)
    assert tell(tmp_path) == [("a.md", "unreadable", "it is longer than 1 MB")]


def test_file_names_that_are_not_utf8(tmp_path):
    (tmp_path / os.fsdecode(b"2021-01-01-\xf0\x9f.md")).write_text(FILE)
    (item,) = read_archive([tmp_path], now=NOW)
    assert item.post is not None
    assert item.post.file_name is None


def test_deeply_nested_archive(tmp_path):
    here = os.open(tmp_path, os.O_RDONLY)
    # Longer than PATH_MAX: the folder below is reported as unreadable.
    for _ in range(25):
        os.mkdir("x" * 200, dir_fd=here)
        inner = os.open("x" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    (told,) = read_archive([tmp_path], now=NOW)
    assert (told.kind, told.reason) == (FileKind.UNREADABLE, "File name too long")


def test_a_list_of_known_urls(tmp_path):
    path = tmp_path / "allurls.dat"
    path.write_bytes(
        "\ufeffhttps://a.example/1\r\n\n  http://b.example/二 \nnot a url\nhttps://a b\n\xff".encode("utf-8")
        + b"\xff\n"
    )
    assert [(line.number, line.url) for line in read_seen(path)] == [
        (1, "https://a.example/1"),
        (3, "http://b.example/二"),
        (4, None),
        (5, None),
        (6, None),
    ]
    with pytest.raises(ArchiveError, match="No such file"):
        list(read_seen(tmp_path / "none"))


def test_the_report_counts_every_file():
    report = ImportReport(stored=2, known=1)
    report.duplicates.append(Duplicate("https://a.example/1", "a.md", "b.md"))
    report.refuse(ArchivedFile(Path("c.md"), FileKind.UNREADABLE, reason="why"))
    report.refuse(ArchivedFile(Path("d.dat"), FileKind.PASSED_OVER, reason="no post by its name"))
    assert report.files == 6
    assert list(report.lines()) == [
        "duplicate: b.md: https://a.example/1 is kept from a.md",
        "unreadable: c.md: why",
        "passed over: d.dat: no post by its name",
        "6 files: 2 stored, 1 already known, 1 duplicates, 1 unreadable, 1 passed over",
    ]
    assert report.as_dict()["duplicates"] == [{"url": "https://a.example/1", "kept": "a.md", "dropped": "b.md"}]
    assert report.as_dict()["unreadable"] == [{"file": "c.md", "reason": "why"}]
