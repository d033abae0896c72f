"""How one poll ended, what it writes, and the entries whose pages are still to be fetched."""

from dataclasses import dataclass
from datetime import datetime

from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.model.post import NewPost, PostUpdate
from ingestd.model.source import SourceUpdate


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """An entry in the inbox: its article page is still to be fetched. `id` is its row, 0 before it has one.

    `keys` are the (kind, key) pairs that were found to be its own: what else it claims names another article too.
    """

    entry: Entry
    from_url: str
    key: str
    received_at: datetime
    id: int = 0
    keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Poll:
    """How one poll ended: what the log, the table `polls` and `fetch --json` say of it.

    `hubs` are those that the answer or its feed names, None where neither said; `topic` is what they know the feed by.
    """

    source_id: int
    name: str
    started_at: datetime
    seconds: float
    outcome: Outcome
    http_status: int | None = None
    entries: int = 0
    new: int = 0
    updated: int = 0
    duplicate: int = 0
    failed: int = 0
    known: int = 0
    suspected_loss: bool = False
    error: str | None = None
    hubs: tuple[str, ...] | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class WriteBatch:
    """Everything that one step of a poll writes, in one transaction.

    `source_id` is 0 where no source does it, as in an import. `sightings` are posts that the source listed again;
    `keys` further (kind, key, post_id) by which posts are known; `items` are (digest, post_id or None) of entries in
    the present feed, and `items_kept` digests still in it. `unread` are posts whose entry has changed while its new
    text is still to be read.
    """

    source_id: int
    at: datetime
    posts: tuple[NewPost, ...] = ()
    updates: tuple[PostUpdate, ...] = ()
    sightings: tuple[int, ...] = ()
    keys: tuple[tuple[str, str, int], ...] = ()
    waiting: tuple[InboxEntry, ...] = ()
    items: tuple[tuple[str, int | None], ...] = ()
    items_kept: tuple[str, ...] = ()
    items_replace: bool = False
    unread: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    source: SourceUpdate | None = None
    poll: Poll | None = None
    lease: str | None = None
