"""Redirects: their targets, the headers and cookies that follow, and where they end."""

import ssl
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import pytest
from yarl import URL

from ingestd.fetch import Client, redirects
from ingestd.fetch.redirects import RedirectCookies, keeps_source_headers
from ingestd.model.errors import Outcome, PermanentError, TemporaryError
from ingestd.model.http import Request
from tests.fetch.conftest import Limits
from tests.support.server import HANG, Answer, Raw, Server

TLS = Path(__file__).parent / "tls"


def to(location: str, status: int = 302, **headers: str) -> Answer:
    return Answer(status, headers={"Location": location, **headers})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_every_hop_is_recorded(server, client, status):
    url = server.route("/old", to("/new?x=1#part", status))
    server.route("/new", Answer(body="here"))
    response = await client.get(Request(url))
    target = server.url("/new?x=1")
    assert (response.body, response.url) == (b"here", url)
    assert response.final_url.partition("#")[0] == target
    assert [(hop.status, hop.url) for hop in response.redirects] == [(status, url)]
    assert server.requests[1].target == "/new?x=1"


LOCATIONS = [
    ("absolute", "http://127.0.0.1:{port}/new"),
    ("without scheme", "//127.0.0.1:{port}/new"),
    ("relative", "new"),
    ("up and down", "../a/../new"),
    ("with spaces around", "  /new  "),
    ("nothing but the scheme and path", "http:/new"),
]


@pytest.mark.parametrize(("name", "location"), LOCATIONS, ids=[row[0] for row in LOCATIONS])
async def test_locations_of_every_form(server, client, name, location):
    url = server.route("/old", to(location.format(port=server.port)))
    server.route("/new", Answer(body="here"))
    assert (await client.get(Request(url))).body == b"here"


RAW_LOCATIONS = [
    ("/订阅".encode(), "/%E8%AE%A2%E9%98%85"),
    ("/订阅".encode("gbk"), "/%B6%A9%D4%C4"),
    (b"/a b", "/a%20b"),
    (b"/a%20b?q=%D6%D0", "/a%20b?q=%D6%D0"),
]


@pytest.mark.parametrize(("location", "asked"), RAW_LOCATIONS)
async def test_bytes_of_a_location_that_are_not_ascii_are_sent_back_unchanged(server, client, location, asked):
    head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
    url = server.route("/old", Raw(head))
    server.otherwise(Answer(body="here"))
    assert (await client.get(Request(url))).body == b"here"
    assert server.requests[1].target == asked


async def test_five_redirects_are_followed_and_six_are_an_error(server, client):
    for place in range(6):
        server.route(f"/{place}", to(f"/{place + 1}", 301))
    server.route("/6", Answer(body="far away"))
    response = await client.get(Request(server.url("/1")))
    assert (response.body, len(response.redirects)) == (b"far away", 5)
    with pytest.raises(PermanentError) as caught:
        await client.get(Request(server.url("/0")))
    assert (caught.value.outcome, caught.value.http_status) == (Outcome.REDIRECT_FAILED, 301)


@pytest.mark.parametrize("targets", [["/a"], ["/b", "/a"]])
async def test_a_circle_of_redirects_is_an_error(server, client, targets):
    path = "/a"
    for target in targets:
        server.route(path, to(target))
        path = target
    with pytest.raises(PermanentError) as caught:
        await client.get(Request(server.url("/a")))
    assert caught.value.outcome is Outcome.REDIRECT_FAILED
    assert len(server.requests) == len(targets)


NOWHERE = [
    ("", Outcome.REDIRECT_FAILED),
    ("http://", Outcome.REDIRECT_FAILED),
    ("http://[::1/", Outcome.REDIRECT_FAILED),
    ("file:///etc/passwd", Outcome.ADDRESS_REFUSED),
    ("ftp://example.org/", Outcome.ADDRESS_REFUSED),
    ("javascript:alert(1)", Outcome.ADDRESS_REFUSED),
    ("data:text/xml,<rss/>", Outcome.ADDRESS_REFUSED),
    ("http://user:secret@127.0.0.1/", Outcome.ADDRESS_REFUSED),
    ("http://127.0.0.2:{port}/", Outcome.ADDRESS_REFUSED),
    ("http://[::1]:{port}/", Outcome.ADDRESS_REFUSED),
    ("http://2130706434:{port}/", Outcome.ADDRESS_REFUSED),
    ("http://169.254.169.254/latest/meta-data/", Outcome.ADDRESS_REFUSED),
    ("http://127.0.0.1:22/", Outcome.ADDRESS_REFUSED),
    ("http://127.0.0.1:{port}\\@10.0.0.1/", None),
]


@pytest.mark.parametrize(("location", "outcome"), NOWHERE)
async def test_redirects_that_are_not_followed(location, outcome):
    async with Server(["127.0.0.1", "127.0.0.2", "::1"]) as server:
        url = server.route("/old", to(location.format(port=server.port)))
        server.otherwise(Answer(body="must not be read"))
        async with Client(Limits()) as client:
            with pytest.raises(PermanentError) as caught:
                await client.get(Request(url))
    assert outcome is None or caught.value.outcome is outcome
    assert caught.value.http_status == 302
    assert "secret" not in caught.value.reason
    assert [(request.address, request.path) for request in server.requests] == [("127.0.0.1", "/old")]


async def test_the_body_of_a_redirect_is_not_read(server, client):
    """Ten gigabytes are announced; the next hop is requested over another connection."""
    head = b"HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Length: 10000000000\r\n\r\n"
    url = server.route("/old", Raw(head + b"x" * 100_000, HANG))
    server.route("/new", Answer(body="here"))
    assert (await client.get(Request(url))).body == b"here"
    assert [request.connection for request in server.requests] == [1, 2]


async def test_headers_of_the_source_are_not_sent_to_another_port():
    own = (("Cookie", "session=1"), ("Authorization", "Basic eA=="), ("X-Key", "k"))
    async with Server() as here, Server() as there:
        url = here.route("/old", to("/moved"))
        here.route("/moved", to(there.url("/new")))
        there.route("/new", Answer(body="here"))
        async with Client(Limits()) as client:
            await client.get(Request(url, headers=own, etag='"1"'))
    assert [here.requests[1].header(name) for name, _ in own] == [value for _, value in own]
    assert [there.requests[0].header(name) for name, _ in own] == [None, None, None]
    assert there.requests[0].header("if-none-match") == '"1"'


async def test_a_cookie_set_by_a_redirect_is_sent_back_and_not_kept(server, client):
    def wall(request):
        if request.header("cookie") == "own=1; seen=yes":
            return Answer(body="here")
        return Answer(302, headers=[("Location", "/"), ("Set-Cookie", "seen=yes; Path=/; HttpOnly")])

    server.route("/", wall)
    for _ in range(2):
        assert (await client.get(Request(server.url("/"), headers=(("Cookie", "own=1"),)))).body == b"here"
    assert [request.header("cookie") for request in server.requests] == ["own=1", "own=1; seen=yes"] * 2


async def test_cookies_set_by_a_redirect_are_not_sent_to_another_host():
    async with Server() as here, Server(["127.0.0.2"]) as there:
        url = here.route("/", Answer(302, headers=[("Location", there.url("/new")), ("Set-Cookie", "a=1")]))
        there.route("/new", Answer(body="here"))
        async with Client(Limits(allow_private_networks=True)) as client:
            await client.get(Request(url))
    assert there.requests[0].header("cookie") is None


async def test_new_cookies_at_every_redirect_end_at_the_limit(server, client):
    numbers = iter(range(1000))
    server.route("/", lambda request: Answer(302, headers=[("Location", "/"), ("Set-Cookie", f"n={next(numbers)}")]))
    with pytest.raises(PermanentError) as caught:
        await client.get(Request(server.url("/")))
    assert caught.value.outcome is Outcome.REDIRECT_FAILED
    assert len(server.requests) == 6


async def test_a_redirect_with_retry_after(server, client):
    server.route("/soon", to("/new", 301, **{"Retry-After": "1"}))
    server.route("/later", to("/new", 301, **{"Retry-After": "3600"}))
    server.route("/new", Answer(body="here"))
    assert (await client.get(Request(server.url("/soon")))).body == b"here"
    assert server.requests[1].at - server.requests[0].at == pytest.approx(1)
    with pytest.raises(TemporaryError) as caught:
        await client.get(Request(server.url("/later")))
    assert (caught.value.outcome, caught.value.retry_after_s) == (Outcome.RATE_LIMITED, 3600)


async def test_headers_of_the_source_are_not_sent_to_another_host_on_the_same_port():
    own = (("Cookie", "session=1"), ("Authorization", "Basic eA=="), ("X-Key", "k"))
    async with Server(["127.0.0.1", "127.0.0.2"]) as server:
        url = server.route("/old", to(f"http://127.0.0.2:{server.port}/new"))
        server.route("/new", Answer(body="here"))
        async with Client(Limits(allow_private_networks=True)) as client:
            await client.get(Request(url, headers=own))
    assert [request.address for request in server.requests] == ["127.0.0.1", "127.0.0.2"]
    assert [server.requests[0].header(name) for name, _ in own] == [value for _, value in own]
    assert [server.requests[1].header(name) for name, _ in own] == [None, None, None]


ORIGINS = [
    ("https://a.example/old", "https://a.example/new", True),
    ("http://a.example/old", "http://a.example/new", True),
    ("http://a.example:8080/old", "http://a.example:8080/new", True),
    ("http://a.example/old", "https://a.example/new", True),
    ("https://a.example/old", "https://b.example/old", False),
    ("https://a.example/old", "https://www.a.example/old", False),
    ("https://www.a.example/old", "https://a.example/old", False),
    ("http://a.example/old", "https://b.example/old", False),
    ("https://a.example/old", "http://a.example/new", False),
    ("http://a.example:8080/old", "https://a.example/new", False),
    ("http://a.example:81/old", "https://a.example/new", False),
    ("http://a.example:79/old", "https://a.example/new", False),
    ("http://a.example/old", "https://a.example:444/new", False),
    ("http://a.example/old", "https://a.example:442/new", False),
    ("https://a.example/old", "https://a.example:8443/new", False),
    ("http://a.example:8443/old", "https://a.example:8443/new", False),
]


@pytest.mark.parametrize(("old", "new", "kept"), ORIGINS)
def test_headers_of_the_source_are_kept_for_the_same_origin_and_an_upgrade_to_https(old, new, kept):
    assert keeps_source_headers(URL(old), URL(new)) is kept


HOSTS_IN_UTF_8 = [
    ("http://中国.example/订阅", "http://中国.example/%E8%AE%A2%E9%98%85"),
    ("//中国.example:8080?a=é#é", "http://中国.example:8080?a=%C3%A9#%C3%A9"),
    ("/a//中国.example/", "/a//%E4%B8%AD%E5%9B%BD.example/"),
    ("x中//中国.example/", "x%E4%B8%AD//%E4%B8%AD%E5%9B%BD.example/"),
]


@pytest.mark.parametrize(("location", "target"), HOSTS_IN_UTF_8)
def test_a_host_of_a_location_in_utf_8_stays_text(location, target):
    base = URL("http://a.example/")
    assert redirects.redirect_target(base, location.encode(), 302) == urljoin("http://a.example/", target)


def test_a_host_of_a_location_in_another_charset_is_percent_encoded():
    location = "http://中国.example/".encode("gbk")
    assert redirects.redirect_target(URL("http://a.example/"), location, 302) == "http://%D6%D0%B9%FA.example/"


FROM_HTTPS = [
    (b"http://b.example/new", "https://b.example/new"),
    (b"HTTP://b.example/new", "https://b.example/new"),
    (b"http://b.example:80/new?x=1", "https://b.example/new?x=1"),
    (b"https://b.example:8443/new", "https://b.example:8443/new"),
    (b" /new ", "https://a.example/new"),
]


@pytest.mark.parametrize(("location", "url"), FROM_HTTPS)
def test_from_https_the_next_request_is_https_too(location, url):
    assert redirects.redirect_target(URL("https://a.example/old"), location, 302) == url


def test_from_http_the_next_request_may_be_either():
    base = URL("http://a.example/old")
    assert redirects.redirect_target(base, b"http://a.example:8080/new", 302) == "http://a.example:8080/new"
    assert redirects.redirect_target(base, b"https://a.example/new", 302) == "https://a.example/new"


@pytest.mark.parametrize("location", [b"http://a.example:8080/new", b"http://a.example:443/new"])
def test_another_port_without_tls_is_no_target_from_https(location):
    with pytest.raises(PermanentError, match=r"redirects from https to http://a\.example:") as caught:
        redirects.redirect_target(URL("https://a.example/old"), location, 302)
    assert caught.value.outcome is Outcome.REDIRECT_FAILED


@pytest.mark.parametrize("location", [None, b"", b"  "])
def test_a_redirect_without_a_location_leads_nowhere(location):
    with pytest.raises(PermanentError, match=r"redirects \(301\) without saying where to") as caught:
        redirects.redirect_target(URL("https://a.example/old"), location, 301)
    assert caught.value.outcome is Outcome.REDIRECT_FAILED


SITE = URL("https://a.example/")
SET_COOKIES = [
    (["a=1"], "a=1"),
    (["a=1", "b=2"], "a=1; b=2"),
    (["a=1", "a=2"], "a=2"),
    ([" a = 1 ; Path=/; HttpOnly"], "a=1"),
    (["a=b=c"], "a=b=c"),
    (["a=b=c", "a=d"], "a=d"),
    (["a="], "a="),
    (["a"], None),
    (["=1"], None),
    (["a=\x01", "é=1", "a=\u00e9"], None),
    (["a", "=1", "b=\x7f", "c=3"], "c=3"),
    ([], None),
]


@pytest.mark.parametrize(("lines", "header"), SET_COOKIES)
def test_cookies_that_a_redirect_sets(lines, header):
    cookies = RedirectCookies()
    cookies.store(SITE, lines)
    assert cookies.header(SITE) == header


def test_cookies_are_sent_to_their_host_and_secure_ones_over_https():
    cookies = RedirectCookies()
    cookies.store(SITE, ["open=1; Path=/", "closed=2; Path=/;  SECURE ; HttpOnly", "named-secure=3"])
    assert cookies.header(SITE) == "open=1; closed=2; named-secure=3"
    assert cookies.header(URL("http://a.example/")) == "open=1; named-secure=3"
    assert cookies.header(URL("https://b.example/")) is None
    cookies.store(URL("https://b.example/"), ["closed=4"])
    assert cookies.header(URL("http://b.example/")) == "closed=4"


def test_cookies_are_bounded():
    many, full, over = RedirectCookies(), RedirectCookies(), RedirectCookies()
    many.store(SITE, [f"n{number}=1" for number in range(30)])
    assert many.header(SITE) == "; ".join(f"n{number}=1" for number in range(20))
    full.store(SITE, ["a=" + "x" * 4094, "b=1"])
    assert full.header(SITE) == "a=" + "x" * 4094
    over.store(SITE, ["a=" + "x" * 4095, "b=" + "x" * 4000, "c=" + "x" * 100])
    assert over.header(SITE) == "b=" + "x" * 4000


#: The host names of this test's DNS; all of them lead to the loopback address.
HOSTS = ("site.example", "www.site.example", "other.example", "example", "xn--fiqs8s.example")


async def loopback(host: str, port: int) -> list[str]:
    assert host in HOSTS
    return ["127.0.0.1"]


@pytest.fixture
async def origins():
    """The servers of the table below: two ports, without TLS and with it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    async with Server() as http, Server() as http_2, Server(tls=context) as https, Server(tls=context) as https_2:
        yield {"http": http, "http2": http_2, "https": https, "https2": https_2}


#: Where a redirect leads from and to, as (server, host), and whether the source's headers go along.
FOLLOWED = [
    (("http", "site.example"), ("http", "site.example"), True),
    (("https", "site.example"), ("https", "site.example"), True),
    (("http", "SITE.example"), ("http", "site.EXAMPLE"), True),
    (("http", "site.example"), ("http", "www.site.example"), False),
    (("http", "www.site.example"), ("http", "site.example"), False),
    (("http", "site.example"), ("http", "example"), False),
    (("http", "site.example"), ("http", "other.example"), False),
    (("http", "site.example"), ("http", "site.example."), False),
    (("http", "site.example"), ("http", "中国.example"), False),
    (("http", "site.example"), ("http2", "site.example"), False),
    (("http", "site.example"), ("https", "site.example"), False),
    (("https", "site.example"), ("https2", "site.example"), False),
    (("http", "site.example"), ("http", "127.0.0.1"), False),
]
SOURCE_HEADERS = (("Cookie", "session=1"), ("Authorization", "Basic eA=="), ("X-Key", "k"))


async def sent_to(
    origins: dict[str, Server], path: list[tuple[str, str]], request: Request
) -> list[dict[str, str | None]]:
    """The headers of the source that each hop got, where every hop of `path` redirects to the next one."""
    urls = [origins[server].url(f"/{number}", host) for number, (server, host) in enumerate(path)]
    for number, (server, _) in enumerate(path):
        origins[server].route(f"/{number}", to(urls[number + 1]) if number + 1 < len(path) else Answer(body="here"))
    trusting = ssl.create_default_context(cafile=TLS / "ca.pem")

    async def resolve(host: str, port: int) -> list[str]:
        return await loopback(host.rstrip("."), port)

    async with Client(Limits(), resolver=resolve, tls=trusting) as client:
        response = await client.get(replace(request, url=urls[0]))
    assert response.body == b"here"
    assert [hop.url.lower() for hop in response.redirects] == [url.lower() for url in urls[:-1]]
    received = [origins[server].to(f"/{number}") for number, (server, _) in enumerate(path)]
    assert [len(requests) for requests in received] == [1] * len(path)
    return [{name: requests[0].header(name) for name, _ in request.headers} for requests in received]


@pytest.mark.parametrize(("start", "target", "kept"), FOLLOWED)
async def test_headers_of_the_source_follow_a_redirect_to_its_own_origin_alone(origins, start, target, kept):
    """A subdomain, a parent domain, another name of the same address, another port and another scheme get none."""
    first, second = await sent_to(origins, [start, target], Request("", headers=SOURCE_HEADERS))
    assert first == dict(SOURCE_HEADERS)
    assert second == (dict(SOURCE_HEADERS) if kept else dict.fromkeys(first))


async def test_headers_of_the_source_do_not_come_back_with_a_redirect_to_the_first_origin(origins):
    """What another site chooses as the target is not what the source's credentials are for."""
    path = [("http", "site.example"), ("http", "other.example"), ("http", "site.example")]
    first, second, third = await sent_to(origins, path, Request("", headers=SOURCE_HEADERS))
    assert first == dict(SOURCE_HEADERS)
    assert second == third == dict.fromkeys(first)


async def test_validators_and_the_user_agent_follow_to_another_host(origins):
    headers = (("User-Agent", "reader/1"),)
    path = [("http", "site.example"), ("http", "other.example")]
    await sent_to(origins, path, Request("", headers=headers, etag='"1"', last_modified="yesterday"))
    (last,) = origins["http"].to("/1")
    assert (last.header("if-none-match"), last.header("if-modified-since")) == ('"1"', "yesterday")
    assert last.header("user-agent") == "ingestd/test (+https://example.org/contact)"
