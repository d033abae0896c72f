"""What a poll tells of its source, from the state before it."""

from datetime import UTC, datetime

import pytest

from ingestd.model.errors import Outcome
from ingestd.model.poll import Poll
from ingestd.model.source import Source, SourceState
from ingestd.policy import NextPoll
from ingestd.poll.source_events import condition_after, source_events

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ended(outcome: Outcome = Outcome.OK, **values) -> Poll:
    return Poll(1, "甲", NOW, 1.0, outcome, **values)


def planned(failures: int) -> NextPoll:
    return NextPoll(NOW, 1800.0, failures, None, "", paused=False)


@pytest.mark.parametrize(
    ("condition", "pushed", "poll", "failures", "after"),
    [
        (None, False, ended(Outcome.TIMEOUT), 3, "failing"),
        ("failing", False, ended(), 0, None),
        # A push does not come from the source's own address.
        ("failing", True, ended(new=1), 0, "failing"),
        (None, True, ended(Outcome.FEED_BROKEN), 3, None),
        ("silent", True, ended(new=1), 0, None),
        ("silent", True, ended(), 0, "silent"),
    ],
)
def test_condition_after_polls_and_pushes(condition, pushed, poll, failures, after):
    state = SourceState(Source("甲", "https://a.example/f"), condition=condition)
    assert condition_after(state, poll, planned(failures), pushed=pushed) == after


def test_events_of_a_poll():
    state = SourceState(Source("甲", "https://a.example/f"), condition="failing")
    assert source_events(state, ended(), "failing", None) == ()
    recovered, loss = source_events(state, ended(suspected_loss=True), None, None)
    assert (recovered.kind, recovered.outcome) == ("source-recovered", "ok")
    assert (loss.kind, loss.reason.startswith("no entry of this feed was known")) == ("possible-loss", True)
    [failing] = source_events(
        SourceState(state.source), ended(Outcome.TIMEOUT, error="no answer within 20 s"), "failing", None
    )
    assert (failing.kind, failing.reason, failing.outcome) == ("source-failing", "no answer within 20 s", "timeout")
