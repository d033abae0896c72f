"""The daemon's WebSub subscriber: subscribes where feeds name a hub, renews, unsubscribes, and delivers pushes.

Only where the configuration names a callback. All subscriptions are held in memory, and written to the database when
they change: requests to the callback with an unknown token cost no query.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ingestd.config.logs import log_event
from ingestd.config.service_settings import WebsubConfig
from ingestd.daemon.hubs.callback import CallbackServer
from ingestd.daemon.hubs.known_subscriptions import KnownSubscriptions
from ingestd.daemon.hubs.protocol import (
    MAX_URL_CHARS,
    is_active,
    may_be_known,
    may_have_secret,
    new_subscription,
    pushes_arrive,
    renew_at,
    state_of,
    subscription_form,
)
from ingestd.daemon.hubs.push_queue import PollPushed, PushQueue
from ingestd.daemon.hubs.rate_limits import MinInterval, WriteLimit
from ingestd.daemon.service import log_store_failure
from ingestd.identity.urls import shown_url
from ingestd.model.errors import LeaseLostError, Outcome, PollError, StoreError
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.model.subscription import Subscription
from ingestd.poll.context import PollContext
from ingestd.poll.leases import has_task
from ingestd.store import subscriptions
from ingestd.store.leases import make_due, under_lease

#: The task of renewing subscriptions, which one daemon does for all, and the seconds of its lease.
RENEWAL_TASK = "hubs"
RENEWAL_TASK_S = 600.0
#: Seconds between two looks in the database for an unknown callback, which may be of another daemon's subscription.
MIN_LOOK_S = 1.0
#: Seconds between two changes of a source's hub or topic: some feeds name another one at each poll.
MIN_HUB_CHANGE_S = 3_600


class HubSubscriber:
    """The subscriptions of one daemon; a service. `sources_by_id` are the sources that are polled."""

    interval_s = 60.0

    def __init__(self, config: WebsubConfig, context: PollContext, sources_by_id: Mapping[int, Source]) -> None:
        self._config = config
        self._context = context
        self._sources = sources_by_id
        self._known = KnownSubscriptions()
        self._subscribed = self._known.subscribed
        self._polled_soon = MinInterval()
        self._hub_changed = MinInterval()
        self._looked_up = MinInterval()
        self._requests: set[asyncio.Task[None]] = set()
        self._pushes = PushQueue(self._delivered, clock=context.clock)
        self._write_limit = WriteLimit()
        self._server = CallbackServer(
            find=self._find_anywhere,
            store=self._verified,
            on_push=self._pushed,
            on_forged=self._forged,
            clock=context.clock,
        )

    @property
    def in_flight(self) -> int:
        """0: a push that is interrupted makes its source due."""
        return 0

    def deliver_to(self, poll_pushed: PollPushed) -> None:
        """Set what polls a source with a push; before `start`."""
        self._pushes.deliver_to(poll_pushed)

    async def start(self) -> None:
        """Listen for hubs. Where the port cannot be opened that is logged, and sources are polled as without hubs."""
        for subscription in await self._context.database.reading(subscriptions.all_subscriptions):
            self._known.remember(subscription)
        try:
            await self._server.start(*self._config.address)
        except OSError as error:
            log_event("websub-failed", level=logging.ERROR, error=f"cannot listen on {self._config.listen}: {error}")

    async def stop(self, grace_s: float) -> None:
        """Accept no more pushes; those in flight get `grace_s` seconds to be stored, then their sources are due."""
        for task in self._requests:
            task.cancel()
        await asyncio.gather(self._pushes.stop(grace_s), self._server.stop(), *self._requests, return_exceptions=True)
        await self._store_left()

    def pushes_arrive(self, source_id: int, now: datetime) -> bool:
        """Whether a source has an active subscription whose hub has pushed lately."""
        subscription = self._subscribed.get(source_id)
        return subscription is not None and pushes_arrive(subscription, now)

    def follow(self, source: Source, poll: Poll) -> None:
        """Follow the hub that a polled feed names: subscribe, subscribe at another hub, or unsubscribe."""
        known = self._subscribed.get(source.id)
        if poll.outcome is Outcome.GONE and known is not None:
            self._in_background(self._unsubscribe(known))
        if poll.hubs is None or poll.topic is None:
            return
        hub = next((hub for hub in poll.hubs if may_have_secret(hub, source.url)), None)
        if hub is None or len(poll.topic) > MAX_URL_CHARS:
            if known is not None:
                self._in_background(self._unsubscribe(known))
        elif known is None or (known.hub, known.topic) != (hub, poll.topic):
            if self._hub_changed.is_too_soon(source.id, self._context.clock(), MIN_HUB_CHANGE_S):
                return
            new = new_subscription(source.id, hub, poll.topic, secrets.token_hex(20), secrets.token_hex(32))
            self._in_background(self._request(new, instead_of=known))

    async def tick(self) -> None:
        """Renew subscriptions that end soon or were not verified; unsubscribe from sources that are gone.

        One of several daemons does so. All learn of the subscriptions that others have made.
        """
        await self._store_left()
        await self._learn()
        if not await has_task(RENEWAL_TASK, self._context, RENEWAL_TASK_S):
            return
        now, lease = self._context.clock(), self._context.leases.number(RENEWAL_TASK)
        for subscription in (*self._subscribed.values(), *self._known.ending.values()):
            is_polled = subscription.source_id in self._sources
            if renew_at(subscription, now) <= now or not (is_polled or subscription.ending):
                self._in_background(self._renew(subscription, lease, is_polled=is_polled))

    async def _renew(self, subscription: Subscription, lease: int | None, *, is_polled: bool) -> None:
        """Renew a subscription, or end it, under the lease of that task."""
        try:
            if is_polled and not subscription.ending:
                await self._request(subscription, lease=lease)
            else:
                await self._unsubscribe(subscription, lease)
        except LeaseLostError as error:
            log_store_failure(error, url=shown_url(subscription.hub))
            # Another daemon renews it now: what that has stored is known instead.
            self._known.forget_source(subscription.source_id)
            await self._learn()

    async def _learn(self) -> None:
        """Follow what other daemons have done. Raises StoreError."""
        stored = await self._context.database.reading(subscriptions.all_subscriptions)
        self._known.learn(stored, self._context.clock() - timedelta(seconds=self.interval_s))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)

    async def _request(
        self, subscription: Subscription, instead_of: Subscription | None = None, lease: int | None = None
    ) -> None:
        """Send a subscription request, or one to unsubscribe (WebSub, 5.1). Raises LeaseLostError."""
        requested = replace(
            subscription,
            requested_at=self._context.clock(),
            attempts=subscription.attempts + 1,
            denied_at=None,
            error=None,
        )
        # Hubs may verify before they respond to the request: it must be stored by then.
        await self._keep(requested, lease)
        error = None
        try:
            await self._context.client.post_form(requested.hub, subscription_form(self._config.callback_url, requested))
        except PollError as problem:
            error = problem.reason
        current = self._known.find(requested.token)
        if error and current is not None:
            await self._keep(replace(current, error=error), lease)
        self._log("unsubscribe" if requested.ending else "subscribe", requested, error=error)
        if instead_of is not None:
            await self._unsubscribe(instead_of)

    async def _unsubscribe(self, subscription: Subscription, lease: int | None = None) -> None:
        """End a subscription: at the hub too, as long as it may push."""
        if self._subscribed.get(subscription.source_id) == subscription:
            del self._subscribed[subscription.source_id]
        if not may_be_known(subscription, self._context.clock()):
            await self._forget(subscription, lease)
        elif subscription.ending:
            await self._request(subscription, lease=lease)
        else:
            await self._request(replace(subscription, ending=True, attempts=0), lease=lease)

    async def _keep(self, subscription: Subscription, lease: int | None = None) -> None:
        self._known.remember(subscription)
        if not subscription.ending or subscription.source_id not in self._subscribed:
            state = state_of(subscription, self._context.clock())
            await self._write(lease, subscriptions.save_subscription, subscription, state)

    async def _forget(self, subscription: Subscription, lease: int | None = None) -> None:
        self._known.forget(subscription)
        if subscription.source_id not in self._subscribed:
            await self._write(lease, subscriptions.delete_subscription, subscription.source_id)
        self._log("subscription-ended", subscription)

    async def _write(self, lease: int | None, function: Callable[..., None], *args: object) -> None:
        fenced = (function,) if lease is None else (under_lease, lease, function)
        try:
            await self._context.database.writing(*fenced, *args)
        except LeaseLostError:
            raise
        except StoreError as error:
            log_store_failure(error)

    async def _find_anywhere(self, token: str) -> Subscription | None:
        """The subscription of a callback: also one that another daemon has made just now, once a second at most."""
        found = self._known.find(token)
        if found is None and not self._looked_up.is_too_soon(0, self._context.clock(), MIN_LOOK_S):
            await self._learn()
            found = self._known.find(token)
        return found

    async def _verified(self, subscription: Subscription) -> None:
        """A hub has verified or denied a request."""
        if subscription.ending:
            await self._forget(subscription)
            return
        if await self._keep_or_leave(subscription):
            self._log("subscribed", subscription, error=subscription.error, expires_at=subscription.expires_at)

    async def _forged(self, subscription: Subscription) -> None:
        """A push to a valid callback without the right signature: counted, and not read."""
        current = self._known.find(subscription.token)
        if current is not None and await self._keep_or_leave(replace(current, refused=current.refused + 1)):
            self._log("push-refused", subscription, error="the push is not signed with the subscription's secret")

    async def _keep_or_leave(self, subscription: Subscription) -> bool:
        """Keep what a request to the callback changed: stored at once (then True), or at the next tick if many come."""
        if stored := self._write_limit.allows(subscription.source_id, self._context.clock()):
            await self._keep(subscription)
        else:
            self._known.remember(subscription)
        return stored

    async def _store_left(self) -> None:
        for source_id, count in self._write_limit.take_left().items():
            for group in (self._subscribed, self._known.ending):
                if (subscription := group.get(source_id)) is not None:
                    await self._keep(subscription)
                    self._log("callback-flooded", subscription, error=f"{count} more forged pushes or verifications")

    async def _pushed(self, subscription: Subscription, body: bytes, content_type: str | None) -> bool:
        """Whether a signed push is taken; one of a subscription that has ended is, and nothing comes of it."""
        source = self._sources.get(subscription.source_id)
        if source is None or not is_active(subscription, self._context.clock()):
            return True
        return self._pushes.add(source, body, content_type)

    async def _delivered(self, source_id: int, is_read: bool) -> None:
        """A push was read, or not: then its source is polled soon, at most once in the minimum interval."""
        now, subscription = self._context.clock(), self._subscribed.get(source_id)
        if is_read and subscription is not None:
            await self._keep(replace(subscription, last_push_at=now, pushes=subscription.pushes + 1))
        if not is_read and not self._polled_soon.is_too_soon(source_id, now, self._context.schedule.min_interval):
            await self._write(None, make_due, [source_id], now)

    def _log(self, name: str, subscription: Subscription, error: str | None = None, **fields: object) -> None:
        source = self._sources.get(subscription.source_id)
        log_event(
            name,
            level=logging.WARNING if error else logging.INFO,
            source=source.name if source else None,
            url=shown_url(subscription.hub),
            error=error,
            **fields,
        )
