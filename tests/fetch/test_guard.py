"""Which addresses may be requested: tables of addresses, and connections that must not be made."""

import asyncio
import socket
import threading
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from ingestd.fetch import Client
from ingestd.fetch.guard import Guard, literal_address, parse_url, special_purpose
from ingestd.fetch.resolver import Resolve, SystemResolver
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError
from ingestd.model.http import Request
from tests.fetch.conftest import Limits, until
from tests.support.server import Answer, Server

NOT_PUBLIC = """
    0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7
    203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1
    fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2001::1 2001:10::1 2001:20::1 2001:db8::1
    2002:7f00:1:: 2002:808:808:: 3fff::1 4000::1 ::2
"""
PUBLIC = """
    1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 223.255.255.255
    2606:4700:4700::1111 2400:3200::1 2a00:1450:4001:829::200e
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_special_purpose_addresses_are_refused(address):
    assert special_purpose(ip_address(address)) is not None
    assert Guard().refusal(ip_address(address)) is not None


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public_addresses_are_allowed(address):
    assert Guard().refusal(ip_address(address)) is None


def test_allowed_networks_are_exact():
    guard = Guard(allow_networks=[ip_network("127.0.0.1/32"), ip_network("fd00::/64")])
    allowed = ["127.0.0.1", "fd00::5"]
    refused = ["127.0.0.2", "::1", "::ffff:127.0.0.1", "10.0.0.1", "fd00:0:0:1::5", "169.254.169.254"]
    assert [address for address in allowed + refused if guard.refusal(ip_address(address)) is None] == allowed


def test_private_networks_can_be_allowed_as_a_whole():
    guard = Guard(allow_private_networks=True)
    for address in ("127.0.0.1", "10.1.1.1", "192.168.0.5", "fd00::1", "::1", "169.254.1.1"):
        assert guard.refusal(ip_address(address)) is None
    for address in ("224.0.0.1", "255.255.255.255", "0.0.0.0", "::", "ff02::1"):
        assert guard.refusal(ip_address(address)) is not None


LITERALS = [
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1.", "127.0.0.1"),
    ("2130706433", "127.0.0.1"),
    ("0x7f000001", "127.0.0.1"),
    ("0X7F.1", "127.0.0.1"),
    ("017700000001", "127.0.0.1"),
    ("127.1", "127.0.0.1"),
    ("127.0.1", "127.0.0.1"),
    ("0177.0.0.0x1", "127.0.0.1"),
    ("0", "0.0.0.0"),
    ("::1", "::1"),
    ("example.org", None),
    ("1.example", None),
    ("0x7f.example", None),
]


@pytest.mark.parametrize(("host", "address"), LITERALS)
def test_literal_addresses_in_every_notation(host, address):
    assert literal_address(host) == (ip_address(address) if address else None)


@pytest.mark.parametrize("host", ["256.1.1.1", "1.2.3.4.5", "4294967296", "1.2.3.08", "0x1g.1", "a.1", "::gg"])
def test_names_that_end_in_a_number_and_are_no_address(host):
    with pytest.raises(PermanentError):
        literal_address(host)


REFUSED = """
    ftp://example.org/feed
    file:///etc/passwd
    gopher://127.0.0.1:70/
    data:text/xml,<rss/>
    javascript:alert(1)
    //example.org/feed
    example.org/feed
    http://user:secret@example.org/
    http://user@example.org/
    http://:secret@example.org/
    http://example.org:22/
    http://example.org:25/
    http://example.org:0/
    https://example.org:1/
    http://127.0.0.1/
    http://127.1/
    http://2130706433/
    http://0x7f.0.0.1/
    http://0177.0.0.1/
    http://0/
    http://[::1]/
    http://[::]/
    http://[::ffff:127.0.0.1]/
    http://[::ffff:7f00:1]/
    http://[64:ff9b::7f00:1]/
    http://[2002:7f00:1::]/
    http://[fe80::1%25eth0]/
    http://169.254.169.254/latest/meta-data/
    http://127.0.0.1%2f@example.org/
    http://example.org@127.0.0.1/
    http://１２７.0.0.1/
    http://127。0。0。1/
    http://①②⑦.⓪.⓪.①/
    http://127%2e0%2e0%2e1/
    http://1.2.3.4.5/
"""


@pytest.mark.parametrize("url", REFUSED.split())
def test_refused_urls(url):
    with pytest.raises(PermanentError) as caught:
        Guard().check_url(url)
    assert caught.value.outcome in (Outcome.ADDRESS_REFUSED, Outcome.HTTP_ERROR)
    assert "secret" not in caught.value.reason


@pytest.mark.parametrize(
    "url", ["", " ", "http://", "http:///feed", "https://?x", "http://[::1", "http://a:99999/", "http://" + "a" * 5000]
)
def test_malformed_urls(url):
    with pytest.raises(PermanentError):
        Guard().check_url(url)


ACCEPTED = [
    ("https://example.org/feed.xml", "https://example.org/feed.xml"),
    ("http://example.org:8080/", "http://example.org:8080/"),
    ("HTTP://Example.ORG/A", "http://example.org/A"),
    ("https://例子.中国/订阅?题=文", "https://xn--fsqu00a.xn--fiqs8s/%E8%AE%A2%E9%98%85?%E9%A2%98=%E6%96%87"),
    ("http://example.org/a%2Fb?q=%D6%D0%CE%C4&x=1+2", "http://example.org/a%2Fb?q=%D6%D0%CE%C4&x=1+2"),
    (" http://example.org/a b ", "http://example.org/a%20b"),
    ("http://@example.org/", "http://example.org/"),
    ("http://8.8.8.8/", "http://8.8.8.8/"),
    ("http://134744072/", "http://8.8.8.8/"),
]


@pytest.mark.parametrize(("url", "dialled"), ACCEPTED)
def test_accepted_urls_and_their_requested_form(url, dialled):
    assert str(Guard().check_url(url)) == dialled


@pytest.mark.parametrize("url", ["http://localhost/", "http://a.localhost/", "http://router/", "http://db.internal/"])
def test_private_names_are_refused_behind_a_proxy(url):
    with pytest.raises(PermanentError):
        Guard().check_url(url, proxied=True)
    assert Guard(allow_private_networks=True).check_url(url, proxied=True)


def resolver(table: dict[str, list[Any]]) -> Resolve:
    """DNS answers from a table of lists: one a lookup, the last one repeats; an exception is raised."""

    async def resolve(host: str, port: int) -> list[str]:
        answers = table[host]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, list)
        return answer

    return resolve


ANSWERS = [
    (["127.0.0.2"], Outcome.ADDRESS_REFUSED),
    (["127.0.0.1", "127.0.0.2"], Outcome.ADDRESS_REFUSED),
    (["127.0.0.1", "::1"], Outcome.ADDRESS_REFUSED),
    (["10.0.0.1"], Outcome.ADDRESS_REFUSED),
    (["::ffff:127.0.0.1"], Outcome.ADDRESS_REFUSED),
    (["fe80::1%lo"], Outcome.ADDRESS_REFUSED),
    (["169.254.169.254"], Outcome.ADDRESS_REFUSED),
    ([], Outcome.DNS_FAILED),
    (socket.gaierror(socket.EAI_NONAME, "no such name"), Outcome.DNS_FAILED),
    (socket.gaierror(socket.EAI_AGAIN, "try again"), Outcome.DNS_FAILED),
    (["127.0.0.1"], None),
]


@pytest.mark.parametrize(("answer", "outcome"), ANSWERS)
async def test_every_address_of_a_name_is_checked(server, answer, outcome):
    server.route("/", Answer(body="reached"))
    async with Client(Limits(), resolver=resolver({"site.example": [answer]})) as client:
        request = Request(f"http://site.example:{server.port}/")
        if outcome is None:
            assert (await client.get(request)).body == b"reached"
            assert server.requests[0].header("host") == f"site.example:{server.port}"
            return
        with pytest.raises(PollError) as caught:
            await client.get(request)
    assert caught.value.outcome is outcome
    assert not server.requests


async def test_ipv6():
    async with Server("::1") as server:
        url = server.route("/", Answer(body="reached"))
        async with Client(Limits(allow_networks=(ip_network("::1/128"),))) as client:
            assert (await client.get(Request(url))).body == b"reached"
            assert server.requests[0].header("host") == f"[::1]:{server.port}"
            with pytest.raises(PermanentError):
                await client.get(Request(url.replace("[::1]", "[::ffff:127.0.0.1]")))


async def test_dns_rebinding_is_refused():
    """The first lookup gives an allowed address and the second a private one: each connection is checked."""
    async with Server(["127.0.0.1", "127.0.0.2"]) as server:
        server.route("/", Answer(body="reached", close=True))
        table = {"site.example": [["127.0.0.1"], ["127.0.0.2"]]}
        async with Client(Limits(), resolver=resolver(table)) as client:
            request = Request(f"http://site.example:{server.port}/")
            assert (await client.get(request)).status == 200
            with pytest.raises(PermanentError) as caught:
                await client.get(request)
    assert caught.value.outcome is Outcome.ADDRESS_REFUSED
    assert [request.address for request in server.requests] == ["127.0.0.1"]


async def test_the_connector_refuses_an_address_that_the_url_check_let_through(server, client, monkeypatch):
    monkeypatch.setattr(client._guard, "check_url", Guard(allow_private_networks=True).check_url)
    with pytest.raises(PermanentError) as caught:
        await client.get(Request(f"http://127.0.0.2:{server.port}/"))
    assert caught.value.outcome is Outcome.ADDRESS_REFUSED


async def test_a_lookup_that_hangs_ends_after_five_seconds():
    async def never(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    async with Client(Limits(), resolver=never) as client:
        with pytest.raises(TemporaryError, match=r"no answer about site\.example from DNS in 5 s") as caught:
            await client.get(Request("http://site.example/"))
    assert caught.value.outcome is Outcome.DNS_FAILED
    assert asyncio.get_running_loop().time() == pytest.approx(5)


@pytest.mark.real_clock
async def test_a_lookup_that_hangs_takes_one_thread_and_delays_no_other_name(monkeypatch):
    """The system's resolver, with a server that never answers: every call of it blocks a thread."""
    ended, calls = threading.Event(), []

    def look_up(host: bytes, port: int, **_: object) -> list[Any]:
        calls.append(host)
        if host.startswith(b"dead"):
            ended.wait(300)
            raise socket.gaierror(socket.EAI_AGAIN, "no server")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    resolve = SystemResolver()
    hanging = [asyncio.create_task(resolve(f"dead{n % 100}.example", 80)) for n in range(1000)]
    await until(lambda: len(calls) >= 100)
    async with asyncio.timeout(300):
        assert await resolve("alive.example", 80) == ["192.0.2.1"]
    assert len(calls) == 101
    for task in hanging[:500]:
        task.cancel()
    ended.set()
    ends = await asyncio.gather(*hanging, return_exceptions=True)
    assert {type(end) for end in ends[:500]} <= {asyncio.CancelledError, socket.gaierror}
    assert {type(end) for end in ends[500:]} == {socket.gaierror}
    async with asyncio.timeout(300):
        assert await resolve("alive.example", 80) == ["192.0.2.1"]


@pytest.mark.real_clock
async def test_the_system_resolver(server, client):
    url = server.route("/", Answer(body="reached"))
    assert (await client.get(Request(url.replace("127.0.0.1", "localhost")))).body == b"reached"
    with pytest.raises(TemporaryError) as caught:
        await client.get(Request("http://no-such-name.invalid/"))
    assert caught.value.outcome is Outcome.DNS_FAILED


KINDS = [
    ("0.1.2.3", "this network"),
    ("10.0.0.1", "private"),
    ("100.64.0.1", "carrier-grade NAT"),
    ("127.0.0.1", "loopback"),
    ("168.63.129.16", "cloud metadata"),
    ("169.254.169.254", "link-local"),
    ("192.0.0.192", "protocol assignments"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "6to4 relay"),
    ("198.18.0.1", "benchmarking"),
    ("224.0.0.1", "multicast"),
    ("240.0.0.1", "reserved"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::2", "reserved"),
    ("::ffff:8.8.8.8", "IPv4-mapped"),
    ("64:ff9b::808:808", "NAT64"),
    ("64:ff9b:1::1", "NAT64"),
    ("fd00::1", "private"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("2606:4700::1%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("2001::1", "Teredo"),
    ("2001:20::1", "protocol assignments"),
    ("2001:db8::1", "documentation"),
    ("2002:808:808::", "6to4"),
    ("3fff::1", "documentation"),
    ("4000::1", "reserved"),
    ("2606:4700::1", None),
    ("8.8.8.8", None),
]


@pytest.mark.parametrize(("address", "kind"), KINDS)
def test_the_kind_of_a_special_purpose_address(address, kind):
    assert special_purpose(ip_address(address)) == kind
    assert Guard().refusal(ip_address(address)) == kind


REASONS = [
    ("ftp://example.org:8080/", Outcome.ADDRESS_REFUSED, "only http and https are fetched, not ftp"),
    ("//example.org/", Outcome.ADDRESS_REFUSED, "only http and https are fetched, not an address without one"),
    ("http://user@example.org/", Outcome.ADDRESS_REFUSED, "user name or password"),
    ("http://:secret@example.org/", Outcome.ADDRESS_REFUSED, "user name or password"),
    ("http://example.org:0/", Outcome.ADDRESS_REFUSED, "port 0"),
    ("http://example.org:1023/", Outcome.ADDRESS_REFUSED, "port 1023"),
    ("http://127.0.0.1/", Outcome.ADDRESS_REFUSED, "127.0.0.1, which is not a public address (loopback)"),
    ("http:///feed", Outcome.HTTP_ERROR, "not a readable address"),
    ("http://a~b.example/", Outcome.HTTP_ERROR, "not a readable address"),
    ("https://example.org/" + "a" * 4077, Outcome.HTTP_ERROR, "longer than 4096 characters"),
]


@pytest.mark.parametrize(("url", "outcome", "reason"), REASONS)
def test_the_reason_of_a_refusal(url, outcome, reason):
    with pytest.raises(PermanentError) as caught:
        Guard().check_url(url)
    assert caught.value.outcome is outcome
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    "url",
    ["http://example.org:1024/", "https://example.org/" + "a" * 4076, "http://router/", "http://localhost/"],
)
def test_accepted_ports_lengths_and_names(url):
    assert str(Guard().check_url(url)) == url


def test_control_characters_are_percent_encoded():
    assert str(parse_url(" http://example.org/\0a\n b\x7f ")) == "http://example.org/%00a%0A%20b%7F"


PRIVATE_NAMES = """
    router router. printer.local printer.local. db.internal wiki.intranet nas.lan nas.home nas.home.arpa mail.corp
    box.localdomain localhost localhost. a.localhost
"""


@pytest.mark.parametrize("host", PRIVATE_NAMES.split())
def test_names_of_private_networks_are_refused_behind_a_proxy(host):
    with pytest.raises(PermanentError) as caught:
        Guard().check_url(f"http://{host}/", proxied=True)
    assert caught.value.outcome is Outcome.ADDRESS_REFUSED
    assert str(Guard(allow_private_networks=True).check_url(f"http://{host}/", proxied=True)) == f"http://{host}/"


def test_public_names_and_an_allowed_loopback_are_accepted_behind_a_proxy():
    guard = Guard(allow_networks=[ip_network("127.0.0.1/32")])
    for host in ("example.org", "local.example.org", "localhost", "localhost.", "a.localhost"):
        assert str(guard.check_url(f"http://{host}/", proxied=True)) == f"http://{host}/"
    with pytest.raises(PermanentError):
        guard.check_url("http://router/", proxied=True)


BOUNDS = [
    ("0x", "0.0.0.0"),
    ("1.255.1.255", "1.255.1.255"),
    ("1.2.65535", "1.2.255.255"),
    ("1.16777215", "1.255.255.255"),
    ("4294967295", "255.255.255.255"),
    ("0" * 39 + "1", "0.0.0.1"),
]


@pytest.mark.parametrize(("host", "address"), BOUNDS)
def test_the_largest_numbers_of_an_address(host, address):
    assert literal_address(host) == ip_address(address)


TOO_LARGE = ["1.256.1.1", "1.2.3.256", "1.2.65536", "1.16777216", "1.2.3.4.0", "1_0.0.0.1", "0" * 40 + "1"]


@pytest.mark.parametrize("host", TOO_LARGE)
def test_numbers_that_are_too_large_are_no_address(host):
    with pytest.raises(PermanentError, match="is not an address") as caught:
        literal_address(host)
    assert caught.value.outcome is Outcome.ADDRESS_REFUSED
