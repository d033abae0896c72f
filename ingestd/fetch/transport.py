"""One exchange over HTTP/1.1: the only door to aiohttp's client.

aiohttp decompresses nothing here, follows no redirect, keeps no cookie and reads no environment: what a server may make
us do is decided above. It dials only what the guard has let through: names by the resolver, and every socket once more
when it is made, because literal addresses pass by the resolver.
"""

import asyncio
import base64
import contextlib
import os
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache, partial
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any

import aiohttp
import certifi
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from ingestd.errors import Outcome, PermanentError
from ingestd.fetch.faults import AddressRefusedError, BrokenBodyError, UnansweredError
from ingestd.fetch.guard import Guard
from ingestd.fetch.heads import may_be_head, mend
from ingestd.fetch.limits import CONNECT_S, MAX_HEAD, MAX_HEADER_LINE, MAX_HEADERS, READ_S
from ingestd.fetch.resolver import GuardedResolver, Resolve, SystemResolver

#: Seconds that a connection stays open for the next request to its host.
KEEP_ALIVE_S = 15.0
#: Open files that a thousand hosts, each with an idle connection, can need.
WANTED_FILES = 8192


class Transport:
    """Opens exchanges, directly or through a proxy. Close it when done."""

    def __init__(self, guard: Guard, resolve: Resolve | None, tls: ssl.SSLContext | None) -> None:
        self._guard = guard
        self._resolve = resolve or SystemResolver()
        self._tls = tls or trusting_context()
        self._direct: aiohttp.ClientSession | None = None
        self._proxied: aiohttp.ClientSession | None = None
        _make_room_for_sockets()

    async def close(self) -> None:
        """End every connection."""
        for session in (self._direct, self._proxied):
            if session is not None:
                await session.close()

    @asynccontextmanager
    async def exchange(
        self,
        url: URL,
        headers: Mapping[str, str],
        *,
        step_s: float,
        proxy: str | None = None,
        form: bytes | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request and give the answer as soon as its head is there; leaving ends or returns the connection.

        A connection whose body was not read to its end is closed, so nothing unwanted is ever downloaded. `step_s`
        bounds each step; the whole is the caller's to bound. `form` makes it a POST. Raises the library's errors.
        """
        attempt = _Attempt()
        options: dict[str, Any] = {}
        session = self._direct_session()
        if proxy is not None:
            session = self._proxied_session()
            headers, options = _through(proxy, url, headers)
        async with session.request(
            "GET" if form is None else "POST",
            url,
            headers=headers,
            data=form,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(sock_connect=min(CONNECT_S, step_s), sock_read=min(READ_S, step_s)),
            middlewares=(attempt,),
            trace_request_ctx=attempt,
            **options,
        ) as answer:
            if sum(len(name) + len(value) + 4 for name, value in answer.raw_headers) > MAX_HEAD:
                raise PermanentError(Outcome.TOO_LARGE, "the answer's headers are larger than any server needs")
            yield answer

    def _direct_session(self) -> aiohttp.ClientSession:
        if self._direct is None:
            self._direct = self._session(GuardedResolver(self._resolve, self._guard), self._guard)
        return self._direct

    def _proxied_session(self) -> aiohttp.ClientSession:
        """The one whose dialler is not guarded: it only ever dials the proxies that the user has named."""
        if self._proxied is None:
            self._proxied = self._session(GuardedResolver(self._resolve, None), None)
        return self._proxied

    def _session(self, resolver: GuardedResolver, guard: Guard | None) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=resolver,
            use_dns_cache=False,
            limit=0,
            ssl=self._tls,
            keepalive_timeout=KEEP_ALIVE_S,
            socket_factory=_socket_factory(guard),
        )
        handlers: Any = partial(_Handler, loop=asyncio.get_running_loop())
        connector._factory = handlers
        traces = aiohttp.TraceConfig()
        traces.on_connection_reuseconn.append(_note_reuse)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            max_line_size=MAX_HEADER_LINE,
            max_field_size=MAX_HEADER_LINE,
            max_headers=MAX_HEADERS,
            trace_configs=[traces],
        )


class _Handler(ResponseHandler):
    """Reads an answer to the end that it announces, and nothing after it.

    Some servers count characters where they should count bytes, and send more than they have announced. The library
    takes the rest for the head of a next answer, finds that it is none, and throws the good answer away with it, when
    both arrive at once. So heads are handed on alone, and mended on the way.
    """

    def data_received(self, data: bytes) -> None:
        while may_be_head(data) and self._between_answers():
            end = data.find(b"\r\n\r\n", 0, MAX_HEAD) + 4
            if end < 4 or data.find(b"\n\n", 0, end) >= 0:
                break
            self._hand_on(mend(data[:end]))
            data = data[end:]
        if data:
            self._hand_on(data)

    def _hand_on(self, data: bytes) -> None:
        """Let the library read; a body whose framing breaks must not wait for the rest until its time is up."""
        super().data_received(data)
        broken, payload = self.exception(), self._payload
        if broken is not None and payload is not None and not payload.is_eof() and payload.exception() is None:
            payload.set_exception(BrokenBodyError("the body is not framed as HTTP asks"))

    def _between_answers(self) -> bool:
        return self._payload is None or self._payload.is_eof()


class _Attempt:
    """Tries a request again only where the connection was an old one that the server had closed meanwhile.

    The library would repeat it after any unanswered connection, which is a second request within no time to a server
    in trouble.
    """

    def __init__(self) -> None:
        self.reused = False

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        self.reused = False
        try:
            return await handler(request)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as problem:
            if self.reused and not isinstance(problem, aiohttp.ServerTimeoutError):
                raise
            raise UnansweredError("the connection ended without an answer") from problem


async def _note_reuse(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _params: aiohttp.TraceConnectionReuseconnParams
) -> None:
    context.trace_request_ctx.reused = True


def _socket_factory(guard: Guard | None) -> Any:
    def open_socket(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        refusal = guard.refusal(ip_address(address[0])) if guard is not None else None
        if refusal is not None:
            raise AddressRefusedError(f"{address[0]} is not a public address ({refusal})")
        return socket.socket(family, kind, protocol)

    return open_socket


def _through(proxy: str, url: URL, headers: Mapping[str, str]) -> tuple[Mapping[str, str], dict[str, Any]]:
    """Headers and options for a request through a proxy: its password goes to the proxy alone."""
    place = URL(proxy)
    if place.scheme not in ("http", "https") or not place.host:
        raise PermanentError(Outcome.CONNECT_FAILED, "the proxy must be an http:// or https:// address")
    options: dict[str, Any] = {"proxy": place.with_user(None)}
    if place.user is None:
        return headers, options
    pair = f"{place.user}:{place.password or ''}".encode()
    permit = {"Proxy-Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}
    if url.scheme == "https":
        return headers, options | {"proxy_headers": permit}
    return {**headers, **permit}, options


@cache
def trusting_context() -> ssl.SSLContext:
    """TLS as browsers do it: certifi's authorities, or those that SSL_CERT_FILE and SSL_CERT_DIR name. Read once."""
    paths = ssl.get_default_verify_paths()
    chosen = any(variable in os.environ for variable in (paths.openssl_cafile_env, paths.openssl_capath_env))
    context = ssl.create_default_context(cafile=None if chosen else certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def _make_room_for_sockets() -> None:
    """Raise the soft limit of open files towards the hard one: 1,024 is less than a busy minute needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
