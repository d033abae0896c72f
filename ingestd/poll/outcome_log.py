"""How a poll ended, in the log: one line for the poll, one for each problem, one where entries may have been missed."""

import logging
from collections.abc import Sequence

from ingestd.config.logs import log_event
from ingestd.model.errors import SUCCESSFUL_OUTCOMES
from ingestd.model.feed import Problem
from ingestd.model.poll import Poll
from ingestd.poll.identify import FeedResult


def log_outcome(
    poll: Poll, url: str, result: FeedResult | None, problems: Sequence[Problem] = (), *, pushed: bool = False
) -> None:
    """Log a poll of the source at `url`, and its problems: those of the feed, then those of pages."""
    good = poll.outcome in SUCCESSFUL_OUTCOMES
    log_event(
        "poll",
        level=logging.INFO if good else logging.WARNING,
        source=poll.name,
        outcome=str(poll.outcome),
        pushed=pushed or None,
        url=None if good else url,
        http_status=poll.http_status,
        entries=poll.entries,
        new=poll.new,
        updated=poll.updated,
        duplicate=poll.duplicate,
        filtered=poll.filtered or None,
        failed=poll.failed,
        seconds=poll.seconds,
        error=poll.error,
    )
    for problem in (*(result.problems if result else ()), *problems):
        log_event(
            "problem",
            level=logging.WARNING,
            source=poll.name,
            outcome=str(problem.outcome),
            url=problem.url,
            error=problem.reason,
        )
    if poll.may_have_missed:
        log_event(
            "suspected-loss",
            level=logging.WARNING,
            source=poll.name,
            entries=poll.entries,
            error=loss_reason(result),
        )


def loss_reason(result: FeedResult | None) -> str:
    """Why a poll may have missed articles, in words."""
    if result is not None and result.feed is not None and result.feed.truncated:
        return "the feed breaks off before its end: articles may be missing"
    return "no entry of this feed was known: articles may have come and gone between two polls"
