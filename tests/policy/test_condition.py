"""When a source is failing, silent or well again."""

import pytest

from ingestd.model.errors import Outcome
from ingestd.policy.condition import MIN_FAILURES, condition_after_poll, condition_event


@pytest.mark.parametrize(
    ("before", "outcome", "failures", "paused", "new_posts", "after"),
    [
        (None, Outcome.OK, 0, False, 0, None),
        (None, Outcome.TIMEOUT, MIN_FAILURES - 1, False, 0, None),
        (None, Outcome.TIMEOUT, MIN_FAILURES, False, 0, "failing"),
        (None, Outcome.GONE, 1, True, 0, "failing"),
        (None, Outcome.OFFLINE, 0, False, 0, None),
        ("failing", Outcome.OFFLINE, 0, False, 0, "failing"),
        ("failing", Outcome.TIMEOUT, 9, False, 0, "failing"),
        ("failing", Outcome.NOT_MODIFIED, 0, False, 0, None),
        ("silent", Outcome.NOT_MODIFIED, 0, False, 0, "silent"),
        ("silent", Outcome.OK, 0, False, 2, None),
        ("silent", Outcome.TIMEOUT, 1, False, 0, "silent"),
        ("silent", Outcome.TIMEOUT, MIN_FAILURES, False, 0, "failing"),
    ],
)
def test_condition_after_a_poll(before, outcome, failures, paused, new_posts, after):
    found = condition_after_poll(before, outcome, failures=failures, paused=paused, new_posts=new_posts)
    assert found == after


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, None, None),
        ("failing", "failing", None),
        (None, "failing", "source-failing"),
        ("silent", "failing", "source-failing"),
        (None, "silent", "source-silent"),
        ("failing", None, "source-recovered"),
        ("silent", None, "source-recovered"),
    ],
)
def test_a_condition_is_told_of_when_it_changes(before, after, kind):
    event = condition_event(before, after, "the reason", Outcome.TIMEOUT)
    assert (event and str(event.kind)) == kind
    if event is not None:
        assert event.outcome == "timeout"
        assert event.reason == (f"it was {before}, and is well again" if after is None else "the reason")
