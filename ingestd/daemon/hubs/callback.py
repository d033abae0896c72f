"""The callback that hubs post to: a small web server behind the user's reverse proxy.

It responds only to paths with a subscription's token, bounds bodies, connections and their duration, and gives a push
to `on_push` after its signature has been checked.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web

from ingestd.daemon.hubs.protocol import MAX_PUSH_BYTES, Verification, signature_is_valid, verify
from ingestd.daemon.web_server import WebServer
from ingestd.model.subscription import Subscription

#: Seconds that the body of a push may take to arrive.
READ_TIMEOUT_S = 10.0
#: Seconds that a connection may last, and how many there may be at once.
MAX_CONNECTION_S = 30.0
MAX_CONNECTIONS = 32

#: What the web server itself logs: our own errors, with their traceback.
_LOG = logging.getLogger("ingestd.websub")

#: Finds the subscription of a token, None where there is none.
Find = Callable[[str], Awaitable[Subscription | None]]
#: Stores a subscription after a hub has verified or denied it.
Store = Callable[[Subscription], Awaitable[None]]
#: Gets the body and the Content-Type of a push with a valid signature; False where the queue is full and the hub should
#: send it again.
OnPush = Callable[[Subscription, bytes, str | None], Awaitable[bool]]
#: Called after a push with an invalid signature, which is dropped.
OnForged = Callable[[Subscription], Awaitable[None]]


class CallbackServer:
    """Listens on `host` and `port` while it is started; `port` 0 takes a free one, told by `address`."""

    def __init__(
        self, *, find: Find, store: Store, on_push: OnPush, on_forged: OnForged, clock: Callable[[], datetime]
    ) -> None:
        self._find = find
        self._store = store
        self._on_push = on_push
        self._on_forged = on_forged
        self._clock = clock
        self._server: WebServer | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises OSError where the address is in use."""
        app = web.Application(client_max_size=MAX_PUSH_BYTES)
        app.router.add_get("/{path:.*}", self._verification)
        app.router.add_post("/{path:.*}", self._push)
        self._server = WebServer(app, _LOG, max_connections=MAX_CONNECTIONS, max_connection_s=MAX_CONNECTION_S)
        await self._server.listen((host, port))

    @property
    def address(self) -> tuple[str, int]:
        """Where the server listens."""
        assert self._server is not None, "the callback server has not been started"
        return self._server.address

    async def stop(self) -> None:
        """Stop listening, and end what is under way."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

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
        # Plain text: the challenge is echoed as it came, and must not be rendered as HTML.
        return web.Response(status=answer.status, text=answer.body, content_type="text/plain")

    async def _push(self, request: web.Request) -> web.Response:
        subscription = await self._subscription(request)
        if subscription is None:
            return web.Response(status=404)
        if request.headers.get("Content-Encoding", "identity") != "identity":
            return web.Response(status=415)
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408)
        if not signature_is_valid(subscription, request.headers.get("X-Hub-Signature"), body):
            await self._on_forged(subscription)
        elif not await self._on_push(subscription, body, request.headers.get("Content-Type")):
            return web.Response(status=503, headers={"Retry-After": "60"})
        return web.Response(status=202)
