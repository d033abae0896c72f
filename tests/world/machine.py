"""The machine of a simulated world: the services of the daemon on virtual time, and what befalls them.

A life is one process, from its start to a stop or a kill; the next one opens the database file as a new process would.
A process that is killed takes no further effect: every request, read and commit of it raises `Killed` from then on.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from sqlalchemy import Connection, event

from ingestd.config.settings import Config
from ingestd.daemon.app import GRACE_S
from ingestd.daemon.maintenance import DictionaryTraining, FingerprintFilling, SearchIndexing
from ingestd.daemon.poller import Poller
from ingestd.daemon.reload import refuse_reload
from ingestd.daemon.revisits import Revisits
from ingestd.daemon.service import Service, guarded_tick
from ingestd.fetch import Client
from ingestd.model.errors import ConfigError, Outcome, StoreError
from ingestd.model.http import Response
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.poll.open_context import max_concurrent_polls, open_poll_context
from ingestd.poll.workers import WorkerPool
from ingestd.sources.configured import configured_sources
from ingestd.store import sources
from ingestd.store.database import Database
from ingestd.text.times import from_utc_text
from tests.world.internet import Exchange, Internet
from tests.world.machine_faults import InstalledVersion, StatementFaults
from tests.world.truth import DAY_S, Article, MachineEvent, World, moment
from tests.world.virtual_time import LoopExecutor, VirtualLoop

T = TypeVar("T")

#: Virtual seconds of one worker job.
JOB_S = 0.02
#: Seconds after which a hub delivers the same once more that does so.
REPEATED_AFTER_S = (30.0, 4 * 3600.0)
#: Seconds around the failure of a statement in which what was asked for may not have been written.
UNDONE_S = 60.0
#: Seconds between the death of a process and the start of the next one.
RESTART_S = 5.0
#: Seconds that may pass without a tick while nothing is due.
MAX_IDLE_S = 3600.0
#: Seconds until the next tick where what is due is not taken: the first, and at most. Each is twice the one before,
#: until a request is made.
MIN_OVERDUE_WAIT_S, MAX_OVERDUE_WAIT_S = 60.0, 960.0
_ALL_PAGES, _NO_PAGES = 4_294_967_294, 1


class Killed(BaseException):
    """The process has been killed."""


@dataclass(slots=True)
class Life:
    """One process: when it began and ended in true time, and how (stop, kill, end, crash)."""

    number: int
    start: float
    end: float = 0.0
    how: str = "end"


@dataclass(frozen=True, slots=True)
class EndedPoll:
    """A poll that ended at a true time in a life."""

    at: float
    life: int
    source: str
    outcome: str
    pushed: bool = False


@dataclass(slots=True)
class Record:
    """What happened: every request, the lives of the process, the offset of the clock from each time on.

    `polls` are the polls that ended, as the poller learnt of them. `full_disks` are also the moments at which a
    statement failed, `empty_configurations` those at which an empty one was taken over.
    """

    world: World
    database: Path
    exchanges: list[Exchange] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    offsets: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    full_disks: list[tuple[float, float]] = field(default_factory=list)
    empty_configurations: list[float] = field(default_factory=list)
    polls: list[EndedPoll] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Daemon:
    """The services of one daemon."""

    poller: Poller
    visits: Revisits
    small: tuple[Service, ...]

    @property
    def is_busy(self) -> bool:
        """Whether it polls or visits something."""
        return bool(self.poller.in_flight or self.visits.in_flight)


class InlineWorkers(WorkerPool):
    """Runs the jobs of the pool in this process."""

    def __init__(self) -> None:
        super().__init__(processes=1, memory=1)

    async def run(
        self, function: Callable[..., T], *args: Any, deadline: float, too_costly: Outcome, **kwargs: Any
    ) -> T:
        """Run one job; it takes `JOB_S` of virtual time."""
        await asyncio.sleep(JOB_S)
        return function(*args, **kwargs)


def simulate(world: World, database: Path) -> Record:
    """Run a world over an empty database; the record of what happened."""
    loop = VirtualLoop()
    loop.set_exception_handler(_ignore_killed)
    machine = Machine(world, database, loop)
    logging.getLogger("ingestd").setLevel(logging.CRITICAL)
    try:
        loop.run_until_complete(machine.run())
    finally:
        machine.close()
        logging.getLogger("ingestd").setLevel(logging.NOTSET)
        loop.close()
    machine.record.exchanges = machine.internet.exchanges
    return machine.record


@dataclass(frozen=True, slots=True)
class Push:
    """A hub delivers an article of a site at a time, as it was `age_s` seconds before."""

    at: float
    site: int
    article: Article
    age_s: float = 0.0


def pushes(world: World) -> list[Push]:
    """When hubs push: at each publication and edit, and again where they do so."""
    found = []
    for site in world.sites:
        for article in site.articles if site.pushes else ():
            times = [item.at for item in article.versions if item.at >= 0 and article.exists(item.at)]
            firsts = [max(at, 1.0) + 5.0 for at in times]
            found += [Push(at, site.number, article) for at in firsts]
            if site.push_style == "repeated":
                found += [Push(at + later, site.number, article, later) for at in firsts for later in REPEATED_AFTER_S]
            elif site.push_style == "late":
                # The one before comes once more, as from a queue that is worked off in the wrong order.
                late = [(after + 60.0, before) for before, after in pairwise(firsts)]
                found += [Push(at, site.number, article, at - before) for at, before in late]
    there = (push for push in found if not push.age_s or push.article.exists(push.at))
    return sorted(there, key=lambda push: (push.at, push.site))


def _ignore_killed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Tasks of a killed process end with `Killed`, and nobody asks them."""
    if not isinstance(context.get("exception"), Killed):
        loop.default_exception_handler(context)


class Machine:
    """The machine, over the whole time of a world."""

    def __init__(self, world: World, database: Path, loop: VirtualLoop) -> None:
        self.world, self.loop = world, loop
        self.record = Record(world, database)
        self.internet = Internet(world, self.effect)
        self._observer = sqlite3.connect(database, isolation_level=None)
        self._random = Random(f"{world.seed} process")
        changes = {at for item in world.subscriptions for at in item.times if at}
        reloads = [MachineEvent("stop", at) for at in changes]
        self._events = sorted([*world.machine, *reloads], key=lambda item: item.at)
        self._pushes = pushes(world)
        self._statements = StatementFaults(self._statement_failed)
        self._version = InstalledVersion()
        self._last_push: dict[int, float] = {}
        self._offset = 0.0
        self._effects_left: int | None = None
        self._dead = False
        self._by_site: dict[str, Source] = {}
        self._push_tasks: set[asyncio.Task[None]] = set()
        self._disk_full_until = 0.0
        self._overdue_wait_s, self._requests_before = MIN_OVERDUE_WAIT_S, 0

    def clock(self) -> datetime:
        """What the machine's clock shows."""
        return moment(self.loop.time()) + timedelta(seconds=self._offset)

    def effect(self) -> None:
        """Called before each effect of the process: a request, a body's first byte, a commit."""
        if not self._dead and self._effects_left is not None:
            self._effects_left -= 1
            self._dead = self._effects_left <= 0
        if self._dead:
            raise Killed

    def close(self) -> None:
        """Close what only looks on."""
        self._observer.close()
        self._version.close()

    async def run(self) -> None:
        """All lives."""
        while self.loop.time() < self.world.end:
            await self._live(Life(len(self.record.lives), self.loop.time()))

    async def _live(self, life: Life) -> None:
        self.record.lives.append(life)
        self.internet.life = life.number
        self._dead, self._effects_left = False, None
        pause = 0.0
        others = asyncio.all_tasks()
        try:
            pause = await self._process(life)
        except Killed:
            life.how = "kill"
        except StoreError as error:
            life.how = f"store: {error}"
        self._dead = True
        left = asyncio.all_tasks() - others
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        life.end = self.loop.time()
        await asyncio.sleep(RESTART_S + pause)

    async def _process(self, life: Life) -> float:
        """One process, from its start to its stop; for how long it is stopped."""
        self._config_now = self._config()
        async with contextlib.AsyncExitStack() as stack:
            daemons = [await stack.enter_async_context(self._daemon()) for _ in range(self.world.daemons)]
            pause = await self._tick(daemons)
            if pause is None:
                life.how, pause = "end", 0.0
            else:
                life.how = "stop"
            await asyncio.gather(
                *(service.stop(GRACE_S) for daemon in daemons for service in (daemon.poller, daemon.visits))
            )
        return pause

    @contextlib.asynccontextmanager
    async def _daemon(self) -> AsyncIterator[Daemon]:
        """One daemon, which has opened the database."""
        config = self._config_now
        with Database(f"sqlite:///{self.record.database}", executor=LoopExecutor()) as database:
            event.listen(database.engine, "begin", self._before_begin)
            event.listen(database.engine, "commit", lambda _connection: self.effect())
            self._statements.listen(database.engine)
            client = Client(config.fetch, clock=self.clock, network=self.internet)
            async with open_poll_context(
                config, database, clock=self.clock, workers=InlineWorkers(), client=client, random=self._random
            ) as opened:
                context = replace(opened, pushes_arrive=self._pushes_arrive)
                known = await database.writing(sources.sync, configured_sources(config), self.clock())
                enabled = {source.id: source for source in known if source.enabled}
                self._by_site = {source.url: source for source in enabled.values()}
                yield Daemon(
                    Poller(enabled, context, max_polls=max_concurrent_polls(config), polled=self._polled),
                    Revisits(enabled, context),
                    (SearchIndexing(database), FingerprintFilling(database), DictionaryTraining(context)),
                )

    async def _tick(self, daemons: Sequence[Daemon]) -> float | None:
        """Tick the services until a stop: for how long. None at the world's end."""
        next_visits = next_small = 0.0
        while (now := self.loop.time()) < self.world.end:
            if (pause := self._happens(now)) is not None:
                return pause
            # A hub calls one address: which daemon has it at a time does not matter.
            self._push(daemons[int(now) % len(daemons)].poller, now)
            for daemon in daemons:
                await guarded_tick(daemon.poller)
            if now >= next_visits:
                next_visits = now + Revisits.interval_s
                for daemon in daemons:
                    await guarded_tick(daemon.visits)
            await asyncio.sleep(1.0)
            if self._dead:
                raise Killed
            if not any(daemon.is_busy for daemon in daemons) and not self._push_tasks:
                if now >= next_small:
                    next_small = now + MAX_IDLE_S
                    for service in (service for daemon in daemons for service in daemon.small):
                        await guarded_tick(service)
                self.loop.jump(min(self._next_due(), self.world.end))
        return None

    def _happens(self, now: float) -> float | None:
        """Let the events that are due befall the machine; the seconds of a stop."""
        while self._events and self._events[0].at <= now:
            item = self._events.pop(0)
            if item.kind == "upgrade":
                self._version.upgrade()
            if item.kind in ("stop", "upgrade"):
                return item.value
            self._befall(item, now)
        return None

    def _befall(self, item: MachineEvent, now: float) -> None:
        match item.kind:
            case "kill":
                self._effects_left = int(item.value)
            case "clock":
                self._offset += item.value
                self.record.offsets.append((now, self._offset))
            case "disk":
                self._disk_full_until = now + item.value
                self.record.full_disks.append((now, now + item.value))
            case "files":
                self.internet.no_files_until = now + item.value
            case "statement":
                self._statements.arm(int(item.value))
            case "empty":
                with contextlib.suppress(ConfigError):
                    refuse_reload(self._config_now, self._config_now.model_copy(update={"sources": ()}))
                    self.record.empty_configurations.append(now)

    def _statement_failed(self) -> None:
        now = self.loop.time()
        self.record.full_disks.append((now - UNDONE_S, now + UNDONE_S))

    def _before_begin(self, connection: Connection) -> None:
        if self._dead:
            raise Killed
        pages = _NO_PAGES if self.loop.time() < self._disk_full_until else _ALL_PAGES
        if connection.info.get("pages", _ALL_PAGES) != pages:
            # SQLite keeps the number of pages that there are, so that none can be added.
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            connection.info["pages"] = pages

    def _push(self, poller: Poller, now: float) -> None:
        """Deliver what hubs push now. What a hub pushed while no process ran is lost."""
        while self._pushes and self._pushes[0].at <= now:
            push = self._pushes.pop(0)
            site = self.world.site(push.site)
            source = self._by_site.get(site.feed_url()) or self._by_site.get(site.feed_url(self.world.end))
            if source is not None and now - push.at < 60:
                body = self.internet.push(site, [(site, push.article)], now, push.age_s)
                url = source.url
                response = Response(url, url, 200, (("content-type", "application/xml"),), body, self.clock())
                task = asyncio.create_task(self._poll_pushed(poller, source, response))
                self._push_tasks.add(task)
                task.add_done_callback(self._push_tasks.discard)

    async def _poll_pushed(self, poller: Poller, source: Source, response: Response) -> None:
        with contextlib.suppress(StoreError):
            poll = await poller.poll_pushed(source, response)
            self._last_push[source.id] = self.loop.time()
            outcome = str(poll.outcome)
            self.record.polls.append(EndedPoll(self.loop.time(), self.internet.life, source.name, outcome, pushed=True))

    def _pushes_arrive(self, source_id: int, _now: datetime) -> bool:
        return self.loop.time() - self._last_push.get(source_id, -1e9) < 2 * DAY_S

    def _polled(self, source: Source, poll: Poll) -> None:
        self.record.polls.append(EndedPoll(self.loop.time(), self.internet.life, source.name, str(poll.outcome)))

    def _next_due(self) -> float:
        """The true time at which a service has something to do, at most `MAX_IDLE_S` from now."""
        now = self.loop.time()
        query = (
            "SELECT min(at) FROM (SELECT min(max(next_poll_at, coalesce(l.expires_at, next_poll_at),"
            " coalesce(h.next_at, next_poll_at), coalesce(h.paused_until, next_poll_at))) AS at"
            " FROM sources s LEFT JOIN leases l ON l.source_id = s.id LEFT JOIN hosts h ON h.host = s.host"
            " WHERE enabled = 1 AND paused = 0"
            " UNION ALL SELECT min(due_at) FROM visits)"
        )
        found = self._observer.execute(query).fetchone()[0]
        due = (from_utc_text(found) - moment(0.0)).total_seconds() - self._offset if found else now + MAX_IDLE_S
        due = min([due, *(item.at for item in self._events[:1]), *(item.at for item in self._pushes[:1])])
        if due <= now:
            due = now + self._overdue_wait()  # the tick just now has not taken it: visits of a disabled source wait
        return min(due, now + MAX_IDLE_S)

    def _overdue_wait(self) -> float:
        is_idle = len(self.internet.exchanges) == self._requests_before
        wait = min(2 * self._overdue_wait_s, MAX_OVERDUE_WAIT_S) if is_idle else MIN_OVERDUE_WAIT_S
        self._overdue_wait_s, self._requests_before = wait, len(self.internet.exchanges)
        return wait

    def _config(self) -> Config:
        now = self.loop.time()
        entries = [
            {"url": self.world.site(item.site).feed_url(), **keys}
            for item in self.world.subscriptions
            if (keys := item.keys(now)) is not None
        ]
        return Config.model_validate(
            {
                "database": {"url": f"sqlite:///{self.record.database}"},
                "schedule": {
                    "interval": f"{self.world.interval_s:.0f}s",
                    "revisit": [f"{seconds:.0f}s" for seconds in self.world.revisit],
                },
                "sources": entries,
            }
        )
