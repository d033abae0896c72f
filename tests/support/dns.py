"""A name server on loopback that answers, fails, or is silent, and is named in a daemon's own `/etc/resolv.conf`."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: Port 53 of an address that nothing else uses: resolvers ask no other port.
_ADDRESS = "127.53.0.1"
_A, _NO_ERROR, _SERVER_FAILURE = 1, 0, 2


class NameServer:
    """Says that every name has the address 127.0.0.1; `mode` is "answers", "fails" (SERVFAIL) or "silent"."""

    def __init__(self) -> None:
        self.mode, self.queries = "answers", 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((_ADDRESS, 53))
        except OSError:
            self._socket.close()
            raise

    def serve(self) -> None:
        """Answer until the socket is closed."""
        while True:
            try:
                query, client = self._socket.recvfrom(512)
            except OSError:
                return
            self.queries += 1
            if self.mode != "silent":
                self._socket.sendto(_reply(query, fails=self.mode == "fails"), client)

    def close(self) -> None:
        """End `serve`."""
        self._socket.close()


def _reply(query: bytes, *, fails: bool) -> bytes:
    """RFC 1035, section 4: one question, and an address where it asks for one."""
    end = query.index(0, 12) + 5
    kind = int.from_bytes(query[end - 4 : end - 2])
    has_address = kind == _A and not fails
    flags = 0x8180 | (_SERVER_FAILURE if fails else _NO_ERROR)
    head = query[:2] + flags.to_bytes(2) + bytes((0, 1, 0, has_address, 0, 0, 0, 0))
    answer = b"\xc0\x0c\0\1\0\1" + (60).to_bytes(4) + b"\0\4" + bytes((127, 0, 0, 1)) if has_address else b""
    return head + query[12:end] + answer


@contextmanager
def name_server(folder: Path) -> Iterator[tuple[NameServer, tuple[str, ...]]]:
    """The server, and the words before a program that is to ask it; skips where a namespace or port 53 is refused."""
    settings = folder / "resolv.conf"
    settings.write_text(f"nameserver {_ADDRESS}\noptions timeout:1 attempts:1\n")
    mount = f"mount --bind {settings} /etc/resolv.conf"
    through = ("unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh")
    if (
        shutil.which("unshare") is None
        or subprocess.run([*through, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no /etc/resolv.conf of its own can be given to a program here")
    try:
        server = NameServer()
    except OSError as error:
        pytest.skip(f"port 53 cannot be used here: {error}")
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server, through
    finally:
        server.close()
