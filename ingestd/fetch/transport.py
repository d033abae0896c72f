"""One exchange over HTTP/1.1 (RFC 9112), through httpx's API and aiohttp's connections.

httpx gives the requests, the responses and their streams; what it does by itself (redirects, cookies, environment,
decompression) is switched off. aiohttp takes about half the processor time of httpx's own transport. The libraries'
errors pass through unchanged, and are translated once (`errors`).
"""

import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
import httpx
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
from ingestd.model.errors import Outcome, PermanentError

#: Bytes of one piece of a body.
READ_CHUNK_BYTES = 64 * 1024
_EMPTY_BODY = httpx.ByteStream(b"")


class UnfollowedResponse(httpx.Response):
    """A response whose redirect httpx does not parse: it raises for some URLs that browsers follow."""

    @property
    def has_redirect_location(self) -> bool:
        """False: redirects are followed in `redirects`, past the guard."""
        return False


class Transport:
    """Opens exchanges, directly or through a proxy. Close it when done.

    `network` sends the requests in place of `AiohttpTransport`, and opens no sockets of this machine.
    """

    def __init__(
        self,
        guard: Guard,
        resolve: Resolve | None,
        tls: ssl.SSLContext | None,
        network: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        transport = network or AiohttpTransport(guard, resolve or SystemResolver(), tls or default_tls_context())
        self._client = _CookielessClient(transport=transport, trust_env=False, follow_redirects=False)
        raise_open_files_limit()
        # It logs whole URLs, with the keys that some of them contain.
        logging.getLogger("httpx").setLevel(logging.WARNING)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

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
    ) -> AsyncIterator[httpx.Response]:
        """Send one request and give the response when its head has arrived; the block's end ends the exchange.

        A connection whose body was not read to its end is closed, so the rest is not downloaded; others are reused.
        `step_s` bounds connecting and each read, in seconds; the caller bounds the whole. `posted` makes it a POST.
        Raises the libraries' errors, and `PermanentError` (`TOO_LARGE`) for headers beyond `MAX_HEAD_BYTES`.
        """
        request = httpx.Request(
            "GET" if posted is None else "POST",
            str(url),
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            stream=_EMPTY_BODY if posted is None else httpx.ByteStream(posted),
            extensions={
                "timeout": {"connect": min(CONNECT_TIMEOUT_S, step_s), "read": min(READ_TIMEOUT_S, step_s)},
                # Sent exactly as the guard has checked it, without httpx's normalisation.
                "url": url,
                "proxy": proxy,
                "ca_file": ca_file,
            },
        )
        response = await self._client.send(request, stream=True)
        try:
            if sum(len(name) + len(value) + 4 for name, value in response.headers.raw) > MAX_HEAD_BYTES:
                raise PermanentError(Outcome.TOO_LARGE, "the answer's headers are larger than any server needs")
            yield response
        finally:
            await response.aclose()


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends httpx's requests over aiohttp, where the guard lets them, or through the proxies that the user configures.

    A request's extensions hold its exact URL (`url`, of yarl), its `timeout` (`connect` and `read`, in seconds), its
    `proxy` (a URL, or None) and its `ca_file` (a path, or None). Raises aiohttp's errors unchanged.
    """

    def __init__(self, guard: Guard, resolve: Resolve, tls: ssl.SSLContext) -> None:
        self._guard = guard
        self._resolve = resolve
        self._tls = tls
        self._sessions: dict[tuple[str | None, str | None], aiohttp.ClientSession] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the response's body is not read yet, and comes as it is on the wire."""
        retry = StaleConnectionRetry()
        extensions = request.extensions
        headers = {name.decode("ascii"): value.decode() for name, value in request.headers.raw}
        options: dict[str, Any] = {}
        if extensions["proxy"] is not None and not is_socks(extensions["proxy"]):
            authorization, options = http_proxy_options(extensions["proxy"], extensions["url"])
            headers |= authorization
        response = await self._session(extensions["proxy"], extensions["ca_file"]).request(
            request.method,
            extensions["url"],
            headers=headers,
            data=await request.aread() or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                sock_connect=extensions["timeout"]["connect"], sock_read=extensions["timeout"]["read"]
            ),
            middlewares=(retry,),
            trace_request_ctx=retry,
            **options,
        )
        return UnfollowedResponse(response.status, headers=response.raw_headers, stream=_RawBody(response))

    async def aclose(self) -> None:
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


class _RawBody(httpx.AsyncByteStream):
    """A body's bytes as they arrive; closing it before its end closes the connection."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        data = await self._response.content.read(READ_CHUNK_BYTES)
        if not data:
            raise StopAsyncIteration
        return data

    async def aclose(self) -> None:
        self._response.release()
        await self._response.wait_for_close()


class _EmptyCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """Keeps none."""


class _CookielessClient(httpx.AsyncClient):
    """httpx's client without the cookies that it keeps by default."""

    _no_cookies = _EmptyCookies()

    @property
    def cookies(self) -> httpx.Cookies:
        """Always empty."""
        return self._no_cookies

    @cookies.setter
    def cookies(self, _: object) -> None:
        raise AttributeError("this client keeps no cookies")
