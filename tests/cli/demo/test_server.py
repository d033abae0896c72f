"""The sample site's server over sockets, and its answers as a table."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest

from ingestd.cli.demo.server import Hit, SiteServer, answer
from ingestd.cli.demo.site.build import Resource

OLD = "Tue, 02 Apr 2024 06:00:00 GMT"
RESOURCES = {
    "/a": Resource("text/plain", b"alpha", {"ETag": '"1"', "Last-Modified": OLD}),
    "/文": Resource("text/plain", b"text", {}),
    "/404.html": Resource("text/html", b"nothing", {}),
}


@pytest.mark.parametrize(
    ("path", "conditions", "status", "body"),
    [
        ("/a", {}, 200, b"alpha"),
        ("/a?utm_source=x#top", {}, 200, b"alpha"),
        ("/%E6%96%87", {}, 200, b"text"),
        ("/b", {}, 404, b"nothing"),
        ("/a/", {}, 404, b"nothing"),
        ("/../a", {}, 404, b"nothing"),
        ("/a", {"if-none-match": '"1"'}, 304, b""),
        ("/a", {"if-none-match": 'W/"1"'}, 304, b""),
        ("/a", {"if-none-match": '"0", "1"'}, 304, b""),
        ("/a", {"if-none-match": "*"}, 304, b""),
        ("/a", {"if-none-match": '"2"'}, 200, b"alpha"),
        # If-None-Match takes precedence over If-Modified-Since.
        ("/a", {"if-none-match": '"2"', "if-modified-since": OLD}, 200, b"alpha"),
        ("/a", {"if-modified-since": OLD}, 304, b""),
        ("/a", {"if-modified-since": "Wed, 03 Apr 2024 06:00:00 GMT"}, 304, b""),
        ("/a", {"if-modified-since": "Mon, 01 Apr 2024 06:00:00 GMT"}, 200, b"alpha"),
        ("/a", {"if-modified-since": "yesterday"}, 200, b"alpha"),
        ("/文", {"if-modified-since": OLD}, 200, b"text"),
        ("/文", {"if-none-match": '"1"'}, 200, b"text"),
    ],
)
def test_answer(path, conditions, status, body):
    found, resource = answer(RESOURCES, path, conditions)
    assert (found, resource.body) == (status, body)


@pytest.fixture(scope="module")
def server():
    with SiteServer() as running:
        yield running


def _connect(server: SiteServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.base_url.removeprefix("http://"), timeout=60)


def _ask(
    server: SiteServer, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = _connect(server)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def test_validators_and_conditional_get(server):
    status, headers, body = _ask(server, "/evening/rdf.xml")
    assert status == HTTPStatus.OK
    assert headers["Content-Type"] == "text/xml"
    assert int(headers["Content-Length"]) == len(body)
    assert f"{server.base_url}/evening/2024-03/14/content_20411.htm".encode() in body
    again, headers_again, nothing = _ask(server, "/evening/rdf.xml", headers={"If-None-Match": headers["ETag"]})
    assert (again, nothing) == (HTTPStatus.NOT_MODIFIED, b"")
    assert headers_again["ETag"] == headers["ETag"]
    assert _ask(server, "/evening/rdf.xml", headers={"If-Modified-Since": headers["Last-Modified"]})[0] == 304


def test_head_has_no_body(server):
    status, headers, body = _ask(server, "/almanac/atom.xml", method="HEAD")
    assert (status, body) == (HTTPStatus.OK, b"")
    assert int(headers["Content-Length"]) > 1000


def test_robots_and_not_found(server):
    assert b"User-agent: *" in _ask(server, "/robots.txt")[2]
    status, headers, body = _ask(server, "/reedhaven/2024/03/market-postponed.html")
    assert status == HTTPStatus.NOT_FOUND
    assert headers["Content-Type"].startswith("text/html")
    assert body


def test_keep_alive(server):
    connection = _connect(server)
    for path in ("/robots.txt", "/gone", "/almanac/"):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        assert not response.will_close
    connection.close()


def test_concurrent_requests(server):
    paths = [path for path in ("/", "/almanac/", "/evening/", "/reedhaven/", "/images/oven.png") for _ in range(6)]
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda path: _ask(server, path)[2], paths))
    assert len(set(bodies)) == 5


def test_hits_in_order():
    with SiteServer() as server:
        _ask(server, "/robots.txt")
        _ask(server, "/gone?x=1")
        assert list(server.hits) == [Hit("GET", "/robots.txt", 200), Hit("GET", "/gone?x=1", 404)]


def test_server_is_closed_after_the_block_and_prints_nothing(capfd):
    before = threading.active_count()
    with SiteServer() as server:
        _ask(server, "/")
    with pytest.raises(OSError, match="refused"):
        _ask(server, "/")
    assert threading.active_count() <= before + 1
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
