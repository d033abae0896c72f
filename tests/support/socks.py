"""A SOCKS5 proxy on loopback (RFC 1928, RFC 1929), in the event loop of the test.

Every name leads to 127.0.0.1, so that tests can ask for `http://site.example:PORT/` without any DNS.
"""

import asyncio
import contextlib
import ipaddress
from typing import Self


class SocksServer:
    """`asked` are the destinations, as (host, port); `reply` other than 0 refuses them all; `login` must be given.

    A `silent` one reads and answers nothing.
    """

    def __init__(self, *, login: tuple[str, str] | None = None, reply: int = 0, silent: bool = False) -> None:
        self.login, self.reply, self.silent = login, reply, silent
        self.asked: list[tuple[str, int]] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def url(self, scheme: str = "socks5h", login: str = "") -> str:
        return f"{scheme}://{login}127.0.0.1:{self._port}"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.silent:
            await asyncio.Event().wait()
        if not await self._greet(reader, writer):
            return
        host, port = await _read_destination(reader)
        self.asked.append((host, port))
        writer.write(bytes([5, self.reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        if not self.reply:
            await _connect(reader, writer, port)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Agree on a method and check the login; False where the client may not go on."""
        _, count = await reader.readexactly(2)
        method = 2 if self.login else 0
        if method not in await reader.readexactly(count):
            writer.write(b"\5\xff")
            return False
        writer.write(bytes([5, method]))
        if self.login is None:
            return True
        await reader.readexactly(1)
        given = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)]
        accepted = tuple(given) == self.login
        writer.write(bytes([1, int(not accepted)]))
        return accepted


async def _read_destination(reader: asyncio.StreamReader) -> tuple[str, int]:
    *_, kind = await reader.readexactly(4)
    if kind == 3:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    else:
        host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
    return host, int.from_bytes(await reader.readexactly(2), "big")


async def _connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    site_reader, site_writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await asyncio.gather(_pump(site_reader, writer), _pump(reader, site_writer))
    finally:
        site_writer.close()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Carry bytes one way until that way ends."""
    while data := await source.read(65_536):
        target.write(data)
        await target.drain()
    target.write_eof()
