"""A small web server in the daemon's event loop, with bounds on connections and on how long each may last."""

import asyncio
import contextlib
import logging
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

#: Faults of a client, of which anybody may cause any number: the answer says enough.
_CLIENT_FAULTS = (HttpProcessingError, OSError, asyncio.IncompleteReadError)
#: Mode of a Unix socket: its owner and group may connect.
_SOCKET_MODE = 0o660


class WebServer:
    """Serves an application while it is started."""

    def __init__(
        self, application: web.Application, log: logging.Logger, *, max_connections: int, max_connection_s: float
    ) -> None:
        """`log` is what the web server itself logs to: our own errors, with their traceback."""
        self._application = application
        self._log = log
        self.max_connections = max_connections
        self.max_connection_s = max_connection_s
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None
        self._socket: Path | None = None

    async def listen(self, address: tuple[str, int] | Path) -> None:
        """Listen on a host and port (0 takes a free one), or on a Unix socket. Raises OSError where it is in use."""
        self._log.addFilter(_is_our_fault)
        # No access log: it would hold secret paths. No decompression: a small body could become too large.
        self._runner = web.AppRunner(
            self._application,
            access_log=None,
            logger=self._log,
            keepalive_timeout=5,
            auto_decompress=False,
            shutdown_timeout=1,
        )
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        backlog = self.max_connections
        if isinstance(address, Path):
            self._listening = await loop.create_unix_server(self._connection, address, backlog=backlog)
            self._socket = address
            _open_to_group(address)
        else:
            self._listening = await loop.create_server(self._connection, *address, backlog=backlog)

    def _connection(self) -> asyncio.BaseProtocol:
        """A new connection, bounded in time: aiohttp waits without a limit for the head of a request."""
        server = self._runner.server if self._runner is not None else None
        if server is None or len(server.connections) >= self.max_connections:
            return _Refused()
        protocol = server()
        asyncio.get_running_loop().call_later(self.max_connection_s, protocol.force_close)
        return protocol

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where the server listens."""
        assert self._listening is not None, "the server has not been started"
        host, port, *_ = self._listening.sockets[0].getsockname()
        return str(host), int(port)

    async def stop(self) -> None:
        """Stop listening, and end what is under way."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.unlink()
            self._socket = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


def _open_to_group(path: Path) -> None:
    path.chmod(_SOCKET_MODE)


def _is_our_fault(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], _CLIENT_FAULTS))


class _Refused(asyncio.Protocol):
    """A connection over the limit, which is closed at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
