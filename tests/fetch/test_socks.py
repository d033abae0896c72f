"""Requests through a SOCKS5 proxy: where names are resolved, what is refused, and that credentials stay secret."""

import asyncio
import ssl
from pathlib import Path

import pytest

from ingestd.fetch import Client
from ingestd.fetch.limits import CONNECT_TIMEOUT_S
from ingestd.model.errors import Outcome, PollError
from ingestd.model.http import Request
from tests.fetch.conftest import Limits
from tests.support.server import Answer, Server
from tests.support.socks import SocksServer

TLS = Path(__file__).parent / "tls"


async def here(host: str, port: int) -> list[str]:
    return {"site.example": ["127.0.0.1"], "inside.example": ["10.0.0.7"]}[host]


async def nowhere(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} is looked up here")


@pytest.fixture
def site(server):
    server.otherwise(Answer(body="through the proxy"))
    return f"http://site.example:{server.port}/feed"


@pytest.mark.parametrize(
    ("scheme", "resolver", "asked"), [("socks5h", nowhere, "site.example"), ("socks5", here, "127.0.0.1")]
)
async def test_names_are_resolved_by_the_proxy_or_here(server, site, scheme, resolver, asked):
    async with SocksServer() as proxy, Client(Limits(proxy=proxy.url(scheme)), resolver=resolver) as client:
        for _ in range(2):
            assert (await client.get(Request(site))).body == b"through the proxy"
    assert proxy.asked == [(asked, server.port)], "one connection for both"
    assert server.requests[0].header("host") == f"site.example:{server.port}"


async def test_a_source_has_its_own_proxy_also_for_robots_txt(server, site):
    server.route("/robots.txt", Answer(body="User-agent: *\nDisallow: /private"))
    async with (
        SocksServer() as one,
        SocksServer() as other,
        Client(Limits(proxy=other.url()), resolver=nowhere) as client,
    ):
        page = await client.get(Request(site, accept="page", proxy=one.url()))
        assert page.body == b"through the proxy"
        with pytest.raises(PollError) as caught:
            await client.get(Request(site.replace("feed", "private/1"), accept="page", proxy=one.url()))
    assert caught.value.outcome is Outcome.ROBOTS_DISALLOWED
    assert (len(one.asked), other.asked) == (1, [])


async def test_certificates_are_checked_behind_the_proxy():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    trusting = ssl.create_default_context(cafile=TLS / "ca.pem")
    async with Server(tls=context) as server, SocksServer() as proxy:
        server.otherwise(Answer(body="secret"))
        async with Client(Limits(proxy=proxy.url()), tls=trusting) as client:
            assert (await client.get(Request(f"https://site.example:{server.port}/"))).body == b"secret"
            with pytest.raises(PollError) as caught:
                await client.get(Request(f"https://other.example:{server.port}/"))
    assert caught.value.outcome is Outcome.TLS_FAILED


async def test_an_empty_proxy_is_none(server, site):
    url = server.route("/page", Answer(body="direct"))
    async with SocksServer() as proxy, Client(Limits(proxy=proxy.url())) as client:
        assert (await client.get(Request(url, accept="page", proxy=""))).body == b"direct"
        assert proxy.asked == []
        assert (await client.get(Request(url, accept="page"))).body == b"direct"
    assert {host for host, _ in proxy.asked} == {"127.0.0.1"}
    assert server.counts() == {"/page": 2, "/robots.txt": 2}


PRIVATE = [
    ("socks5", "http://inside.example/"),
    ("socks5", "http://10.0.0.7/"),
    ("socks5h", "http://10.0.0.7/"),
    ("socks5h", "http://0x0a000007/"),
    ("socks5h", "http://[::1]/"),
    ("socks5h", "http://localhost/"),
    ("socks5h", "http://printer/"),
]


@pytest.mark.parametrize(("scheme", "url"), PRIVATE)
async def test_private_addresses_are_refused_behind_the_proxy(scheme, url):
    async with (
        SocksServer() as proxy,
        Client(Limits(proxy=proxy.url(scheme), allow_networks=()), resolver=here) as client,
    ):
        with pytest.raises(PollError) as caught:
            await client.get(Request(url))
    assert caught.value.outcome is Outcome.ADDRESS_REFUSED
    assert proxy.asked == []


async def test_redirects_behind_the_proxy_pass_the_guard(server, site):
    server.route("/feed", Answer(302, headers={"Location": "http://169.254.169.254/latest/"}))
    async with SocksServer() as proxy, Client(Limits(proxy=proxy.url())) as client:
        with pytest.raises(PollError) as caught:
            await client.get(Request(site))
    assert caught.value.outcome is Outcome.ADDRESS_REFUSED
    assert proxy.asked == [("site.example", server.port)]


async def test_credentials_are_sent_to_the_proxy(site):
    async with (
        SocksServer(login=("me", "pass word:@")) as proxy,
        Client(Limits(proxy=proxy.url(login="me:pass%20word%3A%40@"))) as client,
    ):
        assert (await client.get(Request(site))).status == 200


REFUSALS = [
    ({"login": ("me", "secret")}, "", Outcome.UNAUTHORIZED, "user name and password"),
    ({"login": ("me", "secret")}, "me:s3same@", Outcome.UNAUTHORIZED, "user name and password"),
    ({"reply": 2}, "me:s3same@", Outcome.CONNECT_FAILED, "does not allow"),
    ({"reply": 4}, "", Outcome.CONNECT_FAILED, "cannot reach the site"),
    ({"reply": 5}, "", Outcome.CONNECT_FAILED, "refuses its connection"),
    ({"reply": 99}, "", Outcome.CONNECT_FAILED, "does not let us through"),
]


@pytest.mark.parametrize(("options", "login", "outcome", "words"), REFUSALS)
async def test_a_proxy_that_refuses(options, login, outcome, words, site, caplog):
    async with SocksServer(**options) as proxy, Client(Limits(proxy=proxy.url(login=login))) as client:
        with pytest.raises(PollError) as caught:
            await client.get(Request(site))
    assert caught.value.outcome is outcome
    assert words in caught.value.reason
    assert "s3same" not in f"{caught.value.reason} {caplog.text}"


async def test_a_proxy_that_cannot_be_reached(site):
    async with SocksServer() as proxy:
        gone = proxy.url(login="me:s3same@")
    async with Client(Limits(proxy=gone)) as client:
        with pytest.raises(PollError) as caught:
            await client.get(Request(site))
    assert (caught.value.outcome, caught.value.reason) == (Outcome.CONNECT_FAILED, "the proxy cannot be reached")


async def test_a_proxy_that_does_not_answer(site):
    async with SocksServer(silent=True) as proxy, Client(Limits(proxy=proxy.url(), timeout=20.0)) as client:
        with pytest.raises(PollError) as caught:
            await client.get(Request(site))
    assert caught.value.outcome is Outcome.TIMEOUT
    assert asyncio.get_running_loop().time() == pytest.approx(CONNECT_TIMEOUT_S)


async def test_a_web_server_in_place_of_the_proxy(site):
    async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(speak_http, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        async with Client(Limits(proxy=f"socks5h://127.0.0.1:{port}")) as client:
            with pytest.raises(PollError) as caught:
                await client.get(Request(site))
    assert caught.value.outcome is Outcome.CONNECT_FAILED
