"""The callback that hubs reach: a small web server, behind the user's own reverse proxy.

It answers only paths that hold a subscription's secret token, reads no more than a push may have, and gives every push
to `on_push` after its signature has been checked.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web

from ingestd.websub.protocol import MAX_PUSH, Subscription, Verification, signature_is_valid, verify

#: Seconds that a push may take to arrive.
READ_S = 10.0

#: Finds the subscription of a token, None where there is none.
Find = Callable[[str], Awaitable[Subscription | None]]
#: Stores a subscription after a hub has verified or denied it.
Store = Callable[[Subscription], Awaitable[None]]
#: Takes the body of a push that was signed with the subscription's secret.
OnPush = Callable[[Subscription, bytes], Awaitable[None]]


class CallbackServer:
    """Listens on `host` and `port` while it is started; `port` 0 takes a free one, told by `address`."""

    def __init__(self, *, find: Find, store: Store, on_push: OnPush, clock: Callable[[], datetime]) -> None:
        self._find = find
        self._store = store
        self._on_push = on_push
        self._clock = clock
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> None:
        """Begin to listen. Raises OSError where the address is taken."""
        app = web.Application(client_max_size=MAX_PUSH)
        app.router.add_get("/{path:.*}", self._verification)
        app.router.add_post("/{path:.*}", self._push)
        self._runner = web.AppRunner(app, access_log=None, keepalive_timeout=5)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    @property
    def address(self) -> tuple[str, int]:
        """Where the server listens."""
        assert self._runner is not None, "the callback server has not been started"
        host, port, *_ = self._runner.addresses[0]
        return str(host), int(port)

    async def stop(self) -> None:
        """Stop listening, and end what is under way."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _subscription(self, request: web.Request) -> Subscription | None:
        token = request.path.rpartition("/")[2]
        return await self._find(token) if token.isascii() and token.isalnum() and len(token) <= 128 else None

    async def _verification(self, request: web.Request) -> web.Response:
        subscription = await self._subscription(request)
        if subscription is None:
            return web.Response(status=404)
        answer: Verification = verify(subscription, request.query, self._clock())
        if answer.subscription != subscription:
            await self._store(answer.subscription)
        # Plain text: the hub's challenge goes back unread, and must never be taken for a page.
        return web.Response(status=answer.status, text=answer.body, content_type="text/plain")

    async def _push(self, request: web.Request) -> web.Response:
        subscription = await self._subscription(request)
        if subscription is None:
            return web.Response(status=404)
        try:
            async with asyncio.timeout(READ_S):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408)
        if signature_is_valid(subscription, request.headers.get("X-Hub-Signature"), body):
            await self._on_push(subscription, body)
        return web.Response(status=202)
