"""WebSub: requests to the hub, answers to its verifications, and which pushes are accepted."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from ingestd.daemon.hubs.protocol import (
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
from tests.daemon.hubs.examples import ASKED, ENDING, NOW, RUNNING, TOPIC, question, signed


def test_subscription_form():
    fields = parse_qs(subscription_form("https://me.example/push/", ASKED).decode())
    assert fields["hub.callback"] == [f"https://me.example/push/{'a' * 40}"]
    assert (fields["hub.mode"], fields["hub.topic"], fields["hub.secret"]) == (["subscribe"], [TOPIC], ["b" * 40])


def test_unsubscription_form_has_no_secret():
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
def test_pushes_are_accepted_until_the_lease_ends(subscription, known):
    assert may_be_known(subscription, NOW) is known


@pytest.mark.parametrize(("token", "secret"), [("short", "b" * 40), ("a" * 40, ""), ("../" + "a" * 40, "b" * 40)])
def test_invalid_tokens_and_secrets_are_refused(token, secret):
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
def test_only_requested_subscriptions_are_confirmed(name, subscription, query, status):
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


def test_denial_ends_the_subscription():
    denied = verify(RUNNING, question(mode="denied") | {"hub.reason": "too many\n\u202efeeds"}, NOW).subscription
    assert denied.error == "too many feeds"
    assert verify(RUNNING, question(mode="denied"), NOW).subscription.error == "the hub refuses"
    assert not is_active(denied, NOW)
    assert state_of(denied, NOW) == "denied"
    assert renew_at(denied, NOW) == NOW + timedelta(days=1)


@pytest.mark.parametrize(("attempts", "hours"), [(0, 1), (1, 1), (2, 2), (4, 8), (6, 24), (10**6, 24)])
def test_unanswered_requests_back_off(attempts, hours):
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
def test_state_of_a_subscription_as_text(subscription, state):
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
def test_only_signed_pushes_are_accepted(header, valid):
    assert signature_is_valid(ASKED, header, b"body") is valid


def test_polling_slows_down_only_while_pushes_arrive():
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
def test_next_request_time(subscription, at):
    assert renew_at(subscription, NOW) == at


def test_the_callback_is_under_the_public_address():
    assert callback_url("https://me.example/push", ASKED) == f"https://me.example/push/{ASKED.token}"
