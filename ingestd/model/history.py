"""The history of a source: what a page of it says, and how far it was read."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingestd.model.feed import Feed


class BackfillState(StrEnum):
    """How a backfill stands."""

    OPEN = "open"  # to be continued where it is
    COMPLETE = "complete"  # the history was read to its end
    ENDED = "ended"  # it cannot go on, and what was found is kept


@dataclass(frozen=True, slots=True)
class FeedPaging:
    """What a feed document says of the other documents of its feed.

    `links` are (relation, absolute URL) in document order: `next`, `prev-archive`, `current` (RFC 5005) and others.
    `complete`: it has all entries of its feed (`fh:complete`). `generator` is the program that made it, as it is
    stated. `total` and `start_index` are those of OpenSearch; None where they are not stated.
    """

    links: tuple[tuple[str, str], ...] = ()
    complete: bool = False
    generator: str = ""
    total: int | None = None
    start_index: int | None = None

    def link(self, relation: str) -> str | None:
        """The first link of a relation."""
        return next((url for found, url in self.links if found == relation), None)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One page of a history: its entries, and where the others are.

    `next_urls` are the addresses of further pages, absolute, in the order in which they are to be read; none at the
    end. `total` is how many articles the site says that it has, `pages` how many pages; None where it does not say.
    `left_out` counts articles that are not in `feed` because they are older than was asked for.
    """

    feed: Feed
    next_urls: tuple[str, ...] = ()
    total: int | None = None
    pages: int | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Backfill:
    """How far the history of a source was read by one means; docs/database.md has the meaning of each column."""

    source_id: int
    means: str
    state: BackfillState
    next_urls: tuple[str, ...]
    started_at: datetime
    partial_urls: tuple[str, ...] = ()
    pages: int = 0
    found: int = 0
    new: int = 0
    total: int | None = None
    reached_at: datetime | None = None
    reason: str | None = None


class GapState(StrEnum):
    """Whether a gap was closed, as in `polls.gap`."""

    CLOSED = "closed"  # what was read reaches back to an article that was known before
    OPEN = "open"  # it does not


@dataclass(frozen=True, slots=True)
class Gap:
    """How the search for lost articles ended; `state` is None where there was no means.

    `found` counts the articles that it found, `stored` those of them whose posts are stored without their pages.
    """

    state: GapState | None = None
    found: int = 0
    stored: int = 0
