"""Opens everything that polls need: HTTP client, worker pool, rules and leases."""

import asyncio
import contextlib
import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from random import Random

from ingestd.archive.images.files import ImageFiles
from ingestd.config.settings import Config
from ingestd.fetch import Client
from ingestd.poll.context import PollContext
from ingestd.poll.jobs import PRELOAD
from ingestd.poll.leases import is_dead_holder, renew_leases
from ingestd.poll.workers import WorkerPool, give_memory_back
from ingestd.sources.rules import site_rules, url_rules
from ingestd.store.database import Database
from ingestd.store.leases import release_dead_leases, release_leases
from ingestd.text.times import utc_now

#: Address space of one worker in bytes: what the costliest page may take.
WORKER_MEMORY_BYTES = 900 * 2**20
#: Polls that may hang without taking anybody's place, beside those that make use of the network.
SILENT_POLLS = 256


def max_concurrent_polls(config: Config) -> int:
    """Polls that may be under way at once; how many of them use the network is the client's to bound."""
    return SILENT_POLLS + 4 * config.fetch.concurrency


def new_worker_pool() -> WorkerPool:
    """WorkerPool for parsing and extracting, one for each processor."""
    return WorkerPool(processes=os.cpu_count() or 1, memory=WORKER_MEMORY_BYTES, preload=PRELOAD)


@contextlib.asynccontextmanager
async def open_poll_context(
    config: Config, database: Database, *, clock: Callable[[], datetime] = utc_now, workers: WorkerPool | None = None
) -> AsyncIterator[PollContext]:
    """The tools for polling, closed at the end; the leases of this process end with them.

    `workers` are used instead of new ones, and stay open.
    """
    give_memory_back()
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    pool = contextlib.nullcontext(workers) if workers else new_worker_pool()
    async with Client(config.fetch, clock=clock) as client, pool as opened_workers:
        context = PollContext(
            client=client,
            workers=opened_workers,
            database=database,
            schedule=config.schedule,
            clock=clock,
            random=Random(),  # noqa: S311 - jitter, not secrets
            holder=holder,
            site_rules=site_rules(config),
            url_rules=url_rules(config),
            keep_pages=config.database.keep_pages,
            pictures=ImageFiles(config.media_folder) if config.media_folder else None,
            max_image=config.media.max_size,
            busy=asyncio.Semaphore(max_concurrent_polls(config)),
        )
        await database.writing(release_dead_leases, is_dead_holder)
        renewing = asyncio.create_task(renew_leases(context))
        try:
            yield context
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing
            await database.writing(release_leases, holder)
