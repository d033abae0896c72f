"""`ingestd db backup` into the folder of the configuration, and `ingestd db restore`."""

import re

import pytest

from ingestd.archive.images.files import ImageFiles, image_path
from ingestd.store import schema
from ingestd.store.database import Database


@pytest.fixture
def configured(two_sources):
    """A database with an image, and a configuration with a folder for backups."""
    digest = ImageFiles(two_sources.folder / "ingestd.db.media").put(b"picture", "image/png")
    two_sources.sql(
        "INSERT INTO media (url, host, added_at, outcome, hash, type, bytes)"
        " VALUES ('https://a.example/1', 'h', '2026', 'ok', ?, 'image/png', 7)",
        digest,
    )
    with two_sources.config.open("a") as config:
        config.write(f'[backup]\nfolder = "{two_sources.folder}/backups"\nkeep = 1\n')
    return two_sources


def test_backup_without_a_path_or_a_folder(two_sources):
    done = two_sources("db", "backup")
    assert (done.status, done.out) == (2, "")
    assert "name the copy's PATH, or set `folder` under [backup]" in done.err


def test_backup_into_the_folder(configured, monkeypatch):
    done = configured("db", "backup")
    assert done.status == 0
    file, images = done.out.splitlines()
    assert re.fullmatch(rf"{configured.folder}/backups/ingestd-\d{{8}}T\d{{6}}Z\.db: [\d,]+ bytes", file)
    assert images == f"{configured.folder}/backups/ingestd.db.media: 1 images copied, 0 there already, 0 failed"
    assert configured.sql("SELECT path, error FROM backups") == [(file.partition(":")[0], None)]


def test_restore_from_the_folder_with_its_images(configured):
    backup = configured("db", "backup").out.partition(":")[0]
    configured.sql("DELETE FROM sources WHERE name = '乙'")
    [picture] = (configured.folder / "ingestd.db.media").rglob("*.png")
    picture.unlink()
    done = configured("db", "restore", backup)
    assert done.status == 0, done.err
    first, second, third = done.out.splitlines()
    assert first.startswith(f"{configured.database}: restored from {backup}, schema ")
    kept = second.removeprefix("the database before is kept as ")
    assert re.fullmatch(rf"{configured.database}\.replaced-\d{{8}}T\d{{6}}Z\.bak", kept)
    assert third == f"{configured.database}.media: 1 images copied, 0 there already, 0 failed"
    assert picture.read_bytes() == b"picture"
    assert configured.sql("SELECT count(*) FROM sources") == [(2,)]
    assert configured("db", "check").out == f"{configured.database}: all is well\n"
    # And back again.
    assert configured("db", "restore", kept).status == 0
    assert configured.sql("SELECT count(*) FROM sources") == [(1,)]


def test_restore_from_a_single_backup_with_its_images(configured, tmp_path):
    assert configured("db", "backup", tmp_path / "one.db").status == 0
    for path in (*configured.folder.glob("ingestd.db*"),):
        path.rename(tmp_path / path.name)
    done = configured("db", "restore", tmp_path / "one.db")
    assert done.status == 0, done.err
    assert "is kept as" not in done.out
    assert configured("db", "check").out == f"{configured.database}: all is well\n"


def test_an_image_that_the_backup_lacks_is_named(configured, tmp_path):
    assert configured("db", "backup", tmp_path / "one.db").status == 0
    path = image_path("ab" * 32, "image/png")
    configured.sql("UPDATE media SET hash = ?", "ab" * 32)
    assert configured("db", "backup", tmp_path / "two.db").status == 1
    done = configured("db", "restore", tmp_path / "two.db")
    assert done.status == 1
    assert f"two.db.media/{path}: missing" in done.err
    assert "restored from" in done.out


def test_restore_says_why_it_does_nothing(configured, tmp_path):
    done = configured("db", "restore", tmp_path / "none.db")
    assert (done.status, done.out, done.err) == (1, "", f"ingestd: {tmp_path}/none.db: no such file\n")


def test_status_shows_the_last_backup(configured):
    assert f"no backup in {configured.folder}/backups yet" in configured("status").out
    path = configured("db", "backup").out.partition(":")[0]
    assert re.search(rf"last backup: [\d: -]+ UTC, [\d,]+ bytes: {path}\n", configured("status").out)
    record = configured("status", "--json").json["backup"]
    assert (record["path"], record["error"], record["images_failed"]) == (path, None, 0)
    assert record["next_at"] > record["at"]


def test_a_backup_of_the_first_schema_is_restored_and_upgraded(configured, tmp_path):
    with Database(f"sqlite:///{tmp_path}/old.db") as database, database.engine.begin() as connection:
        schema._upgrade(connection, "0001")
    done = configured("db", "restore", tmp_path / "old.db")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"{configured.database}: restored from {tmp_path}/old.db, schema 0001\n")
    assert "run `ingestd db upgrade`" in configured("posts", "list").err
    assert f"schema 0001 -> {schema.head()}" in configured("db", "upgrade").out
    assert configured("db", "check").status == 0
