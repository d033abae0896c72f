"""Serves the sample site on loopback: a small, honest web server with validators and a robots.txt."""

import threading
from collections import deque
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import unquote, urlsplit

from ingestd.cli.demo.site import Resource, build

_NOT_FOUND = "/404.html"
#: Requests remembered for whoever asks what was fetched; older ones are forgotten.
_REMEMBERED = 10_000


class Hit(NamedTuple):
    """One request that was answered: its path with the query, and the status."""

    method: str
    path: str
    status: int


def answer(resources: Mapping[str, Resource], path: str, conditions: Mapping[str, str]) -> tuple[HTTPStatus, Resource]:
    """What a GET of `path` gets; `conditions` are the request's headers by lower-case name.

    The body is empty with 304. If-None-Match wins over If-Modified-Since (RFC 9110, 13.2.2).
    """
    resource = resources.get(unquote(urlsplit(path).path))
    if resource is None:
        return HTTPStatus.NOT_FOUND, resources[_NOT_FOUND]
    if _unchanged(resource.headers, conditions):
        return HTTPStatus.NOT_MODIFIED, resource._replace(body=b"")
    return HTTPStatus.OK, resource


def _unchanged(headers: Mapping[str, str], conditions: Mapping[str, str]) -> bool:
    etags = conditions.get("if-none-match")
    if etags is not None:
        return etags.strip() == "*" or headers.get("ETag") in {
            tag.strip().removeprefix("W/") for tag in etags.split(",")
        }
    since, modified = conditions.get("if-modified-since"), headers.get("Last-Modified")
    if since is None or modified is None:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False  # a condition that cannot be read is no condition


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD from the resources of its server; says nothing on the terminal."""

    protocol_version = "HTTP/1.1"
    server_version = "sample-site"
    sys_version = ""
    # One write per answer: without it, header and body wait for each other's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    # Seconds after which a silent connection is given up.
    timeout = 30
    server: "_HttpServer"

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Keep the terminal for the demo's own lines."""

    def _answer(self, *, with_body: bool) -> None:
        conditions = {name.lower(): value for name, value in self.headers.items()}
        status, resource = answer(self.server.resources, self.path, conditions)
        self.server.hits.append(Hit(self.command, self.path, int(status)))
        self.send_response(status)
        for name, value in resource.headers.items():
            self.send_header(name, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", resource.content_type)
            self.send_header("Content-Length", str(len(resource.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(resource.body)


class _HttpServer(ThreadingHTTPServer):
    """A server on a free port of 127.0.0.1 that knows the site made for its own address."""

    # A connection that a client keeps open must not hold up the end.
    daemon_threads = True
    block_on_close = False

    def __init__(self, hits: deque[Hit]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hits = hits
        self.base_url = f"http://127.0.0.1:{self.server_port}"
        self.resources = build(self.base_url)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is its own affair."""


class SiteServer:
    """The sample site on 127.0.0.1, on a free port, for as long as the `with` block lasts.

    `base_url` has no final slash; `hits` are the latest requests answered, in order. Raises OSError where no port is to
    be had.
    """

    def __init__(self) -> None:
        self.hits: deque[Hit] = deque(maxlen=_REMEMBERED)
        self._http = _HttpServer(self.hits)
        self.base_url = self._http.base_url
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="sample-site", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
