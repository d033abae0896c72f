"""The simulated network: what each server answers at a time, its faults, and a record of every request.

It stands in the place of sockets: an httpx transport that raises the errors which aiohttp raises.
"""

import asyncio
import errno
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
import httpx

from ingestd.fetch.transport import UnfollowedResponse
from ingestd.model.errors import Outcome, TemporaryError
from tests.world.answers import HOME, HTML, WALL, Answer, faulty_answer, is_current, robots_txt, untrue_304, validators
from tests.world.documents import (
    LIST_PATH,
    Listed,
    change_times,
    entry_link,
    etag,
    feed_body,
    list_body,
    listed,
    page_body,
)
from tests.world.truth import LATER_FEED_PATH, Article, Fault, Site, World

#: Seconds after which aiohttp gives up connecting and reading, as the client sets them.
_CONNECT_S, _READ_S = 5.0, 10.0
#: Faults in which the feed's answer is not what the site has at the time.
FEED_FAULTS = frozenset({"torn", "short", "stale-304", "always-304", "old", "empty"})


@dataclass(slots=True)
class Exchange:
    """One request as the network saw it. `at` is true time, `life` the process that sent it.

    `kind` is feed, push, page, robots or other; `site` the one that answered. `entries` are the (article, version)
    of a feed that was sent and `links` their links, `article` and `version` those of a page. `read`: the whole body was
    taken; `true`: it was the document itself, or 304 for what it is. `fault` is what was wrong; `age_s` how old it was.
    """

    at: float
    life: int
    url: str
    kind: str = "other"
    site: int | None = None
    status: int | None = None
    entries: tuple[tuple[str, int], ...] = ()
    article: str | None = None
    version: int = 0
    read: bool = False
    true: bool = False
    fault: str | None = None
    retry_after_s: float | None = None
    links: tuple[str, ...] = ()
    age_s: float = 0.0

    @property
    def shown_at(self) -> float:
        """The time of which the answer is."""
        return self.at - self.age_s


class Internet(httpx.AsyncBaseTransport):
    """All servers. `before_request` is called before each request: it may raise, as a process that dies."""

    def __init__(self, world: World, before_request: Callable[[], None]) -> None:
        self.world = world
        self.exchanges: list[Exchange] = []
        self.life = 0
        #: Until when no connection can be opened, for want of file descriptors.
        self.no_files_until = 0.0
        self._before_request = before_request
        self._hosts = {host: site for site in world.sites for _, host in site.hosts}
        self._bodies: dict[tuple[int, int], tuple[str, str]] = {}
        self._changes = {site.number: change_times(world, site) for site in world.sites}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises what aiohttp would."""
        self._before_request()
        loop = asyncio.get_running_loop()
        url = str(request.extensions["url"])
        parts = urlsplit(url)
        site = self._hosts.get(parts.hostname or "")
        exchange = Exchange(loop.time(), self.life, url, site=site.number if site else None)
        self.exchanges.append(exchange)
        if loop.time() < self.no_files_until:
            exchange.fault = "files"
            raise aiohttp.ClientConnectorError(_key(url), OSError(errno.EMFILE, "Too many open files"))
        if site is None:
            raise _no_such_name(url)
        fault = next((item for item in site.faults if item.start <= loop.time() < item.end), None)
        exchange.fault = fault.kind if fault else None
        if fault is not None and fault.kind == "flap" and zlib.crc32(f"{url} {exchange.at:.0f}".encode()) & 1:
            exchange.age_s = fault.value
        await self._connect(site, fault, url)
        headers = {name.decode().lower(): value.decode() for name, value in request.headers.raw}
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = self._answer(site, parts.hostname or "", path, headers, fault, exchange)
        exchange.status = answer.status
        stream = _Body(answer, exchange, self._before_request)
        raw = [(name.encode(), value.encode()) for name, value in answer.headers]
        return UnfollowedResponse(answer.status, headers=raw, stream=stream)

    async def _connect(self, site: Site, fault: Fault | None, url: str) -> None:
        kind = fault.kind if fault else None
        if kind == "dns":
            raise _no_such_name(url)
        if kind == "refused":
            raise aiohttp.ClientConnectorError(_key(url), ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
        if kind == "dead":
            await asyncio.sleep(_CONNECT_S)
            raise aiohttp.ConnectionTimeoutError(f"Connection timeout to host {url}")
        await asyncio.sleep(site.latency_s)
        if kind == "reset":
            raise aiohttp.ServerDisconnectedError
        if fault is not None and kind == "slow":
            if fault.value > _READ_S:
                await asyncio.sleep(_READ_S)
                raise aiohttp.SocketTimeoutError(f"Timeout on reading data from socket {url}")
            await asyncio.sleep(fault.value)

    def _answer(
        self, site: Site, host: str, path: str, headers: Mapping[str, str], fault: Fault | None, exchange: Exchange
    ) -> Answer:
        at = exchange.at
        exchange.kind = _kind(site, path)
        article = _article_at(site, path) if exchange.kind == "page" else None
        exchange.article = article.name if article else None
        if fault is not None and (answer := faulty_answer(fault)):
            exchange.retry_after_s = fault.value if fault.kind == "limit-429-retry" else None
            return answer
        if host != site.host(at) and not site.hosts_alike:
            return Answer(301, headers=(("Location", f"https://{site.host(at)}{path}"),))
        if path == "/robots.txt":
            return robots_txt(site)
        if exchange.kind == "feed" and path != site.feed_path_at(at):
            moved = site.feed_moves is not None and path == site.feed_path and site.feed_moves[1] == 301
            return Answer(301, headers=(("Location", site.feed_path_at(at)),)) if moved else Answer(404)
        if exchange.kind == "feed":
            return self._feed(site, headers, fault, exchange)
        if path == "/":
            return Answer(200, HOME.encode(), HTML)
        if path == LIST_PATH:
            return Answer(200, list_body(site, at).encode(), HTML)
        return self._page(site, article, path.partition("?")[0], headers, fault, exchange)

    def push(self, site: Site, entries: list[Listed], now: float, age_s: float = 0.0) -> bytes:
        """The body that a hub pushes: these entries of a site's feed, as they are now, or were `age_s` seconds ago."""
        at = now - age_s
        names = tuple((article.name, article.version(at)) for _, article in entries)
        links = tuple(entry_link(self.world, site, owner, article, at) for owner, article in entries)
        url = site.feed_url(at)
        pushed = Exchange(now, self.life, url, "push", site.number, 200, names, read=True, true=True, links=links)
        pushed.age_s = age_s
        self.exchanges.append(pushed)
        return feed_body(self.world, site, at, entries).encode()

    def _feed(self, site: Site, headers: Mapping[str, str], fault: Fault | None, exchange: Exchange) -> Answer:
        at = fault.start if fault is not None and fault.kind == "old" else exchange.shown_at
        body, last_change = self._feed_body(site, at)
        tags = validators(site.feed.validators, body, last_change)
        entries = listed(self.world, site, at)
        if fault is not None and fault.kind == "empty":
            entries, body = [], feed_body(self.world, site, at, [])
            tags = validators(site.feed.validators, body, fault.start)
        exchange.true = (fault is None or fault.kind not in FEED_FAULTS) and not exchange.age_s
        if fault is not None and (answer := untrue_304(fault, headers)):
            return answer
        exchange.entries = tuple((article.name, article.version(at)) for _, article in entries)
        exchange.links = tuple(entry_link(self.world, site, owner, article, at) for owner, article in entries)
        if is_current(tags, headers):
            return Answer(304, headers=tags)
        kinds = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
        more = (("Cache-Control", f"max-age={site.feed.max_age_s}"),) if site.feed.max_age_s else ()
        answer = Answer(200, body.encode(), (("Content-Type", kinds[site.feed.format]), *tags, *more))
        if fault is None or fault.kind not in ("torn", "short"):
            return answer
        part = int(len(answer.body) * fault.value)
        torn = answer.body[:part].decode("utf-8", "ignore").encode()
        return replace(answer, body=torn) if fault.kind == "torn" else replace(answer, cut=part)

    def _feed_body(self, site: Site, at: float) -> tuple[str, float]:
        """The document and when it last changed. Between two changes it is made once."""
        if site.feed.dates in ("future", "now") or site.feed.session:
            return feed_body(self.world, site, at), at
        times = self._changes[site.number]
        since = sum(time <= at for time in times)
        body = self._bodies.get((site.number, since))
        last = times[since - 1] if since else 0.0
        if body is None:
            self._bodies = {key: value for key, value in self._bodies.items() if key[0] != site.number}
            body = self._bodies[site.number, since] = (feed_body(self.world, site, at), "")
        return body[0], last

    def _page(
        self,
        site: Site,
        article: Article | None,
        path: str,
        headers: Mapping[str, str],
        fault: Fault | None,
        exchange: Exchange,
    ) -> Answer:
        at = exchange.shown_at
        if article is None or article.published > at or exchange.fault == "forbidden":
            return Answer(403 if exchange.fault == "forbidden" else 404)
        if fault is not None and fault.kind == "late" and at - article.published < fault.value:
            return Answer(404)
        if not article.exists(at):
            return Answer(article.deleted_status)
        if path != article.path(at):
            return Answer(301, headers=(("Location", article.path(at)),))
        if exchange.fault == "wall":
            return Answer(200, WALL.encode(), HTML)
        if exchange.fault == "to-home":
            return Answer(302, headers=(("Location", f"https://{site.host(at)}/"),))
        exchange.true = True
        body = page_body(site, article, at)
        tags = (("ETag", etag(body)),) if site.page.validators else ()
        exchange.version = article.version(at)
        if tags and headers.get("if-none-match") == tags[0][1]:
            return Answer(304, headers=tags)
        return Answer(200, body.encode(), (*HTML, *tags))


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: Answer, exchange: Exchange, before_read: Callable[[], None]) -> None:
        self._answer, self._exchange, self._before_read = answer, exchange, before_read

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._before_read()
        if self._answer.cut is not None:
            yield self._answer.body[: self._answer.cut]
            raise aiohttp.ClientPayloadError("Response payload is not completed")
        if self._answer.body:
            yield self._answer.body
        self._exchange.read = True


def _kind(site: Site, path: str) -> str:
    if path == "/robots.txt":
        return "robots"
    return "feed" if path in (site.feed_path, LATER_FEED_PATH) else "page"


def _article_at(site: Site, path: str) -> Article | None:
    plain = path.partition("?")[0]
    return next(
        (each for each in site.articles if plain == each.alias or plain in [path for _, path in each.paths]), None
    )


def _key(url: str) -> Any:
    parts = urlsplit(url)
    return cast(Any, SimpleNamespace(host=parts.hostname, port=443, ssl=True, is_ssl=True))


def _no_such_name(url: str) -> Exception:
    """What the guarded resolver raises for a name without address (`fetch/resolver`)."""
    name = urlsplit(url).hostname
    return TemporaryError(Outcome.DNS_FAILED, f"{name} cannot be found: there is no such name")
