"""The server of `ingestd browse`: its socket, its signals, and the browser that it opens."""

import os
import signal
import socket
import sys
import webbrowser
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from ingestd.cli.browse.app import open_site
from ingestd.cli.output import print_note, print_text
from ingestd.config.settings import Config
from ingestd.model.errors import UsageError

#: Seconds that requests in flight may take when the server stops.
_STOP_TIMEOUT_S = 2


def serve(path: Path, config: Config, *, host: str, port: int, open_browser: bool) -> None:
    """Serve the database until Ctrl-C or SIGTERM. Raises UsageError where the address cannot be used."""
    with listen(host, port) as listener:
        port = listener.getsockname()[1]
        allowed = own_names(host, port)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with open_site(path, config, allowed_hosts=allowed) as site:
            url = f"http://{_shown_host(host)}:{port}/"
            print_text(f"{path} is shown at {url} until Ctrl-C")
            sys.stdout.flush()
            if allowed is None:
                print_note("everybody who reaches this address can read the archive: there is no password")
            if open_browser:
                open_in_browser(url)
            server = uvicorn.Server(
                uvicorn.Config(
                    site.asgi(),
                    log_level="warning",
                    access_log=False,
                    server_header=False,
                    timeout_graceful_shutdown=_STOP_TIMEOUT_S,
                )
            )
            with suppress(KeyboardInterrupt):
                server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises UsageError."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server((str(address[0]), port), family=family)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot listen on {host} port {port}: {reason}; `--port 0` takes any free port") from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _shown_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def own_names(host: str, port: int) -> frozenset[str] | None:
    """Values of `Host` under which a browser on this machine reaches the server; None where others may ask."""
    if not _is_loopback(host):
        return None
    names = {_shown_host(host), "127.0.0.1", "localhost", "[::1]"}
    return frozenset({f"{name}:{port}" for name in names} | (names if port == 80 else set()))


def open_in_browser(url: str) -> None:
    """Open a URL in the user's browser; nothing happens where there is no desktop, and no $BROWSER."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if sys.platform == "darwin" or any(os.environ.get(name) for name in variables):
        webbrowser.open(url)
