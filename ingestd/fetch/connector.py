"""aiohttp below httpx: its sessions, how it opens sockets, reads responses, and retries.

aiohttp decompresses nothing here, follows no redirect, keeps no cookie and reads no environment variable: all of that
is decided above. It connects only where the guard lets it: names pass the guard in the resolver, and every address once
more when its socket is opened, because literal addresses do not pass the resolver. `library_hooks` lists the private
names of aiohttp that are used.
"""

import asyncio
import contextlib
import os
import resource
import socket
import ssl
from functools import cache, partial
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any

import aiohttp
import certifi
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import BadHttpMessage

from ingestd.fetch.errors import AddressRefusedError, BrokenBodyError, UnansweredError
from ingestd.fetch.guard import Guard
from ingestd.fetch.header_repair import looks_like_head, repair_head
from ingestd.fetch.limits import MAX_HEAD_BYTES, MAX_HEADER_LINE_BYTES, MAX_HEADERS
from ingestd.fetch.proxies import SocksConnector, UnresolvedNames, parse_proxy, resolves_remotely
from ingestd.fetch.resolver import GuardedResolver, Resolve

#: Seconds that a connection stays open for the next request to its host.
KEEP_ALIVE_S = 15.0
#: Bytes that may come before a response and around its body, and beyond them so many times the body's own size: a body
#: in chunks of two bytes has four times its size.
MAX_FRAMING_BYTES = 4 * MAX_HEAD_BYTES
MAX_FRAMING_RATIO = 5
#: The soft limit of open files that is asked for: enough for a thousand hosts, each with idle connections.
MAX_OPEN_FILES = 8192


def open_session(
    resolve: Resolve, guard: Guard | None, tls: ssl.SSLContext, socks: str | None = None
) -> aiohttp.ClientSession:
    """A session that connects where `guard` lets it, or anywhere where that is None. Close it when done.

    With `socks`, the URL of a SOCKS5 proxy, it connects to that proxy alone, and `guard` checks the addresses that
    the proxy is asked for.
    """
    options: dict[str, Any] = {
        "resolver": UnresolvedNames() if resolves_remotely(socks) else GuardedResolver(resolve, guard),
        "use_dns_cache": False,
        "limit": 0,
        "ssl": tls,
        "keepalive_timeout": KEEP_ALIVE_S,
    }
    connector = (
        SocksConnector(parse_proxy(socks), **options)
        if socks
        else aiohttp.TCPConnector(socket_factory=_socket_factory(guard), **options)
    )
    handlers: Any = partial(_Handler, loop=asyncio.get_running_loop())
    connector._factory = handlers
    traces = aiohttp.TraceConfig()
    traces.on_connection_reuseconn.append(_on_connection_reused)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        max_line_size=MAX_HEADER_LINE_BYTES,
        max_field_size=MAX_HEADER_LINE_BYTES,
        max_headers=MAX_HEADERS,
        trace_configs=[traces],
    )


class _Handler(ResponseHandler):
    """Reads a response to its announced end and nothing after it; ends one that is mostly framing.

    Some servers count characters instead of bytes and send more than their Content-Length. aiohttp parses the rest as
    the head of a next response, fails, and discards the good response with it when both arrive at once. So each head is
    passed on alone, and repaired on the way.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._received = 0
        super().__init__(*args, **options)

    def set_response_params(self, **params: Any) -> None:
        """Called by aiohttp at the beginning of a request."""
        self._received = 0
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop for all data that arrives, and by aiohttp without any, to resume a paused parser."""
        if not data:
            self._pass_on(data)
            return
        self._received += len(data)
        if self._received > MAX_FRAMING_BYTES and self._ended_for_framing():
            return
        while looks_like_head(data) and self._between_responses():
            end = data.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES) + 4
            if end < 4 or data.find(b"\n\n", 0, end) >= 0:
                break
            self._pass_on(repair_head(data[:end]))
            data = data[end:]
        if data:
            self._pass_on(data)

    def _ended_for_framing(self) -> bool:
        """End a response that never begins (interim ones without an end) or whose body comes in tiny chunks."""
        payload = self._payload
        if payload is None or payload.is_eof():
            self.set_exception(BadHttpMessage("more than any server needs before its answer"))
        elif payload.exception() is None and self._received > _max_received_bytes(payload.total_bytes):
            payload.set_exception(BrokenBodyError("the body is mostly framing"))
        else:
            return False
        if self.transport is not None:
            self.transport.abort()
        return True

    def _pass_on(self, data: bytes) -> None:
        """Let aiohttp parse; fail a body whose framing is broken at once, which aiohttp leaves to the timeout."""
        super().data_received(data)
        error, payload = self.exception(), self._payload
        if error is not None and payload is not None and not payload.is_eof() and payload.exception() is None:
            payload.set_exception(BrokenBodyError("the body is not framed as HTTP asks"))

    def _between_responses(self) -> bool:
        return self._payload is None or self._payload.is_eof()


def _max_received_bytes(body_bytes: int) -> int:
    return MAX_FRAMING_BYTES + MAX_FRAMING_RATIO * body_bytes


class StaleConnectionRetry:
    """A middleware for one request: lets aiohttp retry only after the failure of a reused connection.

    A server may close an idle connection while the next request is being sent on it (RFC 9112, section 9.3.1). aiohttp
    would also retry on a new connection that ends without a response, which is a second request at once to a server in
    trouble.
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
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            if self.reused and not isinstance(error, aiohttp.ServerTimeoutError):
                raise
            raise UnansweredError("the connection ended without an answer") from error


async def _on_connection_reused(
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


@cache
def default_tls_context() -> ssl.SSLContext:
    """TLS with certifi's authorities, or with those that SSL_CERT_FILE and SSL_CERT_DIR name. Read once."""
    return tls_context()


def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """The same, and with the authorities of a file (PEM) beside them. Raises OSError where it cannot be used."""
    paths = ssl.get_default_verify_paths()
    chosen = any(variable in os.environ for variable in (paths.openssl_cafile_env, paths.openssl_capath_env))
    context = ssl.create_default_context(cafile=None if chosen else certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


def raise_open_files_limit() -> None:
    """Raise the soft limit of open files to `MAX_OPEN_FILES` or the hard limit: the usual 1,024 are too few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(MAX_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
