"""How a poll ends: the row of `polls`, the columns of `sources`, the lease, the log, and when the next poll is due."""

import json
import logging
import random
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from ingestd.config.settings import FetchConfig, ScheduleConfig
from ingestd.fetch import Client
from ingestd.fetch.politeness import LocalPaces
from ingestd.identity.urls import host_key
from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome, PermanentError, PollError, TemporaryError
from ingestd.model.feed import Feed, Problem
from ingestd.model.host_pace import HostPace
from ingestd.model.http import Redirect, Response
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.poll.context import PollContext
from ingestd.poll.identify import FeedResult
from ingestd.poll.outcome import record_outcome, schedule_limits
from ingestd.poll.progress import PollProgress
from ingestd.store import leases, sources
from ingestd.store.database import Database
from ingestd.text.times import utc_text

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
END = START + timedelta(seconds=1.5)
END_TEXT = "2026-03-02T12:00:01.500Z"
URL = "https://news.example/feed"
HOLDER = "host:1:abc"
FEED = Feed("rss20", title="晨报", language="zh-CN", total=3, ttl_s=7200.0, skip_hours=(1, 2), skip_days=("sunday",))


def response(status: int = 200, *headers: tuple[str, str], redirects: tuple[Redirect, ...] = ()) -> Response:
    return Response(URL, URL, status, headers, b"", START, redirects)


def found(outcome: Outcome = Outcome.OK, **values: Any) -> FeedResult:
    given: dict[str, Any] = {"response": response(), "feed": FEED, "body_digest": "digest", "known": 1}
    return FeedResult(outcome, **(given | values))


class PacesAt(LocalPaces):
    """Paces at a fixed time."""

    def now(self) -> datetime:
        return END


class Ledger:
    """A source in a real database, whose polls end one after the other."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.pushes_arrive = False
        self.client = Client(FetchConfig.model_validate({}))
        self.source = database.write(sources.sync, [Source("晨报", URL)], START)[0]

    async def end(self, progress: PollProgress, *, started: datetime = START, at: datetime = END) -> Poll:
        context = PollContext(
            client=self.client,
            workers=None,  # type: ignore[arg-type] # and runs no job
            database=self.database,
            schedule=ScheduleConfig(),
            clock=lambda: at,
            random=random.Random(1),
            lease_holder=HOLDER,
            pushes_arrive=lambda _source_id, _now: self.pushes_arrive,
        )
        state = await self.database.reading(sources.state, self.source)
        return await record_outcome(state, started, progress, context)

    def row(self, table: str = "sources") -> dict[str, Any]:
        """The last row of a table."""
        query = text(f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1")
        return self.database.read(lambda connection: dict(connection.execute(query).mappings().one()))

    def count(self, table: str) -> int:
        query = text(f"SELECT count(*) FROM {table}")
        return self.database.read(lambda connection: int(connection.execute(query).scalar_one()))


@pytest.fixture
async def ledger(tmp_path: Path, empty_database: Path) -> AsyncIterator[Ledger]:
    path = tmp_path / "ingestd.db"
    shutil.copy(empty_database, path)
    with Database(f"sqlite:///{path}") as database:
        yield Ledger(database)


def error(outcome: Outcome, **values: Any) -> PollError:
    kind = TemporaryError if outcome in (Outcome.TIMEOUT, Outcome.RATE_LIMITED) else PermanentError
    return kind(outcome, f"reason of {outcome}", **values)


class TestPollRow:
    async def test_counts_of_both_steps_are_added(self, ledger: Ledger):
        progress = PollProgress(found(new=2, duplicate=1, known=5)).plus(new=3, updated=1, duplicate=2)
        poll = await ledger.end(progress)
        assert (poll.new, poll.updated, poll.duplicate, poll.known, poll.entries) == (5, 1, 3, 5, 3)
        row = ledger.row("polls")
        assert {name: row[name] for name in ("source_id", "new", "updated", "duplicate", "entries", "outcome")} == {
            "source_id": ledger.source.id,
            "new": 5,
            "updated": 1,
            "duplicate": 3,
            "entries": 3,
            "outcome": "ok",
        }

    async def test_broken_entries_of_both_steps_are_failed_and_entries_that_are_too_large_are_not(self, ledger: Ledger):
        in_feed = (Problem(Outcome.ENTRY_BROKEN, "no title"), Problem(Outcome.TOO_LARGE, "9 MB"))
        in_pages = (Problem(Outcome.ENTRY_BROKEN, "no post"), Problem(Outcome.NO_ARTICLE, "a wall", URL))
        poll = await ledger.end(PollProgress(found(problems=in_feed), problems=in_pages))
        assert (poll.failed, poll.outcome, poll.error) == (2, Outcome.OK, "no title")

    async def test_the_duration_is_never_negative(self, ledger: Ledger):
        """The machine's clock may be set back during a poll."""
        assert (await ledger.end(PollProgress(found()))).seconds == 1.5
        assert (await ledger.end(PollProgress(found()), started=END, at=START)).seconds == 0

    async def test_an_error_gives_outcome_status_and_reason(self, ledger: Ledger):
        poll = await ledger.end(PollProgress(error=error(Outcome.NOT_FOUND, http_status=404)))
        assert (poll.outcome, poll.http_status, poll.error) == (Outcome.NOT_FOUND, 404, "reason of not-found")
        assert (poll.entries, poll.failed, poll.suspected_loss) == (0, 0, False)

    async def test_an_error_after_the_feed_step_keeps_what_the_feed_had(self, ledger: Ledger):
        poll = await ledger.end(PollProgress(found(new=2), error=error(Outcome.STORE_FAILED)))
        assert (poll.outcome, poll.entries, poll.new) == (Outcome.STORE_FAILED, 3, 2)

    async def test_a_poll_without_result_and_without_error_is_an_internal_error(self, ledger: Ledger):
        assert (await ledger.end(PollProgress())).outcome is Outcome.INTERNAL_ERROR

    async def test_each_poll_is_one_row(self, ledger: Ledger):
        for outcome in Outcome:
            progress = found(outcome) if outcome in SUCCESSFUL_OUTCOMES else None
            failure = None if progress else error(outcome)
            assert (await ledger.end(PollProgress(progress, error=failure))).outcome is outcome
            assert ledger.row("polls")["outcome"] == str(outcome)
        assert ledger.count("polls") == len(Outcome)

    async def test_hubs_come_from_the_headers_and_from_the_feed(self, ledger: Ledger):
        link = ("link", '<https://hub.example/>; rel="hub", <https://news.example/topic>; rel="self"')
        poll = await ledger.end(PollProgress(found(response=response(200, link))))
        assert (poll.hubs, poll.topic) == (("https://hub.example/",), "https://news.example/topic")
        named = replace(FEED, hub_urls=("https://hub.example/2",), self_url="https://news.example/own")
        poll = await ledger.end(PollProgress(found(feed=named)))
        assert (poll.hubs, poll.topic) == (("https://hub.example/2",), "https://news.example/own")


class TestSuspectedLoss:
    LOSS = (
        ("no entry is known", found(known=0), True),
        ("one entry is known", found(known=1), False),
        ("the feed is empty", found(known=0, feed=replace(FEED, total=0)), False),
        ("a push holds only what is new", found(known=0, complete=False), False),
        ("the feed has not changed", found(Outcome.UNCHANGED, known=0), False),
    )

    @pytest.mark.parametrize(("name", "result", "suspected"), LOSS, ids=[row[0] for row in LOSS])
    async def test_of_a_source_that_had_entries(self, ledger: Ledger, name: str, result: FeedResult, suspected: bool):
        await ledger.end(PollProgress(found(new=3, known=0)))
        poll = await ledger.end(PollProgress(result))
        assert poll.suspected_loss is suspected
        assert (ledger.row()["suspected_loss_at"] is not None) is suspected

    async def test_a_new_source_has_lost_nothing(self, ledger: Ledger):
        assert not (await ledger.end(PollProgress(found(new=3, known=0)))).suspected_loss

    async def test_the_next_poll_is_sooner(self, ledger: Ledger):
        quiet = replace(FEED, ttl_s=None, skip_hours=(), skip_days=())
        await ledger.end(PollProgress(found(new=3, feed=quiet)))
        usual = ledger.row()["interval_s"]
        await ledger.end(PollProgress(found(known=0, feed=quiet)))
        assert ledger.row()["interval_s"] < usual / 2


class TestSourceColumns:
    async def test_after_a_new_feed(self, ledger: Ledger):
        headers = (("etag", 'W/"1"'), ("last-modified", "Mon, 02 Mar 2026 11:00:00 GMT"))
        await ledger.end(PollProgress(found(response=response(200, *headers), new=1)))
        row = ledger.row()
        assert {name: row[name] for name in ("last_outcome", "last_error", "failures", "failing_since", "paused")} == {
            "last_outcome": "ok",
            "last_error": None,
            "failures": 0,
            "failing_since": None,
            "paused": 0,
        }
        assert row["last_polled_at"] == row["last_ok_at"] == row["last_new_at"] == END_TEXT
        assert (row["etag"], row["last_modified"]) == ('W/"1"', "Mon, 02 Mar 2026 11:00:00 GMT")
        assert (row["body_digest"], row["title"], row["language"]) == ("digest", "晨报", "zh-CN")
        assert (row["feed_ttl_s"], json.loads(row["skip_hours"]), json.loads(row["skip_days"])) == (
            7200,
            [1, 2],
            ["sunday"],
        )
        assert row["next_poll_at"] >= "2026-03-02T14:00:01.500Z", "the feed asks for two hours"

    async def test_without_new_entries_the_time_of_the_last_new_one_stays(self, ledger: Ledger):
        await ledger.end(PollProgress(found(new=1)))
        await ledger.end(PollProgress(found()), at=END + timedelta(hours=1))
        row = ledger.row()
        assert (row["last_new_at"], row["last_ok_at"]) == (END_TEXT, "2026-03-02T13:00:01.500Z")

    async def test_a_304_keeps_validators_and_what_the_feed_says_of_itself(self, ledger: Ledger):
        await ledger.end(PollProgress(found(response=response(200, ("etag", '"1"')))))
        before = ledger.row()
        not_modified = FeedResult(Outcome.NOT_MODIFIED, response(304, ("etag", '"2"')), body_digest="digest")
        await ledger.end(PollProgress(not_modified))
        after = ledger.row()
        kept = ("etag", "body_digest", "title", "language", "feed_ttl_s", "skip_hours", "skip_days")
        assert [after[name] for name in kept] == [before[name] for name in kept]
        assert (before["conditional_polls"], after["conditional_polls"]) == (1, 2)
        assert after["last_outcome"] == "not-modified"

    async def test_a_response_without_validators_removes_the_stored_ones(self, ledger: Ledger):
        await ledger.end(PollProgress(found(response=response(200, ("etag", '"1"')))))
        await ledger.end(PollProgress(found(Outcome.UNCHANGED, feed=None)))
        row = ledger.row()
        assert (row["etag"], row["last_modified"], row["conditional_polls"]) == (None, None, 0)
        assert row["title"] == "晨报"

    async def test_after_an_unconditional_poll_the_count_begins_anew(self, ledger: Ledger):
        tagged = response(200, ("etag", '"1"'))
        await ledger.end(PollProgress(found(response=tagged)))
        for number in range(2, 24):
            await ledger.end(PollProgress(FeedResult(Outcome.NOT_MODIFIED, response(304), body_digest="digest")))
            assert ledger.row()["conditional_polls"] == number
        await ledger.end(PollProgress(found(Outcome.UNCHANGED, response=tagged)))
        assert ledger.row()["conditional_polls"] == 1

    async def test_failures_are_counted_from_the_first_one_on_and_end_with_a_success(self, ledger: Ledger):
        for hours in range(3):
            timeout = PollProgress(error=error(Outcome.TIMEOUT))
            await ledger.end(timeout, at=END + timedelta(hours=hours))
        row = ledger.row()
        assert (row["failures"], row["failing_since"], row["last_ok_at"]) == (3, END_TEXT, None)
        assert (row["last_outcome"], row["last_error"]) == ("timeout", "reason of timeout")
        await ledger.end(PollProgress(found()))
        row = ledger.row()
        assert (row["failures"], row["failing_since"], row["last_error"]) == (0, None, None)

    async def test_a_failure_keeps_validators_and_digest(self, ledger: Ledger):
        await ledger.end(PollProgress(found(response=response(200, ("etag", '"1"')))))
        await ledger.end(PollProgress(error=error(Outcome.FEED_BROKEN)))
        assert (ledger.row()["etag"], ledger.row()["body_digest"]) == ('"1"', "digest")

    async def test_a_second_410_pauses_the_source_and_a_success_resumes_it(self, ledger: Ledger):
        await ledger.end(PollProgress(error=error(Outcome.GONE, http_status=410)))
        assert (ledger.row()["paused"], ledger.row()["next_poll_at"][:10]) == (0, "2026-03-02")
        await ledger.end(PollProgress(error=error(Outcome.GONE, http_status=410)))
        assert (ledger.row()["paused"], ledger.row()["next_poll_at"][:10]) == (1, "2026-03-09")
        await ledger.end(PollProgress(found()))
        assert ledger.row()["paused"] == 0

    async def test_a_retry_after_puts_off_the_next_poll(self, ledger: Ledger):
        await ledger.end(PollProgress(error=error(Outcome.RATE_LIMITED, http_status=429, retry_after_s=36_000)))
        row = ledger.row()
        assert row["next_poll_at"] >= "2026-03-02T22:00:01.500Z"
        assert row["failures"] == 0, "it is no failure of the source"

    async def test_a_refused_source_keeps_its_place_while_its_host_is_slowed_down(self, ledger: Ledger):
        await ledger.end(PollProgress(found()))
        due = ledger.row()["next_poll_at"]
        ledger.client.hosts.learn(host_key(URL), HostPace(next_at=END + timedelta(minutes=1), spacing_s=60.0))
        ledger.client.hosts.paces = PacesAt()
        later = {"at": START + timedelta(hours=30)}
        await ledger.end(PollProgress(error=error(Outcome.RATE_LIMITED)), **later)
        assert ledger.row()["next_poll_at"] == due, "it was not asked: its host is paused"
        await ledger.end(PollProgress(error=error(Outcome.RATE_LIMITED, http_status=429)), **later)
        assert ledger.row()["next_poll_at"] > due


class TestMove:
    NEW = "https://news.example/new"

    def moved(self, outcome: Outcome = Outcome.OK, status: int = 301) -> PollProgress:
        hops = (Redirect(status, URL, self.NEW),)
        return PollProgress(found(outcome, response=response(200, redirects=hops)))

    async def test_three_permanent_redirects_in_a_row_move_the_source(self, ledger: Ledger):
        for _ in range(2):
            await ledger.end(self.moved())
            assert ledger.row()["url"] == URL
        await ledger.end(self.moved(Outcome.UNCHANGED))
        assert ledger.row()["url"] == self.NEW
        former = ledger.row("source_urls")
        assert (former["url"], former["source_id"]) == (URL, ledger.source.id)

    async def test_a_temporary_redirect_in_between_begins_the_count_anew(self, ledger: Ledger):
        for status in (301, 301, 302, 301, 301):
            await ledger.end(self.moved(status=status))
        assert ledger.row()["url"] == URL
        await ledger.end(self.moved())
        assert ledger.row()["url"] == self.NEW

    async def test_a_failure_in_between_neither_counts_nor_resets(self, ledger: Ledger):
        await ledger.end(self.moved())
        await ledger.end(self.moved())
        failed = replace(self.moved(), error=error(Outcome.FEED_BROKEN))
        await ledger.end(failed)
        assert ledger.row()["url"] == URL
        await ledger.end(self.moved())
        assert ledger.row()["url"] == self.NEW


class TestPush:
    async def test_a_push_sets_neither_validators_nor_the_last_poll(self, ledger: Ledger):
        await ledger.end(PollProgress(found(response=response(200, ("etag", '"1"')))))
        before = ledger.row()
        pushed = found(new=2, complete=False, body_digest="of the push", response=response(200, ("etag", '"hub"')))
        poll = await ledger.end(PollProgress(pushed, pushed=True), at=END + timedelta(minutes=5))
        after = ledger.row()
        changed = {name for name in after if after[name] != before[name]}
        assert changed == {"last_new_at", "next_poll_at", "interval_s"}
        assert (poll.http_status, poll.hubs) == (None, None)
        assert after["next_poll_at"] > before["next_poll_at"]

    async def test_a_push_without_anything_new_puts_off_the_next_poll(self, ledger: Ledger):
        await ledger.end(PollProgress(found(complete=False), pushed=True))
        row = ledger.row()
        assert (row["last_new_at"], row["last_polled_at"]) == (None, None)
        assert row["next_poll_at"] > END_TEXT

    async def test_pushes_do_not_delay_the_next_poll_beyond_the_longest_interval(self, ledger: Ledger):
        await ledger.end(PollProgress(found()))
        ledger.pushes_arrive = True
        for hours in range(5, 24, 3):
            await ledger.end(PollProgress(found(complete=False), pushed=True), at=END + timedelta(hours=hours))
        assert ledger.row()["next_poll_at"] == utc_text(END + timedelta(days=1))

    async def test_a_push_that_breaks_off_brings_the_next_poll_forward(self, ledger: Ledger):
        broken = replace(FEED, truncated=True)
        poll = await ledger.end(PollProgress(found(feed=broken, complete=False), pushed=True))
        row = ledger.row()
        assert (poll.suspected_loss, row["truncated_polls"]) == (False, 0)
        assert row["next_poll_at"] < "2026-03-02T12:06"

    async def test_a_push_to_a_failing_source_leaves_its_next_poll(self, ledger: Ledger):
        await ledger.end(PollProgress(error=error(Outcome.NOT_FOUND)))
        before = ledger.row()
        await ledger.end(PollProgress(found(complete=False), pushed=True), at=END + timedelta(minutes=5))
        assert ledger.row() == before

    async def test_a_push_that_cannot_be_read_changes_nothing_of_the_source(self, ledger: Ledger):
        before = ledger.row()
        poll = await ledger.end(PollProgress(error=error(Outcome.NOT_A_FEED), pushed=True))
        assert ledger.row() == before
        assert ledger.row("polls")["outcome"] == str(poll.outcome) == "not-a-feed"

    async def test_while_pushes_arrive_polls_are_rarer(self, ledger: Ledger):
        quiet = found(feed=replace(FEED, ttl_s=None, skip_hours=(), skip_days=()))
        await ledger.end(PollProgress(quiet))
        alone = ledger.row()["interval_s"]
        ledger.pushes_arrive = True
        await ledger.end(PollProgress(quiet))
        assert ledger.row()["interval_s"] > 4 * alone


class TestLeaseAndLog:
    @pytest.mark.parametrize("progress", [PollProgress(found()), PollProgress(error=error(Outcome.TIMEOUT))])
    async def test_the_lease_ends_with_the_poll(self, ledger: Ledger, progress: PollProgress):
        ledger.database.write(leases.acquire_leases, [ledger.source.id], HOLDER, END, 120.0)
        assert ledger.count("leases") == 1
        await ledger.end(progress)
        assert ledger.count("leases") == 0

    async def test_the_lease_of_another_process_stays(self, ledger: Ledger):
        ledger.database.write(leases.acquire_leases, [ledger.source.id], "other:2:def", END, 120.0)
        await ledger.end(PollProgress(found()))
        assert ledger.count("leases") == 1

    async def test_a_success_and_its_problems_in_the_log(
        self, ledger: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(logging.getLogger("ingestd"), "propagate", True)
        caplog.set_level(logging.INFO)
        problem = Problem(Outcome.NO_ARTICLE, "a wall", "https://news.example/1")
        await ledger.end(PollProgress(found(new=1), problems=(problem,)))
        logged = [(record.levelname, record.getMessage(), record.__dict__["fields"]) for record in caplog.records]
        poll, about = logged
        assert poll[:2] == ("INFO", "poll")
        assert {"source": "晨报", "outcome": "ok", "new": 1, "entries": 3, "seconds": 1.5}.items() <= poll[2].items()
        assert about[:2] == ("WARNING", "problem")
        assert about[2] == {
            "source": "晨报",
            "outcome": "no-article",
            "url": "https://news.example/1",
            "error": "a wall",
        }

    async def test_a_failure_in_the_log_names_source_address_and_reason(
        self, ledger: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(logging.getLogger("ingestd"), "propagate", True)
        await ledger.end(PollProgress(error=error(Outcome.NOT_FOUND, http_status=404)))
        (record,) = caplog.records
        named = {"source": "晨报", "url": URL, "http_status": 404, "error": "reason of not-found"}
        assert record.levelname == "WARNING"
        assert named.items() <= record.__dict__["fields"].items()

    async def test_problems_are_stored(self, ledger: Ledger):
        problem = Problem(Outcome.NO_ARTICLE, "a wall", "https://news.example/1")
        await ledger.end(PollProgress(found(), problems=(problem,)))
        row = ledger.row("problems")
        assert (row["outcome"], row["url"], row["source_id"]) == ("no-article", problem.url, ledger.source.id)


@pytest.mark.parametrize(
    ("source", "limits"),
    [
        (Source("甲", "https://a.example/"), (1800.0, 300.0, 86_400.0)),
        (Source("甲", "https://a.example/", interval_s=60.0), (60.0, 60.0, 86_400.0)),
        (Source("甲", "https://a.example/", min_interval_s=900.0, max_interval_s=7200.0), (1800.0, 900.0, 7200.0)),
    ],
)
def test_a_source_is_polled_between_bounds_of_its_own(source: Source, limits: tuple[float, ...]):
    context: Any = SimpleNamespace(schedule=ScheduleConfig())
    found = schedule_limits(source, context)
    assert (found.interval_s, found.min_s, found.max_s) == limits
