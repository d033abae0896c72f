"""What a poll has done up to now, and whether its feed may have lost articles."""

from dataclasses import dataclass, field, replace

from ingestd.model.errors import Outcome, PollError
from ingestd.model.feed import Feed, Problem
from ingestd.model.history import Gap
from ingestd.model.http import Redirect, Response
from ingestd.model.poll import WriteBatch
from ingestd.model.source import SourceState
from ingestd.poll.identify import FeedResult
from ingestd.store.writes import WriteResult


@dataclass(frozen=True, slots=True)
class PollProgress:
    """What a poll has done up to now.

    `pushed`: a hub brought the feed, and the source itself was not asked. `gap` is what became of a suspected loss.
    `unwritten` is the last batch of the poll, where it is known to be that: it is written with the end of the poll.
    """

    feed_result: FeedResult | None = None
    new: int = 0
    updated: int = 0
    duplicate: int = 0
    problems: tuple[Problem, ...] = ()
    error: PollError | None = None
    pushed: bool = False
    gap: Gap = field(default_factory=Gap)
    unwritten: "LastBatch | None" = None

    def after_last(self, written: WriteResult) -> "PollProgress":
        """The progress after the last batch was written, if there is one."""
        if self.unwritten is None:
            return self
        return replace(self.plus(new=len(written.stored), duplicate=written.already_known), unwritten=None)

    def plus(
        self, *, new: int = 0, updated: int = 0, duplicate: int = 0, problems: tuple[Problem, ...] = ()
    ) -> "PollProgress":
        """The progress with these counts and problems added."""
        return replace(
            self,
            new=self.new + new,
            updated=self.updated + updated,
            duplicate=self.duplicate + duplicate,
            problems=self.problems + problems,
        )

    @property
    def response(self) -> Response | None:
        """The response with the feed, without its body."""
        return self.feed_result.response if self.feed_result else None

    @property
    def feed(self) -> Feed | None:
        """The feed, where one was parsed."""
        return self.feed_result.feed if self.feed_result else None

    @property
    def redirects(self) -> tuple[Redirect, ...]:
        """The redirects of this poll."""
        return self.response.redirects if self.response else ()


@dataclass(frozen=True, slots=True)
class LastBatch:
    """What a poll writes last, and its progress if that cannot be written."""

    batch: WriteBatch
    if_lost: PollProgress


def suspects_loss(state: SourceState, result: FeedResult) -> bool:
    """Whether entries may have been missed: the feed breaks off, or no entry of it is known.

    The first of the truncated bodies in a row is recorded; that the feed still breaks off is in `problems`. Where none
    is known of a source that had entries, some may have come and gone between two polls.
    """
    if result.feed is not None and result.feed.truncated and not state.truncated_polls:
        return True
    if result.outcome is not Outcome.OK or not result.complete:
        return False
    return result.entries > 0 and result.known == 0 and state.last_new_at is not None
