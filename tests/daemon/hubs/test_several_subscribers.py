"""Several daemons with one callback: one renews the subscriptions, and each knows those of the others."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ingestd.config.service_settings import WebsubConfig
from ingestd.daemon.hubs.protocol import new_subscription, state_of
from ingestd.daemon.hubs.subscriber import HubSubscriber
from ingestd.model.subscription import Subscription
from ingestd.poll.held_leases import HeldLeases
from ingestd.store import sources, subscriptions
from ingestd.store.leases import release_leases
from tests.support.installation import Installation
from tests.support.server import Answer

TOKEN = "ab" * 20

pytestmark = pytest.mark.process


class Several:
    """Two daemons' subscribers to the hub of one source; they do not listen."""

    def __init__(self, installation: Installation, hub: str, subscribers: list[HubSubscriber]) -> None:
        self.installation = installation
        self.hub = hub
        self.first, self.second = subscribers

    def subscription(self, token: str, **values: Any) -> Subscription:
        made = new_subscription(1, self.hub, "https://site.example/feed", token, "cd" * 20)
        return replace(made, **values)

    async def save(self, made: Subscription) -> None:
        database = self.first._context.database
        state = state_of(made, self.installation.clock())
        await database.writing(subscriptions.save_subscription, made, state)

    async def tick(self) -> None:
        for subscriber in (self.first, self.second):
            await subscriber.tick()
            for task in tuple(subscriber._requests):
                await task

    def asked(self) -> int:
        return len(self.installation.server.to("/hub"))


@pytest.fixture
async def several(installation: Installation) -> AsyncIterator[Several]:
    hub = installation.server.route("/hub", Answer(202))
    installation.configure({"name": "甲", "path": "/f"})
    async for context in installation.open():
        [source] = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        config = WebsubConfig(callback_url="http://127.0.0.1:9/push")
        made = [
            HubSubscriber(config, replace(context, lease_holder=f"{name}:1:abc", leases=HeldLeases()), {1: source})
            for name in ("first", "second")
        ]
        yield Several(installation, hub, made)


async def test_one_daemon_renews_and_another_one_where_it_has_stopped(several: Several):
    soon = several.installation.clock() + timedelta(minutes=1)
    await several.save(several.subscription(TOKEN, expires_at=soon, lease_s=86_400))
    await several.tick()
    assert several.asked() == 1
    await several.tick()
    assert several.asked() == 1
    await several.first._context.database.writing(release_leases, "first:1:abc")
    several.installation.clock.forward(hours=2)
    await several.second.tick()
    for task in tuple(several.second._requests):
        await task
    assert several.asked() == 2


async def test_a_callback_of_another_daemon_is_known_at_once_and_strangers_cost_one_look_a_second(
    several: Several, monkeypatch: pytest.MonkeyPatch
):
    await several.tick()
    await several.save(several.subscription(TOKEN, requested_at=several.installation.clock()))
    found = await several.second._find_anywhere(TOKEN)
    assert found is not None
    assert found.source_id == 1
    reads = several.second._context.database.reading
    looks = []

    async def reading(function, *arguments):
        looks.append(function)
        return await reads(function, *arguments)

    monkeypatch.setattr(several.second._context.database, "reading", reading)
    assert [await several.second._find_anywhere(f"stranger{number}") for number in range(50)] == [None] * 50
    assert len(looks) <= 1


async def test_what_another_daemon_was_granted_and_has_ended_is_followed(several: Several):
    clock = several.installation.clock
    await several.save(several.subscription(TOKEN, requested_at=clock()))
    await several.tick()
    granted = several.subscription(TOKEN, expires_at=clock() + timedelta(days=9), lease_s=9 * 86_400)
    await several.save(granted)
    several.installation.clock.forward(minutes=5)
    await several.tick()
    asked = several.asked()
    assert several.second._subscribed[1].expires_at is not None
    await several.first._context.database.writing(subscriptions.delete_subscription, 1)
    several.installation.clock.forward(minutes=5)
    await several.tick()
    assert several.second._subscribed == several.first._subscribed == {}
    assert several.asked() == asked


@pytest.mark.parametrize("ends", [False, True], ids=["renewed", "ended"])
async def test_a_daemon_that_was_halted_in_its_renewal_asks_and_writes_nothing(several: Several, ends: bool):
    """Another one has renewed the subscription: what that stored stays, and is known to both."""
    clock = several.installation.clock
    soon = clock() + timedelta(minutes=1)
    await several.save(several.subscription(TOKEN, expires_at=soon, lease_s=86_400))
    if ends:
        several.first._sources = {}
    await several.first.tick()
    halted = tuple(several.first._requests)
    await several.first._context.database.writing(release_leases, "first:1:abc")
    renewed = several.subscription(TOKEN, expires_at=clock() + timedelta(days=9), lease_s=9 * 86_400)
    await several.save(renewed)
    asked = several.asked()
    await asyncio.gather(*halted)
    assert several.asked() == asked
    [stored] = several.installation.rows("SELECT attempts, state, expires_at FROM subscriptions")
    assert (stored["attempts"], stored["state"]) == (0, "active")
    assert several.first._subscribed[1].lease_s == renewed.lease_s
