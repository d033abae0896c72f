"""The daemon: what it runs, its signals, and a stop within a bounded time."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

# Polls and reloads import these two by need. A daemon does so at its start: later their files may be of another
# version, or no file can be opened.
import ingestd.extract.rules.selectors
import ingestd.poll.sitemap_step  # noqa: F401
from ingestd.config.logs import log_event
from ingestd.config.settings import Config
from ingestd.daemon.backups import Backups
from ingestd.daemon.exclusive import Exclusive
from ingestd.daemon.heartbeat import Heartbeat
from ingestd.daemon.hubs.subscriber import HubSubscriber
from ingestd.daemon.image_fetcher import ImageFetcher
from ingestd.daemon.maintenance import (
    DatabaseFileWatch,
    DictionaryTraining,
    FingerprintFilling,
    HostForgetting,
    SearchIndexing,
)
from ingestd.daemon.metrics import metrics_endpoints
from ingestd.daemon.notifications.service import Notifications
from ingestd.daemon.notifications.targets import configured_targets
from ingestd.daemon.poller import Poller
from ingestd.daemon.reload import dropped_sources, refuse_reload
from ingestd.daemon.retention import Retention, retentions
from ingestd.daemon.revisits import Revisits
from ingestd.daemon.scheduler import Scheduler
from ingestd.daemon.service import Service, finish, guarded_tick, log_store_failure
from ingestd.daemon.silence_watch import SilenceWatch
from ingestd.daemon.systemd import Notifier, StatusLine, Watchdog
from ingestd.model.errors import ConfigError, StoreDamagedError, StoreError
from ingestd.model.source import Source
from ingestd.poll.context import PollContext
from ingestd.poll.open_context import max_concurrent_polls, open_poll_context
from ingestd.sources.configured import ConfiguredSources
from ingestd.sources.polled_sources import PolledSources, rows_where
from ingestd.store import sources
from ingestd.store.backup_folder import BackupPlan
from ingestd.store.backup_records import BACKUP_FAILED
from ingestd.store.database import Database
from ingestd.store.file_faults import mark_damaged
from ingestd.store.notices import clear_notice, prove_writable, put_notice, set_notice
from ingestd.text.times import utc_now

#: Seconds that work in flight gets to end by itself when the daemon is told to stop; then it is cancelled.
GRACE_S = 2.0
#: The event, and the kind of the notice, of a configuration that was not taken over.
RELOAD_FAILED = "reload-failed"
#: The same, of a file of the database that was deleted or replaced under the daemon.
DATABASE_REPLACED = "database-replaced"


@dataclass(frozen=True, slots=True)
class Restart:
    """What the daemon is to be started again with: a configuration, and what `status` is to say of the restart."""

    config: Config
    lost: str | None = None


class Daemon:
    """One run of the daemon over one configuration and one database."""

    def __init__(
        self,
        config: Config,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        on_stop: Callable[[], None] = lambda: None,
        load_config: Callable[[], Config] | None = None,
        lost: str | None = None,
    ) -> None:
        """`on_stop` is called when the stop begins. `lost` says why a run before ended that lost its database file.

        `load_config` reads the configuration again at SIGHUP, and raises ConfigError; without it SIGHUP is a stop.
        """
        self._on_stop = on_stop
        self._load_config = load_config
        self._config = config
        self._database = database
        self._clock = clock
        self._notifier = Notifier.from_environment()
        self._stop = asyncio.Event()
        self._ending = False
        self._next: Restart | None = None
        self._lost = lost
        self._damage: str | None = None
        self._reload_error: str | None = None
        self._notices: set[asyncio.Task[None]] = set()

    async def run(self) -> Restart | None:
        """Run until SIGTERM or SIGINT; then None, or what to start again with.

        That is after SIGHUP, and where the database file is no longer the one that was opened. Raises StoreError where
        the database cannot be used, StoreDamagedError where its file is damaged.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        on_hangup = self._end if self._load_config is None else self._reload
        signal.signal(signal.SIGHUP, lambda *_: loop.call_soon_threadsafe(on_hangup))
        try:
            await self._run()
        except StoreError as error:
            if not self._stop.is_set():
                raise
            log_store_failure(error)
        finally:
            # Between two runs it is ignored. The loop's own handlers give way to the default action first, which ends
            # the process where another SIGHUP arrives at that moment: so it has none for this signal.
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        if self._damage is not None:
            raise StoreDamagedError(self._damage)
        log_event("stopped" if self._next is None else "restarting")
        return self._next

    async def _run(self) -> None:
        async with open_poll_context(self._config, self._database, clock=self._clock) as context:
            await self._database.writing(prove_writable, self._clock())
            await self._database.writing(clear_notice, RELOAD_FAILED)
            await self._database.writing(set_notice, DATABASE_REPLACED, self._lost, self._clock())
            if not self._config.backup.folder:
                await self._database.writing(clear_notice, BACKUP_FAILED)
            enabled = await self._polled_sources()
            services = self._services(enabled, context)
            scheduler = Scheduler()
            for service in services:
                await service.start()
                scheduler.add(
                    service.interval_s, guarded_tick, service, name=getattr(service, "name", type(service).__name__)
                )
            scheduler.start()
            self._notifier.ready(self._status(len(enabled)))
            log_event("started", sources=len(enabled), database=self._database.name)
            await self._stop.wait()
            log_event("stopping", under_way=sum(service.in_flight for service in services))
            await scheduler.stop()
            await asyncio.gather(*(service.stop(GRACE_S) for service in services), finish(self._notices, GRACE_S))
            if self._next is not None and self._next.lost:
                self._database.keep_lost_log()

    async def _polled_sources(self) -> PolledSources:
        """The sources that are polled; the database follows the configuration."""
        configured = ConfiguredSources(self._config)
        rows = await self._database.writing(sources.sync_rows, configured.wanted(), self._clock())
        return PolledSources(configured, rows)

    def _services(self, enabled: Mapping[int, Source], context: PollContext) -> list[Service]:
        """Everything that runs. A new service is added here or to those that are configured, and nowhere else."""
        config = self._config
        endpoints, context = metrics_endpoints(config, context)
        subscriber = HubSubscriber(config.websub, context, enabled) if config.websub.callback_url else None
        if subscriber is not None:
            context = replace(context, pushes_arrive=subscriber.pushes_arrive)
        poller = Poller(
            enabled,
            context,
            max_polls=max_concurrent_polls(config),
            **({"polled": subscriber.follow} if subscriber is not None else {}),
        )
        if subscriber is not None:
            subscriber.deliver_to(poller.poll_pushed)
        return [
            Heartbeat(self._database, context.lease_holder, self._clock),
            poller,
            Revisits(enabled, context),
            SearchIndexing(self._database),
            FingerprintFilling(self._database),
            DatabaseFileWatch(self._database, self._database_lost, self._database_damaged),
            HostForgetting(context),
            Exclusive("silence", SilenceWatch(self._database, self._clock), context),
            Notifications(
                configured_targets(config, self._clock),
                {item.shown_name: [str(event) for event in item.events] for item in config.notify},
                self._database,
                holder=context.lease_holder,
                clock=self._clock,
            ),
            *self._configured_services(enabled, context),
            *endpoints,
            *([subscriber] if subscriber is not None else []),
        ]

    def _configured_services(self, enabled: Mapping[int, Source], context: PollContext) -> Iterator[Service]:
        """What runs if the configuration, or systemd, asks for it."""
        config = self._config
        images = ImageFetcher([enabled[row] for row in rows_where(enabled, lambda source: source.media)], context)
        if context.keep_pages:
            yield Exclusive("dictionaries", DictionaryTraining(context), context)
        if images.enabled:
            yield images
        if ages := retentions(config):
            yield Exclusive("retention", Retention(self._database, ages, self._clock), context)
        if config.backup.every and (plan := BackupPlan.of(config)):
            lease = partial(context.leases.number, "backup")
            backups = Backups(self._database, plan, config.backup.every, self._clock, lease)
            yield Exclusive("backup", backups, context)
        if self._notifier.enabled:
            status = partial(self._status, len(enabled))
            yield StatusLine(self._notifier, status, said=status())
        if self._notifier.watchdog_s is not None:
            yield Watchdog(self._notifier, self._notifier.watchdog_s)

    def _status(self, enabled: int) -> str:
        """The line of `systemctl status`: what is wrong with the daemon as a whole, else what it does."""
        if self._database.write_error is not None:
            return self._database.write_error
        if self._reload_error is not None:
            return f"the reload failed: {self._reload_error}"
        return f"polling {enabled} sources"

    def _end(self) -> None:
        """Stop for good, also where a restart has begun."""
        self._next = None
        if not self._ending:
            self._ending = True
            self._on_stop()
            self._notifier.stopping()
        self._stop.set()

    def _restart(self, restart: Restart) -> None:
        if not self._ending:
            self._next = restart
            self._stop.set()

    def _reload(self) -> None:
        """Restart with the configuration as it is now; one that is invalid or refused changes nothing."""
        assert self._load_config is not None
        try:
            config = self._load_config()
            refuse_reload(self._config, config)
        except ConfigError as error:
            self._refuse_reload(f"{error}; the configuration before stays in force")
            return
        log_event("reloading", sources=len(config.sources), removed=dropped_sources(self._config, config))
        self._restart(Restart(config, self._lost))

    def _refuse_reload(self, reason: str) -> None:
        """Say it in the log, to systemd and, for `ingestd status`, in the database."""
        log_event(RELOAD_FAILED, level=logging.ERROR, error=reason)
        self._reload_error = reason
        task = asyncio.create_task(self._store_notice(reason))
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)

    async def _store_notice(self, reason: str) -> None:
        try:
            await self._database.writing(put_notice, RELOAD_FAILED, reason, self._clock())
        except StoreError as error:
            log_store_failure(error)

    def _database_lost(self, file: Path) -> None:
        if self._next is not None:
            return
        taken = "what is there now is taken instead" if file == self._database.path else "what it held is kept"
        if file == self._database.path:
            # What is there now may be a mixture with the log of the file before: the next start looks at it.
            mark_damaged(file, "replaced while it was in use")
        reason = f"the file {file} was deleted or replaced while the daemon ran; {taken}"
        log_event(DATABASE_REPLACED, level=logging.ERROR, error=reason)
        self._restart(Restart(self._config, reason))

    def _database_damaged(self, reason: str) -> None:
        if self._damage is None:
            log_event("database-damaged", level=logging.ERROR, error=reason)
            self._damage = reason
            self._end()
