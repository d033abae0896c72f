"""`ingestd export`: incremental Jekyll folders, and files of every other format."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from ingestd.model.source import Source
from ingestd.store.database import Database
from ingestd.store.sources import sync
from tests.cli.commands import Commands, archive, post

POSTS = [
    ("2020-01-01-old.md", post("https://a.example/old", "old", "2020-01-01", "很久以前 long ago")),
    ("2024-05-01-new.md", post("https://a.example/new", "new", "2024-05-01", "昨天 yesterday")),
]


@pytest.fixture
def filled(ingestd, tmp_path):
    assert ingestd("import", archive(tmp_path / "archive", POSTS)).status == 0
    return ingestd


def jekyll(ingestd: Commands, out: Path | str, *options: object) -> tuple[int, int, int]:
    report = ingestd("export", "jekyll", "--out", out, "--json", *options).json
    return report["written"], report["unchanged"], report["moved"]


def files(out: Path) -> list[str]:
    return sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())


def revise(ingestd: Commands, url: str) -> None:
    ingestd.sql("UPDATE posts SET title = 'revised', content = '<p>changed</p>', extra = '{}' WHERE from_url = ?", url)


def test_only_new_or_revised_posts_are_written(filled, tmp_path):
    out = tmp_path / "out"
    assert jekyll(filled, out) == (2, 0, 0)
    assert files(out) == ["2020-01-01-old.md", "2024-05-01-new.md"]
    stamp = (out / "2020-01-01-old.md").stat().st_mtime_ns
    assert jekyll(filled, out) == (0, 2, 0)
    revise(filled, "https://a.example/new")
    assert jekyll(filled, out) == (1, 1, 0)
    assert files(out) == ["2020-01-01-old.md", "2024-05-01-new.md"]
    assert 'title: "revised"' in (out / "2024-05-01-new.md").read_text()
    assert (out / "2020-01-01-old.md").stat().st_mtime_ns == stamp


def test_folder_is_identified_by_its_resolved_path(filled, tmp_path, monkeypatch):
    out = tmp_path / "out"
    assert jekyll(filled, out) == (2, 0, 0)
    (tmp_path / "link").symlink_to(out)
    monkeypatch.chdir(tmp_path)
    for name in ("out", "./out/", "link", "archive/../out"):
        assert jekyll(filled, name) == (0, 2, 0), name
    assert jekyll(filled, "other") == (2, 0, 0)


def test_edited_files_are_kept_until_the_post_changes(filled, tmp_path):
    out = tmp_path / "out"
    jekyll(filled, out)
    (out / "2020-01-01-old.md").unlink()
    (out / "2024-05-01-new.md").write_text("edited by hand")
    assert jekyll(filled, out) == (0, 2, 0)
    assert files(out) == ["2024-05-01-new.md"]
    for url in ("old", "new"):
        revise(filled, f"https://a.example/{url}")
    assert jekyll(filled, out) == (2, 0, 0)
    assert files(out) == ["2020-01-01-old.md", "2024-05-01-new.md"]
    assert "edited" not in (out / "2024-05-01-new.md").read_text()


def test_crash_before_the_manifest_is_stored(filled, tmp_path):
    out = tmp_path / "out"
    jekyll(filled, out)
    before = files(out)
    filled.sql("DELETE FROM exports")
    assert jekyll(filled, out) == (0, 2, 0)
    filled.sql("DELETE FROM exports")
    revise(filled, "https://a.example/new")
    assert jekyll(filled, out) == (1, 1, 0)
    assert files(out) == before


def test_posts_of_one_day_and_title_get_two_files(ingestd, tmp_path):
    posts = [(f"{n}/2024-05-01-same.md", post(f"https://a.example/{n}", "same")) for n in (101, 1012)]
    ingestd("import", archive(tmp_path / "archive", posts))
    out = tmp_path / "out"
    assert jekyll(ingestd, out) == (2, 0, 0)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert len(before) == 2
    assert jekyll(ingestd, out) == (0, 2, 0)
    ingestd.sql("DELETE FROM exports")
    assert jekyll(ingestd, out) == (0, 2, 0)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_old_posts_are_moved_to_archived(filled, tmp_path):
    out = tmp_path / "out"
    jekyll(filled, out)
    assert jekyll(filled, out, "--archive-after", "100000") == (0, 2, 0)
    days = (datetime.now(UTC) - datetime(2022, 1, 1, tzinfo=UTC)).days
    assert jekyll(filled, out, "--archive-after", days) == (0, 2, 1)
    assert files(out) == ["2024-05-01-new.md", "archived/2020-01-01/2020-01-01-old.md"]
    assert jekyll(filled, out) == (0, 2, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "titles"),
    [
        ((), ["old", "new"]),
        (("--since", "2024-01-01"), ["new"]),
        (("--query", "昨天"), ["new"]),
        (("--query", "LONG ago"), ["old"]),
        (("--query", "long yesterday"), []),
        (("--source", "nobody"), []),
    ],
)
def test_selection_is_the_same_for_every_format(filled, tmp_path, options, titles):
    out = tmp_path / "out"
    jekyll(filled, out, *options)
    assert files(out) == sorted(f"{'2020-01-01' if title == 'old' else '2024-05-01'}-{title}.md" for title in titles)
    rows = [json.loads(line) for line in filled("export", "jsonl", "--out", "-", *options).out.splitlines()]
    assert [row["title"] for row in rows] == titles
    table = csv.DictReader(io.StringIO(filled("export", "csv", "--out", "-", *options).out, newline=""))
    assert [row["title"] for row in table] == titles
    feed = filled("export", "json", "--out", "-", *options).json
    assert sorted(item["title"] for item in feed["items"]) == sorted(titles)
    atom = feedparser.parse(filled("export", "atom", "--out", "-", *options).out.encode())
    assert not atom.bozo
    assert sorted(entry.title for entry in atom.entries) == sorted(titles)
    copy = tmp_path / "copy.db"
    assert filled("export", "sqlite", "--out", copy, *options).out == f"{copy}: {len(titles)} posts\n"
    with closing(sqlite3.connect(copy)) as connection:
        assert [title for (title,) in connection.execute("SELECT title FROM posts ORDER BY id")] == titles


def test_selection_by_source(filled):
    with Database(f"sqlite:///{filled.database}") as database:
        database.write(sync, [Source(name="早报", url="https://a.example/feed")], datetime.now(UTC))
    filled.sql("UPDATE posts SET source_id = (SELECT id FROM sources) WHERE title = 'new'")
    (row,) = filled("export", "jsonl", "--out", "-", "--source", "早报").out.splitlines()
    assert json.loads(row)["title"] == "new"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jsonl", "csv", "atom", "json"])
def test_file_and_standard_output_are_equal(filled, tmp_path, kind):
    out = tmp_path / "file"
    out.write_text("what was there before")
    done = filled("export", kind, "--out", out)
    assert done.out == f"{out}: 2 posts\n"
    printed = filled("export", kind, "--out", "-").out
    written = out.read_bytes().decode()
    if kind != "atom":  # It says when it was made.
        assert written == printed
    assert "昨天 yesterday" in written
    assert [path.name for path in tmp_path.iterdir() if "tmp" in path.name] == []


def test_sqlite_copy_is_read_only(filled, tmp_path):
    copy = tmp_path / "copy.db"
    for _ in range(2):
        assert filled("export", "sqlite", "--out", copy).status == 0
    assert copy.stat().st_mode & 0o222 == 0
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute('SELECT "from" FROM front_matter ORDER BY 1').fetchall() == [
            ("https://a.example/new",),
            ("https://a.example/old",),
        ]


@pytest.mark.parametrize("kind", ["jekyll", "jsonl", "csv", "atom", "json", "sqlite"])
def test_unwritable_target_is_one_error_line(filled, tmp_path, kind):
    (tmp_path / "file").write_text("x")
    done = filled("export", kind, "--out", tmp_path / "file" / "below")
    assert (done.status, done.out) == (1, "")
    assert "cannot be written" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["jsonl"], 2),
        (["csv", "--out", "-", "--since", "yesterday"], 2),
        (["xml"], 2),
        (["jekyll", "--out", "x", "--archive-after", "9999999"], 2),
    ],
)
def test_wrong_usage(filled, arguments, status):
    assert filled("export", *arguments).status == status


def test_missing_database(without_database):
    done = without_database("export", "jsonl", "--out", "-")
    assert done.status == 1
    assert "does not exist yet" in done.err


def test_failed_file_is_reported_and_the_others_are_written(filled, tmp_path):
    out = tmp_path / "out"
    jekyll(filled, out)
    (out / "2024-05-01-new.md").unlink()
    (out / "2024-05-01-new.md").mkdir()
    for url in ("old", "new"):
        revise(filled, f"https://a.example/{url}")
    done = filled("export", "jekyll", "--out", out, "--json")
    assert done.status == 1
    assert [row["url"] for row in done.json["failed"]] == ["https://a.example/new"]
    assert done.json["written"] == 1
    assert (out / "2024-05-01-new.md").is_dir()


def test_files_of_posts_whose_bodies_expired_keep_their_text(kept, tmp_path):
    assert kept("export", "jekyll", "--out", tmp_path / "posts").status == 0
    before = {path: path.read_bytes() for path in (tmp_path / "posts").rglob("*.md")}
    kept.sql(
        "UPDATE posts SET content = '', text = '', body_origin = 'expired', updated_at = '2099-01-01T00:00:00.000Z'"
    )
    assert kept("export", "jekyll", "--out", tmp_path / "posts").status == 0
    assert {path: path.read_bytes() for path in (tmp_path / "posts").rglob("*.md")} == before
    assert len(before) == 2
