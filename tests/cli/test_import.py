"""`ingestd import`: no post lost or stored twice, every file in the report."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.commands import SAMPLES, archive, post
from tests.support.installation import until

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = [
    ("a.md", post()),
    ("archived/2024-05-02/b.md", post("https://a.example/2", "two", "2024-05-02")),
    ("archived/2024-05-02/deeper/c.md", post("https://a.example/21", "two", "2024-05-02")),
    ("twice.md", post("https://a.example/1?utm_source=x", "again")),
    ("broken.md", "no front matter"),
    ("cover.png", "PNG"),
]


def folder_of(path: Path) -> Path:
    folder = archive(path, ENTRIES)
    (folder / "not-utf8.md").write_bytes(b"---\ntitle: \xff\n---\n")
    return folder


def test_report_names_every_file(ingestd, tmp_path):
    folder = folder_of(tmp_path / "posts")
    done = ingestd("import", folder, "--json")
    report = done.json
    assert done.status == 1
    assert {name: report[name] for name in ("files", "stored", "known")} == {"files": 7, "stored": 3, "known": 0}
    assert report["duplicates"] == [
        {
            "url": "https://a.example/1?utm_source=x",
            "kept": str(folder / "a.md"),
            "dropped": str(folder / "twice.md"),
        }
    ]
    assert {Path(row["file"]).name for row in report["unreadable"]} == {"broken.md", "not-utf8.md"}
    assert [Path(row["file"]).name for row in report["passed_over"]] == ["cover.png"]
    assert len(ingestd.sql("SELECT 1 FROM posts")) == 3


def test_repeated_import_stores_nothing(ingestd, tmp_path):
    folder = folder_of(tmp_path / "posts")
    ingestd("import", folder)
    before = ingestd.sql("SELECT * FROM posts")
    done = ingestd("import", folder)
    assert "7 files: 0 stored, 3 already known, 1 duplicates, 2 unreadable, 1 passed over" in done.out
    assert ingestd.sql("SELECT * FROM posts") == before


def test_archive_folder_and_single_files(ingestd, tmp_path):
    folder = archive(tmp_path / "posts", ENTRIES[:2])
    done = ingestd("import", folder / "a.md", folder)
    assert done.status == 0
    assert "2 stored, 0 already known, 1 duplicates" in done.out


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "name the files or folders"),
        (["/nonexistent"], 1, "unreadable: /nonexistent: No such file or directory"),
        (["--seen", "/nonexistent"], 1, "/nonexistent: No such file or directory"),
    ],
)
def test_missing_paths(ingestd, arguments, status, said):
    done = ingestd("import", *arguments)
    assert done.status == status
    assert said in done.out + done.err


def test_posts_are_listed_by_the_source_that_they_name(ingestd, tmp_path):
    folder = archive(tmp_path / "posts", ENTRIES[:1])
    with ingestd.config.open("a") as config:
        config.write('[[sources]]\nname = "联合早报"\nurl = "https://a.example/feed"\n')
    assert ingestd("import", folder).status == 0
    # A source has its row once it was polled: until then the post has none, and is listed all the same.
    assert "标题 one" in ingestd("posts", "list").out


def test_list_of_known_urls(ingestd, tmp_path):
    seen = tmp_path / "allurls.dat"
    seen.write_text("https://a.example/2\n\nhttps://a.example/9\nnonsense\nhttps://a.example/9?utm_source=x\n")
    done = ingestd("import", "--seen", seen, "--json")
    assert done.json["seen"] == [{"file": str(seen), "new": 2, "known": 1, "bad": 1}]
    assert ingestd.sql("SELECT count(*) FROM posts") == [(0,)]
    assert f"{seen}: 0 URLs are known from now on, 3 were, 1 lines hold none" in ingestd("import", "--seen", seen).out


def test_file_with_a_known_url_is_stored(ingestd, tmp_path):
    seen = tmp_path / "allurls.dat"
    seen.write_text("https://a.example/1\nhttps://a.example/9\n")
    ingestd("import", "--seen", seen)
    assert ingestd("import", archive(tmp_path / "posts", ENTRIES[:2]), "--json").json["stored"] == 2
    assert ingestd.sql("SELECT key FROM identities WHERE post_id IS NULL") == [("https://a.example/9",)]
    ingestd("import", "--seen", seen)
    assert ingestd("import", tmp_path / "posts", "--json").json["known"] == 2


def test_deleted_post_is_not_imported_again(ingestd, tmp_path):
    folder = archive(tmp_path / "posts", ENTRIES[:2])
    ingestd("import", folder)
    ingestd.sql("UPDATE identities SET post_id = NULL WHERE post_id = 1")
    ingestd.sql("DELETE FROM posts WHERE id = 1")
    assert ingestd("import", folder, "--json").json["known"] == 2


@pytest.mark.process
def test_killed_import_is_completed_by_repeating_it(ingestd, tmp_path):
    count = 600
    folder = archive(
        tmp_path / "posts", ((f"{n}.md", post(f"https://a.example/{n}", f"title {n}")) for n in range(count))
    )
    ingestd("db", "upgrade")
    # The first post of the second batch takes for ever: so it is killed in the middle, however fast the machine is.
    ingestd.sql(
        "CREATE TRIGGER endless AFTER INSERT ON posts WHEN NEW.id = 501 BEGIN SELECT count(*) FROM posts a, posts b, "
        "posts c, posts d, posts e WHERE a.id + b.id + c.id + d.id + e.id < 0; END"
    )
    child = subprocess.Popen([sys.executable, "-m", "ingestd", "-c", ingestd.config, "import", folder], cwd=ROOT)
    until(lambda: ingestd.sql("SELECT count(*) FROM posts")[0][0])
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    stored = ingestd.sql("SELECT count(*) FROM posts")[0][0]
    assert 0 < stored < count
    ingestd.sql("DROP TRIGGER endless")
    report = ingestd("import", folder, "--json").json
    assert report["known"] >= stored
    assert report["stored"] + report["known"] == count
    assert ingestd.sql("SELECT count(*), count(DISTINCT from_url) FROM posts") == [(count, count)]
    assert ingestd.sql("SELECT count(*) FROM identities") == [(count,)]
    assert ingestd("db", "check").status == 0


def variant(data: bytes) -> str:
    head, body = data.split(b"\n---\n", 1)
    if not re.match(rb"<!--(NaN|\d+)-->\n\[", body):
        return "raw"
    return f"{head.count(b'layout') + 6 + head.count(b'comments:')} keys" + ", NaN" * body.startswith(b"<!--NaN")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample archives are not here")
@pytest.mark.slow
def test_sample_archives_are_exported_byte_for_byte(ingestd, tmp_path):
    """Samples and seed through the commands: every 7- or 8-key file is the same file; the others are stable."""
    files = {path.name: path for name in ("samples/posts", "seed") for path in (SAMPLES / name).iterdir()}
    report = ingestd("import", SAMPLES / "samples/posts", SAMPLES / "seed", "--json").json
    dropped = {Path(row["dropped"]).name for row in report["duplicates"]}
    assert report["stored"] + len(dropped) == len(files)
    assert report["unreadable"] == report["passed_over"] == []

    out = tmp_path / "out"
    assert ingestd("export", "jekyll", "--out", out).status == 0
    assert {path.name for path in out.iterdir()} == files.keys() - dropped
    total = Counter(variant(files[path.name].read_bytes()) for path in out.iterdir())
    same = Counter(
        variant(path.read_bytes()) for path in out.iterdir() if path.read_bytes() == files[path.name].read_bytes()
    )
    del total["raw"]
    assert same == total

    second = ingestd.folder / "second.toml"
    second.write_text(ingestd.config.read_text().replace("ingestd.db", "second.db"))
    ingestd.config = second
    again = tmp_path / "again"
    ingestd("import", out)
    ingestd("export", "jekyll", "--out", again)
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in out.iterdir()
    }
