"""Opens everything that polls need: HTTP client, worker pool, rules and leases."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from random import Random

from ingestd.archive.images.files import ImageFiles
from ingestd.config.settings import Config
from ingestd.fetch import Client
from ingestd.fetch.local_feeds import LocalFeeds
from ingestd.poll.context import PollContext
from ingestd.poll.host_paces import StoredPaces
from ingestd.poll.jobs import PRELOAD, PRELOAD_FOR_FEW
from ingestd.poll.lease_holders import new_lease_holder
from ingestd.poll.leases import renewed_leases
from ingestd.poll.worker_process import return_freed_memory
from ingestd.poll.workers import WorkerPool
from ingestd.sources.rules import site_rules, url_rules
from ingestd.store.database import Database
from ingestd.text.times import utc_now

#: Address space of one worker process, in bytes: what the costliest page may take.
WORKER_MEMORY_BYTES = 900 * 2**20
#: Polls that may wait for a server that does not answer, beside those that use the network.
MAX_WAITING_POLLS = 256


def max_concurrent_polls(config: Config) -> int:
    """Polls that may be under way at once; how many of them use the network is bounded by the client."""
    return MAX_WAITING_POLLS + 4 * config.fetch.concurrency


def new_worker_pool(sources: int | None = None) -> WorkerPool:
    """A pool of workers for parsing and extracting, one process for each processor, and no more than `sources`.

    The start of a process takes as long as reading a hundred pages.
    """
    processes = os.cpu_count() or 1
    if sources and sources <= processes:
        return WorkerPool(processes=sources, memory=WORKER_MEMORY_BYTES, preload=PRELOAD_FOR_FEW)
    return WorkerPool(processes=processes, memory=WORKER_MEMORY_BYTES, preload=PRELOAD)


@contextlib.asynccontextmanager
async def open_poll_context(
    config: Config,
    database: Database,
    *,
    clock: Callable[[], datetime] = utc_now,
    workers: WorkerPool | None = None,
    sources: int | None = None,
    client: Client | None = None,
    random: Random | None = None,
) -> AsyncIterator[PollContext]:
    """The context for polling. At the end it is closed, and the leases of this process are released.

    `workers` is used instead of a new pool, which is made for so many `sources`, and stays open; `client`, not opened
    yet, instead of one made from `config`; `random` instead of numbers that nobody can foretell.
    """
    return_freed_memory()
    pool = contextlib.nullcontext(workers) if workers else new_worker_pool(sources)
    async with (
        client or Client(config.fetch, clock=clock, host_limits=config.hosts) as opened_client,
        pool as opened_workers,
    ):
        opened_client.hosts.paces = StoredPaces(database, clock)
        context = PollContext(
            client=opened_client,
            workers=opened_workers,
            database=database,
            schedule=config.schedule,
            clock=clock,
            random=random or Random(),  # noqa: S311 - jitter, not secrets
            lease_holder=new_lease_holder(),
            site_rules=site_rules(config),
            url_rules=url_rules(config),
            keep_pages=config.database.keep_pages,
            web_archive=config.backfill.wayback,
            image_files=ImageFiles(config.media_folder) if config.media_folder else None,
            max_image_bytes=config.media.max_size,
            host_settings=config.hosts,
            local_feeds=LocalFeeds(config.fetch.allow_commands, config.fetch.timeout, config.fetch.max_body, clock),
            poll_slots=asyncio.Semaphore(max_concurrent_polls(config)),
        )
        async with renewed_leases(context):
            yield context
