"""How a poll ends: when the source is polled next, what the database, the log and `fetch --json` say of it.

Every exit of a poll comes through `record_outcome`, which writes exactly one outcome.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ingestd import policy
from ingestd.config.logs import log_event
from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome, PollError
from ingestd.model.feed import Problem
from ingestd.model.http import Redirect
from ingestd.model.poll import Poll, WriteBatch
from ingestd.model.source import SourceState, SourceUpdate
from ingestd.poll.context import PollContext
from ingestd.poll.feed_step import FeedResult
from ingestd.store import sources, writes
from ingestd.store.codec import optional_utc_text
from ingestd.store.posts import recent_dates
from ingestd.store.sources import redirects_text
from ingestd.text.times import utc_text


@dataclass(frozen=True, slots=True)
class PollProgress:
    """What a poll has done so far. `pushed`: a hub brought the feed, and the source itself was not asked."""

    intake: FeedResult | None = None
    new: int = 0
    updated: int = 0
    duplicate: int = 0
    problems: tuple[Problem, ...] = ()
    error: PollError | None = None
    pushed: bool = False

    def plus(
        self, *, new: int = 0, updated: int = 0, duplicate: int = 0, problems: tuple[Problem, ...] = ()
    ) -> "PollProgress":
        """The tally after some more was done."""
        return replace(
            self,
            new=self.new + new,
            updated=self.updated + updated,
            duplicate=self.duplicate + duplicate,
            problems=self.problems + problems,
        )


async def record_outcome(state: SourceState, started: datetime, progress: PollProgress, context: PollContext) -> Poll:
    """Write how a poll ended, plan the next one, end the lease; the poll comes back."""
    now = context.clock()
    poll = _poll(state, started, now, progress)
    recent = await context.database.reading(recent_dates, state.source.id) if poll.new else state.recent
    update = _source_update(state, progress, poll, now, recent, context)
    changes = WriteBatch(
        state.source.id, now, source=update, poll=poll, lease=context.holder, problems=progress.problems
    )
    await context.database.writing(writes.write, changes)
    moved = (
        policy.moved(state.source.url, (*state.redirects, _hops(progress)))
        if poll.outcome in SUCCESSFUL_OUTCOMES
        else None
    )
    if moved is not None:
        await context.database.writing(sources.move, state.source.id, moved, now)
        log_event("moved", source=state.source.name, url=state.source.url, to=moved)
    _log(poll, state, progress)
    return poll


def _poll(state: SourceState, started: datetime, now: datetime, progress: PollProgress) -> Poll:
    intake, error = progress.intake, progress.error
    poll = Poll(
        source_id=state.source.id,
        name=state.source.name,
        started_at=started,
        seconds=max((now - started).total_seconds(), 0.0),  # a clock can be set back meanwhile
        outcome=error.outcome if error else intake.outcome if intake else Outcome.INTERNAL_ERROR,
        http_status=error.http_status if error else intake.response.status if intake and intake.response else None,
        error=error.reason if error else None,
        new=progress.new,
        updated=progress.updated,
        duplicate=progress.duplicate,
    )
    if intake is None:
        return poll
    if progress.pushed:
        poll = replace(poll, http_status=None)
    elif (heard := intake.response) is not None:
        feed = intake.feed
        named = (feed.hub_urls, feed.self_url) if feed else (None, None)
        hubs, topic = policy.named_hubs(heard.headers, heard.final_url, *named)
        poll = replace(poll, hubs=hubs, topic=topic)
    failed = sum(problem.outcome is not Outcome.TOO_LARGE for problem in intake.problems) + sum(
        problem.outcome is Outcome.ENTRY_BROKEN for problem in progress.problems
    )
    return replace(
        poll,
        entries=intake.entries,
        known=intake.known,
        new=progress.new + intake.new,
        duplicate=progress.duplicate + intake.duplicate,
        failed=failed,
        suspected_loss=_may_have_lost(state, intake),
        error=poll.error or (intake.problems[0].reason if intake.problems else None),
    )


def _may_have_lost(state: SourceState, intake: FeedResult) -> bool:
    """Entries, none of them known, from a source that had some before: those between may have been missed."""
    if intake.outcome is not Outcome.OK or not intake.whole:
        return False
    return intake.entries > 0 and intake.known == 0 and state.last_new_at is not None


def _hops(progress: PollProgress) -> tuple[Redirect, ...]:
    """The redirects of this poll."""
    return progress.intake.response.redirects if progress.intake and progress.intake.response else ()


def _source_update(
    state: SourceState,
    progress: PollProgress,
    poll: Poll,
    now: datetime,
    recent: Sequence[datetime],
    context: PollContext,
) -> SourceUpdate | None:
    planned = _plan(state, progress, poll, now, recent, context)
    if progress.pushed:
        return _after_push(state, planned, poll, now)
    values: dict[str, object] = {
        "last_polled_at": utc_text(now),
        "last_outcome": str(poll.outcome),
        "last_error": poll.error if poll.outcome not in SUCCESSFUL_OUTCOMES else None,
        "next_poll_at": utc_text(planned.at),
        "interval_s": planned.interval_s,
        "failures": planned.failures,
        "failing_since": optional_utc_text(planned.failing_since),
        "paused": int(planned.paused),
    }
    if poll.outcome in SUCCESSFUL_OUTCOMES:
        values |= {"last_ok_at": utc_text(now), "redirects": redirects_text((*state.redirects, _hops(progress)))}
        values |= _heard(state, progress)
    if poll.new:
        values["last_new_at"] = utc_text(now)
    if poll.suspected_loss:
        values["suspected_loss_at"] = utc_text(now)
    return SourceUpdate(state.source.id, tuple(values.items()))


def _after_push(state: SourceState, planned: policy.NextPoll, poll: Poll, now: datetime) -> SourceUpdate | None:
    """A push tells nothing of how the source's own address does: it brings posts, and puts off the next poll."""
    if poll.outcome not in SUCCESSFUL_OUTCOMES:
        return None
    values: dict[str, object] = {"last_new_at": utc_text(now)} if poll.new else {}
    if not state.failures and not state.paused:
        values |= {"next_poll_at": utc_text(planned.at), "interval_s": planned.interval_s}
    return SourceUpdate(state.source.id, tuple(values.items())) if values else None


def _heard(state: SourceState, progress: PollProgress) -> dict[str, object]:
    """What a good answer tells about the source: validators, fingerprint, the feed's own wishes."""
    intake = progress.intake
    if intake is None or intake.response is None:
        return {}
    values: dict[str, object] = {"conditional_polls": state.conditional_polls + 1, "body_digest": intake.body_digest}
    if intake.outcome is Outcome.NOT_MODIFIED:
        return values
    etag, last_modified = policy.validators_to_store(intake.response.headers)
    values |= {"etag": etag, "last_modified": last_modified, "conditional_polls": 1 if etag or last_modified else 0}
    if policy.should_skip_validators(state.conditional_polls):
        values["conditional_polls"] = 1
    if (feed := intake.feed) is not None:
        values |= {
            "title": feed.title or None,
            "language": feed.language,
            "feed_ttl_s": feed.ttl_s,
            "skip_hours": json.dumps(feed.skip_hours),
            "skip_days": json.dumps(feed.skip_days),
        }
    return values


def _plan(
    state: SourceState,
    progress: PollProgress,
    poll: Poll,
    now: datetime,
    recent: Sequence[datetime],
    context: PollContext,
) -> policy.NextPoll:
    response = progress.intake.response if progress.intake else None
    feed = progress.intake.feed if progress.intake else None
    return policy.next_poll(
        now=now,
        outcome=poll.outcome,
        config=policy.ScheduleLimits(
            interval_s=state.source.interval_s,
            min_s=min(context.schedule.min_interval, state.source.interval_s),
            max_s=max(context.schedule.max_interval, state.source.interval_s),
        ),
        recent_post_times=recent,
        failures=state.failures,
        failing_since=state.failing_since,
        cache_max_age_s=policy.freshness_s(response.headers, now) if response else None,
        feed_ttl_s=feed.ttl_s if feed else state.feed_ttl_s,
        skip_hours=feed.skip_hours if feed else state.skip_hours,
        skip_days=feed.skip_days if feed else state.skip_days,
        retry_after_s=progress.error.retry_after_s if progress.error else None,
        possible_loss=poll.suspected_loss,
        websub_active=progress.pushed or context.pushes_arrive(state.source.id, now),
        rng=context.random.random,
    )


def _log(poll: Poll, state: SourceState, progress: PollProgress) -> None:
    good = poll.outcome in SUCCESSFUL_OUTCOMES
    log_event(
        "poll",
        level=logging.INFO if good else logging.WARNING,
        source=poll.name,
        outcome=str(poll.outcome),
        pushed=progress.pushed or None,
        url=None if good else state.source.url,
        http_status=poll.http_status,
        entries=poll.entries,
        new=poll.new,
        updated=poll.updated,
        duplicate=poll.duplicate,
        failed=poll.failed,
        seconds=poll.seconds,
        error=poll.error,
    )
    for problem in (*(progress.intake.problems if progress.intake else ()), *progress.problems):
        log_event(
            "problem",
            level=logging.WARNING,
            source=poll.name,
            outcome=str(problem.outcome),
            url=problem.url,
            error=problem.reason,
        )
    if poll.suspected_loss:
        log_event(
            "suspected-loss",
            level=logging.WARNING,
            source=poll.name,
            entries=poll.entries,
            error="no entry of this feed was known: articles may have come and gone between two polls",
        )
