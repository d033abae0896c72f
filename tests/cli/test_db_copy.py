"""`ingestd db copy`: what it refuses, and what it says."""

import shutil

import pytest

from ingestd.store.daemons import record_sign_of_life
from ingestd.store.database import Database
from ingestd.store.notices import COPYING, put_notice
from ingestd.text.times import utc_now


@pytest.fixture
def urls(kept):
    return f"sqlite:///{kept.database}", f"sqlite:///{kept.folder}/copy.db"


def test_a_copy_is_made_repeated_and_used(kept, urls):
    done = kept("db", "copy", *urls)
    assert done.status == 0, done.err
    assert done.out.startswith(f"{kept.folder}/copy.db now holds the same as {kept.database}: ")
    assert done.out.endswith("tables, counts and digests compared\n")
    again = kept("db", "copy", *urls, "--json").json
    assert (again["was_complete"], again["rows"]["posts"]) == (True, 2)


def test_a_database_cannot_be_copied_into_itself_or_from_nowhere(kept, urls):
    source, target = urls
    assert "the two databases are one" in kept("db", "copy", source, source).err
    assert "does not exist yet" in kept("db", "copy", target, source).err


def test_a_running_daemon_is_refused(kept, urls):
    now = utc_now()
    with Database(urls[0]) as database:
        database.write(record_sign_of_life, "elsewhere:1:x-1", "1", now, now)
    done = kept("db", "copy", *urls)
    assert (done.status, "stop it first" in done.err) == (1, True)


def test_a_target_of_another_schema_is_not_upgraded(kept, urls):
    shutil.copy(kept.database, kept.folder / "copy.db")
    with Database(urls[1]) as old:
        old.write(lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'"))
    before = (kept.folder / "copy.db").read_bytes()
    done = kept("db", "copy", *urls)
    assert (done.status, "is at schema 0001" in done.err) == (1, True)
    assert (kept.folder / "copy.db").read_bytes() == before


def test_nothing_polls_into_an_incomplete_copy(kept):
    with Database(f"sqlite:///{kept.database}") as database:
        database.write(put_notice, COPYING, "{}", utc_now())
    done = kept("fetch")
    assert (done.status, "incomplete copy of another one: repeat `ingestd db copy`" in done.err) == (1, True)
