"""The last resort of a poll whose outcome cannot be recorded: one outcome all the same, and a long wait.

A fault in the code that plans the next poll would otherwise leave the source due, and have it asked every second.
Nothing that the usual way needs is used here: neither the source's state, nor the schedule, nor the batch of writes.
"""

import logging
from datetime import datetime, timedelta

from ingestd.identity.urls import redact_text
from ingestd.model.errors import Outcome, StoreError
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.poll.context import PollContext
from ingestd.poll.outcome import schedule_limits
from ingestd.poll.outcome_log import log_outcome
from ingestd.poll.progress import PollProgress
from ingestd.store.polls import record_unplanned_poll
from ingestd.text.times import utc_now


async def record_fault(
    source: Source, started: datetime | None, progress: PollProgress, error: Exception, context: PollContext
) -> Poll:
    """Record that the end of a poll failed by `error`, plan the next poll, and release the lease.

    After a fault of ours at the longest interval, because it would probably happen again; after a StoreError, which may
    have passed, at the configured one. A push plans nothing. Raises StoreError where not even that can be written.
    """
    now = _now(context)
    limits = schedule_limits(source, context)
    if isinstance(error, StoreError):
        outcome, delay_s, reason = Outcome.STORE_FAILED, limits.interval_s, str(error)
    else:
        logging.getLogger("ingestd").error("internal-error", exc_info=error, extra={"fields": {"source": source.name}})
        outcome, delay_s, reason = Outcome.INTERNAL_ERROR, limits.max_s, f"{type(error).__name__}: {error}"
    plan = "" if progress.pushed else f"; the source is polled again in {_words(delay_s)}"
    found = progress.feed_result
    poll = Poll(
        source.id,
        source.name,
        started or now,
        max((now - (started or now)).total_seconds(), 0.0),
        outcome,
        new=progress.new + (found.new if found else 0),
        updated=progress.updated,
        error=redact_text(f"the end of the poll could not be recorded: {reason}{plan}"),
    )
    next_poll_at = None if progress.pushed else now + timedelta(seconds=delay_s)
    write = record_unplanned_poll
    await context.writing_under_lease(source.id, write, poll, now, next_poll_at, context.lease_holder)
    log_outcome(poll, source.url, None, pushed=progress.pushed)
    return poll


def _now(context: PollContext) -> datetime:
    """The time by the clock of the context; that of the machine where the former is the fault."""
    try:
        return context.clock()
    except Exception:  # noqa: BLE001 - whatever it is, the poll needs an outcome
        return utc_now()


def _words(seconds: float) -> str:
    """A duration in hours, or in minutes where it is shorter."""
    return f"{seconds / 3600:.3g} h" if seconds >= 3600 else f"{max(seconds / 60, 1):.0f} min"
