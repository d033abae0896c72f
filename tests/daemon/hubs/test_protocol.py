"""WebSub: what goes to the hub, what it is told, and which pushes are believed."""

import asyncio
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote

import aiohttp
import pytest

from ingestd.daemon import hubs
from ingestd.daemon.hubs import (
    CallbackServer,
    Subscription,
    callback_url,
    is_active,
    may_be_known,
    new_subscription,
    pushes_arrive,
    renew_at,
    signature_is_valid,
    state_of,
    subscription_form,
    verify,
)
from ingestd.fetch import Client
from ingestd.model.errors import Outcome, PollError
from ingestd.model.http import Request
from tests.fetch.conftest import Limits
from tests.support.server import Answer, Server

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOPIC = "https://site.example/feed?x=1&y=文"
ASKED = replace(new_subscription(7, "https://hub.example/", TOPIC, "a" * 40, "b" * 40), requested_at=NOW)
RUNNING = replace(ASKED, requested_at=None, expires_at=NOW + timedelta(days=7), lease_s=7 * 86_400)
ENDING = replace(RUNNING, requested_at=NOW, ending=True)


def question(**changed: str) -> dict[str, str]:
    asked = {"mode": "subscribe", "topic": TOPIC, "challenge": "abc", "lease_seconds": "86400", **changed}
    return {f"hub.{name}": value for name, value in asked.items() if value}


def signed(body: bytes, method: str = "sha256", secret: str = ASKED.secret) -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


def test_the_form():
    fields = parse_qs(subscription_form("https://me.example/push/", ASKED).decode())
    assert fields["hub.callback"] == [f"https://me.example/push/{'a' * 40}"]
    assert (fields["hub.mode"], fields["hub.topic"], fields["hub.secret"]) == (["subscribe"], [TOPIC], ["b" * 40])


def test_the_form_that_ends_it_tells_no_secret():
    fields = parse_qs(subscription_form("https://me.example/push/", ENDING).decode())
    assert (fields["hub.mode"], fields["hub.topic"]) == (["unsubscribe"], [TOPIC])
    assert "hub.secret" not in fields


@pytest.mark.parametrize(
    ("subscription", "known"),
    [
        (RUNNING, True),
        (ASKED, True),
        (ENDING, True),
        (replace(ASKED, requested_at=NOW - timedelta(hours=2)), False),
        (replace(RUNNING, expires_at=NOW), False),
        (replace(ENDING, expires_at=NOW), False),
        (replace(ENDING, expires_at=None), False),
    ],
)
def test_whether_the_hub_may_still_push(subscription, known):
    assert may_be_known(subscription, NOW) is known


@pytest.mark.parametrize(("token", "secret"), [("short", "b" * 40), ("a" * 40, ""), ("../" + "a" * 40, "b" * 40)])
def test_secrets_that_can_be_guessed_are_not_taken(token, secret):
    with pytest.raises(ValueError, match="hexadecimal"):
        new_subscription(1, "https://hub.example/", TOPIC, token, secret)


QUESTIONS = [
    ("ours", ASKED, question(), 200),
    ("a renewal", RUNNING, question(), 200),
    ("of another topic", ASKED, question(topic="https://other.example/"), 404),
    ("never asked for", replace(ASKED, requested_at=None), question(), 404),
    ("asked for long ago", replace(ASKED, requested_at=NOW - timedelta(hours=2)), question(), 404),
    ("expired", replace(RUNNING, expires_at=NOW - timedelta(seconds=1)), question(), 404),
    ("without a challenge", ASKED, question(challenge=""), 404),
    ("with a huge challenge", ASKED, question(challenge="x" * 5000), 404),
    ("to unsubscribe", RUNNING, question(mode="unsubscribe"), 404),
    ("to unsubscribe as we wished", ENDING, question(mode="unsubscribe"), 200),
    ("to go on although we end it", ENDING, question(), 404),
    ("of no mode", ASKED, question(mode=""), 404),
]


@pytest.mark.parametrize(("name", "subscription", "query", "status"), QUESTIONS, ids=[row[0] for row in QUESTIONS])
def test_only_what_we_asked_for_is_confirmed(name, subscription, query, status):
    answer = verify(subscription, query, NOW)
    assert (answer.status, answer.body) == (status, "abc" if status == 200 else "")
    assert (answer.subscription == subscription) is (status != 200)


@pytest.mark.parametrize(
    ("lease", "seconds"),
    [("86400", 86_400), ("1", 300), ("9" * 19, 30 * 86_400), ("9" * 300, 604_800), ("", 604_800), ("-5", 604_800)],
)
def test_leases_are_clamped(lease, seconds):
    granted = verify(ASKED, question(lease_seconds=lease), NOW).subscription
    assert granted.expires_at == NOW + timedelta(seconds=seconds)
    assert NOW < renew_at(granted, NOW) < granted.expires_at


def test_a_denial_ends_it():
    denied = verify(RUNNING, question(mode="denied") | {"hub.reason": "too many\n\u202efeeds"}, NOW).subscription
    assert denied.error == "too many feeds"
    assert verify(RUNNING, question(mode="denied"), NOW).subscription.error == "the hub refuses"
    assert not is_active(denied, NOW)
    assert state_of(denied, NOW) == "denied"
    assert renew_at(denied, NOW) == NOW + timedelta(days=1)


@pytest.mark.parametrize(("attempts", "hours"), [(0, 1), (1, 1), (2, 2), (4, 8), (6, 24), (10**6, 24)])
def test_a_hub_that_never_answers_is_asked_less_and_less(attempts, hours):
    assert renew_at(replace(ASKED, attempts=attempts), NOW) == NOW + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("subscription", "state"),
    [
        (ASKED, "asked"),
        (RUNNING, "active"),
        (replace(RUNNING, requested_at=NOW), "active"),
        (replace(RUNNING, expires_at=NOW), "expired"),
        (ENDING, "ending"),
    ],
)
def test_how_it_stands_in_a_word(subscription, state):
    assert state_of(subscription, NOW) == state


def test_secrets_are_not_shown():
    assert ASKED.token not in repr(ASKED)
    assert ASKED.secret not in repr(ASKED)


SIGNATURES = [
    (signed(b"body"), True),
    (signed(b"body", "sha1"), True),
    (signed(b"body", "sha512").upper().replace("SHA512", "sha512"), True),
    (signed(b"other"), False),
    (signed(b"body", secret="c" * 40), False),
    ("sha256=" + "0" * 64, False),
    ("md5=" + "0" * 32, False),
    ("", False),
    (None, False),
]


@pytest.mark.parametrize(("header", "valid"), SIGNATURES)
def test_only_signed_pushes_are_believed(header, valid):
    assert signature_is_valid(ASKED, header, b"body") is valid


def test_polling_slows_down_only_while_pushes_really_arrive():
    assert not pushes_arrive(RUNNING, NOW)
    pushed = replace(RUNNING, last_push_at=NOW - timedelta(hours=5))
    assert pushes_arrive(pushed, NOW)
    assert not pushes_arrive(pushed, NOW + timedelta(days=3))
    assert not pushes_arrive(replace(pushed, expires_at=NOW), NOW)


@pytest.mark.parametrize(
    ("subscription", "at"),
    [
        (replace(ASKED, requested_at=None), NOW),
        (ASKED, NOW + timedelta(hours=1)),
        (RUNNING, NOW + timedelta(days=7) * 0.9),
    ],
)
def test_when_to_ask_again(subscription, at):
    assert renew_at(subscription, NOW) == at


async def test_from_the_subscription_to_a_push():
    """A hub on loopback takes our form, asks back, and pushes; a stranger's push changes nothing."""
    kept = {ASKED.token: ASKED}
    pushes: list[bytes] = []
    forged: list[int] = []

    async def find(token: str) -> Subscription | None:
        return kept.get(token)

    async def store(subscription: Subscription) -> None:
        kept[subscription.token] = subscription

    async def on_push(subscription: Subscription, body: bytes, content_type: str | None) -> bool:
        assert (subscription.source_id, content_type) == (7, "application/octet-stream")
        pushes.append(body)
        return True

    async def on_forged(subscription: Subscription) -> None:
        forged.append(subscription.source_id)

    callback = CallbackServer(find=find, store=store, on_push=on_push, on_forged=on_forged, clock=lambda: NOW)
    await callback.start("127.0.0.1", 0)
    base = "http://{}:{}/push".format(*callback.address)
    try:
        with Server() as hub:
            hub.route("/", Answer(202))
            async with Client(Limits()) as client:
                assert await client.post_form(hub.url("/"), subscription_form(base, ASKED)) == 202
                assert hub.requests[0].method == "POST"
                assert hub.requests[0].header("content-type") == "application/x-www-form-urlencoded"
                address = parse_qs(hub.requests[0].body.decode())["hub.callback"][0]
                query = "&".join(f"{name}={quote(value, safe='')}" for name, value in question().items())
                assert (await client.get(Request(f"{address}?{query}"))).body == b"abc"
                with pytest.raises(PollError):
                    await client.get(Request(f"{base}/{'f' * 40}?{query}"))
                assert is_active(kept[ASKED.token], NOW)
        await push(address, b"<rss/>", signed(b"<rss/>"))
        await push(address, b"<evil/>", signed(b"<rss/>"))
        await push(address, b"<evil/>", "")
    finally:
        await callback.stop()
    assert (pushes, forged) == ([b"<rss/>"], [7, 7])


@pytest.fixture
async def callback():
    """A callback that knows one subscription and has no room for pushes."""

    async def find(token: str) -> Subscription | None:
        return RUNNING if token == RUNNING.token else None

    async def full(*_: object) -> bool:
        return False

    async def never(*_: object) -> None:
        raise AssertionError

    server = CallbackServer(find=find, store=never, on_push=full, on_forged=never, clock=lambda: NOW)
    await server.start("127.0.0.1", 0)
    yield server
    await server.stop()


async def test_a_push_too_many_comes_again(callback):
    url = "http://{}:{}/{}".format(*callback.address, RUNNING.token)
    headers = {"X-Hub-Signature": signed(b"<rss/>")}
    async with aiohttp.ClientSession() as session, session.post(url, data=b"<rss/>", headers=headers) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "60")


async def test_no_connection_stays_for_long(callback, monkeypatch):
    monkeypatch.setattr(hubs.callback, "MAX_CONNECTION_S", 0.2)
    reader, writer = await asyncio.open_connection(*callback.address)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_connections_are_few(callback, monkeypatch):
    monkeypatch.setattr(hubs.callback, "MAX_CONNECTIONS", 3)
    kept = [await asyncio.open_connection(*callback.address) for _ in range(3)]
    await asyncio.sleep(0.05)
    reader, one_more = await asyncio.open_connection(*callback.address)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    for _, writer in kept:
        writer.close()
    await asyncio.sleep(0.05)
    async with aiohttp.ClientSession() as session, session.get("http://{}:{}/x".format(*callback.address)) as answer:
        assert answer.status == 404
    one_more.close()


async def push(url: str, body: bytes, signature: str) -> None:

    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers={"X-Hub-Signature": signature}) as answer,
    ):
        assert answer.status == 202


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(307, headers={"Location": "/elsewhere"}), Outcome.REDIRECT_FAILED),
        (Answer(404), Outcome.NOT_FOUND),
        (Answer(500), Outcome.SERVER_ERROR),
    ],
)
async def test_a_hub_that_does_not_take_the_form(answer, outcome):
    with Server() as hub:
        url = hub.route("/", answer)
        async with Client(Limits()) as client:
            with pytest.raises(PollError) as caught:
                await client.post_form(url, subscription_form("https://me.example", ASKED))
    assert caught.value.outcome is outcome
    assert len(hub.requests) == 1


def test_the_callback_is_under_the_public_address():
    assert callback_url("https://me.example/push", ASKED) == f"https://me.example/push/{ASKED.token}"
