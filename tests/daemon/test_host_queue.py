"""Many sources at few hosts, polled by the daemon's poller on virtual time: who is asked when, and what is stored.

The database is a real one; the network is simulated, so that a day takes seconds.
"""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from ingestd.config.load import parse_config
from ingestd.config.settings import Config
from ingestd.daemon.app import GRACE_S
from ingestd.daemon.poller import START_AHEAD_S, Poller
from ingestd.fetch import Client
from ingestd.model.poll import Poll
from ingestd.poll.context import PollContext
from ingestd.poll.open_context import max_concurrent_polls, open_poll_context
from ingestd.poll.poll_sources import poll_sources
from ingestd.sources.configured import configured_sources
from ingestd.store import sources
from ingestd.store.database import Database
from ingestd.text.times import from_utc_text, utc_text
from tests.store import make
from tests.support.in_process import InProcess
from tests.support.installation import rss
from tests.world.virtual_time import LoopExecutor, VirtualLoop

DAY_S = 86_400.0
BEGIN = datetime(2026, 11, 22, tzinfo=UTC)
FEED = rss().encode()
HEADERS = [("Content-Type", "application/rss+xml")]


@dataclass(frozen=True)
class Sent:
    """A request as a server saw it, and the status of its answer."""

    at: float
    host: str
    path: str
    status: int


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class Body(httpx.AsyncByteStream):
    """The body of a response, in one piece."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.data


def response(status: int, *headers: tuple[str, str]) -> httpx.Response:
    return httpx.Response(status, headers=[*HEADERS, *headers], stream=Body(FEED if status == 200 else b""))


class Network(httpx.AsyncBaseTransport):
    """Answers every request after `latency_s` by what `limit` says of its host and its time; by default with a feed."""

    def __init__(self, limit: Callable[[str, float], Answer], latency_s: float) -> None:
        self.limit = limit
        self.latency_s = latency_s
        self.sent: list[Sent] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        now = asyncio.get_running_loop().time()
        parts = urlsplit(str(request.url))
        answer = self.limit(parts.hostname or "", now)
        self.sent.append(Sent(now, parts.hostname or "", parts.path, answer.status))
        await asyncio.sleep(self.latency_s)
        return response(answer.status, *answer.headers)

    def to(self, host: str, status: int = 200) -> list[Sent]:
        return [sent for sent in self.sent if sent.host == host and sent.status == status]


def anything(_host: str, _now: float) -> Answer:
    return Answer()


class Site:
    """A daemon's database with sources, and its network; everything runs on one virtual-time loop."""

    def __init__(self, folder: Path, loop: VirtualLoop) -> None:
        self.url = f"sqlite:///{folder}/ingestd.db"
        self.loop = loop
        self.network = Network(anything, 0.2)
        self.config = Config(path=None)

    def clock(self) -> datetime:
        return BEGIN + timedelta(seconds=self.loop.time())

    def configure(self, *urls: str, more: str = "") -> None:
        tables = "".join(
            f"[[sources]]\nname = {json.dumps(url)}\nurl = {json.dumps(url)}\narticle = 'never'\n" for url in urls
        )
        self.config = parse_config(f"[database]\nurl = '{self.url}'\n{more}\n{tables}", Path("i.toml"), {})

    async def open(self, run: Callable[[PollContext, dict[int, Any]], Coroutine[Any, Any, None]]) -> None:
        """One process: run something with its context and its sources."""
        with Database(self.url, executor=LoopExecutor()) as database:
            client = Client(self.config.fetch, clock=self.clock, network=self.network, host_limits=self.config.hosts)
            async with open_poll_context(
                self.config,
                database,
                clock=self.clock,
                workers=InProcess(),  # type: ignore[arg-type] # it has the one method that polls use
                client=client,
                random=Random(1),
            ) as context:
                known = await database.writing(sources.sync, configured_sources(self.config), self.clock())
                await run(context, {source.id: source for source in known})

    async def daemon(self, seconds: float, *, tick_s: float = 1.0, skip_idle: bool = False) -> None:
        """The poller of a daemon, for so many seconds. `skip_idle` leaves out ticks that could start nothing."""

        async def run(context: PollContext, known: dict[int, Any]) -> None:
            poller = Poller(known, context, max_polls=max_concurrent_polls(self.config))
            end = self.loop.time() + seconds
            while self.loop.time() < end:
                await poller.tick()
                await asyncio.sleep(tick_s)
                if skip_idle and not poller.in_flight:
                    await asyncio.sleep(max(self.idle_s(end), 0.0))
            await poller.stop(GRACE_S)

        await self.open(run)

    def idle_s(self, end: float) -> float:
        """Seconds for which no tick can start a poll: until a host may be asked soon, or a source is due."""
        now = utc_text(self.clock())
        times = [
            self.value(f"SELECT min({column}) FROM {table} WHERE {column} > '{now}'")
            for table, column in (("hosts", "next_at"), ("hosts", "paused_until"), ("sources", "next_poll_at"))
        ]
        nearest = min((from_utc_text(time) for time in times if time), default=self.clock() + timedelta(days=1))
        return min((nearest - self.clock()).total_seconds() - START_AHEAD_S, end - self.loop.time())

    async def fetch(self, *names: str) -> tuple[list[Poll], list[tuple[str, float]]]:
        """`ingestd fetch` of these sources: the polls, and the waits that it told of."""
        polls: list[Poll] = []
        waits: list[tuple[str, float]] = []

        async def run(context: PollContext, known: dict[int, Any]) -> None:
            wanted = [source for source in known.values() if source.name in names]
            await poll_sources(
                wanted, context, force=False, done=polls.append, waits=lambda host, wait: waits.append((host, wait))
            )

        await self.open(run)
        return polls, waits

    def slow_down(self, host: str, spacing_s: float) -> None:
        """What refusals have taught of a host: the distance between two requests to it."""
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection, connection:
            connection.execute(
                "INSERT INTO hosts (host, next_at, spacing_s) VALUES (?, ?, ?)",
                (host, utc_text(self.clock()), spacing_s),
            )

    def value(self, query: str) -> Any:
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
            row = connection.execute(query).fetchone()
            return row[0] if row else None


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    with closing(VirtualLoop()) as made:
        yield made


@pytest.fixture
def site(tmp_path, loop, empty_database) -> Site:
    shutil.copy(empty_database, tmp_path / "ingestd.db")
    return Site(tmp_path, loop)


@pytest.mark.slow
def test_sources_of_other_hosts_are_asked_at_once_beside_a_thousand_at_one(site, loop):
    hub = [f"http://hub.example/{number}" for number in range(1000)]
    others = [f"http://other{number}.example/f" for number in range(100)]
    site.configure(*hub, *others)
    loop.run_until_complete(site.daemon(60.0))
    first = {sent.host: sent.at for sent in reversed(site.network.sent)}
    starts = sorted(at for host, at in first.items() if host != "hub.example")
    assert len(starts) == 100
    assert starts[0] < 2
    assert starts[-1] < 10
    hub_starts = [sent.at for sent in site.network.to("hub.example")]
    assert len(hub_starts) >= 59
    assert [later - earlier for earlier, later in pairwise(hub_starts)] == pytest.approx(
        [1.0] * (len(hub_starts) - 1), abs=0.01
    )
    assert site.value("SELECT error FROM polls WHERE outcome != 'ok'") is None


class OneAMinute:
    """Accepts one request a minute; refuses others with 429 and these headers.

    A window is a minute of the host's clock, which shows `begins_s` at the first request.
    """

    def __init__(
        self,
        kind: str,
        *,
        told: Callable[[float], tuple[tuple[str, str], ...]] = lambda _left: (),
        begins_s: float = 0.0,
    ) -> None:
        self.kind = kind
        self.told = told
        self.begins_s = begins_s
        self.last = float("-inf")

    def __call__(self, _host: str, now: float) -> Answer:
        now += self.begins_s
        if self.kind == "quota":
            assert now - self.last >= 59.9, "no request beyond the quota that was stated"
            self.last = now
            return Answer(200, (("RateLimit", '"default";r=0;t=60'),))
        accepted = now // 60 != self.last // 60 if self.kind == "window" else now - self.last >= 60
        if accepted or self.kind == "strict":
            left, self.last = 60 - (now - self.last), now
        else:
            left = 60 - (now - self.last) if self.kind == "sliding" else 60 - now % 60
        return Answer() if accepted else Answer(429, self.told(left))


def retry_after(left: float) -> tuple[tuple[str, str], ...]:
    return (("Retry-After", str(int(left) + 1)),)


@pytest.mark.long
@pytest.mark.parametrize(
    "host",
    [
        pytest.param(OneAMinute("sliding"), id="a word less"),
        pytest.param(OneAMinute("sliding", told=retry_after), id="Retry-After"),
        pytest.param(OneAMinute("window"), id="by the minute"),
        pytest.param(OneAMinute("window", begins_s=17.0), id="by the minute of another clock"),
        pytest.param(OneAMinute("strict"), id="refused ones count"),
        pytest.param(OneAMinute("quota"), id="RateLimit"),
    ],
)
def test_thirty_sources_of_a_host_that_allows_one_request_a_minute(site, loop, host):
    site.network.limit = host
    site.configure(*(f"http://one.example/{number}" for number in range(30)))
    loop.run_until_complete(site.daemon(DAY_S, skip_idle=True))
    polled = [sum(sent.path == f"/{number}" for sent in site.network.to("one.example")) for number in range(30)]
    refused = len(site.network.to("one.example", 429))
    assert refused <= 0.02 * len(site.network.sent)
    assert site.value("SELECT count(*) FROM refusals") == refused
    if refused:
        assert 57 < site.value("SELECT spacing_s FROM hosts") < 66
    assert min(polled) >= 46


@pytest.mark.slow
def test_pace_of_one_request_a_minute_is_found_within_two_hours(site, loop):
    site.network.limit = OneAMinute("sliding", told=retry_after)
    site.configure(*(f"http://one.example/{number}" for number in range(30)))
    loop.run_until_complete(site.daemon(DAY_S / 12, skip_idle=True))
    polled = [sum(sent.path == f"/{number}" for sent in site.network.to("one.example")) for number in range(30)]
    assert min(polled) >= 3
    assert 57 < site.value("SELECT spacing_s FROM hosts") < 66


def test_a_pause_of_ten_minutes_is_followed_by_one_source_after_another(site, loop):
    def limit(_host: str, now: float) -> Answer:
        return Answer(503, (("Retry-After", "600"),)) if now < 1 else Answer()

    site.network.limit = limit
    site.configure(*(f"http://busy.example/{number}" for number in range(30)))
    loop.run_until_complete(site.daemon(700.0))
    refused, *answered = sorted(site.network.sent, key=lambda sent: sent.at)
    assert refused.at < 1
    assert answered[0].at == pytest.approx(refused.at + 600, abs=2)
    assert len(answered) == 30
    assert answered[-1].at - answered[0].at == pytest.approx(29, abs=2)


@pytest.mark.parametrize(
    ("more", "learnt_s"), [('[hosts."slow.example"]\nmin_delay = "200s"', 0.0), ("", 200.0)], ids=["set", "learnt"]
)
def test_a_source_whose_redirect_cannot_be_followed_yet_is_asked_again_after_the_shortest_interval(
    site, loop, more, learnt_s
):
    """Its site was asked, though the redirect came to nothing; and neither is it refused, which costs an interval."""
    site.network.limit = lambda _host, _now: Answer(301, (("Location", "/later"),))
    site.configure("http://slow.example/feed", more=more)
    site.slow_down("slow.example", learnt_s)
    loop.run_until_complete(site.daemon(3000.0))
    times = [sent.at for sent in site.network.to("slow.example", 301) if sent.path == "/feed"]
    assert len(times) >= 3
    assert all(300 <= later - earlier < 700 for earlier, later in pairwise(times)), times


def test_two_daemons_and_a_restart_keep_one_distance(site, loop):
    site.configure(*(f"http://hub.example/{number}" for number in range(100)))

    async def main() -> None:
        await asyncio.gather(site.daemon(20.0), site.daemon(20.3, tick_s=0.7))
        await site.daemon(20.0)

    loop.run_until_complete(main())
    starts = sorted(sent.at for sent in site.network.sent)
    assert len(starts) >= 38
    assert min(later - earlier for earlier, later in pairwise(starts)) >= 0.998
    assert len({sent.path for sent in site.network.sent}) == len(starts)


@pytest.mark.slow
def test_a_restart_keeps_the_pace_that_a_host_has_taught(site, loop):
    host = OneAMinute("sliding")
    site.network.limit = host
    site.configure(*(f"http://one.example/{number}" for number in range(30)))

    async def main() -> None:
        await site.daemon(3600.0)
        site.network.sent.clear()
        await site.daemon(1800.0)

    loop.run_until_complete(main())
    assert len(site.network.to("one.example")) >= 27
    assert len(site.network.to("one.example", 429)) <= 1


def test_a_fetch_goes_before_what_the_daemon_has_queued_and_says_that_it_waits(site, loop):
    urls = [f"http://hub.example/{number}" for number in range(50)]
    site.configure(*urls, more='[hosts."hub.example"]\nmin_delay = "20s"')
    found: list[Any] = []

    async def main() -> None:
        daemon = asyncio.create_task(site.daemon(200.0))
        await asyncio.sleep(65)
        found.extend(await site.fetch(urls[-1]))
        found.append(loop.time())
        await daemon

    loop.run_until_complete(main())
    polls, waits, ended = found
    assert [poll.name for poll in polls] == [urls[-1]]
    assert ended < 65 + 2 * 20 + 1
    [(host, wait)] = waits
    assert (host, 1 <= wait <= 40) == ("hub.example", True)
    starts = sorted(sent.at for sent in site.network.sent)
    assert min(later - earlier for earlier, later in pairwise(starts)) >= 19.99


def test_a_fetch_of_many_lets_the_daemon_in_between(site, loop):
    urls = [f"http://hub.example/{number}" for number in range(60)]
    site.configure(*urls)

    async def main() -> None:
        fetch = asyncio.create_task(site.fetch(*urls[:30]))
        await asyncio.sleep(1)
        await site.daemon(10.0)
        await fetch

    loop.run_until_complete(main())
    early = [int(sent.path[1:]) for sent in sorted(site.network.sent, key=lambda sent: sent.at)[:12]]
    assert sum(number < 30 for number in early) >= 3
    starts = sorted(sent.at for sent in site.network.sent)
    assert min(later - earlier for earlier, later in pairwise(starts)) >= 0.998


def test_a_fetch_from_a_paused_host_ends_at_once_and_says_why(site, loop):
    site.configure("http://busy.example/1", "http://busy.example/2")
    site.network.limit = lambda _host, _now: Answer(429, (("Retry-After", "600"),))

    async def main() -> Poll:
        await site.fetch("http://busy.example/1")
        polls, _ = await site.fetch("http://busy.example/2")
        only: Poll = polls[0]
        return only

    poll = loop.run_until_complete(main())
    assert (str(poll.outcome), poll.http_status) == ("rate-limited", None)
    assert "busy.example has asked to be left in peace for another" in (poll.error or "")
    assert len(site.network.sent) == 1


def test_places_of_a_host_leave_others_to_the_rest(site, loop):
    """The hub answers nothing for long: its polls take as many places as it has, and no more."""

    async def slow(request: httpx.Request) -> httpx.Response:
        site.network.sent.append(Sent(loop.time(), request.url.host, request.url.path, 200))
        await asyncio.sleep(15 if request.url.host == "hub.example" else 0.1)
        return response(200)

    site.network.handle_async_request = slow
    hub = [f"http://hub.example/{number}" for number in range(50)]
    more = '[fetch]\nmin_delay = "0s"\nper_host = 50\n[hosts."hub.example"]\nconcurrency = 5\nper_host = 9'
    site.configure(*hub, *(f"http://other.example/{number}" for number in range(20)), more=more)
    loop.run_until_complete(site.daemon(10.0))
    assert len(site.network.to("hub.example")) == 5
    assert len(site.network.to("other.example")) == 20


@pytest.mark.slow
def test_a_maintenance_page_is_looked_at_again_after_five_minutes(site, loop):
    site.network.limit = lambda _host, _now: Answer(404 if len(site.network.sent) == 1 else 200)
    site.configure("http://a.example/f")
    loop.run_until_complete(site.daemon(2700.0))
    [_, failed, again] = site.network.sent
    assert (failed.status, again.status) == (404, 200)
    assert 300 <= again.at - failed.at <= 335


def test_stop_with_a_long_queue_ends_in_time(site, loop):
    site.configure(*(f"http://hub.example/{number}" for number in range(2000)))
    loop.run_until_complete(site.daemon(5.0))
    assert loop.time() < 5 + 2 + 2
    assert site.value("SELECT count(*) FROM leases") == 0
    assert site.value("SELECT count(*) FROM polls WHERE outcome = 'interrupted'") <= 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "distance_s"), [("", 1.0), ('[hosts."hub.example"]\nmin_delay = "60s"', 60.0)], ids=["1 s", "60 s"]
)
def test_a_reload_with_a_thousand_sources_queued_ends_in_time_and_goes_on_where_it_was(site, loop, more, distance_s):
    urls = [f"http://hub.example/{number}" for number in range(1000)]
    running_s, stopped_at = 5 * distance_s, 0.0

    async def main() -> None:
        nonlocal stopped_at
        site.configure(*urls, more=more)
        await site.daemon(running_s)
        stopped_at = loop.time()
        assert site.value("SELECT count(*) FROM leases") == 0
        site.configure(*urls[1:], "http://hub.example/new", more=more)
        await site.daemon(running_s)

    loop.run_until_complete(main())
    assert stopped_at - running_s <= GRACE_S + 1
    assert loop.time() - stopped_at - running_s <= GRACE_S + 1
    starts = sorted(sent.at for sent in site.network.sent)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert len(starts) >= 2 * running_s / distance_s - 1
    assert min(gaps) >= distance_s - 0.01
    assert max(gaps) <= 2 * distance_s + GRACE_S, "of what was claimed, a stop leaves at most one start unused"
    assert len({sent.path for sent in site.network.sent}) == len(starts)
    assert site.value("SELECT count(*) FROM sources WHERE enabled = 1 AND next_poll_at IS NULL") >= 980


def test_where_a_database_is_locked_the_process_keeps_the_pace_by_itself(site, loop, caplog):
    site.configure("http://hub.example/1")

    async def run(context: PollContext, _known: dict[int, Any]) -> None:
        make.run(context.database, "DROP TABLE hosts")
        times = []
        for _ in range(3):
            async with context.client.hosts.slot("hub.example"):
                times.append(round(loop.time(), 3))
        assert [later - times[0] for later in times] == [0, 1, 2]

    loop.run_until_complete(site.open(run))
    assert "store-failed" in caplog.text
