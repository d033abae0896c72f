"""One exchange over HTTP/1.1, through httpx: the client's API is httpx's, and what dials under it is ours.

httpx gives the requests, the answers and their streams; everything that it would do by itself is left out: redirects,
cookies, environment, decompression. Below it aiohttp speaks HTTP, in about half the processor time that httpx's own
transport takes. Its errors pass through as they are, and are translated once (`faults`).
"""

import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
import httpx
from yarl import URL

from ingestd.fetch.connector import Attempt, make_room_for_sockets, open_session, trusting_context
from ingestd.fetch.guard import Guard
from ingestd.fetch.limits import CONNECT_S, MAX_HEAD, READ_S
from ingestd.fetch.proxies import is_socks, through_http
from ingestd.fetch.resolver import Resolve, SystemResolver
from ingestd.model.errors import Outcome, PermanentError

#: Bytes of one piece of a body.
CHUNK = 64 * 1024
_NOTHING = httpx.ByteStream(b"")


class Answer(httpx.Response):
    """An answer whose redirect is not httpx's affair: it would refuse addresses that browsers read."""

    @property
    def has_redirect_location(self) -> bool:
        """Never: redirects are followed above, past the guard."""
        return False


class Transport:
    """Opens exchanges, directly or through a proxy. Close it when done."""

    def __init__(self, guard: Guard, resolve: Resolve | None, tls: ssl.SSLContext | None) -> None:
        dialler = GuardedTransport(guard, resolve or SystemResolver(), tls or trusting_context())
        self._client = _Forgetful(transport=dialler, trust_env=False, follow_redirects=False)
        make_room_for_sockets()
        # It would log whole addresses, with the keys that some of them hold.
        logging.getLogger("httpx").setLevel(logging.WARNING)

    async def close(self) -> None:
        """End every connection."""
        await self._client.aclose()

    @asynccontextmanager
    async def exchange(
        self,
        url: URL,
        headers: Mapping[str, str],
        *,
        step_s: float,
        proxy: str | None = None,
        form: bytes | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """Send one request and give the answer as soon as its head is there; leaving ends or returns the connection.

        A connection whose body was not read to its end is closed, so nothing unwanted is ever downloaded. `step_s`
        bounds each step; the whole is the caller's to bound. `form` makes it a POST. Raises the libraries' errors.
        """
        request = httpx.Request(
            "GET" if form is None else "POST",
            str(url),
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            stream=_NOTHING if form is None else httpx.ByteStream(form),
            extensions={
                "timeout": {"connect": min(CONNECT_S, step_s), "read": min(READ_S, step_s)},
                # To be sent as it was judged, whatever the library would make of it.
                "address": url,
                "proxy": proxy,
            },
        )
        answer = await self._client.send(request, stream=True)
        try:
            if sum(len(name) + len(value) + 4 for name, value in answer.headers.raw) > MAX_HEAD:
                raise PermanentError(Outcome.TOO_LARGE, "the answer's headers are larger than any server needs")
            yield answer
        finally:
            await answer.aclose()


class GuardedTransport(httpx.AsyncBaseTransport):
    """Carries httpx's requests over aiohttp, to where the guard lets them, or through the proxies that the user names.

    A request's extensions hold its exact address (`address`, a yarl URL), its `timeout` (`connect` and `read`, in
    seconds) and its `proxy` (an address, or None). Raises aiohttp's errors as they are.
    """

    def __init__(self, guard: Guard, resolve: Resolve, tls: ssl.SSLContext) -> None:
        self._guard = guard
        self._resolve = resolve
        self._tls = tls
        self._sessions: dict[str | None, aiohttp.ClientSession] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the answer's body is still to be read, as it is on the wire."""
        attempt = Attempt()
        asked = request.extensions
        headers = {name.decode("ascii"): value.decode() for name, value in request.headers.raw}
        options: dict[str, Any] = {}
        if asked["proxy"] is not None and not is_socks(asked["proxy"]):
            permit, options = through_http(asked["proxy"], asked["address"])
            headers |= permit
        answer = await self._session(asked["proxy"]).request(
            request.method,
            asked["address"],
            headers=headers,
            data=await request.aread() or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(sock_connect=asked["timeout"]["connect"], sock_read=asked["timeout"]["read"]),
            middlewares=(attempt,),
            trace_request_ctx=attempt,
            **options,
        )
        return Answer(answer.status, headers=answer.raw_headers, stream=_Wire(answer))

    async def aclose(self) -> None:
        """End every connection."""
        for session in self._sessions.values():
            await session.close()

    def _session(self, proxy: str | None) -> aiohttp.ClientSession:
        """One for direct connections, one for all http proxies, and one for each SOCKS proxy: as few as the user names.

        Towards http proxies the dialler is not guarded: it only ever dials those that the user has named.
        """
        key = proxy if proxy is None or is_socks(proxy) else "http"
        session = self._sessions.get(key)
        if session is None:
            guard = None if key == "http" else self._guard
            socks = key if is_socks(key) else None
            session = self._sessions[key] = open_session(self._resolve, guard, self._tls, socks)
        return session


class _Wire(httpx.AsyncByteStream):
    """A body's bytes as they come; closing it before the end closes the connection."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        data = await self._answer.content.read(CHUNK)
        if not data:
            raise StopAsyncIteration
        return data

    async def aclose(self) -> None:
        self._answer.release()
        await self._answer.wait_for_close()


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """Keep none: a reader of feeds has no session to hold."""


class _Forgetful(httpx.AsyncClient):
    """httpx's client, which otherwise collects cookies for as long as it lives."""

    _nothing = _NoCookies()

    @property
    def cookies(self) -> httpx.Cookies:
        """None, ever."""
        return self._nothing

    @cookies.setter
    def cookies(self, _: object) -> None:
        raise AttributeError("this client keeps no cookies")
