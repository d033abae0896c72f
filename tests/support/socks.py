"""A SOCKS5 proxy on loopback (RFC 1928, RFC 1929), in a thread of its own.

Every name leads to 127.0.0.1, so that tests can ask for `http://site.example:PORT/` without any DNS.
"""

import contextlib
import ipaddress
import socket
import socketserver
import threading
from typing import Self


class SocksServer(socketserver.ThreadingTCPServer):
    """`asked` are the destinations, as (host, port); `reply` other than 0 refuses them all; `login` must be given."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *, login: tuple[str, str] | None = None, reply: int = 0, silent: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Client)
        self.login, self.reply, self.silent = login, reply, silent
        self.asked: list[tuple[str, int]] = []
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.ended.set()
        self.shutdown()
        self.server_close()

    def url(self, scheme: str = "socks5h", login: str = "") -> str:
        return f"{scheme}://{login}127.0.0.1:{self.server_address[1]}"


class _Client(socketserver.BaseRequestHandler):
    server: SocksServer
    request: socket.socket

    def handle(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            self.greet()

    def greet(self) -> None:
        if self.server.silent:
            self.server.ended.wait(30)
            return
        _, count = self.take(2)
        wanted = 2 if self.server.login else 0
        if wanted not in self.take(count):
            self.request.sendall(b"\5\xff")
            return
        self.request.sendall(bytes([5, wanted]))
        if self.server.login:
            self.take(1)
            given = tuple(self.take(self.take(1)[0]).decode() for _ in range(2))
            self.request.sendall(bytes([1, int(given != self.server.login)]))
            if given != self.server.login:
                return
        self.connect()

    def connect(self) -> None:
        *_, kind = self.take(4)
        if kind == 3:
            host = self.take(self.take(1)[0]).decode()
        else:
            host = str(ipaddress.ip_address(self.take(4 if kind == 1 else 16)))
        port = int.from_bytes(self.take(2), "big")
        self.server.asked.append((host, port))
        self.request.sendall(bytes([5, self.server.reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        if not self.server.reply:
            with socket.create_connection(("127.0.0.1", port), 5) as site:
                back = threading.Thread(target=pump, args=(site, self.request), daemon=True)
                back.start()
                pump(self.request, site)
                back.join(10)

    def take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.request.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data


def pump(source: socket.socket, target: socket.socket) -> None:
    """Carry bytes one way until that way ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
