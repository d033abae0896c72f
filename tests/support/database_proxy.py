"""A TCP proxy before a database server, which cuts its connections, or falls silent, when a test says so."""

import asyncio
import contextlib
import socket
import struct
import threading
from typing import Self

from sqlalchemy.engine import URL, make_url

#: Seconds after which a thread that does not answer hangs.
HANG_S = 300


class DatabaseProxy:
    """Use as a context manager; `url` is that of the database, through the proxy."""

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="database-proxy", daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._speaks = asyncio.Event()
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._speaks.set()
        port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(HANG_S)
        through: URL = self._target.set(host="127.0.0.1", port=port, query={})
        self.url = through.render_as_string(hide_password=False)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(HANG_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(HANG_S)
        self._loop.close()

    def cut(self) -> None:
        """End every connection with RST."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def fall_silent(self) -> None:
        """Pass nothing on, until `speak`; what was sent arrives then."""
        self._loop.call_soon_threadsafe(self._speaks.clear)

    def speak(self) -> None:
        """Pass on again."""
        self._loop.call_soon_threadsafe(self._speaks.set)

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _shut(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._reset_all()
        await asyncio.sleep(0)

    def _reset_all(self) -> None:
        for writer in self._writers:
            with contextlib.suppress(OSError, AttributeError):
                raw = writer.get_extra_info("socket")
                if raw.family != socket.AF_UNIX:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        self._writers.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            server_reader, server_writer = await self._connect()
            pair = {writer, server_writer}
            self._writers |= pair
            try:
                await asyncio.gather(self._pass(reader, server_writer), self._pass(server_reader, writer))
            finally:
                self._writers -= pair
                for one in pair:
                    one.transport.abort()
        self._tasks.discard(task)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        port = self._target.port or 5432
        host = self._target.query.get("host") or self._target.host or "127.0.0.1"
        assert isinstance(host, str)
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._speaks.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
