"""`ingestd db`, `config` and `status`: upgrade, check, back up, measure, and tell how sources do."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from ingestd.model.source import Source
from ingestd.store import schema
from ingestd.store.database import Database
from ingestd.store.sources import sync
from ingestd.text.times import utc_text
from tests.cli.commands import Commands

NOW = datetime.now(UTC)


@pytest.fixture
def filled(ingestd: Commands) -> Commands:
    """A database with two sources."""
    with Database(f"sqlite:///{ingestd.database}") as database:
        database.upgrade(now=NOW)
        database.write(sync, [Source("甲", "https://a.example/f"), Source("乙", "https://b.example/f")], NOW)
    return ingestd


class TestDatabase:
    def test_upgrade_makes_it_and_says_so_once(self, ingestd):
        assert ingestd("db", "upgrade").out == f"{ingestd.database}: schema none -> {schema.head()}\n"
        assert ingestd("db", "upgrade").out == f"{ingestd.database}: already at schema {schema.head()}\n"

    def test_an_upgrade_of_data_tells_where_the_copy_is(self, ingestd):
        with Database(f"sqlite:///{ingestd.database}") as database, database.engine.begin() as connection:
            schema._upgrade(connection, "0001")
        done = ingestd("db", "upgrade")
        copies = list(ingestd.folder.glob("*.bak"))
        assert len(copies) == 1
        assert f"the database before is kept as {copies[0]}" in done.out

    def test_what_reads_does_not_upgrade(self, ingestd):
        with Database(f"sqlite:///{ingestd.database}") as database, database.engine.begin() as connection:
            schema._upgrade(connection, "0001")
        for command in (("posts", "list"), ("db", "check"), ("media", "list"), ("status",)):
            done = ingestd(*command)
            assert (done.status, done.out) == (1, "")
            assert "run `ingestd db upgrade`" in done.err

    def test_all_is_well_or_it_is_named(self, filled):
        assert filled("db", "check").out == f"{filled.database}: all is well\n"
        assert filled("db", "check", "--json").json == {"database": str(filled.database), "ok": True, "findings": []}
        filled.sql("INSERT INTO visits (post_id, purpose, due_at) VALUES (7, 'retry', '2026')")
        done = filled("db", "check")
        assert done.status == 1
        assert done.out == "table visits, row 7: refers to a row of posts that does not exist\n"

    def test_a_backup_is_whole_and_overwrites_nothing(self, filled, tmp_path):
        target = tmp_path / "copy.db"
        assert filled("db", "backup", target).out.startswith(f"{target}: ")
        with closing(sqlite3.connect(target)) as copy:
            assert copy.execute("SELECT count(*) FROM sources").fetchone() == (2,)
        again = filled("db", "backup", target)
        assert again.status == 1
        assert "exists already" in again.err

    def test_stats(self, filled):
        counts = filled("db", "stats", "--json").json
        assert (counts["sources"], counts["posts"], counts["images"]) == (2, 0, 0)
        assert counts["bytes"] >= filled.database.stat().st_size
        assert "sources\t2" in filled("db", "stats").out


class TestStatus:
    def test_before_the_first_poll(self, filled):
        assert [row.split("\t")[1] for row in filled("status").out.splitlines()] == ["outcome"] + ["not polled yet"] * 2

    def test_an_empty_database(self, ingestd):
        ingestd("db", "upgrade")
        assert ingestd("status").err == "no sources yet: `ingestd fetch` reads the configuration\n"

    @pytest.mark.parametrize(
        ("values", "word", "says"),
        [
            ("enabled = 0", "disabled", None),
            (
                "paused = 1, last_outcome = 'gone', last_error = '410'",
                "paused",
                "Remove it, or give it its new address",
            ),
            (
                f"last_outcome = 'timeout', failures = 3, failing_since = '{utc_text(NOW - timedelta(days=2))}'",
                "timeout",
                "failing for 2 days, 3 times in a row",
            ),
            ("last_outcome = 'ok'", "ok", None),
        ],
        ids=["disabled", "paused", "failing", "well"],
    )
    def test_how_a_source_does_and_what_to_do(self, filled, values, word, says):
        filled.sql(f"UPDATE sources SET {values} WHERE name = '甲'")
        done = filled("status")
        [row] = [line.split("\t") for line in done.out.splitlines() if line.startswith("甲\t")]
        assert row[1] == word
        told = [line for line in done.out.splitlines() if line.startswith("甲: ")]
        assert (says in told[0]) if says else not told

    def test_a_loss_that_is_suspected_and_single_failures(self, filled):
        filled.sql("UPDATE sources SET suspected_loss_at = '2026-11-22T00:00:00.000Z' WHERE name = '乙'")
        filled.sql(
            "INSERT INTO problems (source_id, url, outcome, reason, first_at, last_at)"
            " VALUES (1, 'https://a.example/9?token=geheim', 'not-found', '404', '2026', '2026')"
        )
        done = filled("status")
        assert "乙: articles may have been missed before 2026-11-22" in done.err
        assert "甲: https://a.example/9?token=***: not-found: 404" in done.out


class TestImages:
    @pytest.fixture
    def wanted(self, filled: Commands) -> Commands:
        filled.sql(
            "INSERT INTO media (url, host, source_id, added_at, outcome, reason, hash, type) VALUES"
            " ('https://a.example/1.png?token=geheim', 'a.example', 1, '2026', 'ok', NULL, ?, 'image/png'),"
            " ('https://a.example/2.png?token=geheim', 'a.example', 1, '2026', 'gone', '410', NULL, NULL)",
            "ab" * 32,
        )
        filled.sql("UPDATE media SET bytes = 9 WHERE hash IS NOT NULL")
        return filled

    def test_no_secret_of_an_address_is_shown(self, wanted, tmp_path):
        for command in (
            ("media", "list"),
            ("media", "list", "--json"),
            ("db", "check"),
            ("db", "backup", tmp_path / "copy.db"),
        ):
            done = wanted(*command)
            assert "geheim" not in done.out + done.err, command

    def test_given_up_ones_are_told(self, wanted):
        assert "甲: images that could not be fetched: 0 tried again, 1 given up" in wanted("status").out

    def test_a_place_that_is_configured(self, wanted, tmp_path):
        wanted.config.write_text(wanted.config.read_text() + f'[media]\nfolder = "{tmp_path}/elsewhere"\n')
        assert f"image {tmp_path}/elsewhere/ab/ab/{'ab' * 32}.png is missing" in wanted("db", "check").out


class TestConfiguration:
    def test_init_writes_what_check_reads(self, ingestd, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert "edit it" in ingestd("config", "init").out
        ingestd.config = tmp_path / "config" / "ingestd.toml"
        assert ": good; " in ingestd("config", "check").out
        before = ingestd.config.read_bytes()
        again = ingestd("config", "init")
        assert (again.status, ingestd.config.read_bytes()) == (2, before)
        assert "exists already" in again.err

    def test_a_place_that_cannot_be_written(self, ingestd, tmp_path):
        (tmp_path / "file").touch()
        done = ingestd("config", "init", tmp_path / "file" / "i.toml")
        assert done.status == 2
        assert "cannot be written" in done.err
