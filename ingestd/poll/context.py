"""What every poll works with: network, workers, database, rules, clock and chance, opened once and passed in."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import TypeVar

from ingestd.archive.images.files import ImageFiles
from ingestd.config.settings import ScheduleConfig
from ingestd.extract.rules.site_rules import SiteRules
from ingestd.fetch import Client
from ingestd.identity.urls import DEFAULT_RULES, UrlRules
from ingestd.poll.workers import WorkerPool
from ingestd.store.database import Database

#: Article pages that one source reads at the same time, so that one with 5,000 new entries leaves room for others.
MAX_CONCURRENT_PAGES = 8
#: Entries that are handled in one step of the event loop; more of them are handled beside it.
MAX_ENTRIES_ON_LOOP = 100

T = TypeVar("T")


async def off_loop(entries: int, function: Callable[[], T]) -> T:
    """`function()`, in a thread where it handles so many entries that the event loop would stand still meanwhile."""
    return await asyncio.to_thread(function) if entries > MAX_ENTRIES_ON_LOOP else function()


@dataclass(frozen=True, slots=True)
class PollContext:
    """The edges of the pipeline.

    `clock` gives the time in UTC. `holder` names this process in the leases of the database. `busy` bounds the polls
    that are under way at once; `polled` are the sources that this process polls now, whose leases are renewed.
    `pushes_arrive` tells whether a hub pushes what is new of a source. `pictures` is where images are stored, each at
    most `max_image` bytes.
    """

    client: Client
    workers: WorkerPool
    database: Database
    schedule: ScheduleConfig
    clock: Callable[[], datetime]
    random: Random
    holder: str
    site_rules: SiteRules = field(default_factory=SiteRules)
    url_rules: UrlRules = DEFAULT_RULES
    keep_pages: bool = True
    pictures: ImageFiles | None = None
    max_image: int = 10_000_000
    pushes_arrive: Callable[[int, datetime], bool] = lambda _source_id, _now: False
    polled: set[int] = field(default_factory=set)
    busy: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(256))
