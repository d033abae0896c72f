"""The HTTP client: one GET, from a `Request` to a `Response` or to an error that says what went wrong.

    async with Client(config) as client:
        response = await client.get(Request("https://example.org/feed.xml", accept="feed"))

Every hop passes the guard (`guard`) and robots.txt (`robots`), and is sent by `exchange`.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Self

import httpx
from yarl import URL

from ingestd.fetch.exchange import Exchanger
from ingestd.fetch.guard import Guard
from ingestd.fetch.limits import MAX_ROBOTS_BYTES, FetchLimits
from ingestd.fetch.politeness import HostLimiter, HostLimits, host_key
from ingestd.fetch.proxies import resolves_remotely
from ingestd.fetch.redirects import REDIRECT_STATUSES, HopResponse, RequestState
from ingestd.fetch.request_headers import is_conditional, robots_product, sendable_headers, user_agent
from ingestd.fetch.resolver import Resolve
from ingestd.fetch.robots import RobotsCache
from ingestd.fetch.transport import Transport
from ingestd.identity.urls import shown_url
from ingestd.model.errors import Outcome, PermanentError, PollError
from ingestd.model.http import Request, Response
from ingestd.text.times import utc_now

#: The kinds of request that obey robots.txt. Feeds do not: they are published for programs. Older pages of a feed do,
#: because most sites do not publish them as such.
_OBEYING_ROBOTS_TXT = frozenset({"page", "image", "history"})


class Client:
    """The one HTTP client, for feeds, pages, images, robots.txt and hubs. Use it as an async context manager.

    `config` is the `[fetch]` configuration (see `limits.FetchLimits`). `resolver` replaces the system's DNS: host and
    port in, addresses out. `clock` gives the time in UTC. `contact` goes into the User-Agent where that names none.
    `tls` replaces the trusted certificate authorities. `network` replaces sockets: it sends each request and gives the
    response (see `transport.AiohttpTransport`). `host_limits` are the settings of single hosts by their key (see
    `politeness.HostLimits`).
    """

    def __init__(
        self,
        config: FetchLimits,
        *,
        resolver: Resolve | None = None,
        clock: Callable[[], datetime] = utc_now,
        contact: str = "",
        tls: ssl.SSLContext | None = None,
        network: httpx.AsyncBaseTransport | None = None,
        host_limits: Mapping[str, HostLimits] | None = None,
    ) -> None:
        self._config = config
        self._resolver = resolver
        self._clock = clock
        self._tls = tls
        self._network = network
        agent = user_agent(config.user_agent, contact)
        self._guard = Guard(allow_private_networks=config.allow_private_networks, allow_networks=config.allow_networks)
        self._exchanger = Exchanger(config, agent, clock, host_limits)
        self._robots = RobotsCache(self._fetch_robots, robots_product(agent))

    async def __aenter__(self) -> Self:
        self._exchanger.open(Transport(self._guard, self._resolver, self._tls, self._network))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._robots.close()
        await self._exchanger.close()

    @property
    def hosts(self) -> HostLimiter:
        """What paces the requests to each host."""
        return self._exchanger.hosts

    def observe(self, request_ended: Callable[[Outcome, float], None]) -> None:
        """Call `request_ended` after each request that was sent, with how it ended and its seconds."""
        self._exchanger.request_ended = request_ended

    def offline(self) -> bool:
        """Whether this machine's network seems to be down: several hosts were unreachable and none has responded."""
        return self._exchanger.offline()

    async def get(self, request: Request) -> Response:
        """Fetch one resource.

        A 304 is given as a response without a body. Raises `TemporaryError` and `PermanentError` for everything that
        is no usable response: any status from 400 up, refused addresses, broken or oversized responses, timeouts,
        and, for pages and images, what robots.txt forbids. The error holds the URL, the status and the wait in seconds
        that the site asks for.
        """
        try:
            return await self._follow_redirects(self._new_state(request))
        except PollError as error:
            if error.url is None:
                error.url = shown_url(request.url)
            raise

    async def post_form(self, url: str, form: bytes) -> int:
        """Post a form to a WebSub hub (see `post`)."""
        return await self.post(Request(url, headers=(("Content-Type", "application/x-www-form-urlencoded"),)), form)

    async def post(self, request: Request, body: bytes) -> int:
        """Post a body of the type that the request's headers state, under the same guard, pacing and bounds as a GET.

        Gives the status, a 2xx. Raises `PollError` as `get` does. Redirects are not followed, so that what is posted
        reaches its address alone.
        """
        try:
            state = self._new_state(request)
            state.posted = body
            response = await self._hop(state)
            if response.status >= 300:
                reason = "the server redirects what is posted to it, which is not followed"
                raise PermanentError(Outcome.REDIRECT_FAILED, reason, http_status=response.status)
        except PollError as error:
            if error.url is None:
                error.url = shown_url(request.url)
            raise
        return response.status

    def _new_state(self, request: Request) -> RequestState:
        proxy = (self._config.proxy if request.proxy is None else request.proxy) or None
        return RequestState(
            request=request,
            url=self._guard.check_url(request.url, proxied=resolves_remotely(proxy)),
            source_headers=sendable_headers(request.headers),
            proxy=proxy,
            ca_file=request.ca_file,
            time_left_s=self._config.timeout,
        )

    async def _follow_redirects(self, state: RequestState) -> Response:
        is_answered = False
        while True:
            try:
                response = await self._hop(state)
            except PollError as error:
                error.after_answer = is_answered
                raise
            is_answered = True
            if response.status == 304 and not is_conditional(state.request) and not state.bypass_caches:
                # A cache on the way has sent a response that was meant for another request: ask once more, past it.
                state.bypass_caches = True
                state.visited.clear()
                continue
            if response.status not in REDIRECT_STATUSES:
                return self._to_response(state, response)
            try:
                state.redirect(response, self._guard)
            except PollError as error:
                error.http_status = response.status
                raise

    async def _hop(self, state: RequestState) -> HopResponse:
        if state.request.accept in _OBEYING_ROBOTS_TXT and self._config.robots:
            await self._obey_robots(state)
        state.visit()
        return await self._exchanger.exchange(state)

    async def _obey_robots(self, state: RequestState) -> None:
        now = asyncio.get_running_loop().time()
        delay = await self._robots.check(state.url, now, state.proxy, state.ca_file)
        if delay is not None:
            self.hosts.set_crawl_delay(host_key(state.url), delay)

    async def _fetch_robots(self, url: URL, proxy: str | None, ca_file: str | None) -> str | None:
        """The text of a robots.txt; None where the site has none. Raises `TemporaryError` where that is unknown."""
        state = self._new_state(Request(str(url), proxy=proxy or "", ca_file=ca_file))
        state.prefix_bytes = MAX_ROBOTS_BYTES
        try:
            response = await self._follow_redirects(state)
        except PermanentError:
            return None
        return response.body[:MAX_ROBOTS_BYTES].decode("utf-8-sig", "replace")

    def _to_response(self, state: RequestState, response: HopResponse) -> Response:
        if response.status == 304 and not is_conditional(state.request):
            reason = "the server says that nothing has changed, although it was asked for the whole"
            raise PermanentError(Outcome.PROTOCOL_ERROR, reason, http_status=304)
        return Response(
            url=state.request.url,
            final_url=str(state.url),
            status=response.status,
            headers=tuple(response.headers),
            body=response.body,
            fetched_at=self._clock(),
            redirects=tuple(state.redirects),
        )
