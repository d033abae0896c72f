"""Polls the sources that are due. The schedule lies in the database (`sources.next_poll_at`), so a restart keeps it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ingestd.daemon.service import finish, log_store_failure
from ingestd.identity.urls import host_key
from ingestd.model.errors import LeaseLostError, StoreError
from ingestd.model.http import Response
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.poll import pipeline
from ingestd.poll.context import MAX_POLLS_PER_HOST, PollContext
from ingestd.poll.leases import lease_polls, lease_sources
from ingestd.poll.outcome import schedule_limits
from ingestd.store.leases import due_sources, release_sources

#: Seconds for which a source rests at most whose poll could not be recorded at all. The first rest is the shortest
#: interval between two polls of it, and each further one is twice as long.
MAX_REST_S = 86_400.0
#: How many seconds ahead of the start of its request a poll may begin, so that a host is asked without gaps.
START_AHEAD_S = 2.0
#: Seconds between two attempts to poll a source with a push while another poll of it is under way.
PUSH_RETRY_S = 0.5


@dataclass(frozen=True, slots=True)
class _Rest:
    """For how many seconds a source rests, and until when, by the clock of the event loop."""

    seconds: float
    until: float


class Poller:
    """Leases and polls due sources, up to `max_polls` at once; `polled` is called after each poll that was due.

    Sources are taken host by host, and a poll begins when its host may be asked: one that would wait for its host keeps
    no place, and others are polled meanwhile.
    """

    interval_s = 1.0

    def __init__(
        self,
        sources_by_id: Mapping[int, Source],
        context: PollContext,
        *,
        max_polls: int,
        polled: Callable[[Source, Poll], None] = lambda _source, _poll: None,
    ) -> None:
        self._sources = sources_by_id
        self._context = context
        self._max_polls = max_polls
        self._polled = polled
        self._tasks: set[asyncio.Task[Poll]] = set()
        self._active: set[int] = set()
        self._unreleased: set[int] = set()
        self._rests: dict[int, _Rest] = {}
        self._stopping = False
        own = [settings.concurrency or 0 for settings in context.host_settings.values()]
        self._max_per_host = max([MAX_POLLS_PER_HOST, *own])

    @property
    def in_flight(self) -> int:
        """How many polls are under way."""
        return len(self._tasks)

    @property
    def is_idle(self) -> bool:
        """Whether no source is being polled."""
        return not self._active

    async def start(self) -> None:
        """Nothing to begin: the first tick polls what is due."""

    async def tick(self) -> None:
        """Start polls of due sources. Raises StoreError."""
        free = self._max_polls - len(self._active)
        if free <= 0 or self._stopping:
            return
        await self._release_failed()
        database, now = self._context.database, self._context.clock()
        resting = {key for key, rest in self._rests.items() if rest.until > asyncio.get_running_loop().time()}
        per_host, limit = self._max_per_host + len(resting), free + len(resting)
        due = await database.reading_first(due_sources, now, limit, per_host=per_host, ahead_s=START_AHEAD_S)
        busy = resting | self._active
        wanted = self._with_places([self._sources[key] for key in due if key in self._sources and key not in busy])
        if not wanted:
            return
        leased = await lease_polls(wanted[:free], self._context, lambda _: START_AHEAD_S, only_due=True)
        for source in wanted[:free]:
            if source.id in leased.starts:
                self._start(source)

    def _with_places(self, due: Iterable[Source]) -> list[Source]:
        """The sources that may be polled beside those that are: each host has a number of places."""
        taken = Counter(host_key(self._sources[key].url) for key in self._active if key in self._sources)
        found = []
        for source in due:
            host = host_key(source.url)
            if taken[host] < self._context.max_polls(host):
                taken[host] += 1
                found.append(source)
        return found

    async def stop(self, grace_s: float) -> None:
        """Start no further poll. What a cancelled poll has stored stays; its fresh entries wait in the inbox."""
        self._stopping = True
        await finish(self._tasks, grace_s)

    async def poll_pushed(self, source: Source, pushed: Response) -> Poll:
        """Poll a source with a pushed body, as soon as no other poll of it is under way. Raises StoreError."""
        # The other poll may be another process's: there is no event to wait for.
        while source.id in self._active or not await lease_sources([source], self._context):  # noqa: ASYNC110
            await asyncio.sleep(PUSH_RETRY_S)
        self._active.add(source.id)
        try:
            return await pipeline.poll(source, self._context, pushed=pushed)
        except LeaseLostError:
            self._unreleased.add(source.id)
            raise
        except StoreError:
            self._rest(source)
            raise
        finally:
            self._active.discard(source.id)

    def _start(self, source: Source) -> None:
        self._active.add(source.id)
        task = asyncio.create_task(pipeline.poll(source, self._context), name=f"poll {source.name}")
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(done, source))

    def _ended(self, task: "asyncio.Task[Poll]", source: Source) -> None:
        self._tasks.discard(task)
        self._active.discard(source.id)
        if task.cancelled():
            return
        if (error := task.exception()) is None:
            self._rests.pop(source.id, None)
            if not self._stopping:
                self._polled(source, task.result())
            return
        if isinstance(error, LeaseLostError):
            # It is due as before, for whoever may poll it: here too, where no other process has taken it.
            self._unreleased.add(source.id)
            return
        rest_s = self._rest(source)
        reason = f"{error}; the source rests for {rest_s:g} s"
        log_store_failure(error, source=source.name, reason=reason)
        if not isinstance(error, StoreError):
            logging.getLogger("ingestd").error(
                "internal-error", exc_info=error, extra={"fields": {"source": source.name}}
            )

    def _rest(self, source: Source) -> float:
        """Let a source rest whose poll left no outcome: in the database it is due. Returns for how many seconds."""
        self._unreleased.add(source.id)
        before = self._rests.get(source.id)
        seconds = min(2 * before.seconds, MAX_REST_S) if before else schedule_limits(source, self._context).min_s
        self._rests[source.id] = _Rest(seconds, asyncio.get_running_loop().time() + seconds)
        return seconds

    async def _release_failed(self) -> None:
        """Release the leases of polls whose outcome could not be written."""
        if failed := frozenset(self._unreleased):
            await self._context.database.writing_first(release_sources, self._context.lease_holder, failed)
            self._unreleased -= failed
