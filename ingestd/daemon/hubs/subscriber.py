"""Pushes from hubs (WebSub): subscribing where feeds name a hub, renewing, ending, and handing pushes to the line.

Only the daemon does it, and only where the configuration names a callback. Everything about the subscriptions is held
in memory and written to the database beside it: a stranger who knocks at the callback costs the database nothing.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ingestd.config.logs import log_event
from ingestd.config.settings import WebsubConfig
from ingestd.daemon.hubs import (
    CallbackServer,
    is_active,
    may_be_known,
    new_subscription,
    pushes_arrive,
    renew_at,
    state_of,
    subscription_form,
)
from ingestd.fetch import shown_url
from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome, PollError, StoreError
from ingestd.model.http import Response
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.model.subscription import Subscription
from ingestd.poll.context import PollContext
from ingestd.store import subscriptions
from ingestd.store.leases import make_due

#: Seconds between two looks at what is to be renewed.
RENEW_S = 60.0
#: Pushes that wait for their turn, and their bytes: what comes on top of them is sent back to the hub.
MAX_WAITING = 64
MAX_WAITING_BYTES = 16_000_000
#: Seconds between two changes of a source's hub: feeds that name another at each poll are not followed each time.
CHANGE_S = 3_600
#: Characters of a hub's or a feed's address.
MAX_ADDRESS = 2_048

#: Polls a source with what was pushed instead of its own answer, as soon as nobody else polls it.
Take = Callable[[Source, Response], Awaitable[Poll]]


class HubSubscriber:
    """The subscriptions of one daemon, from `start` to `stop`. `watched` are the sources that are polled, by row."""

    def __init__(self, config: WebsubConfig, context: PollContext, watched: Mapping[int, Source]) -> None:
        self._config = config
        self._context = context
        self._watched = watched
        self._known: dict[int, Subscription] = {}
        # What we want no more of, until its hub has asked whether that is so: the latest of each source.
        self._leaving: dict[int, Subscription] = {}
        self._by_token: dict[str, int] = {}
        self._hastened: dict[int, datetime] = {}
        self._begun: dict[int, datetime] = {}
        self._waiting: list[int] = []
        self._asking: set[asyncio.Task[None]] = set()
        self._pushes: set[asyncio.Task[None]] = set()
        self._take: Take | None = None
        self._stopping = False
        self._server = CallbackServer(
            find=self._find, store=self._answered, on_push=self._pushed, on_forged=self._forged, clock=context.clock
        )

    async def start(self, take: Take) -> None:
        """Listen for hubs. A callback that cannot be opened is logged, and polling goes on as without it."""
        self._take = take
        for subscription in await self._context.database.reading(subscriptions.all_subscriptions):
            self._remember(subscription, self._leaving if subscription.ending else self._known)
        try:
            await self._server.start(*self._config.address)
        except OSError as error:
            log_event("websub-failed", level=logging.ERROR, error=f"cannot listen on {self._config.listen}: {error}")

    async def stop(self, grace_s: float) -> None:
        """Take no more pushes; those under way get `grace_s` seconds to be stored, then their sources are due."""
        self._stopping = True
        closing = asyncio.create_task(self._server.stop())
        for task in self._asking:
            task.cancel()
        if self._pushes:
            _, late = await asyncio.wait(self._pushes, timeout=grace_s)
            for task in late:
                task.cancel()
        await asyncio.gather(closing, *self._asking, *self._pushes, return_exceptions=True)

    def pushes_arrive(self, source_id: int, now: datetime) -> bool:
        """Whether a hub has promised to push what is new of a source, and keeps its word."""
        subscription = self._known.get(source_id)
        return subscription is not None and pushes_arrive(subscription, now)

    def heard(self, source: Source, poll: Poll) -> None:
        """Follow what a poll's feed said of its hub: subscribe, subscribe elsewhere, or end it."""
        known = self._known.get(source.id)
        if poll.outcome is Outcome.GONE and known is not None:
            self._later(self._leave(known))
        if poll.hubs is None or poll.topic is None:
            return
        hub = next((hub for hub in poll.hubs if _usable(hub, source)), None)
        if hub is None or len(poll.topic) > MAX_ADDRESS:
            if known is not None:
                self._later(self._leave(known))
        elif known is None or (known.hub, known.topic) != (hub, poll.topic):
            if self._is_too_soon(self._begun, source.id, CHANGE_S):
                return
            new = new_subscription(source.id, hub, poll.topic, secrets.token_hex(20), secrets.token_hex(32))
            self._later(self._ask(new, instead_of=known))

    async def renew(self) -> None:
        """Ask every hub again whose subscription ends soon, or which has not answered for long."""
        now = self._context.clock()
        for subscription in tuple(self._known.values()):
            if subscription.source_id in self._watched:
                if renew_at(subscription, now) <= now:
                    self._later(self._ask(subscription))
            else:
                self._later(self._leave(subscription))
        for subscription in tuple(self._leaving.values()):
            if renew_at(subscription, now) <= now:
                self._later(self._leave(subscription))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, subscription: Subscription, instead_of: Subscription | None = None) -> None:
        """Ask a hub to push, or to push no more."""
        asked = replace(
            subscription,
            requested_at=self._context.clock(),
            attempts=subscription.attempts + 1,
            denied_at=None,
            error=None,
        )
        # Hubs may ask back before they answer: whoever asks must find the request here already.
        await self._keep(asked)
        error = None
        try:
            await self._context.client.post_form(asked.hub, subscription_form(self._config.callback_url, asked))
        except PollError as problem:
            error = problem.reason
        current = await self._find(asked.token)
        if error and current is not None:
            await self._keep(replace(current, error=error))
        self._say("unsubscribe" if asked.ending else "subscribe", asked, error=error)
        if instead_of is not None:
            await self._leave(instead_of)

    async def _leave(self, subscription: Subscription) -> None:
        """Tell a hub that we want no more of it, as long as it may push; it asks back whether that is so."""
        if self._known.get(subscription.source_id) == subscription:
            del self._known[subscription.source_id]
        if not may_be_known(subscription, self._context.clock()):
            await self._forget(subscription)
        elif subscription.ending:
            await self._ask(subscription)
        else:
            await self._ask(replace(subscription, ending=True, attempts=0))

    async def _keep(self, subscription: Subscription) -> None:
        self._remember(subscription, self._leaving if subscription.ending else self._known)
        if not subscription.ending or subscription.source_id not in self._known:
            await self._write(
                subscriptions.save_subscription, subscription, state_of(subscription, self._context.clock())
            )

    async def _forget(self, subscription: Subscription) -> None:
        current = self._leaving.get(subscription.source_id)
        if current is not None and current.token == subscription.token:
            del self._leaving[subscription.source_id]
        self._by_token.pop(subscription.token, None)
        if subscription.source_id not in self._known:
            await self._write(subscriptions.delete_subscription, subscription.source_id)
        self._say("subscription-ended", subscription)

    def _remember(self, subscription: Subscription, among: dict[int, Subscription]) -> None:
        before = among.get(subscription.source_id)
        if before is not None and before.token != subscription.token and subscription.ending:
            self._by_token.pop(before.token, None)
        among[subscription.source_id] = subscription
        self._by_token[subscription.token] = subscription.source_id

    async def _write(self, function: Callable[..., None], *args: object) -> None:
        try:
            await self._context.database.writing(function, *args)
        except StoreError as error:
            log_event("store-failed", level=logging.ERROR, error=str(error))

    async def _find(self, token: str) -> Subscription | None:
        source_id = self._by_token.get(token, 0)
        found = (self._known.get(source_id), self._leaving.get(source_id))
        return next((one for one in found if one is not None and one.token == token), None)

    async def _answered(self, subscription: Subscription) -> None:
        """A hub has confirmed or refused."""
        if subscription.ending:
            await self._forget(subscription)
            return
        await self._keep(subscription)
        self._say("subscribed", subscription, error=subscription.error, expires_at=subscription.expires_at)

    async def _forged(self, subscription: Subscription) -> None:
        """A push without the right signature, by somebody who knows the callback: counted, never read."""
        current = await self._find(subscription.token)
        if current is not None:
            await self._keep(replace(current, refused=current.refused + 1))
        self._say("push-refused", subscription, error="the push is not signed with the subscription's secret")

    async def _pushed(self, subscription: Subscription, body: bytes, content_type: str | None) -> bool:
        source = self._watched.get(subscription.source_id)
        if source is None or not is_active(subscription, self._context.clock()):
            return True
        full = len(self._waiting) >= MAX_WAITING or sum(self._waiting) + len(body) > MAX_WAITING_BYTES
        if full or self._stopping:
            return False
        response = Response(
            url=source.url,
            final_url=source.url,
            status=200,
            headers=(("content-type", content_type),) if content_type else (),
            body=body,
            fetched_at=self._context.clock(),
        )
        self._waiting.append(len(body))
        task = asyncio.create_task(self._hand_over(source, response), name=f"push {source.name}")
        self._pushes.add(task)
        task.add_done_callback(self._pushes.discard)
        task.add_done_callback(lambda _: self._waiting.remove(len(body)))
        return True

    async def _hand_over(self, source: Source, response: Response) -> None:
        assert self._take is not None, "nothing is pushed before the start"
        good = False
        try:
            good = (await self._take(source, response)).outcome in SUCCESSFUL_OUTCOMES
        except StoreError as error:
            log_event("store-failed", level=logging.ERROR, source=source.name, error=str(error))
        finally:
            if not good:
                await self._hasten(source.id)
        subscription = self._known.get(source.id)
        if good and subscription is not None:
            arrived = replace(subscription, last_push_at=self._context.clock(), pushes=subscription.pushes + 1)
            await self._keep(arrived)

    async def _hasten(self, source_id: int) -> None:
        """What could not be read from a push is fetched instead, but a noisy hub does not make us poll all the time."""
        if not self._is_too_soon(self._hastened, source_id, self._context.schedule.min_interval):
            await self._write(make_due, [source_id], self._context.clock())

    def _is_too_soon(self, last: dict[int, datetime], source_id: int, seconds: float) -> bool:
        """Whether something was done for a source less than `seconds` ago; if not, it counts as done now."""
        now, before = self._context.clock(), last.get(source_id)
        if before is not None and now - before < timedelta(seconds=seconds):
            return True
        last[source_id] = now
        return False

    def _say(self, name: str, subscription: Subscription, error: str | None = None, **fields: object) -> None:
        source = self._watched.get(subscription.source_id)
        log_event(
            name,
            level=logging.WARNING if error else logging.INFO,
            source=source.name if source else None,
            url=shown_url(subscription.hub),
            error=error,
            **fields,
        )


def _usable(hub: str, source: Source) -> bool:
    """Whether a hub may learn a secret: where the feed itself is safe from listeners, so must be the hub."""
    safe = ("https://",) if source.url.startswith("https://") else ("https://", "http://")
    return len(hub) <= MAX_ADDRESS and hub.startswith(safe)
