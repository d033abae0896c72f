"""The callback that hubs post to: a small web server behind the user's reverse proxy.

It responds only to paths with a subscription's token, bounds bodies, connections and their duration, and gives a push
to `on_push` after its signature has been checked.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from ingestd.daemon.hubs.protocol import MAX_PUSH_BYTES, Verification, signature_is_valid, verify
from ingestd.model.subscription import Subscription

#: Seconds that the body of a push may take to arrive.
READ_TIMEOUT_S = 10.0
#: Seconds that a connection may last, and how many there may be at once.
MAX_CONNECTION_S = 30.0
MAX_CONNECTIONS = 32

#: What the web server itself logs: our own errors, with their traceback.
_LOG = logging.getLogger("ingestd.websub")
#: Faults of a client, of which anybody may cause any number: the answer says enough.
_CLIENT_FAULTS = (HttpProcessingError, OSError, asyncio.IncompleteReadError)


def _is_our_fault(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], _CLIENT_FAULTS))


_LOG.addFilter(_is_our_fault)

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
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises OSError where the address is in use."""
        app = web.Application(client_max_size=MAX_PUSH_BYTES)
        app.router.add_get("/{path:.*}", self._verification)
        app.router.add_post("/{path:.*}", self._push)
        # No access log: it would hold the secret paths. No decompression: a small push could become too large.
        self._runner = web.AppRunner(
            app, access_log=None, logger=_LOG, keepalive_timeout=5, auto_decompress=False, shutdown_timeout=1
        )
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._connection, host, port, backlog=MAX_CONNECTIONS)

    def _connection(self) -> asyncio.BaseProtocol:
        """A new connection, bounded in time: aiohttp waits without a limit for the head of a request."""
        server = self._runner.server if self._runner is not None else None
        if server is None or len(server.connections) >= MAX_CONNECTIONS:
            return _Refused()
        protocol = server()
        asyncio.get_running_loop().call_later(MAX_CONNECTION_S, protocol.force_close)
        return protocol

    @property
    def address(self) -> tuple[str, int]:
        """Where the server listens."""
        assert self._listening is not None, "the callback server has not been started"
        host, port, *_ = self._listening.sockets[0].getsockname()
        return str(host), int(port)

    async def stop(self) -> None:
        """Stop listening, and end what is under way."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
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


class _Refused(asyncio.Protocol):
    """A connection over the limit, which is closed at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
