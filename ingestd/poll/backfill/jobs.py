"""The worker jobs that read the feed and the pages of its history, and what they return."""

from dataclasses import dataclass
from datetime import datetime

from ingestd.model.errors import Outcome
from ingestd.model.history import FeedPaging
from ingestd.poll.jobs import ParsedFeed
from ingestd.poll.workers import Job
from ingestd.store.backfills import ReadPage


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page of a history, identified as if none of its keys were known.

    `left_out` counts the entries that are older than was asked for: they are not in `parsed`. `oldest` is the date of
    the oldest entry without them, `newest` that of the newest of all; None where none has one. `digest` is a hash of
    what its entries are known by.
    """

    parsed: ParsedFeed
    digest: str
    next_urls: tuple[str, ...] = ()
    total: int | None = None
    pages: int | None = None
    oldest: datetime | None = None
    newest: datetime | None = None
    left_out: int = 0

    @property
    def entries(self) -> int:
        """How many entries the page lists."""
        return self.parsed.feed.total

    @property
    def is_whole(self) -> bool:
        """Whether the page was read to its end, and within the bounds of what is read."""
        feed = self.parsed.feed
        return not feed.truncated and all(problem.outcome is not Outcome.TOO_LARGE for problem in feed.problems)


READ_CLUES: Job[tuple[FeedPaging, ReadPage]] = Job("ingestd.poll.backfill.read_page", "read_clues")
READ_HISTORY_PAGE: Job[ParsedPage] = Job("ingestd.poll.backfill.read_page", "read_history_page")
