"""The client: one GET, from an address to a `Response` or to an error that says what went wrong.

    async with Client(config) as client:
        response = await client.get(Request("https://example.org/feed.xml", accept="feed"))

Every hop waits for its turn (`politeness`), goes only where it may (`guard`), and is read within bounds (`reading`).
"""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self

import httpx
from yarl import URL

from ingestd.fetch import response_status
from ingestd.fetch.errors import LIBRARY_ERRORS, out_of_reach, translate
from ingestd.fetch.guard import Guard, shown_url
from ingestd.fetch.limits import MAX_REDIRECTS, MAX_ROBOTS, FetchLimits
from ingestd.fetch.politeness import SHORT_REST_S, Hosts, host_key
from ingestd.fetch.proxies import looks_names_up
from ingestd.fetch.reachability import Reachability
from ingestd.fetch.read_body import Reader, read_start, read_up_to
from ingestd.fetch.redirects import FOLLOWED, keeps_secrets, target
from ingestd.fetch.request_headers import is_conditional, outgoing, product_name, sendable, user_agent
from ingestd.fetch.request_state import Chain, Hop
from ingestd.fetch.resolver import Resolve
from ingestd.fetch.robots import Robots
from ingestd.fetch.slots import Place
from ingestd.fetch.transport import Transport
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError
from ingestd.model.http import Redirect, Request, Response

#: Bytes of an error page that are looked at.
ERROR_PAGE_START = 16 * 1024
_MAY_BE_CHALLENGE = frozenset({202, 403, 405, 429, 503})
#: What robots.txt speaks of: pages, and what they show. Feeds are published to be read by programs.
_GUESTS = frozenset({"page", "image"})


def utc_now() -> datetime:
    """The time, where nobody has given a clock."""
    return datetime.now(UTC)


class Client:
    """The one HTTP client, for feeds, pages, robots.txt and whatever else is fetched. Use it as a context manager.

    `config` is the `[fetch]` configuration (see `limits.FetchLimits`). `resolver` replaces the system's DNS: host and
    port in, addresses out. `clock` gives the time in UTC. `contact` goes into the User-Agent where that names none.
    `tls` replaces the trusted authorities.
    """

    def __init__(
        self,
        config: FetchLimits,
        *,
        resolver: Resolve | None = None,
        clock: Callable[[], datetime] = utc_now,
        contact: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._config = config
        self._resolver = resolver
        self._clock = clock
        self._tls = tls
        self._agent = user_agent(config.user_agent, contact)
        self._guard = Guard(allow_private_networks=config.allow_private_networks, allow_networks=config.allow_networks)
        self._hosts = Hosts(concurrency=config.concurrency, per_host=config.per_host, min_delay=config.min_delay)
        self._reader = Reader(config.max_body)
        self._reachability = Reachability()
        self._robots = Robots(self._fetch_robots, product_name(self._agent))
        self._transport: Transport | None = None

    async def __aenter__(self) -> Self:
        self._transport = Transport(self._guard, self._resolver, self._tls)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._robots.close()
        if self._transport is not None:
            await self._transport.close()
            self._transport = None

    def offline(self) -> bool:
        """Whether our own network seems to be down: everything tried lately was out of reach, on several hosts."""
        return self._reachability.offline(asyncio.get_running_loop().time())

    async def get(self, request: Request) -> Response:
        """Fetch one resource.

        A 304 comes back as a response without a body. Raises `TemporaryError` and `PermanentError` for everything that
        is no usable answer: any status from 400 up, addresses that must not be asked, broken or endless answers, and,
        for pages and images, what robots.txt forbids. The error names the address, the status and the wait that the
        site asks for.
        """
        try:
            chain = self._chain(request)
            return await self._follow(chain)
        except PollError as problem:
            if problem.url is None:
                problem.url = shown_url(request.url)
            raise

    async def post_form(self, url: str, form: bytes) -> int:
        """Post a form (to a WebSub hub), under the same guard, manners and bounds; gives the status, a 2xx.

        Raises `PollError` as `get` does. Redirects are not followed: a form with a secret goes to its hub alone.
        """
        try:
            chain = self._chain(Request(url))
            chain.form = form
            answer = await self._hop(chain)
            if answer.status >= 300:
                raise PermanentError(
                    Outcome.REDIRECT_FAILED,
                    "the server redirects a form, which is not followed",
                    http_status=answer.status,
                )
        except PollError as problem:
            if problem.url is None:
                problem.url = shown_url(url)
            raise
        return answer.status

    def _chain(self, request: Request) -> Chain:
        proxy = request.proxy or self._config.proxy
        return Chain(
            request=request,
            url=self._guard.check_url(request.url, proxied=looks_names_up(proxy)),
            own_headers=sendable(request.headers),
            proxy=proxy,
            budget=self._config.timeout,
        )

    async def _follow(self, chain: Chain) -> Response:
        while True:
            answer = await self._hop(chain)
            if answer.status == 304 and not is_conditional(chain.request) and not chain.past_caches:
                # Some cache on the way answers for somebody else: ask once more, past it.
                chain.past_caches = True
                chain.seen.clear()
                continue
            if answer.status not in FOLLOWED:
                return self._response(chain, answer)
            try:
                self._turn_to(chain, answer)
            except PollError as problem:
                problem.http_status = answer.status
                raise

    def _turn_to(self, chain: Chain, answer: Hop) -> None:
        """Point the chain at the next hop."""
        if len(chain.redirects) >= MAX_REDIRECTS:
            raise PermanentError(
                Outcome.REDIRECT_FAILED,
                f"the server redirects more than {MAX_REDIRECTS} times",
                http_status=answer.status,
            )
        text = target(chain.url, answer.location, answer.status)
        url = self._guard.check_url(text, proxied=looks_names_up(chain.proxy))
        asked = str(chain.url) if chain.redirects else chain.request.url
        chain.redirects.append(Redirect(answer.status, asked, str(url)))
        if not keeps_secrets(chain.url, url):
            chain.own_headers = {}
        chain.url = url

    async def _hop(self, chain: Chain) -> Hop:
        if chain.request.accept in _GUESTS and self._config.robots:
            await self._obey_robots(chain.url, chain.proxy)
        step = (str(chain.url), chain.cookies.header(chain.url))
        if step in chain.seen:
            status = chain.redirects[-1].status
            raise PermanentError(Outcome.REDIRECT_FAILED, "the server redirects in a circle", http_status=status)
        chain.seen.add(step)
        async with self._hosts.turn(host_key(chain.url)) as place:
            return await self._within_budget(chain, place)

    async def _obey_robots(self, url: URL, proxy: str | None) -> None:
        delay = await self._robots.check(url, asyncio.get_running_loop().time(), proxy)
        if delay is not None:
            self._hosts.crawl_delay(host_key(url), delay)

    async def _within_budget(self, chain: Chain, place: Place) -> Hop:
        """Make one exchange in what is left of the chain's time; waits for politeness do not count."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        deadline = asyncio.timeout(max(chain.budget, 0.001))
        try:
            async with deadline:
                answer = await self._exchange(chain, place, deadline)
        except LIBRARY_ERRORS as problem:
            if deadline.expired():
                reason = f"not complete within {self._config.timeout:g} s"
                raise TemporaryError(Outcome.TIMEOUT, reason) from problem
            raise self._lost(chain, translate(problem), problem) from problem
        except PollError as problem:
            raise self._lost(chain, problem, problem.__cause__) from problem.__cause__
        chain.budget -= loop.time() - started
        return answer

    async def _exchange(self, chain: Chain, place: Place, deadline: asyncio.Timeout) -> Hop:
        assert self._transport is not None, "the client is used outside `async with`"
        async with self._transport.exchange(
            chain.url, self._outgoing(chain), step_s=chain.budget, proxy=chain.proxy, form=chain.form
        ) as raw:
            place.answered()
            self._reachability.reached()
            headers = tuple((name.decode("latin-1").lower(), _header_text(value)) for name, value in raw.headers.raw)
            self._heed(chain.url, raw.status_code, headers)
            if raw.status_code in FOLLOWED:
                chain.cookies.take(chain.url, [value for name, value in headers if name == "set-cookie"])
                return Hop(raw.status_code, headers, location=_first_raw(raw, b"location"))
            body = await self._body(chain, raw, headers, deadline)
            start = body[:ERROR_PAGE_START] if raw.status_code in _MAY_BE_CHALLENGE else b""
            problem = response_status.failure(raw.status_code, headers, start, self._clock())
            if problem is not None:
                raise problem
            return Hop(raw.status_code, headers, body=body)

    async def _body(
        self, chain: Chain, raw: httpx.Response, headers: response_status.Headers, deadline: asyncio.Timeout
    ) -> bytes:
        """As much of the body as anybody will look at."""
        if raw.status_code >= 400:
            return await read_start(raw, headers, ERROR_PAGE_START) if raw.status_code in _MAY_BE_CHALLENGE else b""
        if raw.status_code == 304:
            return b""
        if chain.only_start:
            return await read_up_to(raw, headers, chain.only_start)
        return await self._reader.read(raw, headers, deadline, chain.request.max_body)

    def _outgoing(self, chain: Chain) -> dict[str, str]:
        headers = outgoing(chain.request, self._agent, chain.own_headers, chain.cookies.header(chain.url))
        if chain.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if chain.past_caches:
            headers |= {"Cache-Control": "no-cache", "Pragma": "no-cache"}
        return headers

    def _heed(self, url: URL, status: int, headers: response_status.Headers) -> None:
        """Take to heart what an answer says about how often we come, for its whole host."""
        key = host_key(url)
        if status == 429:
            self._hosts.complained(key)
        elif status < 400:
            self._hosts.content(key)
        if status not in (429, 503) and status not in FOLLOWED:
            return
        wait = response_status.retry_after_s(headers, self._clock())
        if not wait:
            return
        self._hosts.rest(key, wait)
        if status in FOLLOWED and wait > SHORT_REST_S:
            reason = f"the site redirects, but only in {wait:.0f} s"
            raise TemporaryError(Outcome.RATE_LIMITED, reason, http_status=status, retry_after_s=wait)

    def _response(self, chain: Chain, answer: Hop) -> Response:
        if answer.status == 304 and not is_conditional(chain.request):
            reason = "the server says that nothing has changed, although it was asked for the whole"
            raise PermanentError(Outcome.PROTOCOL_ERROR, reason, http_status=304)
        return Response(
            url=chain.request.url,
            final_url=str(chain.url),
            status=answer.status,
            headers=tuple(answer.headers),
            body=answer.body,
            fetched_at=self._clock(),
            redirects=tuple(chain.redirects),
        )

    def _lost(self, chain: Chain, problem: PollError, cause: BaseException | None) -> PollError:
        """Note a host out of reach; when all of them are, the failure is ours and counts against nobody."""
        if out_of_reach(cause):
            now = asyncio.get_running_loop().time()
            self._reachability.lost(host_key(chain.url), now)
            if self._reachability.offline(now):
                return TemporaryError(Outcome.OFFLINE, f"nothing at all can be reached from here: {problem.reason}")
        return problem

    async def _fetch_robots(self, url: URL, proxy: str | None) -> str | None:
        """The text of a robots.txt; None where the site has none. Raises `TemporaryError` where that is not known."""
        chain = self._chain(Request(str(url), proxy=proxy))
        chain.only_start = MAX_ROBOTS
        try:
            response = await self._follow(chain)
        except PermanentError:
            return None
        return response.body[:MAX_ROBOTS].decode("utf-8-sig", "replace")


def _header_text(value: bytes) -> str:
    """A header's value as text: UTF-8 where it is, else byte by byte (RFC 9110, 5.5)."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _first_raw(raw: httpx.Response, name: bytes) -> bytes | None:
    return next((value for key, value in raw.headers.raw if key.lower() == name), None)
