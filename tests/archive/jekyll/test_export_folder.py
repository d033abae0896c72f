"""The exported folder: only new and changed posts are written, as whole files, under names that never change."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ingestd.archive.jekyll import post_file
from ingestd.archive.jekyll.export_folder import ExportedFile, ExportReport, export_jekyll
from ingestd.model.article import BodyOrigin
from ingestd.model.errors import ArchiveError
from ingestd.model.post import Post
from tests.archive.examples import FILE, NOW, POST, post

NAME = "2021-04-18-中国期待领导人气候峰会.md"


class MemoryManifest:
    """An ExportManifest in memory."""

    def __init__(self) -> None:
        self.files: dict[int, ExportedFile] = {}
        self.keys: set[str] = set()

    def get(self, post_id: int) -> ExportedFile | None:
        return self.files.get(post_id)

    def taken(self, key: str) -> bool:
        return key in self.keys

    def put(self, post_id: int, written: ExportedFile, key: str) -> None:
        self.files[post_id] = written
        self.keys.add(key)


@pytest.fixture
def manifest() -> MemoryManifest:
    return MemoryManifest()


def some(number: int, **values):
    return post(**{"id": number, "from_url": f"https://a.example/{number}", **values})


def export(posts, out, manifest, **options) -> ExportReport:
    return export_jekyll(posts, out, manifest, now=NOW, **options)


def files(out) -> dict[str, str]:
    return {str(path.relative_to(out)): path.read_text() for path in sorted(out.rglob("*")) if path.is_file()}


def counts(report: ExportReport) -> tuple[int, int, int]:
    return report.written, report.unchanged, report.moved


def test_only_new_or_revised_posts_are_written(tmp_path, manifest):
    out = tmp_path / "site" / "_posts"
    assert counts(export([replace(POST, id=1)], out, manifest)) == (1, 0, 0)
    assert files(out) == {NAME: FILE}
    before = (out / NAME).stat()
    assert counts(export([replace(POST, id=1), some(2, title="二")], out, manifest)) == (1, 1, 0)
    assert (out / NAME).stat() == before
    # A revision is written to the same file, even with another title.
    assert counts(export([replace(POST, id=1, title="新标题"), some(2, title="二")], out, manifest)) == (1, 1, 0)
    assert sorted(files(out)) == [NAME, "2021-04-18-二.md"]
    assert 'title: "新标题"' in files(out)[NAME]


def test_posts_of_one_day_and_title_get_two_stable_names(tmp_path, manifest):
    posts = [some(1), some(2), some(3, title="中国期待领导人气候峰会")]
    export(posts, tmp_path, manifest)
    names = sorted(files(tmp_path))
    assert len(names) == 3
    assert names[2] == NAME
    assert counts(export(posts, tmp_path, manifest)) == (0, 3, 0)
    assert sorted(files(tmp_path)) == names


def test_names_that_differ_in_case_alone_are_made_distinct(tmp_path, manifest):
    export([some(1, title="News"), some(2, title="NEWS")], tmp_path, manifest)
    assert len({name.casefold() for name in files(tmp_path)}) == 2


def test_imported_file_keeps_its_name(tmp_path, manifest):
    name = '2021-04-18-他说"好": a?.md'
    imported = replace(post_file.read_post(FILE.encode(), name, now=NOW), id=1)
    export([imported], tmp_path, manifest)
    assert files(tmp_path) == {name: FILE}


def test_old_posts_are_moved_to_folders_by_day(tmp_path, manifest):
    old = some(1, title="旧", date=datetime(2020, 1, 1, tzinfo=UTC))
    new = some(2, title="新", date=NOW - timedelta(days=5))
    month = timedelta(days=30)
    assert counts(export([old, new], tmp_path, manifest, archive_after=month)) == (2, 0, 0)
    assert sorted(files(tmp_path)) == ["2025-12-28-新.md", "archived/2020-01-01/2020-01-01-旧.md"]
    later = NOW + month
    report = export_jekyll([old, new], tmp_path, manifest, now=later, archive_after=month)
    assert counts(report) == (0, 2, 1)
    assert sorted(files(tmp_path)) == ["archived/2020-01-01/2020-01-01-旧.md", "archived/2025-12-28/2025-12-28-新.md"]
    # Nothing moves back, and the next export finds everything in its place.
    assert counts(export([old, new], tmp_path, manifest)) == (0, 2, 0)
    assert counts(export_jekyll([old, new], tmp_path, manifest, now=later, archive_after=month)) == (0, 2, 0)


def test_export_recovers_from_a_move_not_in_the_manifest(tmp_path, manifest):
    one = some(1, title="旧", date=datetime(2020, 1, 1, tzinfo=UTC))
    export([one], tmp_path, manifest)
    (tmp_path / "archived" / "2020-01-01").mkdir(parents=True)
    (tmp_path / "2020-01-01-旧.md").rename(tmp_path / "archived/2020-01-01/2020-01-01-旧.md")
    revised = replace(one, content="<p>neu</p>")
    export([revised], tmp_path, manifest, archive_after=timedelta(days=1))
    assert list(files(tmp_path)) == ["archived/2020-01-01/2020-01-01-旧.md"]
    assert "neu" in files(tmp_path)["archived/2020-01-01/2020-01-01-旧.md"]


def test_export_recovers_from_a_file_not_in_the_manifest(tmp_path):
    export([some(1)], tmp_path, MemoryManifest())
    (tmp_path / ".ingestd-0123.tmp").write_text("half a fi")
    report = export([some(1)], tmp_path, MemoryManifest())
    assert counts(report) == (0, 1, 0)
    assert counts(export([some(1, content="<p>revised</p>")], tmp_path, MemoryManifest())) == (1, 0, 0)
    assert [name for name in files(tmp_path) if name.endswith(".md")] == [NAME]


def test_a_file_of_another_post_is_not_overwritten(tmp_path, manifest):
    (tmp_path / NAME).write_text("---\nmine\n---\n")
    export([some(1)], tmp_path, manifest)
    assert files(tmp_path)[NAME] == "---\nmine\n---\n"
    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize("kind", ["symlink", "dangling", "pipe", "folder"])
def test_links_pipes_and_folders_of_the_same_name_are_kept(tmp_path, manifest, kind):
    out, outside = tmp_path / "out", tmp_path / "outside"
    out.mkdir()
    outside.write_text("untouched")
    if kind == "symlink":
        (out / NAME).symlink_to(outside)
    elif kind == "dangling":
        (out / NAME).symlink_to(tmp_path / "created")
    elif kind == "pipe":
        os.mkfifo(out / NAME)
    else:
        (out / NAME).mkdir()
    report = export([some(1)], out, manifest)
    assert (report.written, report.failed) == (1, [])
    assert outside.read_text() == "untouched"
    assert not (tmp_path / "created").exists()
    assert manifest.files[1].path != NAME


def test_symbolic_links_out_of_the_folder_are_not_followed(tmp_path, manifest):
    out, outside = tmp_path / "out", tmp_path / "outside"
    out.mkdir()
    outside.mkdir()
    (out / "archived").symlink_to(outside)
    report = export([some(1)], out, manifest, archive_after=timedelta(days=1))
    assert report.written == 0
    assert len(report.failed) == 1
    assert list(outside.iterdir()) == []
    # A file that was written and then replaced by a link is put back as a file.
    export([some(2)], out, manifest)
    (out / manifest.files[2].path).unlink()
    (out / manifest.files[2].path).symlink_to(outside / "x")
    export([some(2, content="new")], out, manifest)
    assert not (outside / "x").exists()
    assert "new" in (out / manifest.files[2].path).read_text()


@pytest.mark.parametrize("path", ["../x.md", "/etc/x.md", "a/../../x.md", ""])
def test_manifest_paths_out_of_the_folder_are_refused(tmp_path, manifest, path):
    out = tmp_path / "out"
    manifest.files[1] = ExportedFile(path, "0" * 64)
    report = export([some(1), some(2)], out, manifest)
    assert [url for url, _ in report.failed] == ["https://a.example/1"]
    assert report.written == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_the_export_goes_on_after_a_post_that_cannot_be_written(tmp_path, manifest):
    manifest.files[1] = ExportedFile("x" * 300 + ".md", "0" * 64)
    report = export([some(1), some(2)], tmp_path, manifest)
    assert report.failed == [("https://a.example/1", "File name too long")]
    assert report.written == 1
    assert list(report.lines()) == [
        "failed: https://a.example/1: File name too long",
        "1 written, 0 unchanged, 0 moved to archived/, 1 failed",
    ]


def test_files_are_complete_while_the_export_runs(tmp_path, manifest):
    # While the export is between two posts, everything in the folder under a post's name is whole.
    def posts() -> Iterator[Post]:
        for number in range(1, 6):
            yield some(number, title=f"t{number}", content="x" * 100_000)
            present = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
            assert len(present) == number
            for path in present:
                assert path.read_bytes().endswith(b"x\n</div>\n")

    assert export(posts(), tmp_path, manifest).written == 5
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_files_with_live_liquid_are_reported(tmp_path, manifest):
    live = some(
        1, title="{{ a }}", content="{{ b }}", body_origin=BodyOrigin.ARCHIVE, extra=((post_file.LIQUID_KEY, "live"),)
    )
    report = export([live, some(2, title="{{ a }}", content="{{ b }}")], tmp_path, manifest)
    assert report.liquid == ["2021-04-18-{{ a }}.md"]
    assert report.as_dict() == {"written": 2, "unchanged": 0, "moved": 0, "failed": [], "liquid": report.liquid}


def test_folder_that_cannot_be_created_raises(tmp_path, manifest):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="cannot be written"):
        export([some(1)], tmp_path / "file" / "out", manifest)


def test_file_mode_follows_the_umask(tmp_path, manifest):
    export([some(1)], tmp_path, manifest)
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o666 & ~umask


def test_emptied_folder_is_filled_again(tmp_path, manifest):
    out = tmp_path / "posts"
    two = [replace(POST, id=1), some(2, title="二")]
    export(two, out, manifest)
    before = files(out)
    (out / NAME).unlink()
    assert counts(export(two, out, manifest)) == (0, 2, 0)  # deleted by hand: not written again
    for path in out.iterdir():
        path.unlink()
    assert counts(export(two, out, manifest)) == (2, 0, 0)
    assert files(out) == before
    for path in out.iterdir():
        path.unlink()
    out.rmdir()
    assert counts(export(two, out, manifest)) == (2, 0, 0)
    assert files(out) == before
