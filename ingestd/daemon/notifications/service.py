"""The daemon's service that delivers the outbox: each target's events in their order, again until it has taken them.

A target that fails holds up its own queue alone. Polls never wait for it: they write to the outbox and go on.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from ingestd.config.logs import log_event
from ingestd.daemon.notifications.targets import DeliveryError, Target
from ingestd.daemon.service import finish, log_store_failure
from ingestd.model.errors import StoreError
from ingestd.policy.notifications import notification, retry_delay_s
from ingestd.poll.lease_holders import is_dead_holder
from ingestd.store import notify_targets, outbox
from ingestd.store.database import Database
from ingestd.store.outbox import QueuedEvent

#: Seconds for which one daemon delivers to a target before others may, and for which it begins deliveries meanwhile.
TURN_S = 150.0
DELIVERING_S = 60.0
#: Events that are read at once.
BATCH_EVENTS = 50
#: Seconds between two looks for events that have waited too long.
EXPIRY_CHECK_S = 600.0


class Notifications:
    """Delivers what waits for `targets`; `events` are what each of them wants."""

    interval_s = 1.0

    def __init__(
        self,
        targets: Mapping[str, Target],
        events: Mapping[str, list[str]],
        database: Database,
        *,
        holder: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._targets = targets
        self._events = events
        self._database = database
        self._holder = holder
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._expired_at: datetime | None = None
        self._stopping = False

    @property
    def in_flight(self) -> int:
        """How many targets are being told."""
        return len(self._tasks)

    async def start(self) -> None:
        """Make the table of targets follow the configuration. Raises StoreError."""
        await self._database.writing(notify_targets.release_dead_turns, is_dead_holder)
        removed = await self._database.writing(notify_targets.sync_targets, self._events, self._clock())
        for name, queued in removed.items():
            level = logging.WARNING if queued else logging.INFO
            log_event("notify-target-removed", level=level, target=name, undelivered=queued)
        for target in self._targets.values():
            await target.open()

    async def tick(self) -> None:
        """Begin deliveries to the targets that have events waiting and may be tried. Raises StoreError."""
        if not self._targets or self._stopping:
            return
        now = self._clock()
        if self._expired_at is None or not timedelta(0) <= now - self._expired_at < timedelta(seconds=EXPIRY_CHECK_S):
            self._expired_at = now
            await self._drop_expired(now)
        for name in await self._database.reading(notify_targets.due_targets, now):
            if name in self._targets and name not in self._tasks:
                task = asyncio.create_task(self._deliver(name), name=f"notify {name}")
                self._tasks[name] = task
                task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks = {name: other for name, other in self._tasks.items() if other is not task}

    async def stop(self, grace_s: float) -> None:
        """Begin no further delivery. One that is cancelled is made again by the next daemon."""
        self._stopping = True
        await finish(tuple(self._tasks.values()), grace_s)
        for target in self._targets.values():
            await target.close()

    async def _drop_expired(self, now: datetime) -> None:
        for name in self._targets:
            dropped = await self._database.writing(outbox.drop_old_events, name, now)
            if dropped:
                reason = f"{dropped} events were dropped: they waited longer than {outbox.MAX_AGE.days} days"
                log_event("notifications-dropped", level=logging.ERROR, target=name, error=reason)

    async def _deliver(self, name: str) -> None:
        """Deliver to one target until its queue is empty, a delivery fails, or the turn ends."""
        writing = self._database.writing
        try:
            try:
                if await writing(notify_targets.claim_target, name, self._holder, self._clock(), TURN_S):
                    await self._deliver_queue(name)
            finally:
                # Also where a stop cancelled the claim: the write that has begun is finished.
                await writing(notify_targets.release_target, name, self._holder)
        except StoreError as error:
            log_store_failure(error, target=name)
        except Exception:
            logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"target": name}})

    async def _deliver_queue(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + DELIVERING_S
        while events := await self._database.reading(outbox.queued_events, name, BATCH_EVENTS):
            for event in events:
                if self._stopping or loop.time() >= until or not await self._deliver_one(name, event):
                    return

    async def _deliver_one(self, name: str, event: QueuedEvent) -> bool:
        """Deliver one event, and record how that went; False where it failed."""
        try:
            await self._targets[name].deliver(notification(event.id, event.event, event.at, json.loads(event.payload)))
        except DeliveryError as error:
            failures = 1 + await self._database.reading(notify_targets.failures, name)
            now = self._clock()
            delay_s = retry_delay_s(failures, error.retry_after_s)
            next_try = now + timedelta(seconds=delay_s)
            await self._database.writing(notify_targets.record_failure, name, str(error), now, next_try)
            reason = f"{error}; it is tried again in {delay_s:g} s"
            log_event("notification-failed", level=logging.WARNING, target=name, event_kind=event.event, error=reason)
            return False
        await self._database.writing(notify_targets.record_delivery, name, event.id, self._clock())
        log_event("notified", level=logging.DEBUG, target=name, event_kind=event.event)
        return True
