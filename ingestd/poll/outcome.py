"""How a poll ends: its one outcome, in the database and in the log, and when the source is polled next.

Every exit of a poll goes through `record_outcome` or `record_with_batch`, which write exactly one outcome.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingestd import policy
from ingestd.config.logs import log_event
from ingestd.identity.urls import host_key, redact_text
from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome
from ingestd.model.poll import Poll, WriteBatch
from ingestd.model.source import Source, SourceState
from ingestd.poll.context import PollContext
from ingestd.poll.identify import FeedResult
from ingestd.poll.outcome_log import log_outcome
from ingestd.poll.progress import PollProgress, suspects_loss
from ingestd.poll.source_columns import source_update, truncated_polls_after
from ingestd.poll.source_events import condition_after, source_events
from ingestd.store import poll_ends, sources
from ingestd.store.writes import WriteResult

#: Problems of a feed as a whole, which are no failures of entries.
_OF_THE_WHOLE_FEED = frozenset(
    {Outcome.TOO_LARGE, Outcome.FEED_TRUNCATED, Outcome.FILTER_TOO_COSTLY, Outcome.OTHER_HOST}
)


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a poll at `now`, but for what the transaction that records it finds in the database.

    `hub_pushes`: a hub pushes what is new. `host_spacing_s` is how long its host has to be left alone, `host_slowed_s`
    the same where it refuses requests.
    """

    state: SourceState
    started: datetime
    progress: PollProgress
    now: datetime
    limits: policy.ScheduleLimits
    random: Callable[[], float]
    holder: str
    hub_pushes: bool
    host_spacing_s: float
    host_slowed_s: float

    def plan(self, written: WriteResult, recent_times: Callable[[], Sequence[datetime]]) -> WriteBatch:
        """What is written at the end of a poll whose last batch has just been `written`, the next poll planned. Pure.

        `recent_times` are those when the source lately published, asked where the poll has added some.
        """
        state, progress = self.state, self.progress.after_last(written)
        poll = _poll(state, self.started, self.now, progress)
        recent = recent_times() if poll.new or poll.filtered else state.recent
        planned = policy.next_poll(self._summary(progress, poll, recent), self.limits, self.random)
        if progress.pushed and state.last_polled_at is not None:
            # What a hub did not push is found by polls alone: pushes do not delay the next one without end.
            planned = replace(planned, at=min(planned.at, state.last_polled_at + timedelta(seconds=self.limits.max_s)))
        condition = condition_after(state, poll, planned, pushed=progress.pushed)
        return WriteBatch(
            state.source.id,
            self.now,
            source=source_update(state, progress, poll, self.now, planned, condition),
            poll=poll,
            lease=self.holder,
            problems=progress.problems,
            events=source_events(state, poll, condition, progress.feed_result),
        )

    def _summary(self, progress: PollProgress, poll: Poll, recent: Sequence[datetime]) -> policy.PollSummary:
        state, feed, response, now = self.state, progress.feed, progress.response, self.now
        after_answer = progress.error is not None and progress.error.after_answer
        return policy.PollSummary(
            now=now,
            outcome=poll.outcome,
            recent_post_times=recent,
            failures=state.failures,
            failing_since=state.failing_since,
            cache_max_age_s=policy.freshness_s(response.headers, now) if response else None,
            feed_ttl_s=feed.ttl_s if feed else state.feed_ttl_s,
            skip_hours=feed.skip_hours if feed else state.skip_hours,
            skip_days=feed.skip_days if feed else state.skip_days,
            retry_after_s=progress.error.retry_after_s if progress.error else None,
            started_at=poll.started_at,
            due_at=state.due_at,
            was_asked=poll.http_status is not None or after_answer,
            after_answer=after_answer,
            host_wait_s=self.host_slowed_s if poll.outcome is Outcome.RATE_LIMITED else 0.0,
            host_spacing_s=self.host_spacing_s,
            refused_before=poll.http_status is not None and state.last_outcome == Outcome.RATE_LIMITED,
            possible_loss=poll.suspected_loss,
            truncated_polls=truncated_polls_after(state, feed) if feed else 0,
            websub_active=progress.pushed or self.hub_pushes,
        )


def _end(state: SourceState, started: datetime, progress: PollProgress, context: PollContext) -> _End:
    source, hosts, now = state.source, context.client.hosts, context.clock()
    host = host_key(source.url)
    return _End(
        state,
        started,
        progress,
        now,
        schedule_limits(source, context),
        context.random.random,
        context.lease_holder,
        hub_pushes=context.pushes_arrive(source.id, now),
        host_spacing_s=hosts.wait_s(host),
        host_slowed_s=hosts.slowed_wait_s(host),
    )


async def record_outcome(state: SourceState, started: datetime, progress: PollProgress, context: PollContext) -> Poll:
    """Write how a poll ended, plan the next one, and release the lease, in one transaction.

    Raises what went wrong before the transaction has ended, nothing after it: a poll has one outcome. LeaseLostError:
    it has none, because another process may poll the source.
    """
    end = _end(state, started, progress, context)
    recorded = await context.writing_under_lease(state.source.id, poll_ends.record_end, state.source, end.plan)
    return await _told(recorded, end, progress, context)


async def record_with_batch(
    batch: WriteBatch, state: SourceState, started: datetime, progress: PollProgress, context: PollContext
) -> tuple[PollProgress, Poll | None]:
    """Write the last batch of a poll and how the poll ended, in one transaction: the progress after it, and the poll.

    None where the end could not be recorded: the batch is stored without it. Raises where the batch cannot be, as
    `record_outcome` does.
    """
    end = _end(state, started, progress, context)
    written, recorded = await context.writing_under_lease(
        state.source.id, poll_ends.write_and_record_end, batch, state.source, end.plan
    )
    progress = progress.after_last(written)
    return progress, None if recorded is None else await _told(recorded, end, progress, context)


async def _told(recorded: WriteBatch, end: _End, progress: PollProgress, context: PollContext) -> Poll:
    """The poll whose end is recorded, told in the log; its source gets its new address where it has one."""
    state, poll = end.state, recorded.poll
    assert poll is not None
    try:
        log_outcome(poll, state.source.url, progress.feed_result, progress.problems, pushed=progress.pushed)
        await _record_move(state, progress, poll, end.now, context)
    except Exception:
        # The redirects are stored with the outcome, so that the next poll moves the source.
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": poll.name}})
    return poll


async def _record_move(
    state: SourceState, progress: PollProgress, poll: Poll, now: datetime, context: PollContext
) -> None:
    """Give the source its new URL where permanent redirects are confirmed."""
    if poll.outcome not in SUCCESSFUL_OUTCOMES:
        return
    moved = policy.moved(state.source.url, (*state.redirects, progress.redirects))
    if moved is not None:
        await context.database.writing(sources.move, state.source.id, moved, now)
        log_event("moved", source=state.source.name, url=state.source.url, to=moved)


def _poll(state: SourceState, started: datetime, now: datetime, progress: PollProgress) -> Poll:
    result, error, response = progress.feed_result, progress.error, progress.response
    poll = Poll(
        source_id=state.source.id,
        name=state.source.name,
        started_at=started,
        seconds=max((now - started).total_seconds(), 0.0),  # the clock may have been set back meanwhile
        outcome=error.outcome if error else result.outcome if result else Outcome.INTERNAL_ERROR,
        http_status=error.http_status if error else (response.status or None) if response else None,
        error=redact_text(error.reason) if error else None,
        new=progress.new,
        updated=progress.updated,
        duplicate=progress.duplicate,
    )
    if result is None:
        return poll
    if progress.pushed:
        poll = replace(poll, http_status=None)
    elif response is not None:
        hub_links = (progress.feed.hub_urls, progress.feed.self_url) if progress.feed else (None, None)
        hubs, topic = policy.named_hubs(response.headers, response.final_url, *hub_links)
        poll = replace(poll, hubs=hubs, topic=topic)
    return replace(
        poll,
        entries=result.entries,
        known=result.known,
        new=progress.new + result.new,
        duplicate=progress.duplicate + result.duplicate,
        filtered=result.left_out,
        failed=_failed_entries(result, progress),
        suspected_loss=not progress.pushed and suspects_loss(state, result),
        gap=progress.gap.state,
        gap_new=progress.gap.found,
        error=poll.error or (redact_text(result.problems[0].reason) if result.problems else None),
    )


def _failed_entries(result: FeedResult, progress: PollProgress) -> int:
    of_feed = sum(problem.outcome not in _OF_THE_WHOLE_FEED for problem in result.problems)
    return of_feed + sum(problem.outcome is Outcome.ENTRY_BROKEN for problem in progress.problems)


def schedule_limits(source: Source, context: PollContext) -> policy.ScheduleLimits:
    """The bounds between which a source is polled."""
    interval_s = source.interval_s
    return policy.ScheduleLimits(
        interval_s=interval_s,
        min_s=min(source.min_interval_s or context.schedule.min_interval, interval_s),
        max_s=max(source.max_interval_s or context.schedule.max_interval, interval_s),
    )
