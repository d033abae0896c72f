"""Serves the sample site on loopback, with validators (ETag, Last-Modified) and conditional GET."""

import threading
from collections import deque
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import unquote, urlsplit

from ingestd.cli.demo.site.build import Resource, build_site

_NOT_FOUND = "/404.html"
#: Latest requests that `SiteServer.hits` keeps.
_MAX_HITS = 10_000


class Hit(NamedTuple):
    """One answered request: method, path with query, and status of the response."""

    method: str
    path: str
    status: int


def answer(resources: Mapping[str, Resource], path: str, conditions: Mapping[str, str]) -> tuple[HTTPStatus, Resource]:
    """Status and resource for a GET of `path`; `conditions` are the request headers by lower-case name.

    The body is empty with 304. If-None-Match takes precedence over If-Modified-Since (RFC 9110, section 13.2.2).
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
        return False  # an invalid date is ignored (RFC 9110, section 13.1.3)


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD from the resources of its server, without a log."""

    protocol_version = "HTTP/1.1"
    server_version = "sample-site"
    sys_version = ""
    # Headers and body in one write: with two, Nagle's algorithm holds back the second until the first is acknowledged.
    wbufsize = -1
    disable_nagle_algorithm = True
    # Seconds after which an idle connection is closed.
    timeout = 30
    server: "_HttpServer"

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Nothing: the terminal is for the output of the demonstration."""

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
    """A server on a free port of 127.0.0.1, with the site that is built for its address."""

    # Open keep-alive connections must not delay closing the server.
    daemon_threads = True
    block_on_close = False

    def __init__(self, hits: deque[Hit]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hits = hits
        self.base_url = f"http://127.0.0.1:{self.server_port}"
        self.resources = build_site(self.base_url)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client may close its connection at any time."""


class SiteServer:
    """Serves the sample site on a free port of 127.0.0.1 while its `with` block runs.

    `base_url` has no final slash; `hits` are the latest answered requests, in order. Raises OSError where no port is
    free.
    """

    def __init__(self) -> None:
        self.hits: deque[Hit] = deque(maxlen=_MAX_HITS)
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
