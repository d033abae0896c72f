"""What every poll works with: HTTP client, worker pool, database, rules, clock and random numbers."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import TypeVar

from ingestd.archive.images.files import ImageFiles
from ingestd.config.settings import HostConfig, ScheduleConfig
from ingestd.extract.rules.site_rules import SiteRules
from ingestd.fetch import Client
from ingestd.fetch.local_feeds import LocalFeeds
from ingestd.identity.urls import DEFAULT_RULES, UrlRules
from ingestd.model.poll import Poll
from ingestd.poll.held_leases import HeldLeases, Leased
from ingestd.poll.page_posts import PostSettings
from ingestd.poll.workers import WorkerPool
from ingestd.store.database import Database
from ingestd.store.leases import under_lease

#: Article pages that one source fetches concurrently: a source with 5,000 new entries leaves slots for the others.
MAX_CONCURRENT_PAGES = 8
#: Sources of one host that are polled at once, article pages included, where its settings name no other number: polls
#: that wait for pages leave most places to the sources of other hosts.
MAX_POLLS_PER_HOST = 48
#: Entries that are handled on the event loop in one go; more of them are handled in a thread.
MAX_ENTRIES_ON_LOOP = 100

T = TypeVar("T")


async def off_loop(entries: int, function: Callable[[], T]) -> T:
    """`function()`; in a thread where it handles so many entries that it would block the event loop."""
    return await asyncio.to_thread(function) if entries > MAX_ENTRIES_ON_LOOP else function()


@dataclass(frozen=True, slots=True)
class PollContext:
    """The I/O edges and the rules of the pipeline, passed in.

    `clock` gives the time in UTC. `lease_holder` identifies this process in the leases of the database, and `leases`
    are those that it holds. `poll_slots` bounds concurrent polls.
    `poll_ended` is called with the outcome of each poll. `pushes_arrive(source_id, now)` tells whether a hub pushes
    what is new of a source. `image_files` is where images are stored, each of at most `max_image_bytes`; None where
    there is no such folder. `web_archive` is the address of the archive that backfills read, "" for none.
    `host_settings` are those of single hosts by their key. `progress(waiting, done)` is told
    of more articles that wait for their page, and that have it. `news_sitemaps_missing` has when a news sitemap was
    looked for in vain, by source.
    """

    client: Client
    workers: WorkerPool
    database: Database
    schedule: ScheduleConfig
    clock: Callable[[], datetime]
    random: Random
    lease_holder: str
    site_rules: SiteRules = field(default_factory=SiteRules)
    url_rules: UrlRules = DEFAULT_RULES
    keep_pages: bool = True
    web_archive: str = ""
    image_files: ImageFiles | None = None
    max_image_bytes: int = 10_000_000
    pushes_arrive: Callable[[int, datetime], bool] = lambda _source_id, _now: False
    poll_ended: Callable[[Poll], None] = lambda _poll: None
    host_settings: Mapping[str, HostConfig] = field(default_factory=dict)
    progress: Callable[[int, int], None] = lambda _waiting, _done: None
    local_feeds: LocalFeeds = field(default_factory=LocalFeeds)
    news_sitemaps_missing: dict[int, datetime] = field(default_factory=dict)
    leases: HeldLeases = field(default_factory=HeldLeases)
    poll_slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(256))

    @property
    def post_settings(self) -> PostSettings:
        """The settings of posts that hold for all sources."""
        return PostSettings(self.url_rules, self.keep_pages, self.schedule.revisit)

    def max_polls(self, host: str) -> int:
        """How many sources of a host may be polled at once."""
        own = self.host_settings.get(host)
        return MAX_POLLS_PER_HOST if own is None or own.concurrency is None else own.concurrency

    async def writing_under_lease(self, leased: Leased, function: Callable[..., T], *args: object) -> T:
        """`database.writing` of what is done under a lease. Raises LeaseLostError where this process has it no more."""
        number = self.leases.number(leased)
        if number is None:
            return await self.database.writing(function, *args)
        return await self.database.writing(under_lease, number, function, *args)
