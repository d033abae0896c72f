"""Files of a database that are deleted, replaced or damaged while they are in use."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from ingestd.model.errors import StoreDamagedError, StoreError
from ingestd.store.database import Database
from ingestd.store.file_faults import marked_damage
from ingestd.store.notices import all_notices, prove_writable, put_notice
from tests.store.make import NOW
from tests.support.file_changes import LOSSES, change_file, zero_pages


@pytest.mark.parametrize(("change", "name"), LOSSES)
async def test_nothing_is_written_to_a_file_that_has_lost_its_name(file, change, name):
    await file.writing(prove_writable, NOW)
    change_file(file.path.with_name(name), change)
    with pytest.raises(StoreError, match=f"the file .*/{name} was deleted or replaced while it was in use"):
        await file.writing(put_notice, "lost", "", NOW)
    assert name in file.write_error
    with pytest.raises(StoreError, match="nothing is written to it"):
        file.write(put_notice, "lost", "", NOW)


@pytest.mark.parametrize("change", ["deleted", "replaced"])
def test_what_a_deleted_log_holds_is_kept(file, change):
    path = file.path
    with closing(sqlite3.connect(path)) as other:
        file.write(put_notice, "one", "kept", NOW)
        # A reader that stays hinders the last connection of this process from taking the log in when it closes.
        other.execute("SELECT count(*) FROM notices").fetchone()
        change_file(path.with_name("ingestd.db-wal"), change)
        file.keep_lost_log()
        file.engine.dispose()
    with Database(f"sqlite:///{path}") as again:
        assert [notice["reason"] for notice in again.read(all_notices)] == ["kept"]
        assert again.write(prove_writable, NOW) is None


@pytest.fixture
def damaged_file(file):
    """A database whose table of notices is on a page of zeros."""
    with closing(sqlite3.connect(file.path)) as connection:
        [page] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'notices'").fetchone()
    shutil.copy(file.path, file.path.with_suffix(".copy"))
    zero_pages(file.path, range(page, page + 1))
    return file


def _delete_sources(connection):
    connection.execute(text("DELETE FROM sources"))


async def test_after_damage_is_found_nothing_more_is_written(damaged_file):
    with pytest.raises(StoreDamagedError, match=r"is damaged: database disk image is malformed; nothing more is"):
        await damaged_file.writing(put_notice, "one", "", NOW)
    with pytest.raises(StoreDamagedError, match="db restore FILE"):
        damaged_file.write(_delete_sources)
    with pytest.raises(StoreDamagedError, match="db restore FILE"):
        await damaged_file.writing(_delete_sources)
    assert marked_damage(damaged_file.path) == "database disk image is malformed"


def test_a_marked_database_is_refused_until_it_is_whole(damaged_file):
    path, url = damaged_file.path, f"sqlite:///{damaged_file.path}"
    with pytest.raises(StoreDamagedError):
        damaged_file.write(put_notice, "one", "", NOW)
    damaged_file.engine.dispose()
    with Database(url) as again, pytest.raises(StoreDamagedError, match="is damaged: "):
        again.upgrade(now=NOW)
    shutil.copy(path.with_suffix(".copy"), path)
    with Database(url) as mended:
        mended.upgrade(now=NOW)
        assert mended.marked_damage() is None
        mended.write(put_notice, "one", "", NOW)


def test_a_damaged_search_index_is_no_damage_of_the_archive(file):
    file.write(lambda connection: connection.execute(text("DELETE FROM posts_fts_data")))
    with pytest.raises(StoreError) as raised:
        file.read(lambda connection: connection.execute(text("SELECT * FROM posts_fts WHERE posts_fts MATCH 'a'")))
    assert not isinstance(raised.value, StoreDamagedError)
    assert file.damage is None
    assert file.marked_damage() is None
