"""The daemon: the schedule, signals, readiness, watchdog, and a graceful stop.

The schedule itself lives in the database (`sources.next_poll_at`): every second the sources that are due are leased and
polled, so a restart forgets nothing and starts nothing that is not due.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from ingestd.config.logs import log_event
from ingestd.config.settings import Config
from ingestd.daemon import revisits
from ingestd.daemon.hubs.subscriber import RENEW_S, HubSubscriber
from ingestd.daemon.image_fetcher import ImageFetcher
from ingestd.daemon.scheduler import Scheduler
from ingestd.daemon.systemd import Notifier
from ingestd.model.errors import ConfigError, StoreError
from ingestd.model.http import Response
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.poll import leases, pipeline
from ingestd.poll.context import PollContext
from ingestd.poll.open_context import max_concurrent_polls, open_poll_context
from ingestd.sources.configured import configured_sources
from ingestd.store import dictionary_training, search, sources
from ingestd.store.database import Database
from ingestd.store.leases import due_sources, release_leases
from ingestd.store.revisit_queue import due_visits
from ingestd.text.times import utc_now

#: Seconds between two looks at what is due.
TICK_S = 1.0
#: Seconds that polls under way get to end by themselves when the daemon is told to stop; then they are cancelled.
GRACE_S = 2.0
#: Seconds between two tries to poll a source with a push while somebody else polls it.
PUSH_WAIT_S = 0.5
#: Pages that are visited again at once.
VISITS_AT_ONCE = 16
#: Posts that enter the search index at once: some 80 ms in which nobody else writes.
INDEXED_AT_ONCE = 100


class Daemon:
    """One run of the daemon over one configuration and one database."""

    def __init__(
        self,
        config: Config,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        stopping: Callable[[], None] = lambda: None,
        reread: Callable[[], Config] | None = None,
    ) -> None:
        """`stopping` is called when the stop begins.

        `reread` reads the configuration again, for SIGHUP (and raises ConfigError); without it SIGHUP is a stop.
        """
        self._stopping = stopping
        self._reread = reread
        self._config = config
        self._database = database
        self._clock = clock
        self._tasks: set[asyncio.Task[object]] = set()
        self._polled: set[int] = set()
        self._stuck: set[int] = set()
        self._visiting = False
        self._hubs: HubSubscriber | None = None
        self._images: ImageFetcher | None = None
        self._notifier = Notifier.from_environment()
        self._stop = asyncio.Event()
        self._ending = False
        self._next: Config | None = None

    async def run(self) -> Config | None:
        """Poll until SIGTERM or SIGINT; then None, or the configuration with which it has to begin anew.

        That is after SIGHUP, and where the database's file is no longer the one that was opened. Raises StoreError
        where the database cannot be used.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGHUP, self._end if self._reread is None else self._read_again)
        try:
            await self._run()
        except StoreError as error:
            if not self._stop.is_set():
                raise
            log_event("store-failed", level=logging.ERROR, error=str(error))
        finally:
            loop.remove_signal_handler(signal.SIGHUP)
            # Until the next run listens to it, it must not end the process.
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        log_event("stopped" if self._next is None else "restarting")
        return self._next

    async def _run(self) -> None:
        async with open_poll_context(self._config, self._database, clock=self._clock) as opened:
            known = await self._database.writing(sources.sync, configured_sources(self._config), self._clock())
            by_id = {source.id: source for source in known if source.enabled}
            context = await self._listen_to_hubs(by_id, opened)
            self._images = ImageFetcher(by_id.values(), context)
            ticking = self._ticking(by_id, context)
            self._notifier.ready(f"polling {len(by_id)} sources")
            log_event("started", sources=len(by_id), database=self._database.name)
            await self._stop.wait()
            log_event("stopping", under_way=len(self._tasks))
            await ticking.stop()
            await asyncio.gather(self._finish(), *([self._hubs.stop(GRACE_S)] if self._hubs else []))

    def _end(self) -> None:
        """Stop for good, also where it is about to begin anew."""
        self._next = None
        if not self._ending:
            self._ending = True
            self._stopping()
            self._notifier.stopping()
        self._stop.set()

    def _begin_anew(self, config: Config) -> None:
        if not self._ending:
            self._next = config
            self._stop.set()

    def _read_again(self) -> None:
        """Begin anew with the configuration as it is now; one that is wrong changes nothing."""
        assert self._reread is not None
        try:
            config = self._reread()
        except ConfigError as error:
            log_event("reload-failed", level=logging.ERROR, error=f"{error}; the configuration before stays in force")
            return
        log_event("reloading", sources=len(config.sources))
        self._begin_anew(config)

    def _ticking(self, by_id: dict[int, Source], context: PollContext) -> Scheduler:
        ticking = Scheduler()
        ticking.add(TICK_S, self._poll_due, by_id, context)
        ticking.add(5 * TICK_S, self._visit_due, by_id, context)
        ticking.add(2 * TICK_S, self._index)
        ticking.add(2 * TICK_S, self._look_at_file, self._database.identity())
        if context.keep_pages:
            ticking.add(10 * TICK_S, self._look_at_pages)
        if self._images is not None and not self._images.idle:
            ticking.add(2 * TICK_S, self._images.start_due)
        if self._hubs is not None:
            ticking.add(RENEW_S, self._hubs.renew)
        if self._notifier.watchdog_s is not None:
            # The beat is a job of the same loop: a loop that is blocked misses it, and systemd starts the daemon anew.
            ticking.add(self._notifier.watchdog_s, self._notifier.alive)
        ticking.start()
        return ticking

    def _look_at_file(self, opened: tuple[int, int] | None) -> None:
        """What is written into a file that has been deleted or replaced is lost: take the one that is there now."""
        if self._database.identity() != opened:
            reason = f"the file {self._database.name} was deleted or replaced; what is there now is taken instead"
            log_event("database-replaced", level=logging.ERROR, error=reason)
            self._begin_anew(self._config)

    async def _poll_due(self, by_id: dict[int, Source], context: PollContext) -> None:
        room = max_concurrent_polls(self._config) - len(self._polled)
        if room <= 0 or self._stop.is_set():
            return
        try:
            await self._end_stuck_leases(context)
            due = await self._database.reading(due_sources, self._clock(), room)
            wanted = [by_id[source_id] for source_id in due if source_id in by_id and source_id not in self._polled]
            for source in await leases.lease(wanted, context) if wanted else ():
                self._start(source, context)
        except StoreError as error:
            log_event("store-failed", level=logging.ERROR, error=str(error))

    def _start(self, source: Source, context: PollContext) -> None:
        self._polled.add(source.id)
        task = asyncio.create_task(pipeline.poll(source, context), name=f"poll {source.name}")
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(done, source))

    def _ended(self, task: "asyncio.Task[Poll]", source: Source) -> None:
        self._tasks.discard(task)
        self._polled.discard(source.id)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            self._stuck.add(source.id)
            log_event("store-failed", level=logging.ERROR, source=source.name, error=str(error))
        elif self._hubs is not None and not self._stop.is_set():
            self._hubs.heard(source, task.result())

    async def _listen_to_hubs(self, by_id: dict[int, Source], context: PollContext) -> PollContext:
        """Take pushes from hubs, where the configuration says how they reach us; the tools come back that know it."""
        if not self._config.websub.callback_url:
            return context
        self._hubs = HubSubscriber(self._config.websub, context, by_id)
        context = replace(context, pushes_arrive=self._hubs.pushes_arrive)
        await self._hubs.start(partial(self._poll_pushed, context))
        return context

    async def _poll_pushed(self, context: PollContext, source: Source, pushed: Response) -> Poll:
        """Poll a source with what was pushed, as soon as nobody else polls it."""
        # Another process may be the one that polls it: no event of ours tells when it ends.
        while source.id in self._polled or not await leases.lease([source], context):  # noqa: ASYNC110
            await asyncio.sleep(PUSH_WAIT_S)
        self._polled.add(source.id)
        try:
            return await pipeline.poll(source, context, pushed=pushed)
        except StoreError:
            self._stuck.add(source.id)
            raise
        finally:
            self._polled.discard(source.id)

    async def _end_stuck_leases(self, context: PollContext) -> None:
        """A poll whose end could not be written still has its lease, which would be prolonged for ever."""
        for source_id in tuple(self._stuck):
            await self._database.writing(release_leases, context.holder, source_id)
            self._stuck.discard(source_id)

    async def _visit_due(self, by_id: dict[int, Source], context: PollContext) -> None:
        if self._visiting or self._stop.is_set():
            return
        self._visiting = True
        task = asyncio.create_task(self._visit(by_id, context), name="visits")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _visit(self, by_id: dict[int, Source], context: PollContext) -> None:
        try:
            due = await self._database.reading(due_visits, self._clock(), VISITS_AT_ONCE)
            await asyncio.gather(
                *(revisits.revisit(item, by_id.get(item.post.source_id or 0), context) for item in due)
            )
        except StoreError as error:
            log_event("store-failed", level=logging.ERROR, error=str(error))
        finally:
            self._visiting = False

    async def _index(self) -> None:
        """Fill the search index while nothing is polled: it never keeps a poll waiting."""
        if self._polled or self._stop.is_set():
            return
        try:
            await self._database.writing(search.index_posts, INDEXED_AT_ONCE)
        except StoreError as error:
            log_event("store-failed", level=40, error=str(error))

    async def _look_at_pages(self) -> None:
        """See what kept pages have in common, one server at a time: some 50 ms of one processor."""
        try:
            await dictionary_training.train_due(self._database, self._clock(), most=1)
        except StoreError as error:
            log_event("store-failed", level=logging.ERROR, error=str(error))

    async def _finish(self) -> None:
        """Let what is under way end, for a moment; then stop it: what was taken in waits in the inbox."""
        under_way: set[asyncio.Task[Any]] = {*self._tasks}
        if self._images is not None:
            self._images.stop()
            under_way |= self._images.tasks
        if not under_way:
            return
        _, late = await asyncio.wait(under_way, timeout=GRACE_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
