"""aiohttp's side of an exchange: how it dials, reads heads and repeats.

It decompresses nothing, follows no redirect, keeps no cookie and reads no environment: what a server may make us do is
decided above. It dials only what the guard has let through: names by the resolver, and every socket once more when it
is made, because literal addresses pass by the resolver.
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
from ingestd.fetch.header_repair import may_be_head, mend
from ingestd.fetch.limits import MAX_HEAD, MAX_HEADER_LINE, MAX_HEADERS
from ingestd.fetch.proxies import NamesAsTheyAre, SocksConnector, looks_names_up, read_proxy
from ingestd.fetch.resolver import GuardedResolver, Resolve

#: Seconds that a connection stays open for the next request to its host.
KEEP_ALIVE_S = 15.0
#: Bytes that may come before an answer and around its body, and how many times the body's own size beyond them: an
#: answer in pieces of two bytes has four times its size.
MAX_WRAPPING = 4 * MAX_HEAD
MOST_WRAPPING = 5
#: Open files that a thousand hosts, each with an idle connection, can need.
WANTED_FILES = 8192


def open_session(
    resolve: Resolve, guard: Guard | None, tls: ssl.SSLContext, socks: str | None = None
) -> aiohttp.ClientSession:
    """A session that dials what `guard` lets through; everything where that is None. Close it when done.

    With `socks`, the address of a SOCKS5 proxy, it dials that proxy alone, and `guard` judges what it is asked for.
    """
    options: dict[str, Any] = {
        "resolver": NamesAsTheyAre() if looks_names_up(socks) else GuardedResolver(resolve, guard),
        "use_dns_cache": False,
        "limit": 0,
        "ssl": tls,
        "keepalive_timeout": KEEP_ALIVE_S,
    }
    connector = (
        SocksConnector(read_proxy(socks), **options)
        if socks
        else aiohttp.TCPConnector(socket_factory=_socket_factory(guard), **options)
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
    """Reads an answer to the end that it announces, and nothing after it; ends what is all wrapping and no answer.

    Some servers count characters where they should count bytes, and send more than they have announced. The library
    takes the rest for the head of a next answer, finds that it is none, and throws the good answer away with it, when
    both arrive at once. So heads are handed on alone, and mended on the way.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._received = 0
        super().__init__(*args, **options)

    def set_response_params(self, **params: Any) -> None:
        """Another request begins."""
        self._received = 0
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > MAX_WRAPPING and self._is_wrapping():
            return
        while may_be_head(data) and self._between_answers():
            end = data.find(b"\r\n\r\n", 0, MAX_HEAD) + 4
            if end < 4 or data.find(b"\n\n", 0, end) >= 0:
                break
            self._hand_on(mend(data[:end]))
            data = data[end:]
        if data:
            self._hand_on(data)

    def _is_wrapping(self) -> bool:
        """End an answer that never begins (interim ones without an end), or comes in chunks of a byte each."""
        payload = self._payload
        if payload is None or payload.is_eof():
            self.set_exception(BadHttpMessage("more than any server needs before its answer"))
        elif payload.exception() is None and self._received > MAX_WRAPPING + MOST_WRAPPING * payload.total_bytes:
            payload.set_exception(BrokenBodyError("the body is mostly framing"))
        else:
            return False
        if self.transport is not None:
            self.transport.abort()
        return True

    def _hand_on(self, data: bytes) -> None:
        """Let the library read; a body whose framing breaks must not wait for the rest until its time is up."""
        super().data_received(data)
        broken, payload = self.exception(), self._payload
        if broken is not None and payload is not None and not payload.is_eof() and payload.exception() is None:
            payload.set_exception(BrokenBodyError("the body is not framed as HTTP asks"))

    def _between_answers(self) -> bool:
        return self._payload is None or self._payload.is_eof()


class Attempt:
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


@cache
def trusting_context() -> ssl.SSLContext:
    """TLS as browsers do it: certifi's authorities, or those that SSL_CERT_FILE and SSL_CERT_DIR name. Read once."""
    paths = ssl.get_default_verify_paths()
    chosen = any(variable in os.environ for variable in (paths.openssl_cafile_env, paths.openssl_capath_env))
    context = ssl.create_default_context(cafile=None if chosen else certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def make_room_for_sockets() -> None:
    """Raise the soft limit of open files towards the hard one: 1,024 is less than a busy minute needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
