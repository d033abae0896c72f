"""Opening what a poll needs, and polling several sources under their leases: for the daemon and for `fetch` alike."""

import asyncio
import contextlib
import logging
import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from ingestd import pipeline
from ingestd.config import Config, SourceConfig
from ingestd.errors import ConfigError, StoreError
from ingestd.extract.rules import SiteRules, load_rules
from ingestd.extract.selectors import is_valid
from ingestd.fetch import Client
from ingestd.logs import event
from ingestd.publish.pictures import Pictures
from ingestd.records import Poll, Source
from ingestd.store import sources
from ingestd.store.database import Database
from ingestd.tasks import PRELOAD
from ingestd.tools import Tools
from ingestd.urls import HostRule, UrlRules
from ingestd.workers import Workers, give_memory_back

#: How long a process may be silent before others may poll its sources, and how often it renews, in seconds.
LEASE_S = 120.0
RENEW_S = 30.0
#: Address space of one worker in bytes: what the costliest page may take.
WORKER_MEMORY = 900 * 2**20

_PACKAGE = Path(__file__).resolve().parent


#: Polls that may hang without taking anybody's place, beside those that make use of the network.
SILENT_POLLS = 256


def most_polls(config: Config) -> int:
    """Polls that may be under way at once; how many of them use the network is the client's to bound."""
    return SILENT_POLLS + 4 * config.fetch.concurrency


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def shipped(name: str) -> Path:
    """A file of `config/`: inside the installed package, or beside it in a checkout."""
    inside = _PACKAGE / "_config" / name
    return inside if inside.exists() else _PACKAGE.parent / "config" / name


def site_rules(config: Config) -> SiteRules:
    """The shipped site rules, and the user's own, which win. Raises ConfigError for a file that cannot be read."""
    rules = SiteRules()
    for path in (shipped("sites.toml"), *map(Path, config.sites.rules)):
        try:
            rules += load_rules(path.read_text(encoding="utf-8"), str(path), check=path != shipped("sites.toml"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: the site rules cannot be read: {error}") from error
    for source in config.sources:
        _check_selectors(source, config.path)
    return rules


def _check_selectors(source: SourceConfig, path: Path | None) -> None:
    for selector in (source.select, *source.remove, source.title, source.author, source.date, source.next_page):
        if selector and not is_valid(selector):
            raise ConfigError(f"{path}: the source {source.name!r}: {selector!r} is not a CSS selector")


def url_rules(config: Config) -> UrlRules:
    """The user's own rules for telling whether two URLs are one article."""
    hosts = tuple(HostRule(host, drop=rule.drop, keep=rule.keep) for host, rule in config.urls.hosts.items())
    aliases = tuple(config.urls.aliases.items())
    return UrlRules(drop=config.urls.tracking, keep=config.urls.keep, hosts=hosts, aliases=aliases)


def new_workers() -> Workers:
    """Workers for parsing and extracting, one for each processor."""
    return Workers(processes=os.cpu_count() or 1, memory=WORKER_MEMORY, preload=PRELOAD)


@contextlib.asynccontextmanager
async def opened(
    config: Config, database: Database, *, clock: Callable[[], datetime] = utc_now, workers: Workers | None = None
) -> AsyncIterator[Tools]:
    """The tools for polling, closed at the end; the leases of this process end with them.

    `workers` are used instead of new ones, and stay open.
    """
    give_memory_back()
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    pool = contextlib.nullcontext(workers) if workers else new_workers()
    async with Client(config.fetch, clock=clock) as client, pool as opened_workers:
        tools = Tools(
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
            pictures=Pictures(config.media_folder) if config.media_folder else None,
            max_image=config.media.max_size,
            busy=asyncio.Semaphore(most_polls(config)),
        )
        await database.writing(sources.release_where, _is_dead)
        renewing = asyncio.create_task(_renew(tools))
        try:
            yield tools
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing
            await database.writing(sources.release, holder)


async def _renew(tools: Tools) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        # Of a poll that could not even write its end, the lease must expire: somebody polls that source again then.
        try:
            await tools.database.writing(sources.renew, tools.holder, tools.clock(), LEASE_S, tuple(tools.polled))
        except StoreError as error:
            # Three more renewals fit into what is left of the leases.
            event("store-failed", level=logging.ERROR, error=str(error))


def _is_dead(holder: str) -> bool:
    """Whether the holder of a lease was a process of this machine that lives no more: the killed block nothing."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    return host == socket.gethostname() and pid.isdigit() and not _lives(int(pid))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def lease(wanted: Sequence[Source], tools: Tools) -> list[Source]:
    """Those of the sources that nobody else polls at the moment: this process holds their leases now."""
    held = await tools.database.writing(
        sources.lease, [source.id for source in wanted], tools.holder, tools.clock(), LEASE_S
    )
    return [source for source in wanted if source.id in held]


def _leaves(group: BaseExceptionGroup[StoreError]) -> Iterator[StoreError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


async def poll_all(
    wanted: Sequence[Source], tools: Tools, *, force: bool, done: Callable[[Poll], None]
) -> list[Source]:
    """Poll every source now, and wait; `done` is told of each. The sources that another process polls come back."""
    free = await lease(wanted, tools)
    free_ids = {source.id for source in free}
    await tools.database.writing(sources.make_due, sorted(free_ids), tools.clock())

    async def one(source: Source) -> None:
        done(await pipeline.poll(source, tools, force=force))

    try:
        async with asyncio.TaskGroup() as group:
            for source in free:
                group.create_task(one(source))
    except* StoreError as failed:
        # A database that cannot be written fails every poll alike: one clear line says it for all.
        raise next(_leaves(failed)) from None
    elsewhere = [source for source in wanted if source.id not in free_ids]
    for source in elsewhere:
        event("leased", source=source.name, error="another process polls this source at the moment")
    return elsewhere
