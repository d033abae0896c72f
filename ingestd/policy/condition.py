"""When a source is failing, silent, or well again, and what users are told of it. Pure.

A condition is told of once, when it begins and when it ends: `sources.condition` has what was told last.
"""

from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome
from ingestd.model.event import EventKind, SourceEvent

FAILING, SILENT = "failing", "silent"

#: Failed polls in a row after which a source is failing: one or two of them pass by themselves every day.
MIN_FAILURES = 3


def condition_after_poll(
    before: str | None, outcome: Outcome, *, failures: int, paused: bool, new_posts: int
) -> str | None:
    """The condition of a source after a poll; `failures` are those in a row, with this one."""
    if outcome in SUCCESSFUL_OUTCOMES:
        return SILENT if before == SILENT and not new_posts else None
    return FAILING if paused or failures >= MIN_FAILURES else before


def condition_event(before: str | None, after: str | None, reason: str, outcome: Outcome | None) -> SourceEvent | None:
    """What is told where the condition of a source changes; `reason` says why it fails, or is silent."""
    if before == after:
        return None
    kind = {FAILING: EventKind.SOURCE_FAILING, SILENT: EventKind.SOURCE_SILENT}.get(
        after or "", EventKind.SOURCE_RECOVERED
    )
    words = f"it was {before}, and is well again" if kind is EventKind.SOURCE_RECOVERED else reason
    return SourceEvent(kind, words, str(outcome) if outcome else None)
