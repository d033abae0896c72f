"""The loopback server of the bench: a process of its own, whose CPU counts for no contender.

`python -m tests.bench.server --feeds 1000 --hosts 50` listens on 127.1.0.1 … (a host each, one port), prints one
line of JSON (`control`, `hosts`, `spare`: hosts without feeds, `feeds`) when it is ready, and answers:

| path                        | answer                                                                    |
|-----------------------------|---------------------------------------------------------------------------|
| `/feed/N.xml`               | feed N in the current phase, after the latency                            |
| `/N/2025/story-M.html`      | the article page of story M of feed N, after the latency                  |
| `/big/E.xml`                | a feed of 14.5 MB in E entries                                            |
| `/hang/…`                   | the request is read, and nothing is ever answered                         |
| `/robots.txt`               | everything is allowed                                                     |
| anything else               | 404                                                                       |

The control address takes `/phase/NAME` and `/latency/SECONDS` (both forget the counts), and `/stats`. The server ends
when its standard input does, after `--max-requests`, or after `--max-seconds`, whichever comes first.
"""

import argparse
import asyncio
import json
import os
import resource
import socket
import sys
import time
from collections import Counter
from datetime import timedelta
from email.utils import format_datetime

from tests.bench.site import NEWEST, VERSIONS, Phase, Site, big_feed
from tests.bench.webpage import page

#: What a 15 MB feed weighs: as near to the default bound on bodies as a feed may come.
BIG = 14_500_000
MAX_CONNECTIONS = 4096
MAX_HEAD = 65_536


class World:
    """Everything that the server can answer, rendered before it is asked for, and what was asked."""

    def __init__(self, bases: list[str], feeds: int) -> None:
        self.sites = [Site(n, bases[n % len(bases)]) for n in range(feeds)]
        self.latency = 0.0
        self.connections = 0
        self._big: dict[str, bytes] = {}
        self.enter(Phase.COLD)

    def enter(self, phase: Phase) -> None:
        """Answer as in `phase` from now on, and count from zero."""
        self.phase = phase
        version = VERSIONS[phase]
        # Every phase but the second has moved on: some clients drop a body that is no newer than the last one.
        moved = "" if phase in (Phase.COLD, Phase.NOT_MODIFIED) else f"-{phase}"
        modified = format_datetime(NEWEST + timedelta(hours=list(Phase).index(phase) if moved else 0), usegmt=True)
        self._feeds: list[bytes] = []
        self._not_modified: list[bytes] = []
        self._etags: list[bytes] = []
        for site in self.sites:
            etag = f'"{site.index}{moved}"'
            validators = f"ETag: {etag}\r\nLast-Modified: {modified}\r\nCache-Control: no-cache\r\n"
            self._feeds.append(_answer("200 OK", site.content_type, site.feed(version), validators))
            self._not_modified.append(f"HTTP/1.1 304 Not Modified\r\n{validators}\r\n".encode())
            self._etags.append(etag.encode())
        self.forget()

    def forget(self) -> None:
        self.counts: Counter[str] = Counter()
        self.most_connections = self.connections
        self.first_at: float | None = None
        self.last_feed_at: float | None = None
        #: When each address was first asked, in seconds after the first request of all.
        self.first_asked: dict[str, float] = {}

    def stats(self) -> dict[str, object]:
        """What happened since the phase was entered; `span` is from the first request to the last feed answered."""
        span = (self.last_feed_at or 0.0) - self.first_at if self.first_at and self.last_feed_at else 0.0
        return {**self.counts, "most_connections": self.most_connections, "span": span, "first_asked": self.first_asked}

    def note_request(self, address: str) -> None:
        """Keep when an address was first asked."""
        now = time.monotonic()
        self.first_at = self.first_at or now
        self.first_asked.setdefault(address, now - self.first_at)

    def answer(self, path: bytes, head: bytes) -> bytes | None:
        """The whole answer to a GET, or None where none is to be sent."""
        self.counts["requests"] += 1
        self.first_at = self.first_at or time.monotonic()
        _, kind, *rest = path.decode("latin-1").partition("?")[0].split("/")
        if kind == "feed":
            return self._feed(int(rest[0].removesuffix(".xml")), head)
        if kind.isdigit():
            site = self.sites[int(kind)]
            body = page(site, int(rest[-1].removeprefix("story-").removesuffix(".html")))
            self.counts["pages"] += 1
            return _answer("200 OK", f"text/html; charset={site.encoding}", body)
        if kind == "hang":
            self.counts["hanging"] += 1
            return None
        if kind == "big":
            return self._big_feed(rest[0])
        if kind == "robots.txt":
            self.counts["robots"] += 1
            return _answer("200 OK", "text/plain", b"User-agent: *\nDisallow: /private/\n")
        raise LookupError(kind)

    def _feed(self, number: int, head: bytes) -> bytes:
        if self.phase is Phase.NOT_MODIFIED and self._etags[number] in head:
            self.counts["304"] += 1
            return self._not_modified[number]
        answer = self._feeds[number]
        self.counts["200"] += 1
        return answer

    def _big_feed(self, name: str) -> bytes:
        entries = name.removesuffix(".xml")
        if entries not in self._big:
            body = big_feed(self.sites[0].base, BIG, int(entries))
            self._big[entries] = _answer("200 OK", "application/rss+xml", body)
        return self._big[entries]


def _answer(status: str, content_type: str, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


NOT_FOUND = _answer("404 Not Found", "text/plain", b"not here\n")


class Connection(asyncio.Protocol):
    """One client: GETs in, answers out, kept alive, in order."""

    transport: asyncio.Transport

    def __init__(self, world: World, stop: asyncio.Event, max_requests: int) -> None:
        self.world, self.stop, self.max_requests = world, stop, max_requests
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.world.connections += 1
        self.world.most_connections = max(self.world.most_connections, self.world.connections)
        if self.world.connections > MAX_CONNECTIONS:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.world.connections -= 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head, self.buffer = self.buffer[:end], self.buffer[end + 4 :]
            self.respond(head)
        if len(self.buffer) > MAX_HEAD:
            self.transport.abort()

    def respond(self, head: bytes) -> None:
        self.world.note_request(self.transport.get_extra_info("sockname")[0])
        try:
            answer = self.world.answer(head.split(b" ", 2)[1], head)
        except (LookupError, ValueError):
            answer = NOT_FOUND
        if self.world.counts["requests"] >= self.max_requests:
            self.stop.set()
        if answer is None:
            return
        if self.world.latency:
            asyncio.get_running_loop().call_later(self.world.latency, self.send, answer)
        else:
            self.send(answer)

    def send(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.world.last_feed_at = time.monotonic()


class Control(asyncio.Protocol):
    """The runner's own address: one request, one line of JSON."""

    def __init__(self, world: World) -> None:
        self.world = world

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        _, command, *rest = data.split(b" ", 2)[1].decode().split("/")
        if command == "phase":
            self.world.enter(Phase(rest[0]))
        elif command == "latency":
            self.world.latency = float(rest[0])
            self.world.forget()
        self.transport.write(_answer("200 OK", "application/json", json.dumps(self.world.stats()).encode()))
        self.transport.close()


def host_addresses(count: int) -> list[str]:
    """So many loopback addresses, none of them 127.0.0.1."""
    return [f"127.1.{n // 250}.{n % 250 + 1}" for n in range(count)]


async def serve(feeds: int, hosts: int, spare_hosts: int, max_requests: int, max_seconds: float) -> None:
    """Listen until the end of standard input, or until a bound is reached."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    addresses = host_addresses(hosts + spare_hosts)
    first = socket.create_server((addresses[0], 0), backlog=1024)
    port = first.getsockname()[1]
    bases = [f"http://{address}:{port}" for address in addresses]
    world = World(bases[:hosts], feeds)
    listening = [first, *(socket.create_server((address, port), backlog=256) for address in addresses[1:])]
    for listener in listening:
        await loop.create_server(lambda: Connection(world, stop, max_requests), sock=listener)
    control = await loop.create_server(lambda: Control(world), "127.0.0.1", 0)

    def user_is_gone() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            stop.set()

    loop.add_reader(sys.stdin.fileno(), user_is_gone)
    ready = {
        "control": f"http://127.0.0.1:{control.sockets[0].getsockname()[1]}",
        "hosts": bases[:hosts],
        "spare": bases[hosts:],
        "feeds": [site.url for site in world.sites],
    }
    print(json.dumps(ready), flush=True)
    try:
        await asyncio.wait_for(stop.wait(), max_seconds)
    except TimeoutError:
        print("the bench server reached its time limit", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--hosts", type=int, default=50)
    parser.add_argument("--spare-hosts", type=int, default=0)
    parser.add_argument("--max-requests", type=int, default=2_000_000)
    parser.add_argument("--max-seconds", type=float, default=7200.0)
    args = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(serve(args.feeds, args.hosts, args.spare_hosts, args.max_requests, args.max_seconds))


if __name__ == "__main__":
    main()
