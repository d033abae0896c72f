"""Inbox entries, the outcome of a poll, and what a step of it writes."""

from dataclasses import dataclass
from datetime import datetime

from ingestd.model.errors import Outcome
from ingestd.model.event import SourceEvent
from ingestd.model.feed import Entry, Problem
from ingestd.model.history import GapState
from ingestd.model.pickling import pickled_by_fields
from ingestd.model.post import NewPost, PostUpdate
from ingestd.model.source import SourceUpdate


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A fresh entry whose article page is still to be fetched. `id` is its row, 0 before it is stored.

    `keys` are the (kind, key) identity keys that are this entry's alone; `key` is the first of them.
    """

    entry: Entry
    from_url: str
    key: str
    received_at: datetime
    id: int = 0
    keys: tuple[tuple[str, str], ...] = ()


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class FilteredEntry:
    """An entry that a rule of its source leaves out: its identity keys, address, title and time, and the rule."""

    keys: tuple[str, ...]
    from_url: str
    title: str
    published: datetime | None
    rule: str


@dataclass(frozen=True, slots=True)
class Poll:
    """The outcome of one poll, as in the log, the table `polls` and `fetch --json`.

    `hubs` are the WebSub hubs that the response or its feed names, None where unknown; `topic` is the topic URL.
    `gap` says whether the articles of a suspected loss were found, `gap_new` how many.
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
    filtered: int = 0
    failed: int = 0
    known: int = 0
    suspected_loss: bool = False
    gap: GapState | None = None
    gap_new: int = 0
    error: str | None = None
    hubs: tuple[str, ...] | None = None
    topic: str | None = None

    @property
    def may_have_missed(self) -> bool:
        """Whether articles may have been missed, and were not found behind the feed."""
        return self.suspected_loss and self.gap is not GapState.CLOSED


@dataclass(frozen=True, slots=True)
class WriteBatch:
    """What one step of a poll writes, in one transaction.

    `source_id` is 0 where there is no source, as in an import. `sightings` are posts that the source lists again;
    `keys` further (kind, key, post_id) identity keys; `items` are (entry digest, post_id or None) of the present feed,
    and `items_kept` digests that stay; with `items_replace` all others are deleted. `unread` are posts whose entry has
    changed and whose page is still to be fetched. `filtered` are entries that are left out, `unfiltered` the
    keys of those that are taken now. `lease` is the holder whose lease of the source ends; `events` are
    what has happened to the source. `fetches_pages`: the source reads the page of what it lists. `of_history`: the
    entries are of the source's history, of which its present feed lists few: nobody is told of these posts.
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
    filtered: tuple[FilteredEntry, ...] = ()
    unfiltered: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    source: SourceUpdate | None = None
    poll: Poll | None = None
    lease: str | None = None
    fetches_pages: bool = False
    of_history: bool = False
    events: tuple[SourceEvent, ...] = ()
