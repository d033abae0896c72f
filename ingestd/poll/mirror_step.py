"""The addresses of a source with mirrors, asked in turn: the first that gives a feed, or one that has newer entries.

addresses in turn ─fetch and read─▶ FeedResult ─does it stand still?─▶ FeedResult of another address
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from ingestd.config.logs import log_event
from ingestd.identity.urls import host_of, redact_text
from ingestd.model.errors import PollError
from ingestd.model.feed import Problem
from ingestd.model.source import SourceState
from ingestd.policy.mirrors import NOT_OF_AN_ADDRESS, addresses_in_turn, is_to_be_compared
from ingestd.poll.identify import FeedResult
from ingestd.text.times import utc_text

#: Reads the feed at one address of a source. Raises PollError.
ReadAt = Callable[[str], Awaitable[FeedResult]]


async def fetch_in_turn(state: SourceState, now: datetime, read_at: ReadAt) -> FeedResult:
    """The feed of a source with mirrors. Raises the PollError of the first address where all fail."""
    turns = _Turns(read_at)
    addresses = addresses_in_turn(state.source, state.answered_by)
    result = await turns.first(addresses)
    if result is None:
        raise turns.all_failed()
    if _has_news(result) or not is_to_be_compared(now, state.recent, state.mirrors_compared_at):
        return replace(result, mirror_problems=turns.problems())
    others = [address for address in addresses if address not in turns.asked]
    newer = await turns.first(others, wanted=_has_news)
    if newer is not None:
        result = replace(newer, stood_still=result.answered_by)
    return replace(result, mirror_problems=turns.problems(), mirrors_compared=True)


def _has_news(result: FeedResult) -> bool:
    return bool(result.fresh or result.posts or result.left_out)


class _Turns:
    """The addresses that were asked, and the failures among them."""

    def __init__(self, read_at: ReadAt) -> None:
        self._read_at = read_at
        self.asked: set[str] = set()
        self._failures: list[tuple[str, PollError]] = []

    async def first(
        self, addresses: list[str], wanted: Callable[[FeedResult], bool] = lambda _result: True
    ) -> FeedResult | None:
        """What the first address gives that answers with what is wanted."""
        for address in addresses:
            self.asked.add(address)
            try:
                result = await self._read_at(address)
            except PollError as error:
                if error.outcome in NOT_OF_AN_ADDRESS:
                    raise
                self._failures.append((address, error))
                continue
            if wanted(result):
                return replace(result, answered_by=address)
        return None

    def problems(self) -> tuple[Problem, ...]:
        """The failures, by address."""
        return tuple(Problem(error.outcome, error.reason, address) for address, error in self._failures)

    def all_failed(self) -> PollError:
        """The error of the first address, with those of the others in words."""
        (_, first), *others = self._failures
        told = "".join(f"; {host_of(address)}: {error.outcome}" for address, error in others)
        waits_s = [error.retry_after_s for _, error in self._failures if error.retry_after_s is not None]
        return type(first)(
            first.outcome,
            f"{first.reason}{told}",
            url=first.url,
            http_status=first.http_status,
            retry_after_s=min(waits_s) if len(waits_s) == len(self._failures) else None,
        )


def mirror_columns(state: SourceState, result: FeedResult, now: datetime) -> dict[str, object]:
    """The columns of `sources` that say which address answered, and why it was no longer the one before."""
    mirror = result.answered_by if result.answered_by != state.source.url else None
    values: dict[str, object] = {"mirrors_compared_at": utc_text(now)} if result.mirrors_compared else {}
    if mirror == state.answered_by:
        return values
    left = state.answered_by or state.source.url
    failed = next((problem for problem in result.mirror_problems if problem.url == left), None)
    reason = "its feed stands still" if result.stood_still else None
    if failed is not None:
        reason = redact_text(f"{failed.outcome}: {failed.reason}")
    log_event("mirror", source=state.source.name, url=mirror or state.source.url, error=reason)
    return values | {"answered_by": mirror, "mirror_reason": reason if mirror else None}
