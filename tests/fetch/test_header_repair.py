"""Malformed response heads: repaired where their meaning is certain, errors where it is not."""

import pytest

from ingestd.fetch.header_repair import repair_head
from ingestd.fetch.limits import MAX_HEAD_BYTES
from ingestd.model.errors import Outcome, PollError
from ingestd.model.http import Request
from tests.extract.helpers import assert_cpu_time_is_linear
from tests.support.server import Raw

FEED = b"<rss><channel><title>t</title></channel></rss>"
OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(FEED)
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FEED), FEED)

GOOD = [
    OK + b"\r\n",
    OK + LENGTH + b"\r\n",
    b"HTTP/1.0 404 Not Found\r\nA: b\r\nSet-Cookie: a=b; c\r\n\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 好\r\nX: 文\r\n\r\n".encode(),
    b"nothing of the kind\r\n\r\n",
]


@pytest.mark.parametrize("head", GOOD)
def test_valid_heads_and_other_bytes_are_not_changed(head):
    assert repair_head(head) == head


REPAIRED = {
    "one length twice": OK + LENGTH + LENGTH + b"\r\n" + FEED,
    "one length twice in a line": OK + LENGTH[:-2] + b", %d\r\n\r\n" % len(FEED) + FEED,
    "a length with a sign": OK + b"Content-Length: +%d\r\n\r\n" % len(FEED) + FEED,
    "an empty length": OK + b"Content-Length: \r\n\r\n" + FEED,
    "chunks and a length": OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED,
    "identity and a length": OK + b"Transfer-Encoding: identity\r\n" + LENGTH + b"\r\n" + FEED,
    "a space before the colon": OK + b"X-A : b\r\n" + LENGTH + b"\r\n" + FEED,
    "a line that is no header": OK + b"some warning of PHP\r\n" + LENGTH + b"\r\n" + FEED,
    "a name that is not ASCII": OK + "X-É: 1\r\n".encode() + LENGTH + b"\r\n" + FEED,
    "a NUL": OK + b"X-A: a\0b\r\n" + LENGTH + b"\r\n" + FEED,
    "a folded header": OK + b"X-A: b\r\n  c\r\nX-B : d\r\n" + LENGTH + b"\r\n" + FEED,
    "HTTP/2 in words": b"HTTP/2 200 OK\r\n" + LENGTH + b"\r\n" + FEED,
    "small letters": b"http/1.1 200 ok\r\n" + LENGTH + b"\r\n" + FEED,
    "ICY": b"ICY 200 OK\r\n" + LENGTH + b"\r\n" + FEED,
    "hints before it": b"http/1.1 103 Early Hints\r\nLink\r\n\r\n" + OK + LENGTH + LENGTH + b"\r\n" + FEED,
}


@pytest.mark.parametrize("name", REPAIRED)
async def test_malformed_heads_are_repaired(server, client, name):
    response = await client.get(Request(server.route("/", Raw(REPAIRED[name]))))
    assert (response.status, response.body) == (200, FEED)


AMBIGUOUS = {
    "two lengths": OK + LENGTH + b"Content-Length: 5\r\n\r\n" + FEED,
    "a length that is none": OK + b"Content-Length: ten\r\n\r\n" + FEED,
    "a status of two digits": b"HTTP/1.1 20 OK\r\n" + LENGTH + b"\r\n" + FEED,
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n" + LENGTH + b"\r\n" + FEED,
    "no head at all": FEED,
}


@pytest.mark.parametrize("name", AMBIGUOUS)
async def test_ambiguous_heads_are_errors(server, client, name):
    with pytest.raises(PollError) as caught:
        await client.get(Request(server.route("/", Raw(AMBIGUOUS[name]))))
    assert caught.value.outcome is Outcome.PROTOCOL_ERROR


@pytest.mark.slow
@pytest.mark.parametrize(
    "filler", [b"a", b"a:\r\n", b" \r\n", b"content-length:", b"Content-Length: 1,\r\n", b"a" * 50 + b" \r\n", b"\r"]
)
def test_the_time_to_repair_a_head_grows_linearly_with_its_size(filler):
    assert_cpu_time_is_linear(
        lambda size: repair_head(OK + filler * (size // len(filler)) + b"\r\n\r\n"), MAX_HEAD_BYTES
    )
