"""What checks, metrics and the watch for silent sources read, in SQLite and in PostgreSQL."""

from datetime import date, timedelta

from ingestd.model.condition import ConditionGroup, SourcesSummary
from ingestd.store import daemons
from ingestd.store.queues import database_bytes, queue_lengths
from ingestd.store.quiet_sources import QuietSource, days_with_posts, quiet_sources
from ingestd.store.revisit_queue import plan_visit
from ingestd.store.source_conditions import disk_of, sources_summary, troubled_sources
from ingestd.text.times import utc_text
from tests.store import make

NOW = utc_text(make.NOW)
DAY_S = 86_400


BOUNDS = (make.later(-30 * DAY_S), make.later(-DAY_S), 2)


def change(database, name, **columns):
    assignments = ", ".join(f"{column} = :{column}" for column in columns)
    make.run(database, f"UPDATE sources SET {assignments} WHERE name = :name", name=name, **columns)


def test_sources_are_counted_by_condition(database):
    make.configured(database, *"hgfedcba", "new", "off")
    make.run(database, "UPDATE sources SET last_polled_at = :at, next_poll_at = :at WHERE name <> 'new'", at=NOW)
    for name in "abc":
        change(database, name, condition="failing", failing_since=utc_text(make.later(-DAY_S)))
    change(database, "d", condition="failing", failing_since=utc_text(make.later(-30 * DAY_S)))
    change(database, "e", paused=1, last_polled_at=utc_text(make.later(9)), next_poll_at=utc_text(make.later(-9)))
    change(database, "f", failing_since=NOW, suspected_loss_at=NOW)
    change(database, "g", suspected_loss_at=utc_text(make.later(-DAY_S)))
    change(database, "off", enabled=0, condition="failing", suspected_loss_at=NOW, paused=1)
    found = database.read(sources_summary, *BOUNDS)
    assert sorted(found.groups, key=lambda group: (group.number, *group.names)) == [
        ConditionGroup(1, is_new=True),
        ConditionGroup(1, "failing", is_dead=True, names=["d"]),
        ConditionGroup(1, is_paused=True, names=["e"]),
        ConditionGroup(3),
        ConditionGroup(3, "failing", names=["a", "b"]),
    ]
    assert (found.enabled, found.disabled, found.lost, found.lost_names) == (9, 1, 1, ["f"])
    assert (found.last_polled_at, found.next_poll_at) == (make.later(9), make.NOW)


def test_no_sources(database):
    assert database.read(sources_summary, *BOUNDS) == SourcesSummary(groups=[], lost_names=[])


def test_sources_that_need_someone_come_in_their_order(database):
    make.configured(database, *"abcdef")
    change(database, "b", condition="failing", failures=2, suspected_loss_at=NOW)
    change(database, "c", condition="failing", failures=3)
    change(database, "d", suspected_loss_at=NOW)
    change(database, "e", suspected_loss_at=utc_text(make.later(1)))
    change(database, "f", paused=1)
    assert database.read(troubled_sources, 9) == [3, 2, 6, 5, 4]
    assert database.read(troubled_sources, 4) == [3, 2, 6, 5]
    assert database.read(troubled_sources, 2) == [3, 2]


def test_lengths_of_queues(database):
    make.configured(database)
    image = ("https://a.example/1.png",)
    make.store(database, make.new(1, media=image), make.new(2), waiting=(make.waiting(3),))
    database.write(plan_visit, 1, "retry", make.NOW, 1)
    database.write(plan_visit, 2, "retry", make.later(1), 1)
    assert database.read(queue_lengths, make.NOW) == {"inbox": 1, "visits": 1, "images": 1}


def test_sources_without_new_posts(database):
    make.configured(database, "quiet", "new", "failing", "silent")
    make.run(database, "UPDATE sources SET last_ok_at = :at, last_new_at = :old", at=NOW, old=utc_text(make.later(-9)))
    make.run(database, "UPDATE sources SET last_new_at = :at WHERE name = 'new'", at=NOW)
    make.run(database, "UPDATE sources SET failures = 1 WHERE name = 'failing'")
    make.run(database, "UPDATE sources SET condition = 'silent' WHERE name = 'silent'")
    assert database.read(quiet_sources, make.later(-5)) == [QuietSource(1, make.NOW)]
    assert database.read(quiet_sources, make.later(-9)) == []


def test_days_on_which_a_source_published(database):
    make.configured(database)
    dates = [make.NOW, make.NOW - timedelta(hours=1), make.NOW - timedelta(days=2), make.NOW - timedelta(days=9)]
    make.store(database, *(make.new(n, like=make.post(n, date=day)) for n, day in enumerate(dates)))
    found = database.read(days_with_posts, 1, make.NOW - timedelta(days=5))
    assert sorted(found) == [date(2026, 11, 20), date(2026, 11, 22)]
    assert database.read(days_with_posts, 2, make.NOW) == []


def test_days_are_read_from_the_index(file):
    plan = make.query_plan(file, lambda connection: days_with_posts(connection, 1, make.NOW))
    assert any("USING COVERING INDEX" in step for step in plan), plan


def test_signs_of_life(database):
    database.write(daemons.record_sign_of_life, "host:1:x-1", "0.1", make.NOW, make.NOW)
    database.write(daemons.record_sign_of_life, "host:1:x-1", "0.1", make.NOW, make.later(60))
    database.write(daemons.record_sign_of_life, "host:2:x-2", "0.2", make.later(1), make.later(1))
    assert database.read(daemons.running_daemons) == [
        daemons.RunningDaemon("host:1:x-1", "0.1", make.NOW, make.later(60)),
        daemons.RunningDaemon("host:2:x-2", "0.2", make.later(1), make.later(1)),
    ]
    database.write(daemons.forget_dead_daemons, lambda holder: holder == "host:2:x-2", make.later(60))
    database.write(daemons.record_stop, "host:1:x-1")
    assert database.read(daemons.running_daemons) == []


def test_sizes_of_database_and_disk(file, tmp_path):
    assert file.path is not None
    assert (database_bytes(file.path) or 0) >= file.path.stat().st_size
    assert database_bytes(None) is None
    found = disk_of(file.path)
    assert found is not None
    assert 0 < found.free <= found.total
    assert disk_of(None) is None
    assert disk_of(tmp_path / "none" / "x.db") is None
