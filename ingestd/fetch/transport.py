"""One exchange over HTTP/1.1 (RFC 9112), by aiohttp's connections.

What aiohttp does by itself (redirects, cookies, environment, decompression) is switched off. Its errors pass through
unchanged, and are translated once (`errors`).
"""

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from yarl import URL

from ingestd.fetch.connector import (
    StaleConnectionRetry,
    default_tls_context,
    open_session,
    raise_open_files_limit,
    tls_context,
)
from ingestd.fetch.guard import Guard
from ingestd.fetch.limits import CONNECT_TIMEOUT_S, MAX_HEAD_BYTES, READ_TIMEOUT_S
from ingestd.fetch.proxies import http_proxy_options, is_socks
from ingestd.fetch.resolver import Resolve, SystemResolver
from ingestd.fetch.wire import Network, WireRequest, WireResponse
from ingestd.model.errors import Outcome, PermanentError

#: Bytes of one piece of a body.
READ_CHUNK_BYTES = 64 * 1024


class Transport:
    """Opens exchanges, directly or through a proxy. Close it when done.

    `network` sends the requests in place of `AiohttpNetwork`, and opens no sockets of this machine.
    """

    def __init__(
        self,
        guard: Guard,
        resolve: Resolve | None,
        tls: ssl.SSLContext | None,
        network: Network | None = None,
    ) -> None:
        self._network = network or AiohttpNetwork(guard, resolve or SystemResolver(), tls or default_tls_context())
        raise_open_files_limit()

    async def close(self) -> None:
        """Close every connection."""
        await self._network.close()

    @asynccontextmanager
    async def exchange(
        self,
        url: URL,
        headers: Mapping[str, str],
        *,
        step_s: float,
        proxy: str | None = None,
        ca_file: str | None = None,
        posted: bytes | None = None,
    ) -> AsyncIterator[WireResponse]:
        """Send one request and give the response when its head has arrived; the block's end ends the exchange.

        A connection whose body was not read to its end is closed, so the rest is not downloaded; others are reused.
        `step_s` bounds connecting and each read, in seconds; the caller bounds the whole. `posted` makes it a POST.
        Raises the libraries' errors, and `PermanentError` (`TOO_LARGE`) for headers beyond `MAX_HEAD_BYTES`.
        """
        connect_s, read_s = min(CONNECT_TIMEOUT_S, step_s), min(READ_TIMEOUT_S, step_s)
        response = await self._network.send(WireRequest(url, headers, connect_s, read_s, proxy, ca_file, posted))
        try:
            if sum(len(name) + len(value) + 4 for name, value in response.raw_headers) > MAX_HEAD_BYTES:
                raise PermanentError(Outcome.TOO_LARGE, "the answer's headers are larger than any server needs")
            yield response
        finally:
            await response.close()


class AiohttpNetwork:
    """Sends requests over aiohttp, where the guard lets them, or through the proxies that the user configures."""

    def __init__(self, guard: Guard, resolve: Resolve, tls: ssl.SSLContext) -> None:
        self._guard = guard
        self._resolve = resolve
        self._tls = tls
        self._sessions: dict[tuple[str | None, str | None], aiohttp.ClientSession] = {}

    async def send(self, request: WireRequest) -> WireResponse:
        """Send a request; the response's body is not read yet, and comes as it is on the wire."""
        retry = StaleConnectionRetry()
        headers, options = dict(request.headers), dict[str, Any]()
        if request.proxy is not None and not is_socks(request.proxy):
            authorization, options = http_proxy_options(request.proxy, request.url)
            headers |= authorization
        response = await self._session(request.proxy, request.ca_file).request(
            "GET" if request.posted is None else "POST",
            request.url,
            headers=headers,
            data=request.posted or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(sock_connect=request.connect_s, sock_read=request.read_s),
            middlewares=(retry,),
            trace_request_ctx=retry,
            **options,
        )
        return _AiohttpResponse(response)

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()

    def _session(self, proxy: str | None, ca_file: str | None) -> aiohttp.ClientSession:
        """One session for direct connections, one for all http proxies, and one for each SOCKS proxy.

        For each file of authorities there are others.

        Connections to http proxies are not guarded: only the user configures these.
        """
        key = proxy if proxy is None or is_socks(proxy) else "http"
        session = self._sessions.get((key, ca_file))
        if session is None:
            guard = None if key == "http" else self._guard
            socks = key if is_socks(key) else None
            tls = self._tls if ca_file is None else _tls_with(ca_file)
            session = self._sessions[key, ca_file] = open_session(self._resolve, guard, tls, socks)
        return session


def _tls_with(ca_file: str) -> ssl.SSLContext:
    """TLS that trusts the certificates of a file too. Raises `PermanentError` (`TLS_FAILED`) where it has none."""
    try:
        return tls_context(ca_file)
    except OSError as error:
        reason = "it holds no certificate in PEM format" if isinstance(error, ssl.SSLError) else error.strerror
        raise PermanentError(Outcome.TLS_FAILED, f"the ca_file {ca_file} cannot be used: {reason}") from error


class _AiohttpResponse:
    """A response of aiohttp."""

    __slots__ = ("_response",)

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def raw_headers(self) -> Sequence[tuple[bytes, bytes]]:
        return self._response.raw_headers

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        content = self._response.content
        while data := await content.read(READ_CHUNK_BYTES):
            yield data

    async def close(self) -> None:
        self._response.release()
        await self._response.wait_for_close()
