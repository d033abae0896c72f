"""`ingestd db`: upgrade, check, back up, count."""

import os
import sqlite3
import stat
from contextlib import closing

import pytest

from ingestd.store import schema
from ingestd.store.database import Database
from tests.cli.commands import Commands


def test_upgrade(without_database):
    assert without_database("db", "upgrade").out == f"{without_database.database}: schema none -> {schema.head()}\n"
    assert without_database("db", "upgrade").out == f"{without_database.database}: already at schema {schema.head()}\n"


@pytest.mark.parametrize("command", ["fetch", "import {folder}", "media fetch"])
def test_writing_commands_make_a_database_that_is_missing(without_database, command):
    with without_database.config.open("a") as config:
        config.write('[[sources]]\nname = "A"\nurl = "http://127.0.0.1:9/f"\nmedia = true\n')
    done = without_database(*command.format(folder=without_database.folder).split())
    assert "Traceback" not in done.err
    assert without_database.sql("SELECT count(*) FROM posts") == [(0,)]
    assert without_database("db", "upgrade").out.endswith(f"already at schema {schema.head()}\n")


def test_upgrade_of_data_names_the_copy(without_database):
    with Database(f"sqlite:///{without_database.database}") as database, database.engine.begin() as connection:
        schema._upgrade(connection, "0001")
    done = without_database("db", "upgrade")
    copies = list(without_database.folder.glob("*.bak"))
    assert len(copies) == 1
    assert f"the database before is kept as {copies[0]}" in done.out


def test_reading_commands_do_not_upgrade(without_database):
    with Database(f"sqlite:///{without_database.database}") as database, database.engine.begin() as connection:
        schema._upgrade(connection, "0001")
    for command in (("posts", "list"), ("db", "check"), ("media", "list"), ("status",)):
        done = without_database(*command)
        assert (done.status, done.out) == (1, "")
        assert "run `ingestd db upgrade`" in done.err


@pytest.mark.parametrize(
    "command",
    [
        "db upgrade",
        "db check",
        "db stats",
        "db backup {folder}/copy.db",
        "status",
        "fetch",
        "posts list",
        "posts search 词",
        "posts show 1",
        "posts diff 1",
        "posts explain https://a.example/",
        "sources list",
        "sources export",
        "export csv --out {folder}/a.csv",
        "export jekyll --out {folder}/posts",
        "import {folder}",
        "extract --again",
        "media list",
        "pages export --warc {folder}/a.warc",
    ],
)
def test_another_programs_file_is_left_as_it_is_by_every_command(without_database, command):
    with closing(sqlite3.connect(without_database.database)) as theirs:
        theirs.execute("CREATE TABLE notes (text)")
    with without_database.config.open("a") as config:
        config.write('[[sources]]\nname = "A"\nurl = "https://a.example/f"\n')
    before = without_database.database.read_bytes()
    done = without_database(*command.format(folder=without_database.folder).split())
    assert (done.status, done.out) == (1, "")
    assert "is another program's: it has a table notes already" in done.err
    assert without_database.database.read_bytes() == before
    assert [path.name for path in without_database.folder.glob("ingestd.db*")] == ["ingestd.db"]


def test_check(two_sources):
    assert two_sources("db", "check").out == f"{two_sources.database}: all is well\n"
    assert two_sources("db", "check", "--json").json == {
        "database": str(two_sources.database),
        "ok": True,
        "findings": [],
    }
    two_sources.sql("INSERT INTO visits (post_id, purpose, due_at) VALUES (7, 'retry', '2026')")
    done = two_sources("db", "check")
    assert done.status == 1
    assert done.out == "table visits, row 7: refers to a row of posts that does not exist\n"


def test_backup_is_complete_and_overwrites_nothing(two_sources, tmp_path):
    target = tmp_path / "copy.db"
    assert two_sources("db", "backup", target).out.startswith(f"{target}: ")
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT count(*) FROM sources").fetchone() == (2,)
    again = two_sources("db", "backup", target)
    assert again.status == 1
    assert "exists already" in again.err


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_backup_keeps_the_mode(two_sources, tmp_path, mode):
    two_sources.database.chmod(mode)
    assert two_sources("db", "backup", tmp_path / "copy.db").status == 0
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_backup_keeps_the_owner(two_sources, tmp_path):
    os.chown(two_sources.database, 12345, 23456)
    assert two_sources("db", "backup", tmp_path / "copy.db").status == 0
    copy = (tmp_path / "copy.db").stat()
    assert (copy.st_uid, copy.st_gid) == (12345, 23456)


def test_upgrade_keeps_the_mode_of_its_copy(without_database):
    with Database(f"sqlite:///{without_database.database}") as database, database.engine.begin() as connection:
        schema._upgrade(connection, "0001")
    without_database.database.chmod(0o600)
    without_database("db", "upgrade")
    [copy] = without_database.folder.glob("*.bak")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_stats(two_sources):
    counts = two_sources("db", "stats", "--json").json
    assert (counts["sources"], counts["posts"], counts["images"]) == (2, 0, 0)
    assert counts["bytes"] >= two_sources.database.stat().st_size
    assert "sources\t2" in two_sources("db", "stats").out


@pytest.fixture
def wanted(two_sources: Commands) -> Commands:
    two_sources.sql(
        "INSERT INTO media (url, host, source_id, added_at, outcome, reason, hash, type) VALUES"
        " ('https://a.example/1.png?token=geheim', 'a.example', 1, '2026', 'ok', NULL, ?, 'image/png'),"
        " ('https://a.example/2.png?token=geheim', 'a.example', 1, '2026', 'gone', '410', NULL, NULL)",
        "ab" * 32,
    )
    two_sources.sql("UPDATE media SET bytes = 9 WHERE hash IS NOT NULL")
    return two_sources


def test_secrets_of_image_urls_are_hidden(wanted, tmp_path):
    for command in (
        ("media", "list"),
        ("media", "list", "--json"),
        ("db", "check"),
        ("db", "backup", tmp_path / "copy.db"),
    ):
        done = wanted(*command)
        assert "geheim" not in done.out + done.err, command


def test_images_given_up_in_status(wanted):
    assert "甲: images that could not be fetched: 0 tried again, 1 given up" in wanted("status").out


def test_configured_media_folder(wanted, tmp_path):
    wanted.config.write_text(wanted.config.read_text() + f'[media]\nfolder = "{tmp_path}/elsewhere"\n')
    assert f"image {tmp_path}/elsewhere/ab/ab/{'ab' * 32}.png is missing" in wanted("db", "check").out
