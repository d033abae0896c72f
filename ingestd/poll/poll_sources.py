"""Polls several sources now and waits: for `ingestd fetch`."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from ingestd.config.logs import log_event
from ingestd.fetch.politeness import MAX_INLINE_WAIT_S, MAX_SPACING_WAIT_S
from ingestd.identity.urls import host_key
from ingestd.model.errors import LeaseLostError, StoreError
from ingestd.model.host_pace import HostPace
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.poll import pipeline
from ingestd.poll.context import PollContext
from ingestd.poll.leases import lease_polls, lease_sources
from ingestd.store.leases import make_due

#: Seconds between two looks at the hosts that sources wait for, and how many seconds ahead starts are claimed: few, so
#: that others come in between.
ROUND_S = 0.5
CLAIM_AHEAD_S = 2.0
#: Sources of one host that are looked at in a round, where they have to wait.
MAX_ROUND_SOURCES = 8
#: The wait in seconds from which it is reported.
MIN_REPORTED_WAIT_S = 1.0


async def poll_sources(
    wanted: Sequence[Source],
    context: PollContext,
    *,
    force: bool,
    done: Callable[[Poll], None],
    waits: Callable[[str, float], None] = lambda _host, _seconds: None,
) -> list[Source]:
    """Poll every source as soon as its host may be asked; `done` is called after each.

    `waits` is called once for each host that makes its sources wait, with the seconds until it may be asked. Returns
    the sources that another process polls. Raises StoreError where the database cannot be written.
    """
    lost: list[Source] = []
    try:
        async with asyncio.TaskGroup() as group:
            elsewhere = await _Rounds(wanted, context, waits).run(
                lambda source, start: group.create_task(_poll(source, start, context, lost, force=force, done=done))
            )
    except* StoreError as failed:
        # A database that cannot be written fails every poll in the same way: one error is reported.
        raise next(_single_errors(failed)) from None
    for source in elsewhere:
        log_event("leased", source=source.name, error="another process polls this source at the moment")
    return [*elsewhere, *lost]


async def _poll(
    source: Source,
    start: datetime | None,
    context: PollContext,
    lost: list[Source],
    *,
    force: bool,
    done: Callable[[Poll], None],
) -> None:
    """Poll a leased source when its request may start: until then it uses none of the slots for polls.

    One whose lease ends before its poll is put into `lost`.
    """
    context.leases.renew(source.id)
    if start is not None and (wait_s := (start - context.clock()).total_seconds()) > 0:
        await asyncio.sleep(wait_s)
    try:
        done(await pipeline.poll(source, context, force=force))
    except LeaseLostError:
        lost.append(source)


class _Rounds:
    """Leases sources host by host, in their order: each round those whose host may be asked soon."""

    def __init__(self, wanted: Sequence[Source], context: PollContext, waits: Callable[[str, float], None]) -> None:
        self._waiting = {source.id: source for source in wanted}
        self._context = context
        self._waits = waits
        self._reported: set[str] = set()
        self._last_start: dict[str, datetime] = {}
        self._elsewhere: set[int] = set()

    async def run(self, start: Callable[[Source, datetime | None], object]) -> list[Source]:
        """Call `start` for each source with the claimed start of its request; returns those polled elsewhere."""
        all_sources = list(self._waiting.values())
        batch = all_sources
        while self._waiting:
            for source, at in await self._lease(batch):
                start(source, at)
            if self._waiting:
                await asyncio.sleep(ROUND_S)
            batch = self._next_batch()
        return [source for source in all_sources if source.id in self._elsewhere]

    async def _lease(self, batch: Sequence[Source]) -> list[tuple[Source, datetime | None]]:
        context = self._context
        if not batch:
            return []
        leased = await lease_polls(batch, context, self._max_wait_s(batch))
        starts = dict(leased.starts)
        hopeless = self._hopeless(batch, starts, leased.paces)
        starts |= dict.fromkeys(source.id for source in await lease_sources(hopeless, context))
        # A killed poll outside of the schedule leaves the source due, so that the next process polls it.
        await context.database.writing(make_due, sorted(starts), context.clock())
        self._elsewhere |= leased.elsewhere | {source.id for source in hopeless if source.id not in starts}
        started = [(source, starts[source.id]) for source in batch if source.id in starts]
        for key in (*starts, *self._elsewhere):
            self._waiting.pop(key, None)
        for source, at in started:
            if at is not None:
                self._last_start[host_key(source.url)] = at
        self._report(batch, leased.paces)
        return started

    def _max_wait_s(self, batch: Sequence[Source]) -> Callable[[Source], float]:
        """The next start of a host is claimed however late it is, the others shortly before they are."""
        now, first = self._context.clock(), dict[str, int]()
        for source in batch:
            key = host_key(source.url)
            if self._last_start.get(key, now) <= now:
                first.setdefault(key, source.id)
        next_ones = set(first.values())
        return lambda source: MAX_SPACING_WAIT_S if source.id in next_ones else CLAIM_AHEAD_S

    def _hopeless(
        self, batch: Sequence[Source], starts: Mapping[int, object], paces: Mapping[str, HostPace]
    ) -> list[Source]:
        """Sources whose host may not be asked for long: their polls end at once, and say so."""
        now = self._context.clock()

        def too_long(pace: HostPace | None) -> bool:
            if pace is None:
                return False
            wait_s = (pace.may_start_at(now) - now).total_seconds()
            return pace.pause_left_s(now) > MAX_INLINE_WAIT_S or wait_s > MAX_SPACING_WAIT_S

        return [source for source in batch if source.id not in starts and too_long(paces.get(host_key(source.url)))]

    def _report(self, batch: Sequence[Source], paces: Mapping[str, HostPace]) -> None:
        now = self._context.clock()
        for host in {host_key(source.url) for source in batch} - self._reported:
            at = self._last_start.get(host) or now
            if any(host_key(source.url) == host for source in self._waiting.values()) and host in paces:
                at = max(at, paces[host].may_start_at(now))
            if (wait_s := (at - now).total_seconds()) >= MIN_REPORTED_WAIT_S:
                self._reported.add(host)
                self._waits(host, wait_s)

    def _next_batch(self) -> list[Source]:
        """The first sources of each host of which no start is claimed for much later."""
        now = self._context.clock()
        counts: dict[str, int] = {}
        batch = []
        for source in self._waiting.values():
            host = host_key(source.url)
            counts[host] = counts.get(host, 0) + 1
            ahead_s = (self._last_start.get(host, now) - now).total_seconds()
            if counts[host] <= MAX_ROUND_SOURCES and ahead_s <= CLAIM_AHEAD_S:
                batch.append(source)
        return batch


def _single_errors(group: BaseExceptionGroup[StoreError]) -> Iterator[StoreError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _single_errors(error)
        else:
            yield error
