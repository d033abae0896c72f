"""What a poll tells of its source: that it fails, is well again, or may have missed articles."""

from ingestd import policy
from ingestd.model.errors import SUCCESSFUL_OUTCOMES
from ingestd.model.event import EventKind, SourceEvent
from ingestd.model.poll import Poll
from ingestd.model.source import SourceState
from ingestd.poll.identify import FeedResult
from ingestd.poll.outcome_log import loss_reason


def condition_after(state: SourceState, poll: Poll, planned: policy.NextPoll, *, pushed: bool) -> str | None:
    """`sources.condition` after a poll. A push says nothing about the source's own address."""
    if pushed and (poll.outcome not in SUCCESSFUL_OUTCOMES or state.condition == policy.FAILING):
        return state.condition
    return policy.condition_after_poll(
        state.condition, poll.outcome, failures=planned.failures, paused=planned.paused, new_posts=poll.new
    )


def source_events(
    state: SourceState, poll: Poll, condition: str | None, result: FeedResult | None
) -> tuple[SourceEvent, ...]:
    """The events of a poll, given the condition after it."""
    found = [policy.condition_event(state.condition, condition, poll.error or str(poll.outcome), poll.outcome)]
    if poll.may_have_missed:
        found.append(SourceEvent(EventKind.POSSIBLE_LOSS, loss_reason(result), str(poll.outcome)))
    return tuple(event for event in found if event is not None)
