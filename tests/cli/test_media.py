"""Images on the command line: fetched, listed, checked, backed up, exported."""

import hashlib
import json
from pathlib import Path

import feedparser
import pytest

from ingestd.archive.images.files import image_path
from ingestd.cli.main import run_command
from tests.archive.images.test_formats import png
from tests.cli.commands import Done
from tests.support.installation import Installation, Item, feed, prose
from tests.support.server import Answer

RED = png(3, 2)
DIGEST = hashlib.sha256(RED).hexdigest()
PLACE = image_path(DIGEST, "image/png")


@pytest.fixture
def ingestd(installation: Installation, capsys: pytest.CaptureFixture[str]):
    """A source with one post that shows a red image and a lost one, in this process."""
    red, lost = installation.server.url("/red?a=1&b=2"), installation.server.url("/lost")
    shown = f'<p>图<img src="{red.replace("&", "&amp;")}" alt="红"><img src="{lost}"></p>'
    installation.server.route("/f", feed(Item("一", "https://example.org/1", prose("长江") + shown)))
    installation.server.route("/red", Answer(body=RED))
    installation.server.route("/lost", Answer(404))
    installation.configure({"name": "甲", "path": "/f", "article": "never", "media": True})

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        status = run_command(["-c", str(installation.path), *map(str, arguments)])
        return Done(status, *capsys.readouterr())

    return run


@pytest.fixture
def fetched(ingestd):
    assert ingestd("fetch").status == 0
    return ingestd


def stored(installation: Installation) -> Path:
    return installation.folder / "ingestd.db.media" / PLACE


def test_fetch_stores_images_and_counts_them(ingestd, installation):
    done = ingestd("fetch", "--json")
    assert (done.status, done.json["images"]) == (0, {"stored": 1, "failed": 1, "waiting": 1})
    assert stored(installation).read_bytes() == RED
    assert "images: 0 stored, 0 failed, 1 waiting" in ingestd("fetch").out


def test_sources_without_media(ingestd, installation):
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    assert "images" not in ingestd("fetch", "--json").json
    assert "images" not in ingestd("fetch").out
    assert ingestd("media", "fetch").status == 2
    assert "has `media = true`" in ingestd("media", "fetch", "甲").err


def test_failed_images_in_status_and_listing(fetched, installation):
    assert "甲: images that could not be fetched: 1 tried again, 0 given up" in fetched("status").out
    [source] = fetched("status", "--json").json["sources"]
    assert (source["images_failing"], source["images_given_up"]) == (1, 0)
    [row] = fetched("media", "list", "--failed", "--json").json
    assert (row["url"], row["outcome"], row["file"]) == (installation.server.url("/lost"), "not-found", None)
    [_, red] = fetched("media", "list", "--json", "--source", "甲").json
    assert (red["file"], red["width"]) == (PLACE, 3)
    assert "3x2" in fetched("media", "list").out
    assert fetched("media", "list", "--source", "乙").out == ""


def test_images_of_posts_stored_before_media_was_enabled(ingestd, installation):
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    ingestd("fetch")
    installation.configure({"name": "甲", "path": "/f", "article": "never", "media": True})
    assert "images: 0 stored, 0 failed, 0 waiting" in ingestd("fetch").out
    assert ingestd("media", "fetch", "--since", "2999-01-01").status == 0
    assert not stored(installation).exists()
    done = ingestd("media", "fetch", "--json")
    assert (done.status, done.json) == (1, {"stored": 1, "failed": 1, "waiting": 1})
    assert stored(installation).exists()


def test_damaged_and_missing_images_are_fetched_again(fetched, installation):
    assert fetched("db", "check").status == 0
    stored(installation).write_bytes(RED[:-1] + b"x")
    done = fetched("db", "check", "--json")
    assert (done.status, done.json["ok"]) == (1, False)
    assert done.json["findings"] == [
        f"image {stored(installation)} is damaged ({installation.server.url('/red?a=1&b=2')})"
    ]
    stored(installation).unlink()
    assert f"image {stored(installation)} is missing" in fetched("db", "check").out
    assert fetched("media", "fetch", "--json").json["stored"] == 0
    installation.server.route("/lost", Answer(404))
    assert fetched("media", "fetch", "--again", "--json").json == {"stored": 1, "failed": 0, "waiting": 1}
    assert fetched("db", "check").status == 0


def test_images_given_up_are_fetched_with_again(fetched, installation):
    installation.execute("UPDATE media SET next_try_at = NULL WHERE outcome <> 'ok'")
    assert "0 tried again, 1 given up" in fetched("status").out
    installation.server.route("/lost", Answer(body=png(5, 5)))
    assert fetched("media", "fetch", "--json").json == {"stored": 0, "failed": 0, "waiting": 0}
    assert fetched("media", "fetch", "--again", "--json").json == {"stored": 1, "failed": 0, "waiting": 0}


def test_image_counts(fetched):
    counts = fetched("db", "stats", "--json").json
    assert (counts["images"], counts["images_here"], counts["image_bytes"]) == (2, 1, len(RED))


def test_backup_copies_images(fetched, installation, tmp_path):
    backup = tmp_path / "backup" / "b.db"
    backup.parent.mkdir()
    installation.database.with_name(installation.database.name + ".media").chmod(0o700)
    done = fetched("db", "backup", backup)
    assert done.status == 0
    assert "1 images copied" in done.out
    assert (backup.parent / "b.db.media" / PLACE).read_bytes() == RED
    assert (backup.parent / "b.db.media").stat().st_mode & 0o777 == 0o700
    # The copy is an installation of its own: its images are found beside it.
    installation.path.write_text(installation.path.read_text().replace(str(installation.database), str(backup)))
    assert fetched("db", "check").status == 0
    assert fetched("db", "backup", tmp_path / "plain.db", "--no-media").status == 0
    assert not (tmp_path / "plain.db.media").exists()


def test_backup_reports_missing_images(fetched, installation, tmp_path):
    stored(installation).unlink()
    done = fetched("db", "backup", tmp_path / "b.db")
    assert done.status == 1
    assert "missing" in done.err
    assert (tmp_path / "b.db").exists()


def test_jekyll_export_with_copies_of_images(fetched, installation, tmp_path):
    out, media = tmp_path / "site" / "_posts", tmp_path / "site" / "media"
    plain = fetched("export", "jekyll", "--out", out, "--json").json
    assert plain["written"] == 1
    [file] = out.glob("*.md")
    assert installation.server.url("/red") in file.read_text()
    again = fetched("export", "jekyll", "--out", out, "--media", media, "--json").json
    assert (again["written"], again["unchanged"]) == (1, 0)
    text = file.read_text()
    assert f'<img src="../media/{PLACE}" alt="红">' in text
    assert f'<img src="{installation.server.url("/lost")}">' in text, "what is not here stays on the web"
    assert (out / ".." / "media" / PLACE).read_bytes() == RED
    third = fetched("export", "jekyll", "--out", out, "--media", media, "--json").json
    assert (third["written"], third["unchanged"]) == (0, 1)
    assert installation.server.url("/red") in installation.value("SELECT content FROM posts"), (
        "the post itself stays as it is"
    )


def test_media_url(fetched, tmp_path):
    out, media = tmp_path / "_posts", tmp_path / "assets"
    options = ("--out", out, "--media", media, "--archive-after", "1")
    assert fetched("export", "jekyll", *options).status == 2
    assert fetched("export", "jekyll", *options, "--media-url", "/assets/").status == 0
    [file] = out.rglob("*.md")
    assert f'src="/assets/{PLACE}"' in file.read_text()


def test_feed_exports_with_copies_of_images(fetched, installation, tmp_path):
    media = tmp_path / "图片 folder"
    options = ("--media", media)
    shown = f"%E5%9B%BE%E7%89%87%20folder/{PLACE}"
    assert fetched("export", "atom", "--out", tmp_path / "a.xml", *options).status == 0
    [entry] = feedparser.parse((tmp_path / "a.xml").read_text()).entries
    assert f'src="{shown}"' in entry.content[0].value
    assert fetched("export", "json", "--out", tmp_path / "a.json", *options).status == 0
    [item] = json.loads((tmp_path / "a.json").read_text())["items"]
    assert f'src="{shown}"' in item["content_html"]
    web = (*options, "--media-url", "https://me.example/m")
    line = json.loads(fetched("export", "jsonl", "--out", "-", *web).out)
    assert f'src="https://me.example/m/{PLACE}"' in line["content"]
    assert (media / PLACE).read_bytes() == RED


def test_lead_image_refers_to_the_copy(fetched, installation, tmp_path):
    installation.execute("UPDATE posts SET image = ?", installation.server.url("/red?a=1&b=2"))
    fetched("export", "jsonl", "--out", tmp_path / "a.jsonl", "--media", tmp_path / "m")
    assert json.loads((tmp_path / "a.jsonl").read_text())["image"] == f"m/{PLACE}"


def test_export_with_a_missing_image_keeps_its_url(fetched, installation, tmp_path):
    stored(installation).unlink()
    done = fetched("export", "jsonl", "--out", tmp_path / "a.jsonl", "--media", tmp_path / "m")
    assert done.status == 1
    assert "missing" in done.err
    assert installation.server.url("/red") in (tmp_path / "a.jsonl").read_text()
