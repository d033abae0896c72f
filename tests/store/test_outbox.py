"""Events in the outbox: written with what happened, once for each target that wants them, in order and bounded."""

import json
from datetime import timedelta

import pytest

from ingestd.model.errors import StoreError
from ingestd.model.event import EventKind, SourceEvent
from ingestd.model.poll import WriteBatch
from ingestd.model.post import RevisionReason
from ingestd.store import events, outbox, revisit_queue, writes
from ingestd.store.notify_targets import (
    all_targets,
    claim_target,
    due_targets,
    record_delivery,
    record_failure,
    release_dead_turns,
    release_target,
    sync_targets,
)
from ingestd.store.outbox import QueuedEvent, queued_events
from tests.store import make

ALL = [str(kind) for kind in EventKind]


@pytest.fixture
def told(database):
    """A database with a source, and two targets: one that wants everything, one that wants new posts."""
    make.configured(database)
    database.write(sync_targets, {"all": ALL, "new": ["post-new"]}, make.NOW)
    return database


def queued(database, target="all"):
    """(event, payload) of what waits for a target."""
    return [(item.event, json.loads(item.payload)) for item in database.read(queued_events, target, 99)]


def store_update(database, version, reason):
    change = make.update(1, version, reason=reason)
    make.store(database, updates=(change,))


class TestWhatIsQueued:
    def test_new_posts_for_each_target_that_wants_them(self, told):
        make.store(told, make.new(1), make.new(2))
        make.store(told, make.new(2))
        assert [event for event, _ in queued(told)] == ["post-new", "post-new"]
        assert queued(told) == queued(told, "new")
        _, first = queued(told)[0]
        assert first["source"] == {"name": "联合早报", "url": "https://feeds.example/联合早报.xml"}
        assert {name: first["post"][name] for name in ("id", "from_url", "revision", "tags")} == {
            "id": 1,
            "from_url": "https://news.example/article/1",
            "revision": 1,
            "tags": ["联合早报"],
        }

    def test_an_import_tells_of_nothing(self, told):
        make.store(told, make.new(1, like=make.post(1, source_id=None)), source_id=0)
        assert queued(told) == []

    @pytest.mark.parametrize(
        ("reason", "is_told"),
        [
            (RevisionReason.ENTRY, True),
            (RevisionReason.PAGE, True),
            (RevisionReason.RULE, False),
            (RevisionReason.UNCLEAR, False),
            (None, False),
        ],
    )
    def test_only_edits_by_the_site_are_told_of(self, told, reason, is_told):
        make.store(told, make.new(1))
        store_update(told, "second", reason)
        edits = [payload["post"] for event, payload in queued(told) if event == "post-edited"]
        assert [(post["title"], post["revision"]) for post in edits] == [("标题 second", 2)] * is_told
        store_update(told, "second", reason)
        assert len([event for event, _ in queued(told) if event == "post-edited"]) == is_told, "the same text again"

    def test_a_page_that_is_gone_is_told_of_once(self, told):
        make.store(told, make.new(1))
        for state in ("gone", "gone", "there", "gone"):
            told.write(revisit_queue.record_visit, 1, make.later(9), state)
        assert [event for event, _ in queued(told)] == ["post-new", "post-gone", "post-gone"]
        told.write(revisit_queue.record_visit, 99, make.later(9), "gone")
        assert len(queued(told)) == 3, "a post that was deleted meanwhile"

    def test_events_of_a_source(self, told):
        loss = SourceEvent(EventKind.POSSIBLE_LOSS, "the feed breaks off", "ok")
        make.store(told, events=(loss,))
        [(event, payload)] = queued(told)
        assert (event, payload["reason"], payload["outcome"]) == ("possible-loss", "the feed breaks off", "ok")
        assert payload["source"]["name"] == "联合早报"

    @pytest.mark.parametrize("write", [writes.write, writes.write_end])
    def test_nobody_is_told_of_what_a_reading_of_the_history_or_no_source_finds(self, told, write):
        loss = SourceEvent(EventKind.POSSIBLE_LOSS, "the feed breaks off", "ok")
        told.write(write, WriteBatch(1, make.NOW, events=(loss,), of_history=True))
        told.write(write, WriteBatch(0, make.NOW, events=(loss,)))
        assert queued(told) == []
        told.write(write, WriteBatch(1, make.NOW, events=(loss,)))
        assert [event for event, _ in queued(told)] == ["possible-loss"]

    def test_an_event_is_undone_with_what_happened(self, told):
        def fail(connection):
            writes.write(connection, WriteBatch(1, make.NOW, posts=(make.new(1),)))
            raise StoreError("no")

        with pytest.raises(StoreError):
            told.write(fail)
        assert queued(told) == []
        make.store(told, make.new(1))
        assert len(queued(told)) == 1

    def test_nothing_is_queued_where_nobody_is_told(self, database):
        make.configured(database)
        make.store(database, make.new(1))
        assert make.value(database, "SELECT count(*) FROM outbox") == 0

    def test_the_condition_changes_where_it_is_still_the_one_that_was_read(self, told):
        silent = SourceEvent(EventKind.SOURCE_SILENT, "nothing new")
        assert told.write(events.change_condition, 1, None, "silent", silent, make.NOW)
        assert not told.write(events.change_condition, 1, None, "silent", silent, make.NOW)
        assert [event for event, _ in queued(told)] == ["source-silent"]
        assert make.value(told, "SELECT condition FROM sources") == "silent"


class TestDelivery:
    def test_delivered_events_are_deleted_and_counted(self, told):
        make.store(told, make.new(1), make.new(2))
        first, second = told.read(queued_events, "all", 9)
        assert first.id < second.id
        told.write(record_failure, "all", "refused http://u:secret@x.example/", make.NOW, make.later(30))
        assert told.read(due_targets, make.NOW) == ["new"]
        assert told.read(due_targets, make.later(30)) == ["all", "new"]
        told.write(record_delivery, "all", first.id, make.later(31))
        told.write(record_delivery, "all", first.id, make.later(31))
        row = next(row for row in told.read(all_targets) if row["name"] == "all")
        assert (row["delivered"], row["queued"], row["failures"], row["last_error"]) == (1, 1, 0, None)
        assert told.read(queued_events, "all", 9) == [second]
        assert len(told.read(queued_events, "new", 9)) == 2, "another target has a queue of its own"

    def test_failures_are_counted_without_secrets(self, told):
        for at in (0, 60):
            told.write(record_failure, "all", "refused http://u:secret@x.example/", make.later(at), make.later(99))
        row = told.read(all_targets)[0]
        assert (row["failures"], row["failing_since"]) == (2, "2026-11-22T17:00:00.000Z")
        assert "secret" not in row["last_error"]

    def test_one_daemon_at_a_time_delivers_to_a_target(self, told):
        assert told.write(claim_target, "all", "one", make.NOW, 60)
        assert not told.write(claim_target, "all", "two", make.later(59), 60)
        assert told.write(claim_target, "all", "one", make.later(59), 60), "its own turn again"
        assert told.write(claim_target, "all", "two", make.later(119), 60), "the turn has ended"
        told.write(release_target, "all", "one")
        assert not told.write(claim_target, "all", "three", make.later(120), 60), "the turn of another is not ended"
        told.write(release_dead_turns, lambda holder: holder == "two")
        assert told.write(claim_target, "all", "three", make.later(120), 60)

    def test_a_target_that_is_not_configured_any_more_is_deleted_with_its_queue(self, told):
        make.store(told, make.new(1))
        told.write(record_failure, "new", "refused", make.NOW, make.later(9999))
        assert told.write(sync_targets, {"new": ["post-gone"]}, make.later(1)) == {"all": 1}
        [row] = told.read(all_targets)
        assert (row["name"], row["events"], row["queued"], row["failures"]) == ("new", '["post-gone"]', 1, 1)
        assert told.read(due_targets, make.later(1)) == ["new"], "a restart tries at once"
        assert make.value(told, "SELECT count(*) FROM outbox") == 1


class TestBounds:
    def test_the_oldest_are_dropped_where_too_many_wait_and_that_is_counted(self, told, monkeypatch):
        monkeypatch.setattr(outbox, "MAX_QUEUED_EVENTS", 3)
        make.store(told, *(make.new(n) for n in range(1, 6)))
        assert [payload["post"]["id"] for _, payload in queued(told)] == [3, 4, 5]
        rows = told.read(all_targets)
        assert [(row["dropped"], row["dropped_at"]) for row in rows] == [(2, "2026-11-22T17:00:00.000Z")] * 2

    def test_what_is_too_old_is_dropped_and_counted(self, told):
        make.store(told, make.new(1))
        late = make.NOW + outbox.MAX_AGE
        make.store(told, make.new(2), at=late)
        assert len(queued(told)) == 2
        assert told.write(outbox.drop_old_events, "all", late + timedelta(seconds=1)) == 1
        assert [payload["post"]["id"] for _, payload in queued(told)] == [2]
        assert told.read(all_targets)[0]["dropped"] == 1

    def test_row_numbers_are_never_used_again(self, file):
        """Receivers tell repeated deliveries by them."""
        make.configured(file)
        file.write(sync_targets, {"all": ALL}, make.NOW)
        make.store(file, make.new(1))
        [event] = file.read(queued_events, "all", 9)
        assert isinstance(event, QueuedEvent)
        file.write(record_delivery, "all", event.id, make.NOW)
        make.store(file, make.new(2))
        assert file.read(queued_events, "all", 9)[0].id == event.id + 1

    def test_writing_a_post_looks_events_up_by_index(self, file):
        plan = make.query_plan(file, lambda connection: outbox.drop_old_events(connection, "all", make.NOW))
        assert all("USING" in step and "ix_outbox_target" in step for step in plan), plan


def test_the_result_counts_posts_that_were_revised(told):
    make.store(told, make.new(1))
    result = told.write(writes.write, WriteBatch(1, make.NOW, updates=(make.update(1, "x"), make.update(1, "y"))))
    assert result.revised == 1
