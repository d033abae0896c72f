"""Request headers, TLS, http proxies, bot challenges, timeouts, and bodies that are malformed but complete."""

import asyncio
import gzip
import logging
import ssl
from base64 import b64encode
from pathlib import Path

import pytest
from aiohttp.client_proto import ResponseHandler

from ingestd.fetch import Client, large_bodies
from ingestd.fetch.connector import MAX_FRAMING_BYTES, MAX_FRAMING_RATIO
from ingestd.fetch.errors import translate
from ingestd.fetch.response_status import is_challenge
from ingestd.model.errors import Cause, Outcome, PermanentError, PollError, TemporaryError
from ingestd.model.http import Request
from tests.fetch.conftest import Limits, until
from tests.support.server import HANG, Answer, Raw, Received, Server

TLS = Path(__file__).parent / "tls"


def verify_error(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><title>t</title></channel></rss>"
HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n" % len(FEED)


async def test_request_headers(server, client):
    url = server.route("/feed", Answer(body=FEED))
    bad = (("Host", "evil"), ("Bad\r\nName", "x"), ("X-Bad", "a\r\nb: c"))
    own = (("Authorization", "Basic eA=="), ("X-Key", "文"), *bad)
    await client.get(Request(url, accept="feed", etag="W/\"odd'quotes", last_modified="yesterday", headers=own))
    sent = dict(server.requests[0].headers)
    assert sent["User-Agent"] == "ingestd/test (+https://example.org/contact)"
    assert sent["Accept"].startswith("application/atom+xml")
    assert sent["If-None-Match"] == "W/\"odd'quotes"
    assert sent["If-Modified-Since"] == "yesterday"
    assert sent["Authorization"] == "Basic eA=="
    assert sent["Host"] == f"127.0.0.1:{server.port}"
    assert set(sent["Accept-Encoding"].split(", ")) == {"gzip", "deflate", "br", "zstd"}
    assert not {"X-Bad", "b", "Cookie", "Referer"} & set(sent)
    assert len([name for name, _ in server.requests[0].headers if name.lower() == "host"]) == 1


@pytest.mark.parametrize("target", ["/a%2Fb%c3%a9?q=%5B1%5D&x=a+b|c", "/'(a)'*!;,?;=", "/%E6%96%87?", "/a//b/%7Euser"])
async def test_the_target_is_sent_as_the_guard_has_checked_it(server, client, target):
    server.otherwise(Answer(body="x"))
    url = server.url(target)
    response = await client.get(Request(url))
    assert response.final_url == server.url(server.requests[0].target)


async def test_headers_that_are_not_ascii(server, client):
    url = server.route("/", Raw(HEAD + "X-Utf: 文\r\n".encode() + b"X-Old: \xe9\r\nx-MiXed: a\r\n" + LENGTH + FEED))
    response = await client.get(Request(url, headers=(("X-KeY", "文"),)))
    assert [response.header(name) for name in ("x-utf", "x-old", "x-mixed")] == ["文", "é", "a"]
    assert ("X-KeY", "文".encode().decode("latin-1")) in server.requests[0].headers


async def test_no_cookie_is_kept_no_proxy_variable_is_read_and_no_url_is_logged(server, client, monkeypatch, caplog):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    caplog.set_level(logging.INFO)
    url = server.route("/", Answer(body="x", headers={"Set-Cookie": "a=b; Path=/", "Location": "http://["}))
    async with Client(Limits()) as other:
        for running in (client, other, other):
            assert (await running.get(Request(url + "?key=secret"))).body == b"x"
    assert [request.header("cookie") for request in server.requests] == [None] * 3
    assert "secret" not in caplog.text


async def test_a_form_is_posted_once_with_its_length(server, client):
    url = server.route("/hub", Answer(202))
    assert await client.post_form(url, b"hub.mode=subscribe&hub.secret=a%20b") == 202
    received = server.requests[0]
    assert (received.method, received.body) == ("POST", b"hub.mode=subscribe&hub.secret=a%20b")
    assert received.header("content-type") == "application/x-www-form-urlencoded"
    assert [name.lower() for name, _ in received.headers].count("content-length") == 1


async def test_headers_of_the_source_replace_the_default_ones(server, client):
    url = server.route("/", Answer(body="x"))
    await client.get(Request(url, headers=(("user-agent", "other/1"), ("accept", "text/x"))))
    names = [name.lower() for name, _ in server.requests[0].headers]
    assert (names.count("user-agent"), names.count("accept")) == (1, 1)
    assert server.requests[0].header("user-agent") == "other/1"


async def test_the_user_agent_contains_the_contact(server):
    url = server.route("/", Answer(body="x"))
    async with Client(Limits(user_agent="ingestd/9"), contact="https://example.org/me") as client:
        await client.get(Request(url))
    assert server.requests[0].header("user-agent") == "ingestd/9 (+https://example.org/me)"


async def test_a_conditional_get_and_its_304(server, client):
    def feed(request: Received) -> Answer:
        return Answer(304, headers={"ETag": '"2"'}) if request.header("if-none-match") == '"1"' else Answer(body=FEED)

    url = server.route("/", feed)
    response = await client.get(Request(url, etag='"1"'))
    assert (response.status, response.body, response.header("etag")) == (304, b"", '"2"')
    assert (await client.get(Request(url, etag='"0"'))).body == FEED


async def test_a_304_without_a_condition_is_asked_again_past_caches(server, client):
    def feed(request: Received) -> Answer:
        return Answer(body=FEED) if request.header("cache-control") == "no-cache" else Answer(304)

    url = server.route("/", feed)
    assert (await client.get(Request(url))).body == FEED
    assert len(server.requests) == 2


@pytest.mark.parametrize("etag", ['"a\nb"', '"文"', "\x00"])
async def test_a_validator_that_fits_no_header_is_left_out(server, client, etag):
    url = server.route("/", Answer(body=FEED))
    await client.get(Request(url, etag=etag))
    assert server.requests[0].header("if-none-match") is None


WHOLE = {
    "a length that is too large": HEAD + b"Content-Length: 9999\r\n\r\n" + FEED,
    "a comment after the end": HEAD + b"Content-Length: 9999\r\n\r\n" + FEED + b"\n<!-- cached -->\n",
    "compressed, with the plain size": HEAD
    + b"Content-Encoding: gzip\r\nContent-Length: 9999\r\n\r\n"
    + gzip.compress(FEED),
    "chunks without their end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(FEED), FEED),
    "no length": HEAD + b"\r\n" + FEED,
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + FEED,
    "more than announced": HEAD + LENGTH + FEED + b"garbage",
    "hints first": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3 + HEAD + LENGTH + FEED,
    "hints first, and more than announced": b"HTTP/1.1 103 Hints\r\n\r\n" + HEAD + LENGTH + FEED + b"garbage",
    "lines of LF": (HEAD + LENGTH).replace(b"\r\n", b"\n") + FEED,
    "no reason": b"HTTP/1.1 200\r\nContent-Length: %d\r\n\r\n" % len(FEED) + FEED,
    "a header of 20 KB": HEAD + b"Content-Security-Policy: " + b"x" * 20_000 + b"\r\n\r\n" + FEED,
}


@pytest.mark.parametrize("name", WHOLE)
async def test_malformed_but_complete_responses_are_read(server, client, name):
    url = server.route("/", Raw(WHOLE[name]))
    body = (await client.get(Request(url))).body
    assert body.startswith(FEED)


FLOODS = {
    "early hints without an end": (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", b"", Outcome.TOO_LARGE),
    "the same with bare line ends": (b"HTTP/1.1 103 Early Hints\nLink: </x>\n\n", b"", Outcome.TOO_LARGE),
    "chunks of a byte": (b"1\r\nx\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n", Outcome.PROTOCOL_ERROR),
}


@pytest.mark.slow
@pytest.mark.parametrize("flood", FLOODS)
async def test_a_response_that_is_mostly_framing_is_ended(server, client, flood, monkeypatch):
    """It costs processor time for every few bytes, so the bytes that are received are bounded."""
    piece, start, outcome = FLOODS[flood]
    received = 0
    data_received = ResponseHandler.data_received

    def counted(self, data):
        nonlocal received
        received += len(data)
        data_received(self, data)

    monkeypatch.setattr(ResponseHandler, "data_received", counted)
    url = server.route("/", Raw(start, *([piece * 10_000] * 500)))
    with pytest.raises(PollError) as caught:
        await client.get(Request(url))
    assert caught.value.outcome is outcome
    assert received <= MAX_FRAMING_BYTES + MAX_FRAMING_RATIO * MAX_FRAMING_BYTES
    assert (await client.get(Request(server.route("/feed", Answer(body=FEED))))).body == FEED


@pytest.mark.slow
async def test_small_chunks_are_read(server, client):
    """They arrive at once, and more of them than aiohttp parses before it pauses."""
    body = FEED + b"<item>" * 50_000
    url = server.route("/", Answer(body=body, chunked=True, piece=2))
    assert (await client.get(Request(url))).body == body


async def test_a_body_of_single_bytes_ends_at_the_timeout(server):
    url = server.route("/", Raw(HEAD + b"Content-Length: 5000\r\n\r\n", *(b"x", 2.0) * 100))
    async with Client(Limits(timeout=20.0)) as client:
        with pytest.raises(TemporaryError) as caught:
            await client.get(Request(url))
    assert (caught.value.outcome, caught.value.reason) == (Outcome.TIMEOUT, "not complete within 20 s")
    assert asyncio.get_running_loop().time() == pytest.approx(20)


async def test_all_redirects_share_one_timeout(server):
    for number in range(5):
        server.route(f"/{number}", Answer(302, headers={"Location": f"/{number + 1}"}, delay=3))
    async with Client(Limits(timeout=8.0)) as client:
        with pytest.raises(TemporaryError) as caught:
            await client.get(Request(server.url("/0")))
    assert caught.value.outcome is Outcome.TIMEOUT
    assert [(request.path, request.at) for request in server.requests] == [
        ("/0", pytest.approx(0)),
        ("/1", pytest.approx(3)),
        ("/2", pytest.approx(6)),
    ]
    assert asyncio.get_running_loop().time() == pytest.approx(8)


async def test_an_announced_size_is_refused_unread(server):
    url = server.route("/", Answer(body=b"x" * 2_000_000, piece=1000, pause=0.5))
    async with Client(Limits(max_body=1_000_000)) as client:
        with pytest.raises(PermanentError) as caught:
            await client.get(Request(url))
    assert caught.value.outcome is Outcome.TOO_LARGE
    assert asyncio.get_running_loop().time() == 0


async def test_a_body_without_a_length_ends_at_the_bound(server):
    url = server.route("/", Answer(body=b"x" * 2_000_000, chunked=True, piece=100_000))
    async with Client(Limits(max_body=1_000_000)) as client:
        with pytest.raises(PermanentError) as caught:
            await client.get(Request(url))
    assert caught.value.outcome is Outcome.TOO_LARGE


async def test_more_large_bodies_than_are_read_at_once_all_arrive(server, client):
    """`test_large_bodies` tests that the wait for a slot does not count against the timeout."""
    body = b"<rss>" + b"x" * 1_500_000
    url = server.route("/", Answer(body=body, piece=750_000, pause=1.0))
    responses = await asyncio.gather(*(client.get(Request(url)) for _ in range(16)))
    assert all(response.body == body for response in responses)


async def test_large_bodies_that_stall_are_ended_while_others_wait(server):
    """They send a megabyte, and then nothing or a byte now and then. The timeout of a request is 60 s."""
    whole = b"<rss>" + b"x" * 1_500_000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1500005\r\n\r\n" + whole[:1_100_000]
    single_bytes: list[bytes | float] = [b"x", 0.5]
    server.route("/stalls", Raw(head, HANG))
    server.route("/drips", Raw(head, *(single_bytes * 200)))
    server.route("/good", Answer(body=whole))
    async with Client(Limits()) as client:
        bad = [asyncio.create_task(client.get(Request(server.url(path)))) for path in ["/stalls", "/drips"] * 4]
        await until(lambda: len(server.requests) >= len(bad))
        assert (await client.get(Request(server.url("/good")))).body == whole
        assert asyncio.get_running_loop().time() < 3 * large_bodies.PROGRESS_WINDOW_S
        ends = [task.exception() for task in bad if task.done()]
        assert len(ends) >= len(bad) - large_bodies.MAX_LARGE_BODIES
        for task in bad:
            task.cancel()
        await asyncio.gather(*bad, return_exceptions=True)
        for ended in ends:
            assert isinstance(ended, TemporaryError)
            assert ended.outcome is Outcome.TIMEOUT
            assert "stalled" in ended.reason


async def test_a_stalled_body_that_is_complete_is_returned(server):
    whole = b"<rss>" + b"x" * 1_500_000 + b"</rss>"
    server.route("/", Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + whole, HANG))
    async with Client(Limits()) as client:
        tasks = [asyncio.create_task(client.get(Request(server.url("/")))) for _ in range(5)]
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
    assert all(task.result().body == whole for task in done)


async def test_a_cancelled_request_releases_its_slots(server):
    server.route("/slow", Raw(HANG))
    server.route("/fast", Answer(body="x"))
    async with Client(Limits(concurrency=1, per_host=1)) as client:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.get(Request(server.url("/slow"))), 5)
        assert (await client.get(Request(server.url("/fast")))).body == b"x"


CHALLENGES = [
    (403, {"cf-mitigated": "challenge"}, b"", True),
    (503, {}, b"<html><title>Just a moment...</title>", True),
    (403, {}, b"<script src='/cdn-cgi/challenge-platform/h/b/orchestrate'>", True),
    (202, {"x-amzn-waf-action": "challenge"}, b"", True),
    (403, {}, b"<html><title>403 Forbidden</title>", False),
    (503, {"server": "cloudflare"}, b"<html>back soon", False),
    (200, {}, b"<p>An article about the title Just a moment...</p>", False),
    (404, {}, b"<title>Just a moment...</title>", False),
]


@pytest.mark.parametrize(("status", "headers", "body", "challenge"), CHALLENGES)
async def test_bot_challenges_and_other_refusals(server, client, status, headers, body, challenge):
    assert is_challenge(status, tuple(headers.items()), body) is challenge
    url = server.route("/", Answer(status, body=gzip.compress(body), headers={**headers, "Content-Encoding": "gzip"}))
    try:
        outcome = Outcome.OK if (await client.get(Request(url))).body else None
    except PollError as problem:
        outcome = problem.outcome
    assert (outcome is Outcome.CHALLENGE) is challenge


@pytest.fixture
async def secure_server():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    async with Server(tls=context) as running:
        running.otherwise(Answer(body="secret"))
        yield running


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=TLS / "ca.pem")


async def test_tls(secure_server):
    async with Client(Limits(), tls=trusting()) as client:
        assert (await client.get(Request(secure_server.url("/")))).body == b"secret"


async def test_certificates_are_checked(secure_server, client):
    with pytest.raises(PermanentError) as caught:
        await client.get(Request(secure_server.url("/")))
    assert caught.value.outcome is Outcome.TLS_FAILED
    assert "certificate" in caught.value.reason

    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with Client(Limits(), tls=trusting(), resolver=here) as other:
        port = secure_server.port
        assert (await other.get(Request(f"https://site.example:{port}/"))).status == 200
        with pytest.raises(PermanentError) as caught:
            await other.get(Request(f"https://other.example:{port}/"))
    assert caught.value.outcome is Outcome.TLS_FAILED


async def test_a_certificate_is_trusted_by_the_file_of_its_issuer(secure_server, client):
    url, ca_file = secure_server.url("/"), str(TLS / "ca.pem")
    assert (await client.get(Request(url, accept="page", ca_file=ca_file))).body == b"secret"
    assert secure_server.counts() == {"/": 1, "/robots.txt": 1}
    with pytest.raises(PermanentError) as caught:
        await client.get(Request(url))
    assert str(Cause.UNKNOWN_ISSUER) in caught.value.reason
    with pytest.raises(PermanentError, match=r"the ca_file /nowhere\.pem cannot be used: No such file"):
        await client.get(Request(url, ca_file="/nowhere.pem"))


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (verify_error(10, "certificate has expired"), Cause.EXPIRED),
        (verify_error(9, "certificate is not yet valid"), Cause.NOT_YET_VALID),
        (verify_error(18, "self-signed certificate"), Cause.SELF_SIGNED),
        (verify_error(20, "unable to get local issuer certificate"), Cause.UNKNOWN_ISSUER),
        (verify_error(62, "Hostname mismatch"), Cause.WRONG_NAME),
    ],
)
def test_what_is_wrong_with_a_certificate_is_named(error: ssl.SSLCertVerificationError, cause: Cause):
    translated = translate(error)
    assert translated.outcome is Outcome.TLS_FAILED
    assert translated.reason == f"no trusted TLS connection: {cause} ({error.verify_message.lower()})"


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        # An alert (RFC 8446, section 6): 70 is protocol_version.
        (b"\x15\x03\x01\x00\x02\x02\x46", Outcome.TLS_FAILED, Cause.OLD_TLS),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", Outcome.TLS_FAILED, Cause.NO_TLS),
        (b"", Outcome.CONNECT_FAILED, "it ends the connection in the TLS handshake"),
    ],
)
async def test_https_to_a_server_without_the_tls_of_today(client, answer: bytes, outcome: Outcome, words: str):
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(2000)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        with pytest.raises(PollError) as caught:
            await client.get(Request(f"https://127.0.0.1:{port}/"))
    assert caught.value.outcome is outcome
    assert words in caught.value.reason


async def test_no_redirect_from_https_to_http(secure_server, server):
    server.otherwise(Answer(body="in the open"))
    secure_server.route("/old", Answer(301, headers={"Location": server.url("/new")}))
    async with Client(Limits(), tls=trusting()) as client:
        with pytest.raises(PermanentError) as caught:
            await client.get(Request(secure_server.url("/old")))
    assert caught.value.outcome is Outcome.REDIRECT_FAILED
    assert not server.requests


async def test_an_http_proxy_gets_the_request_and_its_credentials(server):
    server.otherwise(Answer(body="through the proxy"))
    proxy = f"http://me:pass%20word@127.0.0.1:{server.port}"
    async with Client(Limits(proxy=proxy, allow_networks=())) as client:
        response = await client.get(Request("http://site.example/feed"))
    assert response.body == b"through the proxy"
    assert server.requests[0].target == "http://site.example/feed"
    assert server.requests[0].header("proxy-authorization") == "Basic " + b64encode(b"me:pass word").decode()


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://10.0.0.1/", "http://localhost/", "http://printer/"])
async def test_private_addresses_are_refused_behind_a_proxy(server, url):
    server.otherwise(Answer(body="must not be read"))
    async with Client(Limits(allow_networks=())) as client:
        with pytest.raises(PermanentError) as caught:
            await client.get(Request(url, proxy=f"http://127.0.0.1:{server.port}"))
    assert caught.value.outcome is Outcome.ADDRESS_REFUSED
    assert not server.requests


PROXY_ANSWERS = [
    (Answer(407), Outcome.UNAUTHORIZED),
    (Answer(403), Outcome.CONNECT_FAILED),
    (Raw(), Outcome.CONNECT_FAILED),
]


@pytest.mark.parametrize(("answer", "outcome"), PROXY_ANSWERS, ids=[0, 1, 2])
async def test_a_proxy_that_refuses(server, client, answer, outcome):
    server.otherwise(answer)
    with pytest.raises(PollError) as caught:
        await client.get(Request("https://site.example/", proxy=f"http://me:secret@127.0.0.1:{server.port}"))
    assert caught.value.outcome in (outcome, Outcome.CONNECTION_LOST)
    assert "secret" not in caught.value.reason
    assert server.requests[0].method == "CONNECT"
    assert (server.requests[0].header("proxy-authorization") or "").startswith("Basic ")


@pytest.mark.parametrize("proxy", ["socks4://127.0.0.1:1080", "ftp://127.0.0.1/", "socks5://", "nonsense"])
async def test_a_proxy_of_an_unknown_scheme_is_an_error(client, proxy):
    with pytest.raises(PollError) as caught:
        await client.get(Request("http://site.example/", proxy=proxy))
    assert "socks5:// or socks5h://" in caught.value.reason


async def test_a_refused_connection(client):
    with pytest.raises(TemporaryError) as caught:
        await client.get(Request("http://127.0.0.1:1999/"))
    assert caught.value.outcome is Outcome.CONNECT_FAILED
    assert "refused" in caught.value.reason
