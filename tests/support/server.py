"""A scriptable HTTP server on loopback, for every test that needs the web.

`with` runs it in a thread of its own, so that synchronous tests, asynchronous tests and child processes can all talk to
it. `async with` runs it in the test's event loop, so that its delays follow that loop's clock (`virtual_time`):

    with Server() as server:
        server.route("/feed.xml", Answer(body=FEED, headers={"ETag": '"1"'}), Answer(status=304))
        server.route("/cut", Raw(b"HTTP/1.1 200 OK\\r\\nContent-Length: 99\\r\\n\\r\\nhalf", RESET))
        server.route("/echo", lambda request: Answer(body=request.header("user-agent").encode()))
        ... server.url("/feed.xml") ... server.requests[0].header("if-none-match") ...

A route takes several answers: one a request, the last one repeats. What a well-behaved server cannot send goes through
`Raw`: bytes are sent as they are, a number sleeps for so many seconds, `RESET` ends the connection with RST, `HANG`
keeps it open in silence, and after the last step the connection is closed.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Self

MAX_HEAD = 64 * 1024
#: Seconds after which a thread that does not answer hangs.
HANG_S = 300


class Action(Enum):
    """What a raw script can do besides sending and sleeping."""

    RESET = "reset"
    HANG = "hang"


RESET = Action.RESET
HANG = Action.HANG


@dataclass(frozen=True)
class Received:
    """One request as it arrived; `at` is the time of the server's event loop in seconds, `connection` counts from 1."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: float
    connection: int
    address: str

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Answer:
    """A well-formed answer. `delay` seconds pass before the head, `pause` seconds between pieces of the body.

    `length` replaces the true Content-Length; False leaves it out, and the end of the connection ends the body.
    """

    status: int = 200
    body: bytes | str = b""
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = ()
    delay: float = 0.0
    chunked: bool = False
    length: int | bool = True
    close: bool = False
    piece: int = 0
    pause: float = 0.0


class Raw:
    """A script of bytes, seconds and actions, played as it stands."""

    def __init__(self, *steps: bytes | float | Action) -> None:
        self.steps = steps


Reply = Answer | Raw
Handler = Callable[[Received], Reply]


class Server:
    """Listens on every address of `hosts` with one port; `routes` answers by path, everything else is 404."""

    def __init__(
        self,
        hosts: str | Sequence[str] = "127.0.0.1",
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.hosts = (hosts,) if isinstance(hosts, str) else tuple(hosts)
        self.port = port
        self.requests: list[Received] = []
        self.connections = 0
        self.in_flight = 0
        self.most_in_flight = 0
        #: How often a path was asked for while an earlier request for it, whose client waits, was not answered.
        self.overlaps: Counter[str] = Counter()
        self._answering: dict[asyncio.StreamReader, str] = {}
        self._tls = tls
        self._routes: dict[str, Handler] = {}
        self._fallback: Handler = lambda request: Answer(404)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="test-server", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(HANG_S)
        return self

    def __exit__(self, *exc: object) -> None:
        assert self._loop is not None and self._thread is not None
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(HANG_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(HANG_S)
        self._loop.close()

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._shut()

    def url(self, path: str = "/", host: str | None = None) -> str:
        """The address of a path on this server."""
        scheme = "https" if self._tls else "http"
        name = host or self.hosts[0]
        return f"{scheme}://{f'[{name}]' if ':' in name else name}:{self.port}{path}"

    def route(self, path: str, *replies: Reply | Handler) -> str:
        """Answer a path: with one reply a request, the last one repeating. Gives the path's address."""
        self._routes[path] = _in_turn(replies)
        return self.url(path)

    def otherwise(self, *replies: Reply | Handler) -> None:
        """Answer every path that has no route."""
        self._fallback = _in_turn(replies)

    def to(self, path: str) -> list[Received]:
        """The requests that arrived for a path."""
        return [request for request in self.requests if request.path == path]

    def counts(self) -> Counter[str]:
        """How many requests arrived for each path."""
        return Counter(request.path for request in self.requests)

    async def _listen(self) -> None:
        for host in self.hosts:
            server = await asyncio.start_server(
                self._accept, host, self.port, ssl=self._tls, limit=MAX_HEAD, backlog=1024
            )
            self.port = server.sockets[0].getsockname()[1]
            self._servers.append(server)

    async def _shut(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._converse(reader, writer, self.connections)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        going_on = True
        while going_on:
            request = await _read_request(reader, writer, connection)
            self.requests.append(request)
            self.in_flight += 1
            self.overlaps[request.path] += sum(
                path == request.path and not other.at_eof() for other, path in self._answering.items()
            )
            self._answering[reader] = request.path
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            try:
                reply = self._routes.get(request.path, self._fallback)(request)
                going_on = await (_play(writer, reply) if isinstance(reply, Raw) else _send(writer, reply, request))
            finally:
                self.in_flight -= 1
                self._answering.pop(reader, None)


def _in_turn(replies: Sequence[Reply | Handler]) -> Handler:
    queue = list(replies)

    def answer(request: Received) -> Reply:
        reply = queue.pop(0) if len(queue) > 1 else queue[0]
        return reply(request) if callable(reply) else reply

    return answer


async def _read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    body = await reader.readexactly(length)
    address = writer.get_extra_info("sockname")[0]
    return Received(method, target, headers, body, asyncio.get_running_loop().time(), connection, address)


async def _send(writer: asyncio.StreamWriter, answer: Answer, request: Received) -> bool:
    if answer.delay:
        await asyncio.sleep(answer.delay)
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    ends_by_close = answer.close or (answer.length is False and not answer.chunked)
    writer.write(_head(answer, len(body), ends_by_close))
    if request.method != "HEAD" and answer.status not in (204, 304):
        await _send_body(writer, answer, body)
    await writer.drain()
    return not ends_by_close


def _head(answer: Answer, size: int, ends_by_close: bool) -> bytes:
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Odd"
    pairs = list(answer.headers.items() if isinstance(answer.headers, Mapping) else answer.headers)
    if answer.chunked:
        pairs.append(("Transfer-Encoding", "chunked"))
    elif answer.length is not False and answer.status not in (204, 304):
        pairs.append(("Content-Length", str(size if answer.length is True else answer.length)))
    if ends_by_close:
        pairs.append(("Connection", "close"))
    lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in pairs), "", ""]
    return "\r\n".join(lines).encode("utf-8")


async def _send_body(writer: asyncio.StreamWriter, answer: Answer, body: bytes) -> None:
    size = answer.piece or max(1, len(body))
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if answer.chunked else piece)
        await writer.drain()
        if answer.pause:
            await asyncio.sleep(answer.pause)
    if answer.chunked:
        writer.write(b"0\r\n\r\n")


async def _play(writer: asyncio.StreamWriter, script: Raw) -> bool:
    for step in script.steps:
        if isinstance(step, bytes):
            writer.write(step)
            await writer.drain()
        elif step is HANG:
            await asyncio.sleep(3600)
        elif step is RESET:
            _reset(writer)
        elif isinstance(step, int | float):
            await asyncio.sleep(step)
    return False


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with SO_LINGER at zero, which sends RST instead of FIN."""
    raw = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
